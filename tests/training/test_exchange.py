# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/exchange.py: files whose parts the ranks have made. test_several_ranks.py has two real ranks."""

import os
import threading

import pytest

from program.errors import DataError
from tests.jobs import SecondRank
from training import exchange


class Ranks:
    """Three ranks that are threads."""

    def __init__(self):
        self.barrier, self.given = threading.Barrier(3, timeout=20), [None] * 3

    def runtime(self, number):
        class Rank(SecondRank):
            rank, size = number, 3

            def gather(_, value):
                self.given[number] = value
                self.barrier.wait()
                found = list(self.given)
                self.barrier.wait()
                return found

            gather_bytes = gather

        return Rank()


@pytest.mark.parametrize("parts", [(b"abcdefgh", b"", b"ijk"), (b"", b"", b""), (b"1", b"2", b"3")])
def test_every_rank_gets_all_parts_in_order(tmp_path, monkeypatch, parts):
    monkeypatch.setattr(exchange, "_PIECE", 3)
    ranks, threads = Ranks(), []
    for number, part in enumerate(parts):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / ("x" + exchange.OWN)).write_bytes(part)
        arguments = ranks.runtime(number), str(folder / "x")
        threads.append(threading.Thread(target=exchange.gather_file, args=arguments))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for number in range(3):
        assert os.listdir(str(tmp_path / str(number))) == ["x"]
        assert (tmp_path / str(number) / "x").read_bytes() == b"".join(parts)


@pytest.mark.parametrize("content", [b"abcdefgh", b""])
def test_every_rank_gets_the_file_of_the_first(tmp_path, monkeypatch, content):
    monkeypatch.setattr(exchange, "_PIECE", 3)
    ranks, threads = Ranks(), []
    for number in range(3):
        folder, runtime = tmp_path / str(number), ranks.runtime(number)
        runtime.is_chief = number == 0
        folder.mkdir()
        if number < 2:  # what another rank has there gives way
            (folder / "x").write_bytes(content if number == 0 else b"another")
        arguments = runtime, str(folder / "x")
        threads.append(threading.Thread(target=exchange.give_file, args=arguments))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for number in range(3):
        assert os.listdir(str(tmp_path / str(number))) == ["x"]
        assert (tmp_path / str(number) / "x").read_bytes() == content


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / ("x" + exchange.OWN)).write_bytes(b"1")
    (tmp_path / "x").mkdir()

    class Alone(SecondRank):
        def gather(self, value):
            return [value]

        def gather_bytes(self, content):
            return [content]

    with pytest.raises(DataError, match="/x: cannot be written"):
        exchange.gather_file(Alone(), str(tmp_path / "x"))
