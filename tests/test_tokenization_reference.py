# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""0 differences from transformers' slow BertTokenizer.

The reference is put together from transformers' two parts, as Google's FullTokenizer is, because `BertTokenizer` as a
whole leaves the recipe in three places, all known: it never splits a special token spelled out in the text, its
`tokenize` lower-cases character by character (so a final sigma stays medial), and it gives up on words above 100
characters where the recipe takes 200. `test_whole_bert_tokenizer` compares the whole one where those do not matter.
"""

import functools
import itertools
import os
import sys
import unicodedata

import pytest

from tests.tokenizer_texts import SPECIAL, fuzzed, shared_texts


def reference(tokenizer):
    """tokenize(text) built of transformers' parts over the vocabulary and casing of `tokenizer`."""
    parts = pytest.importorskip(
        "transformers.models.bert.tokenization_bert",
        reason="transformers, the reference, is not installed",
    )
    basic = parts.BasicTokenizer(do_lower_case=tokenizer.basic_tokenizer.do_lower_case)
    wordpiece = parts.WordpieceTokenizer(
        tokenizer.vocab, unk_token="[UNK]", max_input_chars_per_word=200
    )
    if "NFC" in parts.BasicTokenizer.tokenize.__code__.co_consts:
        pytest.skip(
            "this transformers normalises text first, which the recipe does not: needs 4.26.1"
        )
    # Remembering what its functions of one character or one word answer changes nothing but the time it takes.
    remember = functools.lru_cache(maxsize=200000)
    for name in ("_is_control", "_is_punctuation", "_is_whitespace"):
        if not hasattr(getattr(parts, name), "cache_info"):
            setattr(parts, name, remember(getattr(parts, name)))
    split_on_punctuation = remember(basic._run_split_on_punc)
    basic._run_split_on_punc = lambda word, never_split: split_on_punctuation(
        word, frozenset(never_split)
    )
    basic._run_strip_accents = remember(basic._run_strip_accents)
    basic._is_chinese_char = remember(basic._is_chinese_char)
    pieces_of = remember(wordpiece.tokenize)
    return lambda text: [piece for word in basic.tokenize(text) for piece in pieces_of(word)]


def differences(tokenizer, texts):
    """How many of `texts` our tokenizer cuts differently, and the first such with both answers."""
    expected = reference(tokenizer)
    count, first = 0, None
    for text in texts:
        ours, theirs = tokenizer.tokenize(text), expected(text)
        if ours != theirs:
            count += 1
            first = first or (text, ours, theirs)
    return count, first


def test_all_shared_text_uncased(bert_uncased, shared_data):
    texts = list(shared_texts(shared_data))
    assert len(texts) > 100000
    assert differences(bert_uncased, texts) == (0, None)


def test_all_shared_text_cased(bert_cased, shared_data):
    # Every fourth text, for time's sake: casing switches steps of the same code off. All of them: 0 differences too.
    assert differences(bert_cased, itertools.islice(shared_texts(shared_data), 0, None, 4)) == (
        0,
        None,
    )


def test_fuzzed_strings_uncased(bert_uncased):
    assert differences(bert_uncased, fuzzed(100000, seed=1)) == (0, None)


def test_fuzzed_strings_cased(bert_cased):
    assert differences(bert_cased, fuzzed(100000, seed=2)) == (0, None)


def test_every_assigned_character(bert_uncased, bert_cased):
    characters = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cn", "Co") or code % 97 == 0
    ]
    assert len(characters) > 130000
    texts = [
        "".join("a%sb " % c for c in characters[start : start + 40])
        for start in range(0, len(characters), 40)
    ]
    assert differences(bert_uncased, texts) == (0, None)
    assert differences(bert_cased, texts[::2]) == (0, None)


def test_whole_bert_tokenizer(bert_uncased, minilm_dir):
    transformers = pytest.importorskip(
        "transformers", reason="transformers, the reference, is not installed"
    )
    reference(bert_uncased)
    whole = transformers.BertTokenizer(os.path.join(minilm_dir, "vocab.txt"), do_lower_case=True)
    compared = left_out = 0
    for text in fuzzed(20000, seed=4):
        # The three known differences of the module's docstring.
        if (
            "\u03a3" in text
            or any(token in text for token in SPECIAL)
            or any(len(word) > 100 for word in text.split())
        ):
            left_out += 1
            continue
        compared += 1
        assert bert_uncased.tokenize(text) == whole.tokenize(text), repr(text)
    assert compared > 2 * left_out > 0
