# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/versions.py: what it finds here, and what it says where there is nothing to find."""

import platform
import stat
import subprocess

import numpy as np
import pytest

from training import versions


def test_versions_of_what_is_installed():
    found = versions.versions()
    assert found["python"] == platform.python_version() and found["numpy"] == np.__version__
    assert versions.package_version("no-such-package") is None
    assert versions.package_version("tensor") is None  # not tensorflow's


@pytest.mark.parametrize(
    "entry", ["my_ops-1.2.3.dist-info", "My_Ops-1.2.3.egg-info", "my_ops-1.2.3-py3.5.egg-info"]
)
def test_versions_as_pip_notes_them(tmp_path, monkeypatch, entry):
    (tmp_path / entry).mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path / "absent"), str(tmp_path)])
    assert versions.package_version("my-ops") == "1.2.3"


def test_commit(tmp_path):
    def git(*words):
        subprocess.check_call(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"] + list(words)
        )

    assert versions.commit(str(tmp_path)) == "unknown"
    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "a")
    clean = versions.commit(str(tmp_path))
    assert len(clean) == 12 and int(clean, 16) >= 0
    (tmp_path / "a").write_text("2")
    assert versions.commit(str(tmp_path)) == clean + "-dirty"


def test_gpus(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert versions.gpus() == []
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\necho 'Tesla V100, 32510 MiB, 410.79'\necho 'Tesla V100, 32510 MiB, 410.79'\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert versions.gpus() == ["Tesla V100, 32510 MiB, 410.79"] * 2
