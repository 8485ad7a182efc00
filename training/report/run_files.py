# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads the output directories of runs, for `python -m training.report`."""


import io
import json
import os
from collections import OrderedDict, namedtuple

from program.files import name_as_text
from training import metrics, run_record
from training.report import shapes
from training.report.shapes import ReportError

SCORES_FILE = "scores.json"
PREDICTIONS_FILE = "predictions.json"

# name: short and different for each run of a report. directory: str. rows: of metrics.read_steps, perhaps none.
# record: of run.json, or an empty dict. scores: {"exact_match", "f1"} or None.
Run = namedtuple("Run", ["name", "directory", "rows", "record", "scores"])


def load(directories):
    """The runs of some output directories: list of Run.

    Raises:
      ReportError: a directory does not exist, or contains neither metrics.jsonl nor run.json.
      metrics.MetricsError: a metrics.jsonl is damaged.
    """
    return [_load(directory, name) for directory, name in zip(directories, _names(directories))]


def _load(directory, name):
    if not os.path.isdir(directory):
        raise ReportError("%s: not a directory" % directory)
    steps = os.path.join(directory, metrics.STEPS_FILE)
    rows = metrics.read_steps(steps) if os.path.exists(steps) else []
    path = os.path.join(directory, run_record.RUN_FILE)
    if run_record.is_damaged(directory):
        raise ReportError("%s: damaged: not a JSON object: restore or remove it" % path)
    record = shapes.checked(path, run_record.read(path) or OrderedDict(), shapes.RECORD)
    if not rows and not record:
        raise ReportError(
            "%s: contains neither %s nor %s: pass the output_dir of a run"
            % (directory, metrics.STEPS_FILE, run_record.RUN_FILE)
        )
    scores = os.path.join(directory, SCORES_FILE)
    return Run(
        name,
        directory,
        rows,
        record,
        read_json(scores, shapes.SCORES) if os.path.exists(scores) else None,
    )


def read_json(path, shape):
    """The value in a JSON file.

    Args:
      path: str.
      shape: what it must be made of, see shapes.checked.

    Raises:
      ReportError: it cannot be read, or is something else.
    """
    try:
        with io.open(path, encoding="utf-8") as stream:
            value = json.load(stream)
    except EnvironmentError as error:
        raise ReportError("%s: cannot be read (%s)" % (path, error.strerror))
    except (ValueError, RecursionError) as error:
        raise ReportError("%s: not valid JSON (%s)" % (path, error))
    return shapes.checked(path, value, shape)


def read_nbest(path):
    """The best answers of each question in a nbest_predictions.json.

    Raises:
      ReportError: it cannot be read, is something else, or an answer lacks its text or probability.
    """
    found = read_json(path, shapes.NBEST)
    for qas_id, answers in found.items():
        for number, answer in enumerate(answers):
            for name in ("text", "probability"):
                if name not in answer:
                    raise ReportError("%s: %s[%d] has no %s" % (path, qas_id, number, name))
    return found


def _names(directories):
    """The shortest trailing parts of the paths that differ."""
    parts = [os.path.abspath(name_as_text(directory)).split(os.sep) for directory in directories]
    depth = 1
    while depth < max(map(len, parts)) and len({tuple(part[-depth:]) for part in parts}) < len(
        parts
    ):
        depth += 1
    return ["/".join(part[-depth:]) for part in parts]


def evaluations(run):
    """The evaluations of a run and of those it resumed, oldest first: list of dict with "global_step"."""
    records = list(run.record.get("earlier", [])) + [run.record]
    found = [record.get("results", {}).get("evaluation") for record in records]
    return [figures for figures in found if figures and "global_step" in figures]


def summary(run):
    """A run's cells in the table of a report: an OrderedDict, heading -> text."""
    record = run.record
    results = record.get("results", {})
    cells = OrderedDict(
        [
            ("program", record.get("program") or "-"),
            ("status", record.get("status") or "-"),
            ("started (UTC)", (record.get("started") or "-").replace("T", " ").rstrip("Z")),
            ("commit", record.get("commit") or "-"),
            ("precision", (record.get("precision") or "-").replace("precision: ", "")),
            ("ranks", str(record.get("ranks", "-"))),
        ]
    )
    if run.rows:
        last = run.rows[-1]
        cells["steps"] = str(last["step"])
        cells["last loss"] = _number(last.get("loss"), "%.4f")
        cells["sequences/s (median)"] = _number(
            median([row.get("sequences_per_second") for row in run.rows]), "%.2f"
        )
    evaluated = evaluations(run)
    if evaluated:
        cells["masked words"] = "loss %s, %s right" % (
            _number(evaluated[-1].get("masked_lm_loss"), "%.4f"),
            _share(evaluated[-1].get("masked_lm_accuracy")),
        )
        cells["next sentence"] = _share(evaluated[-1].get("next_sentence_accuracy")) + " right"
    if run.scores:
        cells["EM / F1"] = "%s / %s" % tuple(
            _number(run.scores.get(name), "%.2f") for name in ("exact_match", "f1")
        )
    latency = results.get("inference", {}).get("batch_latency_seconds")
    if latency:
        cells["batch latency, ms"] = ", ".join(
            "%s %.1f" % (name, 1000 * seconds) for name, seconds in latency.items()
        )
    return cells


def differing_options(runs):
    """The options that differ between runs: an OrderedDict, option -> list of values, one per run."""
    options = [run.record.get("options", {}) for run in runs]
    names = OrderedDict((name, None) for each in options for name in each)
    found = OrderedDict((name, [each.get(name) for each in options]) for name in names)
    return OrderedDict(
        (name, values)
        for name, values in found.items()
        if name != "output_dir" and any(value != values[0] for value in values)
    )


def median(values):
    """The median of the values that are numbers; None without any."""
    present = sorted(value for value in values if value is not None)
    middle = len(present) // 2
    if not present:
        return None
    return present[middle] if len(present) % 2 else (present[middle - 1] + present[middle]) / 2.0


def _number(value, pattern):
    return "-" if value is None else pattern % value


def _share(value):
    return "-" if value is None else "%.2f %%" % (100 * value)
