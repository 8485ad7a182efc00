# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Two ranks over Horovod and mpirun on this machine: collective operations, and training equal to that of one process.

All of it needs three imports of TensorFlow: one pair of ranks and one single process do the same jobs, one after another.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
import run_squad
from tests import squad_runs
from tests.conftest import ROOT
from tests.pretraining_runs import CONFIG, LENGTH, PREDICTIONS, make_record, write_records
from training import metrics
from training.runtime import threads_of_rank

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("horovod") is None or shutil.which("mpirun") is None,
    reason="Horovod or mpirun is not installed: scripts/setup.sh --with-horovod",
)

MPIRUN = [
    "mpirun",
    "-np",
    "2",
    "-H",
    "localhost:2",
    "--allow-run-as-root",
    "-bind-to",
    "none",
    "-map-by",
    "slot",
    "-x",
    "PATH",
    "-mca",
    "pml",
    "ob1",
    "-mca",
    "btl",
    "^openib",
    "-mca",
    "mpi_yield_when_idle",
    "1",
]
STEPS = 20
# name -> (flags of two ranks, flags of one process): the same global batch of 8.
TRAININGS = {
    "adamw": (["--train_batch_size=4"], ["--train_batch_size=8"]),
    "adamw, accumulated": (
        ["--train_batch_size=2", "--num_accumulation_steps=2"],
        ["--train_batch_size=8"],
    ),
    "lamb": (
        ["--train_batch_size=4", "--optimizer=lamb"],
        ["--train_batch_size=8", "--optimizer=lamb"],
    ),
    "lamb, accumulated": (
        ["--train_batch_size=2", "--num_accumulation_steps=2", "--optimizer=lamb"],
        ["--train_batch_size=8", "--optimizer=lamb"],
    ),
}
RATE = 2e-3


def full_record(random):
    """A record with all its predictions: the mean of two ranks' means is then the mean over all."""
    while True:
        record = make_record(random)
        if sum(record["masked_lm_weights"]) == PREDICTIONS:
            return record


