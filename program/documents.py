# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The text format of all programs: UTF-8, one sentence a line, a blank line after each document; plain, .gz or .bz2.

A line ends with \\n, \\r\\n or \\r. It is blank if str.strip leaves nothing of it: a line of no-break or ideographic
spaces ends a document, too.
"""

import bz2
import gzip
import os
import zlib

from program.files import DataError

ENDINGS = (".txt", ".gz", ".bz2")


def joined(lines):
    """The lines (str) of a document as they stand in a file, with the blank line after them."""
    return "\n".join(lines) + "\n\n"


def documents(paths, largest_bytes=None, on_cut=None):
    """Yields the documents of files, in order. A file ends its last document.

    Args:
        paths: list of str.
        largest_bytes: int; a document with more text than this is cut, after a line, and goes on as another one. None:
            never.
        on_cut: function of a path, called for each such cut; or None.

    Yields:
        (list of lines in bytes, stripped of white space and none empty; bytes read of all files so far, as they are on
        disk). Bytes that are not UTF-8 are passed on.

    Raises:
        DataError: a file cannot be read.
    """
    before = 0
    for path in paths:
        lines, size = [], 0
        for line, offset in _lines(path):
            if line:
                lines.append(line)
                size += len(line)
            is_cut = bool(line) and largest_bytes is not None and size >= largest_bytes
            if lines and (not line or is_cut):
                if is_cut and on_cut is not None:
                    on_cut(path)
                yield lines, before + offset
                lines, size = [], 0
        before += os.path.getsize(path)
        if lines:
            yield lines, before


def _lines(path):
    """Yields (stripped line in bytes, position in the file as it is on disk)."""
    try:
        with open(path, "rb") as raw:
            if path.endswith(".gz"):
                source = gzip.GzipFile(fileobj=raw)
            elif path.endswith(".bz2"):
                source = bz2.BZ2File(raw)
            else:
                source = raw
            # Counted for plain files: asking each line's position would cost more than reading it.
            position = 0
            for line in source:
                position = position + len(line) if source is raw else raw.tell()
                line = line.strip()
                if b"\r" in line:
                    for part in line.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
                        yield _stripped(part), position
                else:
                    yield _stripped(line), position
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            "%s: cannot be read (%s)" % (path, getattr(error, "strerror", None) or error)
        )


def _stripped(line):
    """A line in bytes without what str.strip takes for white space at its ends."""
    line = line.strip()
    if line and not (32 < line[0] < 128 and 32 < line[-1] < 128):
        text = line.decode("utf-8", "surrogateescape")
        line = text.strip().encode("utf-8", "surrogateescape")
    return line
