# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Commit, versions and GPUs, on which a result may depend; for run.json and the head of a log.

TensorFlow is not imported for its version: that would delay every launch by a second.
"""


import os
import platform
import re
import subprocess
import sys
from collections import OrderedDict

PACKAGES = (
    "tensorflow",
    "tensorflow-gpu",
    "nvidia-tensorflow",
    "numpy",
    "horovod",
    "nvidia-horovod",
)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def package_version(name):
    """The installed version of a package according to its metadata, or None.

    Python 3.5 has no importlib.metadata, and a run must not require setuptools.
    """
    pattern = re.compile(
        r"%s-([^-]+)(-.*)?\.(dist|egg)-info$" % re.escape(name.replace("-", "_")), re.IGNORECASE
    )
    for directory in sys.path:
        try:
            entries = sorted(os.listdir(directory or "."))
        except OSError:
            continue
        for entry in entries:
            match = pattern.match(entry)
            if match:
                return match.group(1)
    return None


def versions():
    """An OrderedDict: python, platform, and those of PACKAGES that are installed."""
    found = OrderedDict([("python", platform.python_version()), ("platform", platform.platform())])
    for name in PACKAGES:
        version = package_version(name)
        if version:
            found[name] = version
    return found


def commit(root=ROOT):
    """The commit of the checkout, with "-dirty" if files differ; "unknown" outside a checkout."""
    return (
        _output(
            ["git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        )
        or "unknown"
    )


def gpus():
    """The GPUs as nvidia-smi lists them: list of str, empty without GPUs."""
    lines = _output(
        ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    )
    return [line.strip() for line in lines.splitlines() if line.strip()]


def _output(command):
    """The output of a command, or "" if it fails or does not exist."""
    try:
        with open(os.devnull, "w") as nowhere:
            return (
                subprocess.check_output(command, stderr=nowhere).decode("utf-8", "replace").strip()
            )
    except (OSError, subprocess.CalledProcessError):
        return ""
