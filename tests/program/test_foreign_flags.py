# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/foreign_flags.py: TPU flags, flags of NVIDIA's later recipe, misspelled flags; by function and by the programs."""

import re

import pytest

import create_pretraining_data
import run_pretraining
import run_squad
from program import foreign_flags
from tests.program.test_command_line import REQUIRED, fixture_program  # noqa: F401

FLAGS_OF = {
    program.__name__: {
        option.name for group in program.GROUPS for option in group.OPTIONS if option.is_flag
    }
    for program in (run_pretraining, run_squad, create_pretraining_data)
}
PRETRAINING, SQUAD, DATA = (
    FLAGS_OF[name] for name in ("run_pretraining", "run_squad", "create_pretraining_data")
)


@pytest.mark.parametrize(
    "argument",
    ["--use_tpu=%s" % value for value in ("False", "false", "f", "0", "no", "N")]
    + [
        "-use_tpu=False",
        "--nouse_tpu",
        "--tpu_name=",
        "--gcp_project=",
        "--master=",
        "--tpu_zone=",
    ],
)
def test_no_tpu_is_what_everybody_has(argument):
    assert foreign_flags.screen(["p", "--a=1", argument, "x"], {"a"}) == (["p", "--a=1", "x"], None)


@pytest.mark.parametrize(
    "argument",
    ["--use_tpu", "--use_tpu=True", "--use_tpu=1", "--tpu_name=grpc://10.0.0.1:8470", "--tpu_name"]
    + ["--tpu_zone=us-east1-b", "--gcp_project=x", "--master=grpc://a", "--num_tpu_cores=8"],
)
def test_a_tpu_is_refused(argument):
    _, refusal = foreign_flags.screen(["p", "--use_tpu=False", argument], {"a"})
    assert refusal.startswith(argument.split("=")[0])
    assert "does not run on TPUs: omit the flag" in refusal and "\n" not in refusal


def test_use_tpu_must_be_a_boolean():
    _, refusal = foreign_flags.screen(["p", "--use_tpu=perhaps"], set())
    assert refusal == "--use_tpu=perhaps: must be true or false"


# Flag of NVIDIA's later editions -> what its refusal must name; None: no counterpart here.
LATER_PRETRAINING = {
    "manual_fp16": "--use_fp16",
    "nomanual_fp16": "--use_fp16",
    "optimizer_type": "--optimizer",
    "allreduce_post_accumulation": "--num_accumulation_steps",
    "dllog_path": "metrics.jsonl",
    "input_files_dir": "--input_file",
    "eval_files_dir": "--eval_input_file",
    "init_loss_scale": "--use_fp16",
    "display_loss_steps": "--iterations_per_loop",
    "verbose_logging": "omit",
    "precision": "--amp",
    "seed": "--random_seed",
    "hvd": "--horovod",
    "gradient_accumulation_steps": "--num_accumulation_steps",
    "warmup_proportion": "--num_warmup_steps",
    "max_steps": "--num_train_steps",
    "num_train_epochs": "--num_train_steps",
}
LATER_SQUAD = {
    "manual_fp16": "--use_fp16",
    "optimizer_type": "--optimizer",
    "allreduce_post_accumulation": "--num_accumulation_steps",
    "dllog_path": "metrics.jsonl",
    "init_loss_scale": "--amp",
    "eval_script": "squad.evaluate",
    "do_eval": "--do_predict",
    "nodo_eval": "--do_predict",
    "report_loss": "always reported",
    "display_loss_steps": "--iterations_per_loop",
    "use_trt": "not supported",
    "export_triton": "scripts/export_squad.sh",
    "triton_model_name": "scripts/export_squad.sh",
    "trtis_engine_count": "scripts/export_squad.sh",
    "num_warmup_steps": "--warmup_proportion",
    "num_train_steps": "--num_train_epochs",
    "max_steps": "--num_train_epochs",
    "eval_batch_size": "--predict_batch_size",
}


@pytest.mark.parametrize(
    "known, flag, named",
    [(PRETRAINING, flag, named) for flag, named in sorted(LATER_PRETRAINING.items())]
    + [(SQUAD, flag, named) for flag, named in sorted(LATER_SQUAD.items())],
)
def test_flags_of_the_later_recipe(known, flag, named):
    for argument in ("--%s=x" % flag, "--" + flag):
        _, refusal = foreign_flags.screen(["p", argument], known)
        assert refusal.startswith("--%s: " % flag) and named in refusal
        for mentioned in re.findall(r"--(\w+)", refusal)[1:]:
            assert mentioned in known, "advice names a flag that the program does not have"


def test_flags_that_both_have_are_not_foreign():
    both = "num_accumulation_steps amp use_xla use_fp16 horovod report_loss do_eval max_eval_steps".split()
    for flag in both:
        argv = ["p", "--%s=1" % flag]
        assert foreign_flags.screen(argv, PRETRAINING) == (argv, None)


def test_arguments_that_are_no_flags_stay():
    argv = ["p", "x", "-", "--", "--use_tpu=True", "--manual_fp16"]
    assert foreign_flags.screen(argv, SQUAD) == (argv, None)


def test_no_row_hides_a_flag_of_its_own_program():
    for known in FLAGS_OF.values():
        for flag in known:
            assert foreign_flags.screen(["p", "--" + flag], known) == (["p", "--" + flag], None)


@pytest.mark.parametrize(
    "known, name, meant",
    [
        (SQUAD, "do_tarin", ["do_train"]),
        (SQUAD, "max_seqlength", ["max_seq_length"]),
        (SQUAD, "batch_size", ["predict_batch_size", "train_batch_size"]),
        (PRETRAINING, "batch_size", ["eval_batch_size", "train_batch_size"]),
        (PRETRAINING, "learningrate", ["learning_rate"]),
        (PRETRAINING, "warmup_steps", ["num_warmup_steps"]),
        (DATA, "vocab", ["vocab_file"]),
        (DATA, "whole_word_mask", ["do_whole_word_mask"]),
        (DATA, "frobnicate", []),
    ],
)
def test_closest(known, name, meant):
    assert foreign_flags.closest(name, known) == meant


def test_programs_refuse_and_accept(program, tmp_path):
    """On the command line, and in a file of flags."""
    code, out, err = program("--manual_fp16", *REQUIRED)
    assert (code, out) == (2, "")
    assert err == "error: --manual_fp16: use --use_fp16; see --help\n"
    code, out, err = program("--use_tpu=True", *REQUIRED)
    assert (code, out) == (2, "") and err.count("\n") == 1 and "TPUs" in err
    code, out, err = program("--bert_config=c", *REQUIRED)
    assert (code, err) == (
        2,
        "error: Unknown command line flag 'bert_config'. Did you mean --bert_config_file?; see --help\n",
    )
    flagfile = tmp_path / "flags"
    flagfile.write_text("\n".join(REQUIRED + ("--use_tpu=False", "--what=run")) + "\n")
    assert program("--use_tpu=False", "--flagfile=%s" % flagfile)[0] == 0
    flagfile.write_text("--tpu_name=x\n")
    assert "--tpu_name" in program("--flagfile=%s" % flagfile, *REQUIRED)[2]
    code, _, err = program("--flagfile=%s" % (tmp_path / "none"), *REQUIRED)
    assert code == 2 and err.count("\n") == 1 and "none" in err
