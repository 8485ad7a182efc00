# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Wikitext of one article -> its running prose, as a list of paragraphs.

mwparserfromhell parses; this file only decides what of the tree is prose. Kept: text, the visible side of links, the
content of inline markup. Dropped: headings, lists, tables, references, galleries, formulas, files, categories and
templates, but for the few templates whose visible text is one of their arguments ({{lang|fr|…}}, {{convert|5|km}}):
without those, ordinary sentences would lose a word.
"""

import re

import mwparserfromhell
from mwparserfromhell import nodes

DROP_LINE = "\x00"  # the line holding this mark is a list item, a table row, …
GONE = "\x02"  # something inline was dropped here: repair the punctuation around it
BREAK = "\n\n"

_DROPPED_TAGS = frozenset(
    (
        "ref",
        "references",
        "table",
        "gallery",
        "math",
        "ce",
        "chem",
        "timeline",
        "imagemap",
        "score",
        "source",
        "syntaxhighlight",
        "pre",
        "hiero",
        "graph",
        "mapframe",
        "maplink",
        "section",
        "templatestyles",
        "indicator",
        "noinclude",
        "includeonly",
    )
)
_LIST_TAGS = frozenset(("ul", "ol", "dl", "li", "dd", "dt"))
_BLOCK_TAGS = frozenset(("p", "div", "blockquote", "center", "poem", "hr"))
_END_MATTER = frozenset(
    (
        "references",
        "external links",
        "see also",
        "notes",
        "further reading",
        "bibliography",
        "sources",
        "footnotes",
        "citations",
        "works cited",
        "literature",
        "notes and references",
        "references and notes",
        "external link",
        "gallery",
        "discography",
        "filmography",
        "publications",
        "selected bibliography",
        "selected publications",
    )
)
_MEDIA_NAMESPACES = frozenset(("file", "image", "category", "media"))
_INTERWIKI = re.compile(
    r"^(?:[a-z]{2,3}(?:-[a-z]+)*|simple|wikt|wiktionary|commons|s|q|b|n|v|d):", re.UNICODE
)
_DISAMBIGUATION = re.compile(
    r"\{\{\s*(?:disambig(?:uation)?(?:[ -][^{}|]*)?|dab|hndis|geodis|numberdis|mathdab|schooldis|roaddis|shipindex|"
    r"letter-numbercombdisambig|[^{}|]+ disambiguation)\s*(?:\||\}\})",
    re.IGNORECASE,
)
_REDIRECT = re.compile(r"^\s*#\s*redirect\b", re.IGNORECASE)
_LEFTOVER_LINE = re.compile(r"^\s*(?:\{\||\|\}|\||!|\{\{|\}\}|__[A-Z]+__\s*$|#|\*)")
_LEFTOVER_MARKUP = re.compile(r"\{\{|\}\}|\[\[|\]\]|'{2,}|</?[a-zA-Z][^<>]*>|__[A-Z]{4,}__")

# Template name -> index of the positional argument that is its visible text (-1: the last one).
_TEXT_ARGUMENT = {
    "lang": 1,
    "nowrap": 0,
    "nobr": 0,
    "nihongo": 0,
    "transl": -1,
    "transliteration": -1,
    "abbr": 0,
    "small": 0,
    "smallcaps": 0,
    "sc": 0,
    "tooltip": 0,
    "visible anchor": 0,
    "vanchor": 0,
    "em": 0,
    "strong": 0,
    "angle bracket": 0,
    "zh": 0,
    "wikt-lang": -1,
    "ill": 0,
    "interlanguage link": 0,
    "not a typo": 0,
    "sic": 0,
    "frac": 0,
    "val": 0,
}
_FIXED_TEXT = {
    "ndash": "\u2013",
    "mdash": "\u2014",
    "spaced ndash": " \u2013 ",
    "snd": " \u2013 ",
    "spnd": " \u2013 ",
    "nbsp": " ",
    "space": " ",
    "spaces": " ",
    "'": "'",
    "'s": "'s",
    "\u00b7": "\u00b7",
    "!": "|",
    "=": "=",
    "shy": "",
    "wbr": "",
    "zwj": "",
    "ad": "AD",
    "bc": "BC",
    "pi": "\u03c0",
    "bce": "BCE",
    "ce": "CE",
}
_CONVERT = frozenset(("convert", "cvt", "conv"))
_RANGE_WORDS = {
    "to": " to ",
    "-": "\u2013",
    "\u2013": "\u2013",
    "and": " and ",
    "or": " or ",
    "by": " by ",
    "x": " \u00d7 ",
}
_UNITS = {
    "sqmi": "sq mi",
    "sqkm": "km\u00b2",
    "km2": "km\u00b2",
    "m2": "m\u00b2",
    "m3": "m\u00b3",
    "sqft": "sq ft",
    "C": "\u00b0C",
    "F": "\u00b0F",
    "K": "K",
    "mph": "mph",
    "km/h": "km/h",
    "nmi": "nmi",
}


def is_redirect(wikitext):
    """True where the page only points to another one."""
    return bool(_REDIRECT.match(wikitext))


def is_disambiguation(title, wikitext):
    """True for a page that only lists the meanings of a word."""
    return title.lower().endswith("(disambiguation)") or bool(_DISAMBIGUATION.search(wikitext))


def paragraphs(wikitext):
    """The prose of one article.

    Args:
        wikitext: the article's source, str.

    Returns:
        list of str: paragraphs in order, each on one line, white space folded, no markup. May be empty.
    """
    pieces = []
    skipped_level = None  # inside an end-matter section of this heading level
    # ''italic'' and '''bold''' are cheap to strip afterwards, and their unbalanced use is what breaks the parser most.
    for node in mwparserfromhell.parse(wikitext, skip_style_tags=True).nodes:
        if isinstance(node, nodes.Heading):
            pieces.append(BREAK)
            if skipped_level is None or node.level <= skipped_level:
                title = _LEFTOVER_MARKUP.sub("", node.title.strip_code()).strip().lower()
                skipped_level = node.level if title in _END_MATTER else None
        elif skipped_level is None:
            _append_node(node, pieces)
    return _fold("".join(pieces))


def _append_node(node, pieces):
    """Appends the visible text of `node` (and marks) to the list `pieces`."""
    if isinstance(node, nodes.Text):
        pieces.append(node.value)
    elif isinstance(node, nodes.Wikilink):
        _append_link(node, pieces)
    elif isinstance(node, nodes.Template):
        pieces.append(_template_text(node))
    elif isinstance(node, nodes.Tag):
        _append_tag(node, pieces)
    elif isinstance(node, nodes.HTMLEntity):
        pieces.append(_entity(node))
    elif isinstance(node, nodes.ExternalLink):
        if node.brackets and node.title is not None:
            _append_all(node.title, pieces)
        else:
            pieces.append(GONE)
    elif isinstance(node, nodes.Heading):
        pieces.append(BREAK)
    elif not isinstance(node, nodes.Comment):
        pieces.append(GONE)


def _append_all(code, pieces):
    for node in code.nodes:
        _append_node(node, pieces)


def _append_link(link, pieces):
    target = str(link.title).strip()
    namespace = target.split(":", 1)[0].strip().lower() if ":" in target else ""
    if namespace in _MEDIA_NAMESPACES or (link.text is None and _INTERWIKI.match(target)):
        pieces.append(GONE)
    elif link.text is not None:
        _append_all(link.text, pieces)
    else:
        pieces.append(target.lstrip(":"))


def _append_tag(tag, pieces):
    name = str(tag.tag).strip().lower()
    if tag.wiki_markup in ("*", "#", ":", ";") or name in _LIST_TAGS:
        pieces.append(DROP_LINE)
    elif name in _DROPPED_TAGS:
        pieces.append(BREAK if name == "table" else GONE)
    elif name == "br":
        pieces.append(" ")
    elif tag.contents is not None:
        if name in _BLOCK_TAGS:
            pieces.append(BREAK)
        _append_all(tag.contents, pieces)
        if name in _BLOCK_TAGS:
            pieces.append(BREAK)


def _entity(entity):
    try:
        return entity.normalize()
    except ValueError:  # &#xFFFFFF; and the like
        return ""


def _template_text(template):
    """The visible text of the few templates that stand for words of a sentence; GONE for all others."""
    name = str(template.name).strip().lower().replace("_", " ")
    if name in _FIXED_TEXT:
        return _FIXED_TEXT[name]
    is_lang = name.startswith("lang-")
    if name not in _TEXT_ARGUMENT and name not in _CONVERT and not is_lang:
        return GONE
    arguments = [_plain(parameter.value) for parameter in template.params if not parameter.showkey]
    if name in _CONVERT:
        return _converted(arguments)
    index = 0 if is_lang else _TEXT_ARGUMENT[name]
    if not arguments or index >= len(arguments):
        return GONE
    return arguments[index]


def _plain(code):
    pieces = []
    _append_all(code, pieces)
    return "".join(pieces).strip()


def _converted(arguments):
    """{{convert|5|to|6|km|mi}} -> '5 to 6 km': the quantity as written, not its conversion."""
    text = ""
    for index, argument in enumerate(arguments):
        if argument in _RANGE_WORDS and index:
            text += _RANGE_WORDS[argument]
        elif re.match(r"^[\u2212+-]?[\d.,/+]+(?:e[+-]?\d+)?$", argument):
            text += argument
        else:
            unit = _UNITS.get(argument, argument)
            return (text + " " + unit) if text else GONE
    return text or GONE


def _fold(text):
    """Marked text -> list of clean one-line paragraphs."""
    result, lines = [], []
    for line in text.split("\n") + [""]:
        ends = not line.strip(" \t\x02") or DROP_LINE in line or _LEFTOVER_LINE.match(line)
        if not ends:
            lines.append(line)
        elif lines:
            paragraph = _repair(" ".join(lines))
            if any(character.isalpha() for character in paragraph):
                result.append(paragraph)
            lines = []
    return result


def _repair(text):
    """Removes what a dropped element leaves behind: empty brackets, stray separators, doubled spaces, quote marks."""
    text = _LEFTOVER_MARKUP.sub("", text)
    if GONE in text:
        text = re.sub(r"[(\[][\s,;:\x02]*\x02[\s,;:\x02]*[)\]]", GONE, text)
        text = re.sub(r"([(\[])[\s,;:\x02]*\x02[\s,;:\x02]*", r"\1", text)
        text = re.sub(r"[\s,;:\x02]*\x02[\s\x02]*([)\]])", r"\1", text)
        text = re.sub(r"\s*\x02\s*(?=[,.;:!?])", "", text)
        text = re.sub(r"(?<=\w)\x02+(?=\w)", " ", text)
        text = text.replace(GONE, "")
    text = re.sub(r"\(\s*\)", "", text)
    return " ".join(text.split())
