# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""{{convert}}: a quantity in words and, in parentheses, in another unit, as Wikipedia shows it.

    {{convert|5|-|6|km|mi}} -> 5–6 kilometres (3.1–3.7 mi)
    {{convert|6|ft|4|in|cm|adj=on}} -> 6-foot-4-inch (193 cm)

Where the other unit is not known here, the quantity stands alone; where the quantity's own unit is not known, there is no
text (None): a number is never shown without its unit or with a wrong one.
"""

import math
import re

from data.wikipedia_corpus.templates import numbers, units

# Word between two numbers -> what is shown in words.
_RANGES = {
    "to": " to ",
    "-": "\u2013",
    "\u2013": "\u2013",
    "&ndash;": "\u2013",
    "to(-)": " to ",
    "and": " and ",
    "and(-)": " and ",
    "&": " and ",
    "or": " or ",
    "by": " by ",
    "by(x)": " by ",
    "x": " \u00d7 ",
    "*": " \u00d7 ",
    "\u00d7": " \u00d7 ",
    "xx": " \u00d7 ",
    "+/-": " \u00b1 ",
    "\u00b1": " \u00b1 ",
    "+": " + ",
    ",": ", ",
    ", and": ", and ",
    ", or": ", or ",
    "to about": " to about ",
    "and about": " and about ",
    "to at least": " to at least ",
    "to more than": " to more than ",
    "up to": " up to ",
    "/": "/",
}
_RANGE_IN_NUMBER = re.compile(
    r"^(?P<first>[-\u2212]?[\d.,]+)\s*(?P<word>to|and|or|by|x|\u2013|-)\s*(?P<second>[\d.,]+)$"
)
# Unit -> the units in which its remainder is given: 6 ft 4 in.
_PARTS = {
    "mile": ("yard", "foot", "chain", "furlong"),
    "yard": ("foot", "inch"),
    "foot": ("inch",),
    "stone": ("pound",),
    "pound": ("ounce",),
    "long ton": ("hundredweight", "long hundredweight"),
    "hand": ("inch",),
    "chain": ("yard", "foot"),
    "league": ("mile",),
    "metre": ("centimetre",),
    "kilometre": ("metre",),
}
# Outputs in two units: name of the larger, code of the smaller, how many smaller make one.
_TWO_UNITS = {
    "ftin": ("ft", "in", 12),
    "ft in": ("ft", "in", 12),
    "foot in": ("ft", "in", 12),
    "ydft": ("yd", "ft", 3),
    "miyd": ("mi", "yd", 1760),
    "mi yd": ("mi", "yd", 1760),
    "lboz": ("lb", "oz", 16),
    "lb oz": ("lb", "oz", 16),
    "stlb": ("st", "lb", 14),
    "st lb": ("st", "lb", 14),
    "in ft": ("ft", "in", 12),
}
_SYMBOL_ONLY = ("degree Celsius", "degree Fahrenheit", "degree Rankine")
_BETWEEN = {
    "b": (" (", ")"),
    "sqbr": (" [", "]"),
    "or": (" or ", ""),
    "comma": (", ", ""),
    "semicolon": ("; ", ""),
    "slash": ("/", ""),
    "s": (" / ", ""),
    "br": (" (", ")"),
    "br()": (" (", ")"),
    "x": (" ", ""),
}


class _Quantity:
    """Numbers and units as written: amounts: list of (list of Number, Unit), more than one for 6 ft 4 in; words: list of
    what stands between the numbers of a range; rest: what follows in the template's arguments."""

    def __init__(self, amounts, words, rest):
        self.amounts = amounts
        self.words = words
        self.rest = rest

    @property
    def unit(self):
        return self.amounts[0][1]

    def values(self):
        """Floats of the range, in the unit of `last_unit`."""
        if len(self.amounts) == 1:
            return [number.value for number in self.amounts[0][0]]
        total = sum(
            units.converted(written[0].value, unit, self.last_unit)
            for written, unit in self.amounts
        )
        return [total]

    @property
    def last_unit(self):
        return self.amounts[-1][1]


