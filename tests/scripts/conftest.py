# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fixtures of the launchers' tests."""

import pytest

from tests.scripts.launcher_site import Site


@pytest.fixture
def site(tmp_path):
    """A place to run launchers in."""
    return Site(tmp_path)
