# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Stops training after the step in which a signal came, on all ranks after the same step; the saving hook then saves.

Batch systems send SIGTERM some time before they kill; so do launchers, to every rank. Ranks may hear it in different steps,
so the signal that any one has heard travels with a step and all stop after that one. None ends before the first rank has saved:
mpirun and srun kill the others once one ends with an error.
"""

import contextlib

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
        if hook.signum is not None:
            runtime.gather(None)  # the first rank comes here when it has saved
    if hook.signum is not None:  # another rank heard the signal
        raise interrupts.Interrupted(hook.signum)


class StopHook(tf.train.SessionRunHook):
    """Requests the end of training once a rank has been asked to stop.

    Args:
      runtime: a runtime.
      asked: function without arguments: the number of the signal that came to this rank, or None.

    Attributes:
      signum: int, the signal after which all ranks stop; None before.
    """

    def __init__(self, runtime, asked):
        self._runtime = runtime
        self._asked = asked
        self._own = self._any = None
        self.signum = None

    def begin(self):
        if self._runtime.size > 1:
            with tf.name_scope("asked_to_stop"):  # the same names on all ranks
                self._own = tf.placeholder(tf.float32, [len(interrupts.SIGNALS)], "own")
                self._any = self._runtime.mean_tensors(tf.unstack(self._own))

    def before_run(self, run_context):
        if self._own is None:
            return None
        asked = self._asked()
        own = [1.0 if asked == signum else 0.0 for signum in interrupts.SIGNALS]
        return tf.train.SessionRunArgs(self._any, {self._own: own})

    def after_run(self, run_context, run_values):
        asked = self._asked() if self._own is None else self._heard_by_any(run_values.results)
        if asked and self.signum is None:
            self.signum = asked
            if self._runtime.is_chief:
                tf.logging.warning(
                    "asked to stop: saving after this step; a second signal stops at once"
                )
            run_context.request_stop()

    @staticmethod
    def _heard_by_any(shares):
        heard = [signum for signum, share in zip(interrupts.SIGNALS, shares) if share > 0.0]
        return heard[0] if heard else None
