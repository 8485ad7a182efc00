# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/encoding.py: byte for byte what protocol buffers and TensorFlow's own writer make."""
import struct

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.records import decoding, encoding, fields


def example_bytes(arrays, row):
    """The reference: protocol buffers' own deterministic serialisation of one row."""
    example = tf.train.Example()
    for name, array in arrays.items():
        feature = example.features.feature[name]
        if array.dtype == np.float32:
            feature.float_list.value.extend(array[row].tolist())
        else:
            feature.int64_list.value.extend(array[row].tolist())
    return example.SerializeToString(deterministic=True)


def check(arrays):
    rows = encoding.serialize_rows(arrays)
    assert rows == [example_bytes(arrays, row) for row in range(len(rows))]
    assert len(rows) == len(next(iter(arrays.values())))


@pytest.mark.parametrize(
    "largest", [1, 127, 128, 255, 16383, 16384, 30522, 2097151, 2097152, 2**31 - 1, 2**62]
)
@pytest.mark.parametrize("width", [1, 2, 20, 128, 700])
def test_integers_of_every_size(largest, width):
    generator = np.random.RandomState(width)
    # All magnitudes up to the largest, so that rows of one batch differ in length.
    numbers = (largest * generator.random_sample([9, width]) ** 8).astype(np.int64)
    numbers[0], numbers[1], numbers[2, 0] = 0, largest, largest
    check({"numbers": numbers})


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64, bool])
def test_integer_types(dtype):
    check({"a": np.array([[0, 1, 1], [1, 0, 0]], dtype)})


def test_floats_and_several_features():
    generator = np.random.RandomState(0)
    check(
        {
            "zeta": generator.randint(0, 300, [40, 5]),
            "a": generator.randint(0, 2, [40, 1]),
            "weights": generator.standard_normal([40, 7]).astype(np.float32),
            # Long enough that the lengths in front of the payloads take two and three bytes.
            "long": generator.randint(0, 60000, [40, 9000]),
            "caf\u00e9": np.array([[0.0, np.inf, -0.0, 1e-42]] * 40, np.float32),
        }
    )


def test_a_batch_of_pretraining_records_is_the_schemas_serialisation():
    schema = fields.pretraining_schema(128, 20)
    generator = np.random.RandomState(1)
    arrays = {
        name: (
            (generator.random_sample([50, field.shape[0]]) > 0.5).astype(np.float32)
            if field.dtype == "float32"
            else generator.randint(0, 30522, [50, field.shape[0]])
        )
        for name, field in schema.fields.items()
    }
    assert encoding.serialize_rows(arrays) == [
        schema.serialize({name: array[row] for name, array in arrays.items()}) for row in range(50)
    ]


def test_no_rows():
    assert (
        encoding.serialize_rows(
            {"a": np.zeros([0, 5], np.int64), "b": np.zeros([0, 3], np.float32)}
        )
        == []
    )
    assert encoding.frame([]) == []


def test_what_it_refuses():
    with pytest.raises(ValueError, match="negative number -3"):
        encoding.serialize_rows({"a": np.array([[1, -3]])})
    with pytest.raises(ValueError, match="float64"):
        encoding.serialize_rows({"a": np.array([[1.0]])})


def unmasked(check_sum):
    rotated = (check_sum - 0xA282EAD8) & 0xFFFFFFFF
    return ((rotated >> 17) | (rotated << 15)) & 0xFFFFFFFF


def test_crc_of_published_vectors():
    # RFC 3720, appendix B.4, and the check value of CRC-32C.
    vectors = [
        (b"123456789", 0xE3069283),
        (b"\x00" * 32, 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(bytearray(range(32))), 0x46DD794E),
        (bytes(bytearray(range(31, -1, -1))), 0x113FDB5C),
        (b"", 0),
    ]
    sums = encoding.masked_crc32c([text for text, _ in vectors])
    assert [unmasked(int(value)) for value in sums] == [crc for _, crc in vectors]


def plain_crc(text):
    crc = 0xFFFFFFFF
    for byte in bytearray(text):
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_crc_of_strings_of_every_length_together():
    generator = np.random.RandomState(2)
    texts = [
        generator.bytes(int(length)) for length in generator.permutation(np.arange(70).repeat(2))
    ]
    assert [unmasked(int(value)) for value in encoding.masked_crc32c(texts)] == [
        plain_crc(text) for text in texts
    ]


def test_file_is_the_one_tensorflow_writes(tmp_path):
    generator = np.random.RandomState(3)
    # More than one batch of checksums, and lengths that need not be multiples of eight.
    contents = [generator.bytes(int(length)) for length in generator.randint(0, 300, 5000)]
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for content in contents:
            writer.write(content)
    ours = b"".join(encoding.frame(contents))
    assert ours == (tmp_path / "theirs").read_bytes()
    (tmp_path / "ours").write_bytes(ours)
    assert list(decoding.read_records(str(tmp_path / "ours"))) == contents
    # The reader notices a flipped bit, so it did check the sums above.
    damaged = bytearray(ours)
    damaged[12 + len(contents[0]) + 4 + 12 + 1] ^= 4
    (tmp_path / "damaged").write_bytes(bytes(damaged))
    with pytest.raises(decoding.RecordError, match="record 1 cannot be read"):
        list(decoding.read_records(str(tmp_path / "damaged")))


def test_frame_by_hand():
    frame = encoding.frame([b"abc"])[0]
    assert struct.unpack("<Q", frame[:8]) == (3,) and frame[12:15] == b"abc" and len(frame) == 19
    assert unmasked(struct.unpack("<I", frame[8:12])[0]) == plain_crc(frame[:8])
    assert unmasked(struct.unpack("<I", frame[15:])[0]) == plain_crc(b"abc")


@pytest.mark.parametrize("width", [1, 4, 5, 9])
def test_other_last_bytes_are_as_if_framed_so(width):
    rng = np.random.RandomState(width)
    records = [rng.bytes(size) for size in (width, width + 1, 40, 300, 9000)]
    tails = rng.randint(0, 256, [len(records), width]).astype(np.uint8)
    frames = encoding.frame(records)
    changed = encoding.with_tails(b"".join(frames), list(map(len, frames)), tails)
    expected = [record[:-width] + tail.tobytes() for record, tail in zip(records, tails)]
    assert changed == b"".join(encoding.frame(expected))
    assert changed != b"".join(frames)
