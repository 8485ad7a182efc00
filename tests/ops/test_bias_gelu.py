# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""bias_gelu: forward and gradients against float64 NumPy, for every instruction set of the CPU kernels."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import bias_gelu
from tests.ops import harness, reference

NAMES = ("y", "dx", "dbias")


def _inputs(shape, dtype, seed=0):
    rng = np.random.RandomState(seed)
    return (
        (2.0 * rng.randn(*shape)).astype(dtype),
        rng.randn(shape[-1]).astype(np.float32),
        rng.randn(*shape).astype(dtype),
    )


def _exact(x, bias, dy):
    z, dy = np.float64(x) + np.float64(bias), np.float64(dy)
    dx = dy * (reference.normal_cdf(z) + z * reference.normal_density(z))
    return z * reference.normal_cdf(z), dx, dx.sum(tuple(range(dx.ndim - 1)))


def _check(shape, dtype, static_shapes=True):
    x, bias, dy = _inputs(shape, dtype)
    fused = harness.evaluate(bias_gelu.fused, [x, bias], dy, (0, 1), static_shapes)
    plain = harness.evaluate(bias_gelu.plain, [x, bias], dy, (0, 1))
    y, dx, dbias = _exact(x, bias, dy)
    magnitudes = (None, None, np.max(np.abs(dx).sum(tuple(range(dx.ndim - 1)))))
    for name, f, p, e, magnitude in zip(NAMES, fused, plain, (y, dx, dbias), magnitudes):
        reference.assert_as_good_as_plain("%s %s" % (name, shape), f, p, e, magnitude=magnitude)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", reference.EDGE_COLS)
def test_matches_reference_at_edge_widths(cpu_isa, dtype, cols):
    _check((19, cols), dtype)


@pytest.mark.parametrize("rows", (1, 15, 16, 17, 1025))
def test_matches_reference_at_edge_row_counts(rows):
    _check((rows, 24), np.float32)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape_and_more_dimensions(dtype):
    _check((2, 3, 40), dtype, static_shapes=False)


def test_empty_batch():
    x, bias, dy = _inputs((0, 7, 16), np.float32)
    y, dx, dbias = harness.evaluate(bias_gelu.fused, [x, bias], dy, (0, 1), static_shapes=False)
    assert y.shape == dx.shape == (0, 7, 16)
    np.testing.assert_array_equal(dbias, np.zeros(16))


def test_tails_infinities_and_nan(cpu_isa):
    x = np.array(
        [[-1e30, -40.0, -14.0, -10.0, -6.0, 0.0, 10.0, 40.0, 1e30, np.inf, np.nan]], np.float32
    )
    bias = np.zeros(x.shape[1], np.float32)
    y, dx = harness.evaluate(bias_gelu.fused, [x, bias], np.ones_like(x), (0,))
    z = np.float64(x[0, 3:8])
    # The small tail is computed as such: relative accuracy where 1 + erf(z) has none.
    np.testing.assert_allclose(y[0, 3:8], z * reference.normal_cdf(z), rtol=1e-5)
    np.testing.assert_array_equal(y[0, :3], np.zeros(3))
    np.testing.assert_array_equal(y[0, 7:10], x[0, 7:10])
    np.testing.assert_allclose(dx[0, 7:9], [1.0, 1.0])
    assert np.isnan(y[0, 10]) and np.isnan(dx[0, 10])


def test_numeric_gradient():
    x, bias, _ = _inputs((3, 5), np.float32)
    assert harness.gradient_error(bias_gelu.fused, [x, bias]) < 2e-3


def test_bit_equal_from_run_to_run_and_for_any_number_of_threads():
    x, bias, dy = _inputs((1500, 96), np.float32)
    runs = harness.evaluate(bias_gelu.fused, [x, bias], dy, (0, 1), threads=2, runs=2)
    runs.append(harness.evaluate(bias_gelu.fused, [x, bias], dy, (0, 1), threads=1))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_wrong_shapes_are_refused_with_a_message():
    x, bias, _ = _inputs((4, 6), np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"bias must have shape \[6\].*\[5\]"):
        harness.evaluate(bias_gelu.fused, [x, bias[:5]], static_shapes=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="x must have at least one dimension"):
        harness.evaluate(bias_gelu.fused, [np.float32(1.0).reshape(()), bias], static_shapes=False)
    with pytest.raises(ValueError, match="must be rank 1"):
        harness.evaluate(bias_gelu.fused, [x, bias.reshape(1, 6)])
    with pytest.raises(TypeError, match="float64"):
        harness.evaluate(bias_gelu.fused, [x.astype(np.float64), bias])
