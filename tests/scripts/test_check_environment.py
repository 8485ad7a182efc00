# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/tools/check_environment.py: it names the file that is missing or has another size."""

import os

import pytest

from scripts.tools import check_environment


def site_packages(base):
    directory = os.path.join(str(base), "site [1]")
    os.makedirs(os.path.join(directory, "a"))
    os.makedirs(os.path.join(directory, "a-1.0.dist-info"))
    with open(os.path.join(directory, "a", "__init__.py"), "w") as stream:
        stream.write("four")
    with open(os.path.join(directory, "a-1.0.dist-info", "RECORD"), "w") as stream:
        stream.write(
            'a/__init__.py,sha256=x,4\n"a/with,comma.py",sha256=x,0\na/__pycache__/__init__.cpython-37.pyc,,\n'
            "a-1.0.dist-info/RECORD,,\n"
        )
    open(os.path.join(directory, "a", "with,comma.py"), "w").close()
    return directory


def test_a_whole_environment_has_no_loss(tmp_path):
    assert check_environment.first_loss(site_packages(tmp_path)) is None


@pytest.mark.parametrize(
    "lost,said",
    [
        ("a/__init__.py", "a/__init__.py is missing"),
        ("a/with,comma.py", "a/with,comma.py is missing"),
        ("a-1.0.dist-info/RECORD", "RECORD is missing"),
    ],
)
def test_a_lost_file_is_named(tmp_path, lost, said):
    directory = site_packages(tmp_path)
    os.remove(os.path.join(directory, lost))
    assert check_environment.first_loss(directory).endswith(said)


def test_a_truncated_file_is_named(tmp_path):
    directory = site_packages(tmp_path)
    with open(os.path.join(directory, "a", "__init__.py"), "w") as stream:
        stream.write("fou")
    assert check_environment.first_loss(directory).endswith(
        "a/__init__.py has 3 bytes instead of 4"
    )
