# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Record files that are dealt to, and the manifest beside each: both appear only when all of them are whole. No TensorFlow.

A manifest is `<name>.json`: what the records were made from, how many there are, their bytes and sha256.
"""


import contextlib
import hashlib
import itertools
import json
import os

from program import workers


@contextlib.contextmanager
def dealt_to(paths):
    """A Dealer to the files `paths`, for the length of a `with` block; what its `finish` has not named is removed."""
    temporary = [
        path + ".tmp" for path in paths
    ]  # one name, so that a rerun after kill -9 leaves nothing behind
    try:
        with contextlib.ExitStack() as stack:
            yield Dealer(paths, [stack.enter_context(open(path, "wb")) for path in temporary])
    finally:
        for path in temporary:
            if os.path.exists(path):
                os.remove(path)


class Dealer:
    """Deals framed records round-robin to open files. Made by `dealt_to`."""

    def __init__(self, paths, files):
        self._paths, self._files, self._next = paths, files, 0
        self._hashes = [hashlib.sha256() for _ in paths]
        self._counts = [0] * len(paths)

    def write(self, content, sizes):
        """Deals framed records, going on where the last call ended.

        Args:
            content: bytes, the records after each other (one object: thousands would cost more to receive than to write).
            sizes: list of int, bytes of each record.
        """
        number = len(self._paths)
        if number == 1:
            self._append(0, content, len(sizes))
            return
        ends = list(itertools.accumulate(sizes))
        records = [content[end - size : end] for end, size in zip(ends, sizes)]
        for turn in range(number):
            own = records[turn::number]
            self._append((self._next + turn) % number, b"".join(own), len(own))
        self._next = (self._next + len(sizes)) % number

    def _append(self, place, content, count):
        self._files[place].write(content)
        self._hashes[place].update(content)
        self._counts[place] += count

    def finish(self, made_from, totals):
        """Gives the files their names and writes the manifests.

        Args:
            made_from: dict, what decides the bytes; `is_finished` compares it.
            totals: dict name -> int, counts of all files together.
        """
        for output in self._files:
            output.close()
        for path, state, count in zip(self._paths, self._hashes, self._counts):
            os.replace(path + ".tmp", path)
            with workers.atomic_text(path + ".json") as manifest:
                json.dump(
                    {
                        "made_from": made_from,
                        "records": count,
                        "bytes": os.path.getsize(path),
                        "sha256": state.hexdigest(),
                        "counts_of_all_outputs": totals,
                    },
                    manifest,
                    indent=1,
                    sort_keys=True,
                )


def is_finished(path, made_from):
    """True where `path` is there, as long as its manifest says, and was made from `made_from`."""
    try:
        with open(path + ".json") as source:
            manifest = json.load(source)
        return manifest["made_from"] == made_from and manifest["bytes"] == os.path.getsize(path)
    except (OSError, ValueError, KeyError, TypeError):
        return False
