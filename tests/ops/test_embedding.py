# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""embedding: lookup, sum, LayerNorm and dropout, and the gradients of the tables, against float64 NumPy."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import embedding, layer_norm, loader
from tests.ops import harness, reference

NAMES = ("y", "dword", "dposition", "dtype", "dgamma", "dbeta")
ROWS = (50, 40, 2)
STATE = np.array([3, -9], np.int64)


def _inputs(shape, cols, dtype=np.float32, seed=0):
    """(ids of words, positions and types; their tables; gamma and beta), and dy, one row per id."""
    rng = np.random.RandomState(seed)
    ids = [rng.randint(0, rows, shape).astype(np.int32) for rows in ROWS]
    tables = [rng.randn(rows, cols).astype(np.float32) for rows in ROWS]
    vectors = [rng.randn(cols).astype(np.float32) for _ in range(2)]
    return ids + tables + vectors, rng.randn(int(np.prod(shape)), cols).astype(dtype)


def _mask(shape, rate):
    """Scaled mask of STATE: 0 or the factor of kept elements."""
    keep = reference.keep_mask(int(STATE[0]), int(STATE[1]), shape[0], shape[1], rate)
    return keep * reference.keep_scale(rate)


def _exact(inputs, dy, rate):
    ids = inputs[:3]
    tables, gamma, beta, dy = (
        inputs[3:6],
        np.float64(inputs[6]),
        np.float64(inputs[7]),
        np.float64(dy),
    )
    mask = _mask(dy.shape, rate)
    z = sum(np.float64(table)[i.reshape(-1)] for table, i in zip(tables, ids))
    y, normal, rstd = reference.layer_norm(z, gamma, beta)
    dz, dgamma, dbeta = reference.layer_norm_gradient(dy * mask, normal, rstd, gamma)
    dtables = [np.zeros(table.shape) for table in tables]
    for dtable, i in zip(dtables, ids):
        np.add.at(dtable, i.reshape(-1), dz)
    return [y * mask] + dtables + [dgamma, dbeta]


def _fused(rate, dtype=np.float32):
    """The fused op with the dropout mask of STATE."""

    def function(words, positions, types, word_table, position_table, type_table, gamma, beta):
        return loader.library().bert_embedding(
            word_ids=tf.reshape(words, [-1]),
            position_ids=tf.reshape(positions, [-1]),
            type_ids=tf.reshape(types, [-1]),
            word_table=word_table,
            position_table=position_table,
            type_table=type_table,
            gamma=gamma,
            beta=beta,
            random_state=STATE,
            dropout_rate=rate,
            epsilon=layer_norm.EPSILON,
            T=dtype,
        )[0]

    return function


def _module(function, *settings):
    """`embedding.plain` or `.fused` as a function of this file's inputs."""
    return lambda words, positions, types, word_table, position_table, type_table, gamma, beta: (
        function(
            embedding.Ids(words, types, positions),
            embedding.Tables(word_table, type_table, position_table),
            gamma,
            beta,
            *settings,
        )
    )


def _magnitude(inputs, rate):
    """What a rounding of y is relative to: the three rows, whose sum cancels, not the sum."""
    rows = [np.float64(table)[i.reshape(-1)] for table, i in zip(inputs[3:6], inputs[:3])]
    _, _, rstd = reference.layer_norm(sum(rows), 1.0, 0.0)
    scaled = sum(np.abs(row) for row in rows) * rstd * np.abs(inputs[6]) + np.abs(inputs[7])
    return np.max(scaled) * (reference.keep_scale(rate) if rate else 1.0)


def _check(shape, cols, dtype, rate, static_shapes=True):
    inputs, dy = _inputs(shape, cols, dtype)
    fused = harness.evaluate(_fused(rate, dtype), inputs, dy, range(3, 8), static_shapes)
    exact = _exact(inputs, dy, rate)
    mask = _mask(dy.shape, rate)
    plain_op = _module(embedding.plain, 0.0, dtype)
    plain = harness.evaluate(
        lambda *tensors: plain_op(*tensors) * tf.constant(mask, dtype), inputs, dy, range(3, 8)
    )
    for name, f, p, e in zip(NAMES, fused, plain, exact):
        magnitude = _magnitude(inputs, rate) if name == "y" else None
        reference.assert_as_good_as_plain(
            "%s %s" % (name, (shape, cols)), f, p, e, magnitude=magnitude
        )


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", [cols for cols in reference.EDGE_COLS if cols > 1])
def test_matches_reference_at_edge_widths(cpu_isa, dtype, cols):
    _check((3, 7), cols, dtype, 0.1)


@pytest.mark.parametrize("tokens", (1, 7, 63, 64, 65, 384, 512))
def test_matches_reference_at_edge_lengths(tokens):
    _check((2, tokens), 24, np.float32, 0.0)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape_and_packed_tokens(dtype):
    _check((37,), 40, dtype, 0.1, static_shapes=False)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("static_shapes", (True, False))
