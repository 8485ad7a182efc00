# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_pretraining.py: --help, and what a user can get wrong."""

import os
import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.errors import DataError
from program.options import OptionError
from program.records.decoding import RecordError
from run_pretraining import PretrainingOptions
from tests.conftest import ROOT
from tests.pretraining_runs import CONFIG, LENGTH, SCHEMA, Place, call, make_record

# docs/interface.md §2, written out again: what --help must list.
INTERFACE_FLAGS = {
    "bert_config_file": None,
    "input_file": None,
    "output_dir": None,
    "init_checkpoint": None,
    "max_seq_length": 512,
    "max_predictions_per_seq": 80,
    "do_train": False,
    "do_eval": False,
    "train_batch_size": 32,
    "eval_batch_size": 8,
    "learning_rate": 5e-5,
    "num_train_steps": 100000,
    "num_warmup_steps": 10000,
    "save_checkpoints_steps": 1000,
    "iterations_per_loop": 1000,
    "max_eval_steps": 100,
    "horovod": False,
    "report_loss": False,
    "use_fp16": False,
    "amp": False,
    "use_xla": False,
}


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("pretraining"))


def test_help_lists_every_flag_of_the_interface():
    code, out, err = call("--help")
    assert code == 0, err
    listed = dict(re.findall(r"^  --(\S+)  \((?:default: )?(.*)\)$", out, re.MULTILINE))
    for name, default in INTERFACE_FLAGS.items():
        if isinstance(default, bool):
            assert listed["[no]" + name] == str(default).lower()
        elif default is None:
            assert listed[name] == "no default"
        else:
            assert float(listed[name]) == default, name


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--do_train", "--do_trian"], "Unknown command line flag 'do_trian'"),
        (
            ["--do_train", "--input_file=nothing-*.tfrecord"],
            "--input_file: 'nothing-*.tfrecord' matches no file",
        ),
        (
            ["--do_train", "--max_seq_length=32"],
            "holds sequences of 16, asked for 32: pass --max_seq_length=16",
        ),
        (["--do_train", "--bert_config_file=nothing.json"], "nothing.json"),
        (["--do_train", "--init_checkpoint=s3://b/model.ckpt"], "s3://b/model.ckpt is an address"),
        (
            ["--do_train", "--output_dir=gs://bucket/run"],
            "--output_dir=gs://bucket/run: gs://bucket/run is an address",
        ),
        (["--do_eval", "--init_checkpoint=nothing.ckpt"], "nothing.ckpt: no such checkpoint"),
    ],
)
def test_errors_are_one_line_and_exit_2_and_leave_nothing(place, tmp_path, arguments, message):
    code, out, err = place.command(tmp_path / "out", *arguments)
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and len(errors) == 1 and message in errors[0], err
    assert "Traceback" not in err and "Traceback" not in out
    assert not (tmp_path / "out" / "checkpoint").exists()
    assert not os.path.exists(os.path.join(ROOT, "gs:"))


def test_divergence_stops_with_the_last_good_checkpoint(place, tmp_path):
    code, _, err = place.command(
        tmp_path / "out", "--do_train", "--num_train_steps=20", "--learning_rate=1e30"
    )
    assert code == 3, err
    line = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(line) == 1 and "Traceback" not in err
    assert re.search(
        r"(loss|gradient norm) is \S+ at step \d+: training stopped. Last good checkpoint: \S*model.ckpt-0\.",
        line[0],
    )
    assert tf.train.latest_checkpoint(str(tmp_path / "out")).endswith("model.ckpt-0")


@pytest.mark.parametrize(
    "options, config, error, message",
    [
        (
            {"max_predictions_per_seq": 20},
            {},
            RecordError,
            "holds 4 predictions a sequence, asked for 20",
        ),
        (
            {"max_seq_length": 128},
            {},
            OptionError,
            "--max_seq_length=128 exceeds the model's 64 positions",
        ),
        ({"do_train": False, "do_eval": True}, {}, OptionError, "nothing to evaluate"),
        (
            {"eval_input_file": "no*where", "do_eval": True},
            {},
            DataError,
            "--eval_input_file: 'no.where' matches no",
        ),
        (
            {},
            {"vocab_size": 40},
            RecordError,
            r"tfrecord: record \d+: feature 'input_ids' holds \d+, but must be 0 to 39",
        ),
    ],
)
def test_what_cannot_work(place, tmp_path, options, config, error, message):
    with pytest.raises(error, match=message):
        place.run(tmp_path / "out", config=dict(CONFIG, **config), **options)
    assert not (tmp_path / "out" / "eval_results.txt").exists()


def changed(row, feature, value):
    """A record with its first number of a feature changed; the schema's own writer takes no negative one."""
    example = tf.train.Example.FromString(SCHEMA.serialize(row))
    features = example.features.feature[feature]
    getattr(features, features.WhichOneof("kind")).value[0] = value
    return example.SerializeToString()


# The program itself, once; every other number is tested in tests/program/records/test_batches.py.
@pytest.mark.parametrize(
    "feature, value, evaluates",
    [
        ("masked_lm_positions", LENGTH, False),
        ("next_sentence_labels", 2, True),
        (None, b"\xff" * 100, False),
    ],
)
def test_a_bad_record_is_named_and_trains_nothing(place, tmp_path, feature, value, evaluates):
    random = np.random.RandomState(5)
    rows = [make_record(random) for _ in range(32)]
    bad = str(tmp_path / "bad.tfrecord")
    with tf.io.TFRecordWriter(bad) as writer:
        for number, row in enumerate(rows):
            record = SCHEMA.serialize(row)
            if number == 7:
                record = changed(row, feature, value) if feature else value
            writer.write(record)
    where = {"eval_input_file": bad, "do_train": False, "do_eval": True}
    initial = None
    if evaluates:
        place.run(tmp_path / "first", steps=1)
        initial = str(tmp_path / "first" / "model.ckpt-1")
    with pytest.raises(RecordError, match=re.escape("%s: record 7: " % bad)):
        place.run(
            tmp_path / "out",
            init_checkpoint=initial,
            **(where if evaluates else {"input_file": bad}),
        )
    assert not (tmp_path / "out" / "eval_results.txt").exists()


def test_nothing_to_do():
    with pytest.raises(OptionError, match="pass --do_train, --do_eval or both"):
        PretrainingOptions(input_file="x")
