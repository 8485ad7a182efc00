# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Unpacks .zip and .tar files (plain, gzip, bzip2, xz) below a folder and nowhere else.

Only directories and regular files are written, with the permissions of new files. Links and devices are refused.
"""

import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from urllib.parse import unquote, urlsplit

from program.errors import DataError, few
from program.files import human

# What a flipped or missing byte can look like: a wrong sum, a broken stream, an unknown method, a password.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
# How archives begin; a tar has its mark at byte 257.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_TAR_MARK, _TAR_PLACE = b"ustar", 257
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--")
ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar")


class Damaged(DataError):
    """A file that is no archive, is damaged, or has a member that must not be written."""


def is_archive(name):
    """Whether a file name ends as those of archives do."""
    return name.lower().endswith(ENDINGS)


def without_ending(name):
    """A file name without the ending of an archive: "a.tar.gz" -> "a"."""
    return next((name[: -len(end)] for end in ENDINGS if name.lower().endswith(end)), name)


def file_name(path_or_url):
    """The name of a file at a path or a URL."""
    if "://" in path_or_url:
        path_or_url = unquote(urlsplit(path_or_url).path)
    return path_or_url.rstrip("/").rsplit("/", 1)[-1]


def unpack(archive, folder):
    """Unpacks an archive below `folder`, which is made.

    Raises:
        Damaged: see there. `folder` may then hold a part of the members.
        DataError: the disk is too small.
    """
    kind = _kind(archive)
    try:
        if kind == "zip":
            with zipfile.ZipFile(archive) as opened:
                _write(
                    archive,
                    [
                        (m.filename, m.filename.endswith("/"), m.file_size, m)
                        for m in opened.infolist()
                    ],
                    folder,
                    opened.open,
                )
        else:
            with tarfile.open(archive) as opened:
                members = opened.getmembers()
                _refuse_links(archive, members)
                _write(
                    archive,
                    [(m.name, m.isdir(), m.size, m) for m in members],
                    folder,
                    opened.extractfile,
                )
                # The checksum of a compressed stream stands at its end, behind the last member.
                while opened.fileobj.read(1 << 20):
                    pass
    except _DAMAGE as error:
        if "password" in str(error):
            raise Damaged("%s: needs a password" % archive)
        raise Damaged("%s: damaged or cut off (%s)" % (archive, error))
    except OSError as error:
        # gzip and bz2 say so of a broken stream, without a number.
        if error.errno is not None:
            raise
        raise Damaged("%s: damaged or cut off (%s)" % (archive, error))


def _kind(path):
    """The kind of an archive by its first bytes: "zip" or "tar".

    Raises:
        Damaged: neither; says what it looks like.
    """
    with open(path, "rb") as source:
        head = source.read(512)
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_COMPRESSED) or head[_TAR_PLACE:].startswith(_TAR_MARK):
        return "tar"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        what = "it is empty"
    elif text.startswith(_PAGE):
        what = (
            "it is a web page, perhaps one that asks for a login or a confirmation: download the archive with a "
            "browser and run python -m data.pretrained_models_google.download --archive FILE"
        )
    elif text.startswith(b"version https://git-lfs"):
        what = "it is a Git LFS pointer: use the address of the file itself"
    else:
        what = "it is neither a .zip nor a .tar file"
    raise Damaged("%s: not an archive: %s" % (path, what))


def _refuse_links(archive, members):
    others = [m.name for m in members if not (m.isfile() or m.isdir())]
    if others:
        raise Damaged("%s: members are links or devices: %s" % (archive, few(others)))


def _write(archive, members, folder, open_member):
    """Writes the members (name, is a directory, bytes, handle of `open_member`), after all have been checked."""
    base = os.path.realpath(folder)
    targets = []
    for name, is_folder, size, handle in members:
        target = _target(base, name)
        if target is None:
            raise Damaged("%s: member %r would be written outside %s" % (archive, name, folder))
        targets.append((target, is_folder, size, handle))
    os.makedirs(base, exist_ok=True)
    needed, free = sum(size for _, _, size, _ in targets), shutil.disk_usage(base).free
    if needed > free:
        raise DataError(
            "%s: needs %s of disk space below %s, only %s free"
            % (archive, human(needed), folder, human(free))
        )
    for target, is_folder, size, handle in targets:
        if is_folder:
            os.makedirs(target, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open_member(handle) as source, open(target, "wb") as output:
            shutil.copyfileobj(source, output, 1 << 20)
        if os.path.getsize(target) != size:
            raise Damaged("%s: member %r is cut off" % (archive, handle))


def _target(base, name):
    """Where a member is written; None outside `base`. A backslash separates folders, too: archives of Windows."""
    parts = name.replace("\\", "/")
    if "\0" in parts or parts.startswith("/") or parts[1:2] == ":":
        return None
    target = os.path.realpath(os.path.join(base, parts))
    return target if target == base or target.startswith(base + os.sep) else None
