# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Every program that prepares data, and those that read results, with names and text that plain ASCII lacks.

Once where the locale is C and Python's UTF-8 mode is off, once with UTF-8: the same files, and nothing fails.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0"}
UTF8 = {"PYTHONUTF8": "1"}
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "caf\u00e9", "\u6c34", "\u3002", "eins"]
TEXT = "caf\u00e9 \u6c34\u3002\neins \u6c34 caf\u00e9\n\n\u6c34\u6c34\neins\n"


def run(environment, *arguments):
    """(exit code, standard output, standard error) of a program, in a clean locale but for `environment`."""
    settings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LC_", "PYTHONUTF8", "PYTHONIOENCODING", "LANG"))
    }
    done = subprocess.run(
        [sys.executable.encode()] + [os.fsencode(argument) for argument in arguments],
        cwd=ROOT,
        env=dict(settings, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def content(folder):
    """name -> bytes of the files below a folder."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as stream:
                found[os.path.relpath(os.path.join(place, name), folder)] = stream.read()
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("donn\u00e9es \u6c34")
    (folder / "text").mkdir()
    for name in ("\u00e9t\u00e9.txt", "\u6c34.txt"):
        (folder / "text" / name).write_text(TEXT, encoding="utf-8")
    (folder / "vocab \u00e9.txt").write_text("\n".join(TOKENS), encoding="utf-8")
    return str(folder)


def both(place, name, *arguments):
    """Runs a program under both locales; the files that it writes, which are the same, and what it printed under C."""
    printed, written = [], []
    for kind, environment in (("ascii", ASCII), ("utf8", UTF8)):
        folder = os.path.join(place, "%s \u00e9 %s" % (name, kind))
        code, out, err = run(
            environment, *[argument.format(place=place, out=folder) for argument in arguments]
        )
        assert code == 0 and "Traceback" not in err, err
        printed.append(out + err)
        written.append(content(folder))
    assert written[0] == written[1] and written[0]
    return written[0], printed[0]


RECORDS = (
    "create_pretraining_data.py",
    "--input_file={place}/text",
    "--output_dir={out}",
    "--vocab_file={place}/vocab \u00e9.txt",
    "--max_seq_length=16",
    "--max_predictions_per_seq=4",
    "--do_lower_case=false",
)


def test_create_pretraining_data(place):
    written, printed = both(place, "records", *RECORDS)
    assert "\u6c34.tfrecord" in written and "caf\u00e9" in printed
    manifest = json.loads(written["\u6c34.tfrecord.json"].decode("utf-8"))
    assert manifest["made_from"]["key"] == "\u6c34"
    # What one locale made is finished under the other.
    out = os.path.join(place, "records \u00e9 ascii")
    _, again, _ = run(UTF8, *[argument.format(place=place, out=out) for argument in RECORDS])
    assert again.count("already made from this input") == 2


def test_shards_and_books(place):
    shards, _ = both(
        place, "shards", "-m", "data.shards", "--input", "{place}/text", "--output_dir", "{out}"
    )
    assert len(shards) == 2
    pytest.importorskip("syntok")
    books, printed = both(
        place,
        "books",
        "-m",
        "data.bookcorpus.prepare",
        "--input",
        "{place}/text",
        "--output_dir",
        "{out}",
    )
    assert "caf\u00e9" in books["books_00000.txt"].decode("utf-8") and place in printed


def test_inspect_records(place):
    out = os.path.join(place, "inspected")
    code, _, err = run(UTF8, *[argument.format(place=place, out=out) for argument in RECORDS])
    assert code == 0, err
    for environment in (ASCII, UTF8):
        code, printed, err = run(
            environment,
            "-m",
            "data.inspect_records",
            os.path.join(out, "\u6c34.tfrecord"),
            "--vocab_file",
            os.path.join(place, "vocab \u00e9.txt"),
            "--json",
            os.path.join(place, "\u00e9.json"),
        )
        assert code == 0 and "caf\u00e9" in printed and err == ""
        os.remove(os.path.join(place, "\u00e9.json"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("create_pretraining_data.py", "--input_file={0}", "--output_file=x", "--vocab_file={1}"),
        ("create_pretraining_data.py", "--input_file={1}", "--output_file=x", "--vocab_file={0}"),
        ("-m", "data.shards", "--input", "{0}", "--output_dir", "x"),
        ("-m", "data.bookcorpus.prepare", "--input", "{0}", "--output_dir", "x"),
        ("-m", "data.inspect_records", "{0}"),
        ("-m", "squad.evaluate", "{0}", "{0}"),
        ("-m", "training.report", "{0}"),
    ],
)
def test_missing_files_are_named(place, arguments):
    missing = os.path.join(place, "fehlt \u00e9")
    given = [a.format(missing, os.path.join(place, "vocab \u00e9.txt")) for a in arguments]
    code, _, err = run(ASCII, *given)
    assert code == 2 and missing in err and err.startswith("error: ") and err.count("\n") == 1


def test_results_of_a_run(place):
    questions = os.path.join(place, "fragen \u00e9.json")
    qas = [{"id": "q", "question": "Wer?", "answers": [{"text": "\u00c9mile", "answer_start": 0}]}]
    paragraphs = [{"context": "\u00c9mile \u6c34.", "qas": qas}]
    with open(questions, "wb") as stream:
        data = {"version": "1.1", "data": [{"title": "\u00e9", "paragraphs": paragraphs}]}
        stream.write(json.dumps(data, ensure_ascii=False).encode("utf-8"))
    results = os.path.join(place, "l\u00e4ufe")
    os.makedirs(results)
    for name, value in (
        ("predictions.json", {"q": "\u00c9mile"}),
        ("run.json", {"program": "run_squad", "options": {"predict_file": questions}}),
    ):
        with open(os.path.join(results, name), "wb") as stream:
            stream.write(json.dumps(value, ensure_ascii=False).encode("utf-8"))
    predictions = os.path.join(results, "predictions.json")
    pages = []
    for environment in (ASCII, UTF8):
        code, printed, err = run(environment, "-m", "squad.evaluate", questions, predictions)
        assert (code, json.loads(printed)["exact_match"], err) == (0, 100.0, "")
        code, printed, err = run(environment, "-m", "training.report", results)
        assert code == 0 and os.path.join(results, "report.html") in printed, err
        found = content(results)
        pages.append([found["report.html"], found["answers.html"]])
    assert pages[0] == pages[1]
    assert "l\u00e4ufe".encode("utf-8") in pages[0][0]
    assert "fragen \u00e9.json".encode("utf-8") in pages[0][1]
