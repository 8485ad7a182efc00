# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/fields.py: what is written is what is checked and read, and a wrong file is named."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.records import decoding, fields
from program.records.decoding import RecordError


def pretraining_values(seed=0, length=6, predictions=2):
    random = np.random.RandomState(seed)
    return {
        "input_ids": random.randint(0, 30522, length),
        "input_mask": [1] * length,
        "segment_ids": [0] * 3 + [1] * (length - 3),
        "masked_lm_positions": list(range(predictions)),
        "masked_lm_ids": random.randint(0, 30522, predictions),
        "masked_lm_weights": [1.0] + [0.0] * (predictions - 1),
        "next_sentence_labels": [1],
    }


def squad_values(length=6):
    return {
        "unique_ids": 1000000007,
        "input_ids": range(length),
        "input_mask": [1] * length,
        "segment_ids": [0] * length,
        "start_positions": 2,
        "end_positions": 4,
    }


def write(path, serialized):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in serialized:
            writer.write(record)
    return str(path)


def test_pretraining_features_are_those_of_the_recipe():
    """The tf.train.Example itself, read without this module: docs/interface.md §4."""
    example = tf.train.Example.FromString(
        fields.pretraining_schema(6, 2).serialize(pretraining_values())
    )
    kinds = {
        name: (feature.WhichOneof("kind"), len(getattr(feature, feature.WhichOneof("kind")).value))
        for name, feature in example.features.feature.items()
    }
    assert kinds == {
        "input_ids": ("int64_list", 6),
        "input_mask": ("int64_list", 6),
        "segment_ids": ("int64_list", 6),
        "masked_lm_positions": ("int64_list", 2),
        "masked_lm_ids": ("int64_list", 2),
        "masked_lm_weights": ("float_list", 2),
        "next_sentence_labels": ("int64_list", 1),
    }


def test_squad_prediction_has_no_positions():
    assert sorted(fields.squad_schema(6, is_training=False).fields) == [
        "input_ids",
        "input_mask",
        "segment_ids",
        "unique_ids",
    ]


def test_same_values_same_bytes():
    schema = fields.pretraining_schema(6, 2)
    values = pretraining_values()
    backwards = {name: values[name] for name in sorted(values, reverse=True)}
    assert schema.serialize(values) == schema.serialize(backwards)
    # Features in the order of their names: the one order every protobuf implementation agrees on.
    serialized = schema.serialize(values)
    places = [serialized.index(name.encode()) for name in sorted(values)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"input_ids": [1, 2]}, r"'input_ids' has shape \(2,\), needs \(6,\)"),
        ({"input_ids": [0.5] * 6}, "needs whole numbers"),
        ({"other": [1]}, "has the features"),
    ],
)
def test_serialize_refuses_other_values(change, message):
    with pytest.raises(RecordError, match=message):
        fields.pretraining_schema(6, 2).serialize(dict(pretraining_values(), **change))


def test_many_at_once_are_the_same_bytes():
    schema = fields.pretraining_schema(6, 2)
    rows = [pretraining_values(seed) for seed in range(9)]
    assert schema.serialize_all(rows) == [schema.serialize(row) for row in rows]
    assert schema.serialize_all([]) == []


def test_bytes_are_those_of_tensorflow():
    schema, values = fields.squad_schema(6, True), squad_values()
    example = tf.train.Example()
    for name, value in values.items():
        example.features.feature[name].int64_list.value.extend(np.reshape(value, [-1]).tolist())
    assert schema.serialize(values) == example.SerializeToString(deterministic=True)


def test_arrays_of_records(tmp_path):
    schema = fields.pretraining_schema(6, 2)
    rows = [pretraining_values(seed) for seed in range(3)]
    examples = [
        schema.check_example("a", number, schema.serialize(row)) for number, row in enumerate(rows)
    ]
    arrays = schema.arrays(examples)
    assert list(arrays) == list(schema.fields)
    for name, field in schema.fields.items():
        assert arrays[name].dtype == field.dtype
        np.testing.assert_array_equal(arrays[name], np.array([list(row[name]) for row in rows]))
    squad = fields.squad_schema(6, True)
    arrays = squad.arrays([squad.check_example("a", 0, squad.serialize(squad_values()))])
    assert arrays["unique_ids"].tolist() == [[1000000007]]


