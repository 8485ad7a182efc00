# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""softmax_cross_entropy: losses and gradient against float64 NumPy, for every instruction set of the CPU kernels."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader, softmax_cross_entropy
from tests.ops import harness, reference


def _inputs(rows, cols, dtype=np.float32, seed=0):
    rng = np.random.RandomState(seed)
    weights = rng.rand(rows).astype(np.float32)
    weights[1::3] = 0.0
    return (
        (3.0 * rng.randn(rows, cols)).astype(dtype),
        rng.randint(0, cols, rows).astype(np.int32),
        weights,
        rng.randn(rows).astype(np.float32),
    )


def _exact(logits, labels, weights, dlosses):
    z = np.float64(logits)
    z = z - z.max(-1, keepdims=True)
    log_sum = np.log(np.exp(z).sum(-1, keepdims=True))
    rows = np.arange(len(labels))
    dlogits = np.exp(z - log_sum)
    dlogits[rows, labels] -= 1.0
    factor = np.float64(weights) * dlosses
    return np.float64(weights) * (log_sum[:, 0] - z[rows, labels]), dlogits * factor[:, np.newaxis]


def _check(rows, cols, dtype, static_shapes=True):
    logits, labels, weights, dlosses = _inputs(rows, cols, dtype)
    inputs = [logits, labels, weights]
    fused = harness.evaluate(softmax_cross_entropy.fused, inputs, dlosses, (0,), static_shapes)
    plain = harness.evaluate(softmax_cross_entropy.plain, inputs, dlosses, (0,))
    for name, f, p, e in zip(
        ("losses", "dlogits"), fused, plain, _exact(logits, labels, weights, dlosses)
    ):
        # A loss is the difference of two numbers of the logits' size.
        magnitude = np.max(np.abs(np.float64(logits))) if name == "losses" else None
        reference.assert_as_good_as_plain(
            "%s %s" % (name, (rows, cols)), f, p, e, magnitude=magnitude
        )


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("cols", reference.EDGE_COLS)
def test_matches_reference_at_edge_widths(cpu_isa, dtype, cols):
    _check(5, cols, dtype)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_the_vocabulary_of_bert(dtype):
    _check(7, 30522, dtype)


@pytest.mark.parametrize("rows", (1, 31, 33, 1025))
def test_matches_reference_at_edge_row_counts(rows):
    _check(rows, 19, np.float32)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape(dtype):
    _check(6, 40, dtype, static_shapes=False)


def test_static_shapes_are_inferred():
    with tf.Graph().as_default():
        losses = softmax_cross_entropy.fused(
            tf.placeholder(tf.float32, [None, 9]),
            tf.placeholder(tf.int64, [4]),
            tf.placeholder(tf.float32),
        )
        assert losses.shape.as_list() == [4]


def test_empty_batch():
    logits, labels, weights, dlosses = _inputs(0, 12)
    losses, dlogits = harness.evaluate(
        softmax_cross_entropy.fused, [logits, labels, weights], dlosses, (0,), False
    )
    assert losses.shape == (0,) and dlogits.shape == (0, 12)


def test_rows_without_weight_are_not_looked_at():
    logits, labels, weights, dlosses = _inputs(3, 33)
    logits[1] = np.nan
    losses, dlogits = harness.evaluate(
        softmax_cross_entropy.fused, [logits, labels, weights], dlosses, (0,)
    )
    assert losses[1] == 0.0 and np.isfinite(losses).all()
    np.testing.assert_array_equal(dlogits[1], 0.0)
    logits[0, 5] = np.nan
    losses, dlogits = harness.evaluate(
        softmax_cross_entropy.fused, [logits, labels, weights], dlosses, (0,)
    )
    assert np.isnan(losses[0]) and np.isnan(dlogits[0]).all() and np.isfinite(dlogits[1:]).all()


def test_large_logits_neither_overflow_nor_lose_accuracy(cpu_isa):
    logits, labels, weights, dlosses = _inputs(4, 50)
    logits = logits * np.float32(300.0) + np.float32(4000.0)
    logits[:, 7] = -np.inf  # a class that is ruled out
    labels[labels == 7] = 8
    losses, dlogits = harness.evaluate(
        softmax_cross_entropy.fused, [logits, labels, weights], dlosses, (0,)
    )
    exact_losses, exact_dlogits = _exact(logits, labels, weights, dlosses)
    np.testing.assert_allclose(losses, exact_losses, rtol=3e-7, atol=1e-6)
    np.testing.assert_allclose(dlogits, exact_dlogits, atol=1e-6)
    np.testing.assert_array_equal(dlogits[:, 7], 0.0)


