# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The projections of self-attention: query, key and value of every token."""
import tensorflow.compat.v1 as tf

from fused_ops import matmul
from fused_ops.weights import cast


def plain(hidden, weights, num_heads):
    """hidden W + b for query, key and value: three products.

    Args:
      hidden: float32 or float16 [M, H].
      weights: iterable of three pairs, for query, key and value: kernel [H, N * D] of hidden's type and bias [N * D],
        which is cast to it. Consumed one pair at a time, between the products.
      num_heads: N.

    Returns:
      A list of three [M, N, D] of hidden's type, one of the two forms that the ops of `fused_ops.attention` accept.
    """
    projected = []
    for kernel, bias in weights:
        product = tf.nn.bias_add(matmul.plain(hidden, kernel), cast(bias, hidden.dtype))
        projected.append(tf.reshape(product, _by_heads(kernel, num_heads)))
    return projected


def fused(hidden, weights, num_heads):
    """`plain` as one product with the concatenated kernels [H, 3 * N * D].

    Returns:
      One tensor [M, 3, N, D], the form that the fused attention reads in place.
    """
    return _one_product(hidden, weights, num_heads, matmul.fused)


def fused_bfloat16(hidden, weights, num_heads):
    """`fused` by matmul.fused_bfloat16."""
    return _one_product(hidden, weights, num_heads, matmul.fused_bfloat16)


def _one_product(hidden, weights, num_heads, multiply):
    kernels, biases = zip(*weights)
    product = multiply(hidden, tf.concat(kernels, axis=1))
    bias = tf.concat([cast(bias, hidden.dtype) for bias in biases], axis=0)
    product = tf.nn.bias_add(product, bias)
    return tf.reshape(product, [-1, 3] + _by_heads(kernels[0], num_heads)[1:])


def _by_heads(kernel, num_heads):
    return [-1, num_heads, kernel.shape.as_list()[1] // num_heads]
