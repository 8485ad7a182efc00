# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""requirements.txt and requirements/: everything is pinned, to what the project promises and without contradiction."""

import os
import re

import pytest

from tests.scripts.launcher_site import ROOT


def requirement_lines(name):
    with open(os.path.join(ROOT, name)) as stream:
        return [line.split("#")[0].strip() for line in stream if line.split("#")[0].strip()]


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements/tf1.15.txt",
        "requirements/tf2.txt",
        "requirements/test.txt",
        "requirements/quickstart.txt",
        "requirements/serve.txt",
        "requirements/data.txt",
        "requirements/report.txt",
        "requirements/lint.txt",
        "requirements/onnx.txt",
    ],
)
def test_everything_is_pinned(name):
    lines = requirement_lines(name)
    assert lines
    for line in lines:
        assert line.startswith("-r ") or re.match(
            r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*( *; python_version .*)?$", line
        ), line


def test_the_versions_the_project_promises():
    assert "tensorflow==1.13.1" in requirement_lines("requirements.txt")
    assert "tensorflow-gpu==1.13.1" in requirement_lines("requirements-gpu.txt")
    assert "-c requirements.txt" in requirement_lines("requirements-gpu.txt")
    assert "tensorflow==1.15.5" in requirement_lines("requirements/tf1.15.txt")
    assert 'tensorflow==2.15.1; python_version >= "3.9"' in requirement_lines(
        "requirements/tf2.txt"
    )


def test_what_converts_to_onnx():
    """The protobuf is a compiled one, which tf2onnx 1.16.1 does not ask for: it is installed without dependencies."""
    lines = requirement_lines("requirements/onnx.txt")
    for pin in ("tf2onnx==1.16.1", "tensorflow==2.15.1", "protobuf==4.25.3", "numpy==1.26.4"):
        assert pin in lines
    assert [line.split("==")[0] for line in lines if line.startswith("onnx")] == [
        "onnx",
        "onnxruntime",
    ]


def test_no_two_files_pin_one_package_differently():
    """requirements/test.txt is installed on top of either TensorFlow's file: pip would replace what that needs."""
    for base in ("requirements.txt", "requirements/tf1.15.txt", "requirements/tf2.txt"):
        pins = {}
        for name in (
            base,
            "requirements/quickstart.txt",
            "requirements/serve.txt",
            "requirements/data.txt",
            "requirements/report.txt",
            "requirements/test.txt",
        ):
            for line in requirement_lines(name):
                match = re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)(.*)", line)
                if match and "<" not in match.group(3):
                    package = match.group(1).lower().replace("_", "-")
                    assert pins.setdefault(package, match.group(2)) == match.group(
                        2
                    ), "%s in %s" % (package, name)
