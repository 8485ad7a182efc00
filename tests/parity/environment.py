# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Finds or creates the Python 3.11 environment with PyTorch for the parity tests' other half."""

import glob
import os
import shutil
import subprocess

from tests.locks import locked

HERE = os.path.dirname(os.path.abspath(__file__))
REQUIREMENTS = os.path.join(HERE, "requirements.txt")
# Generous: the first installation downloads PyTorch.
_INSTALL_SECONDS = 1200


class Unavailable(Exception):
    """There is no such environment here; the message says why."""


def find_or_make(cache_dir):
    """Returns the path of a Python with torch and transformers.

    BERT_PARITY_PYTHON names one; otherwise `<cache_dir>/parity-venv` is made, once.

    Raises:
      Unavailable: no Python 3.11, or the packages cannot be installed.
      ValueError: BERT_PARITY_PYTHON names a Python that cannot import what it must.
    """
    named = os.environ.get("BERT_PARITY_PYTHON")
    if named:
        problem = _problem(named, "import torch, transformers, safetensors")
        if problem:
            raise ValueError("BERT_PARITY_PYTHON=%s: %s" % (named, problem))
        return named
    if not os.path.isdir(cache_dir):
        os.makedirs(cache_dir)
    with locked("parity"):
        return _make(os.path.join(cache_dir, "parity-venv"))


def _make(directory):
    python, complete = os.path.join(directory, "bin", "python"), os.path.join(directory, "complete")
    wanted = _read(REQUIREMENTS)
    # Written last: an interrupted installation has none and is started again, and so is one of other versions.
    if os.path.exists(complete) and _read(complete) == wanted:
        return python
    base = _find_python311()
    shutil.rmtree(directory, ignore_errors=True)
    for command in (
        [base, "-m", "venv", directory],
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            REQUIREMENTS,
        ],
    ):
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_INSTALL_SECONDS
        )
        if done.returncode:
            output = done.stdout.decode("utf-8", "replace").strip()
            raise Unavailable("%s failed: %s" % (" ".join(command[:4]), output[-300:]))
    with open(complete, "w") as writer:
        writer.write(wanted)
    return python


def _find_python311():
    """A Python 3.11 that can make environments, from PATH, then from pyenv."""
    candidates = [
        os.path.join(directory, "python3.11")
        for directory in os.environ.get("PATH", "").split(os.pathsep)
    ]
    root = (
        os.environ.get("PYENV_ROOT") or _output(["pyenv", "root"]) or os.path.expanduser("~/.pyenv")
    )
    candidates += sorted(
        glob.glob(os.path.join(root, "versions", "3.11*", "bin", "python3.11")), reverse=True
    )
    problems = []
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            problem = _problem(
                candidate, "import sys, venv, ensurepip; assert sys.version_info[:2] == (3, 11)"
            )
            if problem is None:
                return candidate
            problems.append("%s: %s" % (candidate, problem))
    raise Unavailable("; ".join(problems) or "there is no Python 3.11")


def _problem(python, statement):
    """None when `python` runs the statement, else the last line of what it said."""
    try:
        done = subprocess.run(
            [python, "-c", statement], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
        )
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "exit code %d" % done.returncode


def _output(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _read(path):
    with open(path) as reader:
        return reader.read()
