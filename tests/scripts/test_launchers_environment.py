# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Launchers in the environments that users have: no usable .venv, ~ and addresses in paths, cased weights, hidden GPUs, no UTF-8."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

import run_pretraining
import run_squad
from tests.scripts.expected import LAUNCHERS, cpu, dry_run, refused
from tests.scripts.launcher_site import ROOT, Site, commands

SQUAD_LAUNCHERS = [name for name in LAUNCHERS if name != "run_pretraining.sh"]


# ------------------------------------------------------------------------------------------- .venv


class OwnCheckout(Site):
    """A copy of the scripts, whose .venv a test makes; launchers run there without PYTHON."""

    def __init__(self, base):
        super().__init__(base)
        self.root = os.path.join(self.base, "check out")
        self.venv = os.path.join(self.root, ".venv")
        shutil.copytree(os.path.join(ROOT, "scripts"), os.path.join(self.root, "scripts"))
        del self.environment["PYTHON"]

    def start(self, script, *arguments, **changes):
        # os.path.join drops what stands before an absolute path.
        return super().start(os.path.join(self.root, "scripts", script), *arguments, **changes)

    def environment_python(self, text):
        """Makes .venv/bin/python a script."""
        os.makedirs(os.path.join(self.venv, "bin"))
        path = self.write(os.path.join(self.venv, "bin", "python"), "#!/bin/bash\n" + text)
        os.chmod(path, 0o755)


BARE_PYTHON = 'exec %s -I -S "$@"\n' % shlex.quote(sys.executable)  # without site-packages


def no_bin(place):
    os.makedirs(place.venv)


def link_to_nothing(place):
    os.symlink(os.path.join(place.base, "gone"), place.venv)


def interpreter_gone(place):
    os.makedirs(os.path.join(place.venv, "bin"))
    os.symlink("/opt/gone/python3.7", os.path.join(place.venv, "bin", "python"))


def not_executable(place):
    place.environment_python("exit 0\n")
    os.chmod(os.path.join(place.venv, "bin", "python"), 0o644)


def of_another_machine(place):
    place.environment_python('echo "python: libc.so.6: version GLIBC_2.38 not found" >&2\nexit 1\n')


def without_packages(place):
    place.environment_python(BARE_PYTHON)


@pytest.mark.parametrize("script", LAUNCHERS)
@pytest.mark.parametrize(
    "broken, said",
    [
        (no_bin, "not found or not executable"),
        (link_to_nothing, "not found or not executable"),
        (interpreter_gone, "not found or not executable"),
        (not_executable, "not found or not executable"),
        (of_another_machine, "does not run (python: libc.so.6: version GLIBC_2.38 not found)"),
        (without_packages, "lacks tensorflow numpy six absl"),
    ],
)
def test_an_environment_that_cannot_be_used(tmp_path, script, broken, said):
    place = OwnCheckout(tmp_path)
    broken(place)
    line = refused(place, place.run(script, *cpu(script, place)))
    assert said in line and place.venv in line and line.endswith("run: bash scripts/setup.sh")


def test_no_environment_and_a_python_without_packages(tmp_path):
    place = OwnCheckout(tmp_path)
    place.program("python3", "#!/bin/bash\n" + BARE_PYTHON)
    path = place.bin + os.pathsep + os.environ["PATH"]
    line = refused(place, place.run("run_squad.sh", *cpu("run_squad.sh", place), PATH=path))
    assert "Python 'python3' lacks tensorflow numpy six absl" in line
    assert line.endswith("there is no .venv; run: bash scripts/setup.sh")
    line = refused(place, place.run("prepare_data.sh", "--stage=shards", PATH=path))
    assert "lacks absl" in line and "run: bash scripts/setup.sh" in line


def test_a_container_needs_no_environment(tmp_path):
    """Without .venv, python3 is used if it has what the programs need."""
    place = OwnCheckout(tmp_path)
    place.program("python3", '#!/bin/bash\nexec %s "$@"\n' % shlex.quote(place.python))
    path = place.bin + os.pathsep + os.environ["PATH"]
    result = place.run("run_squad.sh", *cpu("run_squad.sh", place), "--dry_run", PATH=path)
    assert (result.code, result.err) == (0, "")
    assert commands(result.out)[0][0] == "python3"


def test_a_python_of_the_users_choice(site):
    bare = site.program("bare", "#!/bin/bash\n" + BARE_PYTHON)
    line = refused(site, site.run("run_squad.sh", *cpu("run_squad.sh", site), PYTHON=bare))
    assert "Python '%s' lacks tensorflow" % bare in line
    assert line.endswith("correct PYTHON, or unset it to use .venv")
    line = refused(site, site.run("run_squad.sh", *cpu("run_squad.sh", site), PYTHON="/no/python"))
    assert "Python '/no/python' not found" in line and "correct PYTHON" in line


# ------------------------------------------------------------------------------------------- paths


