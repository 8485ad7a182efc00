# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Stops training after the step in which a signal came, on all ranks after the same step; the saving hook then saves.

Batch systems send SIGTERM some time before they kill; so do launchers, to every rank. Ranks may hear it in different steps,
so the wish of any one travels with a step and all stop after that one.
"""

import contextlib
import signal

import tensorflow.compat.v1 as tf

from program import interrupts


@contextlib.contextmanager
def stoppable(runtime):
    """A block of training that a signal ends after a step: yields the hook that does so.

    Args:
      runtime: a runtime.

    Raises:
      interrupts.Interrupted: at the end of the block, if this rank or another has been asked to stop.
    """
    with interrupts.finishing() as asked:
        hook = StopHook(runtime, asked)
        yield hook
    if hook.stopped:  # another rank heard the signal
        raise interrupts.Interrupted(signal.SIGTERM)


class StopHook(tf.train.SessionRunHook):
    """Requests the end of training once a rank has been asked to stop.

    Args:
      runtime: a runtime.
      asked: function without arguments: the number of the signal that came to this rank, or None.
    """

    def __init__(self, runtime, asked):
        self._runtime = runtime
        self._asked = asked
        self._own = self._any = None
        self.stopped = False

    def begin(self):
        if self._runtime.size > 1:
            with tf.name_scope("asked_to_stop"):  # the same names on all ranks
                self._own = tf.placeholder(tf.float32, [], "own")
                (self._any,) = self._runtime.mean_tensors([self._own])

    def before_run(self, run_context):
        if self._own is None:
            return None
        return tf.train.SessionRunArgs(self._any, {self._own: 1.0 if self._asked() else 0.0})

    def after_run(self, run_context, run_values):
        asked = self._asked() if self._own is None else run_values.results > 0.0
        if asked and not self.stopped:
            self.stopped = True
            tf.logging.warning(
                "asked to stop: saving after this step; a second signal stops at once"
            )
            run_context.request_stop()
