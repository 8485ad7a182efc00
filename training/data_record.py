# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a run trains on, as run.json records it, and how it differs from what the run before trained on.

A file is known by its content, so that it may be moved or renamed. Of records, which may be hundreds of gigabytes, that is
the length and a digest of the first and the last part.
"""

import hashlib
import os
from collections import Counter, OrderedDict

from program import manifests
from program.errors import DataError, few
from program.files import digest

_PART_BYTES = 1 << 16


def of_files(files, whole=False):
    """OrderedDict path -> "length digest" of files.

    Args:
      files: list of paths.
      whole: whether the digest is of the whole file instead of its first and last 64 KiB.

    Raises:
      DataError: a file cannot be read.
    """
    return OrderedDict((path, _fingerprint(path, whole)) for path in files)


def _fingerprint(path, whole):
    try:
        size = os.path.getsize(path)
        found = digest(path) if whole else _digest_of_ends(path, size)
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror or error))
    return "%d %s" % (size, found[:32])


def _digest_of_ends(path, size):
    with open(path, "rb") as stream:
        ends = stream.read(_PART_BYTES)
        stream.seek(max(size - _PART_BYTES, 0))
        return hashlib.sha256(ends + stream.read(_PART_BYTES)).hexdigest()


def lower_cased(files):
    """Whether the text of records was lower-cased, as their manifests say; None if they do not say, or differ."""
    found = set()
    for path in files:
        made_from = manifests.read(path + ".json").get("made_from")
        parameters = made_from.get("parameters") if isinstance(made_from, dict) else None
        casing = parameters.get("do_lower_case") if isinstance(parameters, dict) else None
        found.add(casing if isinstance(casing, bool) else None)
    return found.pop() if len(found) == 1 else None


def differences(before, now):
    """How data differs from that of the run before: list of str, empty if it is the same.

    Args:
      before, now: dict, name of an option -> what `of_files` returns, or a value. What `before` lacks is not compared.
    """
    found = []
    for option, value in now.items():
        old = before.get(option, value)
        if isinstance(value, dict) and isinstance(old, dict):
            found.extend(_of_files(option, old, value))
        elif old != value:
            found.append("--%s was %s, is %s" % (option, _shown(old), _shown(value)))
    return found


def _of_files(option, old, new):
    added, gone = _others(new, old), _others(old, new)
    found = ["--%s: new: %s" % (option, few(added))] if added else []
    return found + (["--%s: no longer there: %s" % (option, few(gone))] if gone else [])


def _others(files, known):
    """The paths of files whose content is not among the known ones, each known one counted once."""
    left = Counter(known.values())
    found = []
    for path, content in files.items():
        if left[content] > 0:
            left[content] -= 1
        else:
            found.append(path)
    return found


def _shown(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
