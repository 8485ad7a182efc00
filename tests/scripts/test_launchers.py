# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The launchers, from the outside: what they start, what they refuse, what they log, and how they end."""

from collections import OrderedDict
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from tests.scripts.launcher_site import ROOT
from tests.scripts.launcher_site import Site
from tests.scripts.launcher_site import STAND_IN_SRUN
from tests.scripts.launcher_site import commands

# INTERFACE §1, written down a second time.
POSITIONAL = OrderedDict([
    ("run_pretraining.sh", [
        ("train_batch_size_per_gpu", "14"), ("eval_batch_size", "8"), ("learning_rate_per_gpu", "1e-4"),
        ("precision", "fp16_xla"), ("num_gpus", "8"), ("warmup_steps", "10000"), ("train_steps", "1144000"),
        ("save_checkpoints_steps", "5000"), ("create_logfile", "true")]),
    ("run_squad.sh", [
        ("batch_size_per_gpu", "10"), ("learning_rate_per_gpu", "5e-6"), ("precision", "fp16"), ("use_xla", "true"),
        ("num_gpus", "8"), ("init_checkpoint", "{bert}/bert_model.ckpt"), ("epochs", "2.0")]),
    ("run_squad_inference.sh", [
        ("init_checkpoint", "latest in {results}"), ("batch_size", "8"), ("precision", "fp16"), ("use_xla", "true")]),
])
LAUNCHERS = list(POSITIONAL)
MPIRUN = ["mpirun", "-np", "{n}", "-H", "localhost:{n}", "--allow-run-as-root", "-bind-to", "none", "-map-by", "slot",
          "-x", "NCCL_DEBUG=INFO", "-x", "LD_LIBRARY_PATH", "-x", "PATH", "-mca", "pml", "ob1", "-mca", "btl", "^openib"]
CPU = {"run_pretraining.sh": ["--num_gpus=0", "--precision=fp32"],
       "run_squad.sh": ["--num_gpus=0", "--precision=fp32", "--use_xla=false"],
       "run_squad_inference.sh": ["--init_checkpoint={bert}/bert_model.ckpt", "--precision=fp32", "--use_xla=false"]}
PREDICTIONS = {"q1": "Ada", "q2": "Paris"}


@pytest.fixture
def site(tmp_path):
  return Site(tmp_path)


def mpirun(ranks):
  return [word.format(n=ranks) for word in MPIRUN]


def cpu(script, site):
  return [word.format(bert=site.bert) for word in CPU[script]]


def refused(site, result):
  """The line on stderr; asserts that it is one, that the code is 2, and that nothing was started or written."""
  assert result.code == 2, result.err
  lines = result.err.strip().splitlines()
  assert len(lines) == 1 and lines[0].startswith("error: "), result.err
  assert site.calls() == []
  assert site.logs() == []
  return lines[0]


# ---------------------------------------------------------------------------------------------------- help

@pytest.mark.parametrize("script", LAUNCHERS)
def test_help_shows_the_defaults_of_the_interface(site, script):
  result = site.run(script, "--help")
  assert (result.code, result.err) == (0, "")
  shown = re.findall(r"^  (\w+)=(.*?)(?:  |$)", result.out.split("\nOptions")[0], re.MULTILINE)
  wanted = [(name, default.format(bert=site.bert, results=site.results)) for name, default in POSITIONAL[script]]
  assert shown == wanted
  usage = result.out.splitlines()[0]
  assert [word.strip("[]") for word in usage.split()[2:2 + len(wanted)]] == [name for name, _ in wanted]
  assert site.calls() == []


def test_help_follows_the_environment(site):
  assert "init_checkpoint=/elsewhere/bert_model.ckpt" in site.run("run_squad.sh", "--help", BERT_DIR="/elsewhere").out
  prefix = os.path.join(site.base, "model.ckpt-12")
  site.checkpoint(prefix)
  assert "init_checkpoint=" + prefix in site.run("run_squad_inference.sh", "--help", RESULTS_DIR=site.base).out


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

def pretraining_flags(site, **changes):
  values = OrderedDict([
      ("input_file", "{0}/*.tfrecord,{1}/*.tfrecord".format(site.wikipedia, site.books)), ("output_dir", site.results),
      ("bert_config_file", site.bert + "/bert_config.json"), ("max_seq_length", "512"),
      ("max_predictions_per_seq", "80"), ("do_train", None), ("do_eval", None), ("train_batch_size", "14"),
      ("eval_batch_size", "8"), ("learning_rate", "1e-4"), ("num_train_steps", "1144000"),
      ("num_warmup_steps", "10000"), ("save_checkpoints_steps", "5000"), ("report_loss", None)])
  values.update(changes)
  return as_flags(values)


def squad_flags(site, version="1.1", **changes):
  values = OrderedDict([
      ("vocab_file", site.bert + "/vocab.txt"), ("bert_config_file", site.bert + "/bert_config.json"),
      ("output_dir", site.results), ("max_seq_length", "384"), ("doc_stride", "128")])
  if version == "2.0":
    values["version_2_with_negative"] = None
  values.update([
      ("init_checkpoint", site.bert + "/bert_model.ckpt"), ("do_train", None),
      ("train_file", "%s/train-v%s.json" % (site.squad, version)), ("do_predict", None),
      ("predict_file", "%s/dev-v%s.json" % (site.squad, version)), ("train_batch_size", "10"),
      ("learning_rate", "5e-6"), ("num_train_epochs", "2.0"), ("save_checkpoints_steps", "1000")])
  values.update(changes)
  return as_flags(values)


