# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of parser functions in a sentence: {{formatnum:3003}}, {{lc:NASA}}, {{#if:x|yes|no}}. Each function takes a
calls.Call, whose first argument is what follows the colon, and returns str, or None where the text cannot be known."""

import re

from data.wikipedia_corpus.templates import dates, numbers, quantities

WITHOUT_TEXT = frozenset(
    "defaultsort displaytitle defaultcategorysort defaultsortkey #tag #coordinates #related #seo".split()
)


def _condition(call):
    return call.get(2) if call.get(1) else call.get(3)


def _if_equal(call):
    first, second = numbers.parse(call.get(1)), numbers.parse(call.get(2))
    if first and second:
        return call.get(3) if first.value == second.value else call.get(4)
    return call.get(3) if call.get(1) == call.get(2) else call.get(4)


def _switch(call):
    """The first case that is equal; a case without a value falls through to the next one that has one."""
    wanted, default, is_matched = call.get(1), "", False
    for key in call.keys():
        if key == "#default":
            default = call.get(key)
        elif key.isdecimal() and key != "1":
            default = call.get(key)
            is_matched = is_matched or default == wanted
        elif not key.isdecimal() and (is_matched or key == wanted):
            return call.get(key)
    return default


_ARITHMETIC = re.compile(r"^[\d\s.+*/()-]{1,60}$")


def _expression(call):
    """{{#expr:2*3}}: sums and products of plain numbers"""
    source = call.get(1).replace("\u2212", "-")
    match = re.match(r"^(.*?)\s+round\s+(-?\d+)$", source)
    places = int(match.group(2)) if match else None
    source = match.group(1) if match else source
    if not _ARITHMETIC.match(source) or "**" in source or "//" in source:
        return None
    try:
        value = float(_evaluated(source))
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    if places is not None:
        return numbers.rounded(value, places, "")
    return "%d" % value if value == int(value) else repr(round(value, 10))


def _evaluated(source):
    """The value of a sum of products with brackets."""
    tokens = re.findall(r"\d+\.?\d*|\.\d+|[-+*/()]", source)

    def atom():
        token = tokens.pop(0)
        if token == "-":
            return -atom()
        if token == "+":
            return atom()
        if token == "(":
            value = total()
            if tokens.pop(0) != ")":
                raise ValueError(source)
            return value
        return float(token)

    def product():
        value = atom()
        while tokens and tokens[0] in "*/":
            value = value * atom() if tokens.pop(0) == "*" else value / atom()
        return value

    def total():
        value = product()
        while tokens and tokens[0] in "+-":
            value = value + product() if tokens.pop(0) == "+" else value - product()
        return value

    result = total()
    if tokens:
        raise ValueError(source)
    return result


def _padded(call, is_left):
    width = min(int(call.get(2)), 500) if call.get(2).isdecimal() else 0
    fill = (call.get(3) or "0")[0]
    return call.get(1).rjust(width, fill) if is_left else call.get(1).ljust(width, fill)


def _plural(call):
    number = numbers.parse(call.get(1))
    if number is None:
        return None
    return call.get(2) if number.value == 1 else call.get(3) or call.get(2)


def _unknown(call):
    """What only the wiki can tell: other pages, modules, today's date."""
    return None


FUNCTIONS = {
    "formatnum": quantities.formatted,
    "lc": lambda call: call.get(1).lower(),
    "uc": lambda call: call.get(1).upper(),
    "lcfirst": lambda call: call.get(1)[:1].lower() + call.get(1)[1:],
    "ucfirst": lambda call: call.get(1)[:1].upper() + call.get(1)[1:],
    "padleft": lambda call: _padded(call, True),
    "padright": lambda call: _padded(call, False),
    "plural": _plural,
    "#if": _condition,
    "#ifeq": _if_equal,
    "#switch": _switch,
    "#expr": _expression,
    "#formatdate": dates.date_text,
    "#dateformat": dates.date_text,
    "#invoke": _unknown,
    "#time": _unknown,
    "#property": _unknown,
    "#iferror": lambda call: call.get(1),
    "#ifexist": _unknown,
    "#ifexpr": _unknown,
    "#lst": _unknown,
    "#section": _unknown,
    "int": _unknown,
    "urlencode": lambda call: call.get(1),
    "anchorencode": lambda call: call.get(1),
    "fullurl": _unknown,
    "localurl": _unknown,
    "ns": lambda call: call.get(1),
    "pagename": lambda call: call.get(1),
}
