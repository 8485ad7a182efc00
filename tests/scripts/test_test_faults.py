# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/test_faults.sh with a stand-in for Python: which parts it runs, and its exit code."""

import os
import subprocess

import pytest

from tests.conftest import ROOT

PARTS = ["kill", "mutations", "disk", "locks", "signals", "launcher", "moments"]


@pytest.fixture
def run(tmp_path):
    """run(failing, arguments...): exit code, and the calls of Python, of which those of a module `failing` exit with 1."""
    stand_in, calls = tmp_path / "python", tmp_path / "calls"
    stand_in.write_text(
        '#!/bin/sh\necho "$@" >>"$CALLS"\ncase "$*" in *"$FAILING"*) exit 1 ;; esac\n'
    )
    stand_in.chmod(0o755)

    def run(failing, *arguments):
        calls.write_text("")
        done = subprocess.run(
            ["bash", os.path.join(ROOT, "scripts", "test_faults.sh")] + list(arguments),
            env=dict(os.environ, PYTHON=str(stand_in), CALLS=str(calls), FAILING=failing),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        lines = [line.split("tests.faults.")[1] for line in calls.read_text().splitlines()]
        return done.returncode, lines, done.stdout

    return run


def test_all_parts(run):
    code, calls, _ = run("nothing fails")
    assert code == 0 and calls == [
        "resume --kills=20 --seed=1",
        "mutations --count=980 --in_training=20 --seed=1",
    ] + ["stops " + part for part in PARTS[2:]]


def test_some_parts_quickly(run):
    code, calls, _ = run("nothing fails", "--quick", "--only=signals,mutations", "--seed=3")
    assert code == 0
    assert calls == ["stops --quick signals", "mutations --count=150 --in_training=0 --seed=3"]


def test_one_that_fails_does_not_stop_the_others(run):
    code, calls, _ = run("stops disk", "--only=disk,locks")
    assert code == 1 and calls == ["stops disk", "stops locks"]


def test_what_is_no_part(run):
    code, calls, said = run("nothing fails", "--only=disk,cpu")
    assert code == 2 and calls == [] and "only is 'cpu', but must be one of kill, " in said
    assert run("nothing fails", "--", "--x")[0] == 2
