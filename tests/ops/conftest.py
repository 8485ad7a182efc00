# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Every test here needs the library of fused ops; `cpu_isa` runs a test with each instruction set."""

import pytest

from fused_ops import loader


@pytest.fixture(scope="session", autouse=True)
def built_library(fused_library):
    """Builds the library before the first test of this folder."""


@pytest.fixture(params=["baseline", "avx2", "avx512"])
def cpu_isa(request, fused_library):
    """Runs a test with each instruction set of the CPU kernels that this processor has."""
    used = loader.limit_cpu_isa(request.param)
    yield request.param
    loader.limit_cpu_isa("avx512")
    if used != request.param:
        pytest.skip("this processor has no %s" % request.param)
