# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/console.py: every text can be printed, and every name reaches TensorFlow, whatever the locale."""

import os
import pty
import subprocess
import sys
import types

import pytest

from program import console
from tests import squad_runs
from tests.conftest import ROOT

CODE = """
import sys
from program import console
console.accept_all_text()
for stream in (sys.stdout, sys.stderr):
    stream.write("caf\\u00e9 \\u6f22 " + sys.argv[1] + " \\ud800\\n")
"""


@pytest.mark.parametrize(
    "environment, text",
    [
        ({"PYTHONUTF8": "0", "LC_ALL": "C"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "ascii:strict"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "utf-8"}, "caf\u00e9 \u6f22".encode("utf-8")),
        ({"PYTHONIOENCODING": "latin-1"}, b"caf\xe9 \\u6f22"),
    ],
)
def test_all_text_is_printed(environment, text):
    name = b"n\xc3\xa9e\xff"  # a file name that is not UTF-8
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    done = subprocess.run(
        [sys.executable.encode(), b"-c", CODE.encode("ascii"), name],
        cwd=ROOT,
        env=dict(settings, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0
    for printed in (done.stdout, done.stderr):
        assert printed.startswith(text) and printed.endswith(b"\\ud800\n")
        if environment.get("PYTHONIOENCODING") != "latin-1":
            assert name in printed


def test_names_reach_tensorflow(tmp_path):
    folder = tmp_path / "donn\u00e9es \u6c34"
    folder.mkdir()
    files = squad_runs.write_files(folder)
    results = str(folder / "r\u00e9sultats")
    command = [sys.executable, "run_squad.py", "--do_train", "--num_train_epochs=0.25"]
    command += ["--bert_config_file=" + files["small_config"], "--vocab_file=" + files["vocab"]]
    command += ["--train_file=" + files["v1"], "--output_dir=" + results] + squad_runs.LENGTHS
    settings = dict(os.environ, LC_ALL="C", PYTHONUTF8="0")
    settings.pop("PYTHONIOENCODING", None)
    done = subprocess.run(
        [argument.encode("utf-8") for argument in command],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode("utf-8")[-2000:]
    assert os.path.exists(os.path.join(results, "model.ckpt-2.index"))


def test_lines_are_seen_at_once(tmp_path, capsys):
    console.write_line("a line")
    assert capsys.readouterr().out == "a line\n"
    with open(str(tmp_path / "file"), "w") as stream:
        console.write_line("another", stream)
        assert (tmp_path / "file").read_text() == "another\n"


def test_output_to_a_closed_terminal_is_dropped():
    code = """
import os, sys
from program import console
os.read(0, 1)  # the end of the terminal
for number in range(3):
    console.write_line("a line")
console.write_line("a line", sys.stderr)
os._exit(7)
"""
    own, others = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=others, stderr=others
    )
    os.close(others)
    os.close(own)
    process.communicate(b"x")
    assert process.returncode == 7


def test_other_failures_of_output_are_told():
    with open("/dev/full", "w") as full, pytest.raises(OSError, match="No space left"):
        console.write_line("x" * 100000, full)
    with open("/dev/null", "w") as null:
        assert not console.leave_lost_terminal()
        console.write_line("a line", null)


def test_only_programs_of_the_project_are_started_again():
    def main(path, module=None):
        spec = module and types.SimpleNamespace(name=module)
        return types.SimpleNamespace(__file__=path, __spec__=spec)

    start_of = console._start_of
    own = os.path.join(ROOT, "run_squad.py")
    assert start_of(main(own)) == [own]
    assert start_of(main(own, "training.report.__main__")) == ["-m", "training.report.__main__"]
    assert start_of(main(os.path.join(ROOT, ".venv", "bin", "pytest"))) is None
    assert start_of(main("x/pytest/__main__.py", "pytest.__main__")) is None
    assert start_of(types.SimpleNamespace()) is None
