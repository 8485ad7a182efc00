# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Temporary directories of a process, which go with it; those of a process that was killed go at a later start.

A process holds a lock on each of its own, which the kernel ends with the process.
"""

import atexit
import fcntl
import os
import re
import shutil
import tempfile

_PREFIX = "bert-run-"
_OURS = re.compile(r"^bert-run-[a-z]+-\w+$")
_locks = []  # open descriptors


def make_directory(kind):
    """Makes an empty directory, which is removed when the process ends.

    Args:
        kind: str of small letters, part of its name.

    Returns:
        str, its path.
    """
    while True:
        path = tempfile.mkdtemp(prefix="%s%s-" % (_PREFIX, kind))
        if _lock(path):
            atexit.register(shutil.rmtree, path, ignore_errors=True)
            return path


def _lock(path):
    """Locks a new directory; False if another process took it for a leftover before it was locked."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    except OSError:
        pass  # no locks there: after a kill the directory stays
    _locks.append(lock)
    return os.path.isdir(path)


def remove_leftovers():
    """Removes this user's directories whose processes have been killed; returns their paths."""
    removed, folder = [], tempfile.gettempdir()
    for name in sorted(filter(_OURS.match, os.listdir(folder))):
        path = os.path.join(folder, name)
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
        except OSError:
            pass  # its process lives
        finally:
            os.close(lock)
    return removed
