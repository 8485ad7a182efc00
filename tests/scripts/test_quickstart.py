# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The quickstart without its waiting: the commands in their order, what stops it, and what its report says.

Every program it starts is replaced by a stand-in here; that the real ones work together is what
tests/test_end_to_end.py and the quickstart itself show.
"""

import argparse
import json
import os
import shlex
import shutil
import stat
import subprocess
import sys

import pytest

from scripts.tools import quickstart_report
from tests.scripts.launcher_site import ROOT

# As .venv/bin/python: writes down its arguments; fails where it is told to.
STAND_IN = """#!/bin/bash
printf '%s ' "RESULTS_DIR=$RESULTS_DIR" "BERT_DIR=$BERT_DIR" "$@" >>"$CALLS"
printf '\\n' >>"$CALLS"
[[ -z ${FAIL_AT-} || "$0 $*" != *"$FAIL_AT"* ]] || exit 5
"""


class Quickstart:
    """A copy of scripts/ whose programs are stand-ins, beside the real sample."""

    def __init__(self, base):
        self.base = str(base)
        self.root = os.path.join(self.base, "a check out")
        self.calls_file = os.path.join(self.base, "calls")
        self.out = os.path.join(self.root, "results", "quickstart")
        shutil.copytree(os.path.join(ROOT, "scripts"), os.path.join(self.root, "scripts"))
        os.makedirs(os.path.join(self.root, "data"))
        os.symlink(os.path.join(ROOT, "data", "sample"), os.path.join(self.root, "data", "sample"))
        self._program(os.path.join(self.root, ".venv", "bin", "python"), STAND_IN)
        for script in ("setup.sh", "run_pretraining.sh", "run_squad.sh", "run_squad_inference.sh"):
            self._program(
                os.path.join(self.root, "scripts", script),
                STAND_IN.replace('"$@"', '"$(basename "$0")" "$@"', 1),
            )

    @staticmethod
    def _program(path, text):
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "w") as stream:
            stream.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run(self, *arguments, **environment):
        """Runs it; returns (code, stdout, stderr)."""
        open(self.calls_file, "w").close()
        everything = {
            "PATH": os.environ["PATH"],
            "HOME": self.base,
            "CALLS": self.calls_file,
            "LANG": "C.UTF-8",
        }
        everything.update(environment)
        process = subprocess.Popen(
            ["bash", os.path.join(self.root, "scripts", "quickstart.sh")] + list(arguments),
            env=everything,
            cwd=self.base,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self):
        with open(self.calls_file) as stream:
            return stream.read().splitlines()

    def own_weights(self):
        directory = os.path.join(self.base, "own weights")
        os.makedirs(directory)
        for name in ("bert_config.json", "vocab.txt", "x.ckpt.index", "x.ckpt.data-00000-of-00001"):
            open(os.path.join(directory, name), "w").close()
        return os.path.join(directory, "x.ckpt")

    def own_questions(self):
        directory = os.path.join(self.base, "own questions")
        os.makedirs(directory)
        for name in ("train-v1.1.json", "dev-v1.1.json"):
            open(os.path.join(directory, name), "w").close()
        return directory


@pytest.fixture
def quickstart(tmp_path):
    return Quickstart(tmp_path)


STAGES = [
    "setup.sh",
    "fetch_minilm.py",
    "conversion.convert",
    "create_pretraining_data.py",
    "create_pretraining_data.py",
    "run_pretraining.sh",
    "run_squad.sh",
    "run_squad_inference.sh",
    "quickstart_report.py",
]


def stages(calls):
    return [next((name for name in STAGES if name in call), call) for call in calls]


def test_the_stages_in_their_order(quickstart):
    code, out, err = quickstart.run()
    assert (code, err) == (0, "")
    calls = quickstart.calls()
    assert stages(calls) == STAGES
    assert calls[0].rstrip().endswith("setup.sh --with_quickstart")
    assert "quickstart 1/6" in out and "quickstart 6/6" in out
    # Answers come from what fine-tuning made.
    for call in calls[5:7]:
        assert (
            "--init_checkpoint=%s/.cache/minilm-checkpoint/bert_model.ckpt " % quickstart.root
            in call
        )
    assert calls[6].startswith("RESULTS_DIR=%s/squad " % quickstart.out)
    assert calls[7].startswith("RESULTS_DIR=%s/answers_to_trained " % quickstart.out)
    assert "--init_checkpoint=%s/squad " % quickstart.out in calls[7]
    assert "--predict_file=%s/data/sample/squad/train-v1.1.json" % quickstart.root in calls[7]
    for call in calls[5:8]:
        assert "--precision=fp32" in call
    assert "--num_gpus=0" in calls[5] and "--num_gpus=0" in calls[6]
    assert (
        "--bert_config_file %s/.cache/minilm-checkpoint/bert_config.json " % quickstart.root
        in calls[8]
    )
    assert calls[8].rstrip().endswith("--sample")


def test_pretraining_is_evaluated_on_text_it_is_not_trained_on(quickstart):
    quickstart.run()
    records = [call for call in quickstart.calls() if "create_pretraining_data.py" in call]
    texts = [
        set(
            os.path.basename(name)
            for name in shlex.split(
                call.split("--input_file=")[1].split(" --")[0].replace(" ", "\\ ")
            )[0].split(",")
        )
        for call in records
    ]
    assert len(texts[1]) == 1 and not texts[0] & texts[1]
    assert texts[0] | texts[1] == set(os.listdir(os.path.join(ROOT, "data", "sample", "corpus")))
    outputs = [call.split("--output_file=")[1].split(" --")[0] for call in records]
    pretraining = quickstart.calls()[5]
    assert (
        "--input_file=%s " % outputs[0] in pretraining
        and "--eval_input_file=%s " % outputs[1] in pretraining
    )


def test_a_dry_run_starts_nothing(quickstart):
    code, out, err = quickstart.run("--dry_run")
    assert (code, err) == (0, "")
    assert quickstart.calls() == [] and not os.path.exists(quickstart.out)
    assert all(name in out for name in STAGES)


@pytest.mark.parametrize(
    "stage", [stage for stage, name in enumerate(STAGES) if stage == STAGES.index(name)]
)
def test_a_failing_stage_stops_it(quickstart, stage):
    code, _, err = quickstart.run(FAIL_AT=STAGES[stage])
    assert code == 5
    assert stages(quickstart.calls()) == STAGES[: stage + 1]
    assert (
        "error: quickstart failed in stage" in err and "exit code 5" in err and STAGES[stage] in err
    )


def test_converted_weights_are_kept(quickstart):
    directory = os.path.join(quickstart.root, ".cache", "minilm-checkpoint")
    os.makedirs(directory)
    open(os.path.join(directory, "bert_model.ckpt.index"), "w").close()
    quickstart.run()
    assert stages(quickstart.calls()) == STAGES[:2] + STAGES[3:]


def test_a_second_run_does_not_meet_the_first(quickstart):
    assert quickstart.run()[0] == 0
    for directory in ("records", "pretraining", "squad", "answers_to_trained"):
        directory = os.path.join(quickstart.out, directory)
        if not os.path.isdir(directory):
            os.makedirs(directory)
        open(os.path.join(directory, "old"), "w").close()
    open(os.path.join(quickstart.out, "notes of the user"), "w").close()
    assert quickstart.run()[0] == 0
    left = [
        os.path.join(directory, name)
        for directory, _, names in os.walk(quickstart.out)
        for name in names
    ]
    assert sorted(os.path.relpath(path, quickstart.out) for path in left) == [
        ".made-by-quickstart",
        "notes of the user",
    ]


def test_a_directory_it_did_not_make_is_left_alone(quickstart):
    directory = os.path.join(quickstart.base, "mine")
    os.makedirs(os.path.join(directory, "squad"))
    code, _, err = quickstart.run("--output_dir", directory)
    assert code == 2 and len(err.splitlines()) == 1 and "was not created by a quickstart" in err
    assert os.path.isdir(os.path.join(directory, "squad")) and quickstart.calls() == []
    os.rmdir(os.path.join(directory, "squad"))
    assert quickstart.run("--output_dir=mine")[0] == 0  # empty, and relative to where the user is
    assert os.path.isdir(os.path.join(directory, "records"))


def test_own_weights_and_questions(quickstart):
    checkpoint, questions = quickstart.own_weights(), quickstart.own_questions()
    code, out, err = quickstart.run(
        "--checkpoint",
        checkpoint,
        "--squad_dir",
        os.path.basename(questions),
        "--do_lower_case=false",
    )
    assert code == 0, err
    calls = quickstart.calls()
    assert stages(calls) == STAGES[:1] + STAGES[3:]
    assert "quickstart 5/5" in out
    assert (
        "--init_checkpoint=%s " % checkpoint in calls[3]
        and "BERT_DIR=%s " % os.path.dirname(checkpoint) in calls[4]
    )
    assert "--learning_rate_per_gpu=3e-5 --epochs=2 --max_seq_length=384" in calls[4]
    assert "--predict_file=%s/train-v1.1.json" % questions in calls[5]
    assert sum("--do_lower_case=false" in call for call in calls) == 4
    assert "--sample" not in calls[-1]
    assert "--bert_config_file" not in calls[-1]  # two copies of someone's large model in memory
    assert (
        quickstart.run("--checkpoint", checkpoint + ".index", "--epochs=3", "--learning_rate=1e-5")[
            0
        ]
        == 0
    )
    assert "--learning_rate_per_gpu=1e-5 --epochs=3 --max_seq_length=120" in quickstart.calls()[4]


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["--checkpoint=/no/x.ckpt"], "/no/x.ckpt does not exist"),
        (["--squad_dir=/no"], "/no/train-v1.1.json does not exist"),
        (["--epochs=none"], "epochs is 'none'"),
        (["results"], "unexpected argument 'results'"),
        (["--steps=3"], "unknown option '--steps'"),
    ],
)
def test_bad_arguments_stop_it_before_the_installation(quickstart, arguments, said):
    code, _, err = quickstart.run(*arguments)
    assert code == 2 and len(err.splitlines()) == 1 and said in err
    assert quickstart.calls() == []


def test_weights_without_their_vocabulary(quickstart):
    checkpoint = quickstart.own_weights()
    os.remove(os.path.join(os.path.dirname(checkpoint), "vocab.txt"))
    code, _, err = quickstart.run("--checkpoint", checkpoint)
    assert code == 2 and "vocab.txt does not exist" in err and quickstart.calls() == []


# --------------------------------------------------------------------------------------------- the report


def squad_file(path, answers):
    qas = [
        {
            "id": "q%d" % i,
            "question": "Question %d?" % i,
            "answers": [{"text": text, "answer_start": 0}],
        }
        for i, text in enumerate(answers)
    ]
    paragraphs = [
        {"context": qa["answers"][0]["text"] + " is the answer.", "qas": [qa]} for qa in qas
    ]
    write_json(path, {"version": "1.1", "data": [{"title": "T", "paragraphs": paragraphs}]})


def write_json(path, value):
    with open(path, "w") as stream:
        json.dump(value, stream)


@pytest.fixture
def run(tmp_path):
    """The files of a finished run that learnt, and the report's options for it."""
    options = argparse.Namespace(seconds=125, sample=True, bert_config_file=None)
    for name in ("pretraining_dir", "trained_dir", "dev_dir"):
        directory = tmp_path / name
        directory.mkdir()
        setattr(options, name, str(directory))
    losses(options, [10.0, 9.0, 8.0, 7.0, 6.0, 5.0])
    with open(os.path.join(options.pretraining_dir, "eval_results.txt"), "w") as stream:
        stream.write(
            "global_step = 60\nloss = 7.5\nmasked_lm_accuracy = 0.125\nmasked_lm_loss = 6.75\n"
            "next_sentence_accuracy = 0.5\nnext_sentence_loss = 0.75\n"
        )
    for part, directory, predicted in (
        ("train", options.trained_dir, 9),
        ("dev", options.dev_dir, 2),
    ):
        path = str(tmp_path / (part + ".json"))
        setattr(options, part + "_file", path)
        squad_file(path, ["answer %d" % i for i in range(10)])
        write_json(
            os.path.join(directory, "predictions.json"),
            {"q%d" % i: "answer %d" % i if i < predicted else "wrong" for i in range(10)},
        )
    return options


