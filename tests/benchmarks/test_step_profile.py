# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/step_profile.py: each op of a step belongs to a part, and the parts add up to less than the wall time."""

import json
import os

import pytest

from benchmarks import peers, step_profile
from tests.conftest import ROOT

SAMPLE = os.path.join(ROOT, "data", "sample", "squad", "train-v1.1.json")
PRODUCTS = [part for part, _ in step_profile.PARTS if "product" in part]


def test_profile(tmp_path, capsys, minilm_dir, fused_library):
    config = tmp_path / "config.json"
    with open(os.path.join(ROOT, "configs", "bert_base.json")) as stream:
        config.write_text(json.dumps(dict(json.load(stream), **peers.TINY)))
    arguments = [
        "--config",
        str(config),
        "--questions",
        SAMPLE,
        "--batch_size",
        "2",
        "--rounds",
        "2",
    ]
    arguments += ["--vocab_file", os.path.join(minilm_dir, "vocab.txt")]
    profiles = step_profile.main(arguments)
    assert list(profiles) == ["plain", "fused", "packed"]
    for name, (wall, parts, _) in profiles.items():
        assert sum(parts.values()) < wall
        for part in PRODUCTS + ["embeddings", "attention: scores to context", "span head and loss"]:
            assert parts[part, False] > 0 and parts[part, True] > 0, (name, part)
        assert parts["optimizer: clipping and AdamW", False] > 0
        assert (("padding out and in", True) in parts) == (name == "packed")
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(step_profile.PARTS) + 4 and {row.count("|") for row in rows} == {8}


@pytest.mark.parametrize(
    "kind,name,part",
    [
        ("MatMul", "bert/encoder/layer_3/output/MatMul", ("feed-forward: second product", False)),
        (
            "MatMul",
            "gradients/bert/encoder/layer_3/attention/output/MatMul_grad/MatMul_1",
            ("attention: output product", True),
        ),
        (
            "BatchMatMul",
            "bert/encoder/layer_0/attention/self/MatMul_3",
            ("attention: scores to context", False),
        ),
        ("Mean", "Mean_1", (step_profile.OTHER, False)),
    ],
)
def test_parts(kind, name, part):
    assert step_profile.part_of(kind, name) == part
