# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/runtime.py: one process, whose collective operations change nothing."""

import pytest

from training import runtime as runtimes
from training.options import OptionError


def test_single_process():
  runtime = runtimes.create_runtime(horovod=False)
  assert (runtime.rank, runtime.size, runtime.local_rank, runtime.is_chief) == (0, 1, 0, True)
  assert runtime.hooks() == []
  assert runtime.all_reduce(["g1", "g2"]) == ["g1", "g2"]
  assert runtime.scale_learning_rate(1e-4) == 1e-4
  assert runtime.average({"loss": 2.5}) == {"loss": 2.5}
  assert runtime.barrier() is None


def test_horovod_is_refused_with_one_line():
  with pytest.raises(OptionError, match="--horovod is not built yet"):
    runtimes.create_runtime(horovod=True)
