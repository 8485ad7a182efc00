# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Wikitext of one article -> its running prose, as a list of paragraphs.

mwparserfromhell parses; this file decides what of the tree is prose. Kept: text, the visible side of links, the content of
inline markup, the text of templates that are known (templates/). Dropped: headings, lists, tables, references, galleries,
files, categories. An unknown template and a formula leave a hole, and the sentence around it goes (marks.complete).
"""

import re

import mwparserfromhell
from mwparserfromhell import nodes

from data.wikipedia_corpus import languages, marks, prose, siteinfo, variants
from data.wikipedia_corpus.marks import BREAK, DROP_LINE, GONE, SEPARATOR
from data.wikipedia_corpus.templates import formulas, quantities, render

# Shown beside the text or not at all.
_DROPPED_TAGS = frozenset(
    "ref references gallery timeline imagemap score graph mapframe maplink section templatestyles indicator noinclude includeonly "
    "inputbox rp categorytree charinsert".split()
)
_FORMULA_TAGS = frozenset(("math", "ce", "chem", "hiero"))
_CODE_BLOCK_TAGS = frozenset(("source", "syntaxhighlight", "pre"))
_LIST_TAGS = frozenset(("ul", "ol", "dl", "li", "dd", "dt"))
_BLOCK_TAGS = frozenset(("p", "div", "blockquote", "center", "poem", "hr"))
_INTERWIKI = re.compile(
    r"^(?:[a-z]{2,3}(?:-[a-z]+)*|simple|wikt|wiktionary|commons|s|q|b|n|v|d):", re.UNICODE
)
_HEADING_MARKUP = re.compile(r"\{\{|\}\}|\[\[|\]\]|'{2,}|</?[a-zA-Z][^<>]*>")

is_redirect = languages.is_redirect
is_disambiguation = languages.is_disambiguation


def paragraphs(wikitext, site=siteinfo.ENGLISH, title=""):
    """The prose of one article.

    Args:
        wikitext: the article's source, str.
        site: siteinfo.Site of the dump.
        title: the article's title, str.

    Returns:
        list of str: paragraphs in order, each on one line, white space folded, no markup. May be empty. Where an unknown
        template stood is a hole: marks.complete drops the sentences that have one.
    """
    page = _Page(site, title)
    skipped_level = None  # inside an end-matter section of this heading level
    source = variants.resolved(marks.without_marks(wikitext), site.language)
    # ''italic'' and '''bold''' are cheap to strip afterwards, and their unbalanced use is what breaks the parser most.
    for node in mwparserfromhell.parse(source, skip_style_tags=True).nodes:
        if isinstance(node, nodes.Heading):
            page.pieces.append(BREAK)
            if skipped_level is None or node.level <= skipped_level:
                heading = _HEADING_MARKUP.sub("", node.title.strip_code()).strip(" :").lower()
                skipped_level = node.level if heading in languages.END_MATTER else None
        elif skipped_level is None:
            page.add(node)
    return prose.paragraphs("".join(page.pieces))


class _Page:
    """Text of one page's nodes, with marks, collected in the list `pieces`."""

    def __init__(self, site, title):
        self.pieces = []
        self._site = site
        self._title = title
        self._hidden = languages.hidden_namespaces(site)

    def add(self, node):
        """Appends the visible text of `node`."""
        if isinstance(node, nodes.Text):
            self._add_text(node.value)
        elif isinstance(node, nodes.Wikilink):
            self._add_link(node)
        elif isinstance(node, nodes.Template):
            self.pieces.append(render.text(node, self.plain, self._site.language, self._title))
        elif isinstance(node, nodes.Tag):
            self._add_tag(node)
        elif isinstance(node, nodes.HTMLEntity):
            self.pieces.append(_entity(node))
        elif isinstance(node, nodes.ExternalLink):
            if node.brackets and node.title is not None:
                self.add_all(node.title)
            else:
                self.pieces.append(GONE)
        elif isinstance(node, nodes.Heading):
            self.pieces.append(BREAK)
        elif not isinstance(node, nodes.Comment):
            self.pieces.append(GONE)

    def add_all(self, code):
        """Appends the visible text of a Wikicode."""
        for node in code.nodes:
            self.add(node)

    def plain(self, code):
        """The visible text of a Wikicode (str, with marks), without appending it."""
        outer, self.pieces = self.pieces, []
        self.add_all(code)
        text, self.pieces = "".join(self.pieces), outer
        return text

    def _add_text(self, text):
        if text[:1] == "'":
            self.pieces.append(SEPARATOR)
        self.pieces.append(text)
        if text[-1:] == "'":
            self.pieces.append(SEPARATOR)

    def _add_link(self, link):
        target = str(link.title).strip()
        namespace, colon, _ = target.partition(":")
        if colon and (
            " ".join(namespace.replace("_", " ").lower().split()) in self._hidden
            or languages.is_media_file(target)
            or (link.text is None and _INTERWIKI.match(target))
        ):
            self.pieces.append(GONE)
        elif link.text is not None:
            self.add_all(link.text)
        else:
            shown = self.plain(link.title) if "&" in target or "{" in target else target
            self.pieces.append(shown.strip().lstrip(":"))

    def _add_tag(self, tag):
        name = str(tag.tag).strip().lower()
        if tag.wiki_markup in ("*", "#", ":", ";") or name in _LIST_TAGS:
            self.pieces.append(DROP_LINE)
        elif name == "table":
            self.pieces.append(BREAK)
        elif name in _FORMULA_TAGS:
            self.pieces.append(_formula(name, str(tag.contents or "")))
        elif name in _CODE_BLOCK_TAGS and not tag.has("inline"):
            self.pieces.append(BREAK)
        elif name in _DROPPED_TAGS:
            self.pieces.append(GONE)
        elif name == "br":
            self.pieces.append(" ")
        elif tag.contents is not None:
            self._add_contents(name, tag.contents)

    def _add_contents(self, name, contents):
        if name in ("sup", "sub"):
            self.pieces.append(self._script(name, self.plain(contents)))
        elif name in ("rt", "rp"):
            # <rp> has brackets for browsers that cannot show the reading above the word.
            self.pieces.append(" (%s)" % self.plain(contents).strip() if name == "rt" else "")
        elif name in _BLOCK_TAGS:
            self.pieces.append(BREAK)
            self.add_all(contents)
            self.pieces.append(BREAK)
        else:
            self.add_all(contents)

    def _script(self, name, text):
        if GONE in text or BREAK in text:
            return text
        text = text.replace("''", "").replace(SEPARATOR, "").strip()
        if name == "sub":
            return quantities.lowered(text)
        before = next((piece for piece in reversed(self.pieces) if piece.strip(SEPARATOR)), "")
        is_letters = re.match(r"^[^\W\d_]+$", text) is not None
        return quantities.raised(text, before.rstrip("'" + SEPARATOR) if is_letters else "")


def _formula(name, source):
    shown = formulas.in_one_line(source, quantities.raised, quantities.lowered)
    return shown if name == "math" and shown else marks.hole("<%s>" % name)


def _entity(entity):
    try:
        text = entity.normalize()
    except ValueError:  # &#xFFFFFF; and the like
        return ""
    return marks.APOSTROPHE if text == "'" else marks.without_marks(text)
