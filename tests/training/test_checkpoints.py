# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/checkpoints.py: which values a run starts from, and checkpoints that cannot be used."""

import logging
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from tests.training.checkpoint_samples import cut, data_file, flip, save
from training import checkpoint_files, checkpoints
from training.checkpoints import CheckpointError
from training.options import RunOptions
from training.start import Start


@pytest.fixture(name="log")
def fixture_log():
    """Lines that TensorFlow logs."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)


def started(run, *names_and_shapes):
    """Calls `run` in a graph with zero variables, and returns their initial values by name."""
    with tf.Graph().as_default(), tf.Session() as sess:
        made = [
            tf.get_variable(name, shape, initializer=tf.zeros_initializer())
            for name, shape in names_and_shapes
        ]
        run()
        sess.run(tf.global_variables_initializer())
        return {variable.op.name: sess.run(variable).tolist() for variable in made}


def test_resolve_takes_prefix_file_or_directory(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0]}, step=7)
    for path in (
        prefix,
        prefix + ".index",
        prefix + ".meta",
        prefix + ".data-00000-of-00001",
        str(tmp_path),
    ):
        assert checkpoints.resolve(path) == prefix


def test_resolve_names_what_is_missing(tmp_path):
    with pytest.raises(CheckpointError, match="none.ckpt: no such checkpoint"):
        checkpoints.resolve(str(tmp_path / "none.ckpt"))
    with pytest.raises(CheckpointError, match="contains no checkpoint: pass the prefix"):
        checkpoints.resolve(str(tmp_path))


def test_resolve_of_directories(tmp_path):
    google = save(tmp_path, {"bert/a": [1.0]})
    (tmp_path / "checkpoint").unlink()
    assert checkpoints.resolve(str(tmp_path)) == google  # the only one
    save(tmp_path, {"bert/a": [1.0]}, name="other.ckpt")
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(
        CheckpointError, match="several checkpoints .model.ckpt, other.ckpt.*: pass"
    ):
        checkpoints.resolve(str(tmp_path))
    latest = save(tmp_path, {"bert/a": [1.0]}, step=70)
    assert checkpoints.resolve(str(tmp_path)) == latest
    for name in os.listdir(str(tmp_path)):
        if name != "checkpoint":
            (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match="checkpoint names .*-70, but its files are gone"):
        checkpoints.resolve(str(tmp_path))


def test_resolve_checks_the_files(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0] * 100})
    cut(data_file(prefix), 10)
    for path in (prefix, str(tmp_path)):
        with pytest.raises(CheckpointError, match="cut off: 10 bytes of 400: .*incomplete"):
            checkpoints.resolve(path)
    cut(prefix + ".index", 0)
    with pytest.raises(CheckpointError, match="index is empty: .*incomplete"):
        checkpoints.variable_shapes(prefix)


def test_resolve_names_other_formats(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"\x89HDF")
    for path in (tmp_path, tmp_path / "model.h5", tmp_path / "model"):
        with pytest.raises(CheckpointError, match="%s: Keras weights" % path):
            checkpoints.resolve(str(path))
    with tf.Graph().as_default(), tf.Session() as sess:
        variable = tf.get_variable("v", [2])
        sess.run(variable.initializer)
        names = {"model/v/.ATTRIBUTES/VARIABLE_VALUE": variable}
        prefix = tf.train.Saver(names).save(sess, str(tmp_path / "ckpt-1"))
    with pytest.raises(CheckpointError, match="object graph.*conversion.convert"):
        checkpoints.variable_shapes(prefix)


def test_values_come_from_the_checkpoint_by_name(tmp_path, log):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0], "bert/a/adam_m": [9.0, 9.0], "other": [3.0]})
    values = started(
        lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [2]), ("cls/b", [1])
    )
    assert values == {"bert/a": [1.0, 2.0], "cls/b": [0.0]}
    assert "  name = bert/a, shape = (2,), *INIT_FROM_CKPT*" in log
    assert "  name = cls/b, shape = (1,)" in log


def test_without_checkpoint_only_the_log(log):
    assert started(lambda: checkpoints.init_from_checkpoint(None), ("bert/a", [1])) == {
        "bert/a": [0.0]
    }
    assert "  name = bert/a, shape = (1,)" in log


def test_another_shape_names_variable_and_both_shapes(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with pytest.raises(
        CheckpointError,
        match=r"variable bert/a has shape \[2\], the model requires \[3\].*bert_config",
    ):
        started(lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [3]))


def test_damaged_checkpoint(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with open(prefix + ".index", "wb") as stream:
        stream.write(b"damaged")
    with pytest.raises(CheckpointError, match="not the index of a checkpoint"):
        started(lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [2]))


def test_only_another_checkpoint_gives_initial_values(tmp_path):
    prefix = save(tmp_path, {"bert/a": [2.0]}, step=3)
    for resumes, value in ((True, 0.0), (False, 2.0)):  # Estimator restores over a resumed run's 0
        start = Start(3, prefix, resumes)
        assert started(lambda: checkpoints.give_initial_values(start, True), ("bert/a", [1])) == {
            "bert/a": [value]
        }


def test_prediction_scaffold_restores_a_checkpoint_without_global_step(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with tf.Graph().as_default():
        tf.train.get_or_create_global_step()
        variable = tf.get_variable("bert/a", [2])
        scaffold = checkpoints.prediction_scaffold(prefix)
        creator = tf.train.ChiefSessionCreator(scaffold, checkpoint_filename_with_path=prefix)
        with tf.train.MonitoredSession(creator) as sess:
            np.testing.assert_array_equal(sess.run(variable), [1.0, 2.0])


def test_prediction_scaffold_does_without_the_pooler_of_a_span_model(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0], "cls/squad/output_bias": [3.0]})
    with tf.Graph().as_default():
        variable = tf.get_variable("bert/a", [2])
        tf.get_variable("bert/pooler/dense/bias", [2])
        tf.get_variable("cls/squad/output_bias", [1])
        scaffold = checkpoints.prediction_scaffold(prefix)
        creator = tf.train.ChiefSessionCreator(scaffold, checkpoint_filename_with_path=prefix)
        with tf.train.MonitoredSession(creator) as sess:
            np.testing.assert_array_equal(sess.run(variable), [1.0, 2.0])


def test_prediction_scaffold_refuses_a_random_head(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with tf.Graph().as_default():
        tf.get_variable("bert/a", [2])
        tf.get_variable("cls/squad/output_bias", [2])
        with pytest.raises(CheckpointError, match="has no cls/squad/output_bias"):
            checkpoints.prediction_scaffold(prefix)


class Session:
    """A graph with a global step and variables a and b, and a RunSaver."""

    def __init__(self, keep=2, optional=False):
        self.step = tf.train.get_or_create_global_step()
        self.a = tf.get_variable("a", initializer=tf.constant([1.0, 2.0]))
        self.b = tf.get_variable("b", initializer=tf.constant([5.0, 6.0]))
        self.saver = checkpoints.RunSaver([self.b] if optional else [], keep)
        self.saver.build()
        self.session = tf.Session()
        self.session.run(tf.global_variables_initializer())

    def save(self, directory, step):
        self.session.run(tf.assign(self.step, step))
        return self.saver.save(self.session, str(directory / "model.ckpt"), self.step)


@pytest.mark.parametrize("name", ["run", "run[1]", "a\\b", "what?*"])
def test_a_run_saver_saves_prunes_and_restores_at_any_path(tmp_path, fresh_graph, name):
    directory = tmp_path / name
    directory.mkdir()
    run = Session()
    for step in (1, 2, 3):
        prefix = run.save(directory, step)
    assert prefix == checkpoint_files.latest(str(directory)) == str(directory / "model.ckpt-3")
    there = sorted(n for n in os.listdir(str(directory)) if n.endswith((".index", ".meta")))
    assert there == ["model.ckpt-%d.%s" % (n, e) for n in (2, 3) for e in ("index", "meta")]
    run.session.run(tf.assign(run.a, [0.0, 0.0]))
    run.saver.restore(run.session, prefix)
    assert run.session.run([run.step, run.a])[0] == 3
    assert run.session.run(run.a).tolist() == [1.0, 2.0]


def test_a_run_keeps_what_its_options_say(tmp_path, fresh_graph):
    options = RunOptions(
        output_dir=str(tmp_path), keep_checkpoint_max=2, keep_checkpoint_every_n_steps=4
    )
    step = tf.train.get_or_create_global_step()
    tf.get_variable("a", [1])
    checkpoints.give_initial_values(Start(0, None, False), True, options)
    (saver,) = tf.get_collection(tf.GraphKeys.SAVERS)
    saver.build()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for number in range(1, 8):
            sess.run(tf.assign(step, number))
            saver.save(sess, str(tmp_path / "model.ckpt"), step)
    steps = [checkpoint_files.step_of(p) for p in checkpoint_files.on_disk(str(tmp_path))]
    assert steps == [7, 6, 4]


def test_what_was_not_written_well_replaces_nothing(tmp_path, fresh_graph, monkeypatch):
    run = Session(keep=1)
    first = run.save(tmp_path, 1)
    whole = tf.train.Saver.save

    def failing(self, *args, **kwargs):
        prefix = whole(self, *args, **kwargs)
        flip(data_file(prefix))
        return prefix

    monkeypatch.setattr(tf.train.Saver, "save", failing)
    with pytest.raises(CheckpointError, match="just written, .*model.ckpt-2: damaged"):
        run.save(tmp_path, 2)
    assert checkpoint_files.find_own(str(tmp_path)) == (first, [])


def test_a_checkpoint_that_lacks_a_variable_is_not_restored(tmp_path, fresh_graph, log):
    prefix = save(tmp_path, {"a": [3.0, 4.0]}, step=7)
    with pytest.raises(CheckpointError, match="model.ckpt-7: cannot be continued, it lacks b: "):
        run = Session()
        run.saver.restore(run.session, prefix)
    with tf.Graph().as_default():
        run = Session(optional=True)
        run.saver.restore(run.session, prefix)
        values = run.session.run([run.a, run.b])
    assert [value.tolist() for value in values] == [[3.0, 4.0], [5.0, 6.0]]
    assert "%s lacks b: using initial values" % prefix in log


def test_initial_values_from_any_path(tmp_path):
    prefix = save(tmp_path / "in[it]", {"bert/a": [2.0]})
    assert started(lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [1])) == {
        "bert/a": [2.0]
    }


def test_the_meta_graph_is_that_of_the_saver_at_every_save(tmp_path):
    """It is made once, and again if the graph has grown."""
    contents = []
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.get_variable("a", [2])
        saver = checkpoints.RunSaver([], 0)
        saver.build()
        session.run(tf.global_variables_initializer())
        for step in (1, 2, 3):
            if step == 3:
                tf.constant(1, name="more")
            prefix = saver.save(session, str(tmp_path / "model.ckpt"), step)
            with open(prefix + ".meta", "rb") as source:
                contents.append(source.read())
            expected = saver.export_meta_graph()
            assert tf.MetaGraphDef.FromString(contents[-1]) == expected
        assert graph is tf.get_default_graph() and contents[0] == contents[1] != contents[2]
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(prefix + ".meta").restore(session, prefix)
        assert session.run("a:0").shape == (2,)