def as_flags(values):
  return ["--" + name if value is None else "--%s=%s" % (name, value) for name, value in values.items()]


def evaluation(site, version="1.1", results=None):
  results = results or site.results
  command = ["env", "PYTHONPATH=" + ROOT, site.python, "-m", "squad.evaluate",
             "%s/dev-v%s.json" % (site.squad, version), results + "/predictions.json", "--version", version]
  if version == "2.0":
    command += ["--na-prob-file", results + "/null_odds.json", "--na-prob-thresh", "0.0"]
  return command


def dry_run(site, script, *arguments, **changes):
  site.mpirun()
  result = site.run(script, "--dry_run", *arguments, **dict({"PATH": site.environment["PATH"]}, **changes))
  assert result.code == 0, result.err
  assert site.calls() == [] and not os.path.exists(site.results)
  return commands(result.out)


def test_pretraining_defaults(site):
  assert dry_run(site, "run_pretraining.sh") == [
      mpirun(8) + [site.python, ROOT + "/run_pretraining.py", "--horovod"] + pretraining_flags(site) +
      ["--use_fp16", "--use_xla"]]


@pytest.mark.parametrize("precision,flags", [
    ("fp32", []), ("fp16", ["--use_fp16"]), ("amp", ["--amp"]), ("fp32_xla", ["--use_xla"]),
    ("fp16_xla", ["--use_fp16", "--use_xla"]), ("amp_xla", ["--amp", "--use_xla"])])
def test_pretraining_precisions_on_the_cpu(site, precision, flags):
  assert dry_run(site, "run_pretraining.sh", "--precision", precision, "--num_gpus", "0") == [
      [site.python, ROOT + "/run_pretraining.py"] + pretraining_flags(site) + flags]


def test_pretraining_by_position_by_name_and_mixed(site):
  changes = dict(train_batch_size="2", eval_batch_size="3", learning_rate="2e-3", num_warmup_steps="5",
                 num_train_steps="60", save_checkpoints_steps="7")
  wanted = [mpirun(4) + [site.python, ROOT + "/run_pretraining.py", "--horovod"] +
            pretraining_flags(site, **changes) + ["--amp"]]
  assert dry_run(site, "run_pretraining.sh", "2", "3", "2e-3", "amp", "4", "5", "60", "7", "false") == wanted
  assert dry_run(
      site, "run_pretraining.sh", "--train_steps", "60", "2", "--save_checkpoints_steps=7", "3", "2e-3",
      "--warmup-steps", "5", "amp", "--num_gpus=4") == wanted


def test_pretraining_named_options_and_arguments_for_python(site):
  start = site.checkpoint(os.path.join(site.base, "model.ckpt-9"))
  config = site.write(os.path.join(site.base, "config.json"), "{}")
  assert dry_run(
      site, "run_pretraining.sh", "--num_gpus=0", "--precision=fp32", "--max_seq_length=128", "--bert_config", config,
      "--max_predictions_per_seq", "20", "--init_checkpoint", start + ".index", "--input_file=a*,b c",
      "--", "--max_eval_steps=5", "--do_eval=false", "it's; $HOME") == [
          [site.python, ROOT + "/run_pretraining.py"] +
          pretraining_flags(site, input_file="a*,b c", bert_config_file=config, max_seq_length="128",
                            max_predictions_per_seq="20", init_checkpoint=start) +
          ["--max_eval_steps=5", "--do_eval=false", "it's; $HOME"]]


def test_an_empty_argument_keeps_the_default(site):
  assert dry_run(site, "run_pretraining.sh", "", "9", "", "fp32", "0") == [
      [site.python, ROOT + "/run_pretraining.py"] + pretraining_flags(site, eval_batch_size="9")]


def test_numbers_with_leading_zeros_are_decimal(site):
  assert "--train_batch_size=8" in dry_run(site, "run_pretraining.sh", "08", "--num_gpus=00")[0]


def test_pretraining_without_books_warns_and_goes_on(site):
  os.remove(os.path.join(site.books, "a.tfrecord"))
  result = site.run("run_pretraining.sh", "--dry_run", *cpu("run_pretraining.sh", site))
  assert result.code == 0
  assert result.err.splitlines() == [
      "warning: no BooksCorpus records (*.tfrecord) in %s; going on with Wikipedia alone" % site.books]
  assert "--input_file=%s/*.tfrecord" % site.wikipedia in commands(result.out)[0]


def test_records_may_be_numbered_and_half_written_ones_are_left_out(site):
  site.write(os.path.join(site.wikipedia, "b.tfrecord00001"), "")
  site.write(os.path.join(site.books, "b.tfrecord.tmp-77"), "")
  assert "--input_file={0}/*.tfrecord,{0}/*.tfrecord[0-9]*,{1}/*.tfrecord".format(site.wikipedia, site.books) in (
      dry_run(site, "run_pretraining.sh")[0])


def test_pretraining_takes_the_records_of_its_length_and_leaves_the_held_out_ones(site):
  folder = os.path.join(site.wikipedia, "seq_512_pred_80")
  os.makedirs(folder)
  for name in ("training_00000_of_00001.tfrecord", "training_00000_of_00001.tfrecord.json", "test_00000_of_00001.tfrecord"):
    site.write(os.path.join(folder, name), "")
  assert "--input_file=%s/training_*.tfrecord,%s/*.tfrecord" % (folder, site.books) in dry_run(site, "run_pretraining.sh")[0]


