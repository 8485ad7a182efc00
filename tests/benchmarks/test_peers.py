# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/peers.py: every case runs on the sides that are there, and the table says what was measured and what was not."""

import json
import os

import pytest
import tensorflow.compat.v1 as tf

from benchmarks import peers
from benchmarks.side_process import SideError, SideProcess
from squad.examples import read_squad_examples
from tests.conftest import ROOT
from tests.test_google_programs import install

TEXT = os.path.join(ROOT, "data", "sample", "corpus", "science_and_medicine.txt")
SAMPLE = os.path.join(ROOT, "data", "sample", "squad", "train-v1.1.json")


def test_smoke(tmp_path, capsys, minilm_dir, fused_library):
    """All cases with a tiny model, ours and (on TensorFlow 1) Google's; PyTorch is not asked for, and the table says so."""
    output = tmp_path / "peers.json"
    arguments = ["--smoke", "--questions", SAMPLE, "--output", str(output)]
    arguments += ["--text", TEXT, "--vocab_file", os.path.join(minilm_dir, "vocab.txt")]
    sides = [peers.OURS]
    if tf.__version__.startswith("1."):
        folder = os.path.dirname(install(os.path.join(ROOT, ".cache", "google")))
        arguments += ["--google", folder]
        sides.append(peers.GOOGLE)
    report = peers.main(arguments)
    assert json.loads(output.read_text())["cases"] == json.loads(json.dumps(report["cases"]))
    assert list(report["cases"]) == list(peers.CASES)
    for case, found in report["cases"].items():
        assert list(found["sides"]) == sides
        for name in sides:
            (result,) = found["sides"][name]
            assert result["wall"] > 0 and result["processor"] > 0 and result["memory_mb"] > 100
        assert len(set(found["rows"].values())) == 1, "%s: sides made other windows" % case
    assert report["cases"]["squad_full"]["filled"] == 1.0
    assert report["cases"]["pretraining_512"]["filled"] > 0.5  # not a paragraph in each sequence
    assert 0.1 < report["cases"]["squad"]["filled"] < 1.0
    text = capsys.readouterr().out
    rows = [line for line in text.splitlines() if line.startswith("| f") or line.startswith("| p")]
    assert len([row for row in rows if "| PyTorch, " in row and "| not run |" in row]) == 4 * 2
    assert "fused ops" in report["sides"][0] and report["machine"] in text


def test_a_text_becomes_four_documents(tmp_path):
    (tmp_path / "in").write_text("".join("line %d\n\n" % i for i in range(10)))
    peers.long_documents(str(tmp_path / "in"), str(tmp_path / "out"))
    documents = (tmp_path / "out").read_text().split("\n\n")
    assert [len(document.splitlines()) for document in documents] == [2, 3, 2, 3]


def test_bfloat16_needs_instructions_for_it(monkeypatch):
    has = {"avx2", "avx512f"}
    monkeypatch.setattr(peers, "processor_has", lambda name: name in has)
    assert not peers.computes_bf16()
    has.add("amx_bf16")
    assert peers.computes_bf16()


@pytest.mark.parametrize("instructions", [False, True])
def test_products_in_bfloat16_are_a_side_where_the_processor_has_them(monkeypatch, instructions):
    monkeypatch.setattr(peers.loader, "unavailable_reason", lambda: None)
    reason = None if instructions else "no instructions"
    monkeypatch.setattr(peers.loader, "cpu_bfloat16_unavailable_reason", lambda: reason)
    options = type("Options", (), {"google": None, "pytorch": None, "one_at_a_time": False})
    assert (peers.OURS_BF16 in peers.Sides(options).names) == instructions


def made(walls):
    return [{"wall": wall, "processor": 2 * wall, "memory_mb": 100.0} for wall in walls]


