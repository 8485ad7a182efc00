# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fixtures of the converter's tests."""

import json

import pytest

from tests.conversion.models import SETTINGS, write_safetensors


@pytest.fixture
def publish(tmp_path):
    """Writes a model directory; returns its path."""

    def write(tensors, settings=None, type_names=None, vocabulary=9):
        directory = tmp_path / "published"
        directory.mkdir(exist_ok=True)
        write_safetensors(
            directory / "model.safetensors",
            {
                name: ((type_names or {}).get(name, "F32"), values)
                for name, values in tensors.items()
            },
        )
        (directory / "config.json").write_text(json.dumps(settings or SETTINGS))
        (directory / "vocab.txt").write_text(
            "".join("word%d\n" % index for index in range(vocabulary))
        )
        return str(directory)

    return write
