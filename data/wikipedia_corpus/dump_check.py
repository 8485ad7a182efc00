# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Compares a dump with what its site publishes about it, where that lies beside it: the list of checksums
(enwiki-20240101-sha1sums.txt, or md5sums) and the index of a multistream dump (…-multistream-index.txt.bz2)."""

import bz2
import os
import re

from program.errors import DataError
from program.files import digest

_NAME = re.compile(r"^(?P<wiki>[a-z0-9_]+)-(?P<date>\d{8}|latest)-(?P<rest>.+)$")


def compare_digest(path):
    """Checks the file against the checksums beside it, if there are any.

    Raises:
        DataError: the checksum is another one.
    """
    found = _published_digest(path)
    if found is None:
        return
    algorithm, published, source = found
    if digest(path, algorithm) != published:
        raise DataError(
            "%s: damaged: its %s is not the one in %s; download the file again"
            % (path, algorithm, source)
        )


def _published_digest(path):
    """(algorithm, digest, path of the list) or None."""
    folder, name = os.path.split(path)
    match = _NAME.match(name)
    lists = [(algorithm, name + "." + algorithm) for algorithm in ("sha1", "md5")]
    pattern = re.escape(name)
    if match:
        start = "%s-%s-" % (match.group("wiki"), match.group("date"))
        lists += [(algorithm, start + algorithm + "sums.txt") for algorithm in ("sha1", "md5")]
        # The lists of "latest" have file names with the date.
        date = r"\d{8}" if match.group("date") == "latest" else match.group("date")
        pattern = "(?:%s|%s-%s-%s)" % (
            pattern,
            match.group("wiki"),
            date,
            re.escape(match.group("rest")),
        )
    for algorithm, list_name in lists:
        source = os.path.join(folder, list_name)
        try:
            with open(source, encoding="utf-8", errors="replace") as lines:
                listed = lines.read()
        except OSError:
            continue
        line = re.search(r"^([0-9a-f]{32,40})\s+\*?%s\s*$" % pattern, listed, re.MULTILINE)
        if line:
            return algorithm, line.group(1), source
    return None


def compare_index(path, offsets):
    """Checks that the bz2 streams of the file are those that the index beside a multistream dump lists.

    Args:
        offsets: list of int, where streams begin (dump.stream_offsets).

    Raises:
        DataError: one is missing or not listed, or the index cannot be read.
    """
    source = re.sub(r"\.xml\.bz2$", "-index.txt.bz2", path)
    if source == path or not os.path.exists(source):
        return
    known, left = set(offsets), set(offsets[1:-1])  # the first and the last stream hold no pages
    for offset, title in _first_pages(source):
        left.discard(offset)
        if offset not in known:
            raise DataError(
                "%s: damaged or truncated: no bz2 stream at byte %d, where %s lists one, with page %r; download the file again"
                % (path, offset, source, title)
            )
    if left:
        raise DataError(
            "%s: damaged, or not the dump of %s: that lists no bz2 stream at byte %d; download both again"
            % (path, source, min(left))
        )


def _first_pages(source):
    """Yields (offset, title of the first page) of the streams that an index lists."""
    before = None
    try:
        with bz2.open(source, "rb") as index:
            for line in index:
                offset, unused_id, title = line.rstrip(b"\n").split(b":", 2)
                if offset != before:
                    before = offset
                    yield int(offset), title.decode("utf-8", "replace")
    except (OSError, EOFError, ValueError) as error:
        raise DataError(
            "%s: not a readable index of the dump (%s); download it again or remove it"
            % (source, error)
        )