@pytest.mark.parametrize("ruled_out", [slice(0, 4500), slice(4000, 9000), slice(5000, None)])
def test_long_rows_with_many_classes_ruled_out(cpu_isa, ruled_out):
    """Forward goes through a row in chunks of 4,096: whole ones may hold nothing but -infinity, the largest may come last."""
    logits, labels, weights, dlosses = _inputs(4, 10000)
    logits += np.linspace(0.0, 60.0, 10000, dtype=np.float32)
    logits[:, ruled_out] = -np.inf
    allowed = np.flatnonzero(np.isfinite(logits[0]))
    labels[:] = allowed[-3:].tolist() + [allowed[0]]
    losses, dlogits = harness.evaluate(
        softmax_cross_entropy.fused, [logits, labels, weights], dlosses, (0,)
    )
    exact_losses, exact_dlogits = _exact(logits, labels, weights, dlosses)
    np.testing.assert_allclose(losses, exact_losses, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dlogits, exact_dlogits, atol=1e-6)


def test_gradient_leaves_logits_that_others_need_alone():
    logits, labels, weights, dlosses = _inputs(3, 70)

    def function(logits, labels, weights):
        shared = logits * 1.0  # not the fed tensor itself: one whose memory the gradient might take
        return softmax_cross_entropy.fused(shared, labels, weights), shared

    results = harness.evaluate(function, [logits, labels, weights], dlosses, (0,))
    np.testing.assert_array_equal(results[1], logits)
    np.testing.assert_allclose(results[2], _exact(logits, labels, weights, dlosses)[1], atol=1e-6)


def test_numeric_gradient():
    logits, labels, weights, _ = _inputs(3, 5)
    assert (
        harness.gradient_error(lambda x: softmax_cross_entropy.fused(x, labels, weights), [logits])
        < 2e-3
    )


def test_bit_equal_from_run_to_run_and_for_any_number_of_threads():
    logits, labels, weights, dlosses = _inputs(300, 1000)
    inputs = [logits, labels, weights]
    runs = harness.evaluate(softmax_cross_entropy.fused, inputs, dlosses, (0,), threads=2, runs=2)
    runs.append(harness.evaluate(softmax_cross_entropy.fused, inputs, dlosses, (0,), threads=1))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_wrong_arguments_are_refused_with_a_message():
    logits, labels, weights, dlosses = _inputs(4, 6)
    invalid = tf.errors.InvalidArgumentError

    def refused(match, inputs, error=invalid, static_shapes=False):
        with pytest.raises(error, match=match):
            harness.evaluate(softmax_cross_entropy.fused, inputs, static_shapes=static_shapes)

    refused(r"label 6 of row 2 is not in \[0, 6\)", [logits, np.int32([0, 5, 6, 1]), weights])
    refused(r"label -1 of row 0", [logits, np.int32([-1, 5, 0, 1]), weights])
    refused(r"logits must have shape \[M, V\].*\[24\]", [logits.reshape(-1), labels, weights])
    refused(r"logits must have shape \[M, V\] with V at least 1", [logits[:, :0], labels, weights])
    refused(r"labels must have shape \[4\].*\[3\]", [logits, labels[:3], weights])
    refused(r"weights must have shape \[4\].*\[4,1\]", [logits, labels, weights[:, np.newaxis]])
    refused("must be rank 2", [logits[0], labels, weights], ValueError, True)
    refused("must be equal", [logits, labels[:3], weights], ValueError, True)
    refused("float64", [logits.astype(np.float64), labels, weights], TypeError)

    def gradient(dlosses, statistics):
        return loader.library().bert_softmax_cross_entropy_grad(
            dlosses=dlosses, logits=logits, labels=labels, weights=weights, statistics=statistics
        )

    with pytest.raises(invalid, match=r"dlosses must have shape \[4\]"):
        harness.evaluate(gradient, [dlosses[:2], np.zeros([2, 4], "f")], static_shapes=False)
    with pytest.raises(invalid, match=r"statistics must have shape \[2,4\]"):
        harness.evaluate(gradient, [dlosses, np.zeros([2, 3], "f")], static_shapes=False)