@pytest.mark.parametrize(
    "script, option, path, flag",
    [
        ("run_squad.sh", "init_checkpoint", "~/bert/bert_model.ckpt", "init_checkpoint"),
        ("run_squad_inference.sh", "init_checkpoint", "~/bert/bert_model.ckpt", "init_checkpoint"),
        ("run_squad_inference.sh", "predict_file", "~/squad/dev-v1.1.json", "predict_file"),
        ("run_pretraining.sh", "init_checkpoint", "~/bert/bert_model.ckpt", "init_checkpoint"),
        ("run_pretraining.sh", "bert_config", "~/bert/bert_config.json", "bert_config_file"),
        ("run_pretraining.sh", "input_file", "~/wikipedia/*,~/books/*", "input_file"),
    ],
)
def test_the_home_directory_in_options(site, script, option, path, flag):
    expected = "--%s=%s" % (flag, path.replace("~", site.base))
    arguments = [word for word in cpu(script, site) if not word.startswith("--" + option)]
    for words in (["--%s=%s" % (option, path)], ["--" + option, path]):
        assert expected in dry_run(site, script, *(arguments + words))[0]


def test_the_home_directory_in_variables_and_positions(site):
    variables = {
        name: "~/" + name[:-4].lower() for name in ("BERT_DIR", "SQUAD_DIR", "RESULTS_DIR")
    }
    result = site.run(
        "run_squad.sh",
        *("1 1e-5 fp32 false 0 ~/bert/bert_model.ckpt --dry_run".split()),
        **variables,
    )
    assert (result.code, result.err) == (0, "")
    words = commands(result.out)[0]
    assert "--output_dir=" + site.results in words
    assert "--init_checkpoint=%s/bert_model.ckpt" % site.bert in words
    assert commands(result.out)[1][-3].startswith(site.base)


def test_the_home_directory_after_two_dashes(site):
    """The program expands it, and so does the evaluation that follows it."""
    result = site.run(
        "run_squad.sh", *cpu("run_squad.sh", site), "--dry_run", "--", "--output_dir=~/elsewhere"
    )
    program, evaluation = commands(result.out)
    assert program[-1] == "--output_dir=~/elsewhere"
    assert os.path.join(site.base, "elsewhere", "predictions.json") in evaluation


@pytest.mark.parametrize(
    "paths, expanded",
    [
        ("~", "{home}"),
        ("~/a b/*.x,~/c", "{home}/a b/*.x,{home}/c"),
        ("a,~/b,", "a,{home}/b,"),
        ("~no-such-user/a", "~no-such-user/a"),
        ("a~/b", "a~/b"),
        ("/~/b", "/~/b"),
        ("~/$(touch x)`id`", "{home}/$(touch x)`id`"),
        ("~;id/a", "~;id/a"),
        ("", ""),
    ],
)
def test_expand_home(site, paths, expanded):
    script = site.write(
        os.path.join(site.base, "expand.sh"),
        '. %s/scripts/lib/options.sh\nexpand_home "$1"\n' % shlex.quote(ROOT),
    )
    result = site.run(script, paths, CWD=site.base)
    assert (result.code, result.err, result.out) == (0, "", expanded.format(home=site.base))


@pytest.mark.parametrize("address", ["gs://bucket/results", "hdfs://host/results", "s3://b/r"])
@pytest.mark.parametrize("script", LAUNCHERS)
def test_output_to_an_address_is_refused(site, script, address):
    result = site.run(script, *cpu(script, site), RESULTS_DIR=address, CWD=site.base)
    line = refused(site, result)
    assert "RESULTS_DIR is '%s', but must be a path of this machine" % address in line
    assert not os.path.exists(os.path.join(site.base, address.split("/")[0]))


@pytest.mark.parametrize(
    "script, option",
    [
        ("run_squad.sh", "init_checkpoint"),
        ("run_pretraining.sh", "input_file"),
        ("run_squad_inference.sh", "predict_file"),
        ("prepare_data.sh", "output_dir"),
        ("prepare_data.sh", "input"),
    ],
)
def test_input_from_an_address_is_refused(site, script, option):
    line = refused(site, site.run(script, "--%s=gs://bucket/x" % option))
    assert "%s is 'gs://bucket/x', but must be a path of this machine; copy" % option in line


def test_an_address_stops_no_help(site):
    result = site.run("run_squad.sh", "--help", RESULTS_DIR="gs://bucket")
    assert result.code == 0 and "gs://bucket" in result.out


