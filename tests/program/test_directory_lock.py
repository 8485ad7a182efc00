# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/directory_lock.py: one holder; the lock ends with its process; other hosts are reported."""

import json
import os
import subprocess
import sys

import pytest

from program import directory_lock
from program.directory_lock import LockedError, held
from tests.conftest import ROOT

HOLDER = """
import sys, time
from program.directory_lock import held
with held(sys.argv[1], print):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(name="holder")
def fixture_holder(tmp_path):
    """A process that holds the lock of tmp_path."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def fail(line):
    raise AssertionError(line)


def test_the_second_is_refused_by_name_until_the_first_is_killed(tmp_path, holder):
    for _ in range(2):
        with pytest.raises(LockedError) as caught:
            with held(str(tmp_path), fail):
                pass
        assert "process %d, started 2" % holder.pid in str(caught.value)
        assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)
    holder.kill()
    holder.wait()
    with held(str(tmp_path), fail):  # a dead process of this host needs no warning
        assert json.loads((tmp_path / "run.lock").read_text())["pid"] == os.getpid()
    assert os.listdir(str(tmp_path)) == []


def test_it_is_free_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with held(str(tmp_path), fail):
            1 / 0
    with held(str(tmp_path), fail):
        with pytest.raises(LockedError, match="process %d" % os.getpid()):
            with held(str(tmp_path), fail):
                pass


def test_other_hosts(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(directory_lock.socket, "gethostname", lambda: "elsewhere")
    with pytest.raises(LockedError):
        with held(str(tmp_path), fail):
            pass
    holder.kill()
    holder.wait()
    lines = []
    with held(str(tmp_path), lines.append):
        pass
    (line,) = lines
    assert "process %d" % holder.pid in line and "another host" in line


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\x00\xff"])
def test_a_file_of_anything_is_no_obstacle(tmp_path, content):
    (tmp_path / "run.lock").write_text(content)
    lines = []
    with held(str(tmp_path), lines.append):
        pass
    assert lines == []


def test_a_file_system_without_locks_is_reported(tmp_path, monkeypatch):
    def flock(descriptor, operation):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(directory_lock.fcntl, "flock", flock)
    lines = []
    with held(str(tmp_path), lines.append):
        assert (tmp_path / "run.lock").exists()
    (line,) = lines
    assert "Function not implemented" in line and str(tmp_path) in line
