# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The launchers' --help and the commands of their dry runs."""

import os
import re
from collections import OrderedDict

import pytest

from tests.scripts.expected import (
    LAUNCHERS,
    POSITIONAL,
    as_flags,
    cpu,
    dry_run,
    evaluation,
    mpirun,
    pretraining_flags,
    refused,
    squad_flags,
)
from tests.scripts.launcher_site import ROOT, commands

# ---------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("script", LAUNCHERS)
def test_help_shows_the_defaults_of_the_interface(site, script):
    result = site.run(script, "--help")
    assert (result.code, result.err) == (0, "")
    shown = re.findall(r"^  (\w+)=(.*?)(?:  |$)", result.out.split("\nOptions")[0], re.MULTILINE)
    wanted = [
        (name, default.format(bert=site.bert, results=site.results))
        for name, default in POSITIONAL[script]
    ]
    assert shown == wanted
    usage = result.out.splitlines()[0]
    assert [word.strip("[]") for word in usage.split()[2 : 2 + len(wanted)]] == [
        name for name, _ in wanted
    ]
    assert site.calls() == []


def test_help_follows_the_environment(site):
    assert (
        "init_checkpoint=/elsewhere/bert_model.ckpt"
        in site.run("run_squad.sh", "--help", BERT_DIR="/elsewhere").out
    )
    prefix = os.path.join(site.base, "model.ckpt-12")
    site.checkpoint(prefix)
    assert (
        "init_checkpoint=" + prefix
        in site.run("run_squad_inference.sh", "--help", RESULTS_DIR=site.base).out
    )


def test_help_shows_the_paths_of_the_container_by_default(site):
    out = site.run("run_squad.sh", "--help", BERT_DIR=None, RESULTS_DIR=None).out
    assert "RESULTS_DIR=/results" in out
    assert "BERT_DIR=%s/data/pretrained_models_google/uncased_L-24_H-1024_A-16" % ROOT in out
    out = site.run("run_pretraining.sh", "--help", WIKIPEDIA_DIR=None, BOOKS_DIR=None).out
    assert "WIKIPEDIA_DIR=%s/data/wikipedia_corpus/final_tfrecords_sharded" % ROOT in out
    assert "BOOKS_DIR=%s/data/bookcorpus/final_tfrecords_sharded" % ROOT in out


def test_checkpoints_fall_back_to_results(site):
    if os.path.isdir("/checkpoints"):
        pytest.skip("this machine has a /checkpoints")
    out = site.run("run_pretraining.sh", "--help", CHECKPOINTS_DIR=None).out
    assert "CHECKPOINTS_DIR=" + site.results in out


# ------------------------------------------------------------------------------------------------- dry runs


def test_pretraining_defaults(site):
    assert dry_run(site, "run_pretraining.sh") == [
        mpirun(8)
        + [site.python, ROOT + "/run_pretraining.py", "--horovod"]
        + pretraining_flags(site)
        + ["--use_fp16", "--use_xla"]
    ]


@pytest.mark.parametrize(
    "precision,flags",
    [
        ("fp32", []),
        ("fp16", ["--use_fp16"]),
        ("amp", ["--amp"]),
        ("fp32_xla", ["--use_xla"]),
        ("fp16_xla", ["--use_fp16", "--use_xla"]),
        ("amp_xla", ["--amp", "--use_xla"]),
    ],
)
def test_pretraining_precisions_on_the_cpu(site, precision, flags):
    assert dry_run(site, "run_pretraining.sh", "--precision", precision, "--num_gpus", "0") == [
        [site.python, ROOT + "/run_pretraining.py"] + pretraining_flags(site) + flags
    ]


def test_pretraining_by_position_by_name_and_mixed(site):
    changes = dict(
        train_batch_size="2",
        eval_batch_size="3",
        learning_rate="2e-3",
        num_warmup_steps="5",
        num_train_steps="60",
        save_checkpoints_steps="7",
    )
    wanted = [
        mpirun(4)
        + [site.python, ROOT + "/run_pretraining.py", "--horovod"]
        + pretraining_flags(site, **changes)
        + ["--amp"]
    ]
    assert (
        dry_run(site, "run_pretraining.sh", "2", "3", "2e-3", "amp", "4", "5", "60", "7", "false")
        == wanted
    )
    assert (
        dry_run(
            site,
            "run_pretraining.sh",
            "--train_steps",
            "60",
            "2",
            "--save_checkpoints_steps=7",
            "3",
            "2e-3",
            "--warmup-steps",
            "5",
            "amp",
            "--num_gpus=4",
        )
        == wanted
    )