def test_schema_of_a_file(tmp_path):
    path = write(
        tmp_path / "a", [fields.pretraining_schema(6, 2).serialize(pretraining_values())] * 2
    )
    found = fields.pretraining_schema_of(path)
    assert found.fields == fields.pretraining_schema(6, 2).fields
    with pytest.raises(RecordError, match="empty: holds no record"):
        fields.pretraining_schema_of(write(tmp_path / "empty", []))
    with pytest.raises(RecordError, match="b: has no feature 'masked_lm_positions'"):
        fields.pretraining_schema_of(
            write(tmp_path / "b", [fields.squad_schema(6, True).serialize(squad_values())])
        )
    with pytest.raises(RecordError, match="c: not a tf.train.Example: this is not a pre-training"):
        fields.pretraining_schema_of(write(tmp_path / "c", [b"\xff\xff"]))


def test_check_file_accepts_its_own(tmp_path):
    schema = fields.pretraining_schema(6, 2)
    schema.check_file(write(tmp_path / "a.tfrecord", [schema.serialize(pretraining_values())]))


@pytest.mark.parametrize(
    "schema, message",
    [
        (
            fields.pretraining_schema(12, 2),
            "holds sequences of 6, asked for 12: pass --max_seq_length=6 or make records with --max_seq_length=12",
        ),
        (
            fields.pretraining_schema(6, 20),
            "holds 2 predictions a sequence, asked for 20: pass --max_predictions_per_seq=2 or make records with "
            "--max_predictions_per_seq=20",
        ),
        (fields.squad_schema(6, True), "has no feature 'unique_ids': this is not a SQuAD file"),
    ],
)
def test_check_file_names_file_and_fix(tmp_path, schema, message):
    path = write(
        tmp_path / "a.tfrecord", [fields.pretraining_schema(6, 2).serialize(pretraining_values())]
    )
    with pytest.raises(RecordError) as caught:
        schema.check_file(path)
    assert str(caught.value) == "%s: %s" % (path, message)


def test_check_file_wrong_type_of_feature(tmp_path):
    example = tf.train.Example()
    for name in fields.pretraining_schema(6, 2).fields:
        example.features.feature[name].float_list.value.extend([1.0])
    path = write(tmp_path / "a.tfrecord", [example.SerializeToString()])
    assert decoding.parse_example(example.SerializeToString())["input_ids"].kind == "float_list"
    with pytest.raises(RecordError, match="feature 'input_ids' is not int64"):
        fields.pretraining_schema(6, 2).check_file(path)


def test_check_file_bad_files(tmp_path):
    schema = fields.pretraining_schema(6, 2)
    missing = str(tmp_path / "missing.tfrecord")
    with pytest.raises(RecordError, match="missing.tfrecord: no such file"):
        schema.check_file(missing)
    with pytest.raises(RecordError, match="is a directory"):
        schema.check_file(str(tmp_path))
    text = tmp_path / "text.txt"
    text.write_text("no records here, only text that goes on for a while\n")
    with pytest.raises(
        RecordError, match="text.txt: record 0 cannot be read .*not a TFRecord file"
    ):
        schema.check_file(str(text))
    with pytest.raises(RecordError, match="empty.tfrecord: holds no record"):
        schema.check_file(write(tmp_path / "empty.tfrecord", []))
    with pytest.raises(RecordError, match="not a tf.train.Example"):
        schema.check_file(write(tmp_path / "other.tfrecord", [b"\xff\xff\xff"]))


def test_has_records_is_false_for_an_empty_file(tmp_path):
    assert not fields.pretraining_schema(6, 2).has_records(write(tmp_path / "empty.tfrecord", []))
