# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/report/shapes.py: files of another kind end with a line that names the place; nulls are absent values."""

import json

import pytest

from training.report import pages, shapes
from training.report.shapes import ReportError

RECORD = {
    "program": "run_squad",
    "status": "done",
    "started": "2026-11-26T20:00:00Z",
    "commit": "abc",
    "precision": "precision: float32",
    "ranks": 1,
    "options": {"learning_rate": 1e-4, "init_checkpoint": None, "predict_file": "dev.json"},
    "results": {
        "training": {"seconds": 1.5},
        "evaluation": {"global_step": 10, "loss": 2.5},
        "inference": {"batch_latency_seconds": {"p50": 0.1}, "seconds": 1},
    },
    "earlier": [{"results": {"evaluation": {"global_step": 5, "loss": 3.5}}}],
}
WRONG = [True, "text", 10**400, [], [1], {"a": "b"}]


def places(value, path=()):
    """The paths of all values within dicts and lists."""
    yield path
    for key, item in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    ):
        for place in places(item, path + (key,)):
            yield place


def changed(value, path, new):
    if not path:
        return new
    copy = type(value)(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def test_a_record_is_accepted_and_nulls_are_absent():
    assert shapes.checked("run.json", RECORD, shapes.RECORD) == RECORD
    for path in places(RECORD):
        if path:
            assert shapes.checked("run.json", changed(RECORD, path, None), shapes.RECORD)
    assert "ranks" not in shapes.checked("run.json", dict(RECORD, ranks=None), shapes.RECORD)


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("ranks", "1", "run.json: ranks is not a number"),
        ("ranks", True, "ranks is not a number"),
        ("ranks", 10**400, "ranks is not a number"),
        ("program", 3, "program is not text"),
        ("options", [], "options is not a JSON object"),
        ("options", {"predict_file": 7}, "options.predict_file is not text"),
        ("results", {"evaluation": {"loss": "low"}}, "results.evaluation.loss is not a number"),
        ("earlier", {}, "earlier is not a JSON array"),
        ("earlier", [{}, 5], r"earlier\[1\] is not a JSON object"),
    ],
)
def test_the_line_names_the_place(name, value, said):
    with pytest.raises(ReportError, match=said):
        shapes.checked("run.json", dict(RECORD, **{name: value}), shapes.RECORD)


def test_a_report_of_any_other_record_is_made_or_refused(tmp_path, capsys):
    path = tmp_path / "run.json"
    for place in places(RECORD):
        for value in WRONG + [None, 0, ""]:
            path.write_text(json.dumps(changed(RECORD, place, value)))
            code = pages.main([str(tmp_path)])
            lines = capsys.readouterr().err.splitlines()
            assert (code, len(lines)) in ((0, 0), (2, 1)), (place, value, lines)
            if code:
                assert lines[0].startswith("error: %s" % tmp_path)
