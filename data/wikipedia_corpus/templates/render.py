# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of templates and parser functions in a sentence.

Four kinds: those whose text is known ({{convert}}, {{lang}}, {{frac}}), those that show nothing there (citations, notices,
boxes), boxes written over several lines, and all others. An *unknown* one leaves a hole (marks.hole), and the sentence around it
is dropped: what remains of an article is never wrong.
"""

import functools
import re

from data.wikipedia_corpus import marks
from data.wikipedia_corpus.templates import (
    calls,
    dates,
    foreign,
    parser_functions,
    quantities,
    tables,
    wording,
)

_RENDERERS = {}
for _module in (dates, quantities, wording):
    _RENDERERS.update(_module.RENDERERS)

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SIMPLE_FRACTION = re.compile(r"^[1-9]\d?/[1-9]\d?$")
_LANGUAGE_TEXT = re.compile(r"^lang-[a-z]{2,3}(?:-[a-z]+)*$")
_PRONUNCIATION = re.compile(r"^(?:ipa|ipac|api|афи)-[a-z]{2,4}\d?(?:-[a-z]+)?$")


def text(template, plain, language, page_title):
    """The visible text of a template.

    Args:
        template: the parser's Template node.
        plain: function of the parser's Wikicode, its visible text with marks.
        language: str, code of the wiki's language.
        page_title: str.

    Returns:
        str with marks: the text; marks.GONE for a template without text; a hole for an unknown one.
    """
    raw_name = str(template.name)
    if "<!--" in raw_name:
        raw_name = _COMMENT.sub("", raw_name)
    name, is_function = _name(raw_name)
    if is_function:
        return _function_text(name, template, plain, page_title)
    call = calls.Call(name, raw_name.strip(), template, plain, page_title)
    shown = _known_text(call, language)
    if shown is not None:
        return shown
    if tables.is_silent(name) or _is_box(template):
        return marks.GONE
    return marks.hole(name)


@functools.lru_cache(maxsize=65536)
def _name(raw_name):
    """(name in lower case, whether it is a parser function)."""
    stripped = raw_name.strip()
    head, colon, rest = stripped.partition(":")
    function = head.strip().lower()
    if colon:
        if (
            function.startswith("#")
            or function in parser_functions.FUNCTIONS
            or function in parser_functions.WITHOUT_TEXT
        ):
            return function, True
        if function in ("template", "msg", "subst", "safesubst"):
            stripped = rest
    return " ".join(stripped.replace("_", " ").lower().split()), False


def _known_text(call, language):
    """The text of a template that is known; None for others and for arguments that are not understood."""
    name = call.name
    function = foreign.renderer(name, language) if language != "en" else None
    if function is not None:
        return _result(function, call)
    if not call.has(1) and name in tables.FIXED:
        return tables.FIXED[name]
    function = _RENDERERS.get(name)
    if function is None and _LANGUAGE_TEXT.match(name):
        is_labelled = language == "en"
        function = wording.labelled_language if is_labelled else wording.language_text
    if function is None and _PRONUNCIATION.match(name):
        function = wording.pronunciation
    if function is not None:
        return _result(function, call)
    if _SIMPLE_FRACTION.match(name):
        return marks.FRACTION + name
    if name in tables.TEXT_ARGUMENT:
        position = tables.TEXT_ARGUMENT[name]
        shown = call.raw(position) or call.raw("text") or call.raw("content")
        return shown if shown else marks.GONE
    if name in tables.FIXED:
        return tables.FIXED[name]
    if name.startswith("script/") and call.has(1):
        return call.raw(1)
    country = wording.country(call.raw_name) if not call.has(1) else None
    if country:
        return country
    if language == "en" or not tables.is_silent(name):
        function = foreign.renderer_of_others(name)
    if function is not None and not tables.is_silent(name):
        return _result(function, call)
    return None


def _result(function, call):
    """What a function of a template shows; a hole where it does not understand the arguments."""
    try:
        shown = function(call)
    except (ArithmeticError, LookupError, ValueError):
        shown = None
    if shown is None:
        return marks.hole(call.name) if any(call.positional()) else marks.GONE
    return shown


def _is_box(template):
    """True for a template written over several lines: an infobox, a navigation box, a table."""
    return "\n" in str(template).strip()


def _function_text(name, template, plain, page_title):
    """The text of a parser function: {{name:first|others}}."""
    if name in parser_functions.WITHOUT_TEXT:
        return marks.GONE
    function = parser_functions.FUNCTIONS.get(name)
    if function is None:
        return marks.hole(name)
    call = calls.FunctionCall(name, template, plain, page_title)
    if marks.has_hole(call.get(1)):
        return call.get(1)  # what it would do with that is not known
    return _result(function, call)
