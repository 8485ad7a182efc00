# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/manifests.py: what is written is read; what cannot be read proves nothing."""

import os

import pytest

from program import manifests


def test_round_trip(tmp_path):
    path = str(tmp_path / "a.json")
    content = {"counts": {"words": 3}, "settings": ["caf\u00e9", None]}
    manifests.write(path, content)
    assert manifests.read(path) == content and os.listdir(str(tmp_path)) == ["a.json"]
    manifests.remove(path)
    manifests.remove(path)
    assert manifests.read(path) == {} and os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b'{"a": 1', b"\xff"])
def test_damaged_ones_are_empty(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert manifests.read(str(tmp_path / "a.json")) == {}
