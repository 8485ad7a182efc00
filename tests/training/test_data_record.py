# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/data_record.py: files known by content; what is new and what is gone."""

import json
import os

import pytest

from program.errors import DataError
from training import data_record


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    paths = [str(tmp_path / name) for name in ("a.tfrecord", "b.tfrecord", "c.tfrecord")]
    for number, path in enumerate(paths):
        with open(path, "wb") as stream:
            stream.write(bytes([number]) * (200000 + number))
    return paths


def changes(before, now):
    return data_record.differences(
        {"input_file": data_record.of_files(before)}, {"input_file": data_record.of_files(now)}
    )


def test_moved_renamed_and_reordered_files_are_the_same(files, tmp_path):
    before = data_record.of_files(files)
    moved = [path + ".moved" for path in files]
    for old, new in zip(files, moved):
        os.rename(old, new)
    now = data_record.of_files(moved[::-1])
    assert data_record.differences({"input_file": before}, {"input_file": now}) == []
    assert json.loads(json.dumps(before)) == before  # as run.json has it


def test_new_and_missing_files_are_named(files):
    assert changes(files[:1], files[:1]) == []
    assert changes(files[:2], files) == ["--input_file: new: " + files[2]]
    assert changes(files, files[1:]) == ["--input_file: no longer there: " + files[0]]
    assert changes(files[:1], files[1:2]) == [
        "--input_file: new: " + files[1],
        "--input_file: no longer there: " + files[0],
    ]


def test_one_file_twice_is_other_data(files, tmp_path):
    copy = str(tmp_path / "copy")
    with open(files[0], "rb") as source, open(copy, "wb") as target:
        target.write(source.read())
    assert changes(files[:1], [files[0], copy]) == ["--input_file: new: " + copy]


def test_many_are_counted(tmp_path):
    paths = [str(tmp_path / ("%d" % number)) for number in range(7)]
    for path in paths:
        with open(path, "w") as stream:
            stream.write(path)
    (line,) = changes(paths[:1], paths)
    assert line.endswith("%s and 3 more" % ", ".join(paths[1:4]))


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_changed_byte_at_either_end_is_seen(files, place):
    before = data_record.of_files(files[:1])
    with open(files[0], "r+b") as stream:
        stream.seek(place, 2 if place < 0 else 0)
        stream.write(b"!")
    assert data_record.of_files(files[:1]) != before


def test_the_middle_is_seen_in_a_whole_file_only(files):
    before = [data_record.of_files(files[:1], whole) for whole in (True, False)]
    with open(files[0], "r+b") as stream:
        stream.seek(100000)
        stream.write(b"!")
    after = [data_record.of_files(files[:1], whole) for whole in (True, False)]
    assert after[0] != before[0] and after[1] == before[1]


def test_values_and_what_was_not_recorded():
    now = {"version_2_with_negative": True, "train_file": {"x": "1 a"}}
    assert data_record.differences({}, now) == []
    assert data_record.differences({"version_2_with_negative": False}, now) == [
        "--version_2_with_negative was false, is true"
    ]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="absent: cannot be read"):
        data_record.of_files([str(tmp_path / "absent")])


def test_casing_of_records(files):
    def manifest(path, content):
        with open(path + ".json", "w") as stream:
            json.dump(content, stream)

    assert data_record.lower_cased(files) is None
    for path in files[:2]:
        manifest(path, {"made_from": {"parameters": {"do_lower_case": False}}})
    assert data_record.lower_cased(files[:2]) is False and data_record.lower_cased(files) is None
    manifest(files[2], {"made_from": {"parameters": {"do_lower_case": True}}})
    assert data_record.lower_cased(files[2:]) is True and data_record.lower_cased(files) is None
    for made_from in (
        3,
        {"parameters": {"do_lower_case": {}}},
        {"parameters": {"do_lower_case": "x"}},
    ):
        manifest(files[0], {"made_from": made_from})
        assert data_record.lower_cased(files[:1]) is None
