# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The text format of all programs: UTF-8, one sentence a line, a blank line after each document; plain, .gz or .bz2.

A line ends with \\n, \\r\\n or \\r. It is blank if str.strip leaves nothing of it: a line of no-break or ideographic
spaces ends a document, too. A byte order mark at the beginning of a file is no text. UTF-16 is refused.
"""

import bz2
import codecs
import gzip
import os
import zlib

from program.files import DataError

ENDINGS = (".txt", ".gz", ".bz2")

_HEAD_BYTES = 4096  # tell the encoding of a file


def joined(lines):
    """The lines (str) of a document as they stand in a file, with the blank line after them."""
    return "\n".join(lines) + "\n\n"


def documents(paths, largest_bytes=None, on_cut=None):
    """Yields the documents of files, in order. A file ends its last document.

    Args:
        paths: list of str.
        largest_bytes: int; a document with more text than this is cut, after a line, and goes on as another one. None:
            never.
        on_cut: function of a path, called for each such cut, when the document goes on; or None.

    Yields:
        (list of lines in bytes, stripped of white space and none empty; bytes read of all files so far, as they are on
        disk). Bytes that are not UTF-8 are passed on.

    Raises:
        DataError: a file cannot be read, or is UTF-16.
    """
    before = 0
    for path in paths:
        lines, size, is_cut = [], 0, False
        for line, offset in _lines(path):
            if line:
                if is_cut and on_cut is not None:
                    on_cut(path)
                lines.append(line)
                size += len(line)
            is_cut = bool(line) and largest_bytes is not None and size >= largest_bytes
            if lines and (not line or is_cut):
                yield lines, before + offset
                lines, size = [], 0
        before += os.path.getsize(path)
        if lines:
            yield lines, before


def wide_encoding(head):
    """The encoding of a text if it is UTF-16 or UTF-32, as iconv names it; None for all others.

    NUL bytes tell it, if there are many of them, or some in what is not UTF-8: UTF-8 text has at most a stray one. A byte
    order mark alone does not, since it may be damage; but one before bytes of which many are not UTF-8.

    Args:
        head: bytes, the beginning of the text; some thousand are enough.
    """
    is_marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    zeros, broken = head.count(b"\0"), _bytes_not_utf8(head)
    if 4 * zeros > 2 * len(head):
        name = "UTF-32" if is_marked else "UTF-32LE" if head[:1] != b"\0" else "UTF-32BE"
    elif is_marked and (zeros or broken > max(10, len(head) // 10)):
        name = "UTF-16"
    elif 5 * zeros > len(head) or zeros and broken:
        name = max(
            ("UTF-16LE", "UTF-16BE"), key=lambda order: _ascii_in(head.decode(order, "ignore"))
        )
    else:
        name = None
    return name


def _ascii_in(text):
    """(line ends and blanks, ASCII characters): many in the right byte order. Some ideographs are ASCII in the wrong one."""
    return sum(char in "\n\r " for char in text), sum(char < "\x7f" for char in text)


def _bytes_not_utf8(head):
    """How many bytes are not UTF-8, but for a character that is cut off at the end."""
    decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return len(head) - len(decode(head, True).encode("utf-8"))
    return 0


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
            wide = wide_encoding(source.peek(_HEAD_BYTES)[:_HEAD_BYTES])
            if wide:
                raise DataError(
                    "%s: is %s, not UTF-8: convert it (iconv -f %s -t UTF-8)" % (path, wide, wide)
                )
            # Counted for plain files: asking each line's position would cost more than reading it.
            position = 0
            for number, line in enumerate(source):
                position = position + len(line) if source is raw else raw.tell()
                if not number and line.startswith(codecs.BOM_UTF8):
                    line = line[len(codecs.BOM_UTF8) :]
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
