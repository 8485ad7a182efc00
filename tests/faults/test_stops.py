# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Trainings on a full disk, stopped by a signal, beside another one, or without their launcher: a sample of scripts/test_faults.sh."""

import functools

import pytest

from tests import pretraining_runs
from tests.faults import killed, stops
from tests.faults.programs import Programs


@pytest.fixture(name="place")
def fixture_place(tmp_path):
    return pretraining_runs.Place(tmp_path)


def test_sigterm_loses_nothing(place):
    with Programs(str(place.directory)) as programs:
        assert stops.signals(place, programs, [4, 17])[1:] == (2, [])


def test_a_disk_that_fills_up_within_a_checkpoint(place):
    with Programs(str(place.directory)) as programs:
        _, times, wrong = stops.disk(place, programs, [0.55])
    if not times:
        pytest.skip("no disk can be mounted here (needs root)")
    assert wrong == []


def test_a_kill_among_files_loses_nothing(place):
    with Programs(str(place.directory)) as programs:
        assert stops.moments(place, programs, stops.MOMENTS[3:8:4])[1:] == (2, [])


def test_moments_are_met(tmp_path):
    ended, calls = [], []
    kill = functools.partial(ended.append, "killed")
    remove = killed.watched(calls.append, 0, "after", "a.*", 2, kill)
    remove(str(tmp_path / "a1"))
    remove(str(tmp_path / "b1"))
    assert not ended
    remove(str(tmp_path / "a2"))
    assert ended == ["killed"] and len(calls) == 3
    replace = killed.watched(lambda *names: calls.append(names), 1, "before", "c", 1, kill)
    replace("x", "y/c.tmp")
    replace("x", "y/c")
    assert ended == ["killed"] * 2
    (tmp_path / "model").write_text("")
    killed.look(str(tmp_path), "mod.l", kill)
    assert ended == ["killed"] * 3


def test_no_training_goes_on_without_its_launcher(place):
    assert stops.launcher(place, None)[1:] == (1, [])


def test_the_steps_of_a_run(tmp_path):
    assert stops.steps_of(tmp_path) == []
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert stops.steps_of(str(tmp_path)) == [1, 2]
