# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Gives all ranks the files that each has made a part of. Ranks need not share a file system."""

import os

import numpy as np

from program.files import whole_file

OWN = ".own"  # ending of the name of a rank's own part
_PIECE = 8 << 20


def gather_file(runtime, path):
    """Writes, on every rank, a file that is all ranks' `path + OWN`, one after the other by rank; these are removed.

    All ranks must call this.

    Args:
      runtime: a runtime.
      path: str, on this rank.

    Raises:
      DataError: the file cannot be written.
    """
    _gather(runtime, path, path + OWN)
    os.remove(path + OWN)


def give_file(runtime, path):
    """Writes, on every rank, the file that the first rank has at `path`.

    All ranks must call this.

    Args, Raises: as in gather_file.
    """
    _gather(runtime, path, path if runtime.is_chief else os.devnull)


def _gather(runtime, path, own):
    sizes = runtime.gather(os.path.getsize(own))
    begins = np.cumsum([0] + sizes)
    with whole_file(path, "wb") as output, open(own, "rb") as part:
        for done in range(0, max(sizes), _PIECE):
            for begin, piece in zip(begins.tolist(), runtime.gather_bytes(part.read(_PIECE))):
                if piece:
                    output.seek(begin + done)
                    output.write(piece)
