# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""fused_ops/dropout.py: plain dropout, and the random state that forward and backward share."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import dropout
from tests.ops import harness


def draws(op_seed, graph_seed, runs):
    """The states of `runs` steps in one session of a fresh graph."""
    with tf.Graph().as_default():
        tf.set_random_seed(graph_seed)
        state = dropout.random_state(op_seed)
        assert state.dtype == tf.int64 and state.shape.as_list() == [2]
        with tf.Session() as session:
            return np.array([session.run(state) for _ in range(runs)])


def test_every_step_draws_another_state_and_a_seed_brings_them_back():
    first = draws(7, 1, 5)
    assert len(set(map(tuple, first))) == 5
    np.testing.assert_array_equal(first, draws(7, 1, 5))
    assert not np.array_equal(first, draws(8, 1, 5))
    assert not np.array_equal(first, draws(7, 2, 5))


def test_states_use_both_halves_of_64_bits():
    found = draws(7, 1, 64)
    assert (found < 0).any() and (found > 0).any()
    assert (
        len(np.unique(found >> 32)) == found.size
        and len(np.unique(found & 0xFFFFFFFF)) == found.size
    )


@pytest.mark.parametrize("dropout_rate", [-0.1, 1.0, float("nan")])
def test_invalid_rate(dropout_rate):
    with tf.Graph().as_default(), pytest.raises(ValueError, match="dropout_rate"):
        dropout.state_or_zeros(dropout_rate)


def test_nothing_random_is_in_the_graph_where_nothing_is_dropped():
    with tf.Graph().as_default() as graph:
        dropout.state_or_zeros(0.0)
        assert not [op for op in graph.get_operations() if "Random" in op.type]
        dropout.state_or_zeros(0.1)
        assert [op for op in graph.get_operations() if "Random" in op.type]


def test_plain_dropout_zeroes_its_fraction_scales_the_rest_and_repeats_with_the_seed():
    x = np.full([400, 500], 3.0, np.float32)
    first, again, other = [
        harness.evaluate(lambda t: dropout.plain(t, 0.3, seed), [x])[0] for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.3
    assert abs((first == 0.0).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / x.size)
    np.testing.assert_allclose(first[first != 0.0], 3.0 / 0.7, rtol=1e-6)


@pytest.mark.parametrize("dropout_rate", [0.0, None])
def test_plain_dropout_of_nothing_is_the_tensor_itself(dropout_rate):
    with tf.Graph().as_default():
        x = tf.ones([3])
        assert dropout.plain(x, dropout_rate) is x


def drawn(x, seed=1, place=5, rate=0.3, number=0):
    """Plain dropout of an array with the seed that Draws gives to dropout `number` of a graph."""

    def build(tensor):
        draws_of_graph = dropout.Draws(seed, tf.constant(place, tf.int64))
        seeds = [draws_of_graph() for _ in range(number + 1)]
        return dropout.plain(tensor, rate, seeds[-1])

    return harness.evaluate(build, [x])[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_drawn_plain_dropout_zeroes_its_fraction_and_scales_the_rest(dtype):
    x = np.full([400, 500], 3.0, dtype)
    y = drawn(x)
    assert y.dtype == dtype and abs((y == 0.0).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / x.size)
    np.testing.assert_allclose(y[y != 0.0], 3.0 / 0.7, rtol=1e-6 if dtype == np.float32 else 1e-3)


def test_a_mask_is_a_function_of_seed_operation_and_place():
    x = np.ones([100, 100], np.float32)
    first = drawn(x)
    np.testing.assert_array_equal(first, drawn(x))
    for other in (
        drawn(x, seed=2),
        drawn(x, place=6),
        drawn(x, place=5 + 2**32),
        drawn(x, number=1),
    ):
        assert abs((first != other).mean() - 2 * 0.3 * 0.7) < 0.03  # independent masks


def test_the_gradient_has_the_mask():
    x = np.ones([50, 50], np.float32)

    def build(tensor):
        y = dropout.plain(tensor, 0.3, dropout.Draws(1, tf.constant(5, tf.int64))())
        return tf.stack([y, tf.gradients(y, tensor)[0]])

    y, dx = harness.evaluate(build, [x])[0]
    np.testing.assert_array_equal(y, dx)


def test_the_state_of_a_fused_op_is_the_seed_it_was_given():
    with tf.Graph().as_default() as graph, tf.Session() as session:
        place = tf.placeholder(tf.int64, [])
        draws_of_graph = dropout.Draws(3, place)
        states = [dropout.state_or_zeros(0.1, draws_of_graph()) for _ in range(3)]
        assert not [op for op in graph.get_operations() if "Random" in op.type]
        found = np.array(session.run(states, {place: 77}))
        assert found[:, 1].tolist() == [77] * 3 and len(set(found[:, 0].tolist())) == 3
