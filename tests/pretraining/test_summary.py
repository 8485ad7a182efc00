# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/summary.py: the last line, the warnings before it, and what manifests keep of them."""

import json
import re

import pytest

from pretraining.options import DataOptions
from pretraining.summary import Summary
from program.unknown_words import UnknownWords

OPTIONS = DataOptions(vocab_file="v.txt", max_seq_length=128)


def summary(**counts):
    found = Summary()
    found.counts.update(
        dict(
            documents=10,
            sentences=30,
            tokens=1000,
            instances=20,
            tokens_in_instances=1100,
            random_next=11,
            predictions=165,
            predictions_wanted=168,
            unknown_tokens=3,
        )
    )
    found.counts.update(counts)
    found.unknown = UnknownWords(1000, 3, {"x": 2, "y": 1})
    found.num_made, found.instances_made = 1, 20
    return found


def test_the_last_line():
    start = "10 documents, 30 sentences, 1000 tokens -> 20 instances (55.0 % random next, 15.0 % of tokens masked, "
    assert summary().line(2.0) == start + "0.3 % [UNK]) in 2.0 s: 10 instances/s"


def test_finished_files_count_in_the_last_line():
    found = Summary.from_dict(json.loads(json.dumps(summary().to_dict())))
    found.num_found = 1
    assert found.counts == summary().counts and found.unknown.words == {"x": 2, "y": 1}
    assert found.line(1.0).startswith(
        "10 documents, 30 sentences, 1000 tokens -> 20 instances (55.0"
    )
    assert found.line(1.0).endswith("0.3 % [UNK]) already made: 1 of 1 files")
    found.add(summary())
    assert found.line(2.0).startswith(
        "20 documents, 60 sentences, 2000 tokens -> 40 instances (55.0"
    )
    assert found.line(2.0).endswith("in 2.0 s: 10 instances/s (already made: 1 of 2 files)")


def test_manifests_of_earlier_versions_say_nothing_of_unknown_words():
    found = Summary.from_dict({"documents": 2, "tokens": 50, "instances": 3})
    found.num_found = 1
    assert "[UNK]" not in found.line(1.0) and found.line(1.0).startswith(
        "2 documents, 0 sentences, 50 tokens"
    )


def warnings(found, options=OPTIONS):
    return list(found.warnings("a.txt", options))


def test_usual_text_has_no_warning():
    assert warnings(summary()) == [] and warnings(Summary()) == []
    assert warnings(summary(tokens_beyond_max_seq_length=100, documents_of_one_sentence=5)) == []


@pytest.mark.parametrize(
    "counts, message",
    [
        (dict(lines_not_utf8=2), "2 lines contained bytes that are not UTF-8"),
        (dict(sentences_without_tokens=1), "1 lines contained only control characters"),
        (
            dict(instances_without_predictions=4),
            "--do_whole_word_mask: .*4 of 20 instances have nothing to predict, and 98.2 %",
        ),
        (
            dict(predictions_wanted=164),
            "--do_whole_word_mask: .* 0 of 20 .* 49.7 % .*prob=0.15 asks for",
        ),
        (
            dict(tokens_beyond_max_seq_length=976, documents_of_one_sentence=10),
            "97.6 % of the tokens are cut off",
        ),
        (
            dict(tokens_beyond_max_seq_length=101),
            "10.1 % of the tokens .* the 125 tokens that fit.*--split_sentences",
        ),
        (dict(documents_of_one_sentence=6), "6 of 10 documents have one line.*--split_sentences"),
    ],
)
def test_each_has_its_warning(counts, message):
    (line,) = warnings(summary(**counts))
    assert re.match(message, line) and "\n" not in line


def test_unknown_words_have_a_warning():
    found = summary()
    found.unknown = UnknownWords(1000, 1000, {"\u0e01": 1000})
    (line,) = warnings(found)
    assert (
        line.startswith("a.txt: 100.0 % of the tokens are [UNK]") and "--vocab_file=v.txt" in line
    )


def test_split_sentences_is_not_offered_twice():
    options = OPTIONS.replace(split_sentences=True)
    (line,) = warnings(summary(tokens_beyond_max_seq_length=976), options)
    assert "--split_sentences" not in line and line.endswith("raise --max_seq_length")
    assert warnings(summary(documents_of_one_sentence=10), options) == []