def test_ratios_are_of_medians_and_rows():
    found = {
        "filled": 0.5,
        "rows": {peers.OURS: 8, peers.GOOGLE: 16},
        "sides": {peers.OURS: made([1.0, 2.0, 9.0]), peers.GOOGLE: made([8.0, 16.0, 4.0])},
    }
    assert peers.cell(found, peers.OURS) == "4 (0.889 to 8)"
    assert peers.cell(found, peers.GOOGLE) == "2 (1 to 4); 2.0 ×, 2.0 ×"
    assert peers.cell(found, peers.STEP_SIDES[2]) == "not run"
    found["rows"][peers.GOOGLE] = 16000
    assert peers.cell(found, peers.GOOGLE).startswith("2,000 (1,000 to 4,000); ")
    found["rows"][peers.GOOGLE] = 16
    lines = peers.table({"cases": {"squad": found}}).splitlines()
    fp32 = [name for name in peers.STEP_SIDES if "bf16" not in name]
    assert len(lines) == 2 + len(fp32)
    assert lines[3] == (
        "| fine-tuning, windows of 384 | 50 % | Google's BERT | 2 (1 to 4); 2.0 ×, 2.0 × | 100 |"
    )
    bf16 = peers.STEP_SIDES[-1]
    found["sides"][bf16], found["rows"][bf16] = made([2.0]), 8
    assert "| %s | 4 (4 to 4); 1.0 ×, 1.0 × | 100 |" % bf16 in peers.table(
        {"cases": {"squad": found}}
    )


@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_sides_take_turns_and_warm_up_first(monkeypatch, one_at_a_time):
    asked = []

    class Process:
        def __init__(self, command):
            self.name = "torch" if "torch" in command[1] else command[2]
            asked.append("start " + self.name)

        def ask(self, name, mode=None, **unused):
            if name != "about":
                asked.append("%s %s" % (self.name, mode or name))
            return 8 if name == "prepare" else made([1.0])[0]

        def close(self):
            asked.append("end " + self.name)

    monkeypatch.setattr(peers, "SideProcess", Process)
    monkeypatch.setattr(peers, "make_inputs", lambda *unused: ("inputs", 0.5))
    monkeypatch.setattr(peers, "computes_bf16", lambda: False)
    monkeypatch.setattr(peers.loader, "unavailable_reason", lambda: "not built")
    options = type(
        "Options",
        (),
        {
            "rounds": 2,
            "threads": 1,
            "google": None,
            "pytorch": "python",
            "one_at_a_time": one_at_a_time,
        },
    )
    sides = peers.Sides(options)
    found = peers.measure("squad", options, sides, "", "", {})
    sides.close()

    def start(name):
        return ["start " + name, name + " prepare"]

    ours, padded, trimmed = ["ours this toolkit"], ["torch padded"], ["torch trimmed"]
    if one_at_a_time:
        turns = start("ours") + 2 * ours + ["end ours"]
        turns += start("torch") + 2 * padded + ["end torch"]
        turns += start("torch") + 2 * trimmed + ["end torch"]
        assert asked == 2 * turns
    else:
        turns = start("ours") + 2 * ours + start("torch") + 2 * padded + 2 * trimmed
        assert asked == turns + ours + padded + trimmed + ["end ours", "end torch"]
    assert [len(results) for results in found["sides"].values()] == [2, 2, 2]
    assert set(found["rows"].values()) == {8}


def test_whole_articles_keep_questions_and_answers(tmp_path):
    path = str(tmp_path / "whole.json")
    peers.whole_articles(SAMPLE, path)
    whole, parts = read_squad_examples(path, True), read_squad_examples(SAMPLE, True)
    assert [e.qas_id for e in whole] == [e.qas_id for e in parts]
    assert [e.all_answers for e in whole] == [e.all_answers for e in parts]
    assert len({e.context for e in whole}) < len({e.context for e in parts})
    lengths = sorted(len(context) for context in {e.context for e in whole})
    assert lengths[1] >= peers.SHORTEST_ARTICLE  # the last may be what is left


def test_a_side_that_dies_is_named():
    side = SideProcess(["python3", os.path.join(ROOT, "no such side.py")])
    with pytest.raises(SideError, match="no such side.py: exit status 2"):
        side.ask("about")
