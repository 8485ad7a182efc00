# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""One run a directory: a lock that ends with the process that holds it, however it ends.

The kernel holds it (flock), so a killed process leaves none. Over NFS Linux passes it on to the server; where a file
system does not, another host's run cannot be seen, and a file that such a run left behind is reported.
"""

import contextlib
import errno
import fcntl
import json
import os
import socket
import time

from program.errors import DataError, UserError

LOCK_FILE = "run.lock"
_BUSY = (errno.EWOULDBLOCK, errno.EACCES)


class LockedError(UserError):
    """Another run is at work in the directory; the message names it."""


@contextlib.contextmanager
def held(directory, warn):
    """Holds the lock of a directory for the length of a `with` block.

    Args:
      directory: str, exists and is writable.
      warn: function of a str, told where the lock may not keep another host's run away.

    Raises:
      LockedError: another run holds it.
      DataError: the lock cannot be written: the disk is full.
    """
    path = os.path.join(directory, LOCK_FILE)
    descriptor = _acquire(path, directory, warn)
    try:
        try:
            _write(descriptor)
        except OSError as error:
            raise DataError("%s: cannot be written (%s)" % (path, error.strerror))
        yield
    finally:
        with contextlib.suppress(OSError):
            os.remove(path)
        os.close(descriptor)


def _acquire(path, directory, warn):
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _owner(descriptor)
            os.close(descriptor)
            if error.errno in _BUSY:
                raise LockedError(
                    "%s: another run is at work here (%s): wait for its end, or choose another --output_dir"
                    % (directory, owner or "it has just started")
                )
            warn(
                "%s: this file system has no locks (%s): make sure that no other run writes there"
                % (directory, error.strerror)
            )
            return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        # The holder removes the file when it ends: a lock on a removed file would be a lock on nothing.
        if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
            break
        os.close(descriptor)
    left = _read(descriptor)
    if left and left.get("host") != socket.gethostname():
        warn(
            "%s: a run on another host did not end properly (%s); a lock may not reach across hosts: make sure that it has ended"
            % (directory, _said(left))
        )
    return descriptor


def _write(descriptor):
    owner = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner, sort_keys=True).encode("utf-8"), 0)


def _read(descriptor):
    try:
        content = json.loads(os.pread(descriptor, 4096, 0).decode("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _owner(descriptor):
    """Who wrote the file, as text; None if that cannot be read (yet)."""
    for _ in range(10):
        owner = _read(descriptor)
        if owner:
            return _said(owner)
        time.sleep(0.05)
    return None


def _said(owner):
    return "host %s, process %s, started %s" % tuple(
        owner.get(name, "?") for name in ("host", "pid", "started")
    )
