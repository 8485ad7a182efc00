# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""layer_norm: forward and gradients against float64 NumPy, for every instruction set of the CPU kernels."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import layer_norm
from tests.ops import harness, reference


def _inputs(shape, dtype, seed=0):
    rng = np.random.RandomState(seed)
    x = (2.0 * rng.randn(*shape) + 0.5).astype(dtype)
    gamma, beta = rng.randn(shape[-1]).astype(np.float32), rng.randn(shape[-1]).astype(np.float32)
    return x, gamma, beta, rng.randn(*shape).astype(dtype)


def _exact(x, gamma, beta, dy):
    x, gamma, beta, dy = [np.float64(array) for array in (x, gamma, beta, dy)]
    y, normal, rstd = reference.layer_norm(x, gamma, beta)
    return (y,) + reference.layer_norm_gradient(dy, normal, rstd, gamma)


def _check(shape, dtype, static_shapes=True):
    x, gamma, beta, dy = _inputs(shape, dtype)
    fused = harness.evaluate(layer_norm.fused, [x, gamma, beta], dy, (0, 1, 2), static_shapes)
    plain = harness.evaluate(layer_norm.plain, [x, gamma, beta], dy, (0, 1, 2))
    magnitudes = (None,) + reference.layer_norm_gradient_magnitudes(x, gamma, dy)
    for name, f, p, e, magnitude in zip(
        ("y", "dx", "dgamma", "dbeta"), fused, plain, _exact(x, gamma, beta, dy), magnitudes
    ):
        reference.assert_as_good_as_plain("%s %s" % (name, shape), f, p, e, magnitude=magnitude)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", reference.EDGE_COLS)
def test_matches_reference_at_edge_widths(cpu_isa, dtype, cols):
    # One column: x - mean is 0 in exact arithmetic and rstd 1e6, so only y and dbeta mean anything.
    if cols == 1:
        x, gamma, beta, dy = _inputs((5, 1), dtype)
        y, _, _, dbeta = harness.evaluate(layer_norm.fused, [x, gamma, beta], dy, (0, 1, 2))
        np.testing.assert_array_equal(y, np.broadcast_to(beta.astype(dtype), (5, 1)))
        np.testing.assert_allclose(dbeta, np.float64(dy).sum(0), rtol=1e-6)
    else:
        _check((37, cols), dtype)


@pytest.mark.parametrize("rows", (1, 15, 16, 17, 1025))
def test_matches_reference_at_edge_row_counts(rows):
    _check((rows, 24), np.float32)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape_and_more_dimensions(dtype):
    _check((2, 3, 40), dtype, static_shapes=False)


def test_empty_batch_gives_empty_rows_and_zero_parameter_gradients():
    x, gamma, beta, dy = _inputs((0, 7, 16), np.float32)
    y, dx, dgamma, dbeta = harness.evaluate(
        layer_norm.fused, [x, gamma, beta], dy, (0, 1, 2), static_shapes=False
    )
    assert y.shape == dx.shape == (0, 7, 16)
    np.testing.assert_array_equal(dgamma, np.zeros(16))
    np.testing.assert_array_equal(dbeta, np.zeros(16))


def test_large_offset_loses_no_variance():
    # E[x^2] - E[x]^2 would cancel here: mean 1000, deviation 0.5.
    x, gamma, beta, dy = _inputs((4, 256), np.float32)
    x = (x * 0.25 + 1000.0).astype(np.float32)
    fused = harness.evaluate(layer_norm.fused, [x, gamma, beta], dy, (0,))
    exact = _exact(x, gamma, beta, dy)
    np.testing.assert_allclose(fused[0], exact[0], rtol=0, atol=1e-3)
    np.testing.assert_allclose(fused[1], exact[1], rtol=0, atol=1e-3)


def test_numeric_gradient():
    x, gamma, beta, _ = _inputs((3, 5), np.float32)
    assert harness.gradient_error(layer_norm.fused, [x, gamma, beta]) < 2e-3


def test_bit_equal_from_run_to_run_and_for_any_number_of_threads():
    x, gamma, beta, dy = _inputs((1500, 96), np.float32)
    runs = harness.evaluate(layer_norm.fused, [x, gamma, beta], dy, (0, 1, 2), threads=2, runs=2)
    runs.append(harness.evaluate(layer_norm.fused, [x, gamma, beta], dy, (0, 1, 2), threads=1))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_epsilon_is_used():
    x = np.array([[1.0, 3.0]], np.float32)
    y = harness.evaluate(
        lambda t: layer_norm.fused(t, np.ones(2, "f"), np.zeros(2, "f"), epsilon=3.0), [x]
    )[0]
    np.testing.assert_allclose(y, [[-0.5, 0.5]], rtol=1e-6)


def test_half_parameters_are_accepted():
    x, gamma, beta, _ = _inputs((2, 8), np.float16)
    halves = harness.evaluate(
        layer_norm.fused, [x, gamma.astype(np.float16), beta.astype(np.float16)]
    )[0]
    assert halves.dtype == np.float16


def test_wrong_shapes_are_refused_with_a_message():
    x, gamma, beta, _ = _inputs((4, 6), np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"gamma must have shape \[6\].*\[5\]"):
        harness.evaluate(layer_norm.fused, [x, gamma[:5], beta], static_shapes=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"beta must have shape \[6\]"):
        harness.evaluate(layer_norm.fused, [x, gamma, beta.reshape(1, 6)], static_shapes=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="x must have at least one dimension"):
        harness.evaluate(
            layer_norm.fused, [np.float32(1.0).reshape(()), gamma, beta], static_shapes=False
        )
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        harness.evaluate(layer_norm.fused, [x, gamma[:5], beta])
    with pytest.raises(TypeError, match="int32"):
        harness.evaluate(layer_norm.fused, [x.astype(np.int32), gamma, beta])