def test_the_shipped_architecture_is_used_without_a_download(site):
  os.remove(os.path.join(site.bert, "bert_config.json"))
  assert "--bert_config_file=%s/configs/bert_large.json" % ROOT in dry_run(site, "run_pretraining.sh")[0]


def test_squad_defaults(site):
  assert dry_run(site, "run_squad.sh") == [
      mpirun(8) + [site.python, ROOT + "/run_squad.py", "--horovod"] + squad_flags(site) + ["--use_fp16", "--use_xla"],
      evaluation(site)]


def test_squad_on_the_cpu_by_position(site):
  start = site.checkpoint(os.path.join(site.base, "own.ckpt"))
  assert dry_run(site, "run_squad.sh", "4", "3e-5", "amp", "false", "0", start, "1.5") == [
      [site.python, ROOT + "/run_squad.py"] +
      squad_flags(site, train_batch_size="4", learning_rate="3e-5", init_checkpoint=start, num_train_epochs="1.5") +
      ["--amp"], evaluation(site)]


def test_squad_accumulation_is_passed_on_where_there_is_any(site):
  line = dry_run(site, "run_squad.sh", "--num_gpus=0", "--num_accumulation_steps=4")[0]
  assert "--num_accumulation_steps=4" in line and "--train_batch_size=10" in line
  assert not any("num_accumulation_steps" in word for word in dry_run(site, "run_squad.sh", "--num_gpus=0")[0])


@pytest.mark.parametrize("script", LAUNCHERS)
def test_kernel_options_are_passed_on_and_exclude_their_opposites(site, script):
  def kernels(*options):
    return [word for word in dry_run(site, script, *(cpu(script, site) + list(options)))[0]
            if word.endswith(("use_fused_ops", "remove_padding"))]

  assert kernels() == []
  assert kernels("--use_fused_ops", "--noremove_padding") == ["--use_fused_ops", "--noremove_padding"]
  assert kernels("--nouse_fused_ops") == ["--nouse_fused_ops"]
  assert kernels("--remove_padding") == ["--remove_padding"]
  result = site.run(script, "--dry_run", *(cpu(script, site) + ["--remove_padding", "--noremove_padding"]))
  assert refused(site, result) == "error: --remove_padding and --noremove_padding exclude each other"


def test_squad_version_2(site):
  assert dry_run(site, "run_squad.sh", "--squad_version=2.0", "--num_gpus=0", "--precision=fp32") == [
      [site.python, ROOT + "/run_squad.py"] + squad_flags(site, "2.0") + ["--use_xla"], evaluation(site, "2.0")]


def test_squad_directories_follow_the_version(site):
  for version in ("1.1", "2.0"):
    words = dry_run(site, "run_squad.sh", "--squad_version", version, SQUAD_DIR=None)[0]
    assert "--train_file={0}/data/squad/v{1}/train-v{1}.json".format(ROOT, version) in words


def test_squad_evaluates_what_the_python_arguments_say(site):
  lines = dry_run(site, "run_squad.sh", "--num_gpus=0", "--squad_version=2.0", "--", "--output_dir", "/o",
                  "--predict_file=/p.json", "--null_score_diff_threshold=-1.5")
  assert lines[1] == ["env", "PYTHONPATH=" + ROOT, site.python, "-m", "squad.evaluate", "/p.json", "/o/predictions.json",
                      "--version", "2.0", "--na-prob-file", "/o/null_odds.json", "--na-prob-thresh", "-1.5"]
  assert len(dry_run(site, "run_squad.sh", "--num_gpus=0", "--", "--do_predict=false")) == 1
  assert len(dry_run(site, "run_squad.sh", "--num_gpus=0", "--", "--nodo_predict")) == 1


def test_squad_prefers_the_official_script(site):
  official = site.write(os.path.join(site.squad, "evaluate-v1.1.py"), "")
  assert dry_run(site, "run_squad.sh")[1] == [
      site.python, official, site.squad + "/dev-v1.1.json", site.results + "/predictions.json"]


def test_inference_by_position(site):
  start = site.checkpoint(os.path.join(site.base, "model.ckpt-20"))
  flags = as_flags(OrderedDict([
      ("vocab_file", site.bert + "/vocab.txt"), ("bert_config_file", site.bert + "/bert_config.json"),
      ("output_dir", site.results), ("max_seq_length", "384"), ("doc_stride", "128"), ("init_checkpoint", start),
      ("do_predict", None), ("predict_file", site.squad + "/dev-v1.1.json"), ("predict_batch_size", "16")]))
  assert dry_run(site, "run_squad_inference.sh", start, "16", "fp32", "false") == [
      [site.python, ROOT + "/run_squad.py"] + flags, evaluation(site)]
  assert dry_run(site, "run_squad_inference.sh", start, "16") == [
      [site.python, ROOT + "/run_squad.py"] + flags + ["--use_fp16", "--use_xla"], evaluation(site)]


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
  site.write(os.path.join(directory, "checkpoint"),
             'model_checkpoint_path: "model.ckpt-20"\nall_model_checkpoint_paths: "model.ckpt-100"\n')
  assert chosen() == ["--init_checkpoint=%s/model.ckpt-20" % directory]
  os.remove(os.path.join(directory, "model.ckpt-20.index"))
  assert chosen() == ["--init_checkpoint=%s/model.ckpt-100" % directory]


