# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What launchers refuse: bad arguments, missing files, too few GPUs, bad hosts."""

import os
import re

import pytest

from tests.scripts.expected import LAUNCHERS, MPIRUN, cpu, dry_run, refused
from tests.scripts.launcher_site import ROOT

BAD_ARGUMENTS = [
    (["--batch"], "unknown option '--batch'"),
    (["-x"], "unknown option '-x'"),
    (["--batch=3"], "unknown option '--batch'"),
    (["--precision", "fp8"], "precision is 'fp8', but must be one of"),
    (["--precision", "fp32|fp16"], "precision is 'fp32|fp16'"),
    (["--precision"], "--precision needs a value"),
    (["--precision", "--dry_run"], "--precision needs a value"),
    (["--max_seq_length=0"], "max_seq_length is '0', but must be a positive integer"),
    (["--max_seq_length=12x"], "max_seq_length is '12x'"),
    (["--max_seq_length=-5"], "max_seq_length is '-5'"),
    (["--max_seq_length=99999999999999999999"], "max_seq_length is '999"),
    (["1", "1", "fp32", "false", "0", "", "1", "1", "true", "one too many"], None),
]


@pytest.mark.parametrize("script", LAUNCHERS)
@pytest.mark.parametrize(
    "arguments,message", BAD_ARGUMENTS, ids=[" ".join(a) for a, _ in BAD_ARGUMENTS]
)
def test_bad_arguments(site, script, arguments, message):
    line = refused(site, site.run(script, *arguments))
    assert message is None or message in line


@pytest.mark.parametrize(
    "script,name,value",
    [
        ("run_pretraining.sh", "learning_rate_per_gpu", "0"),
        ("run_pretraining.sh", "learning_rate_per_gpu", "-1e-4"),
        ("run_pretraining.sh", "learning_rate_per_gpu", "1e"),
        ("run_pretraining.sh", "learning_rate_per_gpu", "0.0e5"),
        ("run_pretraining.sh", "learning_rate_per_gpu", "nan"),
        ("run_pretraining.sh", "create_logfile", "yes"),
        ("run_pretraining.sh", "num_gpus", "two"),
        ("run_squad.sh", "use_xla", "1"),
        ("run_squad.sh", "epochs", "0"),
        ("run_squad.sh", "squad_version", "1.2"),
        ("run_squad_inference.sh", "batch_size", "2.5"),
        ("run_squad_inference.sh", "batch_tokens", "383"),
        ("run_squad_inference.sh", "batch_tokens", "many"),
    ],
)
def test_bad_values_name_the_option_and_the_value(site, script, name, value):
    assert "%s is '%s'" % (name, value) in refused(
        site, site.run(script, "--%s=%s" % (name, value))
    )


@pytest.mark.parametrize("value", ["1", "0.5", ".5", "5.", "1e-4", "2E+3", "3.0e-05"])
def test_good_learning_rates(site, value):
    assert (
        "--learning_rate=" + value
        in dry_run(site, "run_pretraining.sh", "--learning_rate_per_gpu", value)[0]
    )


@pytest.mark.parametrize("script", ["run_squad.sh", "run_squad_inference.sh"])
@pytest.mark.parametrize(
    "case,message",
    [
        ("absent", "does not exist"),
        ("no data", "is incomplete"),
        ("empty directory", "no checkpoint in this directory"),
    ],
)
def test_a_bad_checkpoint_stops_before_anything_starts(site, script, case, message):
    path = os.path.join(site.base, "bad.ckpt")
    if case == "no data":
        site.checkpoint(path, data=False)
    elif case == "empty directory":
        os.makedirs(path)
    arguments = [word for word in cpu(script, site) if "init_checkpoint" not in word]
    line = refused(site, site.run(script, "--init_checkpoint", path, *arguments))
    assert "init_checkpoint %s" % path in line and message in line


def test_inference_without_any_checkpoint(site):
    assert "no checkpoint in RESULTS_DIR=%s" % site.results in refused(
        site, site.run("run_squad_inference.sh")
    )


@pytest.mark.parametrize(
    "script,lost,named",
    [
        ("run_squad.sh", "bert/vocab.txt", "vocab_file"),
        ("run_squad.sh", "bert/bert_config.json", "bert_config_file"),
        ("run_squad.sh", "squad/train-v1.1.json", "train_file"),
        ("run_squad.sh", "squad/dev-v1.1.json", "predict_file"),
        ("run_squad_inference.sh", "squad/dev-v1.1.json", "predict_file"),
        ("run_squad_inference.sh", "bert/vocab.txt", "vocab_file"),
        ("run_pretraining.sh", "wikipedia/a.tfrecord", "no Wikipedia records"),
    ],
)
def test_missing_files(site, script, lost, named):
    path = os.path.join(site.base, lost)
    os.remove(path)
    line = refused(site, site.run(script, *cpu(script, site)))
    assert named in line and (path in line or os.path.dirname(path) in line)


