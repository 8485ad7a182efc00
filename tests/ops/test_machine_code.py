# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the compiler makes of the CUDA kernels for Ampere and Hopper, without a GPU: nothing in local memory, stores of 16
bytes, Tensor Core instructions, and as many warps on a multiprocessor as planned.

The compiler splits a store of 16 bytes when it can, and spills without a word; a GPU shows either as a slow kernel only.
"""

import os
import re

import pytest

from tests.ops import machine_code
from tests.ops.machine_code import KERNELS, count, disassemble, warps_by_registers

ARCHITECTURES = ("sm_80", "sm_90")
SCALAR_STORES = ("STG.E.U8", "STG.E.U16", "STG.E.S16", "STG.E.64", "ST.E.U16", "ST.E.64")
# Packed kernels (full name, regular expression): how many stores of 4 bytes they may have, which are a row's float32
# statistics, a block's sums or what a table's rows are numbered by; and how many warps must fit by registers.
PACKED = {
    r"(LayerNorm|Residual|Embedding)Forward<[\w ]+, \d>": (2, 32),
    r"LayerNormBackward<[\w ]+>": (0, 16),
    r"ResidualBackward<[\w ]+>": (0, 16),
    r"EmbeddingBackward<[\w ]+>": (2, 16),
    r"SumPositions<0>": (0, 48),
    r"AddTokens<[\w ]+, 8>": (4, 16),
    r"BiasGeluForward<(__half|BFloat16), 8>": (0, 48),
    r"BiasGeluForward<float, 8>": (0, 40),
    r"BiasGeluBackward<[\w ]+, 8>": (0, 32),
    r"UpdateMoments<[\w ]+, 8, \w+>": (2, 32),
    r"ApplyByRatio<8>": (0, 40),
    r"GatherTokens<Raw>": (0, 32),
    r"AddRuns<4>": (4, 32),
}
# Rows that begin and end anywhere: stores of one element at both ends, of 16 bytes between, of no other size.
UNALIGNED = r"CrossEntropyBackward<[\w ]+>"
# Attention for older cards and head sizes without a tuned kernel: slow by design, a few spilled registers do not matter.
FALLBACK = r"Attention\w+<\w+, PlainPath<\d>.*"
# Full name, regular expression: bytes of stack. Two registers of the gradient of the keys at D 128 are spilled: the same
# kernel on fewer queries at once was slower on an H200 (0.593 ms against 0.521).
SPILLED = {
    r"AttentionMmaKeyGradient<(__half|BFloat16), 128, .*": 8,
    r"EmbeddingBackward<[\w ]+>": 8,  # a register or two, for sm_80 only
}
TENSOR_CORE = r"AttentionMma\w+<.*>"
TENSOR_CORE_INSTRUCTIONS = ("HMMA", "LDSM", "LDGSTS")


def compiler():
    try:
        made = machine_code.Compiler(machine_code.NEWEST)
        machine_code.nvdisasm()
        return made
    except machine_code.Unavailable as reason:
        pytest.skip("no compiler or disassembler: %s" % reason)


def kernels_of(path, architecture, tmp_path):
    succeeded, log, code = compiler().compile(str(path), architecture)
    assert succeeded, log
    return disassemble(code, str(tmp_path / "code.cubin"))


def rule(name):
    """(stores of 4 bytes, warps) of a packed kernel, or None."""
    found = [limits for pattern, limits in PACKED.items() if re.match(pattern + "$", name)]
    assert len(found) <= 1, name
    return found[0] if found else None


def faults(kernel):
    """What is wrong with a kernel's code, a list of lines."""
    found = []
    local = count(kernel, "LDL", "STL")
    spilled = max([size for name, size in SPILLED.items() if re.match(name, kernel.name)] or [0])
    if (local > spilled // 4 or kernel.frame > spilled) and not re.match(FALLBACK, kernel.name):
        found.append("%d accesses of local memory, %d bytes of stack" % (local, kernel.frame))
    limits = rule(kernel.name)
    if limits is not None:
        words = kernel.instructions["STG.E"] + kernel.instructions["ST.E"]
        if count(kernel, *SCALAR_STORES) or words > limits[0]:
            stores = {n: k for n, k in kernel.instructions.items() if n.startswith("ST")}
            found.append("stores of less than 16 bytes: %s" % stores)
        if not count(kernel, "STG.E.128"):
            found.append("no store of 16 bytes")
        warps = warps_by_registers(kernel)
        if warps < limits[1]:
            found.append(
                "%d registers leave room for %d warps of %d" % (kernel.registers, warps, limits[1])
            )
    if re.match(UNALIGNED, kernel.name):
        element = "STG.E" if "<float>" in kernel.name else "STG.E.U16"
        sizes = {name for name in kernel.instructions if name.startswith("STG")}
        if sizes != {element, "STG.E.128"}:
            found.append("stores of %s" % sorted(sizes))
    if re.match(TENSOR_CORE, kernel.name):
        missing = [name for name in TENSOR_CORE_INSTRUCTIONS if not count(kernel, name)]
        if missing:
            found.append("no " + ", ".join(missing))
    return ["%s: %s" % (kernel.name, line) for line in found]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("path", KERNELS, ids=[os.path.basename(path) for path in KERNELS])
def test_machine_code(path, architecture, tmp_path):
    kernels = kernels_of(path, architecture, tmp_path)
    assert [line for kernel in kernels for line in faults(kernel)] == []
    if os.path.basename(path) == "attention_kernels.cu":
        assert any(count(kernel, "HMMA") for kernel in kernels), "no Tensor Core instruction"


def test_the_table_names_kernels_that_exist():
    text = ""
    for folder, _, names in os.walk(os.path.join(machine_code.CSRC, "cuda")):
        for name in names:
            with open(os.path.join(folder, name)) as source:
                text += source.read()
    for pattern in list(PACKED) + [UNALIGNED]:
        name = pattern.split("<")[0]
        assert re.search(r"\b%s\w*\(" % name, text), name


PLANTED = """
#include "cuda_common.cuh"
template <typename T>
__global__ void __launch_bounds__(256) LayerNormBackward(const uint4* x, T* y, int n) {
  %s
}
template __global__ void LayerNormBackward<unsigned short>(const uint4*, unsigned short*, int);
"""
WHOLE = "reinterpret_cast<uint4*>(y)[threadIdx.x] = x[threadIdx.x];"
HALVES = WHOLE + " y[threadIdx.x + n] = static_cast<T>(x[n].x);"
STACK = """float kept[64]; for (int i = 0; i < n; ++i) kept[i & 63] = __uint_as_float(x[i].x);
  uint4 v = x[0]; v.x = __float_as_uint(kept[n & 63]); reinterpret_cast<uint4*>(y)[threadIdx.x] = v;"""


@pytest.mark.parametrize(
    "body, complaint",
    [
        (WHOLE, None),
        (HALVES, "stores of less than 16 bytes: {'STG.E.128': 1, 'STG.E.U16': 1}"),
        ("y[threadIdx.x] = static_cast<T>(n);", "no store of 16 bytes"),
        (STACK, "bytes of stack"),
    ],
    ids=["sound", "scalar", "no_pack", "local"],
)
def test_faults_are_found(body, complaint, tmp_path):
    source = tmp_path / "planted_kernels.cu"
    source.write_text(PLANTED % body)
    kernels = {kernel.name: kernel for kernel in kernels_of(source, "sm_90", tmp_path)}
    kernel = kernels["LayerNormBackward<unsigned short>"]
    assert kernel.threads == 256
    found = "; ".join(faults(kernel))
    assert (complaint in found) if complaint else found == "", found


def test_registers_and_instructions_are_held_to_the_plan():
    names = {"STG.E.128": 8, "HMMA.16816.F32": 4, "LDSM.16.M88.4": 2}
    kernel = machine_code.Kernel(
        "LayerNormBackward<half>", machine_code.Counter(names), 128, 0, 256
    )
    assert faults(kernel) == []
    assert warps_by_registers(kernel) == 16
    assert "room for 8 warps" in faults(kernel._replace(registers=129))[0]
    ends = kernel._replace(name="CrossEntropyBackward<half>")
    split = machine_code.Counter({"STG.E.128": 1, "STG.E.U16": 9, "STG.E": 2})
    assert "stores of ['STG.E.128']" in faults(ends)[0]
    assert "'STG.E', 'STG.E.128', 'STG.E.U16'" in faults(ends._replace(instructions=split))[0]
    attention = kernel._replace(name="AttentionMmaForward<half, 64>")
    assert faults(attention) == ["AttentionMmaForward<half, 64>: no LDGSTS"]
