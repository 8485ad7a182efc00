# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The process a run lives in: alone, or one rank of many. The only file that may import Horovod.

Runners ask the runtime object and never test for Horovod themselves.
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from training.options import OptionError


class SingleProcess(object):
  """One process without communication: every collective operation is the identity."""

  rank = 0
  size = 1
  local_rank = 0
  is_chief = True  # writes checkpoints, summaries and results

  def hooks(self):
    """SessionRunHooks that bring all ranks to the same initial state."""
    return []

  def all_reduce(self, gradients):
    """The mean over ranks of each gradient; a list of tensors in, one of the same shapes out."""
    return list(gradients)

  def scale_learning_rate(self, learning_rate):
    """The learning rate of the whole job, from that of one process (a float)."""
    return learning_rate

  def average(self, metrics):
    """The mean over ranks of each value of a dict of floats."""
    return dict(metrics)

  def barrier(self):
    """Returns when every rank has called it."""


def create_runtime(horovod):
  """The runtime that `--horovod` asks for.

  Args:
    horovod: bool.

  Raises:
    OptionError: it cannot be had here.
  """
  if horovod:
    raise OptionError("--horovod is not built yet: run one process, without --horovod (launchers: num_gpus=0)")
  return SingleProcess()
