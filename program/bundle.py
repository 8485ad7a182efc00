# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The index of a TensorFlow checkpoint, read and checked without TensorFlow.

TensorFlow's own reader believes what a damaged index says; this one verifies the checksum of every block first, and compares
the sizes of the data files. Format: tensorflow/core/util/tensor_bundle (a sorted table in blocks, as LevelDB has them,
from variable name to BundleEntryProto).
"""

import os
import struct
from collections import OrderedDict, namedtuple

from program.records.encoding import masked_crc32c

INDEX, DATA = ".index", ".data-"

_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_FOOTER_BYTES = 48
_TRAILER_BYTES = 5  # compression (1), checksum (4)
_MOST_INDEX_BYTES = 256 << 20  # a thousand times that of BERT-large

# dtype: number in types.proto; shape: list of int; shard: number of the data file; offset, size: bytes in it.
Entry = namedtuple("Entry", ["dtype", "shape", "shard", "offset", "size"])


class BundleError(ValueError):
    """A file of a checkpoint that is missing or damaged; the message names the file and the problem."""


def read_index(prefix):
    """The variables of a checkpoint by name: OrderedDict name -> Entry.

    Args:
      prefix: str, the path of its files without their endings.

    Raises:
      BundleError: the index is missing or damaged.
    """
    return _read(prefix)[1]


def check_files(prefix):
    """Checks that the index is whole and that the data files are as long as it says; does not read the data.

    Returns:
      As read_index.

    Raises:
      BundleError: a file is missing, damaged or too short.
    """
    num_shards, entries, slices = _read(prefix)
    needed = [0] * num_shards
    for entry in list(entries.values()) + slices:
        if entry.shard >= num_shards:
            raise BundleError("%s%s: damaged (data file %d)" % (prefix, INDEX, entry.shard))
        needed[entry.shard] = max(needed[entry.shard], entry.offset + entry.size)
    for shard, size in enumerate(needed):
        path = "%s%s%05d-of-%05d" % (prefix, DATA, shard, num_shards)
        if not os.path.isfile(path):
            raise BundleError("%s is missing" % path)
        found = os.path.getsize(path)
        if found < size:
            raise BundleError("%s is cut off: %d bytes of %d" % (path, found, size))
    return entries


def _read(prefix):
    """(number of data files, OrderedDict name -> Entry, list of Entry of the slices of partitioned variables)."""
    path = prefix + INDEX
    try:
        size = os.path.getsize(path)
        if size > _MOST_INDEX_BYTES:
            raise BundleError("%s: not the index of a checkpoint (%d bytes)" % (path, size))
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        missing = not os.path.exists(path)
        raise BundleError(
            "%s %s"
            % (path, "is missing" if missing else "cannot be read (%s)" % (error.strerror or error))
        )
    if not content:
        raise BundleError("%s is empty" % path)
    if len(content) < _FOOTER_BYTES or not content.endswith(_MAGIC):
        raise BundleError("%s: not the index of a checkpoint, or cut off" % path)
    try:
        return _parse(content)
    except (ValueError, IndexError, struct.error, OverflowError) as error:
        raise BundleError("%s: damaged (%s)" % (path, error))


def _parse(content):
    footer = content[-_FOOTER_BYTES:]
    place = _varint(footer, _varint(footer, 0)[1])[1]  # after the handle of the meta block
    num_shards, entries, slices = None, OrderedDict(), []
    for _, handle in _block(content, footer[place:]):
        for key, value in _block(content, handle):
            if not key:
                num_shards = dict(_fields(value)).get(1, 0)
            elif key[0]:
                entries[key.decode("utf-8")] = _entry(value)
            else:  # a slice: its name and bounds, encoded
                slices.append(_entry(value))
    if num_shards is None or not 0 < num_shards < 100000:
        raise ValueError("no header")
    return num_shards, entries, slices


def _block(content, handle):
    """Yields (key, value), bytes each, of the block at a handle: varint offset, varint size."""
    offset, place = _varint(handle, 0)
    size = _varint(handle, place)[0]
    end = offset + size + _TRAILER_BYTES
    if end > len(content):
        raise ValueError("a block after the end of the file")
    checked = content[offset : end - 4]
    if int(masked_crc32c([checked])[0]) != struct.unpack("<I", content[end - 4 : end])[0]:
        raise ValueError("wrong checksum")
    if checked[-1]:
        raise ValueError("compressed")
    block = checked[:-1]
    restarts = struct.unpack("<I", block[-4:])[0]
    place, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while place < end:
        shared, place = _varint(block, place)
        own, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _entry(message):
    """The Entry of a BundleEntryProto."""
    found = {1: 0, 3: 0, 4: 0, 5: 0}
    shape = []
    for number, value in _fields(message):
        if number == 2:
            dims = [dim for field, dim in _fields(value) if field == 2]
            shape = [dict(_fields(dim)).get(1, 0) for dim in dims]
        elif number in found:
            found[number] = value
    return Entry(found[1], shape, found[3], found[4], found[5])


def _fields(message):
    """List of (field number, value) of a protocol buffer: int of a varint, bytes of all else."""
    found, place = [], 0
    while place < len(message):
        tag, place = _varint(message, place)
        wire_type = tag & 7
        if wire_type == 0:
            value, place = _varint(message, place)
        else:
            if wire_type == 2:
                length, place = _varint(message, place)
            elif wire_type in (1, 5):
                length = 8 if wire_type == 1 else 4
            else:
                raise ValueError("wire type %d" % wire_type)
            value = message[place : place + length]
            if len(value) < length:
                raise ValueError("cut off")
            place += length
        found.append((tag >> 3, value))
    return found


def _varint(data, place):
    """(number, the place behind it); IndexError at the end of the data."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
