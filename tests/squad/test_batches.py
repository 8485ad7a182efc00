# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/batches.py: every window once, batches within their limits, hardly any padding, few logits held."""

import random

import numpy as np
import pytest

from squad import batches
from squad.batches import Limits

MAX = 384
BY_COUNT = Limits(8, None, MAX, True, False)


def windows(count, seed, most_of_question=6):
    """(lengths, question of each) of windows as questions have them: all but the last of a question are full."""
    rng = random.Random(seed)
    lengths, question_of = [], []
    while len(lengths) < count:
        full = rng.choice([0] * 5 + list(range(most_of_question)))
        lengths += [MAX] * full + [rng.randint(4, MAX)]
        question_of += [len(set(question_of))] * (full + 1)
    return lengths, question_of


def rows_of(plan):
    """The numbers of the windows in the file, a list for each batch."""
    return [[one.begin + row for row in batch.rows] for one in plan for batch in one.batches]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "limits",
    [
        BY_COUNT,
        BY_COUNT._replace(windows=1),
        BY_COUNT._replace(skips_padding=True),
        BY_COUNT._replace(is_trimmed=False),
        BY_COUNT._replace(windows=5000),
    ],
)
def test_every_window_once_in_stretches_of_whole_questions(limits, seed):
    lengths, question_of = windows(700, seed)
    plan = batches.plan(lengths, question_of, limits, windows_of_stretch=100)
    rows = rows_of(plan)
    assert sorted(sum(rows, [])) == list(range(len(lengths)))
    assert max(len(batch) for batch in rows) <= limits.windows
    assert [one.begin for one in plan] == [0] + [one.end for one in plan[:-1]]
    assert plan[-1].end == len(lengths) and len(plan) >= 7
    for one in plan:
        assert one.end - one.begin <= 100
        assert one.begin == 0 or question_of[one.begin] != question_of[one.begin - 1]
        assert sorted(sum((batch.rows for batch in one.batches), [])) == list(
            range(one.end - one.begin)
        )
        # All batches of a stretch but one are full.
        most = min(limits.windows, one.end - one.begin)
        assert sum(len(batch.rows) < most for batch in one.batches) <= 1


def test_a_question_with_more_windows_than_a_stretch_is_one_alone():
    question_of = [0, 0, 1, 1, 1, 1, 1, 2, 3]
    plan = batches.plan([9] * 9, question_of, BY_COUNT, windows_of_stretch=3)
    assert [(one.begin, one.end) for one in plan] == [(0, 2), (2, 7), (7, 9)]


@pytest.mark.parametrize("count", [0, 1, 8, 9])
def test_few_windows(count):
    plan = batches.plan([10] * count, range(count), BY_COUNT)
    assert [len(rows) for rows in rows_of(plan)] == {0: [], 1: [1], 8: [8], 9: [8, 1]}[count]


def test_batches_end_with_their_longest_window():
    lengths, question_of = windows(900, 4)
    (one,) = batches.plan(lengths, question_of, BY_COUNT)
    for batch in one.batches:
        longest = max(lengths[row] for row in batch.rows)
        assert longest <= batch.length <= min(longest + 7, MAX)
        assert batch.length == MAX or batch.length % 8 == 0
    computed = sum(batch.length * len(batch.rows) for batch in one.batches)
    assert computed < 1.03 * sum(lengths) < 0.85 * MAX * len(lengths)


@pytest.mark.parametrize("skips_padding", [False, True])
@pytest.mark.parametrize("tokens", [MAX, 1000, 4096, 10**6])
def test_as_many_windows_as_fit_the_tokens(tokens, skips_padding):
    lengths, question_of = windows(900, 8)
    limits = Limits(None, tokens, MAX, True, skips_padding)
    (one,) = batches.plan(lengths, question_of, limits)
    assert sorted(row for batch in one.batches for row in batch.rows) == list(range(len(lengths)))

    def computed(rows, length):
        return sum(lengths[row] for row in rows) if skips_padding else len(rows) * length

    assert all(computed(*batch) <= tokens for batch in one.batches)
    # Longest first, the first window of a batch would not have fitted into the one before.

    def first_of(batch):
        return min(batch.rows, key=lambda row: (-lengths[row], row))

    filled = sorted(one.batches, key=lambda batch: (-lengths[first_of(batch)], first_of(batch)))
    for batch, following in zip(filled, filled[1:]):
        assert computed(batch.rows + [first_of(following)], batch.length) > tokens
    assert (len(one.batches) == 1) == (tokens == 10**6)


def test_tokens_of_one_shape():
    limits = Limits(None, 2 * MAX + 5, MAX, False, False)
    plan = batches.plan([9] * 5, range(5), limits)
    assert rows_of(plan) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("length, padded", [(1, 8), (8, 8), (9, 16), (380, 380), (377, 380)])
def test_a_length_that_is_no_multiple_is_not_exceeded(length, padded):
    assert batches.padded_length(length, 380) == padded


def test_the_longest_come_first_and_any_part_is_like_the_whole():
    lengths, question_of = windows(2000, 5)
    (one,) = batches.plan(lengths, question_of, BY_COUNT)
    all_lengths = [batch.length for batch in one.batches]
    assert all_lengths[0] == max(all_lengths) == MAX
    for part in (10, 40, 100):
        assert np.mean(all_lengths[:part]) == pytest.approx(np.mean(all_lengths), rel=0.12)
    again = batches.plan(lengths, question_of, BY_COUNT)
    assert again == [one]


def test_one_shape_keeps_the_order_of_the_file():
    lengths, question_of = windows(30, 6)
    limits = BY_COUNT._replace(is_trimmed=False)
    plan = batches.plan(lengths, question_of, limits, windows_of_stretch=1000)
    assert sum(rows_of(plan), []) == list(range(len(lengths)))
    assert {batch.length for one in plan for batch in one.batches} == {MAX}


def test_the_logits_of_a_stretch_at_most_are_waiting_for_their_question():
    lengths, question_of = windows(3000, 7)
    left = [question_of.count(question) for question in range(question_of[-1] + 1)]
    waiting, most = 0, 0
    for rows in rows_of(batches.plan(lengths, question_of, BY_COUNT, windows_of_stretch=200)):
        for row in rows:
            left[question_of[row]] -= 1
            waiting += 1
            if not left[question_of[row]]:
                waiting -= question_of.count(question_of[row])
            most = max(most, waiting)
    assert waiting == 0 and 50 < most <= 200
