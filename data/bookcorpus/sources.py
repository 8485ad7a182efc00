# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads books from a directory, a .zip or a .tar(.gz/.bz2/.xz), one after the other; archives are not unpacked."""

import lzma
import os
import tarfile
import zipfile
import zlib

from program.errors import DataError
from program.files import require_regular

# How .zip, .gz, .bz2 and .xz files begin.
_MAGICS = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


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
    elif _is_tar(path):
        reader = _tar
    else:
        raise DataError(_not_an_archive(path))
    try:
        for name, content in reader(path):
            yield name, content
    except (
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        tarfile.TarError,
    ) as error:
        raise DataError("%s: damaged, or cannot be read (%s)" % (path, error))


def _is_tar(path):
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return False  # cut off before its first file


def _not_an_archive(path):
    """Why a file is refused: the beginning of an archive says that the rest is missing."""
    with open(path, "rb") as source:
        start = source.read(6)
    if any(start.startswith(magic) for magic in _MAGICS):
        return "%s: truncated or damaged archive; download or copy it again" % path
    return "%s: neither a directory nor a .zip or .tar.gz archive of .txt books" % path


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
        require_regular(os.path.join(path, name))
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
        # tarfile takes a cut between two files, or within a file's header, for the end.
        archive.fileobj.seek(archive.offset)
        if archive.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
            raise tarfile.ReadError("the end of the archive is missing")
