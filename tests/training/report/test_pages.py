# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/report/pages.py: the files it writes, what the page says, and its refusals."""

import json
import os

import pytest

from training.report import pages

pytest.importorskip("matplotlib")


def make_run(base, name, rate, predict_file=None, predictions=None):
    directory = base / name
    directory.mkdir()
    rows = [
        {"step": step, "loss": 9.0 / step, "learning_rate": rate, "sequences_per_second": 4.0}
        for step in (1, 10, 20)
    ]
    (directory / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"learning_rate": rate, "predict_file": predict_file}
    (directory / "run.json").write_text(
        json.dumps({"program": "run_squad", "status": "done", "options": options})
    )
    if predictions:
        (directory / "predictions.json").write_text(json.dumps(predictions))
    return str(directory)


@pytest.fixture(name="questions")
def fixture_questions(tmp_path):
    path = tmp_path / "dev.json"
    qas = [{"id": "q", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}]
    path.write_text(
        json.dumps(
            {
                "version": "1.1",
                "data": [{"title": "A", "paragraphs": [{"context": "Ada lived.", "qas": qas}]}],
            }
        )
    )
    return str(path)


def test_a_report_of_two_runs(tmp_path, questions, capsys):
    first = make_run(tmp_path, "first", 1e-4, questions, {"q": "Ada"})
    second = make_run(tmp_path, "second <2>", 3e-4)
    out = str(tmp_path / "new" / "place")
    assert pages.main([first, second, "--output_dir", out]) == 0
    written = capsys.readouterr().out.splitlines()
    assert written == [
        os.path.join(first, "answers.html"),
        os.path.join(out, "report.png"),
        os.path.join(out, "report.html"),
    ]
    assert sorted(os.listdir(out)) == ["report.html", "report.png"]
    with open(written[2], encoding="utf-8") as stream:
        page = stream.read()
    assert "<tr><th>--learning_rate</th><td>0.0001</td><td>0.0003</td></tr>" in page
    assert "second &lt;2&gt;" in page and "<2>" not in page
    assert '<a href="../../first/answers.html">' in page and 'src="data:image/png;base64,' in page
    with open(written[0], encoding="utf-8") as stream:
        assert "1 questions" in stream.read()


def test_the_file_of_questions_can_be_named(tmp_path, questions, capsys):
    run = make_run(tmp_path, "run", 1e-4, "/gone/dev.json", {"q": "Ada"})
    assert pages.main([run]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "/gone/dev.json" in line
    assert pages.main([run, "--predict_file", questions]) == 0
    assert {"answers.html", "report.html", "report.png"} <= set(os.listdir(run))


@pytest.mark.parametrize(
    "damage, said",
    [
        (
            lambda run: os.remove(os.path.join(run, "run.json")),
            "the question file is unknown, as run.json has no predict_file: pass --predict_file",
        ),
        (
            lambda run: open(os.path.join(run, "metrics.jsonl"), "w").write("x\n"),
            "not a JSON object",
        ),
        (
            lambda run: open(os.path.join(run, "predictions.json"), "w").write("x\n"),
            "not valid JSON",
        ),
        (
            lambda run: open(os.path.join(run, "run.json"), "w").write('{"program": "run_sq'),
            "run.json: damaged",
        ),
        (
            lambda run: open(os.path.join(run, "nbest_predictions.json"), "w").write(
                '{"q": [{"text": "Ada"}]}'
            ),
            "nbest_predictions.json: q[0] has no probability",
        ),
        (
            lambda run: open(os.path.join(run, "nbest_predictions.json"), "w").write(
                '{"r": [{"text": "Ada", "probability": 1.0}]}'
            ),
            "nbest_predictions.json: is damaged or not of the run that wrote predictions.json: 2 questions",
        ),
    ],
)
def test_refusals_are_one_line_and_exit_2(tmp_path, questions, damage, said, capsys):
    run = make_run(tmp_path, "run", 1e-4, questions, {"q": "Ada"})
    damage(run)
    assert pages.main([run]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and said in line and run in line
    assert not [name for name in os.listdir(run) if "report" in name or "tmp" in name]


def test_text_that_utf_8_does_not_have(tmp_path, questions):
    run = make_run(tmp_path, "run", 1e-4, questions, {"q": "Ada \ud800"})
    path = os.path.join(run, "run.json")
    with open(path) as stream:
        record = json.load(stream)
    with open(path, "w") as stream:
        json.dump(dict(record, program="x \udfff"), stream)
    assert pages.main([run]) == 0
    for name, text in (("report.html", "x \ufffd"), ("answers.html", "Ada \ufffd")):
        with open(os.path.join(run, name), encoding="utf-8") as stream:
            assert text in stream.read()


def test_a_negative_number_of_questions(capsys):
    with pytest.raises(SystemExit) as exit_:
        pages.main(["x", "--questions", "-1"])
    assert exit_.value.code == 2 and "--questions -1" in capsys.readouterr().err
