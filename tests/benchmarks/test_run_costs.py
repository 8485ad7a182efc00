# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/run_costs.py: its figures, of a checkpoint and of the steps of a small training."""

import json
import os
import re
import subprocess
import sys

import numpy as np

from tests.conftest import ROOT
from tests.pretraining_runs import make_record, write_records

CONFIG = {
    "vocab_size": 100,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
}


def run(*arguments):
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "benchmarks", "run_costs.py")] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def config_file(tmp_path):
    path = tmp_path / "bert_config.json"
    path.write_text(json.dumps(CONFIG))
    return str(path)


def test_a_checkpoint_in_three_parts(tmp_path):
    code, lines, err = run("checkpoint", config_file(tmp_path), "2")
    assert code == 0, err
    assert lines[0] == "0 MB, medians of 2 (lowest to highest), seconds"
    assert [line[:10].rstrip() for line in lines[1:]] == ["write", "read back", "note it, r"]
    for line in lines[1:]:
        numbers = list(map(float, re.findall(r"\d+\.\d\d", line)))
        assert len(numbers) == 6 and numbers[1] <= numbers[0] <= numbers[2]


def test_steps_of_a_training(tmp_path):
    random = np.random.RandomState(1)
    rows = [make_record(random) for _ in range(9)]
    path = write_records(tmp_path / "a.tfrecord", rows)
    arguments = ["--do_train", "--input_file=" + path, "--num_train_steps=13"]
    arguments += [
        "--output_dir=%s" % (tmp_path / "run"),
        "--bert_config_file=" + config_file(tmp_path),
    ]
    arguments += ["--max_seq_length=%d" % len(rows[0]["input_ids"]), "--train_batch_size=2"]
    arguments += ["--max_predictions_per_seq=%d" % len(rows[0]["masked_lm_ids"])]
    code, lines, err = run("steps", ROOT, *arguments)
    assert code == 0, err[-2000:]
    steps, wall, cpu = re.search(
        r"^(\d+) steps: (\d+\.\d+) s and (\d+\.\d+) s of CPU time a step$", lines[-1]
    ).groups()
    assert 1 <= int(steps) <= 3 and float(wall) > 0 and float(cpu) > 0


def test_other_arguments_are_answered_with_the_description():
    code, lines, _ = run("steps")
    assert code == 2 and "-m benchmarks.run_costs checkpoint" in "\n".join(lines)
