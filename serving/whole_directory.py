# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Directories that get their names when they are complete: versions of a model, which servers watch for."""

import contextlib
import os
import shutil

from program.errors import DataError

_TEMPORARY = ".tmp"


@contextlib.contextmanager
def whole_directory(path):
    """The name `<path>.tmp`, to be created in the block; it becomes `path` when the block ends without an exception.

    Servers watch for names that are numbers: they see a version when it is complete and on the disk. On an exception it is
    removed; what a killed program left is removed here. The caller holds the lock of the directory that has the versions.

    Args:
      path: str, does not exist; its directory does.

    Raises:
      DataError: it cannot be written.
    """
    directory = os.path.dirname(os.path.abspath(path))
    for name in os.listdir(directory):
        if name.endswith(_TEMPORARY) and name[: -len(_TEMPORARY)].isdigit():
            shutil.rmtree(os.path.join(directory, name))
    temporary = path + _TEMPORARY
    try:
        yield temporary
        for folder, _, names in os.walk(temporary):
            for name in names + ["."]:
                flush(os.path.join(folder, name))
        os.rename(temporary, path)
        flush(directory)
    except OSError as error:
        if error.filename is not None and not str(error.filename).startswith(temporary):
            raise  # of another file that the block uses
        raise DataError("%s: cannot be written (%s)" % (path, error.strerror or error))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def flush(path):
    """Waits until a file or a directory is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
