# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/run_record.py: run.json at the start, during, after success, after failure, and of a continued run."""

import contextlib
import json
import os

import pytest

import modeling
from tests.jobs import SecondRank, make_job
from training import checkpoint_files, run_record


def recorded(directory, runtime=None, **optimizer):
    config = modeling.BertConfig(vocab_size=30, hidden_size=24)
    return run_record.recorded(
        "run_squad", make_job(directory, runtime, config=config, optimizer=optimizer)
    )


def on_disk(directory):
    with open(os.path.join(str(directory), "run.json")) as stream:
        return json.load(stream)


def test_it_is_there_from_the_beginning_and_follows_the_run(tmp_path):
    with recorded(tmp_path, learning_rate=3e-5) as record:
        now = on_disk(tmp_path)
        assert (now["program"], now["status"], now["finished"], now["ranks"]) == (
            "run_squad",
            "running",
            None,
            1,
        )
        assert now["options"]["learning_rate"] == 3e-5 and now["options"]["output_dir"] == str(
            tmp_path
        )
        assert now["model"]["hidden_size"] == 24 and now["precision"] == "precision: fp32"
        assert now["versions"]["python"] and now["commit"] and now["command"]
        record.note(num_train_steps=7)
        record.result("training", {"sentences": 56})
        assert (
            on_disk(tmp_path)["results"] == {"training": {"sentences": 56}}
            and on_disk(tmp_path)["num_train_steps"] == 7
        )
    after = on_disk(tmp_path)
    assert (
        after["status"] == "done"
        and after["finished"] >= after["started"]
        and after["seconds"] >= 0
    )
    assert os.listdir(str(tmp_path)) == ["run.json"]


def test_a_failure_is_recorded_and_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with recorded(tmp_path):
            raise KeyboardInterrupt()
    assert on_disk(tmp_path)["status"] == "interrupted"
    with pytest.raises(ValueError):
        with recorded(tmp_path):
            raise ValueError("the loss is nan")
    record = on_disk(tmp_path)
    assert (record["status"], record["error"]) == (
        "failed",
        "ValueError: the loss is nan",
    ) and record["finished"]


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
def test_room_for_the_last_record_is_taken_while_the_run_lasts(tmp_path, error):
    """Of a killed run, remove_leftovers removes it."""
    with pytest.raises(error) if error else contextlib.suppress():
        with recorded(tmp_path):
            (room,) = set(os.listdir(str(tmp_path))) - {"run.json"}
            assert (tmp_path / room).stat().st_size > 4 * (tmp_path / "run.json").stat().st_size
            if error:
                raise error()
    assert os.listdir(str(tmp_path)) == ["run.json"]
    (tmp_path / room).write_bytes(b"0")
    assert checkpoint_files.remove_leftovers(str(tmp_path)) == [room]


def test_a_continued_run_keeps_the_earlier_ones(tmp_path):
    for rate in (1e-5, 2e-5, 3e-5):
        with recorded(tmp_path, learning_rate=rate):
            pass
    record = on_disk(tmp_path)
    assert record["options"]["learning_rate"] == 3e-5
    assert [earlier["options"]["learning_rate"] for earlier in record["earlier"]] == [1e-5, 2e-5]
    assert all("earlier" not in earlier for earlier in record["earlier"])


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_file_that_is_no_record_is_replaced(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    assert run_record.read(str(tmp_path / "run.json")) is None
    with recorded(tmp_path):
        pass
    assert on_disk(tmp_path)["earlier"] == []


def test_other_ranks_write_nothing(tmp_path):
    with recorded(tmp_path, runtime=SecondRank()) as record:
        record.result("training", {"sentences": 1})
    assert os.listdir(str(tmp_path)) == []


def test_a_clock_set_back_makes_no_negative_seconds(tmp_path, monkeypatch):
    hours = iter(range(100, 0, -1))
    monkeypatch.setattr(run_record.time, "time", lambda: 3600.0 * next(hours))
    with recorded(tmp_path):
        pass
    assert 0 <= on_disk(tmp_path)["seconds"] < 3600
