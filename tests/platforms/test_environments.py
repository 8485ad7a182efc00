# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""environments.py: which TensorFlows it finds, and what it says of those it does not."""

import sys

from tests.platforms import environments


def make(root, name, said, executable=True):
    (root / name / "bin").mkdir(parents=True)
    python = root / name / "bin" / "python"
    python.write_text("")
    python.chmod(0o755 if executable else 0o644)
    if said is not None:
        (root / name / ".setup-complete").write_text("python /x 3.7 0123\n%s\ntest 0123\n" % said)
    return str(python)


def test_finds_what_setup_made(tmp_path):
    root = tmp_path / "a [check] out"
    default = make(root, ".venv", "Python 3.7.16, TensorFlow 1.13.1")
    make(root, ".venv-lint", "black 24")
    later = make(root, ".venv-tf-1.15.5", "Python 3.7.16, TensorFlow 1.15.5")
    assert environments.pythons("1.13.1", str(root)) == {"1.13.1": sys.executable, "1.15.5": later}
    found = environments.pythons("2.15.1", str(root))
    assert found == {"1.13.1": default, "1.15.5": later, "2.15.1": sys.executable}
    assert list(found) == ["1.13.1", "1.15.5", "2.15.1"] and environments.missing(found) == ""


def test_an_incomplete_environment_is_missing(tmp_path):
    make(tmp_path, ".venv-tf-1.15.5", None)
    make(tmp_path, ".venv-tf-2.15.1", "Python 3.11.7, TensorFlow 2.15.1", executable=False)
    found = environments.pythons("1.13.1", str(tmp_path))
    assert list(found) == ["1.13.1"]
    assert environments.missing(found) == (
        "TensorFlow 1.15.5 is not set up: bash scripts/setup.sh --tf 1.15.5; "
        "TensorFlow 2.15.1 is not set up: bash scripts/setup.sh --tf 2.15.1"
    )


def test_another_tensorflow_is_none_of_them(tmp_path):
    assert environments.pythons("1.15.2", str(tmp_path)) == {}
