# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/prediction.py on a small model: every case predicts all windows, and the table compares what can be compared."""

import os

from benchmarks import prediction
from tests.serving.exports import small_model
from tests.squad_runs import document, write


def test_table_of_a_small_model(tmp_path, capsys, fused_library):
    del fused_library
    files = small_model(tmp_path)
    names = ["plain, in order, 8", "plain, sorted, 1", "fused, sorted, 3072 tokens"]
    seconds = prediction.main(
        [
            "--checkpoint=" + os.path.dirname(files["checkpoint"]),
            "--bert_config_file=" + files["config"],
            "--vocab_file=" + files["vocab"],
            "--max_seq_length=32",
            "--predict_file=" + write(tmp_path / "few.json", document(12, 5)),
            "--questions=11",
            "--rounds=2",
            "--cases",
        ]
        + names
    )
    assert list(seconds) == names and all(len(found) == 2 for found in seconds.values())
    assert min(min(found) for found in seconds.values()) > 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0][2:] for row in rows] == ["case"] + names
    # What it would be compared with did not run: one window a batch, in order; and the fused ops, in order.
    assert [row.split(" | ")[-1] for row in rows[1:]] == ["1.00 |", "– |", "– |"]


def test_each_case_is_compared_with_the_order_of_the_file():
    assert prediction.reference_of("plain, sorted, 8") == "plain, in order, 8"
    assert prediction.reference_of("plain, sorted, 3072 tokens") == "plain, in order, 8"
    assert prediction.reference_of("plain, sorted, 1") == "plain, in order, 1"
    assert prediction.reference_of("fused, sorted, 1") == "fused, in order, 8"
