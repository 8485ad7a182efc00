# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/report/run_files.py: directories to runs, their names, summaries, and what differs."""

import json

import pytest

from training.report import run_files
from training.report.shapes import ReportError


def make(base, path, record=None, rows=(), scores=None):
    directory = base / path
    directory.mkdir(parents=True)
    if record is not None:
        (directory / "run.json").write_text(json.dumps(record))
    if rows:
        (directory / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if scores:
        (directory / "scores.json").write_text(json.dumps(scores))
    return str(directory)


def test_names_are_as_long_as_it_takes(tmp_path):
    paths = [
        make(tmp_path, path, record={}, rows=[{"step": 1}])
        for path in ("x/a/out", "x/b/out", "y/b/out")
    ]
    assert [run.name for run in run_files.load(paths[:1])] == ["out"]
    assert [run.name for run in run_files.load(paths[:2])] == ["a/out", "b/out"]
    assert [run.name for run in run_files.load(paths)] == ["x/a/out", "x/b/out", "y/b/out"]
    assert len(run_files.load(paths[:1] * 2)) == 2  # the same one twice ends, too


def test_summary(tmp_path):
    record = {
        "program": "run_squad",
        "status": "done",
        "started": "2026-01-02T03:04:05Z",
        "commit": "abc",
        "ranks": 2,
        "precision": "precision: fp32",
        "results": {"inference": {"batch_latency_seconds": {"p50": 0.0123, "p99": 0.5}}},
    }
    rows = [
        {"step": 1, "loss": 9.0, "sequences_per_second": None},
        {"step": 10, "loss": 2.0, "sequences_per_second": 7.0},
        {"step": 20, "loss": None, "sequences_per_second": 8.0},
    ]
    (run,) = run_files.load([make(tmp_path, "a", record, rows, {"exact_match": 50.0, "f1": 75.5})])
    cells = run_files.summary(run)
    assert (
        cells["started (UTC)"] == "2026-01-02 03:04:05"
        and cells["precision"] == "fp32"
        and cells["ranks"] == "2"
    )
    assert (cells["steps"], cells["last loss"], cells["sequences/s (median)"]) == (
        "20",
        "-",
        "7.50",
    )
    assert (
        cells["EM / F1"] == "50.00 / 75.50" and cells["batch latency, ms"] == "p50 12.3, p99 500.0"
    )


def test_evaluations_of_the_earlier_runs_count(tmp_path):
    def figures(step):
        evaluation = {
            "global_step": step,
            "masked_lm_loss": 2.0,
            "masked_lm_accuracy": 0.5,
            "next_sentence_accuracy": 0.75,
        }
        return {"results": {"evaluation": evaluation}}

    record = dict(figures(20), earlier=[figures(10), {"results": {}}])
    (run,) = run_files.load([make(tmp_path, "a", record)])
    assert [each["global_step"] for each in run_files.evaluations(run)] == [10, 20]
    assert run_files.summary(run)["masked words"] == "loss 2.0000, 50.00 % right"


def test_options_that_differ(tmp_path):
    options = [
        {"learning_rate": 1e-4, "batch": 8, "output_dir": "a"},
        {"learning_rate": 3e-4, "batch": 8, "output_dir": "b"},
    ]
    runs = run_files.load(
        [make(tmp_path, name, {"options": each}) for name, each in zip("ab", options)]
    )
    assert dict(run_files.differing_options(runs)) == {"learning_rate": [1e-4, 3e-4]}
    assert not run_files.differing_options(runs[:1])


def test_what_is_no_run(tmp_path):
    with pytest.raises(ReportError, match="nowhere: not a directory"):
        run_files.load([str(tmp_path / "nowhere")])
    with pytest.raises(ReportError, match="contains neither metrics.jsonl nor run.json"):
        run_files.load([make(tmp_path, "empty")])
    for text, said in (
        ("{", "not valid JSON"),
        ("[" * 100000, "not valid JSON"),
        ("[]", "not a JSON object"),
    ):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(ReportError, match=said):
            run_files.read_json(str(tmp_path / "x.json"), {})
