# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text files -> blocks of documents, streamed: what memory holds is one block, never the corpus.

Input: UTF-8, one sentence a line, a blank line between documents; plain, .gz or .bz2.
"""


import bz2
import glob
import gzip
import os
import zlib
from collections import namedtuple

from program.options import OptionError

# A block is the unit of work and the pool of random next sentences: large enough that these come from many documents,
# small enough that a few blocks fit into memory beside each other.
BLOCK_BYTES = 1 << 20
BLOCK_DOCUMENTS = 16
# Few and long documents: a block ends earlier. A document longer than this is cut, and goes on as another one.
_LARGEST_BLOCK_BYTES = 4 << 20
_LARGEST_DOCUMENT_BYTES = 2 << 20

# documents: list of lists of lines (bytes). size: their bytes. offset: how far the files have been read, as they are on disk.
Block = namedtuple("Block", "number documents size offset")


def input_files(patterns):
    """Files named by a comma separated list of files, glob patterns and directories (whose .txt, .gz and .bz2 files count).

    Raises:
        OptionError: a pattern matches no file.
    """
    found = []
    for pattern in (piece.strip() for piece in patterns.split(",")):
        if os.path.isdir(pattern):
            names = sorted(
                os.path.join(pattern, name)
                for name in os.listdir(pattern)
                if name.endswith((".txt", ".gz", ".bz2"))
            )
        elif os.path.exists(pattern):
            names = [pattern]
        else:
            names = sorted(path for path in glob.glob(pattern) if os.path.isfile(path))
        if pattern and not names:
            raise OptionError("--input_file: '%s' matches no text file" % pattern)
        found.extend(name for name in names if name not in found)
    if not found:
        raise OptionError("--input_file names no file")
    return found


def blocks(paths, warn):
    """Yields Block after Block of the documents of `paths`, in order.

    Every block but the only one of a small corpus has at least BLOCK_DOCUMENTS documents, unless they are very long.

    Args:
        paths: list of str.
        warn: function of a str, called for what is left out.

    Raises:
        OptionError: a file cannot be read, or there are fewer than two documents.
    """
    number, held, documents, size, offset = 0, None, [], 0, 0
    for document, offset in _documents(paths, warn):
        documents.append(document)
        size += sum(map(len, document))
        if (
            size >= BLOCK_BYTES
            and len(documents) >= BLOCK_DOCUMENTS
            or size >= _LARGEST_BLOCK_BYTES
            and len(documents) > 1
        ):
            if held is not None:
                yield Block(number, held, _size(held), offset)
                number += 1
            held, documents, size = documents, [], 0
    # What is left at the end may be too few to draw from: they join the block before.
    if held is not None and documents and len(documents) < BLOCK_DOCUMENTS:
        held, documents = held + documents, []
    for last in (held, documents):
        if last:
            if len(last) < 2:
                raise OptionError(
                    "--input_file: %s: one document only, so there is none to draw random next sentences from; put a "
                    "blank line between documents" % ",".join(paths)
                )
            yield Block(number, last, _size(last), offset)
            number += 1
    if not number:
        raise OptionError("--input_file: %s: no text" % ",".join(paths))


def _size(documents):
    return sum(len(line) for lines in documents for line in lines)


def _documents(paths, warn):
    """Yields (list of non-empty lines in bytes, bytes read of all files so far)."""
    before = 0
    for path in paths:
        lines, size = [], 0
        for line, offset in _lines(path):
            line = line.strip()
            if line:
                lines.append(line)
                size += len(line)
            if lines and (not line or size >= _LARGEST_DOCUMENT_BYTES):
                if line:
                    warn(
                        "%s: a document of more than %d bytes is cut in two: is there a blank line between documents?"
                        % (path, _LARGEST_DOCUMENT_BYTES)
                    )
                yield lines, before + offset
                lines, size = [], 0
        before += os.path.getsize(path)
        if lines:
            yield lines, before


def _lines(path):
    """Yields (line in bytes, position in the file as it is on disk)."""
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
                yield line, position
    except (OSError, EOFError, zlib.error) as error:
        raise OptionError(
            "--input_file: %s: cannot be read (%s)"
            % (path, getattr(error, "strerror", None) or error)
        )
