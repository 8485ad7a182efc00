# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/start_up.py with a tiny model: every part is measured once, in order."""

import os
import subprocess
import sys

from benchmarks import start_up
from tests import squad_runs


def test_every_part_of_a_start_is_measured(repo_root, tmp_path):
    files = {
        "bert_config.json": squad_runs.CONFIG,
        "vocab.txt": "\n".join(squad_runs.VOCABULARY) + "\n",
        "questions.json": squad_runs.document(20, 1),
    }
    paths = {name: squad_runs.write(tmp_path / name, content) for name, content in files.items()}
    done = subprocess.run(
        [sys.executable, os.path.join(repo_root, "benchmarks", "start_up.py"), "--rounds=1"]
        + ["--checkouts=%s" % repo_root, "--resume_after=0.2"]
        + ["--bert_config_file=" + paths["bert_config.json"], "--vocab_file=" + paths["vocab.txt"]]
        + ["--train_file=" + paths["questions.json"], "--train_batch_size=2"]
        + squad_runs.LENGTHS
        + ["--num_train_epochs=0.3", "--save_checkpoints_steps=1", "--random_seed=3"],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, out
    rows = [line.split(" | ") for line in out.splitlines() if line.startswith("| ")]
    assert [row[0].strip("| ") for row in rows] == ["part"] + [
        name for name, _ in start_up.PARTS
    ] + ["total"]
    processor = [float(row[2]) for row in rows[1:]]
    assert all(seconds >= 0.0 for seconds in processor) and processor[0] > 0.1
    assert abs(sum(processor[:-1]) - processor[-1]) < 0.05
