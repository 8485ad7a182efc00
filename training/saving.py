# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""When a run saves: every so many steps, and after so many seconds, whichever comes first."""

import tensorflow.compat.v1 as tf

from training import checkpoint_files


def saving_hook(run):
    """The CheckpointSaverHook of the first rank.

    Args:
      run: options.RunOptions.
    """
    hook = _SavingHook(run.output_dir, save_steps=run.save_checkpoints_steps)
    if run.save_checkpoints_secs:
        # The hook takes steps or seconds; its timer is all that tells them apart.
        hook._timer = EitherTimer(run.save_checkpoints_steps, run.save_checkpoints_secs)
    return hook


class _SavingHook(tf.train.CheckpointSaverHook):
    """Starts faster than TensorFlow's: the graph is not written again, of which the writer of summaries makes a record when it is opened;
    and a training that goes on does not begin by writing the checkpoint that it has just read."""

    def after_create_session(self, session, coord):
        step = session.run(self._global_step_tensor)
        read = checkpoint_files.latest(self._checkpoint_dir)
        if read is None or checkpoint_files.step_of(read) != step:
            self._save(session, step)
        self._timer.update_last_triggered_step(step)


class EitherTimer:
    """A timer for CheckpointSaverHook, with the methods of tf.train.SecondOrStepTimer.

    Args:
      every_steps, every_secs: int; each save starts both anew.
    """

    def __init__(self, every_steps, every_secs):
        self._timers = [
            tf.train.SecondOrStepTimer(every_steps=every_steps),
            tf.train.SecondOrStepTimer(every_secs=every_secs),
        ]

    def reset(self):
        for timer in self._timers:
            timer.reset()

    def should_trigger_for_step(self, step):
        """Whether to save after a step; the first call always is."""
        return any(timer.should_trigger_for_step(step) for timer in self._timers)

    def update_last_triggered_step(self, step):
        """(seconds, steps) since the last save, or (None, None)."""
        return [timer.update_last_triggered_step(step) for timer in self._timers][0]

    def last_triggered_step(self):
        return self._timers[0].last_triggered_step()
