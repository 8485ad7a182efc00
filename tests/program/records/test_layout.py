# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/layout.py: the places of the packed numbers, and records of another form told from others."""

import itertools

import numpy as np
import pytest

from program.records import encoding
from program.records.decoding import parse_example
from program.records.layout import Layout, windows

# Of every kind: a long list, a scalar, floats; names that begin alike.
LENGTHS = [("numbers", 5, True), ("number", 1, True), ("weights", 3, False)]


def record(values, order=("number", "numbers", "weights")):
    """A tf.train.Example of the features in this order; values: dict, name -> list of int or of float."""
    entries = []
    for name in order:
        is_int = name != "weights"
        payload = (
            b"".join(map(encoding.varint, values[name]))
            if is_int
            else np.array(values[name], "<f4").tobytes()
        )
        entries.append(encoding.feature_head(name, is_int, len(payload)) + payload)
    body = b"".join(entries)
    return b"\x0a" + encoding.varint(len(body)) + body


def values_of(random, largest=1 << 16):
    return {
        "numbers": random.randint(0, largest, 5).tolist(),
        "number": random.randint(0, 1 << 40, 1).tolist(),
        "weights": random.uniform(size=3).tolist(),
    }


def located(lengths, records):
    """(list of N dicts, feature name -> packed numbers, or None for a record of another form)."""
    layout = Layout(lengths)
    content = b"".join(records) + b"\xff" * layout.padding  # whatever it holds
    begins, sizes, fits = layout.locate(content, np.array([len(each) for each in records], int))
    return [
        (
            {
                name: content[begin : begin + size]
                for (name, _, _), begin, size in zip(lengths, begins[:, row], sizes[:, row])
            }
            if fits[row]
            else None
        )
        for row in range(len(records))
    ]


def payloads(serialized):
    return {name: feature.payload for name, feature in parse_example(serialized).items()}


def test_every_order_of_features_in_one_batch():
    random = np.random.RandomState(1)
    records = [
        record(values_of(random), order)
        for order in itertools.permutations(["number", "numbers", "weights"])
        for _ in range(3)
    ]
    assert located(LENGTHS, records) == list(map(payloads, records))


@pytest.mark.parametrize("length", [1, 20, 60, 63, 64, 126, 127, 128, 130, 5000, 9000])
def test_lengths_of_one_to_three_bytes(length):
    """Around the sizes at which a length in a head, or that of the record, takes a byte more."""
    lengths = [("n", length, True), ("w", length // 4, False)]
    random = np.random.RandomState(length)
    records = []
    for largest in (128, 200, 1 << 14, 1 << 21):
        rows = {"n": random.randint(0, largest, (4, length)), "w": np.ones((4, length // 4), "f4")}
        records += encoding.serialize_rows(rows)
    assert located(lengths, records) == list(map(payloads, records))


def test_other_forms_are_told_and_leave_their_neighbours_alone():
    random = np.random.RandomState(2)
    good = [record(values_of(random)) for _ in range(40)]
    values = values_of(random)
    comment = encoding.feature_head("comment", True, 1) + b"\x07"
    body = good[0][2:] + comment
    others = {
        "empty": b"",
        "one byte": b"\x0a",
        "cut off": good[0][:-1],
        "bytes behind it": good[0] + b"\0",
        "a feature of no use": b"\x0a" + encoding.varint(len(body)) + body,
        "a feature missing": record(values, ["number", "numbers"]),
        "a feature twice": record(values, ["number", "numbers", "numbers"]),
        "one more of a feature": record(values, ["number", "numbers", "weights", "weights"]),
        "too few numbers": record(dict(values, numbers=[1, 2])),
        "floats missing": record(dict(values, weights=[1.0])),
        "no numbers": record(dict(values, numbers=[])),
        "large numbers": record(dict(values, numbers=[1 << 40] * 5)),
        "random": random.bytes(500),
        "zeros": b"\0" * 300,
        "ones": b"\xff" * 300,
        "long": good[0] + b"\x0a" * 5000,
    }
    for turn in range(4):  # at the begin, in the middle, together, at the end
        records = list(good)
        for number, other in enumerate(others.values()):
            records.insert([0, 2 * number, 20, len(records)][turn], other)
        assert [found is not None for found in located(LENGTHS, records)] == [
            each in good for each in records
        ]
        assert [found for found in located(LENGTHS, records) if found] == list(map(payloads, good))


def test_every_byte_of_a_head_counts():
    values = {"numbers": [1, 2, 3, 4, 5], "number": [6], "weights": [0.0, 0.0, 0.0]}
    whole = record(values)
    packed = {whole.index(b"\1\2\3\4\5") + n for n in range(5)} | {whole.index(b"\x0a\1\6") + 2}
    packed |= {len(whole) - 1 - n for n in range(12)}
    changed = []
    for bit in range(8 * len(whole)):
        changed.append(bytearray(whole))
        changed[-1][bit // 8] ^= 1 << bit % 8
    found = located(LENGTHS, list(map(bytes, changed)))
    assert {bit // 8 for bit, each in enumerate(found) if each} == packed
    assert sum(each is not None for each in found) == 8 * len(packed)


def test_no_record():
    assert located(LENGTHS, []) == []


def test_windows():
    assert windows(b"abcde", 3)[[0, 2, 1]].tobytes() == b"abccdebcd"
    assert windows(b"abc", 0)[[1, 3]].shape == (2, 0)