def test_pretraining_named_options_and_arguments_for_python(site):
    start = site.checkpoint(os.path.join(site.base, "model.ckpt-9"))
    config = site.write(os.path.join(site.base, "config.json"), "{}")
    assert dry_run(
        site,
        "run_pretraining.sh",
        "--num_gpus=0",
        "--precision=fp32",
        "--max_seq_length=128",
        "--bert_config",
        config,
        "--max_predictions_per_seq",
        "20",
        "--init_checkpoint",
        start + ".index",
        "--input_file=a*,b c",
        "--",
        "--max_eval_steps=5",
        "--do_eval=false",
        "it's; $HOME",
    ) == [
        [site.python, ROOT + "/run_pretraining.py"]
        + pretraining_flags(
            site,
            input_file="a*,b c",
            bert_config_file=config,
            max_seq_length="128",
            max_predictions_per_seq="20",
            init_checkpoint=start,
        )
        + ["--max_eval_steps=5", "--do_eval=false", "it's; $HOME"]
    ]


def test_an_empty_argument_keeps_the_default(site):
    assert dry_run(site, "run_pretraining.sh", "", "9", "", "fp32", "0") == [
        [site.python, ROOT + "/run_pretraining.py"] + pretraining_flags(site, eval_batch_size="9")
    ]


def test_numbers_with_leading_zeros_are_decimal(site):
    assert "--train_batch_size=8" in dry_run(site, "run_pretraining.sh", "08", "--num_gpus=00")[0]


def test_pretraining_without_books_warns_and_goes_on(site):
    os.remove(os.path.join(site.books, "a.tfrecord"))
    result = site.run("run_pretraining.sh", "--dry_run", *cpu("run_pretraining.sh", site))
    assert result.code == 0
    assert result.err.splitlines() == [
        "warning: no BooksCorpus records (*.tfrecord) in %s; using Wikipedia only" % site.books
    ]
    assert "--input_file=%s/*.tfrecord" % site.wikipedia in commands(result.out)[0]


def test_records_may_be_numbered_and_half_written_ones_are_left_out(site):
    site.write(os.path.join(site.wikipedia, "b.tfrecord00001"), "")
    site.write(os.path.join(site.books, "b.tfrecord.tmp-77"), "")
    assert "--input_file={0}/*.tfrecord,{0}/*.tfrecord[0-9]*,{1}/*.tfrecord".format(
        site.wikipedia, site.books
    ) in (dry_run(site, "run_pretraining.sh")[0])


def test_pretraining_takes_the_records_of_its_length_and_leaves_the_held_out_ones(site):
    folder = os.path.join(site.wikipedia, "seq_512_pred_80")
    os.makedirs(folder)
    for name in (
        "training_00000_of_00001.tfrecord",
        "training_00000_of_00001.tfrecord.json",
        "test_00000_of_00001.tfrecord",
    ):
        site.write(os.path.join(folder, name), "")
    assert (
        "--input_file=%s/training_*.tfrecord,%s/*.tfrecord" % (folder, site.books)
        in dry_run(site, "run_pretraining.sh")[0]
    )


def shards(site, folder, **contents):
    """Writes training_0.tfrecord etc. into a folder; returns it."""
    os.makedirs(folder, exist_ok=True)
    for name, content in contents.items():
        site.write(os.path.join(folder, name + ".tfrecord"), content)
    return folder


def evaluated(site, *arguments, **options):
    """The values of --eval_input_file in the command of a pre-training."""
    words = dry_run(site, options.get("script", "run_pretraining.sh"), *arguments)[0]
    return [word.split("=", 1)[1] for word in words if word.startswith("--eval_input_file=")]


