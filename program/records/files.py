# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Record files that records are dealt to, and the manifest beside each; they appear only when all files are whole.

A manifest is `<name>.json`: what the records were made from, how many there are, their bytes and sha256, and the bytes of
each block of records (program/records/index.py), so that any record is found without reading those before it.
"""

import contextlib
import hashlib
import itertools
import os

from program import manifests
from program.files import whole_files
from program.records.decoding import RecordError
from program.records.index import RECORDS_PER_BLOCK, block_bytes

_ENDING = ".json"
_OF_A_MANIFEST = {"made_from", "records", "sha256", "bytes"}


@contextlib.contextmanager
def dealt_to(paths, made_from, totals):
    """A Dealer to the files `paths`, for the length of a `with` block; an exception in it leaves no file.

    Args:
        made_from: dict, what decides the bytes; `is_finished` compares it.
        totals: dict name -> int, counts of all files together, as they are when the block ends.

    Raises:
        DataError: a file cannot be written.
    """
    with whole_files(paths, "wb") as outputs:
        dealer = Dealer(outputs)
        yield dealer
        for path in paths:  # an earlier manifest must not vouch for the new file
            manifests.remove(path + _ENDING)
    for path, content in zip(paths, dealer.written()):
        manifests.write(
            path + _ENDING, dict(content, made_from=made_from, counts_of_all_outputs=totals)
        )


class Dealer:
    """Deals framed records round-robin to open files. Made by `dealt_to`."""

    def __init__(self, outputs):
        self._outputs, self._next = outputs, 0
        self._hashes = [hashlib.sha256() for _ in outputs]
        self._counts = [0] * len(outputs)
        self._blocks = [[] for _ in outputs]  # bytes of each block of records

    def write(self, content, sizes):
        """Deals framed records, going on where the last call ended.

        Args:
            content: bytes, the records after each other (one object: thousands would cost more to receive than to write).
            sizes: list of int, bytes of each record.
        """
        number = len(self._outputs)
        if number == 1:
            self._append(0, content, sizes)
            return
        ends = list(itertools.accumulate(sizes))
        records = [content[end - size : end] for end, size in zip(ends, sizes)]
        for turn in range(number):
            self._append(
                (self._next + turn) % number, b"".join(records[turn::number]), sizes[turn::number]
            )
        self._next = (self._next + len(sizes)) % number

    def _append(self, place, content, sizes):
        self._outputs[place].write(content)
        self._hashes[place].update(content)
        blocks = self._blocks[place]
        for size in sizes:
            if self._counts[place] % RECORDS_PER_BLOCK == 0:
                blocks.append(0)
            blocks[-1] += size
            self._counts[place] += 1

    def written(self):
        """What is in each file: list of dicts of records, bytes, sha256, block_bytes."""
        return [
            {
                "records": count,
                "bytes": sum(blocks),
                "sha256": state.hexdigest(),
                "block_bytes": block_bytes(blocks),
            }
            for count, blocks, state in zip(self._counts, self._blocks, self._hashes)
        ]


def is_finished(path, made_from):
    """True where `path` is there, as long as its manifest says, and was made from `made_from`."""
    manifest = manifests.read(path + _ENDING)
    return (
        manifest.get("made_from") == made_from
        and os.path.isfile(path)
        and manifest.get("bytes") == os.path.getsize(path)
    )


def check_size(path):
    """Compares the size of a file with its manifest, if it has one: a file that is cut off between two records looks whole.

    Raises:
        RecordError: it is not as long as the manifest says, or the manifest is damaged.
    """
    if not os.path.isfile(path) or not os.path.exists(path + _ENDING):
        return
    promised = manifests.read(path + _ENDING)
    if promised and not _OF_A_MANIFEST & set(promised):
        return  # a file of the user
    if type(promised.get("bytes")) is not int:
        raise RecordError(
            '%s: not a manifest of records, or damaged (it has no "bytes"): make the records again, or remove it'
            % (path + _ENDING)
        )
    size = os.path.getsize(path)
    if size != promised["bytes"]:
        raise RecordError(
            "%s: holds %d bytes, but %s says %d: the file is cut off or was replaced: make it again, or remove the manifest"
            % (path, size, path + _ENDING, promised["bytes"])
        )
