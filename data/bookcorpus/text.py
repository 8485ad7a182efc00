# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""One book's bytes -> its paragraphs: encoding, Project Gutenberg's frame, hard-wrapped lines."""

import re

import charset_normalizer

from program import documents

# The frame's wording changed over forty years; these cover the files from 1971's small print to today's.
_START = re.compile(
    r"^[ \t]*(?:\*{2,}[ \t]*START OF (?:THE|THIS) PROJECT GUTENBERG(?:[^*]{0,300}\*{3}|.*)|"  # a long title wraps
    r"\*?END\W+THE SMALL PRINT.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    r"^[ \t]*(?:\*{2,}[ \t]*END OF (?:THE|THIS) PROJECT GUTENBERG.*|End of (?:the |this )?Project Gutenberg.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_CREDIT = re.compile(
    r"^\s*(?:produced by|e-?text prepared by|transcribed (?:from|by))|gutenberg|distributed proofread",
    re.IGNORECASE,
)
_MOST_CREDITS = 4  # paragraphs at the head of a framed book that may name who made the file
# Bytes that are not UTF-8 are taken for one of these: without a choice, Latin text of a page is as likely 'cp1257'.
_ENCODINGS = (
    "utf_16",
    "utf_32",
    "cp1252",
    "mac_roman",
    "cp1251",
    "koi8_r",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")  # of any white space, such as ideographic spaces
_NEW_PARAGRAPH = re.compile(_BLANK_LINE.pattern + r"|\n(?=\u3000)")
# Between two ideographs, kana or full-width marks a wrapped line is joined without a space.
_WIDE = r"[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]"
_WRAP_WITHOUT_SPACE = re.compile(r"(?<=%s)[^\S\n]*\n\s*(?=%s)" % (_WIDE, _WIDE))
# A rule of dashes or stars, a page number, an illustration's place holder: no prose.
_NO_PROSE = re.compile(r"^(?:[\W_]*|\[?(?:page\s*)?\d+\]?|\[illustration[^\]]*\]?)$", re.IGNORECASE)


def decode(content):
    """Bytes of a book -> str, or None where the encoding cannot be told. A UTF-8 BOM is dropped, line ends become \\n."""
    try:
        # Without a byte order mark, UTF-16 would pass for UTF-8 with NUL characters.
        text = content.decode(documents.wide_encoding(content[:4096]) or "utf-8-sig")
    except UnicodeDecodeError:
        # Detection reads a sample: the encoding of a whole book does not need the whole book.
        best = charset_normalizer.from_bytes(content[:200000], cp_isolation=_ENCODINGS).best()
        if best is None:
            return None
        try:
            text = content.decode(best.encoding)
        except UnicodeDecodeError:
            return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def strip_gutenberg(text):
    """The book between Project Gutenberg's header and footer; a text without them is returned as it is."""
    starts = [match.end() for match in _START.finditer(text, 0, min(len(text), 60000))]
    start = starts[-1] if starts else 0
    end = _END.search(text, start)
    body = text[start : end.start()] if end else text[start:]
    if not starts:
        return body
    blocks = re.split(r"(?:[ \t]*\n){2,}", body.lstrip(), maxsplit=_MOST_CREDITS)
    credits = [
        number for number, block in enumerate(blocks[:_MOST_CREDITS]) if _CREDIT.search(block)
    ]
    return "\n\n".join(blocks[credits[-1] + 1 if credits else 0 :])


def paragraphs(text):
    """Plain text -> list of one-line paragraphs.

    Lines are joined up to a blank line; where a book has no blank lines, every line is a paragraph already. A line that an
    ideographic space indents begins a paragraph, too. Words broken over a line end with a hyphen are left as they are:
    whether the hyphen is the word's own cannot be told.
    """
    has_blank_lines = _BLANK_LINE.search(text.strip())
    blocks = _NEW_PARAGRAPH.split(text) if has_blank_lines else text.split("\n")
    found = []
    for block in blocks:
        block = _WRAP_WITHOUT_SPACE.sub("", block)
        # Gutenberg marks italics as _so_; the marks are no part of the text.
        line = re.sub(r"(?<!\w)_([^_]+)_(?!\w)", r"\1", " ".join(block.split()))
        if not _NO_PROSE.match(line):
            found.append(line)
    return found