def losses(options, values, steps=None):
    with open(os.path.join(options.pretraining_dir, "metrics.jsonl"), "w") as stream:
        for step, value in zip(steps or range(1, 10 * len(values), 10), values):
            stream.write(json.dumps({"step": step, "masked_lm_loss": value, "loss": 99.0}) + "\n")


def test_the_report_of_a_run_that_learnt(run, capsys):
    assert quickstart_report.report(run) == []
    out = capsys.readouterr().out
    assert "2 min 05 s" in out
    assert "9.00 at the start -> 6.00 at the end" in out
    assert "loss 6.75, accuracy 12.5 %" in out
    assert "the 10 training questions" in out and "EM  90.0   F1  90.0" in out
    assert "the 10 held-out questions" in out and "EM  20.0   F1  20.0" in out
    assert "too small for generalization" in out
    assert out.count("  Q: ") == 5 and out.count("predicted:") == 5 and out.count("expected:") == 5
    for path in (run.pretraining_dir, run.dev_dir):
        assert path in out
    assert "bash scripts/test.sh" in out


def test_the_report_compares_the_speed_of_kernels(run, capsys, monkeypatch):
    from scripts.tools import kernel_speed

    asked = []
    measured = {
        "kernels": "kernels: fused ops (CPU), padding removed",
        "windows": 8,
        "seconds": {"plain": [2.0, 1.0, 2.0], "used": [0.5, 0.25, 0.25]},
    }
    monkeypatch.setattr(
        kernel_speed, "measure", lambda *arguments: asked.append(arguments) or measured
    )
    run.bert_config_file, run.vocab_file = "config", "vocab"
    run.max_seq_length, run.do_lower_case = 120, "false"
    quickstart_report.report(run)
    assert asked == [("config", "vocab", run.train_file, 120, False)]
    assert (
        "speed of fine-tuning 32.0 windows/s (fused ops (CPU), padding removed); 4.0 with TensorFlow's own "
        "kernels and padding: 8.0 times as fast; medians of 3 steps each, in turns, after this run"
        in " ".join(capsys.readouterr().out.split())
    )
    measured = {"kernels": "kernels: TensorFlow's own, padding computed (fused ops are not built)"}
    quickstart_report.report(run)
    assert (
        "not compared: kernels: TensorFlow's own, padding computed (fused ops are not built)"
        in capsys.readouterr().out
    )


