# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/decoding.py against TensorFlow's writers, and on bytes that are no records."""

import io
import struct

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.records import decoding, encoding
from program.records.decoding import RecordError


def write(path, contents):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for content in contents:
            writer.write(content)
    return str(path)


@pytest.fixture(name="contents", scope="module")
def fixture_contents():
    """Records of many lengths, more than are checked at once."""
    generator = np.random.RandomState(3)
    return [generator.bytes(int(length)) for length in generator.randint(0, 300, 3000)]


def test_tensorflows_file_is_read(tmp_path, contents):
    assert list(decoding.read_records(write(tmp_path / "a", contents))) == contents
    assert list(decoding.read_records(write(tmp_path / "empty", []))) == []


def test_a_look_at_the_first_record_reads_no_more(tmp_path, contents):
    path = tmp_path / "a"
    write(path, contents[:1])
    with open(str(path), "ab") as stream:
        stream.write(b"damaged")
    reader = decoding.read_records(str(path))
    assert next(reader) == contents[0]
    with pytest.raises(RecordError, match="a: record 1 cannot be read"):
        next(reader)


@pytest.mark.parametrize("number", [0, 1, 9, 700, 2999])
@pytest.mark.parametrize("part", ["length", "check of length", "data", "check of data"])
def test_a_flipped_bit_is_found_at_its_record(tmp_path, contents, number, part):

    path = write(tmp_path / "a", contents)
    content = bytearray(open(path, "rb").read())
    start = sum(len(each) + 16 for each in contents[:number])
    place = {
        "length": 0,
        "check of length": 9,
        "data": 12,
        "check of data": 12 + len(contents[number]),
    }
    content[start + place[part]] ^= 4
    (tmp_path / "a").write_bytes(bytes(content))
    read = []
    with pytest.raises(
        RecordError,
        match=r"a: record %d cannot be read \(corrupted record at %d\): not a TFRecord file, or damaged"
        % (number, start),
    ):
        for record in decoding.read_records(path):
            read.append(record)
    assert read == contents[:number]


@pytest.mark.parametrize("left", [3, 11, 12, 20])
def test_a_cut_file_is_found(tmp_path, left):
    framed = encoding.frame([b"x" * 40, b"y" * 40])
    (tmp_path / "a").write_bytes(framed[0] + framed[1][:left])
    with pytest.raises(RecordError, match=r"record 1 cannot be read \(truncated record at 56\)"):
        list(decoding.read_records(str(tmp_path / "a")))


def test_files_that_are_none(tmp_path):
    with pytest.raises(RecordError, match="is a directory: name files or a pattern such as"):
        list(decoding.read_records(str(tmp_path)))
    with pytest.raises(RecordError, match="nowhere: no such file"):
        list(decoding.read_records(str(tmp_path / "nowhere")))


# --- messages ---------------------------------------------------------------------------------------------


def values_of(serialized, name):
    feature = decoding.parse_example(serialized)[name]
    values, counts = decoding.numbers(feature.kind, [feature.payload])
    assert counts.tolist() == [len(values)] == [decoding.count(feature)]
    return values


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_an_example_of_tensorflow_is_parsed(count):
    generator = np.random.RandomState(count)
    integers = (2.0**62 * generator.uniform(-1, 1, count) ** 9).astype(np.int64)
    floats = generator.standard_normal(count).astype(np.float32)
    example = tf.train.Example()
    example.features.feature["integers"].int64_list.value.extend(integers.tolist())
    example.features.feature["caf\u00e9"].float_list.value.extend(floats.tolist())
    example.features.feature["bytes"].bytes_list.value.extend([b"text"] * count)
    example.features.feature["nothing"].Clear()
    serialized = example.SerializeToString()
    np.testing.assert_array_equal(values_of(serialized, "integers"), integers)
    np.testing.assert_array_equal(values_of(serialized, "caf\u00e9"), floats)
    found = decoding.parse_example(serialized)
    if count:
        assert {name: feature.kind for name, feature in found.items()} == {
            "integers": "int64_list",
            "caf\u00e9": "float_list",
            "bytes": "bytes_list",
            "nothing": None,
        }


def test_numbers_that_are_not_packed():
    """Writers of protocol buffers' version 2 give every number a tag of its own."""

    def nested(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    integers = b"".join(b"\x08" + encoding.varint(value) for value in (3, 300, 1 << 40))
    floats = b"".join(b"\x0d" + struct.pack("<f", value) for value in (0.5, -2.0))
    entries = [
        nested(1, nested(1, b"i") + nested(2, nested(3, integers))),
        nested(1, nested(1, b"f") + nested(2, nested(2, floats))),
    ]
    serialized = nested(1, b"".join(entries))
    example = tf.train.Example.FromString(serialized)  # so this is what it claims to be
    assert list(example.features.feature["i"].int64_list.value) == [3, 300, 1 << 40]
    assert values_of(serialized, "i").tolist() == [3, 300, 1 << 40]
    assert values_of(serialized, "f").tolist() == [0.5, -2.0]


def test_numbers_of_several_records():
    payloads = [b"\x01\xac\x02", b"", b"\x7f", b"\x80\x80\x01\x05\x06"]
    values, counts = decoding.numbers("int64_list", payloads)
    assert values.tolist() == [1, 300, 127, 16384, 5, 6] and counts.tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize("payload", [b"\x80", b"\x01\xff", b"\xff" * 10 + b"\x01"])
def test_cut_numbers_are_refused(payload):
    with pytest.raises(ValueError):
        decoding.numbers("int64_list", [payload, b"\x01"])
    with pytest.raises(ValueError):
        decoding.numbers("float_list", [b"\x00" * 3, b"\x00" * 5])
    if len(payload) < 10:
        with pytest.raises(ValueError):
            decoding.count(decoding.Feature("int64_list", payload))
    with pytest.raises(ValueError):
        decoding.count(decoding.Feature("float_list", b"\x00" * 5))


def test_any_bytes_are_parsed_or_refused():
    """Whatever protobuf refuses is refused; nothing but ValueError is raised."""
    generator = np.random.RandomState(0)
    example = tf.train.Example()
    for name in "ab":
        example.features.feature[name].int64_list.value.extend([1, 300, 5])
    whole, refused = example.SerializeToString(), 0
    for _ in range(500):
        content = bytearray(whole)
        content[generator.randint(len(content))] = generator.randint(256)
        content = bytes(content[: generator.randint(1, len(content) + 1)])
        try:
            tf.train.Example.FromString(content)
        except Exception:  # protobuf's implementations raise different ones
            refused += 1
            with pytest.raises(ValueError):
                for feature in decoding.parse_example(content).values():
                    decoding.numbers(feature.kind or "int64_list", [feature.payload])
        else:
            try:
                decoding.parse_example(content)
            except ValueError:
                pass  # stricter about what a list of numbers may hold
    assert refused > 100


def test_reading_is_streamed():
    class Counted(io.BytesIO):
        most = 0

        def read(self, size=-1):
            self.most = max(self.most, size)
            return super().read(size)

    stream = Counted(b"".join(encoding.frame([b"x" * 50] * 20)))
    assert len(list(decoding._read_frames(stream))) == 20 and stream.most == 54