def test_pretraining_evaluates_on_the_held_out_shards_where_they_are(site):
    assert evaluated(site) == []  # flat folders: nothing is known to be held out
    wikipedia = shards(
        site, site.wikipedia + "/seq_512_pred_80", training_0="x", test_0="", test_1="x"
    )
    assert evaluated(site) == [wikipedia + "/test_*.tfrecord"]
    books = shards(site, site.books + "/seq_512_pred_80", training_0="x", test_0="x")
    both = "%s/test_*.tfrecord,%s/test_*.tfrecord" % (wikipedia, books)
    assert evaluated(site) == [both]
    # Records of the user's own; after -- as well, where the last one counts.
    assert evaluated(site, "--eval_input_file=own") == ["own"]
    assert evaluated(site, "--", "--eval_input_file=own") == [both, "own"]
    assert evaluated(site, "--", "--input_file=own") == []


def test_held_out_shards_beside_given_ones(site):
    one = shards(site, os.path.join(site.base, "one"), training_0="x", training_1="x", test_0="x")
    two = shards(site, os.path.join(site.base, "two"), training_0="x", test_0="")
    for given, expected in (
        (one + "/training_*.tfrecord", [one + "/test_*.tfrecord"]),
        (one + "/training_0.tfrecord", [one + "/test_*.tfrecord"]),
        (two + "/training_*.tfrecord," + one + "/training_1.tfrecord", [one + "/test_*.tfrecord"]),
        (two + "/training_*.tfrecord", []),  # without any record
        (one + "/*.tfrecord", []),  # trained on
        (site.books + "/a.tfrecord", []),
    ):
        assert evaluated(site, "--input_file=" + given) == expected, given


def test_the_shipped_architecture_is_used_without_a_download(site):
    os.remove(os.path.join(site.bert, "bert_config.json"))
    assert (
        "--bert_config_file=%s/configs/bert_large.json" % ROOT
        in dry_run(site, "run_pretraining.sh")[0]
    )


def test_squad_defaults(site):
    assert dry_run(site, "run_squad.sh") == [
        mpirun(8)
        + [site.python, ROOT + "/run_squad.py", "--horovod"]
        + squad_flags(site)
        + ["--use_fp16", "--use_xla"],
        evaluation(site),
    ]


def test_squad_on_the_cpu_by_position(site):
    start = site.checkpoint(os.path.join(site.base, "own.ckpt"))
    assert dry_run(site, "run_squad.sh", "4", "3e-5", "amp", "false", "0", start, "1.5") == [
        [site.python, ROOT + "/run_squad.py"]
        + squad_flags(
            site,
            train_batch_size="4",
            learning_rate="3e-5",
            init_checkpoint=start,
            num_train_epochs="1.5",
        )
        + ["--amp"],
        evaluation(site),
    ]


def test_squad_accumulation_is_passed_on_where_there_is_any(site):
    line = dry_run(site, "run_squad.sh", "--num_gpus=0", "--num_accumulation_steps=4")[0]
    assert "--num_accumulation_steps=4" in line and "--train_batch_size=10" in line
    assert not any(
        "num_accumulation_steps" in word
        for word in dry_run(site, "run_squad.sh", "--num_gpus=0")[0]
    )


@pytest.mark.parametrize("script", LAUNCHERS)
def test_kernel_options_are_passed_on_and_exclude_their_opposites(site, script):
    def kernels(*options):
        return [
            word
            for word in dry_run(site, script, *(cpu(script, site) + list(options)))[0]
            if word.endswith(("use_fused_ops", "remove_padding", "cpu_bf16"))
        ]

    assert kernels() == []
    assert kernels("--use_fused_ops", "--noremove_padding") == [
        "--use_fused_ops",
        "--noremove_padding",
    ]
    assert kernels("--nouse_fused_ops") == ["--nouse_fused_ops"]
    assert kernels("--remove_padding") == ["--remove_padding"]
    assert kernels("--cpu_bf16") == ["--cpu_bf16"]
    result = site.run(
        script, "--dry_run", *(cpu(script, site) + ["--remove_padding", "--noremove_padding"])
    )
    assert (
        refused(site, result) == "error: --remove_padding and --noremove_padding exclude each other"
    )


def test_squad_version_2(site):
    assert dry_run(
        site, "run_squad.sh", "--squad_version=2.0", "--num_gpus=0", "--precision=fp32"
    ) == [
        [site.python, ROOT + "/run_squad.py"] + squad_flags(site, "2.0") + ["--use_xla"],
        evaluation(site, "2.0"),
    ]