def test_positions_count_from_0_in_every_row_by_default(dtype, static_shapes):
    inputs, dy = _inputs((3, 7), 24, dtype)
    inputs[1] = np.tile(np.arange(7, dtype=np.int32), [3, 1])
    exact = _exact(inputs, dy, 0.0)
    tolerance = 2e-5 if dtype == np.float32 else 2e-2
    for function in (embedding.plain, embedding.fused):

        def without_positions(words, positions, *others):
            if not static_shapes:
                words = tf.placeholder_with_default(words, [None, None])
            return _module(function, 0.0, dtype)(words, None, *others)

        results = harness.evaluate(without_positions, inputs, dy, range(3, 8))
        for name, actual, expected in zip(NAMES, results, exact):
            np.testing.assert_allclose(
                actual, expected, rtol=0, atol=tolerance * np.abs(expected).max(), err_msg=name
            )


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", (24, 33))
def test_no_position_ids_are_those_of_counting(dtype, cols):
    inputs, dy = _inputs((5, 7), cols, dtype)
    inputs[1] = np.tile(np.arange(7, dtype=np.int32), [5, 1])

    def counting(words, positions, *others):
        function = _module(embedding.fused, 0.1, dtype, 5)
        return function(words, None if counts else positions, *others)

    results = []
    for counts in (False, True):
        results.append(harness.evaluate(counting, inputs, dy, range(3, 8)))
    for name, given, counted in zip(NAMES, *results):
        np.testing.assert_array_equal(given, counted, err_msg=name)


def test_one_column_is_beta():
    inputs, _ = _inputs((4, 5), 1)
    y = harness.evaluate(_fused(0.0), inputs)[0]
    np.testing.assert_array_equal(y, np.full((20, 1), inputs[7][0]))


def test_empty_batch_gives_zero_gradients():
    inputs, dy = _inputs((0, 5), 16)
    results = harness.evaluate(_fused(0.1), inputs, dy, range(3, 8), static_shapes=False)
    assert results[0].shape == (0, 16)
    for gradient, value in zip(results[1:], inputs[3:]):
        np.testing.assert_array_equal(gradient, np.zeros_like(value))


def test_rows_that_are_not_looked_up_get_zero_gradient():
    inputs, dy = _inputs((2, 3), 16)
    dword = harness.evaluate(_fused(0.0), inputs, dy, range(3, 8))[1]
    unused = np.setdiff1d(np.arange(ROWS[0]), inputs[0])
    assert unused.size > 0
    np.testing.assert_array_equal(dword[unused], np.zeros((unused.size, 16)))


def test_numeric_gradient():
    inputs, _ = _inputs((2, 3), 5, seed=2)
    ids = inputs[:3]
    assert (
        harness.gradient_error(lambda *floats: _fused(0.3)(*(ids + list(floats))), inputs[3:])
        < 4e-3
    )


def test_masks_differ_by_step_and_repeat_with_the_seed():
    inputs, _ = _inputs((8, 16), 64)
    function = _module(embedding.fused, 0.5, tf.float32, 5)
    first, second = [run[0] != 0.0 for run in harness.evaluate(function, inputs, runs=2)]
    assert 0.4 < np.mean(first != second) < 0.6 and abs(first.mean() - 0.5) < 0.02
    np.testing.assert_array_equal(harness.evaluate(function, inputs)[0] != 0.0, first)


def test_bit_equal_from_run_to_run_and_for_any_number_of_threads():
    inputs, dy = _inputs((6, 256), 96)
    runs = harness.evaluate(_fused(0.1), inputs, dy, range(3, 8), threads=2, runs=2)
    runs.append(harness.evaluate(_fused(0.1), inputs, dy, range(3, 8), threads=1))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_wrong_arguments_are_refused_with_a_message():
    inputs, _ = _inputs((2, 3), 8)

    def refused(number, value, message, error=tf.errors.InvalidArgumentError, static_shapes=False):
        wrong = list(inputs)
        wrong[number] = value
        with pytest.raises(error, match=message):
            harness.evaluate(_fused(0.1), wrong, static_shapes=static_shapes)

    refused(0, np.full((2, 3), 50, np.int32), r"word_ids\[0\] = 50 is not in \[0, 50\)")
    refused(2, np.full((2, 3), -1, np.int32), r"type_ids\[0\] = -1 is not in \[0, 2\)")
    refused(1, inputs[1][:1], "word_ids and position_ids must have the same shape")
    refused(4, inputs[4][:, :7], r"position_table must have shape \[rows, C\] with the same C")
    refused(3, inputs[3].reshape(-1), r"word_table must have shape \[rows, C\]")
    refused(6, inputs[6][:7], r"gamma must have shape \[8\]")
    refused(7, inputs[7][:7], r"beta must have shape \[8\]")
    refused(6, inputs[6][:7], "Dimensions must be equal", ValueError, static_shapes=True)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="3 positions, but position_table has 2"
    ):
        wrong = inputs[:4] + [inputs[4][:2]] + inputs[5:]
        counting = _module(embedding.fused)
        harness.evaluate(lambda words, _, *others: counting(words, None, *others), wrong)
    with pytest.raises(ValueError, match=r"rate -0.1 is not in \[0, 1\)"):
        harness.evaluate(_module(embedding.fused, -0.1), inputs)
    with pytest.raises(TypeError, match="float64"):
        harness.evaluate(_module(embedding.fused, 0.0, tf.float64), inputs)