def test_missing_architecture(site):
    line = refused(
        site, site.run("run_pretraining.sh", "--bert_config", site.base + "/x.json", "--num_gpus=0")
    )
    assert "bert_config %s/x.json does not exist" % site.base in line


@pytest.mark.parametrize("script", LAUNCHERS)
def test_results_that_cannot_be_written(site, script):
    file = site.write(os.path.join(site.base, "a file"), "")
    line = refused(site, site.run(script, *cpu(script, site), RESULTS_DIR=file))
    assert "RESULTS_DIR=" + file in line


@pytest.mark.parametrize("script", ["run_pretraining.sh", "run_squad.sh"])
def test_gpus_without_mpirun(site, script):
    path = site.path_without("mpirun")
    line = refused(site, site.run(script, "--num_gpus=2", PATH=path))
    assert "mpirun" in line and "num_gpus=0" in line


def test_more_gpus_than_there_are(site):
    site.mpirun()
    site.program("nvidia-smi", "#!/bin/bash\necho 'GPU 0: stand-in'\necho 'GPU 1: stand-in'\n")
    assert "num_gpus is 3, but this machine has 2" in refused(
        site, site.run("run_squad.sh", "--num_gpus=3")
    )
    assert site.run("run_squad.sh", "--num_gpus=2", "--dry_run").err == ""


@pytest.mark.parametrize(
    "script,name", [("run_pretraining.sh", "run_pretraining.py"), ("run_squad.sh", "run_squad.py")]
)
def test_several_hosts(site, script, name):
    """mpirun over ssh, which notices a host that falls silent; the ranks are counted from the hosts."""
    hosts = site.write(
        os.path.join(site.base, "hosts"), "# our two\nalpha slots=2\n\nbeta.example\n"
    )
    heads = []
    for arguments in (["--hosts=alpha:2,beta.example"], ["--hostfile", hosts]):
        line = dry_run(site, script, "--precision=fp32", "--num_gpus=7", *arguments)[0]
        heads.append(line[: line.index(site.python)])
        assert line[line.index(site.python) + 1 :][:2] == [ROOT + "/" + name, "--horovod"]
    where = [["-H", "alpha:2,beta.example"], ["-hostfile", hosts]]
    tail = MPIRUN[5:]
    assert [head[:3] for head in heads] == [["mpirun", "-np", "3"]] * 2
    assert [head[3:5] for head in heads] == where
    for head in heads:
        assert head[5 : 5 + len(tail)] == tail
        rest = " ".join(head[5 + len(tail) :])
        assert (
            "oob_tcp_keepalive_time 10 -mca oob_tcp_keepalive_intvl 5 -mca oob_tcp_keepalive_probes 3"
            in rest
        )
        assert "plm_rsh_agent ssh -o BatchMode=yes -o ConnectTimeout=15" in rest


def test_an_interface_for_the_hosts(site):
    line = " ".join(dry_run(site, "run_pretraining.sh", "--hosts=a:1,b:1", "--interface=ib0")[0])
    assert (
        "-mca btl_tcp_if_include ib0 -mca oob_tcp_if_include ib0 -x NCCL_SOCKET_IFNAME=ib0" in line
    )


@pytest.mark.parametrize(
    "value,said",
    [
        ("a:0", "'a:0': the number of GPUs must be a positive integer"),
        ("a:x", "'a:x'"),
        (",", "no host given"),
        ("a b:2", "is not a host"),
        ("-l:2", "is not a host"),
    ],
)
def test_bad_hosts(site, value, said):
    assert said in refused(site, site.run("run_pretraining.sh", "--hosts=" + value))


def test_hosts_and_hostfile_exclude_each_other(site):
    assert "--hosts and --hostfile exclude each other" in refused(
        site, site.run("run_squad.sh", "--hosts=a:1", "--hostfile=/x")
    )
    assert "hostfile /x does not exist" in refused(site, site.run("run_squad.sh", "--hostfile=/x"))


def test_the_log_of_several_hosts_counts_them_and_the_whole_batch(site):
    site.mpirun()
    result = site.run(
        "run_pretraining.sh",
        "5",
        "--hosts=a:2,b:2",
        "--precision=fp32",
        "--num_accumulation_steps=3",
    )
    assert result.code == 0, result.err
    assert re.match(r"tf_bert_2n_fp32_gbs60\.\d{12}\.log$", os.path.basename(site.logs()[0]))
