# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Tells before the first step how much disk space a run's checkpoints need."""

import os
import shutil

import tensorflow.compat.v1 as tf

from program.files import human
from training.failures import RunError, checkpoint_bytes


class DiskSpaceHook(tf.train.SessionRunHook):
    """Logs the space that the checkpoints of a run need and that the disk has; warns if it is too small for all.

    Args:
      run: options.RunOptions.
      num_steps: int, steps that this run still makes.

    Raises:
      RunError: there is not even space for one checkpoint. When the graph is complete.
    """

    def __init__(self, run, num_steps):
        self._run = run
        self._num_steps = num_steps

    def begin(self):
        output_dir = self._run.output_dir
        size = checkpoint_bytes(tf.get_default_graph())
        # Those at the first step, at every save_checkpoints_steps and at the end.
        written = 2 + self._num_steps // self._run.save_checkpoints_steps
        # One more than are kept: the oldest is removed when the newest is complete.
        kept = written
        if self._run.keep_checkpoint_max:
            every = self._run.keep_checkpoint_every_n_steps
            milestones = self._num_steps // every if every else 0
            kept = min(written, self._run.keep_checkpoint_max + 1 + milestones)
        free = shutil.disk_usage(output_dir).free
        tf.logging.info(
            "checkpoints of %s: up to %d at a time need %s in %s, %s free",
            human(size),
            kept,
            human(size * kept),
            output_dir,
            human(free),
        )
        if size > free:
            raise RunError(
                "--output_dir=%s: a checkpoint needs %s, only %s free: free some space or choose another directory"
                % (output_dir, human(size), human(free))
            )
        if size * kept > free + _bytes_of_checkpoints(output_dir):
            tf.logging.warning(
                "%s has too little space for all checkpoints of this run: %s needed, %s free",
                output_dir,
                human(size * kept),
                human(free),
            )


def _bytes_of_checkpoints(output_dir):
    """What the checkpoints that are there take: the run removes them as it goes on."""
    return sum(
        os.path.getsize(os.path.join(output_dir, name))
        for name in os.listdir(output_dir)
        if name.startswith("model.ckpt-")
    )
