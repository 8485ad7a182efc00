# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Command lines of `python -m` programs (argparse)."""

import argparse
import shutil

from program import errors, files

PATHS = ("FILE", "DIR", "PATH", "RESULTS_DIR", "DATA", "PREDICTIONS")  # metavars


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line on stderr and exit code 2, like all errors of this project.

    In an argument whose metavar is one of PATHS, `~` at the beginning is the home directory.

    Args:
        module: str, the program as `python -m` takes it.
        doc: str, its docstring; the first paragraph is the description.
    """

    def __init__(self, module, doc):
        width = min(100, shutil.get_terminal_size().columns)
        super().__init__(
            prog="python -m " + module,
            description=doc.split("\n\n")[0],
            formatter_class=lambda prog: argparse.HelpFormatter(prog, width=width),
        )

    def add_argument(self, *names, **settings):
        """As argparse has it; paths get their type here."""
        if settings.get("metavar") in PATHS:
            settings.setdefault("type", _path)
        return super().add_argument(*names, **settings)

    def error(self, message):
        errors.fail("%s; see --help" % message)


def _path(text):
    """argparse type of paths."""
    path = files.expand_home(text)
    problem = files.path_problem(path)
    if problem:
        raise argparse.ArgumentTypeError(problem)
    return path


def positive_int(text):
    """argparse type: an integer of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("%r is not an integer of at least 1" % text)
    return number


def boolean(text):
    """argparse type: true or false."""
    values = {"true": True, "false": False}
    if text.lower() not in values:
        raise argparse.ArgumentTypeError("%r is neither true nor false" % text)
    return values[text.lower()]


def add_options(parser, rows, default):
    """Adds an argument for each row of an option table; its value is None if it is not given.

    Args:
        parser: Parser.
        rows: sequence of options.Option.
        default: str, for the help: what applies if the argument is not given.
    """
    metavars = {bool: "BOOL", int: "N", float: "NUMBER", str: "TEXT"}
    for option in rows:
        parser.add_argument(
            "--" + option.name,
            type=_OptionType(option),
            metavar=metavars[option.kind],
            help="%s (default: %s)" % (option.help.rstrip("."), default),
        )


class _OptionType:
    """argparse type: a value of an options.Option, checked."""

    def __init__(self, option):
        self._option = option

    def __call__(self, text):
        value = boolean(text) if self._option.kind is bool else text
        try:
            value = self._option.kind(value)
        except ValueError:
            pass  # the check says what is wrong
        problem = self._option.problem(value)
        if problem:
            raise argparse.ArgumentTypeError("%s: %s" % (text, problem))
        return value
