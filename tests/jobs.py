# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A job for tests of one part of a training run."""


from program.options import Option, OptionGroup
from training.job import Job
from training.kernels import PLAIN
from training.options import OptimizerOptions, RunOptions
from training.precision import FP32
from training.runtime import SingleProcess


class TaskOptions(OptionGroup):
    """What every task has."""

    OPTIONS = (
        Option("max_seq_length", 16, "Length."),
        Option("do_train", True, "Train."),
        Option("train_batch_size", 4, "Batch."),
    )


class SecondRank(SingleProcess):
    """A rank that is not the first, without communication."""

    rank, size, local_rank, is_chief, pins_gpu, threads = 3, 4, 1, False, True, 5


def make_job(output_dir, runtime=None, precision=FP32, config=None, optimizer=None, **run_options):
    """A Job of four sequences of 16 tokens per step in float32.

    Args:
      output_dir: path.
      runtime: default SingleProcess.
      precision: Precision.
      config: any object; default None, which is enough where no model is built.
      optimizer: dict of OptimizerOptions.
      **run_options: RunOptions.
    """
    return Job(
        config,
        TaskOptions(),
        RunOptions(output_dir=str(output_dir), **run_options),
        OptimizerOptions(**(optimizer or {})),
        precision,
        PLAIN,
        runtime or SingleProcess(),
    )
