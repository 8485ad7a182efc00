# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How TensorFlow is set up for a run: graph mode, logging, session, Estimator."""


import atexit
import logging
import os
import shutil
import sys
import tempfile

import tensorflow.compat.v1 as tf

from program.options import OptionError
from training import checkpoints, host_memory
from training import precision as precisions


def start():
    """Switches TensorFlow 2 to graph mode, keeps freed memory, makes the log readable; each `main` calls it first."""
    host_memory.keep_freed(os.environ)
    logger = logging.getLogger("tensorflow")
    logger.propagate = False  # absl's root handler would print every line a second time
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
      runtime: a runtime; one of several ranks takes the GPU of its local rank.
    """
    config = tf.ConfigProto()
    precisions.configure(config, precision)
    if runtime.pins_gpu:
        config.gpu_options.visible_device_list = str(_gpu_of(runtime.local_rank))
    return config


def _gpu_of(local_rank):
    """The number of a rank's GPU among those it sees: a batch system may show each process one only."""
    shown = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return local_rank % len(shown) if shown else local_rank


def options_of_rank(run_options, runtime):
    """What a rank uses in place of the job's RunOptions; to be called once, when the chief's output_dir exists.

    Only the chief reads and writes output_dir and reads init_checkpoint: the others get all variables from it. They
    work in a directory of their own, which is removed at their end, and keep to warnings in their logs.

    Args:
      run_options: RunOptions.
      runtime: a runtime.
    """
    if runtime.is_chief:
        return run_options
    directory = tempfile.mkdtemp(prefix="bert-rank-%d-" % runtime.rank)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    tf.logging.set_verbosity(tf.logging.WARN)
    return run_options.replace(output_dir=directory, init_checkpoint=None)


def start_step(run_options, runtime):
    """The step at which a run in output_dir goes on, the same on all ranks: 0, or that of the chief's checkpoint."""
    return runtime.from_chief(checkpoints.latest_step(run_options.output_dir) or 0)


def make_estimator(model_fn, run_options, precision, runtime, params=None):
    """The Estimator of a runner.

    Only the chief writes checkpoints and summaries. All ranks must call this.

    Args:
      model_fn: Estimator model function.
      run_options: RunOptions of this rank, see `options_of_rank`.
      precision: precision.Precision.
      runtime: a runtime.
      params: dict handed to model_fn and input functions.
    """
    writes = runtime.is_chief
    config = tf.estimator.RunConfig(
        model_dir=run_options.output_dir,
        tf_random_seed=graph_seed(run_options, runtime),
        session_config=session_config(precision, runtime),
        save_checkpoints_steps=run_options.save_checkpoints_steps if writes else None,
        save_checkpoints_secs=None,
        save_summary_steps=run_options.log_every_n_steps if writes else 0,
        keep_checkpoint_max=run_options.keep_checkpoint_max,
        log_step_count_steps=None,
    )  # training.hooks reports progress
    return tf.estimator.Estimator(model_fn=model_fn, config=config, params=params)


def graph_seed(run_options, runtime):
    """Seed of dropout and of the order of records; None for a different run each time.

    It differs between ranks, and between the parts of a continued run: a run that stops at step 5,000 must
    not go on with the dropout masks and the records of its first steps.
    """
    if run_options.random_seed is None:
        return None
    first = start_step(run_options, runtime)
    return (run_options.random_seed + 7919 * runtime.rank + 104729 * first) % (2**31 - 1)


def make_output_dir(path):
    """Creates output_dir.

    Raises:
      OptionError: it cannot be created or written to.
    """
    if os.path.exists(path) and not os.path.isdir(path):
        raise OptionError("--output_dir=%s: is a file, not a directory" % path)
    try:
        os.makedirs(path)
    except OSError as error:
        if not os.path.isdir(path):
            raise OptionError("--output_dir=%s: cannot be created (%s)" % (path, error.strerror))
    if not os.access(path, os.W_OK):
        raise OptionError("--output_dir=%s: is not writable" % path)


def terminal():
    """The terminal to draw a progress bar on, open for writing, or None.

    It is standard output where that is a terminal. Behind a launcher standard output is a pipe into the log; the
    launcher then names its own terminal in PROGRESS_TTY, if it has one.
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


def _is_worth_reading(record):
    """Drops TensorFlow's advice to move to TensorFlow 2's interfaces: nothing a user of this program can act on."""
    text = str(record.msg)
    return "Instructions for updating" not in text and "is deprecated" not in text