@pytest.mark.parametrize("script", LAUNCHERS)
def test_paths_with_accents_where_the_locale_is_c(site, script):
    """The site's directory has an accent in its name; no locale, and UTF-8 mode off."""
    plain = {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    prediction = '{"files": {"predictions.json": {"q1": "Ada", "q2": "London"}}}'
    result = site.run(script, *cpu(script, site), STAND_IN=prediction, **plain)
    assert result.code == 0, result.err
    (words,) = site.calls()
    # The stand-in wrote its words with surrogates for the bytes of the name.
    given = [word for word in words if word.startswith("--output_dir=")][0]
    assert os.fsencode(given).decode("utf-8") == "--output_dir=" + site.results
    assert "last words" in site.log()
    if script != "run_pretraining.sh":
        assert result.last_line == '{"exact_match": 100.0, "f1": 100.0}'


# ------------------------------------------------------------------------------------------- casing


@pytest.mark.parametrize(
    "script",
    SQUAD_LAUNCHERS + ["finetune_train_benchmark.sh", "finetune_inference_benchmark.sh"],
)
def test_cased_weights(site, script):
    arguments = ["--num_gpus=0"] if script == "finetune_train_benchmark.sh" else []
    arguments = cpu(script, site) if script in SQUAD_LAUNCHERS else arguments
    flags = [
        [word for word in words if word.startswith("--do_lower_case")]
        for value in ([], ["--do_lower_case=true"], ["--do_lower_case", "false"])
        for words in commands(site.run(script, "--dry_run", *(arguments + value)).out)
        if any(word.endswith("run_squad.py") for word in words)
    ]
    assert flags == [[], [], ["--do_lower_case=false"]]
    line = refused(site, site.run(script, "--do_lower_case=maybe", *arguments))
    assert "do_lower_case is 'maybe', but must be true or false" in line


# --------------------------------------------------------------------------------------------- GPUs


@pytest.mark.parametrize(
    "visible, said",
    [
        (None, None),
        ("0,1", None),
        ("0, 1,2", None),
        ("GPU-8932f937-d72c,GPU-22d4b3d7-aa1c", None),
        ("1", "shows 1 of the 2 GPUs of num_gpus=2"),
        ("0,-1,1", "shows 1 of the 2 GPUs of num_gpus=2"),
        ("", "hides all GPUs"),
        ("-1", "hides all GPUs"),
    ],
)
@pytest.mark.parametrize("script", ["run_pretraining.sh", "run_squad.sh"])
def test_fewer_visible_gpus_than_ranks(site, script, visible, said):
    site.mpirun()
    site.program("nvidia-smi", '#!/bin/bash\nfor i in 0 1 2 3; do echo "GPU $i: stand-in"; done\n')
    result = site.run(script, "--num_gpus=2", "--dry_run", CUDA_VISIBLE_DEVICES=visible)
    assert result.code == 0
    if said is None:
        assert result.err == ""
    else:
        (line,) = result.err.splitlines()
        assert line.startswith("warning: CUDA_VISIBLE_DEVICES=") and said in line


def test_flags_of_the_program_without_two_dashes(site):
    line = refused(site, site.run("run_squad.sh", "--learning_rate=3e-5"))
    assert line == (
        "error: unknown option '--learning_rate'; see --help; flags of the Python program go after --"
    )


def test_arguments_in_the_order_of_the_later_recipe(site):
    """Its run_squad.sh has the sequence length where ours has the checkpoint: the line says what the order is here."""
    line = refused(site, site.run("run_squad.sh", *"10 5e-6 fp16 true 8 384 128 large 1.1".split()))
    assert line == (
        "error: unexpected argument 'large' after batch_size_per_gpu learning_rate_per_gpu precision use_xla num_gpus "
        "init_checkpoint epochs; see --help"
    )


# ------------------------------------------------------------------------------------ the Python program's options


@pytest.mark.parametrize(
    "script, program",
    [
        ("run_pretraining.sh", run_pretraining),
        ("run_pretraining_lamb.sh", run_pretraining),
        ("run_squad.sh", run_squad),
        ("run_squad_inference.sh", run_squad),
    ],
)
def test_help_shows_how_to_pass_options_of_the_program(site, script, program):
    out = site.run(script, "--help").out
    assert "python %s.py --help" % program.__name__ in out
    shown = re.findall(r"^  scripts/%s \.\.\. -- --(\w+)" % re.escape(script), out, re.M)
    there = {option.name for group in program.GROUPS for option in group.OPTIONS if option.is_flag}
    assert len(shown) >= 2 and set(shown) <= there
    if script != "run_squad_inference.sh":
        assert {"allow_new_data", "allow_partial_init", "replay_step"} <= set(shown)


def test_the_programs_errors_say_how_to_pass_options_to_the_launcher(monkeypatch):
    monkeypatch.delenv("BERT_LAUNCHER", raising=False)
    code = 'from program.errors import fail\nfail("x: pass --allow_new_data")'
    script = '. scripts/lib/options.sh; . scripts/lib/run.sh; program_options run_squad.py x; "$1" -c "$2"'
    done = subprocess.run(
        ["bash", "-c", script, "scripts/run_squad.sh", sys.executable, code],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    told = " (scripts/run_squad.sh takes these options after --)"
    assert (done.returncode, done.stderr) == (2, "error: x: pass --allow_new_data%s\n" % told)
