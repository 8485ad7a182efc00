# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/test.sh with stand-in interpreters: which environment it makes, and what pytest gets."""

import os

import pytest


def pytest_call(checkout):
    """(program, arguments) of the one call of pytest, and the PYTHON that its tests see."""
    (call,) = checkout.calls("-m pytest")
    (seen,) = checkout.calls("pytest with PYTHON=")
    arguments = call.split(" -m pytest -q -rs --durations=10 ")[1].split()
    return arguments, seen.split("=", 1)[1]


@pytest.fixture(name="checkout")
def fixture_checkout(checkout):
    """Without Open MPI, with both Pythons."""
    for tool in ("mpirun", "mpicxx"):
        linked = os.path.join(checkout.tools, tool)
        if os.path.lexists(linked):
            os.remove(linked)
    checkout.python("3.7")
    checkout.python("3.11")
    return checkout


def test_all_tests_in_the_default_environment(checkout):
    code, out, err = checkout.run("test.sh")
    assert code == 0, err
    assert checkout.installed() == ["requirements.txt", "requirements/test.txt"]
    arguments, python = pytest_call(checkout)
    assert arguments[:1] == ["-n"] and arguments[2:] == ["--dist", "loadfile", "tests"]
    assert python == ""
    assert os.listdir(checkout.root).count(".venv") == 1


@pytest.mark.parametrize(
    "tf, requirements", [("1.15.5", "requirements/tf1.15.txt"), ("2.15.1", "requirements/tf2.txt")]
)
@pytest.mark.parametrize("form", ["{0} {1}", "{0}={1}"])
def test_another_tensorflow(checkout, tf, requirements, form):
    """The launchers that tests start must not use .venv: PYTHON tells them."""
    code, _, err = checkout.run("test.sh", *form.format("--tf", tf).split(), "-k", "loss")
    assert code == 0, err
    assert checkout.installed() == [requirements, "requirements/test.txt"]
    arguments, python = pytest_call(checkout)
    assert arguments[0] == "-n" and arguments[2:] == ["--dist", "loadfile", "-k", "loss", "tests"]
    assert python == "%s-tf-%s/bin/python" % (checkout.venv, tf)
    assert not os.path.exists(checkout.venv)


def test_paths_and_pytests_own_arguments(checkout):
    folder = os.path.join(checkout.root, "tests", "squad")
    os.makedirs(folder)
    assert checkout.run("test.sh", folder, "-x", "--tf", "1.15.5")[0] == 0
    call = checkout.calls("-m pytest")[0]
    assert call.endswith(" -m pytest -q -rs --durations=10 %s -x" % folder)


def test_the_exit_code_is_pytests(checkout):
    assert checkout.run("test.sh", PYTEST_CODE="5")[0] == 5


@pytest.mark.parametrize(
    "arguments, environment, said",
    [
        (["--tf"], {}, "--tf needs a value"),
        (["--tf", "1.14.0"], {}, "tf is '1.14.0', but must be one of 1.13.1, 1.15.5, 2.15.1"),
        (["--tf=2.15.1"], {"PYTHON": "/usr/bin/python3"}, "but PYTHON is set to /usr/bin/python3"),
    ],
)
def test_what_cannot_be(checkout, arguments, environment, said):
    code, _, err = checkout.run("test.sh", *arguments, **environment)
    assert code == 2 and err.startswith("error: ") and said in err and err.count("\n") == 1
    assert checkout.calls("-m pytest") == []


def test_a_tensorflow_whose_python_is_missing(checkout):
    os.remove(os.path.join(checkout.bin, "python3.7"))
    code, _, err = checkout.run("test.sh", "--tf", "1.15.5")
    assert code == 2 and "--tf 1.15.5 needs Python 3.7" in err
    assert checkout.calls("-m pytest") == []
