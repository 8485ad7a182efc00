# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A training that is killed (-9) and goes on has the bits of one that was not, and takes each record once an epoch."""

import re
from collections import Counter

import pytest

from fused_ops import loader
from tests.faults import resume
from tests.training import test_several_ranks

NEEDS_FUSED = pytest.mark.skipif(
    loader.unavailable_reason() is not None, reason="the fused ops are not built"
)
NEEDS_RANKS = test_several_ranks.pytestmark  # skips where there is no Horovod


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
        pytest.param("fp16, 3 x accumulated, fused", [(14, 0.0)], marks=NEEDS_FUSED),
        ("SQuAD, plain", [(25, 0.0)]),
        pytest.param("two ranks, fused", [(17, 0.0, 1)], marks=[NEEDS_RANKS, NEEDS_FUSED]),
    ],
)
def test_a_killed_training_ends_with_the_same_bits(runs, training, kills):
    whole = runs.train(training, "whole " + training)
    cut = runs.train(training, "cut " + training, kills)
    names, count = resume.differing(whole, cut)
    assert names == [] and count > 20
    assert runs.taken("cut " + training) == runs.taken("whole " + training)
    assert "next sample" in runs.log("cut " + training)
    ranks = resume.TRAININGS[training][2]
    assert {rank for rank, _ in runs.taken("cut " + training)} == set(range(ranks))


def check_epochs(taken, num_records):
    """Asserts that each record is in each epoch once, as far as the last one goes."""
    ids = [ids for _, ids in taken]
    assert len(ids) > num_records
    for begin in range(0, len(ids), num_records):
        epoch = ids[begin : begin + num_records]
        assert set(Counter(epoch).values()) == {1}
    assert len(set(ids)) == num_records


@pytest.mark.parametrize("how", ["whole", "cut"])
@pytest.mark.parametrize(
    "training", ["plain", pytest.param("two ranks, fused", marks=[NEEDS_RANKS, NEEDS_FUSED])]
)
def test_each_record_is_taken_once_an_epoch(runs, how, training):
    """Of the trainings of the test above."""
    taken = runs.taken("%s %s" % (how, training))
    assert len(taken) == resume.STEPS * 4 * resume.TRAININGS[training][2]
    check_epochs(taken, resume.RECORDS)


@NEEDS_RANKS
@pytest.mark.parametrize("training", ["plain", "SQuAD, plain"])
def test_another_number_of_ranks_takes_the_records_that_are_left(runs, training):
    """One rank, then two, then one; a step of two ranks takes twice as many records."""
    name = "ranks " + training
    runs.train(training, name, [(12, 0.0), (22, 0.0, 1)], ranks=[1, 2, 1])
    log = runs.log(name)
    assert "run of 1 ranks, this one has 2: going on at the same sample" in log
    assert "run of 2 ranks, this one has 1: going on at the same sample" in log
    assert "next sample: 40," in log and "next sample: 120," in log
    taken = runs.taken(name)
    assert Counter(rank for rank, _ in taken)[1] == 4 * 10  # steps 11 to 20
    if training == "plain":
        check_epochs(taken, resume.RECORDS)
        assert len(taken) == 120 + 4 * (resume.STEPS - 20)
    else:
        check_epochs(taken, int(re.search(r"questions, (\d+) windows", log).group(1)))
        assert len(taken) == 2 * 120  # two epochs of questions
