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
