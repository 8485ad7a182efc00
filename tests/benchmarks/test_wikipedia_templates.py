# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The table of templates in a dump's sentences: only those in running text, each with what it becomes."""

import bz2
import sys

import pytest

_TEXT = (
    "{{Main|x}}\n{{Infobox\n| a = {{convert|1|mi}}\n}}\nIt is {{convert|5|mi|km}} away{{fact}}, or {{convert|6|mi|km}}.\n"
    "* list {{convert|7|mi}}\n\nAnd {{mystery|a|b}} is.&lt;ref&gt;{{cite web}}&lt;/ref&gt;"
)


def test_table(tmp_path, monkeypatch, capsys):
    pytest.importorskip("mwparserfromhell")
    from benchmarks import wikipedia_templates

    page = "<page><title>A</title><ns>0</ns><revision><text>%s</text></revision></page>" % _TEXT
    path = tmp_path / "d.xml.bz2"
    path.write_bytes(bz2.compress(("<mediawiki>%s</mediawiki>" % page).encode("utf-8")))
    monkeypatch.setattr(sys, "argv", ["wikipedia_templates.py", "--dump", str(path)])
    wikipedia_templates.main()
    assert capsys.readouterr().out.splitlines() == [
        "4 uses of 3 templates",
        "| uses | template | for example | becomes |",
        "|---|---|---|---|",
        r"| 2 | convert | `{{convert\|5\|mi\|km}}` | 5 miles (8.0 km) |",
        "| 1 | fact | `{{fact}}` | nothing |",
        r"| 1 | mystery | `{{mystery\|a\|b}}` | the sentence is dropped |",
    ]
