# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Launchers as they run: logs, exit codes, evaluation, signals."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from tests.scripts.expected import LAUNCHERS, PREDICTIONS, cpu
from tests.scripts.launcher_site import ROOT, commands, plan, questions

# ------------------------------------------------------------------------------------------------ real runs


@pytest.mark.parametrize("script", LAUNCHERS)
def test_a_run_from_any_directory_with_blanks_in_every_path(site, script):
    result = site.run(
        script,
        *cpu(script, site),
        CWD=site.base,
        STAND_IN=plan(files={"predictions.json": PREDICTIONS}),
    )
    assert result.code == 0, result.err
    (call,) = site.calls()
    assert call[0] == os.path.join(
        ROOT, "run_pretraining.py" if script == "run_pretraining.sh" else "run_squad.py"
    )
    assert "--output_dir=" + site.results in call
    assert "to stdout" in result.out and "last words" in result.out


@pytest.mark.parametrize(
    "script,tag",
    [
        ("run_pretraining.sh", "fp32_gbs14"),
        ("run_squad.sh", "squad_fp32_gbs10"),
        ("run_squad_inference.sh", "squad_inference_fp32_gbs8"),
    ],
)
def test_the_log_repeats_the_run(site, script, tag):
    result = site.run(
        script, *cpu(script, site), STAND_IN=plan(files={"predictions.json": PREDICTIONS})
    )
    assert result.code == 0
    name = os.path.basename(site.logs()[0])
    assert re.match(r"tf_bert_1n_%s\.\d{12}\.log$" % tag, name)
    lines = site.log().splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines[:4])
    assert commands(head["command"]) == [[site.python] + site.calls()[0]]
    options = json.loads(head["options"])
    assert options["precision"] == "fp32" and options["BERT_DIR"] == site.bert
    assert {name: options[name] for name in ("num_gpus",) if name in options} in (
        {},
        {"num_gpus": 0},
    )
    assert json.loads(head["versions"])["python"].startswith("3.")
    known = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE
    )
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
    result = site.run(
        "run_pretraining.sh", "--create_logfile=false", *cpu("run_pretraining.sh", site)
    )
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
    result = site.run(
        script, *cpu(script, site), STAND_IN=plan(files={"predictions.json": PREDICTIONS})
    )
    assert result.code == 0
    assert json.loads(result.last_line) == {"exact_match": 50.0, "f1": 50.0}
    assert site.log().splitlines()[-1] == result.last_line
    with open(os.path.join(site.results, "scores.json")) as stream:
        assert json.load(stream) == {"exact_match": 50.0, "f1": 50.0}


def test_the_last_line_for_version_2(site):
    files = {"predictions.json": {"q1": "Ada", "q2": ""}, "null_odds.json": {"q1": -5.0, "q2": 5.0}}
    result = site.run(
        "run_squad.sh",
        "--squad_version=2.0",
        *cpu("run_squad.sh", site),
        STAND_IN=plan(files=files),
    )
    assert result.code == 0, result.err
    assert json.loads(result.last_line) == {"exact_match": 100.0, "f1": 100.0}
    assert json.loads(result.out.splitlines()[-2])["NoAns_total"] == 1
    with open(os.path.join(site.results, "scores.json")) as stream:
        assert json.load(stream) == {"exact_match": 100.0, "f1": 100.0}


def test_an_official_script_that_prints_many_lines(site):
    site.write(
        os.path.join(site.squad, "evaluate-v2.0.py"),
        "import json, sys\nprint(sys.argv[1:])\nprint(json.dumps({'exact': 12.5, 'f1': 25, 'total': 8}, indent=2))\n",
    )
    result = site.run("run_squad.sh", "--squad_version=2.0", *cpu("run_squad.sh", site))
    assert result.code == 0, result.err
    assert result.last_line == '{"exact_match": 12.5, "f1": 25}'
    assert (
        str(
            [
                site.squad + "/dev-v2.0.json",
                site.results + "/predictions.json",
                "--na-prob-file",
                site.results + "/null_odds.json",
                "--na-prob-thresh",
                "0.0",
            ]
        )
        in result.out
    )


def ask(site, *qas):
    """A SQuAD file of these questions in the site; returns its path."""
    document = questions("1.1")
    document["data"][0]["paragraphs"][0]["qas"] = [dict(qa, question="Who?") for qa in qas]
    return site.write(os.path.join(site.base, "own.json"), json.dumps(document))


# An official script, which stops at a question without answers.
_OFFICIAL = "import sys\nsys.exit('max() arg is an empty sequence')\n"


@pytest.mark.parametrize("official", [False, True])
@pytest.mark.parametrize("script", ["run_squad.sh", "run_squad_inference.sh"])
def test_questions_without_answers_are_answered_and_not_scored(site, script, official):
    if official:
        site.write(os.path.join(site.squad, "evaluate-v1.1.py"), _OFFICIAL)
    path = ask(site, {"id": "t1"}, {"id": "t2", "answers": None}, {"id": "t3", "answers": []})
    os.makedirs(site.results)
    site.write(os.path.join(site.results, "scores.json"), "of an earlier run")
    where = ["--", "--predict_file=" + path]
    if script == "run_squad_inference.sh":
        where = ["--predict_file=" + path]
    result = site.run(
        script, *(cpu(script, site) + where), STAND_IN=plan(files={"predictions.json": {}})
    )
    assert (result.code, result.last_line) == (
        0,
        path + ": no answers to score against",
    ), result.err
    assert site.log().splitlines()[-1] == result.last_line
    assert os.listdir(site.results).count("scores.json") == 0
    assert "error" not in result.err + result.out


