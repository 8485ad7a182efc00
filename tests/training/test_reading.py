# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/reading.py: a rank's records from any place on, each once, and what is refused on the way."""

import os

import pytest

from program.records.decoding import RecordError
from program.records.encoding import frame
from program.records.index import frame_length, index_files
from training import reading
from training.reading import Reader

NUMBERS = (700, 3, 256, 512, 90)  # records of the files


@pytest.fixture(name="paths")
def fixture_paths(tmp_path):
    paths = []
    for number, count in enumerate(NUMBERS):
        paths.append(str(tmp_path / str(number)))
        with open(paths[-1], "wb") as stream:
            records = [b"%d/%d" % (number, n) + b"." * (n % 7) for n in range(count)]
            stream.writelines(frame(records))
    return paths


def names(records):
    return [record.rstrip(b".").decode() for record in records]


def test_each_record_once_an_epoch_from_any_place_and_in_pieces_of_any_size(paths):
    found = index_files(paths)
    total = sum(NUMBERS)
    whole = names(Reader(found, 7).read(0, 2 * total))
    everything = sorted("%d/%d" % (f, n) for f, count in enumerate(NUMBERS) for n in range(count))
    assert sorted(whole[:total]) == sorted(whole[total:]) == everything
    assert whole[:total] != whole[total:]
    for first in (0, 1, 700, total - 1, total, total + 5):
        reader, pieces = Reader(found, 7, first), []
        for size in (1, 5, 200, 300):
            pieces += names(reader.read(len(pieces), size))
        assert pieces == whole[first : first + 506]
    assert names(Reader(found, 8).read(0, total)) != whole[:total]


@pytest.mark.parametrize("size", [2, 3, 64, 1000, 2000])
def test_ranks_share_the_order(paths, size):
    found = index_files(paths)
    whole = names(Reader(found, 7, 10).read(0, 4 * size))
    for rank in (0, 1, size - 1):
        assert names(Reader(found, 7, 10 + rank, size).read(0, 4)) == whole[rank::size]


def test_sources_are_the_places_in_the_files(paths):
    reader = Reader(index_files(paths), 7, 5, 2)
    for number, record in enumerate(names(reader.read(0, 500))):
        if number % 50 == 0:
            path, place = reader.source(number)
            assert record == "%s/%d" % (os.path.basename(path), place)
    both = [reader.source(number) for number in range(100, 900)]  # over the end of an epoch
    assert Reader(index_files(paths), 7, 5, 2).sources(100, 800) == both


def test_a_rank_reads_its_part_of_the_blocks(tmp_path, monkeypatch):
    path = str(tmp_path / "large")
    with open(path, "wb") as stream:
        stream.writelines(frame([b"%d" % n for n in range(64 * 256)]))
    sizes, read = [], reading._OpenFile.read
    monkeypatch.setattr(
        reading._OpenFile,
        "read",
        lambda self, path, start, size: sizes.append(size) or read(self, path, start, size),
    )
    Reader(index_files([path]), 7, 3, 8)._load(3)
    assert len(sizes) == 8 and sum(sizes) < 1.3 * os.path.getsize(path) / 8


def test_damage_is_named(paths):
    found = index_files(paths)
    with open(paths[3], "r+b") as stream:
        stream.seek(int(found[3].starts[1]) + 16 + 13)  # in the second record of the second block
        stream.write(b"\xff")
    with pytest.raises(
        RecordError, match="3: record 257 is damaged or cut off, or|3: record 256 is"
    ):
        Reader(found, 7).read(0, sum(NUMBERS))


def test_a_wrong_checksum_is_named(paths):
    found = index_files(paths)
    with open(paths[2], "r+b") as stream:
        stream.seek(12)
        stream.write(b"9")
    with pytest.raises(RecordError, match="2: record 0 is damaged .wrong checksum"):
        Reader(found, 7).read(0, sum(NUMBERS))


@pytest.mark.parametrize("change", ["cut", "removed"])
def test_files_that_change_during_training_are_named(paths, change):
    found = index_files(paths)
    if change == "cut":
        os.truncate(paths[0], int(found[0].starts[1]) + 50)
    else:
        os.remove(paths[0])
    message = (
        "0: record 25. is damaged or cut off" if change == "cut" else "0: cannot be read during"
    )
    with pytest.raises(RecordError, match=message):
        Reader(found, 7).read(0, sum(NUMBERS))


@pytest.mark.parametrize("is_copy", [False, True])
def test_another_file_of_the_same_size_in_its_place_is_refused(paths, is_copy):
    """Its frames are whole and its checksums right; only the records are others. A copy with its time is the same file."""
    reader, before = Reader(index_files(paths), 7), os.stat(paths[0])
    with open(paths[0], "rb") as stream:
        content = stream.read()
    os.remove(paths[0])
    first = 0 if is_copy else frame_length(content[:12])
    with open(paths[0], "wb") as stream:
        stream.write(content[first:] + content[:first])
    os.utime(paths[0], ns=(before.st_atime_ns, before.st_mtime_ns + (not is_copy)))
    if is_copy:
        assert len(reader.read(0, sum(NUMBERS))) == sum(NUMBERS)
    else:
        with pytest.raises(RecordError, match="0: has been changed or replaced during training"):
            reader.read(0, sum(NUMBERS))
