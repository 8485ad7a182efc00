# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Every CUDA kernel, forward and backward, against float64 PyTorch: benchmarks/fused_ops_gpu.py --check in the emulation.

On a GPU the same program checks more shapes (benchmarks/fused_ops_gpu.sh). PyTorch lives in the parity tests' environment.
"""

import json
import os
import signal
import subprocess

import pytest

from tests.conftest import ROOT
from tests.locks import locked

FUSED_OPS = os.path.join(ROOT, "fused_ops")
PROGRAM = os.path.join(ROOT, "benchmarks", "fused_ops_gpu.py")
OPS = (
    "layer_norm",
    "bias_dropout_residual_layer_norm",
    "bias_gelu",
    "cross_entropy",
    "embedding",
    "adamw",
    "lamb",
    "gather",
)
# Runs the checks with a launcher that changes one element of one output of one op.
BROKEN = """
import sys
sys.path.insert(0, %r)
import torch
from benchmarks.gpu import bindings, check
from benchmarks.gpu.row_ops import LayerNorm

class Broken(LayerNorm):
    runs = 0
    def %s
%s
k = bindings.Kernels(sys.argv[1], "cpu")
sys.exit(0 if check.check(Broken(k, torch.float16, 17, 264), "broken") else 1)
"""


@pytest.fixture(scope="module")
def library():
    with locked("fused_ops"):
        done = subprocess.run(
            ["make", "-C", FUSED_OPS, "kernels_emulated"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
    return os.path.join(FUSED_OPS, "build", "emulated", "libbert_fused_kernels.so")


def run(*command):
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=900,
    )


@pytest.mark.parametrize("dtype", ["float", "half"])
def test_against_float64(parity_python, library, dtype):
    arguments = ["--library", library, "--device", "cpu", "--check", "--quick", "--dtypes", dtype]
    done = run(parity_python, PROGRAM, *arguments)
    assert done.returncode == 0, done.stdout
    checked = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("ok ")]
    assert {label[0] for label in checked} == set(OPS) | {"attention"}, done.stdout
    assert any("packed" in label for label in checked)


@pytest.mark.parametrize(
    "method, body, complaint",
    [
        (
            "backward(self):",
            "        super().backward()\n        self.dx[3, 5] += 4.0",
            "dx: relative",
        ),
        (
            "forward(self):",
            "        super().forward()\n        self.y[16, 263] = float('nan')",
            "y: relative",
        ),
        ("backward(self):", "        pass", "dgamma: relative error nan"),
        (
            "forward(self):",
            "        super().forward()\n        self.runs += 1\n        self.y[0, 0] *= 1 + self.runs * 2.0**-10",
            "y: two runs differ",
        ),
    ],
    ids=["wrong", "nan", "unwritten", "different"],
)
def test_the_check_does_find(parity_python, library, method, body, complaint):
    done = run(parity_python, "-c", BROKEN % (ROOT, method, body), library)
    assert done.returncode == 1, done.stdout
    assert complaint in done.stdout and "FAIL broken" in done.stdout


# Benchmarks two ops, of which the second needs too much memory, with a clock that stands in for Triton's, and is killed in the
# third.
KILLED = """
import os, signal, sys
sys.path.insert(0, %r)
from benchmarks.gpu import bench, bindings
from benchmarks.gpu.row_ops import LayerNorm
import torch

class Hungry(LayerNorm):
    name = "hungry"
    def forward(self):
        raise RuntimeError("out of memory: 7 GB")

class Last(LayerNorm):
    def forward(self):
        os.kill(os.getpid(), signal.SIGTERM)

bench.machine = lambda: dict(card="a CPU", driver="none", pytorch="2", compiler="g++", date="today")
bench.copy_speed = lambda: 3000.0
bench.time_of = lambda function: function() is None and 0.5 or 1.0
bench.cases = lambda k, dtype, size, seed: [
    lambda: LayerNorm(k, dtype, 4, 8), lambda: Hungry(k, dtype, 4, 8), lambda: Last(k, dtype, 4, 8)]
k = bindings.Kernels(sys.argv[1], "cpu")
torch.cuda.empty_cache = lambda: None
bench.write(sys.argv[2], k, ["base"], [torch.float32], 0.0, 0)
"""


def test_a_benchmark_that_is_killed_leaves_the_table_of_what_it_measured(
    parity_python, library, tmp_path
):
    done = run(parity_python, "-c", KILLED % ROOT, library, str(tmp_path / "table.md"))
    assert done.returncode == -signal.SIGTERM, done.stdout
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert "| `layer_norm` | base | float32 | forward | 0.500 |" in lines[4]
    assert lines[-1].startswith("| `hungry` | base | float32 | out of memory: 7 GB |")
    assert lines[-1].count("|") == lines[2].count("|")
    rows = json.loads((tmp_path / "table.json").read_text())["rows"]
    assert [row["op"] for row in rows] == ["layer_norm", "hungry"]
