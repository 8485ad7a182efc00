# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the JSON files of a run must be made of, so that a report of a damaged one ends with a line that names it."""

from collections import namedtuple

from training import metrics

# A kind of value. name: for messages. accepts: function of a value.
Kind = namedtuple("Kind", "name accepts")

TEXT = Kind("text", lambda value: isinstance(value, str))
NUMBER = Kind("a number", metrics.is_figure)
ANYTHING = Kind("anything", lambda value: True)
ANY = "*"  # as a key: every name that is not listed

FIGURES = {ANY: NUMBER}
_RESULTS = {
    "training": FIGURES,
    "evaluation": FIGURES,
    "inference": {"batch_latency_seconds": FIGURES, ANY: ANYTHING},
    ANY: ANYTHING,
}
_RUN = {name: TEXT for name in ("program", "status", "started", "commit", "precision")}
_RUN.update({"ranks": NUMBER, "options": {"predict_file": TEXT, ANY: ANYTHING}})
_RUN.update({"results": _RESULTS, ANY: ANYTHING})
# Of run.json, scores.json, predictions.json, nbest_predictions.json.
RECORD = dict(_RUN, earlier=[_RUN])
SCORES = {"exact_match": NUMBER, "f1": NUMBER, ANY: ANYTHING}
PREDICTIONS = {ANY: TEXT}
NBEST = {ANY: [{"text": TEXT, "probability": NUMBER, ANY: ANYTHING}]}


class ReportError(ValueError):
    """A report cannot be made; the message is one line that names the directory or file and the fix."""


def checked(path, value, shape, name=""):
    """A value from a JSON file without its nulls, which stand for what is absent.

    Args:
      path: str, of the file, for messages.
      value: what the file holds.
      shape: a Kind; a list of one shape, which all items have; or a dict, key -> shape, of which any may be absent.
      name: str, which part of the file `value` is.

    Raises:
      ReportError: a part is of another kind.
    """
    if isinstance(shape, Kind):
        if not shape.accepts(value):
            raise ReportError("%s: %s is not %s" % (path, name, shape.name))
        return value
    if not isinstance(value, type(shape)):
        kind = "a JSON object" if isinstance(shape, dict) else "a JSON array"
        raise ReportError(
            "%s: %s" % (path, "%s is not %s" % (name, kind) if name else "not " + kind)
        )
    if isinstance(shape, list):
        return [
            checked(path, item, shape[0], "%s[%d]" % (name, number))
            for number, item in enumerate(value)
            if item is not None
        ]
    return type(value)(
        (key, checked(path, item, _shape_of(key, shape), "%s.%s" % (name, key) if name else key))
        for key, item in value.items()
        if item is not None or _shape_of(key, shape) is ANYTHING
    )


def _shape_of(key, shape):
    return shape.get(key, shape.get(ANY, ANYTHING))
