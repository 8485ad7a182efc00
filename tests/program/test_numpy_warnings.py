# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/numpy_warnings.py: exactly the warnings of TensorFlow's import are hidden."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

MESSAGE = "Passing (type, 1) or '1type' as a synonym of type is deprecated; in a future version"

# Warns as NumPy does when code of the module does what TensorFlow 1.13 does.
WARN = """
import warnings
import program.numpy_warnings
warnings.warn_explicit(%r, %s, "file.py", 1, module=%r)
"""


def warned(message, category, module):
    # scripts/test.sh hides FutureWarnings altogether.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    done = subprocess.run(
        [sys.executable, "-c", WARN % (message, category, module)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        check=True,
        timeout=60,
    )
    return message in done.stderr


def test_numpys_warnings_about_tensorflow_are_hidden():
    assert not warned(MESSAGE, "FutureWarning", "tensorflow.python.framework.dtypes")
    assert not warned(MESSAGE, "FutureWarning", "tensorboard.compat.tensorflow_stub.dtypes")


@pytest.mark.parametrize(
    "message, category, module",
    [
        (MESSAGE, "FutureWarning", "modeling"),
        ("another", "FutureWarning", "tensorflow.python.framework.dtypes"),
        (MESSAGE, "UserWarning", "tensorflow.python.framework.dtypes"),
    ],
)
def test_others_are_not(message, category, module):
    assert warned(message, category, module)


@pytest.mark.parametrize("program", ["run_pretraining.py", "run_squad.py"])
def test_help_prints_no_warning(program):
    done = subprocess.run(
        [sys.executable, program, "--help"],
        cwd=ROOT,
        # TensorFlow 2.15 otherwise logs there, from C++, that it found no GPU.
        env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
