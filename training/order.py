# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The order in which training reads records: a function of the seed, the epoch and the numbers of records, and nothing else.

training/README.md describes it. The records of each file are cut into blocks (program/records/index.py). An epoch is a random
order of all blocks; 64 blocks at a time are a window, whose records are mixed. So any place in the order is found without
reading the records before it, a window is read in pieces of a few hundred kilobytes, and each record comes once an epoch.
Random numbers are hashes, computed here, since those of libraries change between versions.
"""

from collections import namedtuple

import numpy as np

BLOCKS_PER_WINDOW = 64
# A window has as many lanes: equal parts of its blocks, put one after the other, from which records are taken in turn. So of n
# ranks, each needs only an n-th of the blocks (if n divides 64). A small window, quickly read, is one lane.
_LANES = BLOCKS_PER_WINDOW
_SMALL_WINDOW = 64 * _LANES  # records

# number: of the window in its epoch. first: place in the epoch of its first record. blocks: int64 [K], numbers of its blocks.
# places: int64 [T], for each record of the window in the order of reading, which record of the blocks, one after the other,
# it is.
Window = namedtuple("Window", "number first blocks places")


def mixed(*words):
    """Hashes of tuples of integers: uint64, of the shape of the last word, which may be an array.

    The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), chained.
    """
    state = np.zeros(1, np.uint64)
    for word in words:
        word = np.asarray(word, np.int64).astype(np.uint64).reshape([-1])
        state = (state ^ word) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return state


class EpochOrder:
    """The order of one epoch.

    Args:
        seed: int below 2**63.
        epoch: int, from 0.
        block_records: int64 [M], records in each block, M >= 1, all >= 1.
    """

    def __init__(self, seed, epoch, block_records):
        self._seed, self._epoch = seed, epoch
        hashes = self._hashes(0, 0, np.arange(len(block_records)))
        self._blocks = np.argsort(hashes, kind="mergesort")
        self._ends = np.cumsum(block_records[self._blocks])
        # The last window has 32 to 95 blocks: with fewer it would mix little.
        self._num_windows = max(
            1, (len(block_records) + BLOCKS_PER_WINDOW // 2) // BLOCKS_PER_WINDOW
        )

    def window_at(self, place):
        """Number of the window that holds the record at a place of the epoch, from 0."""
        block = int(np.searchsorted(self._ends, place, side="right"))
        return min(block // BLOCKS_PER_WINDOW, self._num_windows - 1)

    def window(self, number):
        """A Window by its number."""
        is_last = number == self._num_windows - 1
        begin = number * BLOCKS_PER_WINDOW
        end = len(self._blocks) if is_last else begin + BLOCKS_PER_WINDOW
        first = int(self._ends[begin - 1]) if begin else 0
        size = int(self._ends[end - 1]) - first
        turns = np.arange(size)
        num_lanes = 1 if size < _SMALL_WINDOW else _LANES
        # Lane l is as long as there are turns with turn % num_lanes == l. The lanes lie in the window in random order.
        lengths = (size - np.arange(num_lanes) + num_lanes - 1) // num_lanes
        laid = np.argsort(self._hashes(1, number, np.arange(num_lanes)), kind="mergesort")
        begins = np.empty_like(lengths)
        begins[laid] = np.cumsum(lengths[laid]) - lengths[laid]
        lane_of_record = np.repeat(
            np.arange(num_lanes), lengths[laid]
        )  # by its place among the lanes
        shuffled = np.lexsort((self._hashes(2, number, turns), lane_of_record))  # within each lane
        places = shuffled[begins[turns % num_lanes] + turns // num_lanes]
        return Window(number, first, self._blocks[begin:end], places)

    def _hashes(self, purpose, number, counters):
        return mixed(self._seed, self._epoch, purpose, number, counters)
