# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/errors.py: how a program refuses."""

import os
import signal

import pytest

from program.errors import DataError, run_program
from program.options import OptionError


def refused(main, capsys):
    """Exit code and standard error of a program whose main is `main`."""
    with pytest.raises(SystemExit) as caught:
        run_program(main)
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    "error", [DataError("a.txt: no such file"), OptionError("a.txt: no such file")]
)
def test_the_users_error_is_one_line_and_exit_code_2(error, capsys):
    def main():
        raise error

    assert refused(main, capsys) == (2, "error: a.txt: no such file\n")


def test_the_operating_systems_refusal_names_the_file(tmp_path, capsys):
    path = str(tmp_path / "missing")
    assert refused(lambda: open(path), capsys) == (
        2,
        "error: %s: No such file or directory\n" % path,
    )


@pytest.mark.parametrize(
    "text, is_told",
    [
        ("a: other data: pass --allow_new_data", True),
        ("--output_dir=x: not writable", True),
        ("a.txt: no such file", False),
        ("a--b -- c", False),
    ],
)
def test_a_launchers_user_is_told_where_options_go(text, is_told, capsys, monkeypatch):
    def main():
        raise DataError(text)

    told = " (scripts/x.sh takes these options after --)" if is_told else ""
    assert refused(main, capsys)[1] == "error: %s\n" % text
    monkeypatch.setenv("BERT_LAUNCHER", "scripts/x.sh")
    assert refused(main, capsys)[1] == "error: %s%s\n" % (text, told)


def test_a_signal_ends_the_program_with_its_number(capsys):
    code, line = refused(lambda: os.kill(os.getpid(), signal.SIGTERM), capsys)
    assert code == 128 + signal.SIGTERM and line.startswith("error: ")


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_program(lambda: 1 // 0)
