# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/feed.py: a run's input from its files and its checkpoint."""

import pytest

from program.records.decoding import RecordError
from tests.jobs import SecondRank, make_job
from tests.training.test_inputs import SCHEMA, flat, trained, write
from training import feed
from training.position import Position, digest
from training.start import Start

FRESH = Start(0, None, False)


def test_a_new_training_reads_all_records(tmp_path, capsys):
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 10)) for n in range(2)]
    source, at = feed.open_records(make_job(tmp_path, random_seed=5), FRESH, files, SCHEMA)
    assert at == Position(0, 0, 5, digest([10, 10]))
    found = trained(source, 4, 5)
    assert sorted(flat(ids for _, ids in found)) == list(range(10)) + list(range(100, 110))
    assert flat(samples for samples, _ in found) == list(range(20))
    assert capsys.readouterr().out.startswith("reading 2 files of 0.0 GB, which have no manifest")


def test_a_training_goes_on_after_its_last_sample(tmp_path, capsys, monkeypatch):
    files = [write(tmp_path / "a", range(30))]
    job = make_job(tmp_path, random_seed=5)
    whole = flat(ids for _, ids in trained(feed.open_records(job, FRESH, files, SCHEMA)[0], 4, 20))
    later = Position(48, 12, 5, digest([30]))
    monkeypatch.setattr(feed.position, "find_position", lambda *unused: (later, ["a line"]))
    source, at = feed.open_records(job, Start(12, "x", True), files, SCHEMA)
    assert at == later and trained(source, 4, 1) == [([48, 49, 50, 51], whole[36:40])]
    assert capsys.readouterr().out.endswith("a line\nnext sample: 48, record 6 of 30 of epoch 1\n")


def test_fewer_records_than_ranks_are_refused(tmp_path):
    class Rank(SecondRank):
        is_chief = True

    files = [write(tmp_path / "a", range(3))]
    with pytest.raises(RecordError, match="3 records cannot be divided among 4 ranks"):
        feed.open_records(make_job(tmp_path, Rank()), FRESH, files, SCHEMA)


def windows_of(tmp_path, rank, size, at, steps):
    """The (samples, ids) that a rank takes of 40 windows, in batches of four."""

    class Rank(SecondRank):
        pass

    Rank.rank, Rank.size = rank, size
    path, job = write(tmp_path / "a", range(40)), make_job(tmp_path, Rank())
    return trained(feed.open_windows(job, at, path, SCHEMA), 4, steps)


def test_ranks_share_the_windows(tmp_path):
    begin = Position(0, 0, 5, 1)
    alone = windows_of(tmp_path, 0, 1, begin, 20)
    ids = flat(ids for _, ids in alone)
    assert sorted(ids[:40]) == sorted(ids[40:]) == list(range(40)) and ids[:40] != ids[40:]
    for rank in range(2):
        found = windows_of(tmp_path, rank, 2, begin, 10)
        assert flat(samples for samples, _ in found) == list(range(rank, 80, 2))
        assert flat(ids for _, ids in found) == ids[rank::2]  # what one process takes


@pytest.mark.parametrize("sizes", [(1, 2), (2, 1), (2, 4)])
def test_another_number_of_ranks_takes_the_windows_that_are_left(tmp_path, sizes):
    taken, samples = [], 0
    for size, steps in zip(sizes, (2, 40)):
        at = Position(samples, 0, 5, 1)
        ranks = [windows_of(tmp_path, rank, size, at, steps) for rank in range(size)]
        pairs = [pair for rank in ranks for batch in rank for pair in zip(*batch)]
        taken += sorted(pairs)
        samples += 4 * size * steps
    assert [sample for sample, _ in taken] == list(range(samples))
    assert sorted(window for _, window in taken[:40]) == list(range(40))
    assert sorted(window for _, window in taken[40:80]) == list(range(40))


def test_fewer_windows_than_ranks_are_refused(tmp_path):
    path, job = write(tmp_path / "a", range(3)), make_job(tmp_path, SecondRank())
    with pytest.raises(RecordError, match="3 records cannot be divided among 4 ranks"):
        feed.open_windows(job, Position(0, 0, 5, 1), path, SCHEMA)
