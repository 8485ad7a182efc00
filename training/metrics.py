# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A run's machine-readable files, metrics.jsonl and latency.jsonl: writing and reading.

training/README.md documents every field. Nothing here needs TensorFlow.
"""


import io
import json
import math
from collections import OrderedDict

from program.files import write_whole

STEPS_FILE = "metrics.jsonl"
LATENCY_FILE = "latency.jsonl"


class MetricsError(ValueError):
    """A file of a run cannot be read; the message is one line that names it."""


def append_json_line(path, values):
    """Appends one JSON object as one line, keys sorted; numbers that JSON cannot represent become null."""
    with open(path, "a") as stream:
        stream.write(json.dumps(_clean(values), sort_keys=True) + "\n")


def write_json_lines(path, rows):
    """Writes a file of such lines, which appears complete or not at all."""
    write_whole(path, "".join(json.dumps(_clean(row), sort_keys=True) + "\n" for row in rows))


def read_json_lines(path):
    """The objects of a file of JSON lines, in their order: list of dict.

    An incomplete last line, which a killed run leaves, is ignored.

    Raises:
      MetricsError: the file cannot be read, or another line is not a JSON object.
    """
    try:
        with io.open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (EnvironmentError, UnicodeDecodeError) as error:
        raise MetricsError(
            "%s: cannot be read (%s)" % (path, getattr(error, "strerror", None) or error)
        )
    rows = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise MetricsError("%s:%d: not a JSON object" % (path, number))
        rows.append(row)
    return rows


def read_steps(path):
    """The rows of a metrics.jsonl in order of steps: list of dict.

    A resumed run repeats the steps after its last checkpoint; the later line counts.

    Raises:
      MetricsError: the file cannot be read, or a row has no step.
    """
    by_step = {}
    for number, row in enumerate(read_json_lines(path), 1):
        if not isinstance(row.get("step"), int):
            raise MetricsError('%s:%d: no "step"' % (path, number))
        by_step[row["step"]] = row
    return [row for _, row in sorted(by_step.items())]


def _clean(values):
    return {
        key: None if isinstance(value, float) and not is_finite(value) else value
        for key, value in values.items()
    }


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
