# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Bytes to records, without TensorFlow: the TFRecord frame, checked, and tf.train.Example messages.

Written independently of encoding.py but for the checksum; the formats are named there. Checksums and numbers are
computed for many records at once, since NumPy is slow for one.
"""

import collections
import functools
import os
import struct

import numpy as np

from program.errors import UserError
from program.records.encoding import masked_crc32c

# Of a frame, before the record: its length and the checksum of that; after it: its own checksum.
HEADER_BYTES = 12
FOOTER_BYTES = 4
_MOST_RECORDS_AT_ONCE = 1024
_MOST_BYTES_AT_ONCE = 8 << 20
_KINDS = {1: "bytes_list", 2: "float_list", 3: "int64_list"}

# kind: as in tf.train.Feature, or None where nothing is set. payload: bytes, the numbers packed one after the other.
Feature = collections.namedtuple("Feature", "kind payload")


class RecordError(UserError):
    """A record file that cannot be used; the message names the file and what to do."""


def read_records(path):
    """Yields the serialized records of a TFRecord file, checksums verified.

    Raises:
        RecordError: the file is missing, unreadable, damaged or no TFRecord file.
    """
    if os.path.isdir(path):
        raise RecordError(
            "%s: is a directory: name files or a pattern such as %s"
            % (path, os.path.join(path, "*.tfrecord"))
        )
    if not os.path.exists(path):
        raise RecordError("%s: no such file" % path)
    number = 0
    try:
        with open(path, "rb") as stream:
            for serialized in _read_frames(stream):
                yield serialized
                number += 1
    except RecordError as error:
        reason = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        return
    raise RecordError(
        "%s: record %d cannot be read (%s): not a TFRecord file, or damaged"
        % (path, number, reason)
    )


def _read_frames(stream):
    """Yields the records of an open TFRecord file, lengths and checksums verified.

    The first record comes alone, later ones in growing batches: a look at the first one reads no more than that.

    Args:
        stream: file object, binary.

    Raises:
        RecordError: the next record is cut off or has a wrong checksum; the message names its place in the file.
    """
    place, at_once = 0, 1
    while True:
        records, checks, broken = [], [], None
        first_place, size = place, 0
        while len(records) < at_once and size < _MOST_BYTES_AT_ONCE:
            record, check, broken = _read_frame(stream, place)
            if record is None:
                break
            records.append(record)
            checks.append(check)
            size += len(record)
            place += HEADER_BYTES + len(record) + FOOTER_BYTES
        place_of_record = first_place
        for record, check, found in zip(records, checks, masked_crc32c(records).tolist()):
            if found != check:
                raise RecordError("corrupted record at %d" % place_of_record)
            yield record
            place_of_record += HEADER_BYTES + len(record) + FOOTER_BYTES
        if broken:
            raise RecordError(broken)
        if record is None:
            return
        at_once = min(8 * at_once, _MOST_RECORDS_AT_ONCE)


def _read_frame(stream, place):
    """(record, its checksum, None), or (None, None, what is wrong: None at the end of the file)."""
    header = stream.read(HEADER_BYTES)
    if not header:
        return None, None, None
    if len(header) < HEADER_BYTES:
        return None, None, "truncated record at %d" % place
    if _check_of_length(header[:8]) != header[8:]:
        return None, None, "corrupted record at %d" % place
    (length,) = struct.unpack("<Q", header[:8])
    body = stream.read(length + FOOTER_BYTES)
    if len(body) < length + FOOTER_BYTES:
        return None, None, "truncated record at %d" % place
    return body[:length], struct.unpack("<I", body[length:])[0], None


@functools.lru_cache(maxsize=4096)
def _check_of_length(length):
    """The checksum of a length, four bytes; the records of a file have few different lengths."""
    return struct.pack("<I", int(masked_crc32c([length])[0]))


def parse_example(serialized):
    """A tf.train.Example -> {feature name: Feature}.

    Raises:
        ValueError: these bytes are no such message.
    """
    found = {}
    for features in _fields(serialized, 1):
        for entry in _fields(features, 1):
            name, feature = b"", Feature(None, b"")
            for number, value in _messages(entry):
                if number == 1:
                    name = value
                elif number == 2:
                    feature = _feature(value)
            found[name.decode("utf-8")] = feature
    return found


def _feature(serialized):
    kind, values = None, b""
    for number, value in _messages(serialized):
        if number in _KINDS:
            kind, values = _KINDS[number], value
    if kind == "bytes_list":
        return Feature(kind, b"")
    payload = b""
    position = 0
    while position < len(values):
        tag, position = _varint(values, position)
        if tag == 10:  # packed
            length, position = _varint(values, position)
            end = position + length
        elif tag == 8 and kind == "int64_list":
            _, end = _varint(values, position)
        elif tag == 13 and kind == "float_list":
            end = position + 4
        else:
            raise ValueError("an unknown field in a list of numbers")
        if end > len(values):
            raise ValueError("cut off")
        payload += values[position:end]
        position = end
    return Feature(kind, payload)


def _fields(serialized, wanted):
    return [value for number, value in _messages(serialized) if number == wanted]


def _messages(serialized):
    """List of (field number, bytes) of the length-delimited fields of a message; others are passed over."""
    found, position, end = [], 0, len(serialized)
    while position < end:
        tag, position = _varint(serialized, position)
        number, wire_type = tag >> 3, tag & 7
        if not number:
            raise ValueError("field number 0")
        if wire_type == 2:
            length, position = _varint(serialized, position)
            if position + length > end:
                raise ValueError("cut off")
            found.append((number, serialized[position : position + length]))
            position += length
        elif wire_type == 0:
            _, position = _varint(serialized, position)
        elif wire_type in (1, 5):
            position += 8 if wire_type == 1 else 4
        else:
            raise ValueError("wire type %d" % wire_type)
    if position > end:
        raise ValueError("cut off")
    return found


def _varint(serialized, position):
    """(number, position behind it)."""
    try:
        first = serialized[position]
        if first < 128:  # nearly all tags and many lengths
            return first, position + 1
        second = serialized[position + 1]
        if second < 128:
            return first & 127 | second << 7, position + 2
        number, shift = first & 127 | (second & 127) << 7, 14
        for place in range(position + 2, position + 10):
            byte = serialized[place]
            number |= (byte & 127) << shift
            if byte < 128:
                return number, place + 1
            shift += 7
    except IndexError:
        pass
    raise ValueError("a number is cut off")


_NOT_LAST = bytes(range(128, 256))  # the bytes of a varint but its last one


def count(feature):
    """How many numbers a feature holds.

    Raises:
        ValueError: its payload is cut off.
    """
    if feature.kind == "float_list":
        number, rest = divmod(len(feature.payload), 4)
        if rest:
            raise ValueError("a float is cut off")
        return number
    if feature.payload and feature.payload[-1] > 127:
        raise ValueError("a number is cut off")
    return len(feature.payload.translate(None, _NOT_LAST))


def numbers(kind, payloads):
    """The numbers of one feature of several records.

    Args:
        kind: "int64_list" or "float_list".
        payloads: list of N bytes objects, of Features of that kind.

    Returns:
        (int32, int64 or float32 array of all numbers, one record after the other: int32 where each fits into four bytes of its
        payload; int64 [N], how many each record has).

    Raises:
        ValueError: a payload is cut off.
    """
    sizes = np.array([len(payload) for payload in payloads], np.int64)
    content = np.frombuffer(b"".join(payloads), np.uint8)
    ends = np.cumsum(sizes)
    if kind == "float_list":
        if (sizes % 4).any():
            raise ValueError("a float is cut off")
        return content.view("<f4").astype(np.float32), sizes // 4
    if not (content[ends[sizes > 0] - 1] < 128).all():
        raise ValueError("a number is cut off")
    last = np.flatnonzero(content < 128)
    counts = np.diff(last.searchsorted(np.append(0, ends)))
    return _of_last_bytes(content, last), counts


def _of_last_bytes(content, last):
    """The numbers whose last bytes, which have the highest digits, are at `last`: int32 [n], or int64 if one has over four."""
    values = content[last].astype(np.uint16)
    # Before the first number stands the end of the last one, which is no part of it.
    before = content[last - 1]
    has_two = before >> 7
    values += has_two * (values * np.uint16(127) + (before & 127))  # to 128 times itself
    values = values.astype(np.int32)
    # Numbers of more bytes, in which two bytes in turn are not the last, are rare: most tokens are among the first 16,384.
    longer = last.searchsorted(np.flatnonzero((content[1:] & content[:-1]) > 127))
    place = 2
    while len(longer):
        if place == 4:
            values = values.astype(np.uint64)
        if place == 10:
            raise ValueError("a number of more than ten bytes")
        digits = content[last[longer] - place] & 127
        values[longer] = values[longer] << values.dtype.type(7) | digits
        place += 1
        longer = longer[content[last[longer] - place] > 127]
    return values.view(np.int64) if values.dtype == np.uint64 else values
