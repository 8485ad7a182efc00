# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/exchange.py: files whose parts the ranks have made. test_several_ranks.py has two real ranks."""

import os

import pytest

from program.errors import DataError
from tests.jobs import SecondRank
from tests.rank_threads import Ranks
from training import exchange


@pytest.mark.parametrize("parts", [(b"abcdefgh", b"", b"ijk"), (b"", b"", b""), (b"1", b"2", b"3")])
def test_every_rank_gets_all_parts_in_order(tmp_path, monkeypatch, parts):
    monkeypatch.setattr(exchange, "_PIECE", 3)
    for number, part in enumerate(parts):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / ("x" + exchange.OWN)).write_bytes(part)
    Ranks(3).run(
        lambda runtime: exchange.gather_file(runtime, str(tmp_path / str(runtime.rank) / "x"))
    )
    for number in range(3):
        assert os.listdir(str(tmp_path / str(number))) == ["x"]
        assert (tmp_path / str(number) / "x").read_bytes() == b"".join(parts)


@pytest.mark.parametrize("content", [b"abcdefgh", b""])
def test_every_rank_gets_the_file_of_the_first(tmp_path, monkeypatch, content):
    monkeypatch.setattr(exchange, "_PIECE", 3)
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        if number < 2:  # what another rank has there gives way
            (folder / "x").write_bytes(content if number == 0 else b"another")
    Ranks(3).run(
        lambda runtime: exchange.give_file(runtime, str(tmp_path / str(runtime.rank) / "x"))
    )
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
