# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Marks in the text between the parser and the finished paragraph: control characters, which no XML dump can hold.

A *hole* is where a template, or a formula, stood whose text is not known. It keeps its name, so that the sentence around it
can be dropped and counted.
"""

import collections
import re

DROP_LINE = "\x00"  # the line holding this mark is a list item, a table row, …
GONE = "\x02"  # something without text was here: repair the punctuation around it
SEPARATOR = "\x03"  # parts two runs of apostrophes that came from two nodes
# Around a pronunciation or coordinates: dropped alone in brackets, on a line or behind a sentence.
ASIDE, ASIDE_END = "\x05", "\x06"
APOSTROPHE = "\x07"  # an apostrophe that is no markup
FRACTION = "\x08"  # before a fraction: a space behind a digit, otherwise nothing
BREAK = "\n\n"

# Ends with a word, for the sake of sentence splitters, which know what a stop behind a word is.
_HOLE, _HOLE_END = "\ue000", "\ue001hole"
HOLE = re.compile("%s([^\ue000\ue001]*)%s" % (_HOLE, _HOLE_END))
_PRIVATE = re.compile("[\ue000\ue001\U000f0000-\U000ffffd\x00-\x08]")
_LONGEST_NAME = 60


def hole(name):
    """The mark for a hole of this name (str). No character of the name can end a sentence."""
    name = " ".join(_PRIVATE.sub("", name).split())[:_LONGEST_NAME]
    hidden = "".join(chr(0xF0000 + ord(character) % 0xFFFE) for character in name)
    return _HOLE + hidden + _HOLE_END


def name_of(match):
    """The name of a hole that HOLE matched."""
    return "".join(chr(ord(character) - 0xF0000) for character in match.group(1))


def without_marks(text):
    """Source text that cannot be taken for marks."""
    return _PRIVATE.sub("", text)


def complete(sentences):
    """Drops the sentences that have a hole.

    Args:
        sentences: list of str.

    Returns:
        (list of str: those without a hole; int: how many were dropped; dict: name of a hole -> sentences dropped for it).
    """
    kept, dropped, holes = [], 0, collections.Counter()
    for sentence in sentences:
        if _HOLE in sentence or _HOLE_END in sentence:
            if not any(character.isalnum() for character in HOLE.sub("", sentence)):
                continue  # a template behind a sentence
            dropped += 1
            holes.update({name_of(match) for match in HOLE.finditer(sentence)} or {"?"})
        else:
            kept.append(sentence)
    return kept, dropped, dict(holes)


def has_hole(text):
    """Whether a hole is in the text."""
    return _HOLE in text
