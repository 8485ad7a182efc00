# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Every CUDA kernel against its CPU kernel: on a GPU where there is one, always in the emulation of cuda_emulation/.

REQUIRE_GPU=1 turns the missing GPU (or nvcc) from a skip into a failure.
"""

import ctypes
import glob
import os
import re
import shutil
import subprocess

import pytest

from tests.conftest import ROOT
from tests.locks import locked

FUSED_OPS = os.path.join(ROOT, "fused_ops")
CHECKS = os.path.join(ROOT, "tests", "ops", "cuda")
CUDA_HOME = os.environ.get("CUDA_HOME", "/usr/local/cuda")
REQUIRED = os.environ.get("REQUIRE_GPU") == "1"


def _make(target):
    with locked("fused_ops"):
        done = subprocess.run(
            ["make", "-C", FUSED_OPS, target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
    return os.path.join(FUSED_OPS, "build", target)


def _names():
    """The checks there must be: one at least in every check_<op>.cu."""
    names = []
    for path in sorted(glob.glob(os.path.join(CHECKS, "check_*.cu"))):
        with open(path) as source:
            names += re.findall(r"^FUSED_CHECK\((\w+)\)", source.read(), re.MULTILINE)
    return names


@pytest.fixture(scope="module")
def emulated():
    return _make("check_emulated")


@pytest.mark.parametrize("name", _names())
def test_device_code_in_emulation(emulated, name):
    done = subprocess.run(
        [emulated, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    output = done.stdout.decode()
    assert done.returncode == 0 and "ok   %s\n1 checks, 0 failures" % name in output, output


def test_a_missing_barrier_shows(emulated, tmp_path):
    """BlockSum without its first barrier, which only a warp that runs ahead of the others misses."""
    barrier = "__syncthreads();  // the scratch of the call before has been read"
    for name in ("cuda_common.cuh", "optimizer_update_kernels.cu"):
        with open(os.path.join(FUSED_OPS, "csrc", "cuda", name)) as source:
            text = source.read()
        assert (barrier in text) == (name == "cuda_common.cuh")
        (tmp_path / name).write_text(text.replace(barrier, ""))
    build = os.path.dirname(emulated)
    objects = glob.glob(os.path.join(build, "emulated", "*.o"))
    objects += glob.glob(os.path.join(build, "cpu", "Baseline", "*_kernels_cpu.o"))
    program = str(tmp_path / "check")
    command = ["g++", "-std=c++14", "-O1", "-w", "-DFUSED_OPS_CUDA_EMULATION", "-o", program]
    command += ["-I" + os.path.join(FUSED_OPS, "csrc")]
    command += ["-I" + os.path.join(ROOT, "tests", "ops", "cuda_emulation"), "-x", "c++"]
    command += [str(tmp_path / "optimizer_update_kernels.cu"), "-x", "none"]
    command += [o for o in objects if os.path.basename(o) != "optimizer_update_kernels.o"]
    subprocess.run(command, check=True)
    done = subprocess.run([program, "optimizer_update"], stdout=subprocess.PIPE)
    assert done.returncode == 1 and b"FAIL optimizer_update" in done.stdout, done.stdout


def test_every_kernel_file_has_a_check():
    for path in glob.glob(os.path.join(FUSED_OPS, "csrc", "cuda", "*_kernels.cu")):
        check = "check_" + os.path.basename(path)[: -len("_kernels.cu")] + ".cu"
        assert os.path.exists(os.path.join(CHECKS, check)), check


def _gpus():
    """How many GPUs the driver has. Asked before anything is compiled for one: that takes a minute."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def _missing_for_the_gpu():
    """Why no kernel can run on a GPU here, or None."""
    if not os.path.exists(os.path.join(CUDA_HOME, "bin", "nvcc")):
        return "no nvcc in CUDA_HOME=" + CUDA_HOME
    return None if _gpus() else "no GPU: CUDA kernels not run on one"


def test_on_the_gpu():
    reason = _missing_for_the_gpu()
    if reason:
        assert not REQUIRED, "REQUIRE_GPU=1, but " + reason
        pytest.skip(reason)
    program = _make("check_gpu")
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    output = done.stdout.decode()
    assert done.returncode == 0 and "%d checks, 0 failures" % len(_names()) in output, output
    if shutil.which("compute-sanitizer"):
        subprocess.run(
            ["compute-sanitizer", "--error-exitcode=1", program], check=True, timeout=1800
        )
