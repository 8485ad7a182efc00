# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Random state of the ops that drop elements.

A mask is a function of two int64 numbers, the seed and the offset, and of the element's place (csrc/dropout.h). Both
come from one tensor that forward and backward share, so the mask is never stored.
"""
import tensorflow.compat.v1 as tf


def random_state(seed=None):
    """New random numbers at every session.run, reproducible from the graph-level seed or `seed`.

    Args:
      seed: op-level seed, as in tf.random_uniform.

    Returns:
      int64 [2] on the CPU: the Philox key and the upper half of its counter.
    """
    with tf.device("/cpu:0"):
        return tf.random_uniform([2], minval=-(2**63), maxval=2**63 - 1, dtype=tf.int64, seed=seed)


def state_or_zeros(rate, seed=None):
    """random_state where something is dropped, else a constant [2] that the kernels do not look at."""
    if not 0.0 <= rate < 1.0:
        raise ValueError("dropout rate %r is not in [0, 1)" % (rate,))
    if rate > 0.0:
        return random_state(seed)
    with tf.device("/cpu:0"):
        return tf.zeros([2], tf.int64)
