# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Leaves out the tests of data stages whose packages (requirements/data.txt) are not installed, and says so."""

from importlib.util import find_spec

NEEDS = {
    "test_books_and_shards.py": ("charset_normalizer", "syntok", "sentence_splitter"),
    "test_chain.py": ("requests", "mwparserfromhell", "syntok", "sentence_splitter"),
    "test_download.py": ("requests",),
    "test_languages.py": (
        "requests",
        "mwparserfromhell",
        "charset_normalizer",
        "sentence_splitter",
    ),
    "test_wikipedia.py": ("mwparserfromhell", "syntok"),
    "test_sentences.py": ("syntok", "sentence_splitter"),
}
# Not pytest.importorskip: that would have to stand above the imports of the test file.
collect_ignore = sorted(
    name for name, packages in NEEDS.items() if not all(map(find_spec, packages))
)


def pytest_terminal_summary(terminalreporter):
    """The one line that a skipped test would have had."""
    for name in collect_ignore:
        terminalreporter.write_line(
            "NOT RUN tests/data/%s: needs requirements/data.txt" % name, yellow=True
        )