def test_a_loss_that_does_not_fall_is_a_failure(run, capsys):
    losses(run, [5.0, 5.0, 5.0, 5.0, 5.0, 5.0])
    (problem,) = quickstart_report.report(run)
    assert "did not decrease" in problem and "5.000 at the start, 5.000 at the end" in problem
    losses(run, [5.0, 5.0, 5.0, 1.0, 9.0, 9.0])  # one lucky batch on the way is not enough
    assert len(quickstart_report.report(run)) == 1
    losses(run, [float("nan")] * 6)
    assert len(quickstart_report.report(run)) == 1
    capsys.readouterr()


def test_questions_not_learnt_are_a_failure_of_the_sample_only(run, capsys):
    write_json(
        os.path.join(run.trained_dir, "predictions.json"),
        {"q%d" % i: "answer %d" % i if i < 7 else "wrong" for i in range(10)},
    )
    (problem,) = quickstart_report.report(run)
    assert "F1 on the training questions is 70.0" in problem
    run.sample = False
    assert quickstart_report.report(run) == []
    assert "too small" not in capsys.readouterr().out.split("Summary")[-1]


def test_steps_are_read_in_order_and_repeated_ones_once(run):
    losses(run, [1.0, 2.0, 3.0, 4.0], steps=[20, 1, 10, 20])
    assert quickstart_report.read_losses(os.path.join(run.pretraining_dir, "metrics.jsonl")) == [
        2.0,
        3.0,
        4.0,
    ]


@pytest.mark.parametrize(
    "lost",
    [
        "pretraining_dir/metrics.jsonl",
        "pretraining_dir/eval_results.txt",
        "dev_dir/predictions.json",
    ],
)
def test_a_missing_file_is_one_line_and_exit_1(run, lost):
    directory, name = lost.split("/")
    os.remove(os.path.join(getattr(run, directory), name))
    words = [
        word
        for option, value in sorted(vars(run).items())
        if option != "sample"
        for word in ("--" + option, str(value))
    ]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.tools.quickstart_report"] + words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and name in line
