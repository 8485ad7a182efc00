# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/block_tokenizer.py: the ids of a block are FullTokenizer's, line by line, whatever stands in them."""

import bz2
import glob
import os
import random
from collections import Counter

import numpy as np
import pytest

import tokenization
from pretraining import block_tokenizer


def _sentences(documents):
    """Documents -> list of documents, each a list of lists of ids."""
    sentences = [
        documents.ids[start:end].tolist()
        for start, end in zip(documents.starts, documents.starts[1:])
    ]
    return [
        sentences[start:end]
        for start, end in zip(documents.first_sentences, documents.first_sentences[1:])
    ]


def _expected(tokenizer, documents):
    found = [
        [
            tokenizer.convert_tokens_to_ids(tokenizer.tokenize(line.decode("utf-8", "ignore")))
            for line in lines
        ]
        for lines in documents
    ]
    found = [[ids for ids in document if ids] for document in found]
    return [document for document in found if document]


def _documents(path, lines_of_each):
    with (bz2.open if path.endswith(".bz2") else open)(path, "rb") as source:
        lines = [line.strip() for line in source.read().split(b"\n")]
    return [lines[start : start + lines_of_each] for start in range(0, len(lines), lines_of_each)]


@pytest.mark.parametrize("lower", [True, False])
def test_ids_of_real_text_are_the_full_tokenizers(lower, minilm_dir, shared_data):
    tokenizer = tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"), lower)
    tokenize, lines = block_tokenizer.BlockTokenizer(tokenizer), 0
    paths = [
        path
        for folder in ("books", "text", "squad", "wikipedia")
        for path in sorted(glob.glob(os.path.join(shared_data, folder, "*")))
    ]
    assert len(paths) >= 11
    for path in paths:
        documents = _documents(path, 50)[:: 1 if lower else 10]
        found, counts = tokenize(documents)
        expected = _expected(tokenizer, documents)
        assert _sentences(found) == expected
        assert (counts["documents"], counts["sentences"], counts["tokens"]) == (
            len(expected),
            sum(map(len, expected)),
            len(found.ids),
        )
        lines += sum(map(len, documents))
    assert lines > (60000 if lower else 6000)


# What could go wrong: what vanishes, what is white space to some, what depends on neighbours, what comes apart.
_ODD = (
    "aZ09 .,-_#[]\t\r\x00\x01\x0b\x0c\x1c\x1f\x7f\x85\xa0\xad\u2028\u2029\u200b\u3000\ufeff\ufffd\u03a3\u03c3\u03c2\u0130\u0131\xdf"
    "\xe9e\u0301\u0323\u0345\u302e\u1e9e\u212a\ud55c\u4e2d\u3042\u0e33\U0001d165\U0001f600\xbf\u2014\u2019\u0660\u0410\u0411"
)


@pytest.mark.parametrize("lower", [True, False])
def test_ids_of_odd_characters_are_the_full_tokenizers(lower, minilm_dir):
    tokenizer = tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"), lower)
    tokenize, generator = block_tokenizer.BlockTokenizer(tokenizer), random.Random(5)
    documents = [
        [
            "".join(generator.choice(_ODD) for _ in range(generator.randint(0, 12))).encode("utf-8")
            for _ in range(generator.randint(1, 8))
        ]
        for _ in range(600)
    ]
    documents += [
        [b"well", character.encode("utf-8"), b"A" + character.encode("utf-8") + b"b. X"]
        for character in _ODD
    ]
    assert _sentences(tokenize(documents)[0]) == _expected(tokenizer, documents)


def test_broken_bytes_are_left_out_and_lines_counted(minilm_dir):
    tokenizer = tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"))
    documents = [[b"one \xff\xfetwo", b"\x01\x02", b"caf\xc3\xa9"], [b"\xff"], [b"", b"three"]]
    found, counts = block_tokenizer.BlockTokenizer(tokenizer)(documents)
    assert _sentences(found) == _expected(tokenizer, documents) and len(found) == 2
    assert counts == dict(
        documents=2, sentences=3, tokens=4, lines_not_utf8=2, sentences_without_tokens=3
    )


def test_no_line_has_a_token(minilm_dir):
    tokenize = block_tokenizer.BlockTokenizer(
        tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"))
    )
    assert len(tokenize([[b"\x01"], [b""]])[0]) == 0


def test_memory_of_words_starts_afresh_when_full(minilm_dir, monkeypatch):
    monkeypatch.setattr(block_tokenizer, "_MOST_WORDS", 50)
    tokenizer = tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"))
    tokenize = block_tokenizer.BlockTokenizer(tokenizer)
    for block in range(20):
        documents = [
            [b"number %d of %d is unbelievable" % (block * 10 + line, line) for line in range(10)]
        ]
        assert _sentences(tokenize(documents)[0]) == _expected(tokenizer, documents)
        assert len(tokenize._words) < 50 + 20
    assert np.all(tokenize._words._counts[1:] > 0)


def test_unknown_words_are_counted(minilm_dir, monkeypatch):
    tokenizer = tokenization.FullTokenizer(os.path.join(minilm_dir, "vocab.txt"))
    tokenize = block_tokenizer.BlockTokenizer(tokenizer)
    thai = "\u0e27\u0e31\u0e19\u0e40\u0e2a\u0e32\u0e23\u0e4c \u0e07\u0e48\u0e32\u0e22"
    documents = [
        [b"plain words", b"snow \xe2\x98\x83 and \xe2\x98\x83"],
        [thai.encode("utf-8"), b"x" * 201],
    ]
    for _ in range(2):  # words met before are counted again
        found, counts = tokenize(documents)
        ids = found.ids.tolist()
        unknown = tokenize.unknown
        assert unknown.num_tokens == counts["tokens"] == len(ids)
        assert (
            unknown.num_unknown
            == ids.count(tokenizer.vocab["[UNK]"])
            == sum(unknown.words.values())
        )
        expected = [
            word
            for document in documents
            for line in document
            for word in tokenizer.basic_tokenizer.tokenize(line)
            if tokenizer.wordpiece_tokenizer.tokenize(word) == ["[UNK]"]
        ]
        assert unknown.words == Counter(expected) and len(expected) >= 2
    tokenize([[b"plain words"]])
    assert (tokenize.unknown.num_tokens, tokenize.unknown.words) == (2, {})
    monkeypatch.setattr(block_tokenizer, "_MOST_UNKNOWN_WORDS", 1)
    tokenize(documents)
    assert len(tokenize.unknown.words) == 1 and tokenize.unknown.num_unknown == len(expected)
