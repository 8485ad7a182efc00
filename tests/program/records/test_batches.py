# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/batches.py: what TensorFlow would read, and a line with file and record for what it must not see."""

import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.records import batches, encoding, fields
from program.records.decoding import RecordError, parse_example
from tests.program.records.test_fields import pretraining_values, squad_values, write

S, P = 6, 2
SCHEMA = fields.pretraining_schema(S, P, vocab_size=30522, type_vocab_size=2)


def place(row):
    return "a.tfrecord", 100 + row


def rows(count):
    return [pretraining_values(seed) for seed in range(count)]


def example_of(values):
    example = tf.train.Example()
    for name, value in values.items():
        feature = example.features.feature[name]
        numbers = feature.float_list if name == "masked_lm_weights" else feature.int64_list
        numbers.value.extend(value)
    return example


def varint(number):
    number &= (1 << 64) - 1
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


def delimited(tag, content):
    return bytes([tag]) + varint(len(content)) + content


def spelled_out(values, order, packed=True):
    """A tf.train.Example written by hand: features in any order, lists packed or not."""
    entries = b""
    for name in order:
        if name == "masked_lm_weights":
            numbers = [np.float32(value).tobytes() for value in values[name]]
            kind, tag = 0x12, 0x0D
        else:
            numbers = [varint(int(value)) for value in values[name]]
            kind, tag = 0x1A, 0x08
        content = (
            delimited(0x0A, b"".join(numbers))
            if packed
            else b"".join(bytes([tag]) + number for number in numbers)
        )
        feature = delimited(kind, content)
        entries += delimited(0x0A, delimited(0x0A, name.encode()) + delimited(0x12, feature))
    return delimited(0x0A, entries)


def assert_values(found, values):
    assert list(found) == list(SCHEMA.fields)
    for name, array in found.items():
        assert array.dtype == (np.float32 if name == "masked_lm_weights" else np.int32)
        np.testing.assert_array_equal(array, [list(row[name]) for row in values], err_msg=name)


def test_records_as_they_are_written_here():
    values = rows(40)
    decode = batches.BatchDecoder(SCHEMA)
    serialized = [SCHEMA.serialize(row) for row in values]
    for first in (0, 10, 20, 30):  # later batches meet lengths that earlier ones have taught
        assert_values(decode(serialized[first : first + 10], place), values[first : first + 10])


def test_any_order_of_features_and_any_form_of_lists():
    values = rows(24)
    random = np.random.RandomState(1)
    decode = batches.BatchDecoder(SCHEMA)
    for packed in (True, False, True):
        serialized = [
            spelled_out(row, random.permutation(list(SCHEMA.fields)), packed) for row in values
        ]
        assert tf.train.Example.FromString(serialized[0]) == example_of(values[0])
        assert_values(decode(serialized, place), values)


def test_features_of_no_use_are_passed_over():
    values = rows(3)
    serialized = []
    for row in values:
        example = example_of(row)
        example.features.feature["comment"].bytes_list.value.append(b"\xff\x00")
        serialized.append(example.SerializeToString())
    assert_values(batches.BatchDecoder(SCHEMA)(serialized, place), values)


def test_a_feature_twice_is_not_taken_for_two(monkeypatch):
    decode = batches.BatchDecoder(SCHEMA)
    values = pretraining_values()
    names = list(SCHEMA.fields)
    decode([spelled_out(values, names)], place)
    doubled = spelled_out(values, names[:-1] + [names[0]])
    message = "record 100: has no feature 'next_sentence_labels': make the file again"
    with pytest.raises(RecordError, match=message):
        decode([doubled], place)


@pytest.mark.parametrize(
    "feature, message", [("input_ids", "sequences"), ("masked_lm_ids", "1 predictions")]
)
def test_fewer_numbers_in_as_many_bytes(feature, message):
    values = [dict(row, **{feature: [1] * len(row[feature])}) for row in rows(3)]
    serialized = [SCHEMA.serialize(row) for row in values]
    packed = b"\x01" * len(values[0][feature])
    head = encoding.feature_head(feature, True, len(packed))
    assert head + packed in serialized[1]
    serialized[1] = serialized[1].replace(head + packed, head + b"\x81" + packed[1:])
    with pytest.raises(RecordError, match="record 101: holds .*" + message):
        batches.BatchDecoder(SCHEMA)(serialized, place)


def test_lengths_of_one_feature_in_the_middle():
    values = rows(3)
    values[2]["next_sentence_labels"] = [1, 1]
    serialized = [example_of(row).SerializeToString() for row in values]
    message = "record 102: feature 'next_sentence_labels' holds 2 numbers, the records before it 1"
    with pytest.raises(RecordError, match=message):
        batches.BatchDecoder(SCHEMA)(serialized, place)


