# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/order.py: each record once an epoch, mixed, the same everywhere."""

import hashlib

import numpy as np
import pytest

from training import order


def epoch(block_records, seed=5, number=0):
    """Numbers of the records in the order of reading, and the windows."""
    block_records = np.array(block_records)
    made = order.EpochOrder(seed, number, block_records)
    firsts = np.cumsum(block_records) - block_records
    found, windows = [], []
    while len(found) < block_records.sum():
        window = made.window(made.window_at(len(found)))
        assert window.first == len(found)
        held = np.concatenate(
            [np.arange(firsts[b], firsts[b] + block_records[b]) for b in window.blocks]
        )
        found.extend(held[window.places].tolist())
        windows.append(window)
    return found, windows


@pytest.mark.parametrize("num_blocks", [1, 2, 31, 63, 64, 65, 95, 96, 97, 128, 300])
def test_each_record_comes_once_an_epoch(num_blocks):
    block_records = np.random.RandomState(num_blocks).randint(1, 257, num_blocks)
    found, windows = epoch(block_records)
    assert sorted(found) == list(range(block_records.sum()))
    assert [len(window.blocks) for window in windows[:-1]] == [64] * (len(windows) - 1)
    assert len(windows) == 1 or 32 <= len(windows[-1].blocks) <= 95


def test_every_place_leads_to_its_window():
    block_records = np.random.RandomState(1).randint(1, 9, 200)
    made = order.EpochOrder(1, 0, block_records)
    ends = [made.window(n).first + len(made.window(n).places) for n in range(3)]
    assert ends[-1] == block_records.sum()
    for place in range(block_records.sum()):
        assert made.window_at(place) == sum(place >= end for end in ends)


def test_the_order_is_the_same_on_every_machine():
    """Computed once: a change makes every training that goes on read records twice or not at all."""
    assert order.mixed(1, 2, [3, 4]).tolist() == [15020427595393229491, 14056738641343212577]
    assert order.mixed(2**63 - 1, -1).tolist() == [14814576501587835828]
    assert epoch([9, 4])[0] == [10, 4, 0, 9, 8, 7, 1, 12, 5, 3, 2, 6, 11]
    long = np.array(epoch([256] * 40 + [7] * 60)[0], "<i8").tobytes()
    assert hashlib.sha256(long).hexdigest().startswith("debcb1a645180130")


def test_orders_of_other_epochs_and_seeds_differ():
    found = [
        epoch([256] * 70, seed, number)[0] for seed, number in ((5, 0), (5, 1), (6, 0), (0, 5))
    ]
    for one in range(4):
        for other in range(one):
            same = np.mean(np.array(found[one]) == np.array(found[other]))
            assert same < 1e-3
    assert found[0] == epoch([256] * 70, 5, 0)[0]


@pytest.mark.parametrize("block_records", [[40], [100], [256] * 4, [256] * 64, [7] * 50])
def test_neighbours_in_a_file_are_far_apart_in_the_order(block_records):
    """As in a random permutation, in which the mean distance of two records is a third of all."""
    found = np.argsort(epoch(block_records)[0])
    distance = np.abs(np.diff(found)).mean() / len(found)
    assert 0.25 < distance < 0.42
    rank = np.corrcoef(found, np.arange(len(found)))[0, 1]
    assert abs(rank) < 4 / np.sqrt(len(found))


def test_each_of_several_ranks_needs_a_part_of_the_blocks():
    _, windows = epoch([256] * 200)
    for size in (2, 8, 64, 128):
        for window in windows[:2]:
            for rank in (0, 1, size - 1):
                own = set((window.places[rank::size] // 256).tolist())
                assert len(own) == max(1, 64 // size)
