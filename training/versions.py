# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a result may depend on: the commit, the versions, the GPUs. For run.json and for the head of a log.

TensorFlow is not imported for its version: that would cost every launch a second.
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
    """The installed version of a package as pip noted it, or None.

    Python 3.5 has no importlib.metadata, and setuptools is not among what a run may need.
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
    """An OrderedDict: python, platform, and the packages of PACKAGES that are installed."""
    found = OrderedDict([("python", platform.python_version()), ("platform", platform.platform())])
    for name in PACKAGES:
        version = package_version(name)
        if version:
            found[name] = version
    return found


def commit(root=ROOT):
    """The commit of the checkout, "-dirty" behind it when files differ; "unknown" outside a checkout."""
    return (
        _output(
            ["git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        )
        or "unknown"
    )


def gpus():
    """The GPUs as nvidia-smi names them: list of str, empty where there is none."""
    lines = _output(
        ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    )
    return [line.strip() for line in lines.splitlines() if line.strip()]


def _output(command):
    """What a command prints, or "" when it fails or is not there."""
    try:
        with open(os.devnull, "w") as nowhere:
            return (
                subprocess.check_output(command, stderr=nowhere).decode("utf-8", "replace").strip()
            )
    except (OSError, subprocess.CalledProcessError):
        return ""
