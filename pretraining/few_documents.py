# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Files with one document: the files after them lend theirs, to draw random next sentences from.

What is lent depends on the list of files alone, so parts of a job and any number of workers agree.
"""

import os
import re
from collections import namedtuple

from pretraining import blocks

# documents: list of lists of lines (bytes). paths: the files that they are from.
Loan = namedtuple("Loan", "documents paths")
ENOUGH = 2


def count_documents(path, has_tokens):
    """How many documents of a file have a line for which has_tokens(line in bytes) is true, counted up to ENOUGH.

    Raises:
        DataError: the file cannot be read.
    """
    count = 0
    for _ in _documents(path, has_tokens):
        count += 1
        if count == ENOUGH:
            break
    return count


def loan(paths, number, has_tokens):
    """What the other files lend to paths[number]: documents of the files after it, the first file after the last.

    As many as make a block: 16 documents or a megabyte, whichever comes first. Files of other names (but for digits) lend
    only if those of the same name cannot: training_* shards do not borrow from test_* shards.

    Raises:
        DataError: a file cannot be read.
    """
    others = paths[number + 1 :] + paths[:number]
    alike = [path for path in others if _kind(path) == _kind(paths[number])]
    lent = _loan_of(alike, has_tokens)
    return lent if lent.documents else _loan_of(others, has_tokens)


def _kind(path):
    return re.sub("[0-9]+", "0", os.path.basename(path))


def _loan_of(paths, has_tokens):
    lent, size = Loan([], []), 0
    for path in paths:
        for document in _documents(path, has_tokens):
            if path not in lent.paths:
                lent.paths.append(path)
            lent.documents.append(document)
            size += sum(map(len, document))
            if len(lent.documents) >= blocks.BLOCK_DOCUMENTS or size >= blocks.BLOCK_BYTES:
                return lent
    return lent


def _documents(path, has_tokens):
    for document, _ in blocks.cut_documents([path]):
        if any(map(has_tokens, document)):
            yield document
