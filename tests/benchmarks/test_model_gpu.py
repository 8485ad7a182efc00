# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/model_gpu.py without a GPU: a tiny model on the CPU, and the table of what was and was not measured."""

import argparse
import json
import os
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest

from benchmarks import model_gpu
from tests.conftest import ROOT

ROWS = 6
CONFIG = {
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 16,
    "initializer_range": 0.02,
    "intermediate_size": 32,
    "max_position_embeddings": 384,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "type_vocab_size": 2,
    "vocab_size": 50,
}


def make_inputs(path):
    generator = np.random.RandomState(0)
    mask = (np.arange(384) < generator.randint(20, 384, [ROWS, 1])).astype(np.int32)
    arrays = {
        "unique_ids": np.arange(ROWS, dtype=np.int32),
        "input_ids": generator.randint(0, 50, mask.shape).astype(np.int32) * mask,
        "input_mask": mask,
        "segment_ids": np.zeros_like(mask),
        "start_positions": np.full([ROWS], 3, np.int32),
        "end_positions": np.full([ROWS], 5, np.int32),
    }
    np.savez(path, **{"squad/" + name: value for name, value in arrays.items()})
    return mask


def run(tmp_path, *arguments):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    command = [sys.executable, os.path.join(ROOT, "benchmarks", "model_gpu.py")]
    command += ["--tensorflow_python", sys.executable, "--inputs", str(tmp_path / "inputs.npz")]
    command += ["--output", str(tmp_path / "out"), "--config", str(tmp_path / "config.json")]
    command += ["--card", "a CPU", "--seconds", "0"] + list(arguments)
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=400,
    )


def test_steps_of_the_real_model_functions(tmp_path):
    mask = make_inputs(str(tmp_path / "inputs.npz"))
    done = run(
        tmp_path, "--only", "tensorflow:fp32:plain", "--batches", "2,3", "--ready_limit", "300"
    )
    assert done.returncode == 0, done.stdout
    with open(str(tmp_path / "out" / "model_gpu.json")) as stream:
        rows = json.load(stream)["rows"]
    assert [(row["kind"], row["batch"]) for row in rows] == [
        ("squad", 2),
        ("squad", 3),
        ("inference", 2),
        ("inference", 3),
    ]
    for row in rows:
        assert row["step_seconds"] > 0 and row["steps"] == 5
    # ln 384 is the loss of an untrained span head; each step was made, none skipped.
    assert rows[0]["loss"][0] == pytest.approx(np.log(384), rel=0.05) and rows[0]["skipped"] == 0
    # After three steps of warm-up, five of two rows: rows 0 to 5 in turn.
    assert rows[0]["padding"] == pytest.approx(1 - mask[np.arange(6, 16) % ROWS].mean())
    assert "| SQuAD training, 384 tokens | 3 | fp32 |" in done.stdout


def test_a_worker_that_fails_is_named(tmp_path):
    np.savez(str(tmp_path / "inputs.npz"), **{"squad/input_mask": np.ones([2, 384], np.int32)})
    done = run(tmp_path, "--only", "tensorflow:fp32:plain", "--batches", "2")
    assert done.returncode == 1
    assert "* tensorflow fp32 plain, squad:2: did not get ready; KeyError" in done.stdout


def test_a_row_that_is_not_in_the_plan(tmp_path):
    done = run(tmp_path, "--only", "tensorflow:fp64:plain")
    assert done.returncode == 2 and "--only=tensorflow:fp64:plain: no such row" in done.stdout


def test_first_contact(fused_library):
    """What model_gpu.sh runs first, here on the CPU."""
    program = os.path.join(ROOT, "benchmarks", "gpu", "first_contact.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, "/cpu:0", "64"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout
    assert "fused ops (CPU): " in done.stdout and "BertAttention" in done.stdout


def test_results_are_saved_as_they_come(tmp_path):
    """A run that is killed at any time leaves the table of what it measured."""

    class Measured:
        name = "pytorch fp32 sdpa, squad:4"

        def measure(self, until, rows):
            rows.append({"kind": "squad", "batch": 4, "precision": "fp32", "kernels": "sdpa"})
            rows[-1]["step_seconds"] = 0.5
            yield None
            assert (
                "| SQuAD training, 384 tokens | 4 | fp32 |  |  |  | 8.0 (500.0) | 8.96 |" in text()
            )
            yield "ran out of time"
            assert "* pytorch fp32 sdpa, squad:4: ran out of time" in text()
            raise KeyboardInterrupt

    def text():
        return (tmp_path / "model_gpu.md").read_text()

    options = argparse.Namespace(
        output=str(tmp_path), card="a CPU", limit=60, least=1, at_once=1, worker_limit=9
    )
    with mock.patch.object(model_gpu, "get_ready", lambda *_: [Measured()]):
        with pytest.raises(KeyboardInterrupt):
            model_gpu.run(model_gpu.PLAN[:1], options)
    assert len(json.loads((tmp_path / "model_gpu.json").read_text())["rows"]) == 1


def test_table():
    common = {"kind": "squad", "batch": 10, "precision": "fp16"}
    rows = [
        dict(common, kernels="fused", step_seconds=0.05, padding=0.5, skipped=1),
        dict(common, kernels="plain", error="out of memory: 7 GB"),
        dict(common, kernels="sdpa", precision="bf16", step_seconds=0.04),
    ]
    text = model_gpu.table(rows, {"pytorch fp32 sdpa, squad:4": "not run: no time left"}, "H100")
    lines = text.splitlines()
    assert (
        "| SQuAD training, 384 tokens | 10 | fp16 | out of memory | 200.0 (50.0) |  |  | 31.80 |"
        in lines
    )
    assert "| SQuAD training, 384 tokens | 10 | bf16 |  |  |  | 250.0 (40.0) |  |" in lines
    assert "Padding in these batches: SQuAD training, 384 tokens 50 %." in lines
    assert "Steps that loss scaling skipped while the clock ran: 1." in lines
    assert "* pytorch fp32 sdpa, squad:4: not run: no time left" in lines
