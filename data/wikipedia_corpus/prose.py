# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Marked text (marks.py) -> clean one-line paragraphs: lists and leftovers of markup go, and so does what a dropped element leaves
behind in punctuation."""

import re

from data.wikipedia_corpus import marks
from data.wikipedia_corpus.marks import ASIDE, ASIDE_END, DROP_LINE, GONE, HOLE

_LEFTOVER_LINE = re.compile(
    r"^\s*(?:\{\||\[\[[^\]|]{1,60}:[^\]|]*\||\|\}|\||!|\{\{|\}\}|__[A-Z]+__\s*$|#|\*)"
)
_LEFTOVER_MARKUP = re.compile(r"\{\{|\}\}|\[\[|\]\]|</?[a-zA-Z][^<>]*>|__[A-Z]{4,}__")
_APOSTROPHES = re.compile(r"'{2,}")
_ASIDE = re.compile("%s([^%s]*)%s" % (ASIDE, ASIDE_END, ASIDE_END))
_HOLE_OR_ASIDE = re.compile("%s|%s" % (HOLE.pattern, _ASIDE.pattern))
_ITEM_ENDS = ",;\uff1b\u3001\uff0c"
# "pronounced /…/ or /…/"
_INTRODUCTION = re.compile(
    r"\b(?:pronounced|named|pronunciation|or|and|also|in|US|UK|U\.S\.|British|American|English|French|German|Spanish|Dutch|"
    r"Italian|Portuguese|Russian|Polish|local|locally|listen|usually|sometimes)\b"
)
# A template behind the end of a sentence is a note, not text.
_NOTE_BEHIND_SENTENCE = re.compile(
    '(?<=[.!?\u2026\u3002\uff01\uff1f\u0964])(["\u201d\u2019\u00bb)\\]\x07\x02]*)(?:%s|%s)(?=[\\s\x02]|$)'
    % (HOLE.pattern, _ASIDE.pattern)
)
# Not the stop of ".NET" and ".45 calibre".
_LEADING_PUNCTUATION = re.compile(
    "^(?:[,;:!?)\\]\u2026\u3001\u3002\uff0c\uff1b\uff1a\uff01\uff1f\uff09\u060c\u061b\u0964]"
    '|\\.(?!\\w)|\\.(?=\\.)|(?<=\\.\\.)\\.|(?<=[.\u3002])["\u201d]|\\s)+'
)
_ONLY_PUNCTUATION = re.compile(r"^[^\w\ue000]+$")
_OPENING, _CLOSING = "([\uff08", ")]\uff09"


def paragraphs(text):
    """Marked text -> list of paragraphs (str), which may have holes but no other mark."""
    result, lines = [], []
    for line in text.split("\n") + [""]:
        if DROP_LINE in line or _LEFTOVER_LINE.match(line) or not _has_text(line):
            if lines:
                paragraph = _repaired(" ".join(lines))
                if any(character.isalpha() for character in HOLE.sub("", paragraph)):
                    result.append(paragraph)
                lines = []
        else:
            lines.append(without_quote_marks(line))
    return result


def tidied(sentences):
    """The sentences of one paragraph, none of which begins with punctuation: what a splitter cut off goes back to the sentence
    before it, or away."""
    result = []
    for sentence in sentences:
        match = _LEADING_PUNCTUATION.match(sentence)
        if _ONLY_PUNCTUATION.match(sentence):
            match = _ONLY_PUNCTUATION.match(sentence)
        if match:
            if result and not match.group().startswith(("..", "\u2026")):
                result[-1] += match.group().rstrip()
            sentence = sentence[match.end() :].lstrip()
        if sentence:
            result.append(sentence)
    return result


def _has_text(line):
    if ASIDE in line or marks.has_hole(line):
        line = HOLE.sub("", _ASIDE.sub("", line)).strip(" .,;:")
    return bool(line.strip(" \t\x02\x03"))


def without_quote_marks(line):
    """A line without the apostrophes that mean italic and bold, by MediaWiki's rules: ''Titanic'''s -> Titanic's."""
    if "''" not in line:
        return line
    runs = [(match.start(), match.end()) for match in _APOSTROPHES.finditer(line)]
    kept = [max(0, end - start - 5) or (end - start == 4) for start, end in runs]
    lengths = [min(end - start, 5) - (end - start == 4) for start, end in runs]
    italics = sum(length in (2, 5) for length in lengths)
    bolds = sum(length in (3, 5) for length in lengths)
    if italics % 2 and bolds % 2:
        index = _apostrophe_before_italic(line, runs, lengths)
        if index is not None:
            kept[index] += 1
    pieces, position = [], 0
    for (start, end), count in zip(runs, kept):
        pieces.append(line[position:start] + "'" * int(count))
        position = end
    return "".join(pieces) + line[position:]


