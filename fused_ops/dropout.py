# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Dropout: the plain op, and the random state of the fused ops that include a dropout.

A mask of a fused op is a function of two int64 numbers, the seed and the offset, and of the element's position
(csrc/dropout.h). Both come from one tensor that forward and backward share, so no mask is stored.
"""
import tensorflow.compat.v1 as tf


def plain(x, dropout_rate, seed=None):
    """Zeroes a fraction `dropout_rate` of x and scales the rest by 1 / (1 - dropout_rate).

    Args:
      x: float tensor of any shape.
      dropout_rate: in [0, 1). 0 or None returns x itself: no dropout op is in the graph.
      seed: op-level seed.

    Returns:
      Tensor of x's shape and type.
    """
    if not dropout_rate:
        return x
    return tf.nn.dropout(x, rate=dropout_rate, seed=seed)


def random_state(seed=None):
    """New random numbers at every session.run, reproducible from the graph-level seed or `seed`.

    Args:
      seed: op-level seed, as in tf.random_uniform.

    Returns:
      int64 [2] on the CPU: the Philox key and the upper half of its counter.
    """
    with tf.device("/cpu:0"):
        return tf.random_uniform([2], minval=-(2**63), maxval=2**63 - 1, dtype=tf.int64, seed=seed)


def state_or_zeros(dropout_rate, seed=None):
    """`random_state`, or for a dropout_rate of 0 a constant int64 [2], which the kernels do not read.

    Raises:
      ValueError: dropout_rate is not in [0, 1).
    """
    if not 0.0 <= dropout_rate < 1.0:
        raise ValueError("dropout_rate %r is not in [0, 1)" % (dropout_rate,))
    if dropout_rate > 0.0:
        return random_state(seed)
    with tf.device("/cpu:0"):
        return tf.zeros([2], tf.int64)
