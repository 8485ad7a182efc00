# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where the records of a file are: how many there are, and the byte at which every 256th begins.

A manifest (program/records/files.py) says so, so that nothing is read. A file without one is read once, frame by frame, and
what was found is kept beside it as `<file>.index.json`, or in another directory where it cannot be.
"""

import functools
import hashlib
import os
import struct
from collections import namedtuple

import numpy as np

from program import manifests
from program.errors import DataError
from program.records.decoding import FOOTER_BYTES, HEADER_BYTES, RecordError
from program.records.encoding import masked_crc32c

RECORDS_PER_BLOCK = 256
_READ_AT_ONCE = 1 << 20
_MANIFEST_ENDING = ".json"
_INDEX_ENDING = ".index.json"
_NOT_WORTH_KEEPING = 64 << 20  # bytes that are read in a moment

# path: str. records: int, how many. starts: int64 [blocks + 1], the byte at which each block of RECORDS_PER_BLOCK records
# (the last may be shorter) begins, and the size of the file.
FileIndex = namedtuple("FileIndex", "path records starts")


def index_files(paths, spare_dir=None, on_read=None):
    """The FileIndex of each file.

    Args:
        paths: list of str. Links to one file are read once.
        spare_dir: directory for what was found in files whose own directory is read-only; None: it is not kept.
        on_read: function of (number of files, their bytes), called before files without a manifest are read.

    Raises:
        RecordError: a file is missing, unreadable, damaged or cut off, or holds another number of records than its manifest says.
    """
    found, unknown = {}, {}
    for path in paths:
        known = _of_manifest(path)
        if known is None:
            unknown.setdefault(_identity(path), []).append(path)
        else:
            found[path] = known
    for identity, names in list(unknown.items()):
        known = _of_kept_index(names[0], identity, spare_dir)
        if known is not None:
            found.update((name, known._replace(path=name)) for name in names)
            del unknown[identity]
    sizes = [identity.size for identity in unknown]
    if unknown and on_read is not None:
        on_read(len(unknown), sum(sizes))
    for identity, names in unknown.items():
        known = scan(names[0])
        found.update((name, known._replace(path=name)) for name in names)
        if sum(sizes) >= _NOT_WORTH_KEEPING:
            _keep(known, identity, spare_dir)
    for path in paths:
        _check_promise(path, found[path])
    return [found[path] for path in paths]


# What tells files apart, and a file from what it was.
_Identity = namedtuple("_Identity", "device inode size modified_ns")


def _identity(path):
    try:
        status = os.stat(path)
    except OSError as error:
        raise RecordError("%s: cannot be read (%s)" % (path, error.strerror or error))
    return _Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _of_manifest(path):
    content = manifests.read(path + _MANIFEST_ENDING)
    return _from_blocks(path, content, _identity(path).size) if "block_bytes" in content else None


def _check_promise(path, known):
    """Compares the number of records with a manifest that does not say where they are (files.check_size compares bytes)."""
    promised = manifests.read(path + _MANIFEST_ENDING).get("records")
    if isinstance(promised, int) and promised != known.records:
        raise RecordError(
            "%s: holds %d records, but %s says %d: the file is cut off or was replaced: make it again, or remove the "
            "manifest" % (path, known.records, path + _MANIFEST_ENDING, promised)
        )


def _from_blocks(path, content, size):
    """The FileIndex in a manifest or a kept index; None if it does not belong to a file of this size."""
    try:
        records, blocks = int(content["records"]), content["block_bytes"].split()
        starts = np.cumsum([0] + [int(block) for block in blocks], dtype=np.int64)
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError):
        return None
    blocks_needed = -(-records // RECORDS_PER_BLOCK)
    if len(blocks) != blocks_needed or starts[-1] != size or (np.diff(starts) <= 0).any():
        return None
    return FileIndex(path, records, starts)


def block_bytes(sizes):
    """The text by which manifests and kept indices give the bytes of each block. `sizes`: list of int."""
    return " ".join(map(str, sizes))


def _kept_at(path, spare_dir):
    """Paths of a kept index: beside the file that a link leads to, and in spare_dir."""
    real = os.path.realpath(path)
    places = [real + _INDEX_ENDING]
    if spare_dir is not None:
        name = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
        places.append(os.path.join(spare_dir, name + _INDEX_ENDING))
    return places


def _of_kept_index(path, identity, spare_dir):
    for place in _kept_at(path, spare_dir):
        content = manifests.read(place)
        if content.get("modified_ns") == identity.modified_ns:
            known = _from_blocks(path, content, identity.size)
            if known is not None:
                return known
    return None


def _keep(known, identity, spare_dir):
    content = {
        "records": known.records,
        "modified_ns": identity.modified_ns,
        "block_bytes": block_bytes(np.diff(known.starts).tolist()),
    }
    for place in _kept_at(known.path, spare_dir):
        try:
            manifests.write(place, content)
            return
        except (
            DataError
        ):  # read-only, or full: the next place, or the next run reads the file again
            continue


def scan(path):
    """The FileIndex of a file from its frames; only their 12 bytes are looked at, checksums of the records are not.

    Raises:
        RecordError: the file is missing, unreadable, cut off, or a length does not match its checksum.
    """
    try:
        with open(path, "rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            starts, records = _scan_frames(stream, size)
    except RecordError as error:
        reason = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        return FileIndex(path, records, np.array(starts + [size], np.int64))
    raise RecordError("%s: cannot be read (%s): not a TFRecord file, or damaged" % (path, reason))


def _scan_frames(stream, size):
    """(byte of every RECORDS_PER_BLOCK-th frame, number of frames)."""
    starts, records, place = [], 0, 0
    chunk, chunk_place = b"", 0
    while place < size:
        if place + HEADER_BYTES > chunk_place + len(chunk):
            stream.seek(place)
            chunk, chunk_place = stream.read(_READ_AT_ONCE), place
        offset = place - chunk_place
        length = frame_length(chunk[offset : offset + HEADER_BYTES])
        if length is None:
            what = "cut off" if size - place < HEADER_BYTES else "damaged"
            raise RecordError("record %d is %s, at byte %d" % (records, what, place))
        if records % RECORDS_PER_BLOCK == 0:
            starts.append(place)
        records += 1
        place += length
    if place > size:
        raise RecordError("record %d is cut off" % (records - 1))
    return starts, records


@functools.lru_cache(maxsize=1 << 16)  # the records of a file have few different lengths
def frame_length(head):
    """Bytes of the whole frame whose first 12 bytes are `head`; None if they are no head of a frame."""
    if len(head) < HEADER_BYTES:
        return None
    if struct.pack("<I", int(masked_crc32c([head[:8]])[0])) != head[8:]:
        return None
    return struct.unpack("<Q", head[:8])[0] + HEADER_BYTES + FOOTER_BYTES
