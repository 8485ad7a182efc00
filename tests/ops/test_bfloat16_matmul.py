# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""matmul with operands rounded to bfloat16, by each instruction set; processors without AVX512_BF16 emulate the instruction."""

import itertools
import os
import re
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader, matmul
from tests.conftest import ROOT
from tests.ops import harness

TRANSPOSED = list(itertools.product((False, True), repeat=2))
# Around a register tile (6 x 8, 16 or 64), a pair, and a block (48 x 512 x 384).
SHAPES = [
    (1, 1, 1),
    (5, 3, 7),
    (6, 64, 16),
    (7, 65, 17),
    (49, 513, 33),
    (13, 20, 385),
    (99, 1029, 401),
]


def rounded(x):
    """float32 to the nearest number of 8 significant bits, ties to even, as float64; infinity and NaN stay."""
    mantissa, exponent = np.frexp(x.astype(np.float64))
    return np.ldexp(np.rint(mantissa * 256.0), exponent - 8)


def product(a, b, transposed):
    return matmul.fused_bfloat16(a, b, *transposed)


def assert_near(name, got, a, b):
    """Against a b in float64: products of two bfloat16 are exact in float32, and each of its additions rounds once."""
    bound = (a.shape[1] + 4) * 2.0**-24 * np.abs(a).dot(np.abs(b))
    assert got.dtype == np.float32
    assert (np.abs(got - a.dot(b)) <= bound).all(), name


@pytest.mark.parametrize("transposed", TRANSPOSED)
@pytest.mark.parametrize("shape", SHAPES)
def test_products_and_gradients_are_of_rounded_operands(cpu_isa, shape, transposed):
    rows, depth, cols = shape
    rng = np.random.RandomState(sum(shape))
    a, b, dc = [
        rng.randn(*size).astype(np.float32) for size in ((rows, depth), (depth, cols), (rows, cols))
    ]
    stored = [x.T.copy() if flag else x for x, flag in zip((a, b), transposed)]
    c, da, db = harness.evaluate(lambda a, b: product(a, b, transposed), stored, dc, (0, 1))
    da, db = [x.T if flag else x for x, flag in zip((da, db), transposed)]
    a, b, dc = rounded(a), rounded(b), rounded(dc)
    assert_near("c", c, a, b)
    assert_near("da", da, dc, b.T)
    assert_near("db", db, a.T, dc)


@pytest.mark.parametrize("transposed", TRANSPOSED)
def test_rounds_to_nearest_even_and_keeps_infinity_and_nan(cpu_isa, transposed):
    """Of one product each, so exact: halfway cases, their neighbours, the largest float, which becomes infinity."""
    bits = np.arange(0x3F800000, 0x3F830000, 0x4000, dtype=np.uint32)
    bits = np.concatenate([bits - 1, bits, bits + 1])
    values = np.concatenate([bits.view(np.float32), -bits.view(np.float32)])
    # Of NaNs, also those that rounding would carry to infinity or to zero.
    nans = np.array([0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF], np.uint32).view(np.float32)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-120, np.finfo(np.float32).max, 3.38e38]
    values = np.concatenate([values, nans, np.float32(special)])
    one = np.ones((1, 1), np.float32)
    with np.errstate(over="ignore"):
        wanted = rounded(values).astype(np.float32)
    assert wanted[-2] == np.inf and wanted[-1] < np.inf and not np.array_equal(wanted, values)
    stored = values[:, None] if transposed[1] else values[None, :]
    got = harness.evaluate(lambda a, b: product(a, b, transposed), [one, stored])[0]
    np.testing.assert_array_equal(got[0], wanted)
    stored = values[None, :] if transposed[0] else values[:, None]
    got = harness.evaluate(lambda a, b: product(a, b, transposed), [stored, one])[0]
    np.testing.assert_array_equal(got[:, 0], wanted)


def test_the_same_bits_for_any_number_of_threads_and_among_other_rows():
    rng = np.random.RandomState(0)
    a, b = rng.randn(205, 790).astype(np.float32), rng.randn(790, 401).astype(np.float32)
    whole = harness.evaluate(lambda a, b: product(a, b, (False, False)), [a, b], threads=1)[0]
    again = harness.evaluate(lambda a, b: product(a, b, (False, False)), [a, b], threads=5)[0]
    np.testing.assert_array_equal(again, whole)
    part = harness.evaluate(lambda a, b: product(a, b, (False, False)), [a[3:10], b])[0]
    np.testing.assert_array_equal(part, whole[3:10])


def test_float16_is_refused():
    with tf.Graph().as_default(), tf.Session() as session:
        c = matmul.fused_bfloat16(tf.zeros([2, 3], tf.float16), tf.zeros([3, 4], tf.float16))
        with pytest.raises(tf.errors.InvalidArgumentError, match="operands of type float"):
            session.run(c)


def test_the_reason_says_what_is_missing(monkeypatch):
    record = {"flavour": "CUDA 70", "cpu_isas": ["avx512"], "cpu_bfloat16": False}
    features = set()
    monkeypatch.setattr(loader, "_checked", lambda folder: ("path", record))
    monkeypatch.setattr(loader, "_processor_features", lambda: features)
    assert "CUDA kernels" in loader.cpu_bfloat16_unavailable_reason()
    record["flavour"] = "CPU"
    assert "processor has no instructions" in loader.cpu_bfloat16_unavailable_reason()
    features.update(["avx512f", "avx512bw", "avx512dq", "avx512vl"])
    assert "processor has no instructions" in loader.cpu_bfloat16_unavailable_reason()
    features.add("avx512_bf16")
    assert "make -C fused_ops clean all" in loader.cpu_bfloat16_unavailable_reason()
    record["cpu_bfloat16"] = True
    assert loader.cpu_bfloat16_unavailable_reason() is None


def machine_code(tmp_path, isa):
    """Lines of machine code of matmul's kernels for an instruction set, as the Makefile compiles them."""
    target = os.path.join("build", "cpu", isa, "matmul_kernels_cpu.o")
    command = [
        "make",
        "-s",
        "-C",
        os.path.join(ROOT, "fused_ops"),
        "BUILD=%s" % (tmp_path / "build"),
    ]
    target = str(tmp_path / target)
    subprocess.run(command + [target, "CUDA_HOME="], check=True)
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", target], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    return text.splitlines()


def test_the_inner_loop_is_the_instruction_and_broadcasts(tmp_path):
    """Of a whole tile: 24 sums stay in registers, and nothing but loads of both operands stands between."""
    lines = machine_code(tmp_path, "Avx512Bf16")
    runs, run = [], []
    for line in lines:
        if "vdpbf16ps" in line:
            run.append(line)
        elif re.search(r"\b(vpbroadcastd|vmovdqu|vmovups|lea|add|mov)\b", line) is None:
            runs, run = runs + [run], []
    whole = [run for run in runs if len(run) >= 24]
    assert len(whole) >= 2, "no loop of a whole tile, transposed and not"
    for run in whole:
        sums = [line.split(",")[-1] for line in run[:24]]
        assert len(set(sums)) == 24 and not any("(%rsp" in line for line in run)
