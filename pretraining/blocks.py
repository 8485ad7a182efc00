# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text files -> blocks of documents, streamed: what memory holds is one block, never the corpus."""

from collections import namedtuple

from program import documents
from program.errors import DataError
from program.files import comma_separated, expand

# A block is the unit of work and the pool of random next sentences: large enough that these come from many documents,
# small enough that a few blocks fit into memory beside each other.
BLOCK_BYTES = 1 << 20
BLOCK_DOCUMENTS = 16
# Few and long documents: a block ends earlier. A document longer than this is cut, and goes on as another one.
_LARGEST_BLOCK_BYTES = 4 << 20
_LARGEST_DOCUMENT_BYTES = 2 << 20

# documents: list of lists of lines (bytes). size: their bytes. offset: how far the files have been read, as they are on disk.
# borrowed: documents of other files, only to draw random next sentences from.
Block = namedtuple("Block", "number documents size offset borrowed")


def input_files(patterns):
    """The files of a comma separated list of files, glob patterns and folders (whose .txt, .gz and .bz2 files count).

    Raises:
        DataError: a pattern matches no file.
    """
    return expand("--input_file", comma_separated(patterns), documents.ENDINGS)


def cut_documents(paths, on_cut=None):
    """As documents.documents, with the limit that makes one document two."""
    return documents.documents(paths, _LARGEST_DOCUMENT_BYTES, on_cut)


def blocks(paths, warn, borrowed=()):
    """Yields Block after Block of the documents of `paths`, in order.

    Every block but the only one of a small corpus has at least BLOCK_DOCUMENTS documents, unless they are very long.

    Args:
        paths: list of str.
        warn: function of a str, called once for each file with a document that is split.
        borrowed: documents of other files, for `paths` with one document only.

    Raises:
        DataError: a file cannot be read, or there are fewer than two documents, and none borrowed.
    """
    cut = set()

    def on_cut(path):
        if path not in cut:
            warn(
                "%s: documents longer than %d bytes are split: is there a blank line between documents?"
                % (path, _LARGEST_DOCUMENT_BYTES)
            )
        cut.add(path)

    number, held, gathered, size, offset = 0, None, [], 0, 0
    for document, offset in cut_documents(paths, on_cut):
        gathered.append(document)
        size += sum(map(len, document))
        if (
            size >= BLOCK_BYTES
            and len(gathered) >= BLOCK_DOCUMENTS
            or size >= _LARGEST_BLOCK_BYTES
            and len(gathered) > 1
        ):
            if held is not None:
                yield Block(number, held, _size(held), offset, borrowed)
                number += 1
            held, gathered, size = gathered, [], 0
    # What is left at the end may be too few to draw from: they join the block before.
    if held is not None and gathered and len(gathered) < BLOCK_DOCUMENTS:
        held, gathered = held + gathered, []
    for last in (held, gathered):
        if last:
            if len(last) < 2 and not borrowed:
                raise DataError(
                    "--input_file: %s: one document only, but random next sentences come from another one: put a "
                    "blank line between documents (if each line is a document: sed G)"
                    % ",".join(paths)
                )
            yield Block(number, last, _size(last), offset, borrowed)
            number += 1
    if not number:
        raise DataError("--input_file: %s: no text" % ",".join(paths))


def _size(documents):
    return sum(len(line) for lines in documents for line in lines)
