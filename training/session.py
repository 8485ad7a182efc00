# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Sets TensorFlow up for a run: graph mode, logging, session, Estimator."""


import logging
import os
import sys

import tensorflow.compat.v1 as tf

from program import temporary
from program.files import path_problem
from program.options import OptionError
from training import host_memory
from training.precision import configure_session


def start():
    """Switches TensorFlow 2 to graph mode, keeps freed memory, makes the log readable; call it first."""
    host_memory.keep_freed(os.environ)
    logger = logging.getLogger("tensorflow")
    logger.propagate = False  # absl's root handler would print every line twice
    logger.addFilter(_is_worth_reading)
    tf.logging.set_verbosity(tf.logging.INFO)
    for handler in logger.handlers:
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname).1s %(message)s", "%H:%M:%S")
        )
    tf.disable_v2_behavior()


def session_config(precision, runtime):
    """ConfigProto of training, evaluation and prediction.

    Args:
      precision: precision.Precision.
      runtime: a runtime; each of several ranks takes the GPU of its local rank, and its share of the cores.
    """
    config = tf.ConfigProto(intra_op_parallelism_threads=runtime.threads)
    configure_session(config, precision)
    if runtime.pins_gpu:
        config.gpu_options.visible_device_list = str(_gpu_of(runtime.local_rank))
    return config


def _gpu_of(local_rank):
    """The index of a rank's GPU among those visible to it: a batch system may show each process only one."""
    shown = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return local_rank % len(shown) if shown else local_rank


def options_of_rank(run_options, runtime):
    """A rank's RunOptions in place of the job's; call it once, when the first rank's output_dir exists.

    Only the first rank reads and writes output_dir and reads init_checkpoint: the others get all variables from it.
    They work in a temporary directory, which is removed when they end, and log only warnings.

    Args:
      run_options: RunOptions.
      runtime: a runtime.
    """
    removed = temporary.remove_leftovers()
    if removed:
        tf.logging.info("removed temporary directories of killed runs: %s", ", ".join(removed))
    if runtime.is_chief:
        return run_options
    directory = temporary.make_directory("rank")
    tf.logging.set_verbosity(tf.logging.WARN)
    return run_options.replace(output_dir=directory, init_checkpoint=None)


def make_estimator(job, model_fn):
    """The Estimator of a program. Only the first rank writes checkpoints and summaries.

    Args:
      job: job.Job of this rank, see `options_of_rank`.
      model_fn: Estimator model function.
    """
    writes = job.runtime.is_chief and not job.run.replay_step
    config = tf.estimator.RunConfig(
        model_dir=job.run.output_dir,
        # Of initial values; dropout and the order of records have seeds of their own (training/position.py).
        tf_random_seed=job.run.random_seed,
        session_config=session_config(job.precision, job.runtime),
        save_checkpoints_steps=job.run.save_checkpoints_steps if writes else None,
        save_checkpoints_secs=None,
        save_summary_steps=job.run.log_every_n_steps if writes else 0,
        keep_checkpoint_max=job.run.keep_checkpoint_max,
        log_step_count_steps=None,  # training.hooks reports progress
    )
    return tf.estimator.Estimator(model_fn=model_fn, config=config)


def make_output_dir(path, flag="output_dir"):
    """Creates an output directory.

    Args:
      path: str.
      flag: str, the flag that names it, for messages.

    Raises:
      OptionError: it cannot be created or written to.
    """
    problem = path_problem(path)
    if problem:
        raise OptionError("--%s: %s" % (flag, problem))
    if os.path.exists(path) and not os.path.isdir(path):
        raise OptionError("--%s=%s: not a directory" % (flag, path))
    try:
        os.makedirs(path)
    except OSError as error:
        if not os.path.isdir(path):
            raise OptionError("--%s=%s: cannot be created (%s)" % (flag, path, error.strerror))
    if not os.access(path, os.W_OK):
        raise OptionError("--%s=%s: is not writable" % (flag, path))


def terminal():
    """The terminal for the progress bar, open for writing, or None.

    It is standard output if that is a terminal. Under a launcher, standard output is a pipe to the log; the launcher
    then passes its own terminal, if any, in PROGRESS_TTY.
    """
    if sys.stdout.isatty():
        return sys.stdout
    path = os.environ.get("PROGRESS_TTY")
    if not path:
        return None
    try:
        opened = open(path, "w")
    except EnvironmentError:
        return None
    if opened.isatty():
        return opened
    opened.close()
    return None


# TensorFlow's deprecation notices; its search by pattern; from 1.15 on two lines around each that says what is saved.
_NOISE = (
    "Instructions for updating",
    "is deprecated",
    "Couldn't match files",
    "Calling checkpoint listeners",
)


def _is_worth_reading(record):
    """Drops what a user of this program cannot act on."""
    text = str(record.msg)
    return not any(noise in text for noise in _NOISE)
