# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""matmul: products and gradients against float64 NumPy, for every instruction set, transposition and edge of a block."""

import itertools

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader, matmul
from tests.ops import harness, reference

TRANSPOSED = list(itertools.product((False, True), repeat=2))
# Rows, depth and columns around a register tile (6 x 8, 16 or 64) and a block (48 x 384 x 384).
SHAPES = [(1, 1, 1), (5, 3, 7), (6, 64, 16), (7, 65, 17), (49, 385, 33), (13, 20, 385)]


def _inputs(rows, depth, cols, transposed=(False, False), dtype=np.float32):
    """a, b, and the gradient of the product."""
    rng = np.random.RandomState(rows + depth + cols)
    a, b = rng.randn(rows, depth).astype(dtype), rng.randn(depth, cols).astype(dtype)
    stored = [x.T.copy() if is_stored_so else x for x, is_stored_so in zip((a, b), transposed)]
    return stored, rng.randn(rows, cols).astype(dtype)


def _exact(inputs, dc, transposed):
    a, b, dc = [x.astype(np.float64) for x in inputs + [dc]]
    a, b = [x.T if flag else x for x, flag in zip((a, b), transposed)]
    da, db = dc.dot(b.T), a.T.dot(dc)
    return [a.dot(b), da.T if transposed[0] else da, db.T if transposed[1] else db]


def _results(function, inputs, dc, transposed, **options):
    return harness.evaluate(lambda a, b: function(a, b, *transposed), inputs, dc, (0, 1), **options)


def _check(shape, transposed, dtype, **options):
    inputs, dc = _inputs(*shape, transposed=transposed, dtype=dtype)
    fused = _results(matmul.fused, inputs, dc, transposed, **options)
    plain = _results(matmul.plain, inputs, dc, transposed)
    for name, f, p, e in zip(("c", "da", "db"), fused, plain, _exact(inputs, dc, transposed)):
        # Sums in another order: a few rounding units of terms that cancel.
        reference.assert_as_good_as_plain("%s of %s" % (name, (shape,)), f, p, e, units=4)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("transposed", TRANSPOSED)
@pytest.mark.parametrize("shape", SHAPES)
def test_matches_reference(cpu_isa, shape, transposed, dtype):
    _check(shape, transposed, dtype)


@pytest.mark.parametrize("transposed", TRANSPOSED)
def test_several_blocks_each_way(transposed):
    _check((205, 790, 401), transposed, np.float32)


def test_unknown_static_shapes():
    _check((5, 3, 7), (False, True), np.float32, static_shapes=False)


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (3, 4, 0)])
@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_nothing_to_add_up_is_zero(shape, dtype):
    inputs, dc = _inputs(*shape, dtype=dtype)
    for got, wanted in zip(
        _results(matmul.fused, inputs, dc, (False, False)), _exact(inputs, dc, (False, False))
    ):
        np.testing.assert_array_equal(got, wanted)


def test_second_derivatives():
    def gradient(a, b):
        return tf.gradients(matmul.fused(a, b) ** 2, a)[0]

    inputs, _ = _inputs(3, 4, 5)
    assert harness.gradient_error(gradient, inputs) < 0.1


def test_the_same_bits_for_any_number_of_threads_and_runs():
    inputs, dc = _inputs(205, 790, 401)
    once = _results(matmul.fused, inputs, dc, (False, False), threads=1)
    for results in _results(matmul.fused, inputs, dc, (False, False), threads=5, runs=3):
        for got, wanted in zip(results, once):
            np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("transposed", TRANSPOSED)
def test_a_row_has_the_same_bits_among_other_rows(transposed):
    """Removing padding moves tokens to other rows, which must not change what they become."""
    (a, b), _ = _inputs(101, 400, 70, transposed)
    whole = matmul_of(a, b, transposed)
    for first, last in ((0, 1), (3, 10), (50, 101)):
        part = a[:, first:last] if transposed[0] else a[first:last]
        np.testing.assert_array_equal(matmul_of(part, b, transposed), whole[first:last])


def matmul_of(a, b, transposed):
    return harness.evaluate(lambda a, b: matmul.fused(a, b, *transposed), [a, b])[0]


@pytest.mark.parametrize("special", [np.inf, np.nan])
def test_nan_and_infinity_stay_in_their_row(special):
    (a, b), _ = _inputs(9, 50, 20)
    a[4, 7] = special
    c = matmul_of(a, b, (False, False))
    assert not np.isfinite(c[4]).any() and np.isfinite(np.delete(c, 4, axis=0)).all()


def test_refuses_what_does_not_fit():
    inputs, _ = _inputs(3, 4, 5)
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 4 and 5|4 and 5"):
        harness.evaluate(lambda a, b: matmul.fused(a, b, False, True), inputs)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"inner dimensions.*\[3,4\], \[4,5\] transposed"
    ):
        harness.evaluate(lambda a, b: matmul.fused(a, b, False, True), inputs, static_shapes=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be matrices"):
        harness.evaluate(matmul.fused, [inputs[0][0], inputs[1]], static_shapes=False)


def test_a_library_for_gpus_leaves_the_product_to_tensorflow(monkeypatch):
    monkeypatch.setattr(loader, "flavour", lambda: "CUDA 70 80 90")
    monkeypatch.setattr(loader, "cpu_bfloat16_unavailable_reason", lambda: "there are CUDA kernels")
    with tf.Graph().as_default():
        assert matmul.fused(tf.zeros([2, 3]), tf.zeros([3, 4])).op.type == "MatMul"
        with pytest.raises(loader.FusedOpsError, match="there are CUDA kernels"):
            matmul.fused_bfloat16(tf.zeros([2, 3]), tf.zeros([3, 4]))
    monkeypatch.undo()
    with tf.Graph().as_default():
        assert matmul.fused(tf.zeros([2, 3]), tf.zeros([3, 4])).op.type == "BertMatMul"
