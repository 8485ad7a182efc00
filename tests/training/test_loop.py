# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/loop.py: which records a diverged step had, in message, log and run.json. test_replay.py runs whole trainings."""

import pytest

from program.options import OptionError
from tests.jobs import make_job
from training import hooks, loop
from training.runtime import SingleProcess


class Source:
    """An input of records 0, 1, 2, ... of two files in turn, the second half of a batch first."""

    def sources(self, begin, count):
        return [("ab"[n % 2], n // 2) for n in reversed(range(begin, begin + count))]


class TwoRanks(SingleProcess):
    size = 2

    def gather(self, value):
        return [value, [["c", [7], []]]]


class Record:
    def note(self, **facts):
        self.facts = facts


def diverged(job, run, tmp_path, question_of=None):
    """(message of the error, what run.json gets)."""
    record = Record()
    error = hooks.DivergedError("the loss is nan at step %d" % (run + 1), str(tmp_path), run + 1)
    batch = loop._batch(job, Source(), run, question_of)
    return str(loop._with_batch(error, batch, 11, record)), record.facts["diverged"]


def test_the_batch_of_a_run_is_named(tmp_path):
    job = make_job(tmp_path)  # of four sequences
    message, noted = diverged(job, 2, tmp_path)
    assert message.startswith(
        "the loss is nan at step 3: training stopped. Last good checkpoint: none."
    )
    assert (
        "The batch of step 3 (seed 11): records a: 4, 5; b: 4, 5. --replay_step=3, added" in message
    )
    assert (noted["step"], noted["seed"]) == (3, 11)
    assert [list(part.values()) for part in noted["batch"]] == [
        ["a", [4, 5], []],
        ["b", [4, 5], []],
    ]


@pytest.mark.parametrize("pieces, others", [(2, 0), (3, 4), (5, 12)])
def test_a_long_batch_is_shortened_in_the_message_only(tmp_path, pieces, others):
    job = make_job(tmp_path, optimizer={"num_accumulation_steps": pieces})
    message, noted = diverged(job, 0, tmp_path)
    assert ("and %d more, see run.json" % others in message) == bool(others)
    assert message.count(" more, ") == bool(others)
    assert sum(len(part["records"]) for part in noted["batch"]) == 4 * pieces


def test_questions_are_named(tmp_path):
    lines = loop._lines(loop._batch(make_job(tmp_path), Source(), 0, "q{}".format))
    assert lines == [
        "batch: a: records 0, 1; questions q0, q1",
        "batch: b: records 0, 1; questions q0, q1",
    ]


def test_records_of_all_ranks_are_named(tmp_path):
    message, _ = diverged(make_job(tmp_path, TwoRanks()), 0, tmp_path)
    assert "records a: 0, 1; b: 0, 1; c: 7." in message
    message, _ = diverged(make_job(tmp_path, TwoRanks()), 0, tmp_path, str)
    assert "records a: 0, 1; b: 0, 1; c: 7." in message


def test_windows_are_those_of_a_file_that_every_rank_has(tmp_path):
    class Windows:
        def sources(self, begin, count):
            return [("/somewhere/train.tf_record", n) for n in range(begin, begin + count)]

    for question_of, name in (
        ("q{}".format, "train.tf_record"),
        (None, Windows().sources(0, 1)[0][0]),
    ):
        ((path, numbers, _),) = loop._batch(make_job(tmp_path), Windows(), 1, question_of)
        assert (path, numbers) == (name, [4, 5, 6, 7])


def test_steps_after_the_end_are_refused(tmp_path):
    job = make_job(tmp_path, optimizer={"num_train_steps": 20})
    for step in (None, 1, 20):
        loop.check_replay(job._replace(run=job.run.replace(replay_step=step)))
    with pytest.raises(OptionError, match="--replay_step=21: the training ends at step 20"):
        loop.check_replay(job._replace(run=job.run.replace(replay_step=21)))
