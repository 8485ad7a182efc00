# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving.json: what is written is read, what is wrong is one line that names file, value and fix; versions of an export."""

import json
import subprocess
import sys

import pytest

from program.errors import DataError
from serving import export_settings
from serving.export_settings import ExportSettings
from squad.options import SquadOptions
from tests.conftest import ROOT

SETTINGS = ExportSettings(
    do_lower_case=False,
    max_seq_length=320,
    doc_stride=100,
    max_query_length=60,
    version_2_with_negative=True,
    n_best_size=7,
    max_answer_length=12,
    null_score_diff_threshold=-1.5,
    precision="fp16",
    checkpoint="résultats/model.ckpt-7",
)


def make_export(directory, settings=SETTINGS):
    (directory / "assets.extra").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"")
    export_settings.write_settings(str(directory), settings)
    return str(directory)


def test_what_is_written_is_read(tmp_path):
    export = make_export(tmp_path / "1")
    assert export_settings.read_settings(export) == SETTINGS
    content = json.loads((tmp_path / "1" / "assets.extra" / "serving.json").read_text("utf-8"))
    assert list(content)[0] == "format" and content["format"] == 1
    assert content["null_score_diff_threshold"] == -1.5
    assert export_settings.asset_path(export, export_settings.VOCAB_FILE) == str(
        tmp_path / "1" / "assets.extra" / "vocab.txt"
    )


def test_options_are_those_of_run_squad():
    kinds = {option.name: option.kind for option in SquadOptions.OPTIONS}
    assert {name: kinds[name] for name in export_settings.OPTIONS} == export_settings.OPTIONS


@pytest.mark.parametrize(
    "change, said",
    [
        ({"format": 2}, "its format is 2, and this version reads format 1"),
        ({"format": None}, "its format is null"),
        ({"format": True}, "its format is true"),
        ({"do_lower_case": "true"}, 'do_lower_case is "true", but must be true or false'),
        ({"do_lower_case": 1}, "do_lower_case is 1, but must be true or false"),
        ({"max_seq_length": 0}, "max_seq_length is 0, but must be an integer of at least 1"),
        ({"doc_stride": 1.5}, "doc_stride is 1.5, but must be an integer"),
        ({"n_best_size": True}, "n_best_size is true, but must be an integer"),
        ({"null_score_diff_threshold": "0"}, "null_score_diff_threshold is"),
        ({"null_score_diff_threshold": float("nan")}, "null_score_diff_threshold is NaN"),
        ({"precision": "fp8"}, 'precision is "fp8", but must be fp32 or fp16'),
    ],
)
def test_wrong_values_are_one_line(tmp_path, change, said):
    export = make_export(tmp_path / "1")
    path = tmp_path / "1" / "assets.extra" / "serving.json"
    path.write_text(json.dumps(dict(json.loads(path.read_text("utf-8")), **change)))
    with pytest.raises(DataError) as caught:
        export_settings.read_settings(export)
    assert said in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100000, "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"format": 1}', "lacks do_lower_case, max_seq_length, doc_stride and 7 more"),
    ],
)
def test_other_files_are_one_line(tmp_path, text, said):
    export = make_export(tmp_path / "1")
    (tmp_path / "1" / "assets.extra" / "serving.json").write_text(text)
    with pytest.raises(DataError, match=said):
        export_settings.read_settings(export)


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match=r"serving.json: cannot be read \(No such file"):
        export_settings.read_settings(str(tmp_path))


def test_an_integer_is_a_number(tmp_path):
    export = make_export(tmp_path / "1", SETTINGS._replace(null_score_diff_threshold=0))
    assert export_settings.read_settings(export).null_score_diff_threshold == 0


def test_the_highest_version_is_taken(tmp_path):
    for name in ("1", "2", "10"):
        make_export(tmp_path / name)
    (tmp_path / "11").mkdir()  # not an export
    (tmp_path / "012").mkdir()
    make_export(tmp_path / ".13.tmp")
    assert export_settings.versions(str(tmp_path)) == [1, 2, 10, 11]
    assert export_settings.version_directory(str(tmp_path)) == str(tmp_path / "10")
    assert export_settings.version_directory(str(tmp_path / "2")) == str(tmp_path / "2")
    assert not export_settings.is_export(str(tmp_path / "11"))


def test_no_export_is_one_line(tmp_path):
    with pytest.raises(DataError, match="contains no export .*scripts/export_squad.sh"):
        export_settings.version_directory(str(tmp_path))
    with pytest.raises(DataError, match="nowhere: no such directory"):
        export_settings.version_directory(str(tmp_path / "nowhere"))
    assert export_settings.versions(str(tmp_path / "nowhere")) == []


def test_needs_no_tensorflow():
    subprocess.check_call(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['tensorflow'] = None; import serving.export_settings",
        ],
        cwd=ROOT,
    )
