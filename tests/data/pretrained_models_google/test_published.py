# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The tables of docs/models.md: all that the downloader knows, with the casing and the checksums that the code has."""

import os
import re

import tokenization
from data.pretrained_models_google import published
from tests.conftest import ROOT


def rows():
    """(names of directories, cells) of each row that begins with one."""
    with open(os.path.join(ROOT, "docs", "models.md"), encoding="utf-8") as source:
        lines = [line for line in source if line.startswith("| `")]
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        yield [n for n in re.findall(r"`([^`]+)`", cells[0]) if "/" not in n], cells


def test_every_casing_is_that_of_the_table_in_tokenization():
    count = 0
    for names, cells in rows():
        for name in names:
            assert (
                tokenization.is_uncased(name) is {"uncased": True, "cased": False}[cells[1]]
            ), name
            count += 1
    assert count >= len(published.DATES) + 20


def test_the_table_has_every_model_of_the_downloader():
    checksums = published.read_checksums()
    said = {}
    for names, cells in rows():
        if len(cells) == 5 and re.match(r"\d{4}_\d\d_\d\d$", cells[3]):
            said.update({name: (cells[3], cells[4] == "published") for name in names})
    assert said == {model: (date, model in checksums) for model, date in published.DATES.items()}
