# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/arguments.py: help, and errors in one line."""

import argparse
import ast
import os
import re

import pytest

from program.arguments import PATHS, Parser, add_options, positive_int
from program.options import Option
from tests.house.project import PRODUCT, read

DOC = """Does something.

More about it.
"""


def test_help_has_the_first_paragraph_and_the_program(capsys):
    with pytest.raises(SystemExit) as caught:
        Parser("data.something", DOC).parse_args(["--help"])
    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert out.startswith("usage: python -m data.something [-h]")
    assert "Does something." in out and "More about it" not in out


def test_a_wrong_command_line_is_one_line(capsys):
    parser = Parser("data.something", DOC)
    parser.add_argument("--count", type=positive_int)
    assert parser.parse_args(["--count", "3"]).count == 3
    for arguments, message in (
        (["--cuont", "3"], "unrecognized arguments: --cuont 3"),
        (["--count", "0"], "argument --count: '0' is not an integer of at least 1"),
        (["--count", "many"], "argument --count: 'many' is not an integer of at least 1"),
    ):
        with pytest.raises(SystemExit) as caught:
            parser.parse_args(arguments)
        assert caught.value.code == 2
        assert capsys.readouterr() == ("", "error: %s; see --help\n" % message)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "one"])
def test_positive_int_refuses(text):
    with pytest.raises(argparse.ArgumentTypeError):
        positive_int(text)


def test_a_tilde_is_the_home_directory_in_paths(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    parser = Parser("data.something", DOC)
    parser.add_argument("files", nargs="+", metavar="FILE")
    for name, metavar in (("--input", "PATH"), ("--output_dir", "DIR"), ("--note", "TEXT")):
        parser.add_argument(name, metavar=metavar)
    options = parser.parse_args(
        ["~/a", "b~", "~/c*", "--input=~/in", "--output_dir", "~", "--note=~/x"]
    )
    assert options.files == ["/somewhere/a", "b~", "/somewhere/c*"]
    assert (options.input, options.output_dir) == ("/somewhere/in", "/somewhere")
    assert options.note == "~/x"


def paths_without_metavar(text):
    """Arguments that are called after a file or directory, and whose metavar does not say so."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if getattr(getattr(node, "func", None), "attr", "") == "add_argument" and node.args:
            name = getattr(node.args[0], "s", "")
            if any(keyword.arg == "action" for keyword in node.keywords):
                continue  # a switch, such as --json
            metavars = [
                getattr(keyword.value, "s", "")
                for keyword in node.keywords
                if keyword.arg == "metavar"
            ]
            if re.search(
                "((?<!per_)file|files|dir|directories|input|dump|data|predictions|odds|json|png)$",
                name,
            ):
                found.extend([name] if not set(metavars) & set(PATHS) else [])
    return found


@pytest.mark.parametrize("path", [path for path in PRODUCT if "Parser(" in read(path)])
def test_arguments_that_name_files_are_paths(path):
    if not path.startswith(("scripts/tools/", "benchmarks/", "fused_ops/")):  # what launchers call
        assert paths_without_metavar(read(path)) == []


def test_the_rule_can_fail():
    assert paths_without_metavar("p.add_argument('--output_dir', help='x')") == ["--output_dir"]
    assert paths_without_metavar("p.add_argument('files', metavar='NAME')") == ["files"]
    assert paths_without_metavar("p.add_argument('--dump', metavar='FILE')") == []
    assert paths_without_metavar("p.add_argument('--json', action='store_true')") == []


def test_a_pipe_is_no_file(tmp_path, capsys):
    pipe = str(tmp_path / "dump.xml")
    os.mkfifo(pipe)
    parser = Parser("data.some", "Some.")
    parser.add_argument("--dump", metavar="FILE")
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["--dump", pipe])
    assert caught.value.code == 2
    assert "--dump: %s is a pipe" % pipe in capsys.readouterr().err


ROWS = (
    Option("depth", None, "Depth.", kind=int, minimum=1),
    Option("ratio", None, "Ratio.", kind=float, above=0.0),
    Option("fast", None, "Be fast.", kind=bool),
    Option("name", None, "Name."),
)


def test_rows_of_an_option_table_are_arguments(capsys):
    parser = Parser("data.something", DOC)
    add_options(parser, ROWS, "none")
    assert vars(parser.parse_args([])) == dict.fromkeys(["depth", "ratio", "fast", "name"])
    given = ["--depth", "3", "--ratio=1e-2", "--fast", "false", "--name", "x"]
    assert vars(parser.parse_args(given)) == {
        "depth": 3,
        "ratio": 0.01,
        "fast": False,
        "name": "x",
    }
    assert "--depth N" in parser.format_help() and "Be fast (default: none)" in parser.format_help()
    for arguments, message in (
        (["--depth", "0"], "argument --depth: 0: must be an integer of at least 1"),
        (["--depth", "1.5"], "argument --depth: 1.5: must be an integer of at least 1"),
        (["--ratio", "nan"], "argument --ratio: nan: must be a number greater than 0"),
        (["--fast", "maybe"], "argument --fast: 'maybe' is neither true nor false"),
    ):
        with pytest.raises(SystemExit) as caught:
            parser.parse_args(arguments)
        assert caught.value.code == 2
        assert capsys.readouterr() == ("", "error: %s; see --help\n" % message)
