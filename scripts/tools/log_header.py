# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Prints the head of a launcher's log: commit, options as JSON, versions. Called by lib/run.sh with name=value arguments."""

import json
import sys
from collections import OrderedDict

from training import versions


def options(words):
    """An OrderedDict from ["name=value", ...]; numbers and true/false become JSON's."""
    pairs = (word.split("=", 1) for word in words)
    return OrderedDict((name, _typed(value)) for name, value in pairs)


def _typed(value):
    try:
        typed = json.loads(value)
    except ValueError:
        return value
    return typed if isinstance(typed, (bool, int, float)) else value


def main(words):
    print("# commit: %s" % versions.commit())
    print("# options: %s" % json.dumps(options(words)))
    print("# versions: %s" % json.dumps(versions.versions()))


if __name__ == "__main__":
    main(sys.argv[1:])
