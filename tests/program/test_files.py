# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/files.py: files that appear only when whole, patterns, digests."""

import errno
import hashlib
import os
import subprocess
import sys

import pytest

from program import files
from program.errors import DataError
from tests.conftest import ROOT


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = str(tmp_path / "x.txt")
    with pytest.raises(KeyError):
        with files.whole_file(path) as output:
            output.write("half")
            assert not os.path.exists(path)
            raise KeyError()
    assert os.listdir(str(tmp_path)) == []
    with files.whole_file(path) as output:
        output.write("caf\u00e9\n")
    with open(path, "rb") as written:
        assert written.read() == "caf\u00e9\n".encode("utf-8")
    assert os.listdir(str(tmp_path)) == ["x.txt"]


@pytest.mark.parametrize(
    "content, written", [("\u00e9\n", b"\xc3\xa9\n"), (b"\xff\r\n", b"\xff\r\n")]
)
def test_text_and_bytes_replace_what_was_there(tmp_path, content, written):
    path = tmp_path / "x"
    path.write_bytes(b"before")
    (tmp_path / "x.tmp").write_bytes(b"left by a killed run, and longer than what follows")
    files.write_whole(str(path), content)
    assert path.read_bytes() == written and os.listdir(str(tmp_path)) == ["x"]


def test_an_error_keeps_the_earlier_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        with files.whole_file(str(path), "wb") as output:
            output.write(b"after")
            raise KeyboardInterrupt()
    assert path.read_bytes() == b"before" and os.listdir(str(tmp_path)) == ["x"]


def test_files_get_their_names_together(tmp_path):
    paths = [str(tmp_path / name) for name in "ab"]
    with pytest.raises(ValueError):
        with files.whole_files(paths, "wb") as outputs:
            outputs[0].write(b"0")
            raise ValueError()
    with pytest.raises(DataError, match="nowhere/b: cannot be written .No such file"):
        with files.whole_files([paths[0], str(tmp_path / "nowhere" / "b")], "wb"):
            pytest.fail("opened")
    assert os.listdir(str(tmp_path)) == []
    with files.whole_files(paths, "wb") as outputs:
        for number, output in enumerate(outputs):
            output.write(b"%d" % number)
        assert sorted(os.listdir(str(tmp_path))) == ["a.tmp", "b.tmp"]
    assert [open(path, "rb").read() for path in paths] == [b"0", b"1"]


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def full(unused_number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(DataError, match="/x: cannot be written .No space left on device"):
        files.write_whole(str(tmp_path / "x"), "text")
    assert os.listdir(str(tmp_path)) == []


def test_another_files_error_is_not_taken_for_this_ones(tmp_path):
    with pytest.raises(FileNotFoundError, match="other"):
        with files.whole_file(str(tmp_path / "x")):
            open(str(tmp_path / "other"))
    assert os.listdir(str(tmp_path)) == []


def test_digest(tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "x").write_bytes(content)
    path = str(tmp_path / "x")
    assert files.digest(path) == hashlib.sha256(content).hexdigest()
    assert files.digest(path, "md5") == hashlib.md5(content).hexdigest()
    with pytest.raises(DataError, match="nowhere: cannot be read .No such file"):
        files.digest(str(tmp_path / "nowhere"))


def test_comma_separated():
    assert files.comma_separated(" a, b c,,") == ["a", "b c"]
    assert files.comma_separated(None) == files.comma_separated(" , ") == []


def test_names_patterns_and_folders(tmp_path):
    for name in ("b.txt", "a.txt", "c.txt.gz", "e.json", "d[1]", ".hidden.txt"):
        (tmp_path / name).write_text("x")

    def expand(*patterns, **options):
        found = files.expand("--x", [str(tmp_path / pattern) for pattern in patterns], **options)
        return [os.path.basename(path) for path in found]

    assert expand("a*") == ["a.txt"]
    assert expand("b.txt", "*.txt", "b.txt") == ["b.txt", "a.txt"]  # each once, in the order given
    assert expand("d[1]") == ["d[1]"]  # a name is a name before it is a pattern
    assert expand("[ae]*", ignored_endings=(".json",)) == ["a.txt"]
    assert expand("e.json", ignored_endings=(".json",)) == ["e.json"]  # named, it counts
    assert expand(".", folder_endings=(".gz",)) == ["c.txt.gz"]
    assert files.expand("--x", [str(tmp_path)]) == [str(tmp_path)]


@pytest.mark.parametrize(
    "patterns, message",
    [
        (["{0}/a*", "{0}/none*.tfrecord"], "--input_file: '{0}/none*.tfrecord' matches no file"),
        (["{0}"], "--input_file: '{0}' matches no file"),
        (["{0}/a?"], "--input_file: '{0}/a?' matches no file"),
        ([], "--input_file names no file"),
    ],
)
def test_a_pattern_without_a_file_is_named(tmp_path, patterns, message):
    (tmp_path / "a1.tfrecord").write_text("x")
    (tmp_path / "a1").mkdir()
    with pytest.raises(DataError) as caught:
        files.expand("--input_file", [each.format(tmp_path) for each in patterns], (".txt",))
    assert str(caught.value) == message.format(tmp_path)


def test_home_is_put_in_at_the_beginning_of_each_path(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert files.expand_home("~/a.txt, ~/b/*,c/~/d,~") == (
        "/somewhere/a.txt, /somewhere/b/*,c/~/d,/somewhere"
    )
    assert files.expand_home("~nobody-has-this-name/a") == "~nobody-has-this-name/a"
    assert files.expand_home("") == "" and files.expand_home(None) is None


def test_names_are_stored_alike_under_every_locale(tmp_path):
    code = (
        "import sys; from program import files; name = sys.argv[1];"
        "text = files.name_as_text(name); assert files.name_from_text(text) == name;"
        "open(files.name_from_text(text)).close(); print(ascii(text))"
    )
    path = tmp_path / "caf\u00e9.txt"
    path.write_text("")
    for environment in ({"PYTHONUTF8": "0", "LC_ALL": "C"}, {"PYTHONUTF8": "1"}):
        printed = subprocess.check_output(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, env=dict(os.environ, **environment)
        )
        assert printed.decode("ascii").strip() == ascii(str(path))


def test_pipes_and_devices_are_refused_before_they_are_read(tmp_path):
    pipe = str(tmp_path / "a.txt")
    os.mkfifo(pipe)
    (tmp_path / "b.txt").write_text("x")
    for paths in (pipe, "%s,%s" % (tmp_path / "b.txt", pipe), "/dev/null", " %s" % pipe):
        assert "is a pipe, socket or device: save its contents" in files.path_problem(paths)
    for paths in (
        None,
        "",
        str(tmp_path),
        str(tmp_path / "b.txt"),
        "nowhere",
        "x\0y",
        "C:/x",
        "a:b",
    ):
        assert files.path_problem(paths) is None
    for paths in ("gs://a/b", "x,hdfs://host:80/a", " S3://a", "file:///a", "gs:/a"):
        assert "is an address" in files.path_problem(paths)
    for patterns in ([pipe], [str(tmp_path)], [str(tmp_path / "b.txt"), pipe]):
        with pytest.raises(DataError, match="a.txt is a pipe"):
            files.expand("--input", patterns, (".txt",))
