# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Manifests: the .json beside a finished file that says what it was made from and what is in it."""

import io
import json
import os

from program.files import write_whole


def write(path, content):
    """Writes a manifest: a dict of what JSON can hold."""
    write_whole(path, json.dumps(content, indent=1, sort_keys=True))


def read(path):
    """The dict of a manifest; an empty one where there is none that can be read."""
    try:
        with io.open(path, encoding="utf-8") as source:
            content = json.load(source)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remove(path):
    """Removes a manifest, if there is one."""
    if os.path.exists(path):
        os.remove(path)
