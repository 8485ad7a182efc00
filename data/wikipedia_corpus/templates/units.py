# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Units of measurement by the codes of Wikipedia's {{convert}}: names, symbols, and values in another unit.

units.tsv lists the units; prefixes of the SI (MW), multiples (e6acre: million acres) and quotients (kg/m3, $/acre) are put
together here.
"""

import collections
import functools
import io
import os
import re

_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "units.tsv")

# dimension: str, units of one dimension are converted into each other by `factor`; None: not converted. multiple: "million" or
# ""; its power of ten is part of `factor`. money: "$" where the quantity is a price ("$5 per acre"), else "". default: codes.
Unit = collections.namedtuple(
    "Unit", "code dimension factor name plural symbol multiple money default"
)

_MULTIPLES = {
    "e3": ("thousand", 1e3),
    "e6": ("million", 1e6),
    "e9": ("billion", 1e9),
    "e12": ("trillion", 1e12),
    "e15": ("quadrillion", 1e15),
}
_PREFIXES = {
    "da": ("deca", 1e1),
    "h": ("hecto", 1e2),
    "k": ("kilo", 1e3),
    "M": ("mega", 1e6),
    "G": ("giga", 1e9),
    "T": ("tera", 1e12),
    "P": ("peta", 1e15),
    "E": ("exa", 1e18),
    "d": ("deci", 1e-1),
    "c": ("centi", 1e-2),
    "m": ("milli", 1e-3),
    "μ": ("micro", 1e-6),
    "µ": ("micro", 1e-6),
    "u": ("micro", 1e-6),
    "n": ("nano", 1e-9),
    "p": ("pico", 1e-12),
    "f": ("femto", 1e-15),
}
# Codes whose prefix is a multiple: Moilbbl, "million barrels".
_MULTIPLE_PREFIXES = {"k": "e3", "M": "e6", "G": "e9", "T": "e12"}
_MULTIPLE_BASES = frozenset(
    "oilbbl bbl USgal U.S.gal usgal impgal cuft cufoot cuyd ft3 acre.ft acre.foot LT ST BTU Btu USbushel".split()
)
_PREFIXED = frozenset("m g L l t J cal N Nm W Wh eV Pa bar s A V Hz bit byte B b K mol M".split())
# Default outputs of the prefixed units that are common.
_DEFAULTS = {
    "km": "mi",
    "cm": "in",
    "mm": "in",
    "kg": "lb",
    "mg": "gr",
    "kW": "hp",
    "MW": "hp",
    "kN": "lbf",
    "kPa": "psi",
    "MPa": "psi",
    "hPa": "inHg",
    "kJ": "kcal",
    "mL": "impfloz USfloz",
    "ml": "impfloz USfloz",
}
_MONEY = re.compile(r"^(?:[A-Z]{0,3}[$£€¥₹₽₩฿]|[A-Z]{3})$")
_KELVIN_OFFSETS = {"°C": 273.15, "°F": 459.67 / 1.8, "K": 0.0, "°R": 0.0}
_US_SPELLING = (("metre", "meter"), ("litre", "liter"), ("tonne", "metric ton"))


@functools.lru_cache(maxsize=None)
def _table():
    table = {}
    with io.open(_TABLE, encoding="utf-8") as source:
        for line in source:
            if line.startswith("#"):
                continue
            codes, dimension, factor, name, plural, symbol, default = line.rstrip("\n").split("\t")
            codes = codes.split()
            unit = Unit(
                codes[0],
                dimension if factor else None,
                float(factor or 1),
                name,
                plural,
                symbol,
                "",
                "",
                tuple(default.split()),
            )
            table.update((code, unit) for code in codes)
    return table


@functools.lru_cache(maxsize=4096)
def find(code):
    """The Unit with this code of {{convert}}, or None."""
    table = _table()
    if code in table:
        return table[code]
    match = re.match(r"^(e\d+)(?=[^\d])", code)
    if match and match.group(1) in _MULTIPLES:
        return _multiplied(code, match.group(1), find(code[match.end() :]))
    if code[:1] in _MULTIPLE_PREFIXES and code[1:] in _MULTIPLE_BASES:
        return _multiplied(code, _MULTIPLE_PREFIXES[code[0]], find(code[1:]))
    for length in (1, 2):
        prefix, base = code[:length], code[length:]
        if prefix in _PREFIXES and base in _PREFIXED:
            if base in ("b", "bit", "B", "byte") and _PREFIXES[prefix][1] < 1e3:
                return None  # dB
            return _prefixed(code, prefix, table[base])
    if "/" in code:
        return _quotient(code, *code.split("/", 1))
    return None


def _multiplied(code, key, unit):
    if unit is None or unit.multiple:
        return None
    word, power = _MULTIPLES[key]
    if unit.code == "acre":
        default = ("km2",)
    else:
        default = tuple((key if unit.dimension == "volume" else "") + name for name in unit.default)
    return unit._replace(code=code, factor=unit.factor * power, multiple=word, default=default)


def _prefixed(code, prefix, unit):
    word, power = _PREFIXES[prefix]
    return unit._replace(
        code=code,
        factor=unit.factor * power,
        name=word + unit.name,
        plural=word + unit.plural,
        symbol=prefix.replace("u", "μ").replace("µ", "μ") + unit.symbol,
        default=tuple(_DEFAULTS.get(code, "").split()),
    )


def _quotient(code, over, under):
    below = find(under)
    money = over if _MONEY.match(over) and find(over) is None else ""
    above = None if money or not over else find(over)
    if below is None or (over and not money and above is None):
        return None
    per = "per " + below.name
    symbol = "/" + (below.name if below.symbol == below.plural else below.symbol)
    dimension = "%s/%s" % (above.dimension if above else money or "count", below.dimension)
    return Unit(
        code,
        None if below.dimension is None else dimension,
        (above.factor if above else 1.0) / below.factor,
        "%s %s" % (above.name, per) if above else per,
        "%s %s" % (above.plural, per) if above else per,
        above.symbol + symbol if above else symbol,
        above.multiple if above else "",
        money,
        (),
    )


def converted(value, source, target):
    """`value` (float) of the Unit `source` in the Unit `target`; None where one cannot become the other."""
    if source.dimension is None or source.dimension != target.dimension:
        return None
    if source.dimension == "temperature":
        kelvins = (value * source.factor) + _KELVIN_OFFSETS[source.symbol]
        return (kelvins - _KELVIN_OFFSETS[target.symbol]) / target.factor
    return value * source.factor / target.factor


def kelvins(value, unit):
    """A temperature in kelvins."""
    return converted(value, unit, find("K"))


def in_words(unit, is_plural, is_american):
    """The name of a unit: 'kilometres', 'million acres', 'per square mile'."""
    name = unit.plural if is_plural else unit.name
    if is_american:
        for british, american in _US_SPELLING:
            name = name.replace(british, american)
    return ("%s %s" % (unit.multiple, name)).strip()