def initial_checkpoint(path, build):
    """Variables to start from: an untrained process's own depend on how many ops its input has."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(4)
        build()
        session.run(tf.global_variables_initializer())
        return tf.train.Saver(tf.trainable_variables()).save(session, str(path))


def pretraining_variables():
    spec = {
        "input_ids": LENGTH,
        "input_mask": LENGTH,
        "segment_ids": LENGTH,
        "masked_lm_positions": PREDICTIONS,
        "masked_lm_ids": PREDICTIONS,
        "next_sentence_labels": 1,
    }
    features = {name: tf.zeros([1, length], tf.int32) for name, length in spec.items()}
    features["masked_lm_weights"] = tf.zeros([1, PREDICTIONS])
    run_pretraining.build_losses(modeling.BertConfig.from_dict(CONFIG), features, False)


def squad_variables():
    config = modeling.BertConfig.from_dict(squad_runs.CONFIG)
    run_squad.span_logits(
        config, modeling.BertModel(config, False, tf.zeros([1, 4], tf.int32)).get_sequence_output()
    )


class Jobs:
    """Inputs, and what two ranks and one process made of them below `two` and `one`."""

    def __init__(self, directory):
        self.directory = directory
        self.out = {"two": directory / "two", "one": directory / "one"}
        random = np.random.RandomState(3)
        (directory / "config.json").write_text(json.dumps(CONFIG))
        write_records(directory / "train.tfrecord", [full_record(random) for _ in range(8 * 12)])
        initial_checkpoint(directory / "start.ckpt", pretraining_variables)
        (directory / "squad_config.json").write_text(json.dumps(squad_runs.CONFIG))
        (directory / "vocab.txt").write_text("\n".join(squad_runs.VOCABULARY) + "\n")
        # Every tenth text has several windows.
        short, mixed = squad_runs.document(200, 1), squad_runs.document(45, 2)
        short["data"][0]["paragraphs"] = [
            p for p in short["data"][0]["paragraphs"] if len(p["context"].split()) < 19
        ]
        (directory / "train.json").write_text(json.dumps(short))
        (directory / "predict.json").write_text(json.dumps(mixed))
        initial_checkpoint(directory / "squad_start.ckpt", squad_variables)

    def commands(self, which):
        files = str(self.directory) + "/"
        several = ["--horovod"] if which == "two" else []
        rate = RATE / (2 if which == "two" else 1)
        for name, pair in TRAININGS.items():
            yield [
                "run_pretraining",
                several
                + pair[which == "one"]
                + [
                    "--bert_config_file=" + files + "config.json",
                    "--input_file=" + files + "train.tfrecord",
                    "--init_checkpoint=" + files + "start.ckpt",
                    "--output_dir=%s/%s" % (self.out[which], name),
                    "--do_train",
                    "--max_seq_length=%d" % LENGTH,
                    "--max_predictions_per_seq=%d" % PREDICTIONS,
                    "--num_train_steps=%d" % STEPS,
                    "--num_warmup_steps=5",
                    "--learning_rate=%g" % rate,
                    "--iterations_per_loop=1",
                    "--nouse_fused_ops",
                ],
            ]
        yield [
            "run_squad",
            several
            + squad_runs.LENGTHS
            + [
                "--bert_config_file=" + files + "squad_config.json",
                "--vocab_file=" + files + "vocab.txt",
                "--init_checkpoint=" + files + "squad_start.ckpt",
                "--output_dir=%s/squad" % self.out[which],
                "--do_train",
                "--train_file=" + files + "train.json",
                "--do_predict",
                "--predict_file=" + files + "predict.json",
                "--train_batch_size=%d" % (4 if which == "two" else 8),
                "--num_train_epochs=1",
                "--learning_rate=%g" % rate,
                "--iterations_per_loop=1",
                "--nouse_fused_ops",
            ],
        ]

    def run(self, which):
        self.out[which].mkdir()
        jobs = self.out[which] / "jobs.json"
        jobs.write_text(json.dumps(list(self.commands(which))))
        done = subprocess.run(
            (MPIRUN if which == "two" else [])
            + [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "tests.rank_checks",
                str(self.out[which]),
                str(jobs),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=1800,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def metrics(self, which, name):
        with open(str(self.out[which] / name / metrics.STEPS_FILE)) as stream:
            return [json.loads(line) for line in stream]

    def variables(self, which, name):
        reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(self.out[which] / name)))
        return {
            variable: reader.get_tensor(variable) for variable in reader.get_variable_to_shape_map()
        }


@pytest.fixture(name="jobs", scope="module")
def fixture_jobs(tmp_path_factory):
    jobs = Jobs(tmp_path_factory.mktemp("ranks"))
    jobs.printed = {which: jobs.run(which) for which in ("two", "one")}
    return jobs


def test_collective_operations(jobs):
    found = [
        json.loads((jobs.out["two"] / ("rank-%d.json" % rank)).read_text()) for rank in range(2)
    ]
    assert [(f["rank"], f["size"], f["local_rank"], f["is_chief"]) for f in found] == [
        (0, 2, 0, True),
        (1, 2, 1, False),
    ]
    for one in found:
        assert one["threads"] == threads_of_rank(2)
        assert one["scaled"] == 2e-4
        assert one["from_chief"] == {"rank": 0, "text": "\u00e9"}
        assert one["gather"] == [["\u00e9"], [0, "\u00e9"]]
        assert one["broadcast"] == [[1.0, 1.0]] * 3  # the first rank's
        assert one["dense"] == [1.5, -1.5]
        assert one["rows"] == [
            [0.5, 0.5],
            [0.0, 0.0],
            [1.0, 0.5],
        ]  # rows 0 and 2 of two ranks, dense
        assert one["exact"] == [1.5 * (1 + 2.0**-12)] and one["compressed"] == [1.5]
        assert one["means"] == [1.5, 5.0]


@pytest.mark.parametrize("name", list(TRAININGS))
def test_two_ranks_train_as_one_process(jobs, name):
    """Bounds: float32 sums of 8 sequences in another order differ by some 1e-7; Adam divides by a norm, so variables by more."""
    two, one = jobs.metrics("two", name), jobs.metrics("one", name)
    assert [row["step"] for row in two] == [row["step"] for row in one] == list(range(1, STEPS + 1))
    for ours, theirs in zip(two, one):
        for key in ("loss", "masked_lm_loss", "next_sentence_loss"):
            assert abs(ours[key] - theirs[key]) <= 1e-6 * max(1.0, abs(theirs[key])), (
                key,
                ours["step"],
            )
        assert abs(ours["learning_rate"] - theirs["learning_rate"]) < 1e-9
    assert (
        one[-1]["loss"] < one[0]["loss"] - 0.05
    )  # it has learned: equality of untrained models would be easy
    ours, theirs = jobs.variables("two", name), jobs.variables("one", name)
    assert set(ours) == set(theirs)
    for variable, value in theirs.items():
        np.testing.assert_allclose(ours[variable], value, rtol=0, atol=1e-5, err_msg=variable)


def test_two_ranks_answer_as_one_process(jobs):
    """Features are made once in the whole job, and every question is answered once."""
    losses = [[row["loss"] for row in jobs.metrics(which, "squad")] for which in ("two", "one")]
    assert len(losses[0]) > 15
    np.testing.assert_allclose(losses[0], losses[1], rtol=0, atol=2e-6)
    answers = []
    for which in ("two", "one"):
        text = (jobs.out[which] / "squad" / "predictions.json").read_text()
        answers.append(json.loads(text, object_pairs_hook=list))
    assert len(answers[0]) == 45 and answers[0] == answers[1]  # the same answers, in the same order
    nbest = [
        json.loads((jobs.out[which] / "squad" / "nbest_predictions.json").read_text())
        for which in ("two", "one")
    ]
    for question in nbest[1]:
        assert [a["text"] for a in nbest[0][question]][:3] == [
            a["text"] for a in nbest[1][question]
        ][:3]
        assert (
            abs(nbest[0][question][0]["start_logit"] - nbest[1][question][0]["start_logit"]) < 1e-4
        )


def test_only_the_first_rank_writes(jobs):
    here, there = (sorted(os.listdir(str(jobs.out[which] / "adamw"))) for which in ("two", "one"))
    assert [name for name in here if not name.startswith("events.")] == [
        name for name in there if not name.startswith("events.")
    ]
    assert len([name for name in here if name.startswith("events.")]) == 1
    assert len(
        [
            line
            for line in jobs.printed["two"].splitlines()
            if line.startswith("training from step 0 to 20")
        ]
    ) == len(TRAININGS)
