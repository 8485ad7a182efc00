# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/index.py: where records are, from manifests, kept indices and files, and what is refused."""

import json
import os

import numpy as np
import pytest

from program.records import files, index
from program.records.decoding import RecordError
from program.records.encoding import frame

SIZES = [5, 700, 0, 3] * 150  # 600 records: two whole blocks and one of 88


def framed(sizes=SIZES):
    return frame([b"x" * size for size in sizes])


def write(path, sizes=SIZES):
    with open(str(path), "wb") as stream:
        stream.writelines(framed(sizes))
    return str(path)


def expected_starts(sizes=SIZES):
    places = np.cumsum([0] + [size + 16 for size in sizes])
    return places[: len(sizes) : 256].tolist() + [places[-1]]


def scans(monkeypatch):
    """The list of paths that are scanned from here on."""
    seen, scan = [], index.scan
    monkeypatch.setattr(index, "scan", lambda path: seen.append(path) or scan(path))
    return seen


@pytest.mark.parametrize("sizes", [SIZES, [], [9], [9] * 256, [9] * 257, [3 << 20, 5, 2 << 20]])
def test_a_scan_finds_every_block(tmp_path, sizes):
    found = index.scan(write(tmp_path / "a", sizes))
    assert found.records == len(sizes) and found.starts.tolist() == expected_starts(sizes)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda content: content[:-1], "record 599 is cut off"),
        (lambda content: content[:-25], "record 598 is cut off"),
        (lambda content: content + b"ab", "record 600 is cut off"),
        (lambda content: content[:21] + b"\x07" + content[22:], "record 1 is damaged, at byte 21"),
        (lambda content: b"text, not records", "record 0 is damaged, at byte 0"),
    ],
)
def test_a_scan_refuses_what_is_no_record_file(tmp_path, change, message):
    path = write(tmp_path / "a")
    content = open(path, "rb").read()
    with open(path, "wb") as stream:
        stream.write(change(content))
    with pytest.raises(RecordError, match="a: cannot be read .%s.*: not a TFRecord file" % message):
        index.index_files([path])


def test_missing_files_and_directories_are_refused(tmp_path):
    with pytest.raises(RecordError, match="none: cannot be read .No such file"):
        index.index_files([str(tmp_path / "none")])
    with pytest.raises(RecordError, match="cannot be read .Is a directory"):
        index.index_files([str(tmp_path)])


def test_a_manifest_makes_reading_needless(tmp_path, monkeypatch):
    paths = [str(tmp_path / name) for name in ("a", "b")]
    with files.dealt_to(paths, {}, {}) as dealer:
        for part in (SIZES[:50], SIZES[50:]):
            records = framed(part)
            dealer.write(b"".join(records), list(map(len, records)))
    seen = scans(monkeypatch)
    for found, own in zip(index.index_files(paths), (SIZES[::2], SIZES[1::2])):
        assert (found.records, found.starts.tolist()) == (len(own), expected_starts(own))
    assert seen == []
    for path, own in zip(paths, (SIZES[::2], SIZES[1::2])):
        assert index.scan(path).starts.tolist() == expected_starts(own)


def test_a_file_that_is_not_what_its_manifest_says_is_refused(tmp_path):
    path = write(tmp_path / "a")
    with open(path + ".json", "w") as stream:
        json.dump({"records": 601}, stream)
    with pytest.raises(RecordError, match="holds 600 records, but .*a.json says 601"):
        index.index_files([path])


def test_a_file_cut_between_records_is_refused(tmp_path):
    path = str(tmp_path / "a")
    with files.dealt_to([path], {}, {}) as dealer:
        records = framed()
        dealer.write(b"".join(records), list(map(len, records)))
    with open(path, "r+b") as stream:
        stream.truncate(expected_starts()[1])
    with pytest.raises(RecordError, match="holds 256 records, but .*a.json says 600"):
        index.index_files([path])


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"records": 600}', '{"records": "x", "block_bytes": 5}']
)
def test_manifests_without_blocks_leave_the_file_to_be_read(tmp_path, monkeypatch, content):
    path = write(tmp_path / "a")
    with open(path + ".json", "w") as stream:
        stream.write(content)
    seen = scans(monkeypatch)
    assert index.index_files([path])[0].starts.tolist() == expected_starts() and seen == [path]


def test_what_was_found_is_kept_and_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr(index, "_NOT_WORTH_KEEPING", 1)
    path, seen, told = write(tmp_path / "a"), scans(monkeypatch), []
    first = index.index_files([path], on_read=lambda *what: told.append(what))
    again = index.index_files([path], on_read=lambda *what: told.append(what))
    assert seen == [path] and told == [(1, os.path.getsize(path))]
    assert first[0].starts.tolist() == again[0].starts.tolist() == expected_starts()
    assert sorted(os.listdir(str(tmp_path))) == ["a", "a.index.json"]


@pytest.mark.parametrize("sizes", [[8] * 600, SIZES[::-1], SIZES[:-1]])
def test_a_kept_index_of_another_file_is_not_believed(tmp_path, monkeypatch, sizes):
    monkeypatch.setattr(index, "_NOT_WORTH_KEEPING", 1)
    path = write(tmp_path / "a")
    index.index_files([path])
    write(path, sizes)
    os.utime(path, ns=(1, 1))
    assert index.index_files([path])[0].starts.tolist() == expected_starts(sizes)


def test_small_files_get_no_index(tmp_path):
    index.index_files([write(tmp_path / "a")])
    assert os.listdir(str(tmp_path)) == ["a"]


def test_links_are_read_once_and_where_a_directory_is_read_only_another_one_serves(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(index, "_NOT_WORTH_KEEPING", 1)
    (tmp_path / "data").mkdir()
    (tmp_path / "spare").mkdir()
    path = write(tmp_path / "data" / "a")
    os.symlink(path, str(tmp_path / "soft"))
    os.link(path, str(tmp_path / "hard"))
    # A directory of that name keeps the file from being written, for the superuser, too.
    (tmp_path / "data" / "a.index.json" / "in the way").mkdir(parents=True)
    names = [path, str(tmp_path / "soft"), str(tmp_path / "hard")]
    seen = scans(monkeypatch)
    for _ in range(2):
        found = index.index_files(names, str(tmp_path / "spare"))
        assert [one.path for one in found] == names
        assert all(one.starts.tolist() == expected_starts() for one in found)
    assert len(seen) == 1 and len(os.listdir(str(tmp_path / "spare"))) == 1
