# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""setup.sh in a container that has a TensorFlow of its own, with stand-in interpreters."""

import os

import pytest


@pytest.mark.parametrize("variable", ["TENSORFLOW_VERSION", "NVIDIA_TENSORFLOW_VERSION"])
def test_a_container_keeps_its_tensorflow(checkout, variable):
    checkout.python("3.5", os.path.join(checkout.bin, "python3"))
    checkout.python("3.7")
    code, out, err = checkout.setup("--with-test", CONTAINER_TENSORFLOW="1", **{variable: "1.13.1"})
    assert code == 0, err
    assert checkout.calls("-m venv") == [
        "python3.5 -m venv --system-site-packages --without-pip " + checkout.venv
    ]
    assert checkout.installed() == ["requirements/test.txt"]
    assert "using the container's TensorFlow" in out
    code, out, _ = checkout.setup("--with-test", CONTAINER_TENSORFLOW="1", **{variable: "1.13.1"})
    assert code == 0 and checkout.installed() == []


def test_the_variable_alone_does_not_make_a_container(checkout):
    checkout.python("3.11", os.path.join(checkout.bin, "python3"))
    assert checkout.setup(TENSORFLOW_VERSION="1.13.1")[0] == 0
    assert checkout.installed() == ["requirements/tf2.txt"]
