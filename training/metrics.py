# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A run's machine-readable files, metrics.jsonl and latency.jsonl: writing and reading.

training/README.md documents every field. Nothing here needs TensorFlow.
"""


import io
import json
import logging
import math
import os
from collections import OrderedDict

from program.errors import DataError
from program.files import write_whole

_LOG = logging.getLogger("metrics")

STEPS_FILE = "metrics.jsonl"
LATENCY_FILE = "latency.jsonl"


class MetricsError(ValueError):
    """A file of a run cannot be read; the message is one line that names it."""


def append_json_line(path, values):
    """Appends one JSON object as one line, keys sorted; numbers that JSON cannot represent become null.

    Raises:
      DataError: the file cannot be written.
    """
    line = json.dumps(_clean(values), sort_keys=True) + "\n"
    try:
        with open(path, "ab+") as stream:
            # A run that was killed, or a full disk, may have left half a line.
            if stream.tell() and not _ends_with_newline(stream):
                line = "\n" + line
            stream.write(line.encode("ascii"))
    except EnvironmentError as error:
        raise DataError("%s: cannot be written (%s)" % (path, error.strerror or error))


def _ends_with_newline(stream):
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"


def write_json_lines(path, rows):
    """Writes a file of such lines, which appears complete or not at all."""
    write_whole(path, "".join(json.dumps(_clean(row), sort_keys=True) + "\n" for row in rows))


def read_json_lines(path):
    """The objects of a file of JSON lines, in their order: list of dict.

    A line that is no JSON object, such as one that a killed run or a full disk cut short, is skipped with a warning; so
    is a last line without an end, silently: a run may be writing it.

    Raises:
      MetricsError: the file cannot be read, or has lines, but not one JSON object.
    """
    return [row for _, row in _numbered_rows(path)]


def _numbered_rows(path):
    """As read_json_lines: list of (line number from 1, dict)."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (EnvironmentError, UnicodeDecodeError) as error:
        raise MetricsError(
            "%s: cannot be read (%s)" % (path, getattr(error, "strerror", None) or error)
        )
    rows, skipped = [], []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            rows.append((number, row))
        elif line.strip():
            skipped.append(number)
    if skipped and not rows:
        raise MetricsError("%s:%d: not a JSON object" % (path, skipped[0]))
    for number in skipped:
        _LOG.warning("warning: %s:%d: not a JSON object; line skipped", path, number)
    return rows


def read_steps(path):
    """The rows of a metrics.jsonl in order of steps: list of dict.

    A resumed run repeats the steps after its last checkpoint; the later line counts.

    Raises:
      MetricsError: the file cannot be read, a row has no step, or a figure is neither a number nor null.
    """
    by_step = {}
    for number, row in _numbered_rows(path):
        step = row.get("step")
        if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < 2**63:
            raise MetricsError('%s:%d: no "step"' % (path, number))
        for name, value in row.items():
            if value is not None and not is_figure(value):
                raise MetricsError('%s:%d: "%s" is not a number' % (path, number, name))
        by_step[step] = row
    return [row for _, row in sorted(by_step.items())]


def _clean(values):
    return {
        key: None if isinstance(value, float) and not is_finite(value) else value
        for key, value in values.items()
    }


def is_figure(value):
    """Whether a value from a JSON file is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return not isinstance(value, int) or abs(value) < 2**1023


def is_finite(number):
    """Whether a float is neither infinite nor NaN."""
    return not (math.isnan(number) or math.isinf(number))


def percentiles(seconds, which=(50, 90, 99)):
    """Percentiles with linear interpolation between neighbours, as numpy.percentile.

    Args:
      seconds: non-empty list of float.
      which: percentages.

    Returns:
      OrderedDict, "p50" -> float.
    """
    ordered = sorted(seconds)
    found = OrderedDict()
    for percent in which:
        position = (len(ordered) - 1) * percent / 100.0
        below = int(position)
        above = min(below + 1, len(ordered) - 1)
        found["p%d" % percent] = ordered[below] + (ordered[above] - ordered[below]) * (
            position - below
        )
    return found
