# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The TensorFlows that are set up in this checkout, and a process of each that runs programs."""

import glob
import json
import os
import subprocess
import sys

from tests.conftest import ROOT
from tests.locks import locked

VERSIONS = ("1.13.1", "1.15.5", "2.15.1")
HERE = os.path.dirname(os.path.abspath(__file__))


def pythons(running, root=ROOT):
    """The Pythons of the environments that scripts/setup.sh has made: dict, version of TensorFlow -> path.

    Args:
      running: version of this process's TensorFlow, whose Python is this one.
      root: of the checkout.
    """
    found = {}
    for stamp in sorted(glob.glob(os.path.join(glob.escape(root), ".venv*", ".setup-complete"))):
        with open(stamp) as stream:
            lines = stream.read().splitlines()
        python = os.path.join(os.path.dirname(stamp), "bin", "python")
        # "Python 3.7.16, TensorFlow 1.13.1"
        if len(lines) > 1 and ", TensorFlow " in lines[1] and os.access(python, os.X_OK):
            found.setdefault(lines[1].split(", TensorFlow ")[1], python)
    found[running] = sys.executable
    return {version: found[version] for version in VERSIONS if version in found}


def missing(found):
    """What to run for the versions that `found` lacks."""
    return "; ".join(
        "TensorFlow %s is not set up: bash scripts/setup.sh --tf %s" % (version, version)
        for version in VERSIONS
        if version not in found
    )


class Platform:
    """A process with one TensorFlow that runs programs of this checkout; use it in a `with` block.

    Args:
      python: path of its Python.
    """

    def __init__(self, python):
        self._python = python

    def __enter__(self):
        with locked("fused_ops"):
            about = self._start()
            if about["fused_ops_unavailable"]:
                self.__exit__()
                command = ["make", "-C", os.path.join(ROOT, "fused_ops"), "CUDA_HOME="]
                done = subprocess.run(
                    command + ["PYTHON=" + self._python],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
                assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
                about = self._start()
        assert about["fused_ops_unavailable"] is None
        self.version = about["version"]
        return self

    def _start(self):
        self._server = subprocess.Popen(
            [self._python, "-W", "ignore", os.path.join(HERE, "server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            bufsize=1,
            env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="2"),
        )
        line = self._server.stdout.readline()
        assert line, "%s cannot import the programs" % self._python
        return json.loads(line)

    def __exit__(self, *unused):
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()

    def run(self, program, arguments, log):
        """Runs `python PROGRAM ARGUMENTS...`, output to a file; AssertionError with its end if it fails."""
        request = {"program": program, "arguments": arguments, "log": str(log)}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        code = json.loads(self._server.stdout.readline())
        if code:
            with open(str(log)) as stream:
                said = stream.read()[-2000:]
            raise AssertionError("%s on %s: exit code %d: %s" % (program, self.version, code, said))
