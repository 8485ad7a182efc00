# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A version has its name when it is complete, or not at all."""

import os

import pytest

from program.errors import DataError
from serving import whole_directory


def write(directory):
    os.makedirs(os.path.join(directory, "below"))
    with open(os.path.join(directory, "below", "file"), "w") as stream:
        stream.write("x")


def test_the_name_comes_last(tmp_path):
    with whole_directory.whole_directory(str(tmp_path / "3")) as temporary:
        write(temporary)
        assert os.listdir(str(tmp_path)) == ["3.tmp"]
    assert (tmp_path / "3" / "below" / "file").read_text() == "x"
    assert os.listdir(str(tmp_path)) == ["3"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_leaves_nothing(tmp_path, error):
    with pytest.raises(error):
        with whole_directory.whole_directory(str(tmp_path / "1")) as temporary:
            write(temporary)
            raise error()
    assert os.listdir(str(tmp_path)) == []


def test_what_a_killed_program_left_is_removed(tmp_path):
    write(str(tmp_path / "7.tmp"))
    write(str(tmp_path / "mine.tmp"))
    with whole_directory.whole_directory(str(tmp_path / "8")) as temporary:
        write(temporary)
    assert sorted(os.listdir(str(tmp_path))) == ["8", "mine.tmp"]


def test_what_the_system_refuses_is_one_line(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_directory, "flush", full)
    with pytest.raises(DataError, match=r"1: cannot be written \(No space left on device\)"):
        with whole_directory.whole_directory(str(tmp_path / "1")) as temporary:
            write(temporary)
    assert os.listdir(str(tmp_path)) == []
    with pytest.raises(FileNotFoundError):  # of another file: it is named as it is
        with whole_directory.whole_directory(str(tmp_path / "1")):
            open(str(tmp_path / "nowhere"))
