# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Numbers as Wikipedia's templates write them: read, grouped, rounded, as ordinals, Roman numerals and words."""

import decimal
import re

_NUMBER = re.compile(
    r"^(?P<sign>[-+\u2212\u2013]?)(?P<digits>\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE](?P<exponent>[-+\u2212]?\d{1,3}))?$"
)
_FRACTION = re.compile(
    r"^(?P<sign>[-+\u2212\u2013]?)(?:(?P<whole>\d[\d,]*)\s*[+\s])?\s*(?P<over>\d+)\s*//?\s*(?P<under>[1-9]\d*)$"
)
_VULGAR = {
    "\u00bd": "1/2",
    "\u00bc": "1/4",
    "\u00be": "3/4",
    "\u2153": "1/3",
    "\u2154": "2/3",
    "\u215b": "1/8",
    "\u215c": "3/8",
    "\u215d": "5/8",
    "\u215e": "7/8",
}
_SUPERSCRIPTS = dict(zip("0123456789+-\u2212()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁱⁿ"))
_SUBSCRIPTS = dict(zip("0123456789+-\u2212()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎"))
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ROMAN = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


class Number:
    """A number as an editor wrote it. value: float; shown: str, with grouped thousands; decimals: int, places that it is
    exact to (-2: to the hundreds); denominator: int, of a fraction, else None."""

    def __init__(self, value, shown, decimals, denominator=None):
        self.value = value
        self.shown = shown
        self.decimals = decimals
        self.denominator = denominator


def parse(text, separator=","):
    """'1300', '-5.0', '1.5e6', '3+1/2', '½' -> Number; None for anything else. `separator` groups the digits shown."""
    text = re.sub(
        r"(\d?)([\u00bc-\u00be\u2153-\u215e])",
        lambda match: (match.group(1) + "+" if match.group(1) else "")
        + _VULGAR.get(match.group(2), match.group(2)),
        text.strip().replace("\u2044", "/"),
    )
    match = _NUMBER.match(text)
    if match:
        return _decimal(match, separator)
    match = _FRACTION.match(text)
    if not match:
        return None
    whole = (match.group("whole") or "").replace(",", "")
    over, under = int(match.group("over")), int(match.group("under"))
    sign = "\u2212" if match.group("sign") in ("-", "\u2212", "\u2013") else ""
    value = int(whole or 0) + over / float(under)
    shown = "%s%s %d/%d" % (sign, grouped(whole, separator), over, under)
    if not whole:
        shown = "%s%d/%d" % (sign, over, under)
    return Number(-value if sign else value, shown, 0, under)


def _decimal(match, separator):
    digits = match.group("digits").replace(",", "").rstrip(".")
    if digits.startswith("."):
        digits = "0" + digits
    exponent = int((match.group("exponent") or "0").replace("\u2212", "-"))
    sign = "\u2212" if match.group("sign") in ("-", "\u2212", "\u2013") else ""
    if "." in digits:
        decimals = len(digits.split(".")[1])
    else:
        decimals = len(digits.rstrip("0")) - len(digits) if digits.strip("0") else 0
    shown = sign + grouped(digits, separator)
    if exponent:
        shown += "\u00d710" + superscript(str(exponent))
    value = float(digits + "e%d" % exponent)
    return Number(-value if sign else value, shown, decimals - exponent)


def grouped(digits, separator=","):
    """'1234567.25' -> '1,234,567.25'. What is no plain number stays as it is."""
    match = re.match(r"^([-\u2212+]?)(\d+)(\.\d+)?$", digits)
    if not match:
        return digits
    whole = match.group(2)
    parts = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    return match.group(1) + separator.join(parts) + (match.group(3) or "")


def rounded(value, decimals, separator=","):
    """A float, rounded half away from zero to `decimals` places (negative: tens, hundreds), grouped, with a true minus."""
    decimals = max(min(decimals, 30), -30)
    number = decimal.Decimal(repr(value)).quantize(
        decimal.Decimal(1).scaleb(-decimals),
        rounding=decimal.ROUND_HALF_UP,
        context=decimal.Context(prec=80),
    )
    text = format(number, "f")
    if not text.strip("-0."):
        text = text.lstrip("-")
    return grouped(text, separator).replace("-", "\u2212")


def superscript(text):
    """Text -> superscript characters, or None where there is one that has none."""
    return _mapped(text, _SUPERSCRIPTS)


def subscript(text):
    """Text -> subscript characters, or None where there is one that has none."""
    return _mapped(text, _SUBSCRIPTS)


def _mapped(text, table):
    if text and all(character in table for character in text):
        return "".join(table[character] for character in text)
    return None


def ordinal_suffix(number):
    """1 -> 'st', 12 -> 'th'."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def roman(number):
    """4 -> 'IV'; None from 4000 on and below 1."""
    if not 0 < number < 4000:
        return None
    text = ""
    for value, letters in _ROMAN:
        while number >= value:
            text += letters
            number -= value
    return text


def in_words(number):
    """42 -> 'forty-two', for 0 to 999,999; None for others."""
    if not 0 <= number < 1000000:
        return None
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens = _TENS[number // 10 - 2]
        return tens if number % 10 == 0 else tens + "-" + _ONES[number % 10]
    large, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    text = in_words(number // large) + " " + word
    rest = number % large
    if not rest:
        return text
    return text + (" and " if rest < 100 else " ") + in_words(rest)