def test_numbers_of_many_bytes():
    schema = fields.pretraining_schema(S, P)
    values = rows(12)
    for row in values[3:9]:
        row["input_ids"] = [(1 << 31) - 1] * S  # five bytes each, more than heads are known for
        row["segment_ids"] = [1 << 28] * (S - 1) + [0]
    decode = batches.BatchDecoder(schema)
    for order in (None, list(schema.fields)[::-1]):
        serialized = [spelled_out(row, order) if order else schema.serialize(row) for row in values]
        assert_values(decode(serialized, place), values)


def test_all_forms_in_one_batch():
    values = rows(60)
    names, serialized = list(SCHEMA.fields), []
    for number, row in enumerate(values):
        example = example_of(row)
        if number % 4 == 2:
            example.features.feature["comment"].bytes_list.value.append(b"\xff\x00")
        serialized.append(
            [
                SCHEMA.serialize(row),
                spelled_out(row, names[number % 7 :] + names[: number % 7], packed=False),
                example.SerializeToString(),
                spelled_out(row, names[number % 7 :] + names[: number % 7]),
            ][number % 4]
        )
    assert_values(batches.BatchDecoder(SCHEMA)(serialized, place), values)


def test_numbers_with_more_bytes_than_they_need():
    """Zero digits at the end of a varint, which protobuf reads."""
    values = pretraining_values()
    payloads = {
        name: feature.payload
        for name, feature in parse_example(
            SCHEMA.serialize(dict(values, segment_ids=[1] * S))
        ).items()
    }
    payloads["segment_ids"] = (
        b"\x81\x00\x81\x80\x00\x81" + b"\x80" * 8 + b"\x00" + b"\x01" * (S - 3)
    )
    serialized = delimited(
        0x0A,
        b"".join(
            encoding.feature_head(name, name != "masked_lm_weights", len(payload)) + payload
            for name, payload in payloads.items()
        ),
    )
    held = tf.train.Example.FromString(serialized).features.feature["segment_ids"].int64_list
    assert held.value == [1] * S
    found = batches.BatchDecoder(SCHEMA)([serialized, SCHEMA.serialize(values)], place)
    assert_values(found, [dict(values, segment_ids=[1] * S), values])


def test_scalars_of_squad_and_an_empty_batch():
    schema = fields.squad_schema(S, is_training=True)
    decode = batches.BatchDecoder(schema)
    found = decode([schema.serialize(squad_values())] * 2, place)
    assert found["unique_ids"].tolist() == [1000000007] * 2
    assert found["input_ids"].shape == (2, S)
    assert decode([], place)["input_ids"].shape == (0, S)


@pytest.mark.parametrize(
    "feature, value, message",
    [
        ("masked_lm_ids", 40000, "holds 40000, but must be 0 to 30521 (vocab_size in"),
        ("masked_lm_ids", 30522, "holds 30522, but must be 0 to 30521"),
        ("masked_lm_ids", -1, "holds -1, but must be 0 to 30521"),
        ("input_ids", 1 << 32, "holds 4294967296, but must be 0 to 30521"),
        ("input_ids", (1 << 32) + 5, "holds 4294967301, but must be 0 to 30521"),
        ("input_ids", -(1 << 63), "holds -9223372036854775808, but must be 0 to 30521"),
        ("masked_lm_positions", S, "holds 6, but must be 0 to 5 (--max_seq_length)"),
        ("masked_lm_positions", -1, "holds -1, but must be 0 to 5"),
        ("masked_lm_positions", 1 << 40, "holds 1099511627776, but must be 0 to 5"),
        ("next_sentence_labels", 2, "holds 2, but must be 0 or 1 (0: the next sentence"),
        ("next_sentence_labels", -1, "holds -1, but must be 0 or 1"),
        ("segment_ids", 2, "holds 2, but must be 0 or 1 (type_vocab_size in"),
        ("segment_ids", -1, "holds -1, but must be 0 or 1"),
        ("input_mask", 2, "holds 2, but must be 0 or 1 (1 for a token"),
        ("masked_lm_weights", float("nan"), "holds nan, but must be a finite number that is not"),
        ("masked_lm_weights", float("inf"), "holds inf, but must be a finite number"),
        ("masked_lm_weights", -0.5, "holds -0.5, but must be a finite number that is not negative"),
    ],
)
def test_a_number_out_of_range_is_one_line_with_file_and_record(feature, value, message):
    values = rows(8)
    values[7][feature] = list(values[7][feature])[:-1] + [value]
    serialized = [example_of(row).SerializeToString() for row in values]
    expected = "a.tfrecord: record 107: feature '%s' %s" % (feature, message)
    with pytest.raises(RecordError, match=re.escape(expected)):
        batches.BatchDecoder(SCHEMA)(serialized, place)


