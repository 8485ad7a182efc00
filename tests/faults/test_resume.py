# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A training that is killed (-9) and goes on has the bits of one that was not, and takes each record once an epoch."""

from collections import Counter

import pytest

from fused_ops import loader
from tests.faults import resume

NEEDS_FUSED = pytest.mark.skipif(
    loader.unavailable_reason() is not None, reason="the fused ops are not built"
)


@pytest.fixture(name="runs", scope="module")
def fixture_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    resume.write_files(folder)
    with resume.Runs(folder) as runs:
        yield runs


@pytest.mark.parametrize(
    "training, kills",
    [
        ("plain", [(23, 0.0), (41, 0.01)]),
        pytest.param("fused", [(37, 0.0)], marks=NEEDS_FUSED),
        pytest.param("fp16, 3 x accumulated, fused", [(14, 0.0)], marks=NEEDS_FUSED),
        ("SQuAD, plain", [(3, 0.0), (25, 0.0)]),
    ],
)
def test_a_killed_training_ends_with_the_same_bits(runs, training, kills):
    whole = runs.train(training, "whole " + training)
    cut = runs.train(training, "cut " + training, kills)
    names, count = resume.differing(whole, cut)
    assert names == [] and count > 20
    assert runs.taken("cut " + training) == runs.taken("whole " + training)
    assert "next sample" in runs.log("cut " + training)


def test_each_record_is_taken_once_an_epoch(runs):
    taken = runs.taken("cut plain")  # 240 samples of 200 records
    assert len(taken) == resume.STEPS * 4
    assert set(Counter(taken[: resume.RECORDS]).values()) == {1}
    assert len(set(taken[: resume.RECORDS])) == resume.RECORDS
