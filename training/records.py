# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TensorFlow's side of records: the op that parses what a schema of program/records/fields.py describes."""

from collections import OrderedDict

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

    def decode(batch):
        try:
            return list(decoder(batch.tolist(), lambda row: ("batch", row)).values())
        except RecordError:  # no part of a record may get into a message of TensorFlow
            raise ValueError("a record is refused")

    types = [_TYPES[field.dtype] for field in schema.fields.values()]
    tensors = tf.py_func(decode, [serialized], types, stateful=False)
    for tensor, field in zip(tensors, schema.fields.values()):
        tensor.set_shape(serialized.shape.concatenate(field.shape))
    return OrderedDict(zip(schema.fields, tensors))
