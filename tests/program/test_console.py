# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/console.py: every text can be printed, whatever the locale."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

CODE = """
import sys
from program import console
console.accept_all_text()
for stream in (sys.stdout, sys.stderr):
    stream.write("caf\\u00e9 \\u6f22 " + sys.argv[1] + " \\ud800\\n")
"""


@pytest.mark.parametrize(
    "environment, text",
    [
        ({"PYTHONUTF8": "0", "LC_ALL": "C"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "ascii:strict"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "utf-8"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "latin-1"}, b"caf\xe9 \\u6f22"),
    ],
)
def test_all_text_is_printed(environment, text):
    name = b"n\xc3\xa9e\xff"  # a file name that is not UTF-8
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    done = subprocess.run(
        [sys.executable.encode(), b"-c", CODE.encode("ascii"), name],
        cwd=ROOT,
        env=dict(settings, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0
    for printed in (done.stdout, done.stderr):
        assert printed.startswith(text) and printed.endswith(b"\\ud800\n")
        if environment.get("PYTHONIOENCODING") != "latin-1":
            assert name in printed
