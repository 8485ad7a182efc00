# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The lists of abbreviations: form, no contradiction."""

import pytest

from data import sentence_words, sentences


@pytest.mark.parametrize("language", sorted(sentence_words.BY_LANGUAGE))
def test_lists_are_of_known_languages_and_do_not_contradict(language):
    words = sentence_words.BY_LANGUAGE[language]
    assert language in sentences.LANGUAGES
    kinds = {"never": words.never, "may_end": words.may_end, "ambiguous": words.ambiguous}
    for first in kinds:
        for second in kinds:
            assert first == second or not kinds[first] & kinds[second], (first, second)
    for listed in list(kinds.values()) + [words.before_number]:
        # Compared in lower case, without the last dot.
        assert all(word == word.lower() and not word.endswith(".") for word in listed)
    assert all(word[0].isupper() for word in words.starters)
