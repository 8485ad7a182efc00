# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/answers.py: programs answer the same questions in turns, and the table compares them with run_squad.py."""

import os
import sys

import pytest
import tensorflow.compat.v1 as tf

from benchmarks import answers
from tests.conftest import ROOT
from tests.squad_runs import required, started_command, write_files
from tests.test_google_programs import install


def test_programs_answer_in_turns(tmp_path, capsys, fused_library):
    """A small model, here and (on TensorFlow 1) in Google's program."""
    files = write_files(tmp_path)
    trained = tmp_path / "trained"
    training = ["--do_train", "--train_file=" + files["v1"], "--num_train_epochs=15"]
    training += ["--train_batch_size=16", "--learning_rate=2e-3"] + required(files, trained)
    with started_command(tmp_path) as command:
        outcome = command(*training)
    assert outcome.code == 0, outcome.err
    arguments = ["--checkpoint", str(trained), "--predict_file", files["v1"], "--rounds", "2"]
    arguments += ["--max_seq_length", "32", "--doc_stride", "10", "--max_query_length", "8"]
    names = [answers.OURS, "run_squad.py, TensorFlow's ops"]
    if tf.__version__.startswith("1."):
        arguments += ["--google", os.path.dirname(install(os.path.join(ROOT, ".cache", "google")))]
        names.append("Google's run_squad.py")
    results = answers.main(arguments)
    assert list(results) == names
    for runs in results.values():
        assert len(runs) == 2
        for run in runs:
            assert run["wall"] > 0 and run["processor"] > 0 and run["memory_mb"] > 100
            assert list(run["answers"]) == ["q%d" % number for number in range(64)]
        equal = sum(
            runs[0]["answers"][q] == results[names[0]][0]["answers"][q] for q in runs[0]["answers"]
        )
        assert equal >= 60  # Google's program pairs the best starts and ends only
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0][2:] for row in rows] == ["program"] + names
    assert rows[1].endswith("| 64 of 64 |")


def made(wall, texts):
    return {"wall": wall, "processor": 2 * wall, "memory_mb": 10 * wall, "answers": texts}


def test_ratios_are_of_medians_and_answers_are_compared():
    ours, other = {"a": "x", "b": "y"}, {"a": "x", "b": "z"}
    results = {
        answers.OURS: [made(wall, ours) for wall in (1.0, 9.0, 2.0)],
        "other": [made(wall, other) for wall in (8.0, 5.0, 50.0)],
    }
    rows = answers.table(results).splitlines()
    assert rows[2] == "| %s | 2.0 (1.0 to 9.0) | 1.0 | 4.0 | 1.0 | 90 | 2 of 2 |" % answers.OURS
    assert rows[3] == "| other | 8.0 (5.0 to 50.0) | 4.0 | 16.0 | 4.0 | 500 | 1 of 2 |"


def test_a_program_that_fails_is_named_with_its_last_line(tmp_path):
    failing = [sys.executable, "-c", "import sys; print('before'); sys.exit('no such model')"]
    program = answers.Program(lambda directory: failing, "predictions.json", {})
    with pytest.raises(SystemExit) as error:
        answers.measure({"theirs": program}, 1, str(tmp_path))
    assert str(error.value) == "error: theirs: no such model"
