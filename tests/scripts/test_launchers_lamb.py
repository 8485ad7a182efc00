# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_pretraining_lamb.sh: batches and rates of its phases, refusals, going on after a stop."""

import os

import pytest

from tests.scripts.expected import refused
from tests.scripts.launcher_site import commands, plan


def lamb(site, *arguments, **changes):
    return site.run("run_pretraining_lamb.sh", "--precision=fp32", *arguments, **changes)


def phases(result):
    """The flags of the two commands of a dry run, as dicts."""
    assert result.code == 0, result.err
    return [
        dict(word[2:].split("=", 1) for word in line if word.startswith("--") and "=" in word)
        for line in commands(result.out)
    ]


def test_lamb_phases_have_the_published_batches_and_rates(site):
    site.mpirun()
    first, second = phases(lamb(site, "--dry_run"))
    assert [
        first[name]
        for name in (
            "max_seq_length",
            "max_predictions_per_seq",
            "num_train_steps",
            "num_warmup_steps",
        )
    ] == ["128", "20", "7038", "2000"]
    assert [
        second[name]
        for name in (
            "max_seq_length",
            "max_predictions_per_seq",
            "num_train_steps",
            "num_warmup_steps",
        )
    ] == ["512", "80", "1563", "200"]
    for phase, batch, rate in ((first, 65536, 6e-3), (second, 32768, 4e-3)):
        assert int(phase["train_batch_size"]) * int(phase["num_accumulation_steps"]) * 8 == batch
        assert (
            abs(float(phase["learning_rate"]) * 8 - rate) < 1e-12 and phase["optimizer"] == "lamb"
        )
    assert second["init_checkpoint"] == first["output_dir"] + "/model.ckpt-7038"
    assert second["output_dir"] != first["output_dir"] and "init_checkpoint" not in first


def test_lamb_on_hosts_shares_batch_and_rate_among_all_ranks(site):
    site.mpirun()
    first, second = phases(lamb(site, "32", "16", "--dry_run", "--hosts=a:16,b:16"))
    assert (first["train_batch_size"], first["num_accumulation_steps"], first["learning_rate"]) == (
        "32",
        "64",
        "0.0001875",
    )
    assert (
        second["train_batch_size"],
        second["num_accumulation_steps"],
        second["learning_rate"],
    ) == ("16", "64", "0.000125")


def test_lamb_phases_evaluate_on_records_of_their_own(site):
    def evaluated(*arguments):
        return [
            phase.get("eval_input_file")
            for phase in phases(lamb(site, "--num_gpus=0", "--dry_run", *arguments))
        ]

    assert evaluated() == [None, None]
    folder = os.path.join(site.wikipedia, "seq_128_pred_20")
    os.makedirs(folder)
    for name in ("training_0", "test_0"):
        site.write(os.path.join(folder, name + ".tfrecord"), "x")
    assert evaluated() == [folder + "/test_*.tfrecord", None]
    assert evaluated("--eval_input_file_phase2=b") == [folder + "/test_*.tfrecord", "b"]
    assert evaluated("--eval_input_file_phase1=a") == ["a", None]


@pytest.mark.parametrize(
    "arguments,said",
    [
        (
            ["48"],
            "batch_size_phase1=48 x 8 GPUs does not divide global_batch_phase1=65536; use batch_size_phase1=32 or 64",
        ),
        (["64", "5000"], "use batch_size_phase2=4096"),
        (
            ["--num_gpus=12"],
            "global_batch_phase2=32768 is not divisible by 12 GPUs; give a multiple of 12, such as 32772",
        ),
    ],
)
def test_lamb_batches_that_do_not_divide(site, arguments, said):
    site.mpirun()
    assert said in refused(site, lamb(site, *arguments))


def test_lamb_phase_2_begins_only_when_phase_1_has_ended_well(site):
    arguments = ["--num_gpus=0", "--train_steps_phase1=3", "--warmup_steps_phase1=1"]
    failed = lamb(site, *arguments, STAND_IN=plan(exit=7))
    assert (
        failed.code == 7 and "phase 1 ended with exit code 7; phase 2 was not started" in failed.err
    )
    assert len(site.calls()) == 1
    hollow = lamb(site, *arguments)  # the program ends well, but has left no checkpoint
    assert (
        hollow.code == 1
        and "phase 1 ended without %s/phase1/model.ckpt-3" % site.results in hollow.err
    )
    assert len(site.calls()) == 2
    whole = lamb(
        site,
        *arguments,
        STAND_IN=plan(files={"model.ckpt-3.index": "", "model.ckpt-3.data-00000-of-00001": ""}),
    )
    assert whole.code == 0, whole.err
    assert "--init_checkpoint=%s/phase1/model.ckpt-3" % site.results in site.calls()[-1]
    again = lamb(site, *arguments)
    assert (
        again.code == 0 and "phase 1 is already complete" in again.out and len(site.calls()) == 5
    )  # phase 2 alone