@pytest.mark.parametrize("script", LAUNCHERS)
def test_a_dry_run_without_any_data_says_what_is_missing(site, script):
  result = site.run(script, "--dry_run", BERT_DIR="/no", SQUAD_DIR="/no", WIKIPEDIA_DIR="/no", RESULTS_DIR="/no")
  assert result.code == 0
  assert commands(result.out)
  assert "/no" in result.err and all(line.startswith("warning: ") for line in result.err.splitlines())


# ------------------------------------------------------------------------------------------------- refusals

BAD_ARGUMENTS = [
    (["--batch"], "unknown option '--batch'"),
    (["-x"], "unknown option '-x'"),
    (["--batch=3"], "unknown option '--batch'"),
    (["--precision", "fp8"], "precision is 'fp8', but must be one of"),
    (["--precision", "fp32|fp16"], "precision is 'fp32|fp16'"),
    (["--precision"], "--precision needs a value"),
    (["--precision", "--dry_run"], "--precision needs a value"),
    (["--max_seq_length=0"], "max_seq_length is '0', but must be a whole number from 1"),
    (["--max_seq_length=12x"], "max_seq_length is '12x'"),
    (["--max_seq_length=-5"], "max_seq_length is '-5'"),
    (["--max_seq_length=99999999999999999999"], "max_seq_length is '999"),
    (["1", "1", "fp32", "false", "0", "", "1", "1", "true", "one too many"], None),
]


@pytest.mark.parametrize("script", LAUNCHERS)
@pytest.mark.parametrize("arguments,message", BAD_ARGUMENTS, ids=[" ".join(a) for a, _ in BAD_ARGUMENTS])
def test_bad_arguments(site, script, arguments, message):
  line = refused(site, site.run(script, *arguments))
  assert message is None or message in line


@pytest.mark.parametrize("script,name,value", [
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
])
def test_bad_values_name_the_option_and_the_value(site, script, name, value):
  assert "%s is '%s'" % (name, value) in refused(site, site.run(script, "--%s=%s" % (name, value)))


@pytest.mark.parametrize("value", ["1", "0.5", ".5", "5.", "1e-4", "2E+3", "3.0e-05"])
def test_good_learning_rates(site, value):
  assert "--learning_rate=" + value in dry_run(site, "run_pretraining.sh", "--learning_rate_per_gpu", value)[0]


@pytest.mark.parametrize("script", ["run_squad.sh", "run_squad_inference.sh"])
@pytest.mark.parametrize("case,message", [
    ("absent", "does not exist"), ("no data", "is not whole"), ("empty directory", "no checkpoint in this directory")])
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
  assert "no checkpoint in RESULTS_DIR=%s" % site.results in refused(site, site.run("run_squad_inference.sh"))


@pytest.mark.parametrize("script,lost,named", [
    ("run_squad.sh", "bert/vocab.txt", "vocab_file"),
    ("run_squad.sh", "bert/bert_config.json", "bert_config_file"),
    ("run_squad.sh", "squad/train-v1.1.json", "train_file"),
    ("run_squad.sh", "squad/dev-v1.1.json", "predict_file"),
    ("run_squad_inference.sh", "squad/dev-v1.1.json", "predict_file"),
    ("run_squad_inference.sh", "bert/vocab.txt", "vocab_file"),
    ("run_pretraining.sh", "wikipedia/a.tfrecord", "no Wikipedia records"),
])
def test_missing_files(site, script, lost, named):
  path = os.path.join(site.base, lost)
  os.remove(path)
  line = refused(site, site.run(script, *cpu(script, site)))
  assert named in line and (path in line or os.path.dirname(path) in line)


def test_missing_architecture(site):
  line = refused(site, site.run("run_pretraining.sh", "--bert_config", site.base + "/x.json", "--num_gpus=0"))
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
  assert "num_gpus is 3, but this machine has 2" in refused(site, site.run("run_squad.sh", "--num_gpus=3"))
  assert site.run("run_squad.sh", "--num_gpus=2", "--dry_run").err == ""


@pytest.mark.parametrize("script,name", [("run_pretraining.sh", "run_pretraining.py"), ("run_squad.sh", "run_squad.py")])
def test_several_hosts(site, script, name):
  """mpirun over ssh, which notices a host that falls silent; the ranks are counted from the hosts."""
  hosts = site.write(os.path.join(site.base, "hosts"), "# our two\nalpha slots=2\n\nbeta.example\n")
  heads = []
  for arguments in (["--hosts=alpha:2,beta.example"], ["--hostfile", hosts]):
    line = dry_run(site, script, "--precision=fp32", "--num_gpus=7", *arguments)[0]
    heads.append(line[:line.index(site.python)])
    assert line[line.index(site.python) + 1:][:2] == [ROOT + "/" + name, "--horovod"]
  where = [["-H", "alpha:2,beta.example"], ["-hostfile", hosts]]
  tail = MPIRUN[5:]
  assert [head[:3] for head in heads] == [["mpirun", "-np", "3"]] * 2
  assert [head[3:5] for head in heads] == where
  for head in heads:
    assert head[5:5 + len(tail)] == tail
    rest = " ".join(head[5 + len(tail):])
    assert "oob_tcp_keepalive_time 10 -mca oob_tcp_keepalive_intvl 5 -mca oob_tcp_keepalive_probes 3" in rest
    assert "plm_rsh_agent ssh -o BatchMode=yes -o ConnectTimeout=15" in rest


