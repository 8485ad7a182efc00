# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/temporary.py: directories that go with their process, or at a later start if it was killed."""

import os
import subprocess
import sys
import tempfile

import pytest

from program import temporary
from tests.conftest import ROOT

CODE = """
import os, signal, sys
from program import temporary
path = temporary.make_directory("rank")
os.mkdir(path + "/inner")
open(path + "/inner/file", "w").close()
print(path, flush=True)
sys.stdin.readline()
"""


@pytest.fixture(name="folder", autouse=True)
def fixture_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def start():
    """A process with a directory, and its path."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    return process, process.stdout.readline().strip()


def test_a_directory_goes_with_its_process(folder):
    process, path = start()
    assert os.path.dirname(path) == str(folder) and os.listdir(path) == ["inner"]
    assert temporary.remove_leftovers() == [] and os.listdir(path) == ["inner"]
    process.communicate("\n")
    assert process.returncode == 0 and os.listdir(str(folder)) == []


def test_that_of_a_killed_process_goes_at_a_later_start(folder):
    killed, path = start()
    living, other = start()
    killed.kill()
    killed.communicate()
    assert os.path.exists(path)
    assert temporary.remove_leftovers() == [path]
    assert os.listdir(str(folder)) == [os.path.basename(other)]
    living.communicate("\n")


def test_others_stay(folder, monkeypatch):
    names = ["bert-rank-1-abc", "bert-new-abc", "bert-run-rank-abc.d", "x-bert-run-rank-abc"]
    for name in names:
        (folder / name).mkdir()
    (folder / "bert-run-rank-file").write_text("")
    (folder / "bert-run-rank-link").symlink_to(folder / "bert-new-abc")
    assert temporary.remove_leftovers() == [] and len(os.listdir(str(folder))) == 6
    (folder / "bert-run-rank-abcd").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert temporary.remove_leftovers() == []  # another user's


def test_without_locks_a_directory_is_still_to_be_had(folder, monkeypatch):
    def flock(*unused):
        raise OSError("no locks")

    monkeypatch.setattr(temporary.fcntl, "flock", flock)
    path = temporary.make_directory("rank")
    assert os.listdir(str(folder)) == [os.path.basename(path)]
    assert temporary.remove_leftovers() == []


@pytest.mark.parametrize("moment", ["before it is opened", "before it is locked", "while"])
def test_one_that_was_taken_for_a_leftover_is_made_anew(folder, monkeypatch, moment):
    calls, flock, opened = [], temporary.fcntl.flock, os.open

    def open_late(path, flags, *more):
        if moment == "before it is opened" and "bert-run" in path and not calls:
            calls.append(path)
            os.rmdir(path)
        return opened(path, flags, *more)

    def lock_late(lock, how):
        if moment != "before it is opened" and not calls:
            calls.append(lock)
            os.rmdir(os.path.join(str(folder), os.listdir(str(folder))[0]))
            if moment == "while":
                raise BlockingIOError
        return flock(lock, how)

    monkeypatch.setattr(os, "open", open_late)
    monkeypatch.setattr(temporary.fcntl, "flock", lock_late)
    path = temporary.make_directory("rank")
    assert len(calls) == 1 and os.listdir(str(folder)) == [os.path.basename(path)]
