# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where a run starts: found once, when output_dir exists, and handed on as a Start."""

from collections import namedtuple

import tensorflow.compat.v1 as tf

from training import checkpoints

# step: the global step at which training starts, the same on all ranks. checkpoint: prefix of the checkpoint that has the
# variables; None: they start from initial values, or come from the first rank. resumes: whether the checkpoint is
# output_dir's own, which Estimator restores with its global step and the optimizer's state.
Start = namedtuple("Start", ["step", "checkpoint", "resumes"])


def find_start(job):
    """The Start of a run: output_dir's latest checkpoint, else init_checkpoint, else initial values.

    All ranks must call this. A checkpoint in output_dir takes precedence over init_checkpoint, which is logged.

    Args:
      job: job.Job of this rank; output_dir exists.

    Raises:
      CheckpointError: init_checkpoint does not exist.
    """
    own = checkpoints.latest(job.run.output_dir)
    init_checkpoint = job.run.init_checkpoint
    if own is not None:
        ignored = "; --init_checkpoint=%s is ignored" % init_checkpoint if init_checkpoint else ""
        tf.logging.info("resuming from %s%s", own, ignored)
        checkpoint = own
    else:
        checkpoint = checkpoints.resolve(init_checkpoint) if init_checkpoint else None
    step = job.runtime.from_chief(checkpoints.step_of(own))
    return Start(step, checkpoint, own is not None)


def after_training(job):
    """The Start of the evaluation or prediction that follows training: the checkpoint written at its end."""
    own = checkpoints.latest(job.run.output_dir)
    return Start(checkpoints.step_of(own), own, own is not None)


def find_checkpoint_with(variable, job):
    """The Start of a prediction without training: init_checkpoint if it has a variable, else output_dir's latest.

    Users name the pre-trained checkpoint they began with when they predict again from a trained output_dir.

    Args:
      variable: str, name of a variable that only a fine-tuned model has.
      job: job.Job of this rank; output_dir exists.

    Raises:
      CheckpointError: no checkpoint has the variable. On the first rank; the others get all variables from it.
    """
    if not job.runtime.is_chief:
        return Start(0, None, False)
    tried = []
    for path in (job.run.init_checkpoint, checkpoints.latest(job.run.output_dir)):
        if path:
            prefix = checkpoints.resolve(path)
            if variable in checkpoints.variable_shapes(prefix):
                return Start(0, prefix, False)
            tried.append(prefix)
    if tried:
        raise checkpoints.CheckpointError(
            "%s: has no variable %s, so its predictions would be random: fine-tune it first with --do_train, or pass a "
            "fine-tuned --init_checkpoint" % (tried[0], variable)
        )
    raise checkpoints.CheckpointError(
        "--output_dir=%s contains no checkpoint: pass --init_checkpoint or --do_train"
        % job.run.output_dir
    )