def test_an_interface_for_the_hosts(site):
  line = " ".join(dry_run(site, "run_pretraining.sh", "--hosts=a:1,b:1", "--interface=ib0")[0])
  assert "-mca btl_tcp_if_include ib0 -mca oob_tcp_if_include ib0 -x NCCL_SOCKET_IFNAME=ib0" in line


@pytest.mark.parametrize("value,said", [
    ("a:0", "'a:0': the number of GPUs must be a whole number from 1"), ("a:x", "'a:x'"), (",", "no host is named"),
    ("a b:2", "is not a host"), ("-l:2", "is not a host")])
def test_bad_hosts(site, value, said):
  assert said in refused(site, site.run("run_pretraining.sh", "--hosts=" + value))


def test_hosts_and_hostfile_exclude_each_other(site):
  assert "choose one" in refused(site, site.run("run_squad.sh", "--hosts=a:1", "--hostfile=/x"))
  assert "hostfile /x does not exist" in refused(site, site.run("run_squad.sh", "--hostfile=/x"))


def test_the_log_of_several_hosts_counts_them_and_the_whole_batch(site):
  site.mpirun()
  result = site.run("run_pretraining.sh", "5", "--hosts=a:2,b:2", "--precision=fp32", "--num_accumulation_steps=3")
  assert result.code == 0, result.err
  assert re.match(r"tf_bert_2n_fp32_gbs60\.\d{12}\.log$", os.path.basename(site.logs()[0]))


# ----------------------------------------------------------------------------------------------------- Slurm

GOLDEN = os.path.join(ROOT, "tests", "scripts", "golden")
SUBMISSIONS = {
    "start_pretraining_1_node.txt": [],
    "start_pretraining_4_nodes.txt": [
        "dgx2h", "4", "batch", "2-00:00:00", "large run", "", "16", "8", "7038", "2000", "3e-5", "fp16", "100", "{base}/out",
        "{base}/ckpt", "--account=bert", "--", "--max_seq_length=128"],
}


@pytest.mark.parametrize("golden", sorted(SUBMISSIONS))
def test_submission_to_slurm(site, golden):
  """The sbatch command line, a word a line, and what the job finds in its environment."""
  site.program("sbatch", "#!/bin/bash\nprintf '%s\\n' sbatch \"$@\" >\"$SUBMITTED\"\n"
               "for name in BERT_ROOT RESULTS_DIR CHECKPOINTS_DIR RUN_ARGUMENTS WIKIPEDIA_DIR; do\n"
               "  printf '%s=%s\\n' \"$name\" \"${!name}\" >>\"$SUBMITTED\"\ndone\necho 'Submitted batch job 7'\n")
  submitted = os.path.join(site.base, "submitted")
  root = os.path.join(site.base, "checkout")
  os.makedirs(root)
  for name in ("scripts", "configs", "run_pretraining.py"):
    os.symlink(os.path.join(ROOT, name), os.path.join(root, name))
  arguments = [word.format(base=site.base) for word in SUBMISSIONS[golden]] + (
      [] if SUBMISSIONS[golden] else ["--root_dir", root])
  if SUBMISSIONS[golden]:
    arguments[5] = root
  result = site.run("start_pretraining.sh", *arguments, SUBMITTED=submitted,
                    PATH=site.bin + os.pathsep + site.environment["PATH"])
  assert (result.code, result.err) == (0, "") and result.last_line == "Submitted batch job 7"
  with open(submitted, encoding="utf-8") as stream, open(os.path.join(GOLDEN, golden), encoding="utf-8") as wanted:
    assert stream.read().replace(site.base, "@BASE@") == wanted.read()


def test_a_job_that_could_not_run_is_not_submitted(site):
  site.program("sbatch", "#!/bin/bash\ntouch \"$SUBMITTED\"\n")
  path = site.bin + os.pathsep + site.environment["PATH"]
  submitted = os.path.join(site.base, "submitted")
  for arguments, said in ((["teapot"], "node_type is 'teapot'"), (["--root_dir=/no"], "run.sub /no/scripts/run.sub does not exist"),
                          (["--num_nodes=0"], "num_nodes is '0'"), (["--", "--max_seq_length=x"], "max_seq_length is 'x'")):
    result = site.run("start_pretraining.sh", *arguments, PATH=path, SUBMITTED=submitted)
    assert result.code == 2 and said in result.err and not os.path.exists(submitted), (arguments, result.err)


