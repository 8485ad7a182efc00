# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""tokenize_with_offsets: texts counted by hand, and properties that hold for any text."""

import random
import sys
import unicodedata

from tests.tokenizer_texts import fuzzed, shared_texts


def test_offsets_of_hand_counted_texts(bert_uncased):
    text = "  The Caf\u00e9s (1895\u20131943), cafe\u0301s\u200b \u4e2d\u6587!"
    tokens, spans = bert_uncased.tokenize_with_offsets(text)
    assert tokens == [
        "the",
        "cafes",
        "(",
        "1895",
        "\u2013",
        "1943",
        ")",
        ",",
        "cafes",
        "\u4e2d",
        "\u6587",
        "!",
    ]
    assert [text[start:end] for start, end in spans] == [
        "The",
        "Caf\u00e9s",
        "(",
        "1895",
        "\u2013",
        "1943",
        ")",
        ",",
        "cafe\u0301s",
        "\u4e2d",
        "\u6587",
        "!",
    ]


def test_offsets_of_accents_syllables_and_unknown_words(make_tokenizer):
    tokenizer = make_tokenizer(
        ["cafe", "##s", "\u1112", "##\u1161", "##\u11ab", "i", "x\U0001d165", "##\u302ey"]
    )
    text = "cafe\u0301 cafe\u0301s \ud55c zz\u200bz! \u0130 x\u302e\u0301\U0001d165y"
    tokens, spans = tokenizer.tokenize_with_offsets(text)
    assert tokens == [
        "cafe",
        "cafe",
        "##s",
        "\u1112",
        "##\u1161",
        "##\u11ab",
        "[UNK]",
        "[UNK]",
        "i",
        "x\U0001d165",
        "##\u302ey",
    ]
    # The accent belongs to its letter, jamo share the syllable, reordered marks cover what they were made of.
    assert spans == [
        (0, 5),
        (6, 11),
        (11, 12),
        (13, 14),
        (13, 14),
        (13, 14),
        (15, 19),
        (19, 20),
        (21, 22),
        (23, 27),
        (24, 28),
    ]


def test_offsets_of_bytes_count_characters(bert_uncased):
    assert bert_uncased.tokenize_with_offsets("\u00e9\u00e9 fox".encode("utf-8")) == (
        ["ee", "fox"],
        [(0, 2), (3, 6)],
    )


def check_offsets(tokenizer, text):
    """Tokens as `tokenize`; spans inside the text and ordered; the text under a span tokenizes to the same letters."""
    tokens, spans = tokenizer.tokenize_with_offsets(text)
    assert tokens == tokenizer.tokenize(text)
    assert len(tokens) == len(spans)
    previous = (0, 0)
    for token, span in zip(tokens, spans):
        assert 0 <= span[0] < span[1] <= len(text)
        assert span == previous or span[0] >= previous[1], (text, tokens, spans)
        previous = span
        if token != "[UNK]":
            letters = "".join(tokenizer.basic_tokenizer.tokenize(text[span[0] : span[1]]))
            piece = token[2:] if token.startswith("##") else token
            # A final sigma looks medial when it is cut out, and a syllable holds more letters than one piece of it.
            assert piece.replace("\u03c2", "\u03c3") in letters.replace("\u03c2", "\u03c3"), (
                text,
                token,
                span,
            )


def test_offsets_on_shared_text(bert_uncased, shared_data):
    texts = random.Random(5).sample(list(shared_texts(shared_data)), 3000)
    for text in texts:
        check_offsets(bert_uncased, text)


def test_offsets_on_fuzzed_strings(bert_uncased, bert_cased):
    kept_marks = set(
        c
        for c in map(chr, range(sys.maxunicode + 1))
        if unicodedata.combining(c) and unicodedata.category(c) != "Mn"
    )
    for text in fuzzed(8000, seed=3):
        # Reordered marks can overlap: the hand-counted case above has them.
        if not kept_marks & set(unicodedata.normalize("NFD", text)):
            check_offsets(bert_uncased, text)
        check_offsets(bert_cased, text)