def text(arguments, options):
    """The text of a {{convert}}.

    Args:
        arguments: list of str, the positional arguments without markup.
        options: dict of str, the named ones: abbr, adj, disp, sp, order, sigfig, round, spell, comma.

    Returns:
        str, or None if the quantity or its unit is not understood.
    """
    separator = {"off": "", "gaps": " "}.get(options.get("comma"), ",")
    quantity = _parsed([argument.strip() for argument in arguments], separator)
    if quantity is None:
        return None
    disp, abbr, adj = (options.get(name, "") for name in ("disp", "abbr", "adj"))
    outputs, places, extra = _outputs(quantity)
    if abbr == "values":
        return _numbers_shown(quantity)
    shown = _input(quantity, options, extra)
    if disp in ("unit", "unit2"):
        return units.in_words(quantity.unit, _is_plural(quantity), options.get("sp") == "us")
    results = [_output(quantity, code, places, options, separator) for code in outputs]
    results = [result for result in results if result]
    if disp in ("out", "output only", "output", "output number only", "number", "outsing"):
        if len(results) != len(outputs) or not results:
            return None
        chosen = results[0]
        return chosen[0] if "number" in disp else "; ".join(full for _, full in results)
    if disp == "preunit" and extra:
        return None
    if not results or disp in ("input", "num", "table", "tablecen"):
        return shown
    opening, closing = _BETWEEN.get(disp, _BETWEEN["b"])
    others = "; ".join(full for _, full in results)
    if options.get("order") in ("flip", "out") or disp in ("flip", "flip4"):
        is_hyphenated = adj in ("on", "mid") and abbr in ("", "out", "off", "none")
        flipped = _output(quantity, outputs[0], places, dict(options, flip="yes"), separator)
        first = (
            flipped[1].replace(" ", "-") if is_hyphenated and flipped else flipped and flipped[1]
        )
        if first is None or len(results) > 1:
            return shown
        return first + opening + _input(quantity, dict(options, abbr="on", adj=""), []) + closing
    return shown + opening + others + closing


def _parsed(arguments, separator):
    """The _Quantity at the head of the arguments, or None."""
    if not arguments:
        return None
    first = numbers.parse(arguments[0], separator)
    found, words, position = [first], [], 1
    match = _RANGE_IN_NUMBER.match(arguments[0]) if first is None else None
    if match:
        found = [numbers.parse(match.group(name), separator) for name in ("first", "second")]
        words = [_RANGES[match.group("word")]]
    if None in found:
        return None
    while position + 1 < len(arguments) and arguments[position].lower() in _RANGES:
        following = numbers.parse(arguments[position + 1], separator)
        if following is None:
            break
        words.append(_RANGES[arguments[position].lower()])
        found.append(following)
        position += 2
    unit = units.find(arguments[position]) if position < len(arguments) else None
    if unit is None:
        return None
    position += 1
    amounts = [(found, unit)]
    while len(found) == 1 and position + 1 < len(arguments):
        part = numbers.parse(arguments[position], separator)
        smaller = units.find(arguments[position + 1])
        if part is None or smaller is None or smaller.name not in _PARTS.get(unit.name, ()):
            break
        amounts.append(([part], smaller))
        unit = smaller
        position += 2
    return _Quantity(amounts, words, arguments[position:])


def _outputs(quantity):
    """(list of output codes, decimal places asked for or None, arguments for adj=mid and adj=pre)."""
    rest = list(quantity.rest)
    codes, places, extra = [], None, []
    if rest and _is_output(rest[0]):
        code = rest.pop(0)
        codes = [code] if code in _TWO_UNITS else code.replace("+", " ").split()
    elif not (rest and rest[0] and re.match(r"^[A-Za-z]", rest[0])):
        # (An output that is not known is not replaced by another one.)
        codes = list(quantity.unit.default if len(quantity.amounts) == 1 else ())
        if len(quantity.amounts) > 1:
            codes = {"inch": ["m"], "pound": ["kg"], "ounce": ["kg"], "yard": ["km"]}.get(
                quantity.last_unit.name, []
            )
    for argument in rest:
        if re.match(r"^-?\d+$", argument) and places is None:
            places = int(argument)
        elif argument:
            extra.append(argument)
    return codes, places, extra


def _is_output(code):
    return code in _TWO_UNITS or (
        bool(code)
        and not re.match(r"^-?\d+$", code)
        and all(part in _TWO_UNITS or units.find(part) for part in code.replace("+", " ").split())
    )


def _is_plural(quantity):
    """'miles' but for 1 mile and 1/2 mile."""
    last = quantity.amounts[0][0][-1]
    if len(quantity.amounts[0][0]) > 1 or quantity.unit.multiple:
        return True
    return not (last.value == 1 or (last.denominator and 0 < last.value < 1))


def _numbers_shown(quantity):
    shown = quantity.amounts[0][0][0].shown
    for word, number in zip(quantity.words, quantity.amounts[0][0][1:]):
        shown += word + number.shown
    return shown


