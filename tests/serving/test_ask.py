# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/ask.py and scripts/ask.sh: the real program on a tiny checkpoint, beside run_squad.py; options and refusals."""

import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

from squad.questions import load_json
from tests.conftest import ROOT
from tests.serving.tiny import FLAGS, asked, write_model
from tests.squad_runs import document, started_command, write


@pytest.fixture(name="model", scope="module")
def fixture_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a model")
    write_model(folder)
    return folder


@pytest.fixture(name="command", scope="module")
def fixture_command(tmp_path_factory):
    """Runs `python -m serving.ask ARGUMENTS...`, or another program, in a child of a process that has TensorFlow."""
    with started_command(tmp_path_factory.mktemp("streams"), "serving.ask") as run:
        yield run


def launch(arguments, given=b"", **environment):
    """(exit code, stdout, stderr) of the launcher."""
    done = subprocess.run(
        ["bash", os.path.join(ROOT, "scripts", "ask.sh")] + arguments,
        input=given,
        cwd=os.path.expanduser("~"),
        env=dict(os.environ, PYTHON=sys.executable, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr.decode("utf-8")


@pytest.mark.parametrize("version_2", [False, True])
def test_answers_are_run_squads(command, model, tmp_path, version_2):
    """Every text of predictions.json, and the scores of the n-best list and of null_odds.json."""
    questions = document(40, seed=5)
    path = write(tmp_path / "questions.json", questions)
    flags = FLAGS + ["--version_2_with_negative=%s" % str(version_2).lower()]
    # About half of the questions then have no answer; that depends on the weights.
    flags.append("--null_score_diff_threshold=-1.54")
    outcome = command(
        "--bert_config_file=%s" % (model / "bert_config.json"),
        "--vocab_file=%s" % (model / "vocab.txt"),
        "--output_dir=%s" % (tmp_path / "out"),
        "--init_checkpoint=%s" % (model / "model.ckpt"),
        "--do_predict",
        "--predict_file=" + path,
        *flags,
        program="run_squad.py",
    )
    assert outcome.code == 0, outcome.err
    rows = [
        {"id": qa["id"], "question": qa["question"], "context": paragraph["context"]}
        for article in questions["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
    given = write(tmp_path / "given", "".join(json.dumps(row) + "\n" for row in rows))
    code, out, err = command("--model", str(model), *flags, given=given)
    assert code == 0, err
    answers = [json.loads(line) for line in out.splitlines()]
    predictions = load_json(str(tmp_path / "out" / "predictions.json"))
    nbest = load_json(str(tmp_path / "out" / "nbest_predictions.json"))
    assert [answer["id"] for answer in answers] == list(predictions)
    assert len(set(predictions.values())) > 15
    for row, answer in zip(rows, answers):
        assert answer["text"] == predictions[answer["id"]]
        best = [entry for entry in nbest[answer["id"]] if entry["text"]][0]
        assert answer["score"] == pytest.approx(best["start_logit"] + best["end_logit"], abs=1e-4)
        if answer["text"]:
            assert row["context"][answer["start"] : answer["end"]] == answer["text"]
    if version_2:
        odds = load_json(str(tmp_path / "out" / "null_odds.json"))
        for answer in answers:
            assert answer["null_score"] - answer["score"] == pytest.approx(
                odds[answer["id"]], abs=1e-4
            )
        assert {answer["start"] is None for answer in answers} == {True, False}
    assert "40 questions answered" in err and "error" not in err


def test_an_export_gives_the_same_answers(command, model, tmp_path):
    rows = asked(20, seed=6)
    given = write(tmp_path / "given", "".join(json.dumps(row) + "\n" for row in rows))
    flags = FLAGS + ["--version_2_with_negative=true"]
    exported = command(
        "--bert_config_file=%s" % (model / "bert_config.json"),
        "--vocab_file=%s" % (model / "vocab.txt"),
        "--output_dir=%s" % (tmp_path / "trained"),
        "--export_dir=%s" % (tmp_path / "export"),
        "--init_checkpoint=%s" % (model / "model.ckpt"),
        "--do_export",
        *flags,
        program="run_squad.py",
    )
    assert exported.code == 0, exported.err
    answers = []
    for arguments in (["--model", str(model)] + flags, ["--model", str(tmp_path / "export")]):
        code, out, err = command(*arguments, given=given)
        assert code == 0, err
        answers.append([json.loads(line) for line in out.splitlines()])
    assert "model: %s (fp32)" % (tmp_path / "export" / "1") in err
    for ours, theirs in zip(*answers):
        assert theirs == {
            name: pytest.approx(value, abs=1e-4) if isinstance(value, float) else value
            for name, value in ours.items()
        }
    refused = command("--model", str(tmp_path / "export"), "--precision", "fp16", given=given)
    assert refused.code == 2 and "--precision is for checkpoints" in refused.err


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_wait_for_lines(model, number, code):
    process = subprocess.Popen(
        ["bash", os.path.join(ROOT, "scripts", "ask.sh"), str(model)],
        env=dict(os.environ, PYTHON=sys.executable),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    process.stdin.write(b'{"id": 1, "question": "which ?", "context": "one red cat"}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline().decode("utf-8"))["id"] == 1
    process.send_signal(number)
    out = process.stdout.read()  # to its end, while standard input stays open
    assert process.wait(60) == code and out == b""
    err = process.stderr.read().decode("utf-8")
    assert err.splitlines()[-1] == "error: interrupted" and "Traceback" not in err
    process.stdin.close()


def test_one_question(command, model, tmp_path):
    context = tmp_path / "a text.txt"
    context.write_bytes("\ufeffOne \u00e9 red cat.\r\nTwo dogs.".encode("utf-8"))
    question = [str(model), "--question", "which colour?", "--context_file", str(context)]
    code, text, err = launch(question, LC_ALL="C")
    assert code == 0 and text.endswith(b"\n"), err
    question[0] = "--model=" + question[0]
    found = json.loads(command("--json", *question).out)
    assert found["text"] == text.decode("utf-8")[:-1]
    assert context.read_bytes().decode("utf-8-sig")[found["start"] : found["end"]] == found["text"]
    piped = command(*question[:3], given=str(context)).out
    assert piped.split() == text.decode("utf-8").split()


def test_a_bad_line_ends_with_2_when_all_are_answered(command, model, tmp_path):
    good = '{"id": 1, "question": "which ?", "context": "one red cat"}\n'
    given = write(tmp_path / "given", good + "{\n" + good)
    code, out, err = command("--model", str(model), given=given)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 2 and rows[0] == rows[2] and rows[1]["line"] == 2
    assert err.splitlines()[-1] == 'error: 1 of 3 lines have no answer: see "error" in the output'
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_traceback(model):
    good = b'{"id": 1, "question": "which ?", "context": "one red cat"}\n'
    process = subprocess.Popen(
        [sys.executable, "-m", "serving.ask", "--model", str(model)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(good)
    process.stdin.flush()
    assert json.loads(process.stdout.readline().decode("utf-8"))["id"] == 1
    process.stdout.close()
    _, err = process.communicate(good * 200, timeout=120)
    assert process.returncode == 141 and b"Traceback" not in err and b"error" not in err


def test_refusals_are_one_line(command, model, tmp_path):
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"caf\xe9")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b" \n")
    question = ["--model", str(model), "--question", "Who?"]
    for arguments, message in (
        ([], "--model"),
        (["--model", str(tmp_path / "none")], "no such checkpoint"),
        (["--model", str(tmp_path)], "no checkpoint"),
        (question + ["--context_file", str(tmp_path / "none")], "cannot be read"),
        (question + ["--context_file", str(latin)], "latin.txt: not UTF-8 text (near byte 3)"),
        (question + ["--context_file", str(empty)], "empty.txt: has no text"),
        (question, "standard input: has no text"),
        (["--model", str(model), "--question", " "], "--question is empty"),
        (["--model", str(model), "--json"], "--json is for --question"),
        (["--model", str(model), "--host", "0.0.0.0"], "--host is for --port"),
        (["--model", str(model), "--port", "70000"], "'70000' is not a port number"),
        (question + ["--port", "0"], "--question and --port exclude each other"),
        (["--model", str(model), "--doc_stride", "0"], "must be an integer of at least 1"),
        (["--model", str(model), "--doc_stride", "x"], "must be an integer of at least 1"),
        (["--model", str(model), "--max_seq_length", "400"], "exceeds the model's 40 positions"),
        (["--model", str(model), "--null_score_diff_threshold", "nan"], "must be a number"),
        (["--model", str(model), "--vocab_file", str(latin)], "latin.txt"),
    ):
        code, out, err = command(*arguments)
        errors = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code == 2 and out == "" and len(errors) == 1, (arguments, err)
        assert message in errors[0] and "Traceback" not in err


class Serving:
    """The launcher with --port 0."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            ["bash", os.path.join(ROOT, "scripts", "ask.sh")] + list(arguments) + ["--port", "0"],
            env=dict(os.environ, PYTHON=sys.executable),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log = []
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8"))
            found = re.search("listening on http://127.0.0.1:([0-9]+)/", self.log[-1])
            if found:
                self.port = int(found.group(1))
                return
        raise AssertionError("".join(self.log))

    def request(self, method, path, value=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read().decode("utf-8")
        connection.close()
        return response.status, content

    def end(self, number):
        """(exit code, the rest of stdout, the rest of stderr) after a signal."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err.decode("utf-8")


def test_the_service_ends_when_all_is_answered(command, model, tmp_path):
    """The real program: 200 clients at once get the answers of JSON lines; SIGTERM while forty requests are waiting."""
    pytest.importorskip("waitress", reason="waitress is not installed (requirements/serve.txt)")
    rows = asked(200, seed=5)
    given = write(tmp_path / "given", "".join(json.dumps(row) + "\n" for row in rows))
    texts = [
        json.loads(line)["text"]
        for line in command("--model", str(model), *FLAGS, given=given).out.splitlines()
    ]
    service = Serving(str(model), *FLAGS)
    status, health = service.request("GET", "/health")
    assert status == 200 and json.loads(health)["model"]["max_seq_length"] == 32
    assert service.request("GET", "/")[1].startswith("<!DOCTYPE html>")
    found = {}

    def start(number, value):
        def ask():
            found[number] = service.request("POST", "/ask", value)

        thread = threading.Thread(target=ask)
        thread.start()
        return thread

    for thread in [start(number, row) for number, row in enumerate(rows)]:
        thread.join(120)
    assert [found[number][0] for number in range(200)] == [200] * 200
    assert [json.loads(found[number][1])["text"] for number in range(200)] == texts
    found.clear()
    # Long enough to be computed still when the signal comes.
    threads = [
        start(number, [row, dict(row, context=row["context"] * 60)])
        for number, row in enumerate(rows[:40])
    ]
    while json.loads(service.request("GET", "/health")[1])["waiting"] < 40:
        assert len(found) < 40
    code, out, err = service.end(signal.SIGTERM)
    for thread in threads:
        thread.join(120)
    assert [found[number][0] for number in range(40)] == [200] * 40
    assert [json.loads(found[number][1])[0]["text"] for number in range(40)] == texts[:40]
    assert (code, out) == (143, b"") and "Traceback" not in err
    assert err.splitlines()[-2:] == [
        "stopped; all accepted requests were answered",
        "error: interrupted",
    ]
    assert err.count("POST /ask 200 2 questions") == 40


def test_a_port_in_use_is_refused_before_the_model_is_loaded(command, model):
    pytest.importorskip("waitress", reason="waitress is not installed (requirements/serve.txt)")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        code, out, err = command("--model", str(model), "--port", str(port))
    assert (code, out) == (2, "") and "model: " not in err
    assert "error: --host=127.0.0.1 --port=%d: cannot listen there (" % port in err


def test_the_launcher(model, tmp_path):
    shown = launch(["--dry_run", "m", "--question", "Who?", "--squad_version", "2.0"])
    assert shown[0] == 0
    command = shown[1].decode("utf-8")
    assert "-m serving.ask --model %s/m" % os.path.expanduser("~") in command
    assert "--version_2_with_negative=true" in command and "--question=Who\\?" in command
    for arguments, message in (
        ([], "--model is required"),
        (["m", "--question", ""], "question is empty"),
        (["m", "--question="], "question is empty"),
        (["m", "n"], "unexpected argument"),
        (["m", "--doc_stride", "0"], "doc_stride is '0'"),
        (["m", "--use_fused_ops", "--nouse_fused_ops"], "exclude each other"),
        (["m", "--", "--json"], "unexpected arguments"),
    ):
        code, out, err = launch(arguments)
        assert code == 2 and out == b"" and len(err.splitlines()) == 1, arguments
        assert message in err
    help_text = launch(["--help"])[1].decode("utf-8")
    assert "SQuAD 2.0" in help_text and io.StringIO(help_text).readline().startswith("usage: ")
