# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Weights in the type of the products they enter: float32 variables, cast where they are used.

Everything that needs a kernel, a bias or a table in float16 casts it with `cast`, so that whoever builds the graph can have
one cast serve many uses: training.accumulation makes each once a step, not once a micro-batch.
"""

import contextlib

import tensorflow.compat.v1 as tf

_CASTERS = "weight_casters"  # collection of a graph: what `cast` calls, the last one first; empty outside `casting_with`


def cast(weight, dtype):
    """A weight as a tensor of a type; one that has the type is returned as it is.

    Args:
      weight: variable, or a tensor read from one.
      dtype: tf.DType.
    """
    casters = tf.get_collection(_CASTERS)
    if not casters or weight.dtype.base_dtype == dtype:
        return tf.cast(weight, dtype)
    return casters[-1](weight, dtype)


@contextlib.contextmanager
def casting_with(caster):
    """Within the context `cast` returns caster(weight, dtype) for every weight that is of another type.

    Args:
      caster: function of (weight, tf.DType) that returns a tensor of that type and the weight's shape.
    """
    casters = tf.get_collection_ref(_CASTERS)
    casters.append(caster)
    try:
        yield
    finally:
        casters.pop()
