# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/unknown_words.py: shares, the most frequent words, and when there is something to warn of."""

import random

from program import unknown_words
from program.unknown_words import UnknownWords


def test_tokens_and_the_words_behind_them_are_counted():
    counted = UnknownWords()
    counted.add_text(
        ["the", "[UNK]", "##s", "[UNK]"], [(0, 3), (4, 7), (7, 8), (9, 11)], "the Fooo ab"
    )
    assert (counted.num_tokens, counted.num_unknown) == (4, 2)
    assert counted.words == {"Foo": 1, "ab": 1}
    counted.add(UnknownWords(996, 1, {"ab": 1}))
    assert counted.share == 0.003 and counted.most_common() == [("ab", 2), ("Foo", 1)]
    assert counted.summary() == "0.3 % [UNK]"


def test_without_tokens_or_unknown_words_there_is_nothing_to_say():
    for counted in (UnknownWords(), UnknownWords(100, 0)):
        assert counted.share == 0 and counted.summary() == "0.0 % [UNK]"
        assert counted.warning("a.txt", "vocab.txt", True) is None


def test_the_warning_begins_above_five_per_cent():
    assert UnknownWords(1000, 50, {"x": 50}).warning("a.txt", "vocab.txt", True) is None
    line = UnknownWords(1000, 51, {"x": 1, "y": 50}).warning("a.txt", "vocab.txt", True)
    assert line.startswith("a.txt: 5.1 % of the tokens are [UNK]") and "\n" not in line
    assert "--vocab_file=vocab.txt" in line and "words such as y, x;" in line


def test_the_warning_names_the_likely_cause():
    capitals = {"London": 5, "The": 20, "\u2603": 3}
    line = UnknownWords(100, 28, capitals).warning("a.txt", "v", False)
    assert "28.0 %" in line and "pass --do_lower_case=true" in line
    for words, do_lower_case in ((capitals, True), ({"\u0e01" * 50: 28}, False)):
        line = UnknownWords(100, 28, words).warning("a.txt", "v", do_lower_case)
        assert "a vocabulary of the text's language" in line
        assert "(now %s)" % str(do_lower_case).lower() in line
    assert "\u0e01" * 20 + "\u2026" in line and "\u0e01" * 21 not in line


def test_memory_is_bounded_and_frequent_words_stay(monkeypatch):
    monkeypatch.setattr(unknown_words, "_MOST_WORDS", 100)
    draw = random.Random(1)
    counted = UnknownWords()
    for _ in range(500):
        words = {"often": 3}
        words.update({"rare%d" % draw.randrange(10**9): 1 for _ in range(7)})
        counted.add(UnknownWords(20, 10, words))
        assert len(counted.words) <= 100
    assert counted.num_unknown == 5000 and counted.most_common(1) == [("often", 1500)]
