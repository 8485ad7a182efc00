# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""data/archives.py: every kind of archive, every kind of damage, members that reach outside."""

import io
import os
import tarfile
import zipfile

import pytest

from data import archives
from program.errors import DataError

FILES = {"top.txt": b"top" * 1000, "folder/inner/file.bin": bytes(bytearray(range(256))) * 64}
ENDINGS = [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"]


def pack(path, files, links=()):
    """An archive of the kind that its ending says. `links`: (name, target, hard or not), for .tar."""
    path = str(path)
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    mode = {"tar": "w", ".gz": "w:gz", "bz2": "w:bz2", ".xz": "w:xz", "tgz": "w:gz"}[path[-3:]]
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o4777
            archive.addfile(member, io.BytesIO(content))
        for name, target, hard in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = (tarfile.LNKTYPE if hard else tarfile.SYMTYPE), target
            archive.addfile(member)
    return path


def contents(folder):
    found = {}
    for base, _, names in os.walk(str(folder)):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as source:
                found[os.path.relpath(path, str(folder))] = source.read()
    return found


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("named", [True, False])
def test_every_kind_by_its_content(tmp_path, ending, named):
    path = pack(tmp_path / ("a" + ending), FILES)
    if not named:
        os.rename(path, str(tmp_path / "a"))
        path = str(tmp_path / "a")
    archives.unpack(path, str(tmp_path / "out"))
    assert contents(tmp_path / "out") == FILES
    mode = os.stat(str(tmp_path / "out" / "top.txt")).st_mode
    assert not mode & 0o7111, "permissions are those of new files"


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/evil.txt",
        "..\\evil.txt",
        "C:\\evil.txt",
        "folder/../../evil/x",
    ],
)
def test_members_outside_are_refused_before_anything_is_written(tmp_path, ending, name):
    path = pack(tmp_path / ("a" + ending), {"fine.txt": b"x", name: b"x"})
    with pytest.raises(archives.Damaged, match="evil.*would be written outside"):
        archives.unpack(path, str(tmp_path / "out" / "side"))
    assert sorted(os.listdir(str(tmp_path))) == ["a" + ending]


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("target", ["/etc/passwd", "../..", "top.txt"])
def test_links_are_refused(tmp_path, hard, target):
    path = pack(tmp_path / "a.tar.gz", FILES, [("link", target, hard)])
    with pytest.raises(archives.Damaged, match="links or devices: link"):
        archives.unpack(path, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_cut_is_found(tmp_path, ending):
    path = pack(tmp_path / ("a" + ending), {"random.bin": os.urandom(20000)})
    with open(path, "rb") as source:
        content = source.read()
    for part in (0.02, 0.3, 0.6):  # the last third of a .tar may be padding
        with open(path, "wb") as output:
            output.write(content[: int(part * len(content))])
        with pytest.raises(archives.Damaged, match="damaged or cut off|member .* is cut off"):
            archives.unpack(path, str(tmp_path / "out"))


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_flipped_byte_is_found(tmp_path, ending):
    path = pack(tmp_path / ("a" + ending), {"random.bin": os.urandom(20000)})
    with open(path, "r+b") as archive:
        archive.seek(9000)
        byte = archive.read(1)
        archive.seek(9000)
        archive.write(bytes(bytearray([ord(byte) ^ 8])))
    with pytest.raises(archives.Damaged, match="damaged or cut off"):
        archives.unpack(path, str(tmp_path / "out"))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "it is empty"),
        (b"  <!DOCTYPE html><html>sign in</html>", "a web page.*--archive"),
        (b"\xef\xbb\xbf<html>", "a web page"),
        (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\x80\x02}q\x00", "neither a .zip nor a .tar"),
        (b"{}", "neither a .zip nor a .tar"),
    ],
)
def test_what_is_no_archive(tmp_path, content, message):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(archives.Damaged, match="not an archive: .*" + message):
        archives.unpack(str(tmp_path / "a.zip"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_compressed_file_that_is_no_tar(tmp_path):
    import gzip

    with gzip.open(str(tmp_path / "vocab.txt.gz"), "wb") as output:
        output.write(b"[PAD]\n" * 500)
    with pytest.raises(archives.Damaged):
        archives.unpack(str(tmp_path / "vocab.txt.gz"), str(tmp_path / "out"))


def test_a_password_is_asked_for(tmp_path):
    path = pack(tmp_path / "a.zip", {"top.txt": b"secret"})
    with open(path, "rb") as source:
        content = bytearray(source.read())
    content[6] |= 1  # the flag in the member's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with open(path, "wb") as output:
        output.write(content)
    with pytest.raises(archives.Damaged, match="needs a password"):
        archives.unpack(path, str(tmp_path / "out"))


def test_a_disk_that_is_too_small(tmp_path, monkeypatch):
    import collections

    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda path: usage(9, 9, 1000))
    with pytest.raises(DataError, match="needs .* of disk space below .*only 1 kB free"):
        archives.unpack(pack(tmp_path / "a.zip", FILES), str(tmp_path / "out"))
    assert contents(tmp_path / "out") == {}


def test_names_and_endings():
    for ending in archives.ENDINGS:
        assert archives.is_archive("A" + ending.upper())
        assert archives.without_ending("model.v1.0" + ending) == "model.v1.0"
    assert not archives.is_archive("vocab.txt") and archives.without_ending("uc") == "uc"
