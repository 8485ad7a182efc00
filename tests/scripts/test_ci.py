# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
""".ci/run with stand-ins for what it calls: the other TensorFlows are never left out in silence."""

import os
import shutil
import subprocess

import pytest

from tests.scripts.launcher_site import ROOT

PROGRAMS = "g++ make git flock shellcheck shfmt mpirun mpicxx cmake ip sshd ssh python3".split()
STEPS = ["lint.sh ", "setup.sh --tf 1.15.5", "setup.sh --tf 2.15.1", "test.sh "]


@pytest.fixture(name="ci")
def fixture_ci(tmp_path):
    """Runs it with exit codes of its steps, by step; returns (exit code, output, steps)."""
    for folder in (".ci", "scripts", "bin"):
        (tmp_path / folder).mkdir()
    shutil.copy(os.path.join(ROOT, ".ci", "run"), str(tmp_path / ".ci" / "run"))
    for name in PROGRAMS:
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/bash\n")
        program.chmod(0o755)
    for name in ("lint.sh", "setup.sh", "test.sh"):
        (tmp_path / "scripts" / name).write_text(
            'step="%s $*"\necho "$step" >>steps\ngrep -qF "|$step|" <<<"$FAIL" || exit 0\n'
            'code=${FAIL#*"|$step|"}\nexit "${code%%%%|*}"\n' % name
        )

    def run(**fail):
        told = "".join("|%s|%d" % (STEPS[int(key[1:])], code) for key, code in fail.items())
        done = subprocess.run(
            ["bash", str(tmp_path / ".ci" / "run")],
            env=dict(
                os.environ, FAIL=told + "|", PATH="%s:%s" % (tmp_path / "bin", os.environ["PATH"])
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        return done.returncode, done.stdout, (tmp_path / "steps").read_text().splitlines()

    return run


def test_the_environments_are_there_before_the_tests(ci):
    assert ci() == (0, "", STEPS)


def test_a_missing_python_is_said_and_the_rest_is_tested(ci):
    code, said, steps = ci(_2=2)
    assert code == 0 and steps == STEPS
    assert said.startswith("ci: TensorFlow 2.15.1 is NOT tested: ") and said.count("\n") == 1


@pytest.mark.parametrize("step", range(4))
def test_a_step_that_fails_fails_all_and_stops_none(ci, step):
    code, _, steps = ci(**{"_%d" % step: 1})
    assert code == 1 and steps == STEPS