def test_the_first_bad_record_is_named_whatever_its_feature():
    values = rows(6)
    values[4]["input_ids"] = [-1] * S
    values[2]["next_sentence_labels"] = [3]
    serialized = [example_of(row).SerializeToString() for row in values]
    with pytest.raises(RecordError, match="record 102: feature 'next_sentence_labels' holds 3"):
        batches.BatchDecoder(SCHEMA)(serialized, place)


def test_the_first_bad_record_is_named_whatever_is_wrong_with_it():
    serialized = [SCHEMA.serialize(row) for row in rows(9)]
    kinds = [
        (example_of(dict(rows(1)[0], input_ids=[-1] * S)).SerializeToString(), "'input_ids' holds"),
        (b"\xff\xfe", "not a tf.train.Example"),
        (example_of(dict(rows(1)[0], segment_ids=[0])).SerializeToString(), "holds sequences of 1"),
    ]
    for first, second in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)):
        serialized[3], serialized[7] = kinds[first][0], kinds[second][0]
        with pytest.raises(RecordError, match="record 103: .*" + kinds[first][1]):
            batches.BatchDecoder(SCHEMA)(serialized, place)


def test_limits_that_are_not_known_are_those_of_32_bits():
    schema = fields.pretraining_schema(S, P)
    values = pretraining_values()
    for value, fits in (((1 << 31) - 1, True), (1 << 31, False)):
        values["input_ids"] = [value] * S
        serialized = [example_of(values).SerializeToString()]
        if fits:
            assert batches.BatchDecoder(schema)(serialized, place)["input_ids"][0, 0] == value
        else:
            with pytest.raises(RecordError, match="holds 2147483648, but must be 0 to 2147483647"):
                batches.BatchDecoder(schema)(serialized, place)


def test_numbers_are_handed_over_unchecked_where_asked_for():
    values = pretraining_values()
    values["input_ids"] = [-1, 1 << 40] + [5] * (S - 2)
    found = batches.BatchDecoder(SCHEMA).unchecked_numbers(
        [example_of(values).SerializeToString()], place
    )
    assert found["input_ids"].tolist() == [values["input_ids"]]
    assert found["input_ids"].dtype == np.int64 and found["next_sentence_labels"].shape == (1, 1)


def mutated(random, record):
    """A record with a byte changed, left out or put in, cut off, doubled, or other bytes altogether."""
    place_in_it, kind = random.randint(len(record)), random.randint(6)
    if kind == 0:
        return record[:place_in_it] + bytes([random.randint(256)]) + record[place_in_it + 1 :]
    if kind == 1:
        return record[:place_in_it] + record[place_in_it + 1 :]
    if kind == 2:
        return record[:place_in_it] + bytes([random.randint(256)]) + record[place_in_it:]
    if kind == 3:
        return record[:place_in_it]
    if kind == 4:
        return record + record[place_in_it:]
    return random.bytes(random.randint(1, 120))


def test_mutations_are_refused_or_mean_what_protobuf_reads():
    """Three thousand changed records: never another exception, never other numbers than the Example has."""
    random = np.random.RandomState(7)
    decode = batches.BatchDecoder(SCHEMA)
    good = [SCHEMA.serialize(row) for row in rows(20)]
    decode(good, place)
    refused = 0
    for _ in range(3000):
        record = mutated(random, good[random.randint(len(good))])
        try:
            found = decode([record], place)
        except RecordError:
            refused += 1
            continue
        features = tf.train.Example.FromString(record).features.feature
        for name, array in found.items():
            held = getattr(features[name], features[name].WhichOneof("kind")).value
            np.testing.assert_array_equal(array[0], np.array(held, array.dtype), err_msg=name)
    assert 1000 < refused < 3000


def test_find_bad_record_in_the_middle(tmp_path):
    schema = fields.pretraining_schema(6, 2)
    good = [schema.serialize(pretraining_values(seed)) for seed in range(4)]
    fine = write(tmp_path / "fine.tfrecord", good)
    batches.find_bad_record(schema, [fine])
    other = fields.pretraining_schema(7, 2).serialize(pretraining_values(length=7))
    mixed = write(tmp_path / "mixed.tfrecord", good * 70 + [other])
    with pytest.raises(
        RecordError,
        match="mixed.tfrecord: record 280: holds sequences of 7, the records before it 6: make the file again",
    ):
        batches.find_bad_record(schema, [fine, mixed])
    cut = tmp_path / "cut.tfrecord"
    cut.write_bytes((tmp_path / "fine.tfrecord").read_bytes()[:-10])
    with pytest.raises(RecordError, match="cut.tfrecord: record 3 cannot be read"):
        batches.find_bad_record(schema, [fine, str(cut)])