def test_squad_directories_follow_the_version(site):
    for version in ("1.1", "2.0"):
        words = dry_run(site, "run_squad.sh", "--squad_version", version, SQUAD_DIR=None)[0]
        assert "--train_file={0}/data/squad/v{1}/train-v{1}.json".format(ROOT, version) in words


def test_squad_evaluates_what_the_python_arguments_say(site):
    lines = dry_run(
        site,
        "run_squad.sh",
        "--num_gpus=0",
        "--squad_version=2.0",
        "--",
        "--output_dir",
        "/o",
        "--predict_file=/p.json",
        "--null_score_diff_threshold=-1.5",
    )
    assert lines[1] == [
        "env",
        "PYTHONPATH=" + ROOT,
        site.python,
        "-m",
        "squad.evaluate",
        "/p.json",
        "/o/predictions.json",
        "--version",
        "2.0",
        "--na-prob-file",
        "/o/null_odds.json",
        "--na-prob-thresh",
        "-1.5",
    ]
    assert len(dry_run(site, "run_squad.sh", "--num_gpus=0", "--", "--do_predict=false")) == 1
    assert len(dry_run(site, "run_squad.sh", "--num_gpus=0", "--", "--nodo_predict")) == 1


def test_squad_prefers_the_official_script(site):
    official = site.write(os.path.join(site.squad, "evaluate-v1.1.py"), "")
    assert dry_run(site, "run_squad.sh")[1] == [
        site.python,
        official,
        site.squad + "/dev-v1.1.json",
        site.results + "/predictions.json",
    ]


def test_inference_by_position(site):
    start = site.checkpoint(os.path.join(site.base, "model.ckpt-20"))
    flags = as_flags(
        OrderedDict(
            [
                ("vocab_file", site.bert + "/vocab.txt"),
                ("bert_config_file", site.bert + "/bert_config.json"),
                ("output_dir", site.results),
                ("max_seq_length", "384"),
                ("doc_stride", "128"),
                ("init_checkpoint", start),
                ("do_predict", None),
                ("predict_file", site.squad + "/dev-v1.1.json"),
                ("predict_batch_size", "16"),
            ]
        )
    )
    assert dry_run(site, "run_squad_inference.sh", start, "16", "fp32", "false") == [
        [site.python, ROOT + "/run_squad.py"] + flags,
        evaluation(site),
    ]
    by_tokens = dry_run(
        site, "run_squad_inference.sh", start, "16", "fp32", "false", "--batch_tokens=4096"
    )
    assert by_tokens[0][2:] == flags[:-1] + ["--predict_batch_tokens=4096"]
    assert dry_run(site, "run_squad_inference.sh", start, "16") == [
        [site.python, ROOT + "/run_squad.py"] + flags + ["--use_fp16", "--use_xla"],
        evaluation(site),
    ]


def test_inference_takes_the_latest_checkpoint_of_results(site):
    def chosen():
        result = site.run("run_squad_inference.sh", "--dry_run", RESULTS_DIR=directory)
        assert result.code == 0 and result.err == ""
        return [word for word in commands(result.out)[0] if word.startswith("--init_checkpoint=")]

    directory = os.path.join(site.base, "done")
    os.makedirs(directory)
    for step in (9, 100, 20):
        site.checkpoint(os.path.join(directory, "model.ckpt-%d" % step))
    assert chosen() == ["--init_checkpoint=%s/model.ckpt-100" % directory]
    # What TensorFlow wrote down counts more than the highest number, if it is still there.
    site.write(
        os.path.join(directory, "checkpoint"),
        'model_checkpoint_path: "model.ckpt-20"\nall_model_checkpoint_paths: "model.ckpt-100"\n',
    )
    assert chosen() == ["--init_checkpoint=%s/model.ckpt-20" % directory]
    os.remove(os.path.join(directory, "model.ckpt-20.index"))
    assert chosen() == ["--init_checkpoint=%s/model.ckpt-100" % directory]


@pytest.mark.parametrize("script", LAUNCHERS)
def test_a_dry_run_without_any_data_says_what_is_missing(site, script):
    result = site.run(
        script, "--dry_run", BERT_DIR="/no", SQUAD_DIR="/no", WIKIPEDIA_DIR="/no", RESULTS_DIR="/no"
    )
    assert result.code == 0
    assert commands(result.out)
    assert "/no" in result.err and all(
        line.startswith("warning: ") for line in result.err.splitlines()
    )
