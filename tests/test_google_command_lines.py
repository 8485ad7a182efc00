# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The command lines of google-research/bert's README on this project's programs, with a tiny model and few steps."""

import json
import os
import subprocess
import sys

import pytest
import tensorflow.compat.v1 as tf

from tests import squad_runs
from tests.conftest import ROOT

TEXT = "the cat saw one red house.\nthe dog saw two blue river.\nin the house and of the dog.\n\n"


class Shell:
    """Runs command lines with $BERT_BASE_DIR, $SQUAD_DIR and $OUT set, from the root of the checkout as the README does."""

    def __init__(self, directory):
        self.directory = directory
        config = dict(squad_runs.CONFIG, max_position_embeddings=64)
        (directory / "bert_config.json").write_text(json.dumps(config))
        (directory / "vocab.txt").write_text("\n".join(squad_runs.VOCABULARY) + "\n")
        (directory / "sample_text.txt").write_text(8 * TEXT)
        for name, impossible in (("train-v1.1", 0.0), ("dev-v1.1", 0.0), ("train-v2.0", 0.3)):
            document = squad_runs.document(12, seed=len(name), impossible_part=impossible)
            (directory / (name + ".json")).write_text(json.dumps(document))

    def run(self, line):
        path = str(self.directory)
        done = subprocess.run(
            ["bash", "-ec", line],
            cwd=ROOT,
            env=dict(
                os.environ,
                PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
                PYTHONWARNINGS="ignore",
                BERT_BASE_DIR=path,
                SQUAD_DIR=path,
                OUT=path,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def step(self, output_dir):
        path = tf.train.latest_checkpoint(str(self.directory / output_dir))
        return int(tf.train.load_variable(path, "global_step"))


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return Shell(tmp_path_factory.mktemp("google readme"))


@pytest.fixture(scope="module")
def pretrained(shell):
    """README, "Pre-training with BERT"; lengths fit the tiny model's 64 positions."""
    shell.run(
        """
python create_pretraining_data.py \\
  --input_file="$OUT/sample_text.txt" \\
  --output_file="$OUT/tf_examples.tfrecord" \\
  --vocab_file="$BERT_BASE_DIR/vocab.txt" \\
  --do_lower_case=True \\
  --max_seq_length=32 \\
  --max_predictions_per_seq=4 \\
  --masked_lm_prob=0.15 \\
  --random_seed=12345 \\
  --dupe_factor=5"""
    )
    return shell.run(
        """
python run_pretraining.py \\
  --input_file="$OUT/tf_examples.tfrecord" \\
  --output_dir="$OUT/pretraining_output" \\
  --do_train=True \\
  --do_eval=True \\
  --bert_config_file="$BERT_BASE_DIR/bert_config.json" \\
  --train_batch_size=4 \\
  --max_seq_length=32 \\
  --max_predictions_per_seq=4 \\
  --num_train_steps=6 \\
  --num_warmup_steps=2 \\
  --learning_rate=2e-5 \\
  --use_tpu=False"""
    )


def test_pretraining(shell, pretrained):
    assert shell.step("pretraining_output") == 6
    # The README shows these lines; its readers look for them.
    results = (shell.directory / "pretraining_output" / "eval_results.txt").read_text()
    for metric in (
        "global_step = 6",
        "masked_lm_accuracy = ",
        "masked_lm_loss = ",
        "next_sentence_accuracy = ",
        "next_sentence_loss = ",
        "loss = ",
    ):
        assert metric in results and metric in pretrained


def test_squad(shell, pretrained):
    shell.run(
        """
python run_squad.py \\
  --vocab_file="$BERT_BASE_DIR/vocab.txt" \\
  --bert_config_file="$BERT_BASE_DIR/bert_config.json" \\
  --init_checkpoint="$OUT/pretraining_output/model.ckpt-6" \\
  --do_train=True \\
  --train_file="$SQUAD_DIR/train-v1.1.json" \\
  --do_predict=True \\
  --predict_file="$SQUAD_DIR/dev-v1.1.json" \\
  --train_batch_size=4 \\
  --learning_rate=3e-5 \\
  --num_train_epochs=2.0 \\
  --max_seq_length=32 \\
  --doc_stride=10 \\
  --max_query_length=8 \\
  --output_dir="$OUT/squad_base/" \\
  --use_tpu=False \\
  --tpu_name="$TPU_NAME" """
    )
    answers = json.loads((shell.directory / "squad_base" / "predictions.json").read_text())
    assert len(answers) == 12


def test_squad_2(shell, pretrained):
    """SQuAD 2.0: training and prediction, then prediction alone with a threshold, as the README goes on."""
    head = """
python run_squad.py \\
  --vocab_file="$BERT_BASE_DIR/vocab.txt" \\
  --bert_config_file="$BERT_BASE_DIR/bert_config.json" \\
  --init_checkpoint="$OUT/pretraining_output/model.ckpt-6" \\
  --train_file="$SQUAD_DIR/train-v2.0.json" \\
  --do_predict=True \\
  --predict_file="$SQUAD_DIR/train-v2.0.json" \\
  --train_batch_size=24 \\
  --learning_rate=3e-5 \\
  --num_train_epochs=2.0 \\
  --max_seq_length=32 \\
  --doc_stride=10 \\
  --max_query_length=8 \\
  --output_dir="$OUT/squad_large/" \\
  --use_tpu=False \\
  --version_2_with_negative=True"""
    shell.run(head + " --do_train=True")
    odds = json.loads((shell.directory / "squad_large" / "null_odds.json").read_text())
    assert len(odds) == 12
    threshold = min(odds.values()) - 1.0
    shell.run(head + " --do_train=False --null_score_diff_threshold=%r" % threshold)
    answers = json.loads((shell.directory / "squad_large" / "predictions.json").read_text())
    assert set(answers.values()) == {""}, "every null score is above the threshold"
