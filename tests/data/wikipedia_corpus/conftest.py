# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Leaves out what needs requirements/data.txt where that is not installed; says so."""

from importlib.util import find_spec

HAS_PARSER = all(map(find_spec, ("mwparserfromhell", "syntok")))
collect_ignore = [] if HAS_PARSER else ["test_other_languages.py", "test_templates.py"]


def pytest_terminal_summary(terminalreporter):
    for name in collect_ignore:
        terminalreporter.write_line(
            "NOT RUN tests/data/wikipedia_corpus/%s: needs requirements/data.txt" % name,
            yellow=True,
        )
