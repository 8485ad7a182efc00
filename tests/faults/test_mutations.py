# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Damaged files are refused in one line that names them, warned of, or harmless: a sample of what scripts/test_faults.sh runs."""

import collections

import pytest

from tests.faults import damage, mutations, subjects
from tests.faults.mutations import classify
from tests.faults.programs import Outcome, Programs


def test_no_damage_passes_in_silence():
    cases = list(mutations.run(130, seed=2))
    bad = [case for case in cases if case.kind in mutations.BAD]
    assert not bad, "\n".join(map(str, bad))
    counts = collections.Counter(case.kind for case in cases)
    assert len(cases) == 130 and counts[mutations.REFUSED] > 40
    assert {case.subject for case in cases} == {one.name for one in subjects.READERS}


@pytest.mark.parametrize(
    "outcome, is_same, is_same_kind, kind",
    [
        (Outcome(0, "", ""), True, False, mutations.SAME),
        (Outcome(0, "", ""), False, False, mutations.WRONG),
        (Outcome(0, "", ""), False, True, mutations.OTHER),
        (Outcome(0, "", "WARNING: x"), False, False, mutations.WARNED),
        (Outcome(2, "", "error: a/f.json: bad\n"), False, False, mutations.REFUSED),
        (Outcome(2, "", "error: bad\n"), False, False, mutations.UNCLEAR),
        (Outcome(2, "", "error: f.json\nerror: f.json\n"), False, False, mutations.UNCLEAR),
        (Outcome(1, "", "error: f.json\n"), False, False, mutations.UNCLEAR),
        (
            Outcome(1, "", "Traceback (most recent call last):\n"),
            False,
            False,
            mutations.TRACEBACK,
        ),
        (Outcome(-11, "", ""), False, False, mutations.CRASH),
        (Outcome(None, "", ""), False, False, mutations.HANG),
    ],
)
def test_what_happened_is_told_apart(outcome, is_same, is_same_kind, kind):
    assert classify(subjects.READERS[-1], "f.json", outcome, is_same, is_same_kind) == kind


@pytest.mark.parametrize(
    "after, is_same",
    [
        (b'{"data": [{"id": "b", "n": 2}]}', True),
        (b'{"data": [{"id": 3, "n": 1}]}', True),
        (b'{"data": []}', True),
        (b'{"data": [{"id": "a"}]}', False),
        (b'{"data": [{"id": "a", "n": "1"}]}', False),
        (b'{"data": {}}', False),
        (b"[]", False),
    ],
)
def test_json_of_the_same_kind(after, is_same):
    assert subjects.same_json(b'{"data": [{"id": "a", "n": 1}]}', after) == is_same


def test_the_same_seed_gives_the_same_damage():
    subject = subjects.READERS[0]
    content = b"".join(bytes([number]) * 3 for number in range(200))

    def first(seed):
        found = mutations.mutations(subject, seed)
        return [change(content) for _, _, _, change in (next(found) for _ in range(20))]

    # Records are not what `content` holds; only the ways that take any bytes count here.
    assert set(subject.ways) == set(damage.ANY)
    assert first(1) == first(1) != first(2)


def test_a_child_that_crashes_or_hangs_is_seen(tmp_path):
    with Programs(str(tmp_path)) as programs:
        outcome = programs.run("tests.faults.misbehave", ["hang"], seconds=1)
        assert outcome.code is None
        assert programs.run("tests.faults.misbehave", ["crash"]).code == -11
        assert programs.run("tests.faults.misbehave", ["raise"]).code == 1
        assert "Traceback" in programs.run("tests.faults.misbehave", ["raise"]).err
        assert programs.run("tests.faults.misbehave", ["say"])[:2] == (0, "here\n")
