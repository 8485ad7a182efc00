# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Runs every command in README.md; as a dry run if it needs a GPU, data, the internet or minutes."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.scripts.launcher_site import ROOT

# Commands without a dry run, and the replacement for each.
INSTEAD = {
    "bash scripts/test.sh": "bash scripts/test.sh --help",
    "python -m squad.evaluate": "python -m squad.evaluate --help",
}
_STARTS = r"(bash scripts/|python |\.venv/bin/python |make |\.venv/bin/pip install )"


def commands(text):
    """The commands of a Markdown text: each line of its bash blocks, and complete commands in code spans."""
    found = []
    for block in re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                found.append(words)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`(%s[^`]+)`" % _STARTS, outside):
        words = shlex.split(span[0])
        if not any(
            re.match(r"[A-Z_]{2,}$", word) for word in words
        ):  # a pattern such as `bash scripts/x.sh DIR`, not a command
            found.append(words)
    return found


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


COMMANDS = commands(read("README.md"))


@pytest.fixture(name="quickstart", scope="module")
def fixture_quickstart(tmp_path_factory):
    """The output of a quickstart, as far as the README's commands read it."""
    base = tmp_path_factory.mktemp("readme")
    for name in ("pretraining", "squad"):
        (base / name).mkdir()
        (base / name / "metrics.jsonl").write_text(
            '{"step": 1, "loss": 2.5}\n{"step": 10, "loss": 2.0}\n'
        )
        (base / name / "run.json").write_text(
            json.dumps(
                {
                    "program": name,
                    "options": {
                        "predict_file": os.path.join(
                            ROOT, "data", "sample", "squad", "dev-v1.1.json"
                        )
                    },
                }
            )
        )
    sample = json.loads(read("data/sample/squad/dev-v1.1.json"))
    (base / "squad" / "predictions.json").write_text(
        json.dumps(
            {
                qa["id"]: "a guess"
                for article in sample["data"]
                for paragraph in article["paragraphs"]
                for qa in paragraph["qas"]
            }
        )
    )
    return str(base)


def safe(words, quickstart, output):
    """The command in a form that a test can run; raises KeyError for an unknown kind."""
    text = " ".join(words)
    if text in INSTEAD:
        return INSTEAD[text].replace("python ", sys.executable + " ").split()
    if words[0] == "bash" and words[1].startswith("scripts/"):
        at = (
            2 if "docker/" in words[1] or "presets/" not in words[1] else 3
        )  # after the preset's first word; before any command
        return words if words[-1] == "--help" else words[:at] + ["--dry_run"] + words[at:]
    if words[0] in ("python", ".venv/bin/python"):
        words = [sys.executable] + [
            word.replace("results/quickstart", quickstart) for word in words[1:]
        ]
        return [re.sub(r"^--output_file=.*", "--output_file=" + output, word) for word in words]
    if words[0] == "make":
        return ["make", "-n", "PYTHON=" + sys.executable] + words[1:]
    if words[:3] == [".venv/bin/pip", "install", "-r"]:
        return ["test", "-s", words[3]]
    raise KeyError("README.md has a command that this test does not know how to run: " + text)


@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(words)[:60] for words in COMMANDS])
def test_command(words, quickstart, tmp_path):
    done = subprocess.run(
        safe(words, quickstart, str(tmp_path / "out.tfrecord")),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, PYTHON=sys.executable, TF_CPP_MIN_LOG_LEVEL="3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=300,
    )
    vocabulary = os.path.join(ROOT, ".cache", "minilm", "vocab.txt")
    if "--vocab_file=.cache/minilm/vocab.txt" in words and not os.path.exists(vocabulary):
        pytest.skip("the quickstart has not fetched the vocabulary here")
    assert done.returncode == 0, done.stderr


def test_every_kind_of_command_is_found():
    heads = {" ".join(words[:2]) for words in COMMANDS}
    assert heads >= {
        "bash scripts/quickstart.sh",
        "bash scripts/run_pretraining.sh",
        "bash scripts/docker/launch.sh",
        "python -m",
        ".venv/bin/python -m",
        ".venv/bin/pip install",
        ".venv/bin/python create_pretraining_data.py",
    }
    assert len(COMMANDS) > 20


def test_a_wrong_command_is_noticed(quickstart):
    assert commands(
        "```bash\nbash a.sh \\\n  --b 'c d'   # why\n```\n`.venv/bin/pip install -r x` `make all` `bash scripts/x.sh DIR`"
    ) == [["bash", "a.sh", "--b", "c d"], [".venv/bin/pip", "install", "-r", "x"], ["make", "all"]]
    with pytest.raises(KeyError):
        safe(["rm", "-r", "x"], quickstart, "")
    words = safe(["bash", "scripts/run_squad.sh", "--no_such_option"], quickstart, "")
    assert subprocess.call(words, cwd=ROOT, stderr=subprocess.DEVNULL) == 2
    assert safe(["bash", "scripts/presets/cpu.sh", "squad", "8"], quickstart, "")[2:] == [
        "squad",
        "--dry_run",
        "8",
    ]
