# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/metrics.py: the lines programs read, written and read back."""

import os

import numpy as np
import pytest

from program.errors import DataError
from training import metrics


def test_lines_are_valid_json_whatever_the_number(tmp_path):
    path = str(tmp_path / "metrics.jsonl")
    metrics.append_json_line(path, {"a": float("nan"), "b": float("-inf"), "c": 1})
    assert open(path).read() == '{"a": null, "b": null, "c": 1}\n'


def test_steps_in_order_and_repeated_ones_once(tmp_path):
    path = str(tmp_path / "metrics.jsonl")
    for step, loss in ((1, 9.0), (10, 8.0), (20, 7.0), (10, 6.0)):
        metrics.append_json_line(path, {"step": step, "loss": loss})
    assert [(row["step"], row["loss"]) for row in metrics.read_steps(path)] == [
        (1, 9.0),
        (10, 6.0),
        (20, 7.0),
    ]


def test_a_line_cut_short_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 1')
    assert metrics.read_steps(str(path)) == [{"step": 1}]


@pytest.mark.parametrize(
    "text, said",
    [
        ("nonsense\n", ":1: not a JSON object"),
        ("[" * 100000 + "\n", ":1: not a JSON object"),
        ('{"step": 1}\n{"step": 2, "loss": "low"}\n', ':2: "loss" is not a number'),
        ('{"step": 1, "loss": [1.0]}\n', ':1: "loss" is not a number'),
        ('{"step": 1, "loss": 1%s}\n' % ("0" * 400), ':1: "loss" is not a number'),
        ('{"step": true}\n', ':1: no "step"'),
        ('{"step": 1e3}\n', ':1: no "step"'),
        ('{"step": -1}\n', ':1: no "step"'),
        ("[1]\n", ":1: not a JSON object"),
        ('{"loss": 1.0}\n', ':1: no "step"'),
        (None, "cannot be read"),
    ],
)
def test_files_that_are_none_of_ours(tmp_path, text, said):
    path = tmp_path / "metrics.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(metrics.MetricsError) as caught:
        metrics.read_steps(str(path))
    assert str(caught.value).startswith(str(path)) and said in str(caught.value)


def test_a_line_cut_short_by_a_full_disk_costs_itself_only(tmp_path, caplog):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2, "lo')
    metrics.append_json_line(str(path), {"step": 3})
    metrics.append_json_line(str(path), {"step": 4})
    assert [row["step"] for row in metrics.read_steps(str(path))] == [1, 3, 4]
    assert "%s:2: not a JSON object; line skipped" % path in caplog.text
    # Written by an earlier version, which went on in the middle of the line.
    path.write_text('{"step": 1}\n{"step": 2, "lo{"step": 3}\n{"step": 4}\n')
    assert [row["step"] for row in metrics.read_steps(str(path))] == [1, 4]


def test_a_file_that_cannot_be_written(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.mkdir()
    with pytest.raises(DataError, match="metrics.jsonl: cannot be written"):
        metrics.append_json_line(str(path), {"step": 1})


def test_a_file_appears_whole(tmp_path):
    path = str(tmp_path / "latency.jsonl")
    metrics.write_json_lines(path, [{"batch": 0}, {"batch": 1}])
    assert metrics.read_json_lines(path) == [{"batch": 0}, {"batch": 1}]
    with pytest.raises(AttributeError):
        metrics.write_json_lines(path, [{"batch": 2}, None])
    assert metrics.read_json_lines(path) == [{"batch": 0}, {"batch": 1}]
    assert os.listdir(str(tmp_path)) == ["latency.jsonl"]


@pytest.mark.parametrize("count", [1, 2, 5, 100])
def test_percentiles_are_numpys(count):
    seconds = list(np.random.RandomState(count).rand(count))
    found = metrics.percentiles(seconds, (0, 50, 90, 99, 100))
    assert list(found) == ["p0", "p50", "p90", "p99", "p100"]
    assert list(found.values()) == pytest.approx(list(np.percentile(seconds, [0, 50, 90, 99, 100])))