def test_the_slurm_job_starts_a_rank_for_each_task(site):
  """run.sub as Slurm runs it: a copy of the file, with the environment of the submission and of the job."""
  site.program("srun", STAND_IN_SRUN.format(calls=site.calls_file))
  copy = os.path.join(site.base, "slurm_script")
  shutil.copy(os.path.join(ROOT, "scripts", "run.sub"), copy)
  environment = dict(site.environment, PATH=site.bin + os.pathsep + site.environment["PATH"], BERT_ROOT=ROOT,
                     RUN_ARGUMENTS="--slurm --train_batch_size_per_gpu=2 --precision=fp32 --train_steps=9 --warmup_steps=3")
  job = dict(environment, SLURM_JOB_ID="7", SLURM_JOB_NUM_NODES="2", SLURM_NTASKS_PER_NODE="2", SLURM_JOB_NODELIST="n[1-2]",
             SRUN_ARGS="--mpi=pmi2 --label")
  done = subprocess.run(["bash", copy], env=job, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
  out = done.stdout.decode("utf-8")
  assert done.returncode == 0, out
  assert "job 7: 4 ranks on 2 nodes (n[1-2])" in out
  with open(site.calls_file + ".srun") as stream:
    assert stream.read().splitlines()[:6] == [
        "--ntasks=4", "--kill-on-bad-exit=1", "--wait=30", "--cpu-bind=none", "--mpi=pmi2", "--label"]
  assert len(site.calls()) == 4 and all(call[:2] == [ROOT + "/run_pretraining.py", "--horovod"] for call in site.calls())
  assert "--num_train_steps=9" in site.calls()[0] and "_2n_fp32_gbs8." in os.path.basename(site.logs()[0])
  failed = subprocess.run(["bash", copy], env=dict(job, STAND_IN=plan(exit=9)), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
  assert failed.returncode == 9
  stray = subprocess.run(["bash", copy], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
  assert stray.returncode == 2 and b"SLURM_JOB_ID is not set; submit this with scripts/start_pretraining.sh" in stray.stderr


# ------------------------------------------------------------------------------------------------ LAMB phases

def lamb(site, *arguments, **changes):
  return site.run("run_pretraining_lamb.sh", "--precision=fp32", *arguments, **changes)


def phases(result):
  """The flags of the two commands of a dry run, as dicts."""
  assert result.code == 0, result.err
  return [dict(word[2:].split("=", 1) for word in line if word.startswith("--") and "=" in word)
          for line in commands(result.out)]


def test_lamb_phases_have_the_published_batches_and_rates(site):
  site.mpirun()
  first, second = phases(lamb(site, "--dry_run"))
  assert [first[name] for name in ("max_seq_length", "max_predictions_per_seq", "num_train_steps", "num_warmup_steps")] == [
      "128", "20", "7038", "2000"]
  assert [second[name] for name in ("max_seq_length", "max_predictions_per_seq", "num_train_steps", "num_warmup_steps")] == [
      "512", "80", "1563", "200"]
  for phase, batch, rate in ((first, 65536, 6e-3), (second, 32768, 4e-3)):
    assert int(phase["train_batch_size"]) * int(phase["num_accumulation_steps"]) * 8 == batch
    assert abs(float(phase["learning_rate"]) * 8 - rate) < 1e-12 and phase["optimizer"] == "lamb"
  assert second["init_checkpoint"] == first["output_dir"] + "/model.ckpt-7038"
  assert second["output_dir"] != first["output_dir"] and "init_checkpoint" not in first


def test_lamb_on_hosts_shares_batch_and_rate_among_all_ranks(site):
  site.mpirun()
  first, second = phases(lamb(site, "32", "16", "--dry_run", "--hosts=a:16,b:16"))
  assert (first["train_batch_size"], first["num_accumulation_steps"], first["learning_rate"]) == ("32", "64", "0.0001875")
  assert (second["train_batch_size"], second["num_accumulation_steps"], second["learning_rate"]) == ("16", "64", "0.000125")


@pytest.mark.parametrize("arguments,said", [
    (["48"], "batch_size_phase1=48 x 8 GPUs does not divide global_batch_phase1=65536; give batch_size_phase1=32 or 64"),
    (["64", "5000"], "give batch_size_phase2=4096"),
    (["--num_gpus=12"], "global_batch_phase2=32768 cannot be shared equally by 12 GPUs; give a multiple of 12, such as 32772")])
def test_lamb_batches_that_do_not_divide(site, arguments, said):
  site.mpirun()
  assert said in refused(site, lamb(site, *arguments))


def test_lamb_phase_2_begins_only_when_phase_1_has_ended_well(site):
  arguments = ["--num_gpus=0", "--train_steps_phase1=3", "--warmup_steps_phase1=1"]
  failed = lamb(site, *arguments, STAND_IN=plan(exit=7))
  assert failed.code == 7 and "phase 1 ended with exit code 7; phase 2 is not started" in failed.err
  assert len(site.calls()) == 1
  hollow = lamb(site, *arguments)  # the program ends well, but has left no checkpoint
  assert hollow.code == 1 and "phase 1 ended without %s/phase1/model.ckpt-3" % site.results in hollow.err
  assert len(site.calls()) == 2
  whole = lamb(site, *arguments, STAND_IN=plan(files={"model.ckpt-3.index": "", "model.ckpt-3.data-00000-of-00001": ""}))
  assert whole.code == 0, whole.err
  assert "--init_checkpoint=%s/phase1/model.ckpt-3" % site.results in site.calls()[-1]
  again = lamb(site, *arguments)
  assert again.code == 0 and "phase 1 is done" in again.out and len(site.calls()) == 5  # phase 2 alone


# ------------------------------------------------------------------------------------------------ real runs

def plan(**what):
  return json.dumps(what)


@pytest.mark.parametrize("script", LAUNCHERS)
def test_a_run_from_any_directory_with_blanks_in_every_path(site, script):
  result = site.run(script, *cpu(script, site), CWD=site.base, STAND_IN=plan(files={"predictions.json": PREDICTIONS}))
  assert result.code == 0, result.err
  call, = site.calls()
  assert call[0] == os.path.join(ROOT, "run_pretraining.py" if script == "run_pretraining.sh" else "run_squad.py")
  assert "--output_dir=" + site.results in call
  assert "to stdout" in result.out and "last words" in result.out


@pytest.mark.parametrize("script,tag", [
    ("run_pretraining.sh", "fp32_gbs14"), ("run_squad.sh", "squad_fp32_gbs10"),
    ("run_squad_inference.sh", "squad_inference_fp32_gbs8")])
def test_the_log_repeats_the_run(site, script, tag):
  result = site.run(script, *cpu(script, site), STAND_IN=plan(files={"predictions.json": PREDICTIONS}))
  assert result.code == 0
  name = os.path.basename(site.logs()[0])
  assert re.match(r"tf_bert_1n_%s\.\d{12}\.log$" % tag, name)
  lines = site.log().splitlines()
  head = dict(line[2:].split(": ", 1) for line in lines[:4])
  assert commands(head["command"]) == [[site.python] + site.calls()[0]]
  options = json.loads(head["options"])
  assert options["precision"] == "fp32" and options["BERT_DIR"] == site.bert
  assert {name: options[name] for name in ("num_gpus",) if name in options} in ({}, {"num_gpus": 0})
  assert json.loads(head["versions"])["python"].startswith("3.")
  known = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE)
  commit = known.stdout.decode("ascii").strip() if known.returncode == 0 else "unknown"
  assert head["commit"] in (commit, commit + "-dirty")
  assert "to stdout" in lines and "last words" in lines
  # The console shows what the log holds.
  assert [line for line in result.out.splitlines() if not line.startswith("log: ")] == lines


def test_the_name_of_a_pretraining_log_has_the_global_batch(site):
  site.mpirun()
  result = site.run("run_pretraining.sh", "6", "--num_gpus=2", "--precision=amp_xla")
  assert result.code == 0, result.err
  assert re.match(r"tf_bert_1n_amp_xla_gbs12\.\d{12}\.log$", os.path.basename(site.logs()[0]))


def test_no_log_when_not_wanted(site):
  result = site.run("run_pretraining.sh", "--create_logfile=false", *cpu("run_pretraining.sh", site))
  assert result.code == 0 and site.logs() == []
  assert "to stdout" in result.out


@pytest.mark.parametrize("script", LAUNCHERS)
@pytest.mark.parametrize("code", [1, 2, 7])
def test_the_exit_code_of_the_program_comes_out(site, script, code):
  result = site.run(script, *cpu(script, site), STAND_IN=plan(exit=code))
  assert result.code == code
  assert site.log().splitlines()[-1] == "last words"
  assert "exact_match" not in result.out


def test_the_exit_code_of_the_ranks_comes_out(site):
  site.mpirun()
  result = site.run("run_squad.sh", "--num_gpus=2", STAND_IN=plan(exit=9))
  assert result.code == 9
  assert len(site.calls()) == 2 and all(call[1] == "--horovod" for call in site.calls())
  with open(site.calls_file + ".mpirun") as stream:
    assert stream.read().splitlines()[:4] == ["-np", "2", "-H", "localhost:2"]


@pytest.mark.parametrize("script", ["run_squad.sh", "run_squad_inference.sh"])
def test_the_last_line_is_the_score(site, script):
  result = site.run(script, *cpu(script, site), STAND_IN=plan(files={"predictions.json": PREDICTIONS}))
  assert result.code == 0
  assert json.loads(result.last_line) == {"exact_match": 50.0, "f1": 50.0}
  assert site.log().splitlines()[-1] == result.last_line
  with open(os.path.join(site.results, "scores.json")) as stream:
    assert json.load(stream) == {"exact_match": 50.0, "f1": 50.0}


def test_the_last_line_for_version_2(site):
  files = {"predictions.json": {"q1": "Ada", "q2": ""}, "null_odds.json": {"q1": -5.0, "q2": 5.0}}
  result = site.run("run_squad.sh", "--squad_version=2.0", *cpu("run_squad.sh", site), STAND_IN=plan(files=files))
  assert result.code == 0, result.err
  assert json.loads(result.last_line) == {"exact_match": 100.0, "f1": 100.0}
  assert json.loads(result.out.splitlines()[-2])["NoAns_total"] == 1
  with open(os.path.join(site.results, "scores.json")) as stream:
    assert json.load(stream) == {"exact_match": 100.0, "f1": 100.0}


def test_an_official_script_that_prints_many_lines(site):
  site.write(os.path.join(site.squad, "evaluate-v2.0.py"),
             "import json, sys\nprint(sys.argv[1:])\nprint(json.dumps({'exact': 12.5, 'f1': 25, 'total': 8}, indent=2))\n")
  result = site.run("run_squad.sh", "--squad_version=2.0", *cpu("run_squad.sh", site))
  assert result.code == 0, result.err
  assert result.last_line == '{"exact_match": 12.5, "f1": 25}'
  assert str([site.squad + "/dev-v2.0.json", site.results + "/predictions.json", "--na-prob-file",
              site.results + "/null_odds.json", "--na-prob-thresh", "0.0"]) in result.out


def test_a_failing_evaluation_fails_the_launcher(site):
  result = site.run("run_squad.sh", *cpu("run_squad.sh", site))  # the stand-in writes no predictions.json
  assert result.code == 2
  assert "predictions.json" in result.last_line and "exact_match" not in result.out


def test_prediction_switched_off(site):
  result = site.run("run_squad.sh", *(cpu("run_squad.sh", site) + ["--", "--do_predict=false"]))
  assert result.code == 0
  assert result.last_line == "prediction is switched off: nothing to evaluate"
  assert site.calls()[0][-1] == "--do_predict=false"


def test_the_progress_bar_gets_the_launchers_terminal_and_the_log_does_not_get_the_bar(site):
  master, slave = os.openpty()
  process = subprocess.Popen(["bash", os.path.join(ROOT, "scripts", "run_squad.sh")] + cpu("run_squad.sh", site) + ["--", "--nodo_predict"],
                             env=dict(site.environment, STAND_IN=plan(bar="42 %")), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
  assert process.wait(timeout=60) == 0
  seen = os.read(master, 1 << 16).decode("utf-8")
  assert "42 %" in seen and "to stdout" in seen
  assert "42 %" not in site.log() and "to stdout" in site.log()
  os.close(master)
  os.close(slave)
  # Its output not being a terminal, a launcher that another one runs names none.
  assert site.run("run_squad.sh", *(cpu("run_squad.sh", site) + ["--", "--nodo_predict"]),
                  STAND_IN=plan(bar="42 %", exit=0), PROGRESS_TTY="/dev/tty").code == 0


# -------------------------------------------------------------------------------------------------- signals

def wait_for(condition, seconds=20):
  end = time.time() + seconds
  while not condition():
    assert time.time() < end, "waited in vain"
    time.sleep(0.02)


def marks(site, kind):
  return sorted(int(name.split(".")[0]) for name in os.listdir(site.pids) if name.endswith(kind))


def alive(pid):
  try:
    with open("/proc/%d/stat" % pid) as stream:
      return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
  except OSError:
    return False


@pytest.mark.parametrize("script", LAUNCHERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_program_and_its_code_comes_out(site, script, number):
  process = site.start(script, *cpu(script, site), STAND_IN=plan(wait=True, exit=41))
  wait_for(lambda: marks(site, ".ready"))
  process.send_signal(number)
  out, _ = process.communicate(timeout=20)
  assert process.returncode == 41
  assert marks(site, ".signal") == marks(site, ".ready")
  assert ("heard signal %d" % number) in out.decode("utf-8")
  assert site.log().splitlines()[-1] == "rank - heard signal %d" % number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_last_word_is_lost_when_the_whole_group_is_told(site, number):
  """As a terminal does for Ctrl-C, and batch systems for their time limit: tee hears it, too."""
  process = site.start("run_squad.sh", *cpu("run_squad.sh", site), STAND_IN=plan(wait=True, exit=43))
  wait_for(lambda: marks(site, ".ready"))
  os.killpg(process.pid, number)
  process.communicate(timeout=20)
  assert process.returncode == 43
  assert site.log().splitlines()[-1] == "rank - heard signal %d" % number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_every_rank(site, number):
  site.mpirun()
  process = site.start("run_pretraining.sh", "--num_gpus=3", STAND_IN=plan(wait=True, exit=42))
  wait_for(lambda: len(marks(site, ".ready")) == 3)
  ranks = marks(site, ".ready")
  process.send_signal(number)
  process.communicate(timeout=20)
  assert process.returncode == 42
  assert marks(site, ".signal") == ranks
  assert not any(alive(pid) for pid in ranks)
  for rank in range(3):
    assert "rank %d heard signal %d" % (rank, number) in site.log()


def test_a_second_signal_ends_a_program_that_does_not_listen(site):
  process = site.start("run_squad.sh", *cpu("run_squad.sh", site), STAND_IN=plan(wait=True, deaf=True))
  wait_for(lambda: marks(site, ".ready"))
  pid, = marks(site, ".ready")
  process.send_signal(signal.SIGTERM)
  wait_for(lambda: marks(site, ".signal"))
  assert alive(pid)
  process.send_signal(signal.SIGTERM)
  process.communicate(timeout=20)
  assert process.returncode == 128 + signal.SIGKILL
  assert not alive(pid)


# ------------------------------------------------------------------------------------------------ the source

def shell_scripts():
  found = [os.path.join(ROOT, ".ci", "run")]
  for pattern in ("*.sh", "*/*.sh", "*.sub"):
    found += glob.glob(os.path.join(glob.escape(ROOT), "scripts", pattern))
  return sorted(found)


def test_shell_syntax():
  assert len(shell_scripts()) > 5
  for path in shell_scripts():
    subprocess.run(["bash", "-n", path], check=True)


def test_shellcheck_is_clean():
  if not shutil.which("shellcheck"):
    pytest.skip("shellcheck is not installed (apt-get install shellcheck)")
  done = subprocess.run(["shellcheck", "-x"] + shell_scripts(), cwd=ROOT, stdout=subprocess.PIPE)
  assert done.returncode == 0, done.stdout.decode("utf-8")


def test_launchers_can_be_executed_directly():
  for script in LAUNCHERS + ["setup.sh", "test.sh", "quickstart.sh"]:
    assert os.access(os.path.join(ROOT, "scripts", script), os.X_OK), script


def test_completion_knows_the_options():
  script = '. scripts/completion.bash; COMP_WORDS=(bash scripts/run_squad.sh "$1") COMP_CWORD=2; _bert_launcher; printf "%s\\n" "${COMPREPLY[@]}"'
  complete = lambda word: subprocess.check_output(["bash", "-c", script, "x", word], cwd=ROOT, universal_newlines=True).split()
  assert complete("--ba") == ["--batch_size_per_gpu"] and complete("--dr") == ["--dry_run"] and complete("--zz") == []
  assert {"--precision", "--squad_version", "--help"} <= set(complete("--"))
