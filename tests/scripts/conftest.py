# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fixtures of the tests of launchers and of setup.sh."""

import pytest

from tests.scripts.launcher_site import Site
from tests.scripts.setup_checkout import Checkout


@pytest.fixture
def site(tmp_path):
    """A place to run launchers in."""
    return Site(tmp_path)


@pytest.fixture
def checkout(tmp_path):
    """A checkout to run setup.sh in."""
    return Checkout(tmp_path)
