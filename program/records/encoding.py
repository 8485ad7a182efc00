# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Encodes records, many at a time: tf.train.Example messages and the TFRecord framing.

Building a message field by field takes longer than making the instance. Here NumPy encodes the numbers of a whole batch,
and Python only joins some twenty pieces per record. The bytes are those of
`Example.SerializeToString(deterministic=True)` and of TensorFlow's TFRecordWriter.

Formats: https://protobuf.dev/programming-guides/encoding, tf.train.Example (feature.proto), and TFRecord: length (uint64),
masked CRC-32C of the length, data, masked CRC-32C of the data, all little-endian.
"""


import functools
import struct

import numpy as np

_CRC_POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), bits reversed
_MASK_DELTA = 0xA282EAD8
_CRC_ROWS_AT_ONCE = 2048
_CHECK_BYTES = 4  # behind a record
_MOST_IN_TABLE = 1 << 20  # a vocabulary is smaller


def serialize_rows(arrays):
    """Rows of numbers as tf.train.Example messages.

    Args:
        arrays: dict, feature name -> [N, n] array: of integers >= 0 for an int64 feature, of float32 for a float feature.

    Returns:
        list of N bytes objects, equal to the deterministic serialisation of the same Example.

    Raises:
        ValueError: a negative number, or an array of another type.
    """
    columns = []
    for name in sorted(arrays):  # deterministic serialisation sorts a map by its keys
        array = arrays[name]
        if array.dtype == np.float32:
            width = 4 * array.shape[1]
            buffer = np.ascontiguousarray(array, dtype="<f4").tobytes()
            payloads = (
                [buffer[start : start + width] for start in range(0, len(buffer), width)]
                if width
                else [b""] * len(array)
            )
        else:
            payloads = _varint_rows(array)
        head = functools.partial(feature_head, name, array.dtype != np.float32)
        heads = {length: head(length) for length in set(map(len, payloads))}
        columns.append([heads[len(payload)] for payload in payloads])
        columns.append(payloads)
    bodies = list(map(b"".join, zip(*columns)))
    heads = {length: b"\x0a" + varint(length) for length in set(map(len, bodies))}
    return [heads[len(body)] + body for body in bodies]


def feature_head(name, is_int, length):
    """What precedes a packed payload of `length` bytes: map entry, key, Feature, Int64List or FloatList."""
    numbers = b"\x0a" + varint(length) if length else b""
    feature = (b"\x1a" if is_int else b"\x12") + varint(len(numbers) + length) + numbers
    key = name.encode("utf-8")
    entry = b"\x0a" + varint(len(key)) + key + b"\x12" + varint(len(feature) + length) + feature
    return b"\x0a" + varint(len(entry) + length) + entry


def varint(number):
    """An integer >= 0 in protocol buffers' base-128 encoding."""
    encoded = bytearray()
    while number >= 128:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _varint_rows(array):
    """[N, n] integers >= 0 -> list of N bytes objects, the varints of each row after each other."""
    if array.dtype.kind not in "iub":
        raise ValueError("an int64 feature is given numbers of type %s" % array.dtype)
    if array.size and array.min() < 0:
        raise ValueError("an int64 feature is given the negative number %d" % array.min())
    largest = int(array.max()) if array.size else 0
    if largest < 128:
        buffer, width = np.ascontiguousarray(array, dtype=np.uint8).tobytes(), array.shape[1]
        return [buffer[start : start + width] for start in range(0, array.shape[0] * width, width)]
    values = np.ascontiguousarray(array).reshape(-1)
    # Every number gets as many places as the largest needs; then those that it does not use are left out.
    digits, is_used, counts = (_digits_by_table if largest < _MOST_IN_TABLE else _digits)(
        values, largest
    )
    buffer = digits[np.flatnonzero(is_used)].tobytes()
    row_ends = [0] + np.cumsum(counts.reshape(array.shape).sum(axis=1, dtype=np.int64)).tolist()
    return [buffer[start:end] for start, end in zip(row_ends, row_ends[1:])]


def _digits(values, largest):
    """Numbers [n] of p places at most -> (padded varints, uint8 [n · p]; which bytes are used, bool [n · p]; how many, [n])."""
    places = (largest.bit_length() + 6) // 7
    values = values.astype(np.uint32 if largest < 1 << 32 else np.uint64)
    digits = np.empty(values.shape + (places,), np.uint8)
    is_used = np.ones(digits.shape, bool)
    for place in range(places):
        rest = values >> values.dtype.type(7 * place)
        digits[:, place] = rest.astype(np.uint8) & 127
        if place:
            is_used[:, place] = rest > 0
            digits[:, place - 1] |= is_used[:, place].view(np.uint8) << 7
    return digits.reshape(-1), is_used.reshape(-1), is_used.sum(axis=1)


def _digits_by_table(values, largest):
    """_digits of numbers below _MOST_IN_TABLE, looked up."""
    index = values.astype(np.intp)
    digits, is_used, counts = (table[index] for table in _table_of_digits(largest.bit_length()))
    return digits.view(np.uint8), is_used.view(bool), counts


