# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where a run starts: found once, when output_dir exists, and handed on as a Start."""

from collections import namedtuple

import tensorflow.compat.v1 as tf

from training import checkpoint_files, checkpoints

# step: the global step at which training starts, the same on all ranks. checkpoint: prefix of the checkpoint that has the
# variables; None: they start from initial values, or come from the first rank. resumes: whether the checkpoint is
# output_dir's own, which Estimator restores with its global step and the optimizer's state.
Start = namedtuple("Start", ["step", "checkpoint", "resumes"])


def find_start(job):
    """The Start of a run: output_dir's latest checkpoint, else init_checkpoint, else initial values.

    All ranks must call this. A checkpoint in output_dir takes precedence over init_checkpoint, which is logged; so is
    each checkpoint that is passed over because it is damaged.

    Args:
      job: job.Job of this rank; output_dir exists.

    Raises:
      CheckpointError: init_checkpoint does not exist or is incomplete, or none of output_dir's checkpoints can be read.
    """
    own = _own(job)
    init_checkpoint = job.run.init_checkpoint
    if own is not None:
        ignored = "; --init_checkpoint=%s is ignored" % init_checkpoint if init_checkpoint else ""
        tf.logging.info("resuming from %s%s", own, ignored)
        checkpoint = own
    else:
        checkpoint = checkpoints.resolve(init_checkpoint) if init_checkpoint else None
    step = job.runtime.from_chief(_global_step(own) if own else 0)
    return Start(step, checkpoint, own is not None)


def _own(job):
    """Prefix of output_dir's newest good checkpoint, or None; when training, the note names it from now on."""
    found = checkpoint_files.find_own(job.run.output_dir)
    for line in found.warnings:
        tf.logging.warning(line)
    if found.prefix and job.task.do_train:
        checkpoint_files.adopt(job.run.output_dir, found.prefix)
    return found.prefix


def _global_step(prefix):
    """The global step in a checkpoint, which is where training goes on; without one, the step in its name."""
    if "global_step" in checkpoints.variable_shapes(prefix):
        return int(checkpoint_files.reader(prefix).get_tensor("global_step"))
    return checkpoint_files.step_of(prefix)


def after_training(job):
    """The Start of the evaluation or prediction that follows training: the checkpoint written at its end."""
    own = checkpoint_files.latest(job.run.output_dir)
    return Start(_global_step(own) if own else 0, own, own is not None)


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
    own = checkpoint_files.find_own(job.run.output_dir)
    for path in (job.run.init_checkpoint, own.prefix):
        if path:
            prefix = checkpoints.resolve(path)
            for line in own.warnings if path == own.prefix else ():
                tf.logging.warning(line)
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
