# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Paragraphs -> sentences, by language.

English: syntok. Languages whose sentences end with a dot: sentence-splitter, corrected by data.sentence_rules. Languages with
a full stop of their own (Chinese, Hindi, …): data.sentence_rules alone. benchmarks/sentence_splitters.md has the reasons.
"""

import argparse
import functools
import re
import sys
from importlib.util import find_spec

from data import sentence_rules
from program.errors import DataError

ENGLISH = "en"
# Language -> the list of abbreviations of sentence-splitter that fits it; None: a full stop of its own, nothing to look up.
_SPLITTER_LISTS = dict(
    {
        code: code
        for code in "ca cs da de el es fi fr hu is it lt lv nl no pl pt ro ru sk sl sv tr".split()
    },
    ar="en",
    bg="ru",
    fa="en",
    kk="ru",
    ko="en",
    **{code: None for code in "am bn hi hy ja mr my ne ur zh".split()},
)
LANGUAGES = tuple(sorted(list(_SPLITTER_LISTS) + [ENGLISH]))
# Other codes of dumps and users; zh-min-nan is written with Latin letters.
_SAME = {"nb": "no", "nn": "no", "simple": "en", "zh-min-nan": "nan"}
_SAME.update((code, "zh") for code in "cmn gan lzh wuu yue".split())
_LONG_WORD = re.compile(r"[^ ]{1000,}")
_MOST_UNSPLIT = 0.05
_WITHOUT_SPACES = ("ja", "my", "zh")


class UnknownLanguage(DataError):
    """A language whose sentences cannot be split."""


def add_language(parser, default, otherwise):
    """Adds --language to an argparse parser; `otherwise`: what the help says of its default."""
    parser.add_argument(
        "--language",
        type=_language_argument,
        default=default,
        metavar="CODE",
        help="language of the text, which decides where sentences end: %s (default: %s)"
        % (" ".join(LANGUAGES), otherwise),
    )


def _language_argument(code):
    try:
        return known_language(code)
    except DataError as error:
        raise argparse.ArgumentTypeError(str(error))


def known_language(code):
    """The language of LANGUAGES that a code stands for: 'pt-BR' -> 'pt', 'zh_hant' -> 'zh', 'nb' -> 'no'.

    Args:
        code: str, in any case.

    Raises:
        UnknownLanguage: sentences of the language cannot be split.
        DataError: the package that splits them is not installed.
    """
    code = code.strip().lower().replace("_", "-")
    primary = code.split("-")[0]
    language = _SAME.get(code) or _SAME.get(primary, primary)
    if language not in LANGUAGES:
        raise UnknownLanguage(
            "no sentence splitter for the language %r; supported: %s" % (code, " ".join(LANGUAGES))
        )
    package = "syntok" if language == ENGLISH else "sentence_splitter"
    if (language == ENGLISH or _SPLITTER_LISTS[language]) and find_spec(package) is None:
        raise DataError(
            "language %s needs the package %s; run: pip install -r requirements/data.txt"
            % (language, package.replace("_", "-"))
        )
    return language


def split(paragraph, language=ENGLISH):
    """The sentences of one paragraph.

    Args:
        paragraph: str, one paragraph of running prose; white space of any kind may stand in it.
        language: str, one of LANGUAGES.

    Returns:
        list of str: the sentences in order, none empty, none holding a line break; joined they are the paragraph, but for
        white space.
    """
    text = " ".join(paragraph.split())
    if language == ENGLISH:
        starts = _english_starts(text)
        if not starts:  # nothing that syntok takes for a token: zero-width characters
            return []
    else:
        starts = [0] + _later_starts(text, language)
    bounds = starts + [len(text)]
    return [
        sentence
        for sentence in (text[start:end].strip() for start, end in zip(bounds, bounds[1:]))
        if sentence
    ]


def count_words(sentences, language=ENGLISH):
    """Words of sentences (list of str); characters without white space where the language's words have no space between."""
    if language in _WITHOUT_SPACES:
        return sum(len(word) for sentence in sentences for word in sentence.split())
    return sum(len(sentence.split()) for sentence in sentences)


def unit(language=ENGLISH):
    """What count_words counts: 'words' or 'characters'."""
    return "characters" if language in _WITHOUT_SPACES else "words"


def count_unsplit(sentences, language=ENGLISH):
    """How many sentences (list of str) hold, before their end, a full stop of a script that the language is not written in."""
    if language != ENGLISH:  # all others are split at these
        return 0
    return sum(1 for sentence in sentences if sentence_rules.OTHER_SCRIPT.search(sentence))


def warn_if_unsplit(totals):
    """Warns if much of a text is in a language that ends sentences otherwise than the one that it was split as.

    Args:
        totals: Counter of sentences and unsplit (count_unsplit).
    """
    if totals["unsplit"] > _MOST_UNSPLIT * totals["sentences"]:
        sys.stderr.write(
            "warning: %d of %d lines were split as English, but hold the full stops of another script, such as 。 or ।: "
            "empty --output_dir and pass --language\n" % (totals["unsplit"], totals["sentences"])
        )


def _english_starts(text):
    import syntok.segmenter  # the extra of this stage: imported where it is used

    # syntok's tokens are normalised ("isn't" -> is, not): cut the text itself, at the offsets where sentences begin.
    starts = [
        tokens[0].offset for block in syntok.segmenter.process(text) for tokens in block if tokens
    ]
    return [0] + starts[1:] if starts else []


def _later_starts(text, language):
    name, library = _SPLITTER_LISTS[language], []
    if name is not None:
        # sentence-splitter's time grows with the square of a word's length: a line of dots must not hold up a dump.
        masked = _LONG_WORD.sub(lambda word: "x" * len(word.group()), text)
        library = _offsets(masked, _splitter(name).split(masked))
    return sentence_rules.ends(text, language, library)


@functools.lru_cache(maxsize=None)
def _splitter(name):
    import sentence_splitter

    return sentence_splitter.SentenceSplitter(language=name)


def _offsets(text, sentences):
    """Where the second and later sentences begin in `text`; a sentence that is not in it, as it is, is passed over."""
    found, position = [], 0
    for sentence in sentences:
        place = text.find(sentence, position) if sentence else -1
        if place < 0:
            continue
        if place:
            found.append(place)
        position = place + len(sentence)
    return found
