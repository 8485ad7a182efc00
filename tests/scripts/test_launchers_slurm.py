# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Multi-node pre-training under Slurm: submission, the job, its ranks."""

import os
import shutil
import subprocess

import pytest

from tests.scripts.launcher_site import ROOT, STAND_IN_SRUN, plan

GOLDEN = os.path.join(ROOT, "tests", "scripts", "golden")
SUBMISSIONS = {
    "start_pretraining_1_node.txt": [],
    "start_pretraining_4_nodes.txt": [
        "dgx2h",
        "4",
        "batch",
        "2-00:00:00",
        "large run",
        "",
        "16",
        "8",
        "7038",
        "2000",
        "3e-5",
        "fp16",
        "100",
        "{base}/out",
        "{base}/ckpt",
        "--account=bert",
        "--",
        "--max_seq_length=128",
    ],
}


@pytest.mark.parametrize("golden", sorted(SUBMISSIONS))
def test_submission_to_slurm(site, golden):
    """The sbatch command line, a word a line, and what the job finds in its environment."""
    site.program(
        "sbatch",
        '#!/bin/bash\nprintf \'%s\\n\' sbatch "$@" >"$SUBMITTED"\n'
        "for name in BERT_ROOT RESULTS_DIR CHECKPOINTS_DIR RUN_ARGUMENTS WIKIPEDIA_DIR; do\n"
        '  printf \'%s=%s\\n\' "$name" "${!name}" >>"$SUBMITTED"\ndone\necho \'Submitted batch job 7\'\n',
    )
    submitted = os.path.join(site.base, "submitted")
    root = os.path.join(site.base, "checkout")
    os.makedirs(root)
    for name in ("scripts", "configs", "run_pretraining.py"):
        os.symlink(os.path.join(ROOT, name), os.path.join(root, name))
    arguments = [word.format(base=site.base) for word in SUBMISSIONS[golden]] + (
        [] if SUBMISSIONS[golden] else ["--root_dir", root]
    )
    if SUBMISSIONS[golden]:
        arguments[5] = root
    result = site.run(
        "start_pretraining.sh",
        *arguments,
        SUBMITTED=submitted,
        PATH=site.bin + os.pathsep + site.environment["PATH"],
    )
    assert (result.code, result.err) == (0, "") and result.last_line == "Submitted batch job 7"
    with open(submitted, encoding="utf-8") as stream, open(
        os.path.join(GOLDEN, golden), encoding="utf-8"
    ) as wanted:
        assert stream.read().replace(site.base, "@BASE@") == wanted.read()


def test_a_job_that_could_not_run_is_not_submitted(site):
    site.program("sbatch", '#!/bin/bash\ntouch "$SUBMITTED"\n')
    path = site.bin + os.pathsep + site.environment["PATH"]
    submitted = os.path.join(site.base, "submitted")
    for arguments, said in (
        (["teapot"], "node_type is 'teapot'"),
        (["--root_dir=/no"], "run.sub /no/scripts/run.sub does not exist"),
        (["--num_nodes=0"], "num_nodes is '0'"),
        (["--", "--max_seq_length=x"], "max_seq_length is 'x'"),
    ):
        result = site.run("start_pretraining.sh", *arguments, PATH=path, SUBMITTED=submitted)
        assert result.code == 2 and said in result.err and not os.path.exists(submitted), (
            arguments,
            result.err,
        )


def test_the_slurm_job_starts_a_rank_for_each_task(site):
    """run.sub as Slurm runs it: a copy of the file, with the environment of the submission and of the job."""
    site.program("srun", STAND_IN_SRUN.format(calls=site.calls_file))
    copy = os.path.join(site.base, "slurm_script")
    shutil.copy(os.path.join(ROOT, "scripts", "run.sub"), copy)
    environment = dict(
        site.environment,
        PATH=site.bin + os.pathsep + site.environment["PATH"],
        BERT_ROOT=ROOT,
        RUN_ARGUMENTS="--slurm --train_batch_size_per_gpu=2 --precision=fp32 --train_steps=9 --warmup_steps=3",
    )
    job = dict(
        environment,
        SLURM_JOB_ID="7",
        SLURM_JOB_NUM_NODES="2",
        SLURM_NTASKS_PER_NODE="2",
        SLURM_JOB_NODELIST="n[1-2]",
        SRUN_ARGS="--mpi=pmi2 --label",
    )
    done = subprocess.run(
        ["bash", copy], env=job, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    out = done.stdout.decode("utf-8")
    assert done.returncode == 0, out
    assert "job 7: 4 ranks on 2 nodes (n[1-2])" in out
    with open(site.calls_file + ".srun") as stream:
        assert stream.read().splitlines()[:6] == [
            "--ntasks=4",
            "--kill-on-bad-exit=1",
            "--wait=30",
            "--cpu-bind=none",
            "--mpi=pmi2",
            "--label",
        ]
    assert len(site.calls()) == 4 and all(
        call[:2] == [ROOT + "/run_pretraining.py", "--horovod"] for call in site.calls()
    )
    assert "--num_train_steps=9" in site.calls()[0] and "_2n_fp32_gbs8." in os.path.basename(
        site.logs()[0]
    )
    failed = subprocess.run(
        ["bash", copy],
        env=dict(job, STAND_IN=plan(exit=9)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    assert failed.returncode == 9
    stray = subprocess.run(
        ["bash", copy], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60
    )
    assert (
        stray.returncode == 2
        and b"SLURM_JOB_ID is not set; submit this with scripts/start_pretraining.sh"
        in stray.stderr
    )
