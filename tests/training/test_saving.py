# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/saving.py: checkpoints by steps and by seconds, whichever comes first."""

import os

import pytest
import tensorflow.compat.v1 as tf

from training import saving
from training.options import RunOptions

tf.disable_v2_behavior()

# What the clock shows after each step from 1; step 0 is at second 0.
STEADY = [10.0 * step for step in range(1, 31)]
SLOW_FROM_11 = [1.0 * min(step, 10) + 40.0 * max(step - 10, 0) for step in range(1, 31)]


def saved_steps(tmp_path, monkeypatch, seconds, **options):
    """The steps at which a run of 30 steps saves."""
    clock = [0.0]
    monkeypatch.setattr(tf.train.SecondOrStepTimer, "should_trigger_for_step", _triggered(clock))
    monkeypatch.setattr(tf.train.SecondOrStepTimer, "update_last_triggered_step", _updated(clock))
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        advance = tf.assign_add(step, 1)
        hook = saving.saving_hook(RunOptions(output_dir=str(tmp_path), **options))
        found = []
        tf.train.Saver(max_to_keep=0)
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for second in seconds:
                clock[0] = second
                session.run(advance)
    for name in os.listdir(str(tmp_path)):
        if name.endswith(".index"):
            found.append(int(name[len("model.ckpt-") : -len(".index")]))
    return sorted(found)


def _triggered(clock):
    """SecondOrStepTimer's rule with another clock."""

    def should_trigger_for_step(self, step):
        last = self.last_triggered_step()
        if last is None:
            return True
        if step == last:
            return False
        if self._every_steps is not None:
            return step >= last + self._every_steps
        return clock[0] >= self._last_triggered_time + self._every_secs

    return should_trigger_for_step


def _updated(clock):
    def update_last_triggered_step(self, step):
        self._last_triggered_time, self._last_triggered_step = clock[0], step
        return 1.0, 1

    return update_last_triggered_step


@pytest.fixture(autouse=True)
def keep_all(monkeypatch):
    """Checkpoints are not removed, so that the directory tells when they were written."""
    make = tf.train.Saver.__init__
    monkeypatch.setattr(
        tf.train.Saver,
        "__init__",
        lambda self, *args, **kwargs: make(self, *args, **dict(kwargs, max_to_keep=0)),
    )


@pytest.mark.parametrize(
    "seconds, options, steps",
    [
        (STEADY, {"save_checkpoints_steps": 12}, [0, 12, 24, 30]),
        (STEADY, {"save_checkpoints_steps": 12, "save_checkpoints_secs": 1000}, [0, 12, 24, 30]),
        (STEADY, {"save_checkpoints_steps": 1000, "save_checkpoints_secs": 80}, [0, 8, 16, 24, 30]),
        # By steps while they are fast, by seconds when they are slow.
        (
            SLOW_FROM_11,
            {"save_checkpoints_steps": 5, "save_checkpoints_secs": 80},
            [0, 5, 10] + list(range(12, 31, 2)),
        ),
    ],
)
def test_whichever_comes_first(tmp_path, monkeypatch, seconds, options, steps):
    assert saved_steps(tmp_path, monkeypatch, seconds, **options) == steps


def test_one_save_starts_both_timers_anew():
    timer = saving.EitherTimer(5, 3600)
    assert timer.should_trigger_for_step(0) and timer.last_triggered_step() is None
    timer.update_last_triggered_step(0)
    assert [step for step in range(1, 8) if timer.should_trigger_for_step(step)] == [5, 6, 7]
    timer.update_last_triggered_step(6)
    assert timer.last_triggered_step() == 6
    assert not timer.should_trigger_for_step(10) and timer.should_trigger_for_step(11)
    timer.reset()
    assert timer.should_trigger_for_step(0)


def test_what_was_read_is_not_written_again(tmp_path, monkeypatch):
    """A training that goes on at step 30 has its checkpoint; one that is told of another step has not."""
    assert saved_steps(tmp_path, monkeypatch, STEADY, save_checkpoints_steps=12) == [0, 12, 24, 30]
    stamps = {name: os.stat(str(tmp_path / name)).st_mtime_ns for name in os.listdir(str(tmp_path))}
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        advance = tf.assign_add(step, 1)
        hook = saving.saving_hook(RunOptions(output_dir=str(tmp_path), save_checkpoints_steps=7))
        saver = tf.train.Saver()
        prefix = str(tmp_path / "model.ckpt-30")
        with tf.train.SingularMonitoredSession(
            hooks=[hook], checkpoint_filename_with_path=prefix
        ) as session:
            for name in os.listdir(str(tmp_path)):
                if name.startswith("model.ckpt-30"):
                    assert os.stat(str(tmp_path / name)).st_mtime_ns == stamps[name]
            for _ in range(9):
                session.run(advance)
    there = {name for name in os.listdir(str(tmp_path)) if name.endswith(".index")}
    assert there == {"model.ckpt-%d.index" % n for n in (0, 12, 24, 30, 37, 39)} and saver


def test_the_graph_is_there_for_tensorboard(tmp_path, monkeypatch):
    saved_steps(tmp_path, monkeypatch, STEADY, save_checkpoints_steps=12)
    tf.summary.FileWriterCache.get(str(tmp_path)).flush()
    (events,) = [name for name in os.listdir(str(tmp_path)) if name.startswith("events")]
    found = [
        tf.GraphDef.FromString(event.graph_def)
        for event in tf.train.summary_iterator(str(tmp_path / events))
        if event.HasField("graph_def")
    ]
    assert len(found) == 1 and "global_step" in [node.name for node in found[0].node]
    assert "graph.pbtxt" not in os.listdir(str(tmp_path))
