# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/tools/kernel_speed.py: both kinds of kernels are timed on the same windows, or it is said why not."""

import json
import os

from fused_ops import loader
from scripts.tools import kernel_speed
from tests.conftest import ROOT

TRAIN_FILE = os.path.join(ROOT, "data", "sample", "squad", "train-v1.1.json")


def config_file(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps(
            {
                "vocab_size": 30522,
                "hidden_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "intermediate_size": 32,
            }
        )
    )
    return str(path)


def test_both_kinds_are_timed_as_often(tmp_path, minilm_dir, fused_library):
    vocab_file = os.path.join(minilm_dir, "vocab.txt")
    found = kernel_speed.measure(config_file(tmp_path), vocab_file, TRAIN_FILE, 120, True)
    assert found["kernels"] == "kernels: fused ops (%s), padding removed" % loader.flavour()
    assert found["windows"] == kernel_speed.BATCH_SIZE
    assert list(found["seconds"]) == ["plain", "used"]
    times = list(found["seconds"].values())
    assert len(times[0]) == len(times[1]) >= 1 and all(time > 0 for side in times for time in side)


def test_without_fused_ops_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: "fused ops are not built: run make")
    found = kernel_speed.measure(config_file(tmp_path), "no vocabulary", TRAIN_FILE, 120, True)
    assert list(found) == ["kernels"] and "fused ops are not built: run make" in found["kernels"]
