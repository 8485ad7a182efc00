# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""{{convert}}: expected texts are those that Wikipedia shows."""

import pytest

from data.wikipedia_corpus.templates import convert, numbers, units


def _text(source):
    arguments, options = [], {}
    for part in source.split("|"):
        name, equals, value = part.partition("=")
        if equals:
            options[name] = value
        else:
            arguments.append(part)
    return convert.text(arguments, options)


@pytest.mark.parametrize(
    "source, shown",
    [
        ("5|mi|km", "5 miles (8.0 km)"),
        ("1|mi|km", "1 mile (1.6 km)"),
        ("2413|ft|0|abbr=on", "2,413 ft (735 m)"),
        ("5|to|10|km|mi|abbr=on", "5 to 10 km (3.1 to 6.2 mi)"),
        ("3|x|4|m|ft", "3 × 4 metres (9.8 × 13 ft)"),
        ("3|by|6|m|ft", "3 by 6 metres (9.8 by 20 ft)"),
        ("110|and|125|mph|km/h|abbr=on", "110 and 125 mph (180 and 201 km/h)"),
        ("5|or|6|kg", "5 or 6 kilograms (11 or 13 lb)"),
        ("20|C|F", "20 °C (68 °F)"),
        ("-40|F", "−40 °F (−40 °C)"),
        ("0|C|F", "0 °C (32 °F)"),
        ("3|mi|adj=on", "3-mile (4.8 km)"),
        ("6|ft|4|in|cm|adj=on", "6-foot-4-inch (193 cm)"),
        ("5|mi|km|adj=mid|-long", "5-mile-long (8.0 km)"),
        ("3+1/2|in", "3 1/2 inches (89 mm)"),
        ("3½|in|mm", "3 1/2 inches (89 mm)"),
        ("1/2|mi", "1/2 mile (0.80 km)"),
        ("193|cm|ftin", "193 centimetres (6 ft 4 in)"),
        ("11|st|7|lb|kg", "11 stone 7 pounds (73 kg)"),
        ("100|km|mi|disp=number", "62"),
        ("100|km|mi|disp=output only", "62 mi"),
        ("100|km|mi|disp=out|abbr=off", "62 miles"),
        ("100|km|foo|disp=out", None),
        ("100|km|mi|order=flip", "62 miles (100 km)"),
        ("840|m|ft|disp=or|abbr=on", "840 m or 2,800 ft"),
        ("50|$/acre", "$50 per acre"),
        ("50|US$/lb|US$/kg", "US$50 per pound (US$110/kg)"),
        ("50|/sqmi|/km2", "50 per square mile (19/km²)"),
        ("50|PD/sqmi|PD/sqkm", "50 inhabitants per square mile (19 PD/km²)"),
        ("16|e6acre", "16 million acres (65,000 km²)"),
        ("2.1|Moilbbl|m3", "2.1 million barrels (330,000 m³)"),
        ("1.4|Moilbbl/d", "1.4 million barrels per day"),
        ("160|e9cuft", "160 billion cubic feet (4.5 billion m³)"),
        ("1500|e3t", "1,500 thousand tonnes (1,500,000 long tons; 1,700,000 short tons)"),
        ("500|hp|kW|0", "500 horsepower (373 kW)"),
        ("30|mpgus", "30 miles per US gallon"),
        ("3|km|mi|spell=in", "three kilometres (1.9 mi)"),
        ("10|lb|kg|abbr=off", "10 pounds (4.5 kilograms)"),
        ("1000|km|mi|sp=us", "1,000 kilometers (620 mi)"),
        ("1000|km|mi|sigfig=4", "1,000 kilometres (621.4 mi)"),
        ("90|km|mi|round=5", "90 kilometres (55 mi)"),
        ("2|km|foo", "2 kilometres"),
        ("10|x|20|x|30|cm|in", "10 × 20 × 30 centimetres (3.9 × 7.9 × 12 in)"),
        ("1.93|m|ftin in", "1.93 metres (6 ft 4 in; 76 in)"),
        ("5|ft|9+1/2|in|cm", "5 feet 9 1/2 inches (176.5 cm)"),
        ("5-6|km|mi", "5–6 kilometres (3.1–3.7 mi)"),
        ("10|foo", None),
        ("many|km", None),
        ("10", None),
        ("", None),
    ],
)
def test_text(source, shown):
    assert _text(source) == shown


@pytest.mark.parametrize(
    "code, name",
    [
        ("MW", "megawatts"),
        ("kg/m3", "kilograms per cubic metre"),
        ("e9USgal", "billion US gallons"),
        ("nm", "nanometres"),
        ("kPa", "kilopascals"),
        ("µm", "micrometres"),
        ("mL", "millilitres"),
        ("m/s2", "metres per second squared"),
    ],
)
def test_unit_put_together(code, name):
    assert units.in_words(units.find(code), True, False) == name


@pytest.mark.parametrize("code", ["dB", "x", "e6", "e5km", "km/foo", ""])
def test_no_such_unit(code):
    assert units.find(code) is None


@pytest.mark.parametrize(
    "value, source, target, expected",
    [
        (1, "mi", "km", 1.609344),
        (1, "acre", "m2", 4046.8564224),
        (100, "F", "C", 37.7777778),
        (1, "atm", "psi", 14.6959488),
        (1, "kn", "km/h", 1.852),
        (1, "impgal", "L", 4.54609),
        (1, "hp", "W", 745.699872),
        (1, "LT", "kg", 1016.0469088),
        (1, "cuft", "m3", 0.0283168466),
        (1, "nmi", "km", 1.852),
    ],
)
def test_factor(value, source, target, expected):
    found = units.converted(float(value), units.find(source), units.find(target))
    assert abs(found - expected) < 1e-7 * abs(expected)


def test_no_conversion_between_dimensions():
    assert units.converted(1.0, units.find("km"), units.find("kg")) is None
    assert units.converted(1.0, units.find("mpgus"), units.find("mpgus")) is None


@pytest.mark.parametrize(
    "text, value, shown, decimals",
    [
        ("1300", 1300, "1,300", -2),
        ("1,300.50", 1300.5, "1,300.50", 2),
        ("-5", -5, "−5", 0),
        ("1.5e6", 1.5e6, "1.5×10⁶", -5),
        (".5", 0.5, "0.5", 1),
        ("3+1/2", 3.5, "3 1/2", 0),
        ("3//4", 0.75, "3/4", 0),
        ("½", 0.5, "1/2", 0),
    ],
)
def test_number(text, value, shown, decimals):
    number = numbers.parse(text)
    assert (number.value, number.shown, number.decimals) == (value, shown, decimals)


@pytest.mark.parametrize("text", ["", "x", "1 2", "1/0", "1..2", "--1"])
def test_no_number(text):
    assert numbers.parse(text) is None


def test_words_and_roman_numerals():
    assert numbers.in_words(342) == "three hundred and forty-two"
    assert numbers.in_words(20000) == "twenty thousand"
    assert [numbers.roman(n) for n in (4, 1994, 0, 4000)] == ["IV", "MCMXCIV", None, None]
