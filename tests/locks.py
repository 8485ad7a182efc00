# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Locks between test processes, for what they download or build in the same place."""

import contextlib
import fcntl
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@contextlib.contextmanager
def locked(name):
    """Waits for and holds the lock `name` of this checkout; the operating system frees it when the process ends."""
    directory = os.path.join(ROOT, ".cache")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "tests-%s.lock" % name), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
