# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/preemption.py: a signal ends training after the step in which it came, on all ranks after the same one."""

import os
import signal

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program import interrupts
from tests.jobs import SecondRank
from training.preemption import StopHook, stoppable
from training.runtime import SingleProcess


class Training:
    """Ten steps of counting; `signals` is step -> signal sent to this process during that step."""

    def __init__(self, directory, signals):
        self.directory, self.signals = str(directory), signals
        self.steps = None

    def run(self, runtime=None):
        with stoppable(runtime or SingleProcess()) as stop, tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            count = tf.assign_add(step, 1)
            saver = tf.train.CheckpointSaverHook(self.directory, save_steps=1000)
            with tf.train.MonitoredSession(hooks=[stop, saver]) as session:
                while not session.should_stop() and self.steps != 10:
                    self.steps = int(session.run(count))
                    if self.steps in self.signals:
                        os.kill(os.getpid(), self.signals[self.steps])

    def saved(self):
        return tf.train.load_variable(self.directory, "global_step")


@pytest.mark.parametrize(
    "signum, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_the_step_is_finished_and_saved(tmp_path, signum, code):
    training = Training(tmp_path, {4: signum})
    with pytest.raises(interrupts.Interrupted) as caught:
        interrupts.run(training.run)
    assert caught.value.exit_code == code
    assert training.steps == 5 and training.saved() == 5  # it came after step 4: step 5 sees it


def test_without_a_signal_training_ends_as_ever(tmp_path):
    training = Training(tmp_path, {})
    interrupts.run(training.run)
    assert training.steps == training.saved() == 10
    training = Training(tmp_path / "outside", {})
    training.run()  # not within interrupts.run
    assert training.steps == 10


class Three(SecondRank):
    """A rank of which another hears a signal at the third step."""

    steps, signum = 0, signal.SIGHUP
    met = None

    def mean_tensors(self, tensors):
        def of_all(*own):
            assert not any(own)
            self.steps += 1
            heard = self.steps == 3
            return [np.float32(0.25 * (heard and one == self.signum)) for one in interrupts.SIGNALS]

        return [tf.reshape(t, []) for t in tf.py_func(of_all, tensors, [tf.float32] * len(tensors))]

    def gather(self, value):
        self.met = self.training.saved()
        return [value] * 4


@pytest.mark.parametrize("signum", interrupts.SIGNALS)
def test_all_ranks_stop_after_the_same_step_and_wait_for_the_checkpoint(tmp_path, signum):
    training, runtime = Training(tmp_path, {}), Three()
    runtime.signum, runtime.training = signum, training
    with pytest.raises(interrupts.Interrupted) as caught:
        interrupts.run(lambda: training.run(runtime))
    assert caught.value.exit_code == 128 + signum and training.steps == 3 == training.saved()
    assert runtime.met == 3  # the ranks met after the last one had saved


def test_ranks_that_nobody_stops_do_not_wait(tmp_path):
    training, runtime = Training(tmp_path, {}), Three()
    runtime.signum = None
    interrupts.run(lambda: training.run(runtime))
    assert training.steps == 10 and runtime.met is None


def test_a_rank_tells_the_others():
    asked = []

    class Runtime(SecondRank):
        told = []

        def mean_tensors(self, tensors):
            def keep(*own):
                self.told.append([float(one) for one in own])
                return [np.float32(one / 4) for one in own]

            means = tf.py_func(keep, tensors, [tf.float32] * len(tensors))
            return [tf.reshape(mean, []) for mean in means]

    with tf.Graph().as_default():
        hook = StopHook(Runtime(), lambda: asked[0] if asked else None)
        step = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        with tf.train.MonitoredSession(hooks=[hook]) as session:
            session.run(step)
            assert hook.signum is None
            asked.append(signal.SIGTERM)
            session.run(step)
            assert hook.signum == signal.SIGTERM and session.should_stop()
    assert Runtime.told == [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
