# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The CUDA device code compiles for Volta (sm_70), which the newest nvcc no longer knows: through NVRTC 12.4 from PyPI."""

import ctypes
import glob
import os
import re
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT

CSRC = os.path.join(ROOT, "fused_ops", "csrc")
# The last for crt/mma.h, the Tensor Cores' functions.
PACKAGES = (
    "nvidia-cuda-nvrtc-cu12==12.4.127",
    "nvidia-cuda-runtime-cu12==12.4.127",
    "nvidia-cuda-nvcc-cu12==12.4.131",
)
# What the kernels use of the C library's headers, which NVRTC does not have.
STDINT = """
typedef signed char int8_t; typedef unsigned char uint8_t; typedef short int16_t; typedef unsigned short uint16_t;
typedef int int32_t; typedef unsigned int uint32_t; typedef long long int64_t; typedef unsigned long long uint64_t;
typedef unsigned long long uintptr_t;
"""
KERNELS = sorted(glob.glob(os.path.join(CSRC, "cuda", "*_kernels.cu")))


def _fetch(target):
    """Unpacks the wheels into `target`; returns None, or why they are not to be had."""
    downloads = os.path.join(ROOT, ".cache", "downloads")
    os.makedirs(downloads, exist_ok=True)
    for package in PACKAGES:
        pattern = os.path.join(
            downloads, package.replace("-", "_").replace("==", "-") + "-*x86_64.whl"
        )
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            downloads,
            package,
        ]
        wheels = glob.glob(pattern)
        if not wheels:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
            )
            wheels = glob.glob(pattern)
            if not wheels:
                return "pip download %s: %s" % (
                    package,
                    done.stdout.decode("utf-8", "replace").strip()[-300:],
                )
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(target)
    return None


@pytest.fixture(scope="module")
def nvrtc():
    """The NVRTC library and the folders of the CUDA headers."""
    target = os.path.join(ROOT, ".cache", "nvrtc")
    library = os.path.join(target, "nvidia", "cuda_nvrtc", "lib", "libnvrtc.so.12")
    includes = [
        os.path.join(target, "nvidia", part, "include") for part in ("cuda_runtime", "cuda_nvcc")
    ]
    needed = [
        library,
        os.path.join(includes[0], "mma.h"),
        os.path.join(includes[1], "crt", "mma.h"),
    ]
    if not all(os.path.exists(path) for path in needed):
        reason = _fetch(target)
        if reason:
            pytest.skip("NVRTC is not to be had: " + reason)
    return ctypes.CDLL(library), includes


def _compile(nvrtc, path, architecture):
    """Compiles one file to machine code; returns (succeeded, log, bytes of machine code)."""
    library, includes = nvrtc
    with open(path, "rb") as source:
        text = source.read()
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    names, bodies = [b"stdint.h", b"math.h", b"string.h"], [STDINT.encode(), b"", b""]
    assert (
        library.nvrtcCreateProgram(
            ctypes.byref(program),
            text,
            os.path.basename(path).encode(),
            len(names),
            (ctypes.c_char_p * len(bodies))(*bodies),
            (ctypes.c_char_p * len(names))(*names),
        )
        == 0
    )
    options = [
        "--gpu-architecture=" + architecture,
        "--std=c++14",
        "--device-as-default-execution-space",
    ]
    options += ["-I" + folder for folder in [CSRC, os.path.join(CSRC, "cuda")] + includes]
    status = library.nvrtcCompileProgram(
        program,
        len(options),
        (ctypes.c_char_p * len(options))(*[option.encode() for option in options]),
    )
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    code = b""
    if status == 0:
        library.nvrtcGetCUBINSize(program, ctypes.byref(size))
        cubin = ctypes.create_string_buffer(size.value)
        library.nvrtcGetCUBIN(program, cubin)
        code = cubin.raw
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return status == 0, log.value.decode("utf-8", "replace"), code


def _with_own_headers(path):
    """The text of a kernel file and of its op's headers (<op>_*.cuh), which hold kernels too."""
    texts = []
    own = os.path.basename(path)[: -len("kernels.cu")]
    for name in [path] + sorted(glob.glob(os.path.join(os.path.dirname(path), own + "*.cuh"))):
        with open(name) as source:
            texts.append(source.read())
    return "\n".join(texts)


@pytest.mark.parametrize("path", KERNELS, ids=[os.path.basename(path) for path in KERNELS])
def test_compiles_for_volta(nvrtc, path):
    succeeded, log, code = _compile(nvrtc, path, "sm_70")
    assert succeeded, log
    kernels = re.findall(
        r"__global__ void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\(", _with_own_headers(path)
    )
    assert kernels, "no kernel found in %s: this test checks nothing" % path
    for kernel in kernels:
        assert kernel.encode() in code, (
            "%s is in the source, but no launcher instantiates it" % kernel
        )


def test_the_compiler_does_refuse(nvrtc, tmp_path):
    broken = tmp_path / "broken_kernels.cu"
    broken.write_text(
        '#include "cuda_common.cuh"\n__global__ void Broken(float* x) { x[0] = undefined_name; }\n'
    )
    succeeded, log, _ = _compile(nvrtc, str(broken), "sm_70")
    assert not succeeded and "undefined_name" in log
