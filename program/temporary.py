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

_NEW = "bert-new-"
_OURS = re.compile(r"^bert-run-[a-z]+-\w+$")
_locks = []  # open descriptors


def make_directory(kind):
    """Makes an empty directory, which is removed when the process ends.

    Args:
        kind: str of small letters, part of its name.

    Returns:
        str, its path.
    """
    new = tempfile.mkdtemp(prefix=_NEW)
    # It gets the name under which it may be removed when it is locked.
    lock = os.open(new, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder, name = os.path.split(new)
        path = os.path.join(folder, "bert-run-%s-%s" % (kind, name[len(_NEW) :]))
        os.rename(new, path)
    except OSError:  # no locks there: it keeps its name, and after a kill stays
        path = new
    _locks.append(lock)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


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
