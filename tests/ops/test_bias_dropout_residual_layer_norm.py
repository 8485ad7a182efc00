# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""bias_dropout_residual_layer_norm: values and gradients against float64 NumPy with the mask drawn independently."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import bias_dropout_residual_layer_norm, layer_norm, loader
from tests.ops import harness, reference

NAMES = ("y", "dx", "dbias", "dresidual", "dgamma", "dbeta")
STATE = np.array(
    [-8765432109876543210, 1234567890123456789], np.int64
)  # both words of both numbers are used


def _inputs(shape, dtype, seed=0):
    rng = np.random.RandomState(seed)
    vectors = [rng.randn(shape[-1]).astype(np.float32) for _ in range(3)]
    x, residual, dy = [rng.randn(*shape).astype(dtype) for _ in range(3)]
    return [x, vectors[0], residual, vectors[1], vectors[2]], dy


def _mask(shape, rate):
    """Scaled mask: 0 or the factor of kept elements."""
    cols = shape[-1]
    keep = reference.keep_mask(int(STATE[0]), int(STATE[1]), int(np.prod(shape[:-1])), cols, rate)
    return keep.reshape(shape) * reference.keep_scale(rate)


def _exact(inputs, dy, mask):
    x, bias, residual, gamma, beta, dy = [np.float64(array) for array in inputs + [dy]]
    y, normal, rstd = reference.layer_norm(residual + (x + bias) * mask, gamma, beta)
    dresidual, dgamma, dbeta = reference.layer_norm_gradient(dy, normal, rstd, gamma)
    dx = dresidual * mask
    return y, dx, dx.sum(tuple(range(dx.ndim - 1))), dresidual, dgamma, dbeta


def _magnitudes(inputs, dy, mask):
    """What roundings of the results are relative to, in the order of NAMES; None: the result itself."""
    x, bias, residual, gamma, _ = [np.float64(array) for array in inputs]
    dx, dgamma, dbeta = reference.layer_norm_gradient_magnitudes(
        residual + (x + bias) * mask, gamma, dy
    )
    kept = dx * mask.max()
    exact_dx = _exact(inputs, dy, mask)[1]  # dbias sums its rows
    dbias = max(kept, np.max(np.abs(exact_dx).sum(tuple(range(exact_dx.ndim - 1)))))
    return None, kept, dbias, dx, dgamma, dbeta


def _fused(rate, random_state=STATE):
    """The fused op with the dropout mask of a given state."""

    def function(x, bias, residual, gamma, beta):
        return loader.library().bert_bias_dropout_residual_layer_norm(
            x=x,
            bias=bias,
            residual=residual,
            gamma=gamma,
            beta=beta,
            random_state=random_state,
            dropout_rate=rate,
            epsilon=layer_norm.EPSILON,
        )[0]

    return function


def _plain_with(mask):
    """The plain op with the fused op's mask, for the error of its arithmetic."""

    def function(x, bias, residual, gamma, beta):
        kept = (x + tf.cast(bias, x.dtype)) * tf.constant(mask, x.dtype)
        return bias_dropout_residual_layer_norm.plain(
            kept, tf.zeros_like(bias), residual, gamma, beta
        )

    return function


def _check(shape, dtype, rate, static_shapes=True):
    inputs, dy = _inputs(shape, dtype)
    mask = _mask(shape, rate)
    fused = harness.evaluate(_fused(rate), inputs, dy, range(5), static_shapes)
    plain = harness.evaluate(_plain_with(mask), inputs, dy, (0, 2, 3, 4))
    plain = plain[:2] + [None] + plain[2:]
    exact = _exact(inputs, dy, mask)
    for name, f, p, e, magnitude in zip(NAMES, fused, plain, exact, _magnitudes(inputs, dy, mask)):
        if (
            p is None
        ):  # the bias gradient, which the plain op above does not have, is the column sum of dx
            p = np.sum(plain[1], axis=tuple(range(dy.ndim - 1)))
        reference.assert_as_good_as_plain("%s %s" % (name, shape), f, p, e, magnitude=magnitude)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", [cols for cols in reference.EDGE_COLS if cols > 1])
def test_matches_reference_at_edge_widths(cpu_isa, dtype, cols):
    _check((19, cols), dtype, 0.1)


def test_one_column_is_beta(cpu_isa):
    inputs, _ = _inputs((7, 1), np.float32)
    y = harness.evaluate(_fused(0.1), inputs)[0]
    np.testing.assert_array_equal(y, np.broadcast_to(inputs[4], (7, 1)))


@pytest.mark.parametrize("rows", (1, 15, 16, 17, 1025))
def test_matches_reference_at_edge_row_counts(rows):
    _check((rows, 24), np.float32, 0.5)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_without_dropout(dtype):
    _check((5, 6, 40), dtype, 0.0)
    inputs, dy = _inputs((5, 6, 40), dtype)
    for actual, expected in zip(
        harness.evaluate(bias_dropout_residual_layer_norm.fused, inputs, dy, range(5)),
        harness.evaluate(_fused(0.0), inputs, dy, range(5)),
    ):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape_and_more_dimensions(dtype):
    _check((2, 3, 40), dtype, 0.1, static_shapes=False)


