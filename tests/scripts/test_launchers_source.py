# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The shell sources themselves: shellcheck, run bits, completion."""

import glob
import os
import shutil
import subprocess

import pytest

from tests.scripts.expected import LAUNCHERS
from tests.scripts.launcher_site import ROOT


def shell_scripts():
    found = [os.path.join(ROOT, ".ci", "run")]
    for pattern in ("*.sh", "*/*.sh", "*.sub"):
        found += glob.glob(os.path.join(glob.escape(ROOT), "scripts", pattern))
    return sorted(found)


def test_shell_syntax():
    assert len(shell_scripts()) > 5
    for path in shell_scripts():
        subprocess.run(["bash", "-n", path], check=True)


def test_shellcheck_is_clean():
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed (apt-get install shellcheck)")
    done = subprocess.run(["shellcheck", "-x"] + shell_scripts(), cwd=ROOT, stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout.decode("utf-8")


def test_launchers_can_be_executed_directly():
    for script in LAUNCHERS + ["setup.sh", "test.sh", "quickstart.sh"]:
        assert os.access(os.path.join(ROOT, "scripts", script), os.X_OK), script


def test_completion_knows_the_options():
    script = '. scripts/completion.bash; COMP_WORDS=(bash scripts/run_squad.sh "$1") COMP_CWORD=2; _bert_launcher; printf "%s\\n" "${COMPREPLY[@]}"'

    def complete(word):
        return subprocess.check_output(
            ["bash", "-c", script, "x", word], cwd=ROOT, universal_newlines=True
        ).split()

    assert (
        complete("--ba") == ["--batch_size_per_gpu"]
        and complete("--dr") == ["--dry_run"]
        and complete("--zz") == []
    )
    assert {"--precision", "--squad_version", "--help"} <= set(complete("--"))
