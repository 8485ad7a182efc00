# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Small records and a small model, and run_pretraining.py run on them, by its command line or in this process."""

import json
import os
import subprocess
import sys

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
from program.records import fields
from run_pretraining import PretrainingOptions
from tests.conftest import ROOT, TINY_CONFIG
from tests.jobs import FP32
from training.job import Job
from training.kernels import PLAIN
from training.options import OptimizerOptions, RunOptions
from training.runtime import SingleProcess

LENGTH, PREDICTIONS = 16, 4
SCHEMA = fields.pretraining_schema(LENGTH, PREDICTIONS)
CONFIG = dict(TINY_CONFIG, num_hidden_layers=1)
PEAK, WARMUP = 4e-3, 5


def make_record(random, vocab_size=64):
    """A sequence of 10 to 16 tokens; masked tokens are one of four, and segment B's first token tells the label."""
    used = random.randint(10, LENGTH + 1)
    ids = np.zeros(LENGTH, np.int64)
    ids[:used] = random.randint(10, vocab_size, used)
    label = random.randint(2)
    ids[used // 2] = 8 + label
    predictions = random.randint(1, PREDICTIONS + 1)
    positions, targets, weights = np.zeros([3, PREDICTIONS])
    positions[:predictions] = np.sort(random.choice(used, predictions, replace=False))
    targets[:predictions] = random.randint(10, 14, predictions)
    weights[:predictions] = 1.0
    return {
        "input_ids": ids,
        "input_mask": np.arange(LENGTH) < used,
        "segment_ids": (np.arange(LENGTH) >= used // 2) & (np.arange(LENGTH) < used),
        "masked_lm_positions": positions.astype(np.int64),
        "masked_lm_ids": targets.astype(np.int64),
        "masked_lm_weights": weights,
        "next_sentence_labels": [label],
    }


def write_records(path, rows, schema=SCHEMA):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for row in rows:
            writer.write(schema.serialize(row))
    return str(path)


class Place:
    """A directory with a configuration, three files of records to train on and one to evaluate."""

    def __init__(self, directory):
        self.directory = directory
        self.config_file = str(directory / "bert_config.json")
        with open(self.config_file, "w") as stream:
            json.dump(CONFIG, stream)
        random = np.random.RandomState(3)
        for number in range(3):
            write_records(
                directory / ("train-%d.tfrecord" % number), [make_record(random) for _ in range(40)]
            )
        self.eval_rows = [make_record(random) for _ in range(21)]
        self.eval_file = write_records(directory / "eval.tfrecord", self.eval_rows)
        self.train_files = str(directory / "train-*.tfrecord")

    def command(self, out, *more, **kwargs):
        """Runs the program; returns (exit code, stdout, stderr)."""
        arguments = [
            "--bert_config_file=" + self.config_file,
            "--input_file=" + self.train_files,
            "--output_dir=" + str(out),
            "--max_seq_length=%d" % LENGTH,
            "--max_predictions_per_seq=%d" % PREDICTIONS,
            "--train_batch_size=16",
            "--num_warmup_steps=%d" % WARMUP,
            "--learning_rate=%g" % PEAK,
        ]
        return call(*(arguments + list(more)), **kwargs)

    def options(self, **more):
        return PretrainingOptions(
            **dict(
                {
                    "input_file": self.train_files,
                    "max_seq_length": LENGTH,
                    "max_predictions_per_seq": PREDICTIONS,
                    "train_batch_size": 16,
                    "do_train": True,
                },
                **more,
            )
        )

    def run(self, out, config=None, steps=2, init_checkpoint=None, **more):
        """run() in this process."""
        return run_pretraining.run(
            Job(
                modeling.BertConfig.from_dict(config or CONFIG),
                self.options(**more),
                RunOptions(output_dir=str(out), init_checkpoint=init_checkpoint),
                OptimizerOptions(num_train_steps=steps, num_warmup_steps=1, learning_rate=1e-3),
                FP32,
                PLAIN,
                SingleProcess(),
            )
        )


def call(*arguments, **kwargs):
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "run_pretraining.py")] + list(arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=240,
        env=environment,
        **kwargs,
    )
    return done.returncode, done.stdout, done.stderr