@functools.lru_cache()
def _table_of_digits(bits):
    """_digits of all numbers of so many bits, four places each and these seen as one uint32."""
    digits, is_used, counts = _digits(np.arange(1 << bits), 1 << bits)
    tables = []
    for places in (digits, is_used.view(np.uint8)):
        padded = np.zeros((1 << bits, 4), np.uint8)
        padded[:, : len(places) >> bits] = places.reshape(1 << bits, -1)
        tables.append(padded.view(np.uint32)[:, 0].copy())
    return tables + [counts.astype(np.uint8)]


def frame(records):
    """Serialized records -> list of bytes objects ready to be written to a TFRecord file, one after the other."""
    lengths = [struct.pack("<Q", len(record)) for record in records]
    distinct = sorted(set(lengths))  # a few hundred of them, checked together
    length_checks = {
        length: struct.pack("<I", check)
        for length, check in zip(distinct, masked_crc32c(distinct).tolist())
    }
    checks = []
    for first in range(0, len(records), _CRC_ROWS_AT_ONCE):
        checks.extend(masked_crc32c(records[first : first + _CRC_ROWS_AT_ONCE]).tolist())
    return [
        b"".join((length, length_checks[length], record, struct.pack("<I", check)))
        for length, record, check in zip(lengths, records, checks)
    ]


def masked_crc32c(records):
    """Masked CRC-32C of each of N byte strings: uint32 [N].

    All strings advance together, eight bytes a round in four steps of two ("slicing": Kounavis and Berry, 2005); shorter
    ones drop out.
    """
    lengths = np.array([len(record) for record in records], np.int64)
    order = np.argsort(-lengths, kind="mergesort")
    longest = int(lengths.max()) if len(records) else 0
    width = longest // 8 * 8 + 8
    padded = b"".join([records[index].ljust(width, b"\0") for index in order.tolist()])
    rows = np.frombuffer(padded, np.uint8).reshape(len(records), width)
    words = np.ascontiguousarray(rows.view("<u2").T)  # one row for each place of two bytes
    falling = lengths[order]
    whole = falling // 8
    crc = np.full(len(records), 0xFFFFFFFF, np.uint32)
    bytes_table, word_tables = _crc_tables()
    active_rows = np.searchsorted(-whole, -np.arange(longest // 8), side="left").tolist()
    for place, active in enumerate(active_rows):
        # Indices of NumPy's own index type: others would be converted and checked at every look-up.
        head, taken = crc[:active], words[4 * place : 4 * place + 4, :active].astype(np.intp)
        taken[0] ^= head & np.uint32(0xFFFF)
        taken[1] ^= head >> np.uint32(16)
        mixed = word_tables[0][taken[0]]
        for step in (1, 2, 3):
            mixed ^= word_tables[step][taken[step]]
        crc[:active] = mixed
    numbers = np.arange(len(records))
    for step in range(7):  # the last up to seven bytes, wherever they are in each string
        left = whole * 8 + step < falling
        byte = rows[numbers[left], whole[left] * 8 + step]
        crc[left] = bytes_table[byte ^ (crc[left] & 255).astype(np.uint8)] ^ (crc[left] >> 8)
    crc = crc ^ np.uint32(0xFFFFFFFF)
    result = np.empty_like(crc)
    result[order] = masked(crc)
    return result


def masked(crc):
    """The form of a CRC, uint32 [N], that a TFRecord has."""
    return ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(_MASK_DELTA)


@functools.lru_cache()
def _crc_tables():
    """(table of 256: the CRC of a byte; four tables of 65,536: of two bytes followed by six, four, two and no zero bytes)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_CRC_POLYNOMIAL), table >> 1).astype(
            np.uint32
        )
    shifted = [table]  # shifted[k]: a byte followed by k zero bytes
    for _ in range(7):
        shifted.append(table[shifted[-1] & 255] ^ (shifted[-1] >> 8))
    word = np.arange(1 << 16)
    return table, [
        shifted[zeros + 1][word & 255] ^ shifted[zeros][word >> 8] for zeros in (6, 4, 2, 0)
    ]


def with_tails(content, sizes, tails):
    """Framed records with other last bytes, and the checksums that follow from them.

    Checksums are not computed anew: that of the difference depends on the last bytes alone.

    Args:
        content: bytes, N records as `frame` makes them, one after the other.
        sizes: int [N], bytes of each frame.
        tails: uint8 [N, n], the new last n bytes of each record, which has at least as many.

    Returns:
        bytearray.
    """
    changed = bytearray(content)
    places = np.frombuffer(changed, np.uint8)
    ends = np.cumsum(sizes, dtype=np.int64) - _CHECK_BYTES
    width = tails.shape[1]
    tail_places = ends[:, np.newaxis] + np.arange(-width, 0)
    difference = places[tail_places] ^ tails
    places[tail_places] = tails
    crc = np.zeros(len(ends), np.uint32)
    for byte in difference.T:
        crc = _crc_tables()[0][byte ^ (crc & 255).astype(np.uint8)] ^ (crc >> np.uint32(8))
    check_places = ends[:, np.newaxis] + np.arange(_CHECK_BYTES)
    checks = np.ascontiguousarray(places[check_places]).view("<u4")[:, 0]
    new = masked(_unmasked(checks) ^ crc)
    places[check_places] = new.astype("<u4").view(np.uint8).reshape([-1, _CHECK_BYTES])
    return changed


def _unmasked(check):
    """The inverse of `masked`."""
    rotated = check - np.uint32(_MASK_DELTA)
    return (rotated << np.uint32(15)) | (rotated >> np.uint32(17))
