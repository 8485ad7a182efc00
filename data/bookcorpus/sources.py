# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads books from a directory, a .zip or a .tar(.gz/.bz2/.xz), one after the other; archives are not unpacked."""

import os
import tarfile
import zipfile
import zlib

from program.errors import DataError


def books(path):
    """Yields (name, content in bytes) of every .txt file: a folder's in the order of their names, an archive's in its own.

    The order is the same at every call, which is what numbers the books.

    Raises:
        DataError: no such file, neither a folder nor an archive, or a damaged archive.
    """
    if os.path.isdir(path):
        reader = _folder
    elif not os.path.exists(path):
        raise DataError(
            "%s: no such directory or archive; pass a directory of .txt books, or a .zip or .tar.gz of them"
            % path
        )
    elif zipfile.is_zipfile(path):
        reader = _zip
    elif tarfile.is_tarfile(path):
        reader = _tar
    else:
        raise DataError(
            "%s: neither a directory nor a .zip or .tar.gz archive of .txt books" % path
        )
    try:
        for name, content in reader(path):
            yield name, content
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise DataError("%s: damaged, or cannot be read (%s)" % (path, error))


def _is_book(name):
    base = os.path.basename(name)
    # macOS puts a resource fork '._book.txt' beside every file of an archive.
    return base.lower().endswith(".txt") and not base.startswith("._")


def _folder(path):
    found = []
    for folder, unused_folders, files in os.walk(path):
        found.extend(
            os.path.relpath(os.path.join(folder, name), path) for name in files if _is_book(name)
        )
    for name in sorted(found):
        with open(os.path.join(path, name), "rb") as source:
            yield name, source.read()


def _zip(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if _is_book(name):
                yield name, archive.read(name)


def _tar(path):
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and _is_book(member.name):
                yield member.name, archive.extractfile(member).read()
