# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TensorFlow's side of records: the op that parses what a schema of program/records/fields.py describes."""

from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

from program.records.batches import BatchDecoder
from program.records.decoding import RecordError

_TYPES = {"int64": tf.int32, "float32": tf.float32}


def parse(schema, serialized):
    """The features of a batch of records, parsed and checked by BatchDecoder instead of TensorFlow.

    Args:
        schema: fields.Schema.
        serialized: string tensor [B].

    Returns:
        OrderedDict, feature name -> int32 or float32 tensor [B] + the field's shape. int64 features come as int32, which every
        embedding lookup and accelerator prefers. Running it raises InvalidArgumentError for records that BatchDecoder refuses;
        which of them, and why, is found by reading the files again (batches.find_bad_record).
    """
    decoder = BatchDecoder(schema)

    # TensorFlow would log an exception of a py_func with its traceback.
    def decode(batch):
        try:
            return [True] + list(decoder(batch.tolist(), lambda row: ("batch", row)).values())
        except RecordError:
            return [False] + [
                np.zeros((len(batch),) + field.shape, one.as_numpy_dtype)
                for one, field in zip(types(schema), schema.fields.values())
            ]

    fits, *tensors = tf.py_func(decode, [serialized], [tf.bool] + types(schema), stateful=False)
    # No part of a record may get into the message: TensorFlow 1.13.1 crashes on bytes that are not UTF-8.
    with tf.control_dependencies([tf.Assert(fits, ["a record is refused"])]):
        tensors = [tf.identity(tensor) for tensor in tensors]
    for tensor, field in zip(tensors, schema.fields.values()):
        tensor.set_shape(serialized.shape.concatenate(field.shape))
    return OrderedDict(zip(schema.fields, tensors))


def types(schema):
    """The type of each feature's tensor: list of tf.DType, in the order of the schema."""
    return [_TYPES[field.dtype] for field in schema.fields.values()]
