# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Files of windows that later runs use again: what each was made from stands beside it, in `<file>.windows`.

A file is used only if all that decides its content is the same (the questions, the vocabulary, the options, the code) and it is
byte for byte as it was written. A Store is a directory in which several runs share such files.
"""

import hashlib
import io
import json
import logging
import os
import unicodedata
from collections import OrderedDict

import numpy as np

from program import directory_lock
from program.errors import UserError
from program.files import digest, human, whole_file, write_whole
from program.options import OptionError
from program.unknown_words import UnknownWords
from squad.windows import Places, Windows

ENDING = ".windows"

# Raise it when the code makes other windows of the same input; tests/squad/test_window_files.py notices.
_VERSION = 1
_DIGEST_BYTES = hashlib.sha256().digest_size
_COPIED_AT_ONCE = 1 << 20
_MOST_BYTES = 10 * 10**9  # of a Store
_NAME = "squad-windows-%s.tf_record"

_LOG = logging.getLogger("squad")


def made_from(question_file, options, is_training):
    """All that decides the windows of a file of questions: a dict of str, int and bool.

    Args:
        question_file: str.
        options: squad.options.SquadOptions.
        is_training: bool.

    Raises:
        DataError: a file cannot be read.
    """
    facts = {
        "version": _VERSION,
        "unicode": unicodedata.unidata_version,  # which characters are punctuation differs
        "questions": digest(question_file),
        "vocabulary": digest(options.vocab_file),
        "is_training": is_training,
    }
    for name in (
        "do_lower_case",
        "version_2_with_negative",
        "max_seq_length",
        "doc_stride",
        "max_query_length",
    ):
        facts[name] = getattr(options, name)
    return facts


def in_order(facts, order):
    """The facts of windows that are in another order of examples. order: int array."""
    content = np.asarray(order, "<i8").tobytes()
    return dict(facts, order=hashlib.sha256(content).hexdigest())


def describe(path, windows, facts):
    """Writes down what a file of windows was made from.

    Args:
        path: str, of the file, which is complete.
        windows: Windows.
        facts: as made_from gives them.

    Raises:
        DataError: a file cannot be read or written.
    """
    unknown = windows.unknown
    described = {
        "made_from": facts,
        "bytes": os.path.getsize(path),
        "sha256": digest(path),
        "unknown": [unknown.num_tokens, unknown.num_unknown, unknown.words],
    }
    arrays = OrderedDict(counts=windows.counts, sizes=windows.sizes)
    if windows.places is not None:
        arrays.update(windows.places._asdict())
    arrays["described"] = np.frombuffer(json.dumps(described).encode("ascii"), np.uint8)
    content = io.BytesIO()
    np.savez(content, **arrays)
    content = content.getvalue()
    write_whole(path + ENDING, hashlib.sha256(content).digest() + content)


def load(path, facts, options):
    """The Windows of a file that was made from these facts and is as it was written; otherwise None.

    Args:
        path: str.
        facts: as made_from gives them.
        options: as Windows takes them.
    """
    described, windows = _described(path, options)
    if described is None or described["made_from"] != facts:
        return None
    try:
        is_whole = os.path.getsize(path) == described["bytes"]
        if is_whole and digest(path) == described["sha256"]:
            return windows
    except (OSError, UserError):
        pass
    _LOG.warning("%s: not as it was written: its windows are made again", path)
    return None


def _described(path, options):
    """(what stands beside a file, its Windows); (None, None) if that cannot be read."""
    try:
        with open(path + ENDING, "rb") as source:
            content = source.read()
    except OSError:
        return None, None
    content, check = content[_DIGEST_BYTES:], content[:_DIGEST_BYTES]
    if hashlib.sha256(content).digest() != check:
        _LOG.warning("%s: damaged: the windows are made again", path + ENDING)
        return None, None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        described = json.loads(arrays["described"].tobytes().decode("ascii"))
        places = None
        if Places._fields[0] in arrays.files:
            places = Places(*(arrays[name] for name in Places._fields))
        unknown = UnknownWords(*described["unknown"])
        windows = Windows(arrays["counts"], arrays["sizes"], unknown, places, options)
    return described, windows


class Store:
    """A directory of files of windows, which several runs may share, also at the same time.

    It holds 10 GB at most; the files that have not been used for longest are removed first. Every file is checked as it is
    copied to a run, so a run may remove one that another is about to use.

    Args:
        directory: str, or None: nothing is kept, and nothing is found.

    Raises:
        OptionError: the directory can neither be used nor made.
    """

    def __init__(self, directory):
        self.directory = directory
        if directory is None:
            return
        try:
            os.makedirs(directory)
        except OSError as error:
            if not os.path.isdir(directory):
                raise OptionError(
                    "--windows_cache_dir=%s: no directory, and cannot be created (%s)"
                    % (directory, error.strerror)
                )

    def _path(self, facts):
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode("ascii")).hexdigest()[:32]
        return os.path.join(self.directory, _NAME % key)

    def fetch(self, path, facts, options):
        """Copies the file that was made from these facts, if there is one.

        Args:
            path: str, of the copy.
            facts, options: as in `load`.

        Returns:
            Windows; None where there is no such file, and then none at `path` either.

        Raises:
            DataError: the copy cannot be written.
        """
        if self.directory is None:
            return None
        kept = self._path(facts)
        described, windows = _described(kept, options)
        if described is None or described["made_from"] != facts:
            return None
        try:
            with open(kept, "rb") as source:
                with whole_file(path, "wb") as copy:
                    if not _copies(source, copy, described):
                        raise _DamagedError
        except _DamagedError:
            _LOG.warning("%s: not as it was written: its windows are made again", kept)
            return None
        except OSError:  # another run has removed it, or it cannot be read
            return None
        try:
            os.utime(kept + ENDING)
        except OSError:  # read-only: whoever may write there decides what goes
            pass
        return windows

    def keep(self, path, windows, facts):
        """Keeps a copy of a file for other runs; where that is impossible, a line of the log says so.

        Args:
            path: str, of the file.
            windows, facts: as in `describe`.
        """
        if self.directory is None:
            return
        kept, size = self._path(facts), os.path.getsize(path)
        if size > _MOST_BYTES:
            _LOG.warning("%s: windows of %s are too many to be kept", self.directory, human(size))
            return
        try:
            # One run at a time, so that a copy has one name while it is incomplete; a killed run's is overwritten.
            with directory_lock.held(self.directory, _LOG.warning):
                self._make_room(size, kept)
                with open(path, "rb") as source, whole_file(kept, "wb") as copy:
                    for piece in _pieces(source):
                        copy.write(piece)
                describe(kept, windows, facts)
        except (OSError, UserError) as error:
            _LOG.warning(
                "--windows_cache_dir=%s: windows are not kept for other runs (%s)",
                self.directory,
                error,
            )

    def _make_room(self, size, new):
        """Removes what has not been used for longest until `size` bytes more are within the limit, and what killed runs left."""
        found = []
        for name in os.listdir(self.directory):
            path = os.path.join(self.directory, name)
            if not name.startswith(_NAME.partition("%")[0]):
                continue
            if name.endswith(".tmp"):
                os.remove(path)
            elif not name.endswith(ENDING) and path != new:
                found.append((_last_used(path), os.path.getsize(path), path))
        total = size + sum(size for _, size, _ in found)
        for _, size_of_oldest, path in sorted(found):
            if total <= _MOST_BYTES:
                break
            # The description first: without it the file means nothing.
            for one in (path + ENDING, path):
                if os.path.exists(one):
                    os.remove(one)
            total -= size_of_oldest


class _DamagedError(Exception):
    pass


def _copies(source, copy, described):
    """Copies a file; False if it is not as it was described."""
    state, size = hashlib.sha256(), 0
    for piece in _pieces(source):
        state.update(piece)
        size += len(piece)
        copy.write(piece)
    return size == described["bytes"] and state.hexdigest() == described["sha256"]


def _pieces(source):
    return iter(lambda: source.read(_COPIED_AT_ONCE), b"")


def _last_used(path):
    """When a file was used last, as its description says; 0 without one."""
    try:
        return os.stat(path + ENDING).st_mtime_ns
    except OSError:
        return 0
