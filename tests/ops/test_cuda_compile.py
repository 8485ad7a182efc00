# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The CUDA device code compiles for Volta (sm_70), which the newest nvcc no longer knows: through NVRTC 12.4 from PyPI."""

import glob
import os
import re

import pytest

from tests.ops import machine_code
from tests.ops.machine_code import KERNELS


@pytest.fixture(scope="module")
def compiler():
    try:
        return machine_code.Compiler(machine_code.VOLTA)
    except machine_code.Unavailable as reason:
        pytest.skip("NVRTC is not to be had: %s" % reason)


def _with_own_headers(path):
    """The text of a kernel file and of its op's headers (<op>_*.cuh), which hold kernels too."""
    texts = []
    own = os.path.basename(path)[: -len("kernels.cu")]
    for name in [path] + sorted(glob.glob(os.path.join(os.path.dirname(path), own + "*.cuh"))):
        with open(name) as source:
            texts.append(source.read())
    return "\n".join(texts)


@pytest.mark.parametrize("path", KERNELS, ids=[os.path.basename(path) for path in KERNELS])
def test_compiles_for_volta(compiler, path):
    succeeded, log, code = compiler.compile(path, "sm_70")
    assert succeeded, log
    kernels = re.findall(
        r"__global__ void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\(", _with_own_headers(path)
    )
    assert kernels, "no kernel found in %s: this test checks nothing" % path
    for kernel in kernels:
        assert kernel.encode() in code, (
            "%s is in the source, but no launcher instantiates it" % kernel
        )


def test_the_compiler_does_refuse(compiler, tmp_path):
    broken = tmp_path / "broken_kernels.cu"
    broken.write_text(
        '#include "cuda_common.cuh"\n__global__ void Broken(float* x) { x[0] = undefined_name; }\n'
    )
    succeeded, log, _ = compiler.compile(str(broken), "sm_70")
    assert not succeeded and "undefined_name" in log