def _apostrophe_before_italic(line, runs, lengths):
    """Which run of three is an apostrophe and an italic mark when both kinds are unbalanced: one behind a word of one letter,
    else behind a longer word, else behind a space."""
    of_word = of_space = None
    for index, ((start, _), length) in enumerate(zip(runs, lengths)):
        if length != 3:
            continue
        before, two_before = (
            line[max(0, start - 1) : start],
            line[max(0, start - 2) : max(0, start - 1)],
        )
        if before in ("", " "):
            of_space = index if of_space is None else of_space
        elif two_before in ("", " "):
            return index
        else:
            of_word = index if of_word is None else of_word
    return of_word if of_word is not None else of_space


def _repaired(text):
    """Removes what a dropped element leaves behind: empty brackets, stray separators, doubled spaces, leftover markup."""
    text = text.replace(marks.SEPARATOR, "")
    text = _LEFTOVER_MARKUP.sub("", text)
    if ASIDE in text or marks.has_hole(text):
        text = _NOTE_BEHIND_SENTENCE.sub("\\1" + GONE, text)
        text = _without_bracketed_holes(text)
    if GONE in text:
        text = re.sub(r"[(\[\uff08][\s,;:\x02]*\x02[\s,;:\x02]*[)\]\uff09]", GONE, text)
        text = re.sub(r"([(\[\uff08])[\s,;:\x02]*\x02[\s,;:\x02]*", r"\1", text)
        text = re.sub(r"[\s,;:\x02]*\x02[\s\x02]*([)\]\uff09])", r"\1", text)
        text = re.sub(r"\s*\x02\s*(?=[,.;:!?\u3002\u3001\uff0c])", "", text)
        text = re.sub(r"(?<=\w)\x02+(?=\w)", _gap, text)
        text = text.replace(GONE, "")
    text = re.sub(r"\s*(?:\(\s*\)|\uff08\s*\uff09)", "", text)
    if marks.FRACTION in text:
        text = re.sub(r"(?<=\d)\x08", " ", text).replace(marks.FRACTION, "")
    text = _LEADING_PUNCTUATION.sub("", text)
    return " ".join(text.replace(marks.APOSTROPHE, "'").split())


def _gap(match):
    """What stands between two words that a dropped element parts: a space, but for scripts that use none."""
    return "" if match.string[match.start() - 1] >= "\u3040" else " "


def _without_bracketed_holes(text):
    """Drops from brackets the items that are only a hole or an aside; elsewhere an aside is text."""
    position = 0
    while True:
        match = _HOLE_OR_ASIDE.search(text, position)
        if not match:
            return text
        is_aside = match.group(0)[0] == ASIDE
        bounds = _item_bounds(text, match, _ITEM_ENDS if is_aside else ";\uff1b")
        if bounds and not _rest(text[bounds[0] : bounds[1]]):
            text = text[: bounds[0]] + GONE + text[bounds[1] :]
            position = bounds[0] + 1
        elif is_aside:
            shown = match.group(2) or GONE
            text = text[: match.start()] + shown + text[match.end() :]
            position = match.start() + len(shown)
        else:
            position = match.end()


def _rest(item):
    """What an item says besides holes, asides and what introduces a pronunciation."""
    item = _INTRODUCTION.sub("", _ASIDE.sub("", HOLE.sub("", item)))
    return item.strip(" ,;:\x02\uff1b\u3001\uff0c")


def _item_bounds(text, match, separators):
    """(start, end) of the item around a match within its brackets; None where it is not in brackets."""
    start, depth = match.start(), 0
    item_start = item_end = None
    while start > 0:
        start -= 1
        character = text[start]
        if character in _CLOSING:
            depth += 1
        elif character in _OPENING and depth:
            depth -= 1
        elif character in _OPENING:
            break
        elif character in separators and not depth and item_start is None:
            item_start = start + 1
    else:
        return None
    end, depth = match.end(), 0
    while end < len(text):
        character = text[end]
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING and depth:
            depth -= 1
        elif character in _CLOSING:
            return item_start or start + 1, item_end or end
        elif character in separators and not depth and item_end is None:
            item_end = end
        end += 1
    return None