def test_empty_batch():
    inputs, dy = _inputs((0, 7, 16), np.float32)
    results = harness.evaluate(_fused(0.1), inputs, dy, range(5), static_shapes=False)
    assert results[0].shape == results[1].shape == results[3].shape == (0, 7, 16)
    for vector in (results[2], results[4], results[5]):
        np.testing.assert_array_equal(vector, np.zeros(16))


def test_numeric_gradient_with_a_fixed_mask():
    inputs, _ = _inputs((3, 5), np.float32, seed=3)
    assert harness.gradient_error(_fused(0.3), inputs) < 4e-3


def _observed_mask(rate, rows, cols, seed=None, runs=1):
    """Which elements of x reach z: gradients by x over gradients by the residual are the scaled mask itself."""
    inputs, dy = _inputs((rows, cols), np.float32)

    def function(x, bias, residual, gamma, beta):
        y = bias_dropout_residual_layer_norm.fused(x, bias, residual, gamma, beta, rate, seed)
        dx, dresidual = tf.gradients(y, [x, residual], dy)
        return [dx, dresidual, y]

    results = harness.evaluate(function, inputs, runs=runs)
    results = results if runs > 1 else [results]
    for dx, dresidual, y in results:  # forward used the same mask: y is what this mask gives
        mask = np.where(dx == 0.0, 0.0, reference.keep_scale(rate))
        np.testing.assert_allclose(y, _exact(inputs, dy, mask)[0], rtol=0, atol=2e-5)
        np.testing.assert_allclose(dx, dresidual * mask, rtol=1e-5)
    return [dx != 0.0 for dx, _, _ in results]


@pytest.mark.parametrize("rate", (0.1, 0.5))
def test_dropout_keeps_its_fraction_in_rows_and_columns(rate):
    mask = _observed_mask(rate, 512, 1024)[0]
    count = mask.size
    deviation = np.sqrt(rate * (1.0 - rate) / count)
    assert abs(mask.mean() - (1.0 - rate)) < 5.0 * deviation
    for axis in (0, 1):  # five standard deviations, for 1536 means
        assert np.max(np.abs(mask.mean(axis) - (1.0 - rate))) < 5.5 * np.sqrt(
            rate * (1.0 - rate) / mask.shape[axis]
        )
    # Neighbours are independent: among pairs, both are kept as often as the product says.
    for pairs in (mask[:, 1:] & mask[:, :-1], mask[1:] & mask[:-1]):
        assert abs(pairs.mean() - (1.0 - rate) ** 2) < 0.005


def test_dropout_differs_by_step_and_op_and_repeats_with_the_seed():
    first, second = _observed_mask(0.5, 64, 128, seed=1, runs=2)
    assert 0.4 < np.mean(first != second) < 0.6
    np.testing.assert_array_equal(_observed_mask(0.5, 64, 128, seed=1)[0], first)
    assert 0.4 < np.mean(_observed_mask(0.5, 64, 128, seed=2)[0] != first) < 0.6


def test_bit_equal_from_run_to_run_and_for_any_number_of_threads():
    inputs, dy = _inputs((1500, 96), np.float32)
    runs = harness.evaluate(_fused(0.1), inputs, dy, range(5), threads=2, runs=2)
    runs.append(harness.evaluate(_fused(0.1), inputs, dy, range(5), threads=1))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_wrong_arguments_are_refused_with_a_message():
    inputs, _ = _inputs((4, 6), np.float32)
    for number, name in ((1, "bias"), (3, "gamma"), (4, "beta")):
        wrong = list(inputs)
        wrong[number] = wrong[number][:5]
        with pytest.raises(tf.errors.InvalidArgumentError, match=name + r" must have shape \[6\]"):
            harness.evaluate(_fused(0.1), wrong, static_shapes=False)
    wrong = list(inputs)
    wrong[2] = wrong[2][:3]
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="x and residual must have the same shape"
    ):
        harness.evaluate(_fused(0.1), wrong, static_shapes=False)
    with pytest.raises(ValueError, match=r"rate 1.0 is not in \[0, 1\)"):
        harness.evaluate(
            lambda *a: bias_dropout_residual_layer_norm.fused(*a, dropout_rate=1.0), inputs
        )
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"rate must be in \[0, 1\), not 1"):
        harness.evaluate(_fused(1.0), inputs)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"random_state must have shape \[2\]"):
        harness.evaluate(
            lambda *a: _fused(0.1, random_state=a[5])(*a[:5]),
            inputs + [np.zeros(3, np.int64)],
            static_shapes=False,
        )
    with pytest.raises(TypeError, match="int32"):
        harness.evaluate(_fused(0.1), [inputs[0].astype(np.int32)] + inputs[1:])
