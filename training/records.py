# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TensorFlow's side of records: the ops that parse what a schema of program/records/fields.py describes."""

from collections import OrderedDict

import tensorflow.compat.v1 as tf

_TYPES = {"int64": tf.int64, "float32": tf.float32}


def parse(schema, serialized):
    """Parsing ops: int32 and float32 tensors of static shape.

    Args:
        schema: fields.Schema.
        serialized: string tensor, a scalar (one record) or [B] (a batch, faster).

    Returns:
        OrderedDict, feature name -> tensor of the field's shape, behind [B] for a batch. int64 features come as int32,
        which every embedding lookup and accelerator prefers.
    """
    spec = {
        name: tf.io.FixedLenFeature(field.shape, _TYPES[field.dtype])
        for name, field in schema.fields.items()
    }
    if serialized.shape.ndims == 0:
        parsed = tf.io.parse_single_example(serialized, spec)
    else:
        parsed = tf.io.parse_example(serialized, spec)
    return OrderedDict(
        (name, tf.cast(parsed[name], tf.int32) if field.dtype == "int64" else parsed[name])
        for name, field in schema.fields.items()
    )
