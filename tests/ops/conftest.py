# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The library under test: built for this Python's TensorFlow when it is missing or made from other sources."""

import os
import subprocess
import sys

import pytest

from fused_ops import loader
from tests.locks import locked

FUSED_OPS = os.path.dirname(os.path.abspath(loader.__file__))


@pytest.fixture(scope="session", autouse=True)
def fused_library():
    """Builds the CPU library if need be. A build that fails is a failure of the tests, not a reason to skip them."""
    with locked("fused_ops"):
        if not loader.is_available():
            command = ["make", "-C", FUSED_OPS, "CUDA_HOME=", "PYTHON=" + sys.executable]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
    return loader.library()


@pytest.fixture(params=["baseline", "avx2", "avx512"])
def cpu_isa(request, fused_library):
    """Runs a test with each instruction set of the CPU kernels that this processor has."""
    used = loader.limit_cpu_isa(request.param)
    yield request.param
    loader.limit_cpu_isa("avx512")
    if used != request.param:
        pytest.skip("this processor has no %s" % request.param)
