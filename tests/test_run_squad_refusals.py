# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_squad.py: --help, and what a user can get wrong."""

import os

import pytest

from tests.squad_runs import (
    document,
    required,
    started_command,
    write,
    write_bad_checkpoints,
    write_files,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    files = write_files(tmp_path_factory.mktemp("squad"))
    twice = document(1, 1)
    twice["data"] *= 2
    return dict(files, twice=write(files["folder"] / "twice.json", twice))


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with started_command(tmp_path_factory.mktemp("streams")) as run:
        yield run


@pytest.fixture(scope="module")
def bad_checkpoints(files):
    return write_bad_checkpoints(files["folder"])


def test_help_has_every_flag_with_its_default(command):
    outcome = command("--help")
    assert outcome.code == 0
    expected = {
        "bert_config_file": "no default",
        "vocab_file": "no default",
        "output_dir": "no default",
        "train_file": "no default",
        "predict_file": "no default",
        "init_checkpoint": "no default",
        "[no]do_lower_case": "true",
        "max_seq_length": 384,
        "doc_stride": 128,
        "max_query_length": 64,
        "[no]do_train": "false",
        "[no]do_predict": "false",
        "train_batch_size": 8,
        "predict_batch_size": 8,
        "predict_batch_tokens": "no default",
        "learning_rate": "5e-6",
        "num_train_epochs": 3.0,
        "warmup_proportion": 0.1,
        "save_checkpoints_steps": 1000,
        "iterations_per_loop": 1000,
        "n_best_size": 20,
        "max_answer_length": 30,
        "[no]verbose_logging": "false",
        "[no]version_2_with_negative": "false",
        "null_score_diff_threshold": 0.0,
        "[no]horovod": "false",
        "[no]use_fp16": "false",
        "[no]amp": "false",
        "[no]use_xla": "false",
    }
    for name, default in expected.items():
        text = default if default == "no default" else "default: %s" % default
        assert "--%s  (%s)" % (name, text) in outcome.out
    assert "tpu" not in outcome.out.lower().replace("output", "")


_BAD_RUNS = [
    (["--do_train"], "--do_train requires --train_file"),
    (["--do_predict"], "--do_predict requires --predict_file"),
    ([], "nothing to do: pass --do_train, --do_predict or --do_export"),
    (["--do_predict", "--predict_file=nowhere.json"], "nowhere.json: cannot be read: No such file"),
    (["--do_train", "--train_file={vocab}"], "vocab.txt: not JSON"),
    (["--do_train", "--train_file={config}"], "bert_config.json: not a SQuAD file"),
    (["--do_train", "--train_file={v2}"], "pass --version_2_with_negative, or to a launcher"),
    (
        ["--do_predict", "--predict_file={twice}"],
        "twice.json: data[1].paragraphs[0].qas[0]: the id q0 was already used at data[0].paragraphs[0].qas[0]",
    ),
    (
        ["--do_train", "--train_file={v1}", "--max_seq_length=41"],
        "--max_seq_length=41 exceeds the model's 40 positions",
    ),
    (
        ["--do_train", "--train_file={v1}", "--max_query_length=29"],
        "--max_seq_length=32: must be greater than --max_query_length=29",
    ),
    (
        ["--do_train", "--train_file={v1}", "--train_batch_size=1000", "--num_train_epochs=1"],
        "1 epochs of 64 questions are less than one batch of 1000",
    ),
    (
        ["--do_train", "--train_file={v1}", "--train_batch_size=8", "--num_train_epochs=0.1"],
        "0.1 epochs of 64 questions are less than one batch of 8",
    ),
    (
        ["--do_train", "--train_file={v1}", "--init_checkpoint=nowhere/model.ckpt"],
        "nowhere/model.ckpt: no such checkpoint",
    ),
    (
        [
            "--do_train",
            "--train_file={v1}",
            "--do_lower_case=false",
            "--init_checkpoint=x/uncased_L-12_H-768_A-12/bert_model.ckpt",
        ],
        "pass --do_lower_case=true",
    ),
    (["--do_train", "--train_file={v1}", "--vocab_file={v1}"], "lacks [PAD]"),
    (["--do_train", "--train_file={v1}", "--bert_config_file=nowhere.json"], "nowhere.json"),
    (["--do_train", "--train_file={v1}", "--num_train_epochs=-1"], "--num_train_epochs"),
    (["--do_train", "--train_file={v1}", "--warmup_proportion=2"], "warmup_proportion"),
    (["--do_train", "--train_file={v1}", "--train_batch_size=many"], "train_batch_size"),
    (
        ["--do_predict", "--predict_file={v1}", "--predict_batch_tokens=31"],
        "--predict_batch_tokens=31: a window may have 32 tokens (--max_seq_length): pass at least 32",
    ),
    (["--do_predict", "--predict_file={v1}", "--predict_batch_tokens=1.5"], "predict_batch_tokens"),
    (["--do_train", "--trainfile={v1}"], "trainfile"),
    (
        ["--do_predict", "--predict_file={v1}"],
        "contains no checkpoint: pass --init_checkpoint or --do_train",
    ),
    (
        ["--do_predict", "--predict_file={v1}", "--init_checkpoint={headless}"],
        "has no variable cls/squad/output_weights",
    ),
    (
        ["--do_predict", "--predict_file={v1}", "--init_checkpoint={other}"],
        "variable bert/embeddings/LayerNorm/beta has shape [3]",
    ),
]


@pytest.mark.parametrize(
    "arguments, message", _BAD_RUNS, ids=[message[:40] for _, message in _BAD_RUNS]
)
def test_mistakes_are_one_line_and_exit_2(files, command, bad_checkpoints, arguments, message):
    output_dir = files["folder"] / "bad"
    names = dict(files, **bad_checkpoints)
    outcome = command(*(required(files, output_dir) + [a.format(**names) for a in arguments]))
    assert outcome.code == 2, outcome.err
    lines = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and message in lines[0]
    assert outcome.err.splitlines()[-1] == lines[0]
    assert "Traceback" not in outcome.err
    if output_dir.exists():
        assert not [
            n for n in os.listdir(str(output_dir)) if n.startswith("predictions") or "tmp-" in n
        ]
