# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""qkv_projection: three products and one against float64 NumPy, with gradients, and what attention makes of both forms."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import attention, qkv_projection
from tests.ops import harness, reference

NUM_HEADS, HEAD_SIZE, HIDDEN = 3, 8, 20
WIDTH = NUM_HEADS * HEAD_SIZE


def _inputs(rows, dtype=np.float32):
    """hidden, three kernels, three float32 biases; and the gradient of the result [rows, 3, N, D]."""
    rng = np.random.RandomState(0)
    kernels = [(0.3 * rng.randn(HIDDEN, WIDTH)).astype(dtype) for _ in range(3)]
    biases = [rng.randn(WIDTH).astype(np.float32) for _ in range(3)]
    dy = rng.randn(rows, 3, NUM_HEADS, HEAD_SIZE).astype(dtype)
    return [rng.randn(rows, HIDDEN).astype(dtype)] + kernels + biases, dy


def _exact(inputs, dy):
    hidden, kernels, biases = np.float64(inputs[0]), np.float64(inputs[1:4]), np.float64(inputs[4:])
    dy = np.float64(dy).reshape(-1, 3, WIDTH)
    y = np.stack([hidden.dot(kernel) + bias for kernel, bias in zip(kernels, biases)], axis=1)
    return (
        [y.reshape(-1, 3, NUM_HEADS, HEAD_SIZE)]
        + [sum(dy[:, i].dot(kernels[i].T) for i in range(3))]
        + [hidden.T.dot(dy[:, i]) for i in range(3)]
        + [dy[:, i].sum(0) for i in range(3)]
    )


def _projection(function):
    """The projection of this file's inputs, as one tensor."""

    def project(hidden, *weights):
        qkv = function(hidden, zip(weights[:3], weights[3:]), NUM_HEADS)
        return tf.stack(qkv, axis=1) if isinstance(qkv, list) else qkv

    return project


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("rows", (1, 33))
def test_one_product_is_as_good_as_three(rows, dtype):
    inputs, dy = _inputs(rows, dtype)
    fused, plain = [
        harness.evaluate(_projection(function), inputs, dy, range(7))
        for function in (qkv_projection.fused, qkv_projection.plain)
    ]
    names = ["qkv", "dhidden"] + ["dkernel"] * 3 + ["dbias"] * 3
    for name, f, p, e in zip(names, fused, plain, _exact(inputs, dy)):
        # Sums in another order: a few rounding units of terms that cancel.
        reference.assert_as_good_as_plain(name, f, p, e, units=4)


def test_static_shapes_are_inferred():
    with tf.Graph().as_default():
        hidden = tf.placeholder(tf.float32, [None, HIDDEN])
        weights = [(tf.zeros([HIDDEN, WIDTH]), tf.zeros([WIDTH]))] * 3
        assert qkv_projection.fused(hidden, iter(weights), NUM_HEADS).shape.as_list() == [
            None,
            3,
            NUM_HEADS,
            HEAD_SIZE,
        ]
        assert [
            x.shape.as_list() for x in qkv_projection.plain(hidden, iter(weights), NUM_HEADS)
        ] == [[None, NUM_HEADS, HEAD_SIZE]] * 3


@pytest.mark.parametrize("function", (attention.plain, attention.fused))
def test_attention_reads_both_forms_alike(function):
    _, qkv = _inputs(10)
    mask = np.int32([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])
    dout = np.random.RandomState(2).randn(10, NUM_HEADS, HEAD_SIZE).astype(np.float32)
    whole = harness.evaluate(function, [qkv, mask], dout, (0,))
    parts = harness.evaluate(
        lambda qkv, mask: function(tf.unstack(qkv, num=3, axis=1), mask), [qkv, mask], dout, (0,)
    )
    for expected, actual in zip(whole, parts):
        np.testing.assert_array_equal(actual, expected)
