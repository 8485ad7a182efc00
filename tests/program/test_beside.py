# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/beside.py: all items arrive in order, few wait, and an error of either side ends both."""

import threading

import pytest

from program import beside
from program.beside import consume_beside


def test_every_item_in_order_in_another_thread():
    threads = set()

    def function(items):
        threads.add(threading.current_thread())
        return list(items)

    assert consume_beside(function, iter(range(1000))) == list(range(1000))
    assert threading.current_thread() not in threads and len(threads) == 1
    assert consume_beside(list, []) == []


def test_few_items_wait():
    made, most = [], []

    def items():
        for number in range(2000):
            made.append(number)
            yield number

    def function(arriving):
        for number in arriving:
            most.append(len(made) - number)

    consume_beside(function, items())
    assert len(most) == 2000 and max(most) <= beside._MOST_WAITING + 2


def test_an_error_of_the_function_stops_the_items(monkeypatch):
    monkeypatch.setattr(beside, "_SECONDS_BETWEEN_LOOKS", 0.01)
    made = []

    def items():
        for number in range(10**6):
            made.append(number)
            yield number

    def function(arriving):
        next(arriving)
        raise ValueError("not finite")

    with pytest.raises(ValueError, match="not finite"):
        consume_beside(function, items())
    assert len(made) < 10**6


def test_an_error_of_the_items_ends_the_thread():
    ended = []

    def items():
        yield 1
        raise KeyError("record")

    def function(arriving):
        ended.append(list(arriving))

    with pytest.raises(KeyError, match="record"):
        consume_beside(function, items())
    assert ended == [[1]]
