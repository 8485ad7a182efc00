# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/serving.py on a small model: every export gives the answers of the checkpoint, and the table says so."""

import json
import os

import pytest

from benchmarks import serving
from tests.serving.exports import small_model
from tests.squad_runs import document, write


def test_table_of_a_small_model(tmp_path, capsys):
    files = small_model(tmp_path)
    questions = write(tmp_path / "few.json", document(12, 5))
    (tmp_path / "other").mkdir()
    wrong = {"q%d" % number: "no such words" for number in range(12)}
    (tmp_path / "other" / "predictions.json").write_text(json.dumps(wrong))
    output = tmp_path / "table.md"
    rows = serving.main(
        [
            "--checkpoint=" + os.path.dirname(files["checkpoint"]),
            "--bert_config_file=" + files["config"],
            "--vocab_file=" + files["vocab"],
            "--max_seq_length=32",
            "--runs=2",
            "--output=" + str(output),
            "--predict_file=" + questions,
            "--predict_file=" + questions,
            "--expected="
            + str(tmp_path / "other"),  # of the first; of the second: the checkpoint's
        ]
    )
    assert [row[0] for row in rows] == [
        "run_squad.py",
        "SavedModel fp32",
        "SavedModel fp32, constants",
        "SavedModel fp16",
        "SavedModel fp16, constants",
    ]
    for row in rows[:3]:
        assert row[6] == "0 of 12, 12 of 12" and float(row[7]) <= 1e-5
    for row in rows[3:]:
        assert 0.0 < float(row[7]) < 0.05
    text = output.read_text()
    assert text in capsys.readouterr().out and text.count("\n| ") == 7


def test_only_the_systems_that_are_named(tmp_path):
    files = small_model(tmp_path)
    arguments = [
        "--checkpoint=" + os.path.dirname(files["checkpoint"]),
        "--bert_config_file=" + files["config"],
        "--vocab_file=" + files["vocab"],
        "--max_seq_length=32",
        "--runs=1",
        "--precision=fp32",
        "--predict_file=" + write(tmp_path / "few.json", document(3, 5)),
        "--systems",
    ]
    rows = serving.main(arguments + ["SavedModel fp32, constants"])
    assert [row[0] for row in rows] == ["run_squad.py", "SavedModel fp32, constants"]
    with pytest.raises(
        SystemExit, match="--systems: ONNX fp32; there are run_squad.py, SavedModel"
    ):
        serving.main(arguments + ["ONNX fp32"])


def test_a_python_is_found_from_another_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    parse = serving.make_parser().parse_args
    needed = ["--checkpoint=c", "--predict_file=p"]
    found = parse(needed + ["--onnx_python=.venv-onnx/bin/python"]).onnx_python
    assert found == str(tmp_path / ".venv-onnx" / "bin" / "python")
    assert parse(needed + ["--onnx_python=python3"]).onnx_python == "python3"
