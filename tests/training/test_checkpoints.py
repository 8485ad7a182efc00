# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/checkpoints.py: which values a run starts from, and checkpoints that cannot be used."""

import logging

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from training import checkpoints
from training.checkpoints import CheckpointError
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


def save(directory, variables, step=None):
    """Writes a checkpoint of constants; returns its prefix."""
    with tf.Graph().as_default(), tf.Session() as sess:
        made = [
            tf.get_variable(name, initializer=tf.constant(value, tf.float32))
            for name, value in variables.items()
        ]
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver(made).save(sess, str(directory / "model.ckpt"), global_step=step)


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


def test_step_of_the_latest(tmp_path):
    assert checkpoints.latest(str(tmp_path)) is None and checkpoints.step_of(None) == 0
    assert checkpoints.latest(str(tmp_path / "missing")) is None
    prefix = save(tmp_path, {"bert/a": [1.0]}, step=70)
    assert checkpoints.latest(str(tmp_path)) == prefix and checkpoints.step_of(prefix) == 70
    assert checkpoints.step_of("a-7/bert_model.ckpt") == 0


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
    with pytest.raises(CheckpointError, match="contains no 'checkpoint' file"):
        checkpoints.resolve(str(tmp_path))


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


def test_not_a_bert(tmp_path):
    prefix = save(tmp_path, {"resnet/a": [1.0]})
    with pytest.raises(CheckpointError, match="none of the model's bert/ variables found"):
        started(lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [1]))


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
    with pytest.raises(CheckpointError, match="cannot be read as a checkpoint"):
        started(lambda: checkpoints.init_from_checkpoint(prefix), ("bert/a", [2]))


def test_only_another_checkpoint_gives_initial_values(tmp_path):
    prefix = save(tmp_path, {"bert/a": [2.0]}, step=3)
    for resumes, value in ((True, 0.0), (False, 2.0)):  # Estimator restores over a resumed run's 0
        start = Start(3, prefix, resumes)
        assert started(lambda: checkpoints.give_initial_values(start, True), ("bert/a", [1])) == {
            "bert/a": [value]
        }


@pytest.mark.parametrize(
    "names_and_shapes, message",
    [
        (
            [("bert/a", [2])],
            r"variable bert/a has shape \[1\], the model requires \[2\]: --output_dir contains the checkpoint of another model",
        ),
        (
            [("bert/a", [1]), ("bert/b", [1])],
            "variable bert/b is missing: --output_dir contains the checkpoint of another model",
        ),
    ],
)
def test_output_dir_of_another_model(tmp_path, names_and_shapes, message):
    start = Start(3, save(tmp_path, {"bert/a": [1.0]}, step=3), True)
    with pytest.raises(CheckpointError, match=message):
        started(lambda: checkpoints.give_initial_values(start, True), *names_and_shapes)


def test_evaluation_needs_every_variable(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0]})

    def evaluate():
        checkpoints.give_initial_values(Start(0, prefix, False), False)

    assert started(evaluate, ("bert/a", [1])) == {"bert/a": [1.0]}
    with pytest.raises(CheckpointError, match="variable cls/b is missing"):
        started(evaluate, ("bert/a", [1]), ("cls/b", [1]))


def test_prediction_scaffold_restores_a_checkpoint_without_global_step(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with tf.Graph().as_default():
        tf.train.get_or_create_global_step()
        variable = tf.get_variable("bert/a", [2])
        scaffold = checkpoints.prediction_scaffold(prefix)
        creator = tf.train.ChiefSessionCreator(scaffold, checkpoint_filename_with_path=prefix)
        with tf.train.MonitoredSession(creator) as sess:
            np.testing.assert_array_equal(sess.run(variable), [1.0, 2.0])


def test_prediction_scaffold_refuses_a_random_head(tmp_path):
    prefix = save(tmp_path, {"bert/a": [1.0, 2.0]})
    with tf.Graph().as_default():
        tf.get_variable("bert/a", [2])
        tf.get_variable("cls/squad/output_bias", [2])
        with pytest.raises(CheckpointError, match="variable cls/squad/output_bias is missing"):
            checkpoints.prediction_scaffold(prefix)