@pytest.mark.parametrize("official", [False, True])
@pytest.mark.parametrize(
    "qas, unscored",
    [
        # One question without answers; Hugging Face's form: neither is for the official script.
        ([{"id": "q1", "answers": [{"text": "Ada", "answer_start": 0}]}, {"id": "q2"}], 1),
        ([{"id": "q1", "answers": {"text": ["Ada"], "answer_start": [0]}}], 0),
    ],
)
def test_what_the_official_script_cannot_score_is_scored_all_the_same(
    site, qas, unscored, official
):
    if official:
        site.write(os.path.join(site.squad, "evaluate-v1.1.py"), _OFFICIAL)
    path = ask(site, *qas)
    predictions = {"predictions.json": {"q1": "Ada", "q2": "x"}}
    result = site.run(
        "run_squad_inference.sh",
        *(cpu("run_squad_inference.sh", site) + ["--predict_file=" + path]),
        STAND_IN=plan(files=predictions),
    )
    assert result.code == 0, result.err
    assert json.loads(result.last_line) == {"exact_match": 100.0, "f1": 100.0}
    assert ("1 of 2 questions have no answers and are not scored" in result.out) == bool(unscored)


def test_a_failing_evaluation_fails_the_launcher(site):
    result = site.run(
        "run_squad.sh", *cpu("run_squad.sh", site)
    )  # the stand-in writes no predictions.json
    assert result.code == 2
    assert "predictions.json" in result.last_line and "exact_match" not in result.out


def test_prediction_switched_off(site):
    result = site.run("run_squad.sh", *(cpu("run_squad.sh", site) + ["--", "--do_predict=false"]))
    assert result.code == 0
    assert result.last_line == "prediction is disabled: nothing to evaluate"
    assert site.calls()[0][-1] == "--do_predict=false"


def test_the_progress_bar_gets_the_launchers_terminal_and_the_log_does_not_get_the_bar(site):
    master, slave = os.openpty()
    process = subprocess.Popen(
        ["bash", os.path.join(ROOT, "scripts", "run_squad.sh")]
        + cpu("run_squad.sh", site)
        + ["--", "--nodo_predict"],
        env=dict(site.environment, STAND_IN=plan(bar="42 %")),
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
    )
    assert process.wait(timeout=60) == 0
    seen = os.read(master, 1 << 16).decode("utf-8")
    assert "42 %" in seen and "to stdout" in seen
    assert "42 %" not in site.log() and "to stdout" in site.log()
    os.close(master)
    os.close(slave)
    # Its output not being a terminal, a launcher that another one runs names none.
    assert (
        site.run(
            "run_squad.sh",
            *(cpu("run_squad.sh", site) + ["--", "--nodo_predict"]),
            STAND_IN=plan(bar="42 %", exit=0),
            PROGRESS_TTY="/dev/tty",
        ).code
        == 0
    )


# -------------------------------------------------------------------------------------------------- signals


SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1]


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
@pytest.mark.parametrize("number", SIGNALS)
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
    process = site.start(
        "run_squad.sh", *cpu("run_squad.sh", site), STAND_IN=plan(wait=True, exit=43)
    )
    wait_for(lambda: marks(site, ".ready"))
    os.killpg(process.pid, number)
    process.communicate(timeout=20)
    assert process.returncode == 43
    assert site.log().splitlines()[-1] == "rank - heard signal %d" % number


@pytest.mark.parametrize("number", SIGNALS)
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
    process = site.start(
        "run_squad.sh", *cpu("run_squad.sh", site), STAND_IN=plan(wait=True, deaf=True)
    )
    wait_for(lambda: marks(site, ".ready"))
    (pid,) = marks(site, ".ready")
    process.send_signal(signal.SIGTERM)
    wait_for(lambda: marks(site, ".signal"))
    assert alive(pid)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGKILL
    assert not alive(pid)


@pytest.mark.parametrize("ranks", [0, 2])
def test_a_killed_launcher_leaves_no_training_running(site, ranks):
    if ranks:
        site.mpirun()
    process = site.start(
        "run_pretraining.sh", "--num_gpus=%d" % ranks, STAND_IN=plan(wait=True, exit=44)
    )
    wait_for(lambda: len(marks(site, ".ready")) == max(ranks, 1))
    pids = marks(site, ".ready")
    process.kill()
    wait_for(lambda: not any(alive(pid) for pid in pids))
    assert marks(site, ".signal") == pids  # asked, so that they could save
    process.communicate(timeout=20)


def test_only_the_ranks_are_asked_so_that_mpirun_does_not_kill_them(site):
    """mpirun kills its ranks two seconds after it hears a signal: not enough to save a large model."""
    site.mpirun()
    process = site.start("run_pretraining.sh", "--num_gpus=2", STAND_IN=plan(wait=True, exit=45))
    wait_for(lambda: len(marks(site, ".ready")) == 2)
    with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as stream:
        children = [int(pid) for pid in stream.read().split()]
    (mpirun,) = [pid for pid in children if b"-np" in open("/proc/%d/cmdline" % pid, "rb").read()]
    os.kill(mpirun, signal.SIGSTOP)  # a stopped process keeps its signals pending
    process.send_signal(signal.SIGTERM)
    wait_for(lambda: len(marks(site, ".signal")) == 2)
    with open("/proc/%d/status" % mpirun) as stream:
        pending = [line for line in stream if line.startswith(("SigPnd", "ShdPnd"))]
    assert not any(int(line.split()[1], 16) & 1 << signal.SIGTERM - 1 for line in pending)
    os.kill(mpirun, signal.SIGCONT)
    process.communicate(timeout=20)
    assert process.returncode == 45
