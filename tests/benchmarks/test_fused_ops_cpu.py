# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/fused_ops_cpu.py: every case runs on both sides, and the table says what was run."""

import numpy as np
import pytest

from benchmarks import fused_ops_cpu

pytestmark = pytest.mark.usefixtures("fused_library")


def test_table_of_a_run_of_every_op(tmp_path, capsys):
    output = tmp_path / "table.md"
    results = fused_ops_cpu.main(
        ["--sizes", "tiny", "--rounds", "3", "--threads", "1", "--output", str(output)]
    )
    assert [case for _, case in results] == list(fused_ops_cpu.CASES)
    for seconds in results.values():
        assert sorted(seconds) == ["fused", "plain"]
        assert all(len(values) == 3 and min(values) > 0.0 for values in seconds.values())
    text = output.read_text()
    assert text in capsys.readouterr().out and [path.name for path in tmp_path.iterdir()] == [
        "table.md"
    ]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(fused_ops_cpu.CASES)
    assert all(
        row.count("not run") == 2 for row in rows
    ), "PyTorch was not run and the table must say so"


def test_ratios_are_of_medians():
    seconds = {"fused": [0.001, 0.002, 0.9], "plain": [0.006, 0.1, 0.002], "pytorch": [0.004] * 3}
    (row,) = [
        line
        for line in fused_ops_cpu.table({("base", "x"): seconds}).splitlines()
        if line.startswith("| `")
    ]
    assert (
        row
        == "| `x` | base | 2.00 (1.50 to 451.00) | 6.00 (4.00 to 53.00) | 4.00 (4.00 to 4.00) | 3.0 × | 2.0 × |"
    )


@pytest.mark.parametrize("case", list(fused_ops_cpu.CASES))
def test_inputs_are_never_zeros(case):
    np.random.seed(0)
    arrays = fused_ops_cpu.CASES[case](fused_ops_cpu.SIZES["tiny"])[0]
    assert all(array.dtype == np.int32 or np.all(array != 0.0) for array in arrays)


def test_xla_that_compiles_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr(
        fused_ops_cpu, "_XLA_OPS", ()
    )  # as if nothing had been compiled, whatever the environment says
    with pytest.raises(SystemExit, match="--xla: TensorFlow compiled nothing.*TF_XLA_FLAGS"):
        fused_ops_cpu.main(
            ["--sizes", "tiny", "--rounds", "1", "--threads", "1", "--ops", "layer_norm", "--xla"]
        )
