# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/maker.py: what a task gives, beyond what tests/test_create_pretraining_data.py sees in the files."""

import numpy as np
import pytest

import tokenization
from pretraining.blocks import Block
from pretraining.maker import InstanceMaker, Task
from pretraining.options import DataOptions

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture
def options(tmp_path):
    def make(tokens, **values):
        path = tmp_path / "vocab.txt"
        path.write_text("\n".join(tokens) + "\n")
        return DataOptions(
            vocab_file=str(path), max_seq_length=16, max_predictions_per_seq=4, **values
        )

    return make


def block(documents, borrowed=()):
    return Block(0, documents, sum(len(line) for lines in documents for line in lines), 0, borrowed)


def test_counts_are_those_of_the_text_and_of_its_first_pass(options):
    maker = InstanceMaker(options(SPECIAL + ["a", "b", "##b"]))
    text = block([[b"a b", b"zz a"], [b"a " * 20], [b"ab"]])
    first, later = (maker(Task("", text, range(n, n + 1))) for n in (0, 1))
    assert first.counts["documents"] == 3 and first.counts["sentences"] == 4
    assert first.counts["tokens"] == 2 + 2 + 20 + 2 and first.counts["unknown_tokens"] == 1
    assert first.counts["documents_of_one_sentence"] == 2
    assert first.counts["tokens_beyond_max_seq_length"] == 20 - 13
    assert first.unknown.words == {"zz": 1} and first.unknown.num_tokens == 26
    assert "documents" not in later.counts and later.unknown.num_tokens == 0
    assert later.counts["instances"] > 0


def test_borrowed_documents_are_not_counted(options):
    maker = InstanceMaker(options(SPECIAL + ["a", "b"]))
    alone = maker(Task("", block([[b"a a"] * 9]), range(1)))
    assert alone.content == b"" and alone.counts["instances"] == 0
    result = maker(Task("k", block([[b"a a"] * 9], [[b"b b b"]]), range(9)))
    assert result.counts["documents"] == 1 and result.counts["tokens"] == 18
    assert 0 < result.counts["random_next"] < result.counts["instances"]


def test_whole_words_that_do_not_fit_leave_nothing_to_predict(options):
    tokens = SPECIAL + ["a", "##a"]
    text = block([[b"a" * 12, b"a" * 13], [b"a" * 11, b"a" * 9]])
    for whole, expected in ((False, 0), (True, None)):
        maker = InstanceMaker(options(tokens, do_whole_word_mask=whole))
        counts = maker(Task("", text, range(1))).counts
        without = counts["instances_without_predictions"]
        assert counts["predictions_wanted"] >= counts["instances"]
        if not whole:
            assert counts["predictions"] == counts["predictions_wanted"]
        assert without == (counts["instances"] if expected is None else expected)


def test_lines_are_split_where_asked(options):
    maker = InstanceMaker(options(SPECIAL + ["a", "b", "."]), lambda line: line.split(" | "))
    counts = maker(Task("", block([[b"a | b | a"], [b"b", b"a | b"]]), range(1))).counts
    assert counts["documents"] == 2 and counts["sentences"] == 6
    broken = maker(Task("x", block([[b"a\xff | b"], [b"b"]]), range(1)))
    assert broken.counts["lines_not_utf8"] == 1


def test_ids_of_a_vocabulary_with_gaps(options):
    maker = InstanceMaker(options(["a"] + SPECIAL + ["", "##a", "a", "b", ""]))
    vocabulary = maker._vocabulary
    # 0 is shadowed by 8, 6 and 10 are empty.
    assert vocabulary.ids.tolist() == [1, 2, 3, 4, 5, 7, 8, 9] and vocabulary.size == 8
    assert np.nonzero(vocabulary.is_inside)[0].tolist() == [7]
    assert (vocabulary.cls_id, vocabulary.sep_id, vocabulary.mask_id) == (3, 4, 5)
    assert InstanceMaker(options(SPECIAL + ["a", "", ""]))._vocabulary.ids is None


def test_a_vocabulary_without_mask_is_refused(options):
    with pytest.raises(tokenization.VocabularyError, match=r"vocab.txt lacks \[MASK\]"):
        InstanceMaker(options(SPECIAL[:4] + ["a"]))
