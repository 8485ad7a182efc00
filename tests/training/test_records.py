# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/records.py: TensorFlow parses what a schema wrote."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.records import fields
from tests.program.records.test_fields import pretraining_values, squad_values
from training import records


def parsed(schema, serialized):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(records.parse(schema, tf.constant(serialized)))


def test_pretraining_round_trip():
    schema = fields.pretraining_schema(6, 2)
    rows = [pretraining_values(seed) for seed in range(3)]
    batch = parsed(schema, [schema.serialize(row) for row in rows])
    assert set(batch) == set(rows[0])
    for name in sorted(batch):
        np.testing.assert_array_equal(
            batch[name], np.array([list(row[name]) for row in rows]), err_msg=name
        )
        assert batch[name].dtype == (np.float32 if name == "masked_lm_weights" else np.int32)


def test_squad_round_trip_with_scalars():
    schema = fields.squad_schema(6, is_training=True)
    values = parsed(schema, [schema.serialize(squad_values())])
    assert values["unique_ids"].tolist() == [1000000007]
    assert values["start_positions"].tolist() == [2] and values["end_positions"].tolist() == [4]
    assert values["input_ids"].tolist() == [list(range(6))]


def test_shapes_are_static():
    schema = fields.squad_schema(6, is_training=True)
    with tf.Graph().as_default():
        tensors = records.parse(schema, tf.placeholder(tf.string, [4]))
        assert tensors["input_ids"].shape.as_list() == [4, 6]
        assert tensors["unique_ids"].shape.as_list() == [4]
        tensors = records.parse(schema, tf.placeholder(tf.string, [None]))
        assert tensors["input_ids"].shape.as_list() == [None, 6]


def test_no_byte_of_a_refused_record_is_in_the_message():
    schema = fields.squad_schema(6, is_training=True)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        parsed(schema, [b"\xff\xfe secret"])
    assert "a record is refused" in caught.value.message and "secret" not in caught.value.message
