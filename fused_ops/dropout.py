# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Dropout: the plain op, and the random state of the fused ops that include a dropout.

A mask of a fused op is a function of two int64 numbers, the seed and the offset, and of the element's position
(csrc/dropout.h). Both come from one tensor that forward and backward share, so no mask is stored.
"""
import hashlib
import struct

import tensorflow.compat.v1 as tf


class Draws:
    """Seeds of the dropouts of a graph, each a function of (seed, how many came before, place) instead of a generator's state.

    So a mask of any step can be drawn again without those of the steps before. A graph that is built twice from equal
    Draws, for the same places, has the same masks.

    Args:
      seed: int.
      place: int64 scalar tensor, a number that no other session.run (or other micro-batch of one) has.
    """

    def __init__(self, seed, place):
        self._seed, self._place, self._number = seed, place, 0

    def __call__(self):
        """The seed of the next dropout: int64 [2] on the CPU, which is a `seed` and a `random_state` of this module."""
        key = hashlib.sha256(("%d/%d" % (self._seed, self._number)).encode("ascii")).digest()[:8]
        self._number += 1
        with tf.device("/cpu:0"):
            return tf.stack([tf.constant(struct.unpack("<q", key)[0], tf.int64), self._place])


def plain(x, dropout_rate, seed=None):
    """Zeroes a fraction `dropout_rate` of x and scales the rest by 1 / (1 - dropout_rate).

    Args:
      x: float tensor of any shape.
      dropout_rate: in [0, 1). 0 or None returns x itself: no dropout op is in the graph.
      seed: op-level seed; or int64 [2] of `Draws`, of which the mask is a function.

    Returns:
      Tensor of x's shape and type.
    """
    if not dropout_rate:
        return x
    if not _is_drawn(seed):
        return tf.nn.dropout(x, rate=dropout_rate, seed=seed)
    uniform = tf.random.stateless_uniform(tf.shape(x), seed=seed, dtype=x.dtype)
    return x * (tf.cast(uniform >= dropout_rate, x.dtype) * (1.0 / (1.0 - dropout_rate)))


def _is_drawn(seed):
    return isinstance(seed, tf.Tensor)


def random_state(seed=None):
    """New random numbers at every session.run, reproducible from the graph-level seed or `seed`.

    Args:
      seed: op-level seed, as in tf.random_uniform; or int64 [2] of `Draws`, which is returned.

    Returns:
      int64 [2] on the CPU: the Philox key and the upper half of its counter.
    """
    if _is_drawn(seed):
        return seed
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
