# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run.json: the options of a run, its environment and its results. training/README.md documents the fields."""


import io
import json
import logging
import os
import sys
import time
from collections import OrderedDict
from contextlib import contextmanager

from program.errors import DataError
from program.files import write_whole
from training import versions

RUN_FILE = "run.json"
# A name that checkpoint_files.remove_leftovers knows, should the run be killed.
_RESERVE = RUN_FILE + ".tmp-0"
_RESERVED_BYTES = 1 << 16  # several times what a record has


class RunRecord:
    """The run.json of one process, on disk from the start and rewritten whole at each change.

    Args:
      output_dir: str.
      fields: OrderedDict, the fields known at the start.
      writes: bool; only the first rank writes it.
    """

    def __init__(self, output_dir, fields, writes):
        self._path = os.path.join(output_dir, RUN_FILE)
        self._fields = fields
        self._writes = writes
        self._save()

    def note(self, **facts):
        """Adds fields that are only known during the run, such as the number of steps."""
        self._fields.update(facts)
        self._save()

    def data_note(self, option):
        """The end of the line that nothing is left to train: says so if there is new data, and which option trains on it."""
        if not self._fields.get("data_changed"):
            return ""
        return "; the new data has not been used: increase %s" % option

    def result(self, what, values):
        """Adds figures: what ("training", "evaluation", "inference") -> dict of numbers."""
        self._fields["results"][what] = values
        self._save()

    def _save(self):
        if self._writes:
            write_whole(self._path, json.dumps(self._fields, indent=1, default=str) + "\n")


@contextmanager
def recorded(program, job, facts=None):
    """A RunRecord for the duration of a `with` block; how the block ended is recorded last.

    The records of earlier runs in the same output_dir, which this one resumes, are kept in "earlier".

    Args:
      program: str, such as "run_squad".
      job: job.Job of this rank; its output_dir exists.
      facts: dict of more fields.
    """
    begin = time.monotonic()  # a clock may be set back
    options = OrderedDict()
    for group in job.options:
        options.update(group.to_dict())
    output_dir = job.run.output_dir
    fields = OrderedDict(
        [
            ("program", program),
            ("status", "running"),
            ("started", _now()),
            ("finished", None),
            ("seconds", None),
            ("command", list(sys.argv)),
            ("commit", versions.commit()),
            ("versions", versions.versions()),
            ("gpus", versions.gpus()),
            ("ranks", job.runtime.size),
        ]
    )
    fields.update([("kernels", job.kernels.description), ("precision", job.precision.description)])
    fields.update(
        [
            ("options", options),
            ("model", job.config.to_dict()),
            ("results", OrderedDict()),
        ]
    )
    fields.update(sorted((facts or {}).items()))
    path = os.path.join(output_dir, RUN_FILE)
    fields["earlier"] = _earlier(path, fields.get("data")) if job.runtime.is_chief else []
    record = RunRecord(output_dir, fields, job.runtime.is_chief)
    if job.runtime.is_chief:
        _reserve(output_dir)
    try:
        yield record
    except BaseException as error:
        _release(output_dir)
        _note_the_end(record, error, job, begin)
        raise
    _release(output_dir)
    record.note(status="done", **_end(begin))


def _note_the_end(record, error, job, begin):
    """Records that the run failed, or was interrupted. A full disk must not hide the first error."""
    # Imported here: training.report reads records without TensorFlow.
    from training import checkpoint_files, failures

    status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
    line = failures.explanation(error, job.run.output_dir)
    text = line or "%s: %s" % (type(error).__name__, error)
    try:
        if job.runtime.is_chief and (line or isinstance(error, DataError)):
            checkpoint_files.remove_leftovers(job.run.output_dir)
        record.note(status=status, error=text, **_end(begin))
    except (DataError, OSError) as second:
        logging.getLogger("tensorflow").error("%s", second)


def _reserve(output_dir):
    """Takes room for the last record, which would find none on a disk that the run fills; on one that is full already, none."""
    try:
        with open(os.path.join(output_dir, _RESERVE), "wb") as room:
            room.write(b"\0" * _RESERVED_BYTES)
    except OSError:
        _release(output_dir)


def _release(output_dir):
    try:
        os.remove(os.path.join(output_dir, _RESERVE))
    except OSError:  # there was no room to take
        pass


def _end(begin):
    return {"finished": _now(), "seconds": round(time.monotonic() - begin, 3)}


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _earlier(path, data):
    """The records of the runs before this one, oldest first; an invalid file is ignored.

    `data` (of this run) may be long: where an earlier record has the same, it is left out there.
    """
    record = read(path)
    if record is None:
        return []
    earlier = record.pop("earlier", [])
    if data is not None and record.get("data") == data:
        del record["data"]
    return (earlier if isinstance(earlier, list) else []) + [record]


def trained(directory):
    """The record of the last run that trained in a directory, or None: a prediction there leaves the record of its own.

    Returns:
      OrderedDict; its "options" are an OrderedDict.
    """
    record = read(os.path.join(directory, RUN_FILE))
    if record is None:
        return None
    earlier = record.get("earlier")
    for one in [record] + (earlier[::-1] if isinstance(earlier, list) else []):
        options = one.get("options") if isinstance(one, dict) else None
        if isinstance(options, dict) and options.get("do_train"):
            return one
    return None


def is_damaged(directory):
    """Whether there is a run.json, but no record can be read from it."""
    path = os.path.join(directory, RUN_FILE)
    return os.path.exists(path) and read(path) is None


def read(path):
    """The record in a run.json (OrderedDict), or None if it cannot be read."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            record = json.load(stream, object_pairs_hook=OrderedDict)
    except (EnvironmentError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