def _input(quantity, options, extra):
    """The quantity as written, with the names of its units, or with symbols for abbr=on and abbr=in."""
    abbr, adj = options.get("abbr", ""), options.get("adj", "")
    is_abbreviated = abbr in ("on", "in", "~", "mos", "unit", "h")
    is_adjective = adj in ("on", "mid", "1")
    parts = []
    for index, (found, unit) in enumerate(quantity.amounts):
        number = found[0].shown if index else _numbers_shown(quantity)
        if options.get("spell", "").lower() in ("in", "on") and len(found) == 1:
            words = numbers.in_words(int(found[0].value)) if found[0].value % 1 == 0 else None
            number = (words.capitalize() if options["spell"][0] == "I" else words) or number
        is_plural = not is_adjective and (
            _is_plural(quantity) if index == 0 else found[0].value != 1
        )
        pre = extra[0].strip() + " " if adj == "pre" and extra else ""
        if pre and extra[0].startswith("-"):
            pre = ""
        if is_abbreviated or unit.name in _SYMBOL_ONLY:
            parts.append(_with_symbol(number, unit, pre))
        elif is_adjective:
            name = units.in_words(unit, False, options.get("sp") == "us")
            parts.append(_price(unit) + number.replace(" ", "-") + "-" + name.replace(" ", "-"))
        else:
            name = units.in_words(unit, is_plural, options.get("sp") == "us")
            parts.append("%s%s %s%s" % (_price(unit), number, pre, name))
    joined = ("-" if is_adjective and not is_abbreviated else " ").join(parts)
    if adj == "mid" and extra:
        joined += extra[0] if extra[0].startswith("-") else " " + extra[0]
    return joined


def _price(unit):
    return unit.money + " " if unit.money.isalpha() else unit.money


def _with_symbol(number, unit, pre=""):
    symbol = ("%s %s" % (unit.multiple, unit.symbol)).strip()
    if unit.symbol.startswith("/"):
        symbol = (" " + unit.multiple if unit.multiple else "") + unit.symbol
        return _price(unit) + number + symbol
    if unit.symbol == "°":
        return number + symbol
    return "%s%s %s%s" % (_price(unit), number, pre, symbol)


def _output(quantity, code, places, options, separator):
    """(number, number with its unit) of the quantity in the unit `code`; None where that cannot be computed."""
    if code in _TWO_UNITS:
        return _in_two_units(quantity, *_TWO_UNITS[code])
    unit = units.find(code)
    if unit is None:
        return None
    shown = []
    for index, value in enumerate(quantity.values()):
        result = units.converted(value, quantity.last_unit, unit)
        if result is None:
            return None
        decimals = _decimals(quantity, index, value, result, unit)
        if places is not None:
            decimals = places
        elif options.get("sigfig", "").isdecimal() and result:
            decimals = int(options["sigfig"]) - 1 - _magnitude(result)
        step = numbers.parse(options.get("round", "") or "x")
        if step and step.value > 0 and places is None:
            result = math.floor(result / step.value + 0.5) * step.value
            decimals = max(step.decimals, 0)
        shown.append(numbers.rounded(result, decimals, separator))
    number = shown[0]
    for word, following in zip(quantity.words, shown[1:]):
        number += word + following
    is_named = options.get("abbr") in ("off", "none", "in") or options.get("flip")
    is_named = is_named and options.get("abbr") != "on" and unit.name not in _SYMBOL_ONLY
    if not is_named:
        return number, _with_symbol(number, unit)
    is_singular = number == "1" or options.get("adj") in ("on", "mid")
    name = units.in_words(unit, not is_singular, options.get("sp") == "us")
    return number, "%s%s %s" % (_price(unit), number, name)


def _in_two_units(quantity, large, small, count):
    found = []
    for value in quantity.values():
        result = units.converted(value, quantity.last_unit, units.find(small))
        if result is None or result < 0:
            return None
        whole, part = divmod(int(math.floor(result + 0.5)), count)
        found.append("%s %s %d %s" % (numbers.grouped(str(whole)), large, part, small))
    shown = found[0]
    for word, following in zip(quantity.words, found[1:]):
        shown += (" to " if word == "\u2013" else word) + following
    return shown, shown


def _magnitude(value):
    return int(math.floor(math.log10(abs(value)) + 1e-14))


def _decimals(quantity, index, value, result, unit):
    """Decimal places of a result: about as exact as the input, at least two significant digits (three for kelvins)."""
    number = quantity.amounts[-1][0][index if len(quantity.amounts) == 1 else 0]
    exact = number.decimals
    if number.denominator:
        exact = max(math.log10(number.denominator), 1)
    if len(quantity.amounts) > 1:
        exact = max(exact, 0)
    if unit.dimension == "temperature":
        kelvins = abs(units.kelvins(value, quantity.last_unit))
        least = 2 - _magnitude(kelvins) if kelvins > 1e-8 else 2
        return int(math.floor(max(exact, least)))
    if not value or not result:
        return 0
    if len(quantity.amounts) > 1 and quantity.last_unit.name == "inch":
        gain = math.log10(unit.factor) + 2
    else:
        gain = math.log10(abs(value / result))
    return max(int(math.floor(exact + gain + math.log10(2))), 1 - _magnitude(result))
