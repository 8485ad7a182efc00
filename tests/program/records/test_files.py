# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/records/files.py: dealing, names only for what is whole, manifests that are believed only where they are true."""

import glob
import hashlib
import json
import os

import pytest

from program.errors import DataError
from program.records import files
from program.records.decoding import RecordError

MADE_FROM = {"format": 1, "parameters": {"seed": 3}}


def _make(folder, names=("a", "b", "c")):
    records = [b"0", b"11", b"", b"3", b"44444", b"5", b"66", b"7"]
    paths = [str(folder / name) for name in names]
    totals = {}
    with files.dealt_to(paths, MADE_FROM, totals) as dealer:
        for batch in (records[:2], [], records[2:7], records[7:]):
            dealer.write(b"".join(batch), list(map(len, batch)))
        assert sorted(glob.glob(str(folder / "*.tmp"))) == [path + ".tmp" for path in paths]
        totals["instances"] = 8  # known at the end only
    return paths


def test_records_are_dealt_in_turn_over_all_calls(tmp_path):
    paths = _make(tmp_path)
    assert [open(path, "rb").read() for path in paths] == [b"0366", b"11444447", b"5"]
    for path, count in zip(paths, (3, 3, 2)):
        with open(path + ".json") as stream:
            assert json.load(stream) == {
                "made_from": MADE_FROM,
                "records": count,
                "bytes": os.path.getsize(path),
                "counts_of_all_outputs": {"instances": 8},
                "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
                "block_bytes": str(os.path.getsize(path)),
            }
    assert sorted(os.listdir(str(tmp_path))) == ["a", "a.json", "b", "b.json", "c", "c.json"]


def test_one_file_gets_all(tmp_path):
    path = _make(tmp_path, ["whole"])[0]
    assert open(path, "rb").read() == b"0113444445667"
    with open(path + ".json") as stream:
        assert json.load(stream)["records"] == 8


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_what_is_not_finished(tmp_path, error):
    with pytest.raises(error):
        with files.dealt_to([str(tmp_path / "a"), str(tmp_path / "b")], MADE_FROM, {}) as dealer:
            dealer.write(b"01", [1, 1])
            raise error()
    with pytest.raises(DataError, match="nowhere/b: cannot be written"):
        with files.dealt_to([str(tmp_path / "a"), str(tmp_path / "nowhere" / "b")], MADE_FROM, {}):
            pytest.fail("opened")
    assert os.listdir(str(tmp_path)) == []


def test_finished_is_what_its_manifest_proves(tmp_path):
    path = _make(tmp_path)[0]
    assert files.is_finished(path, MADE_FROM)
    assert not files.is_finished(path, dict(MADE_FROM, format=2))
    with open(path, "ab") as stream:
        stream.write(b"!")
    assert not files.is_finished(path, MADE_FROM)
    for content in ("", "[]", "{}"):
        with open(str(tmp_path / "b.json"), "w") as stream:
            stream.write(content)
        assert not files.is_finished(str(tmp_path / "b"), MADE_FROM)
    os.remove(str(tmp_path / "c"))
    assert not files.is_finished(str(tmp_path / "c"), MADE_FROM)


def test_an_earlier_manifest_never_vouches_for_a_new_file(tmp_path, monkeypatch):
    path = _make(tmp_path, ["a"])[0]

    def killed(*unused_arguments):
        raise KeyboardInterrupt()

    monkeypatch.setattr(files.manifests, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        _make(tmp_path, ["a"])
    assert os.path.exists(path) and not files.is_finished(path, MADE_FROM)


def test_a_file_of_another_size_than_its_manifest_says(tmp_path):
    path = _make(tmp_path)[0]
    files.check_size(path)
    with open(path, "r+b") as stream:
        stream.truncate(2)
    expected = "a: holds 2 bytes, but .*a.json says 4: the file is cut off or was replaced"
    with pytest.raises(RecordError, match=expected):
        files.check_size(path)
    for content in (
        "",
        "[]",
        "{}",
        '{"bytes": "4"}',
        '{"records": 1}',
        '{"bytes": 2',
        '{"bytes": true}',
    ):
        (tmp_path / "a.json").write_text(content)
        with pytest.raises(RecordError, match="a.json: not a manifest of records, or damaged"):
            files.check_size(path)
    # No manifest, another file of that name, and no file: nothing is promised, or somebody else's error.
    (tmp_path / "a.json").write_text('{"author": "me"}')
    files.check_size(path)
    os.remove(path + ".json")
    files.check_size(path)
    os.remove(str(tmp_path / "b"))
    files.check_size(str(tmp_path / "b"))
