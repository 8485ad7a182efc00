# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/start.py: output_dir's checkpoint, init_checkpoint or neither, the same step on all ranks."""

import pytest
import tensorflow.compat.v1 as tf

from tests.jobs import SecondRank, make_job
from training.checkpoints import CheckpointError
from training.start import Start, after_training, find_checkpoint_with, find_start


@pytest.fixture(name="log")
def fixture_log(monkeypatch):
    """Lines that TensorFlow logs at level INFO."""
    lines = []
    monkeypatch.setattr(tf.logging, "info", lambda text, *values: lines.append(text % values))
    return lines


def save(directory, step=None, name="bert/a"):
    """Writes a checkpoint of one variable; returns its prefix."""
    directory.mkdir(exist_ok=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.get_variable(name, initializer=1.0)
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver().save(sess, str(directory / "model.ckpt"), global_step=step)


def test_a_new_run_starts_at_0(tmp_path, log):
    assert find_start(make_job(tmp_path)) == Start(0, None, False)
    assert log == []


def test_init_checkpoint_is_not_resumed(tmp_path):
    prefix = save(tmp_path / "init", 70)
    job = make_job(tmp_path / "out", init_checkpoint=str(tmp_path / "init"))
    assert find_start(job) == Start(0, prefix, False)
    with pytest.raises(CheckpointError, match="nothing.ckpt: no such checkpoint"):
        find_start(make_job(tmp_path / "out", init_checkpoint="nothing.ckpt"))


def test_output_dir_takes_precedence_and_the_log_says_so(tmp_path, log):
    own, other = save(tmp_path / "out", 30), save(tmp_path / "init")
    assert find_start(make_job(tmp_path / "out")) == Start(30, own, True)
    assert find_start(make_job(tmp_path / "out", init_checkpoint=other)) == Start(30, own, True)
    assert log == [
        "resuming from %s" % own,
        "resuming from %s; --init_checkpoint=%s is ignored" % (own, other),
    ]
    assert after_training(make_job(tmp_path / "out", init_checkpoint=other)) == Start(30, own, True)


class ToldByChief(SecondRank):
    def from_chief(self, value):
        assert value == 0  # its own directory is empty
        return 20


def test_all_ranks_start_from_the_chiefs_step(tmp_path):
    assert find_start(make_job(tmp_path, ToldByChief())) == Start(20, None, False)


def test_prediction_takes_the_checkpoint_that_has_the_variable(tmp_path):
    own, init = save(tmp_path / "out", 5, "head"), save(tmp_path / "init", None, "bert/a")

    def choose(output_dir, init_checkpoint, runtime=None):
        job = make_job(output_dir, runtime, init_checkpoint=init_checkpoint)
        return find_checkpoint_with("head", job).checkpoint

    assert choose(tmp_path / "out", None) == choose(tmp_path / "out", init) == own
    assert choose(tmp_path / "new", own) == own
    assert choose(tmp_path / "new", None, SecondRank()) is None
    with pytest.raises(CheckpointError, match="init/model.ckpt: has no variable head"):
        choose(tmp_path / "new", init)
    with pytest.raises(CheckpointError, match="new contains no checkpoint: pass --init_checkpoint"):
        choose(tmp_path / "new", None)
