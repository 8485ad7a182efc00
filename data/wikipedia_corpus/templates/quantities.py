# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of templates for quantities, fractions, money, formulas and chemistry. Each function takes a calls.Call and
returns str, or None where the text cannot be known."""

import re

from data.wikipedia_corpus import marks
from data.wikipedia_corpus.templates import convert, numbers

_MONEY = {
    "US$": "us$|usd|us dollar|usdollar|us dollars|$us",
    "$": "$|dollar",
    "A$": "a$|aud|au$",
    "C$": "c$|cad|can$|ca$",
    "NZ$": "nz$|nzd",
    "HK$": "hk$|hkd",
    "S$": "s$|sgd",
    "NT$": "nt$|ntd|twd",
    "R$": "r$|brl",
    "\u00a3": "\u00a3|gbp|pound sterling|gb\u00a3|uk\u00a3|gbp symbol|pounds",
    "IR\u00a3": "ir\u00a3|iep",
    "\u20ac": "\u20ac|eur|euro|euros",
    "\u00a5": "\u00a5|jpy|yen|jp\u00a5",
    "CN\u00a5": "cny|cn\u00a5|rmb|renminbi",
    "\u20b9": "inr|\u20b9|rs.|indian rupee|rupee|indian rupee symbol|rupees",
    "\u20a8": "pkr|pakistani rupee",
    "\u20b1": "php|\u20b1|philippine peso|peso",
    "\u20a9": "krw|\u20a9|won",
    "\u20bd": "rub|\u20bd|ruble",
    "\u20b4": "uah|\u20b4",
    "\u20ba": "try|\u20ba",
    "\u20aa": "ils|nis|\u20aa",
    "\u0e3f": "thb|baht",
    "\u20a6": "ngn|naira|\u20a6",
    "RM": "myr|rm",
    "Rp": "idr|rp.",
    "CHF ": "chf|swiss franc",
    "SEK ": "sek",
    "NOK ": "nok",
    "DKK ": "dkk",
    "z\u0142": "pln|zloty",
    "R": "zar|rand",
}
_CURRENCIES = {name: symbol for symbol, names in _MONEY.items() for name in names.split("|")}


def money(call):
    """{{US$|5 million|2010}} -> US$5 million; {{INR}} -> the symbol"""
    value = call.get(1)
    symbol = _CURRENCIES[call.name]
    if numbers.parse(value):
        value = numbers.parse(value).shown
    return symbol + value if value else symbol.strip()


def currency(call):
    """{{currency|5|USD}}"""
    symbol = _CURRENCIES.get(call.get(2).lower())
    return symbol + call.get(1) if symbol and call.get(1) else None


def rupees(call):
    """{{INRConvert|50|c}} -> ₹50 crore: the amount, without its value in dollars, which depends on the day."""
    scale = {"l": " lakh", "c": " crore", "lc": " lakh crore", "m": " million", "b": " billion"}
    scale.update({"k": " thousand", "t": " trillion", "": ""})
    value = numbers.parse(call.get(1))
    if value is None or call.get(2).lower() not in scale:
        return None
    return "\u20b9" + value.shown + scale[call.get(2).lower()]


def old_pounds(call):
    """{{£sd|l=1|s=2|d=3}} -> £1 2s 3d"""
    parts = [
        "\u00a3" + call.get("l") if call.get("l") else "",
        call.get("s") + "s" if call.get("s") else "",
        call.get("d") + "d" if call.get("d") else "",
    ]
    return " ".join(part for part in parts if part) or None


def converted(call):
    """{{convert}}"""
    options = call.named()
    if call.name == "cvt":
        options.setdefault("abbr", "on")
    return convert.text(call.positional(), options)


def hyphenated_conversion(call):
    """{{convinfobox|5|km||mi}}, {{height|ft=6|in=4}}, {{height|m=1.90}}"""
    pairs = [(call.get(code), code) for code in ("m", "cm", "ft", "in", "hands") if call.get(code)]
    if not pairs:
        return None
    arguments = [argument for pair in pairs for argument in pair]
    return convert.text(arguments, {"abbr": "on", "disp": "input"})


def track_gauge(call):
    """{{track gauge|1435mm}}, {{RailGauge|4ft8.5in}}; names such as sg are written out."""
    named = {"sg": "1435mm", "ussg": "1435mm", "standard": "1435mm", "std": "1435mm"}
    code = named.get(call.get(1).lower(), call.get(1).lower()).replace(" ", "")
    match = re.match(r"^(\d+(?:\.\d+)?)mm$", code)
    if match:
        return numbers.grouped(match.group(1)) + " mm"
    match = re.match(r"^(\d+)ft(?:(\d+(?:\.\d+)?)in)?$", code)
    if not match:
        return None
    return match.group(1) + " ft" + (" %s in" % match.group(2) if match.group(2) else "")


def fraction(call):
    """{{frac|3|1|2}} -> 3 1/2, {{frac|1|2}} -> 1/2, {{frac|2}} -> 1/2, {{frac}} -> a fraction slash"""
    values = [value for value in call.positional() if value]
    if not values:
        return "/"
    if len(values) == 1:
        return marks.FRACTION + "1/" + values[0]
    over, under = (_bracketed(value) for value in values[-2:])
    shown = "%s/%s" % (over, under)
    return marks.FRACTION + ("%s %s" % (values[0], shown) if len(values) == 3 else shown)


def _bracketed(text):
    return "(%s)" % text if re.search(r"\s[-+\u2212]\s", text) and "(" not in text else text


def value(call):
    """{{val|1.23|0.05|e=5|u=kg}} -> (1.23 ± 0.05)×10⁵ kg"""
    separator = {"none": "", "gaps": "", "commas": ","}.get(call.get("fmt"), ",")
    shown, positional = [], [text for text in call.positional() if text]
    if not positional and call.get("e"):
        positional = [""]
    for index, text in enumerate(positional):
        number = numbers.parse(text, separator)
        if text.startswith("(") or (number is None and re.match(r"^[\d.]+\([\d.]+\)", text)):
            shown.append(text)
        elif text in ("to", "-", "\u2013", "x", "by", "and", "or", "\u00d7", ","):
            shown.append({"-": "\u2013", "x": " \u00d7 ", ",": ", "}.get(text, " %s " % text))
        elif number is not None:
            is_error = index and shown[-1][-1:] != " " and shown[-1] != "\u2013"
            if is_error and text[0] in "+-\u2212":
                shown.append(" " + ("+" + number.shown if text[0] == "+" else number.shown))
            else:
                shown.append((" \u00b1 " if is_error else "") + number.shown)
        elif index == 0 and re.match(r"^[\w.,+\-\u2212 ]*$", text):
            shown.append(text)
        else:
            return None
    body = "".join(shown)
    if not body and not call.get("e"):
        return None
    if call.get("e"):
        power = "10" + (numbers.superscript(call.get("e")) or "^" + call.get("e"))
        inner = "(%s)" % body if len(shown) > 1 and "(" not in body else body
        body = "%s\u00d7%s" % (inner, power) if body else power
    unit = call.get("u") or call.get("ul")
    per = call.get("up") or call.get("upl")
    if unit:
        body += ("" if unit in ("%", "\u00b0", "deg") else " ") + unit.replace("deg", "\u00b0")
    if per:
        body += "/" + per
    return call.get("p") + body + call.get("s") + call.get("end")


def exponent(call):
    """{{e|24}} -> ×10²⁴"""
    power = call.get(1)
    return "\u00d710" + (numbers.superscript(power) or "^" + power) if power else None


def power_of_ten(call):
    """{{10^|5}} -> 10⁵"""
    return (exponent(call) or "")[1:] or None


def formatted(call):
    """{{formatnum:3003}} -> 3,003; {{formatnum:3,003|R}} -> 3003. Also {{nts|…}} and {{formatnumber}}."""
    text = call.get(1)
    if call.get(2).lower() in ("r", "nosep"):
        return text.replace(",", "") or None
    return numbers.grouped(text.replace(",", "")) or None


def gaps(call):
    """{{gaps|1|234|567}}: digits parted by thin spaces"""
    values = call.positional()
    shown = "".join(values)
    unit = call.get("u")
    if call.get("e"):
        shown += "\u00d710" + (numbers.superscript(call.get("e")) or "^" + call.get("e"))
    return (shown + (" " + unit if unit else "")) or None


def ordinal(call):
    """{{ordinal|3}} -> 3rd"""
    if not call.get(1).isdecimal():
        return None
    return call.get(1) + numbers.ordinal_suffix(int(call.get(1)))


def number_word(call):
    """{{number to word|5}} -> five"""
    return numbers.in_words(int(call.get(1))) if call.get(1).isdecimal() else None


def roman(call):
    """{{roman|5}} -> V"""
    return numbers.roman(int(call.get(1))) if call.get(1).isdecimal() else None


def percentage(call):
    """{{percentage|1|4}} -> 25%; {{pct|25}} -> 25%"""
    over, under = numbers.parse(call.get(1)), numbers.parse(call.get(2))
    if over is None:
        return None
    if under is None or not under.value:
        return over.shown + "%"
    places = int(call.get(3)) if call.get(3).isdecimal() else 0
    return numbers.rounded(100.0 * over.value / under.value, places) + "%"


def density(call):
    """{{pop density|3645257|640081.87|km2|sqmi}}: the quotient, in the unit of the area"""
    people, area = numbers.parse(call.get(1)), numbers.parse(call.get(2))
    if people is None or area is None or not area.value:
        return None
    places = int(call.get("prec")) if call.get("prec").isdecimal() else 0
    shown = numbers.rounded(people.value / area.value, places)
    codes = ["/" + code for code in call.positional()[2:4]]
    return convert.text([shown] + codes, {})


def superscript(call):
    return raised(call.get(1))


def subscript(call):
    return lowered(call.get(1))


_WORD_END = re.compile(r"[^\W\d_]{2,}$")
_PLAIN_SUPERSCRIPTS = frozenset(
    "st nd rd th d e er ère ère re me ème es o a os as º ª r s t lle lles me mes gr te tes ᵉ tm sm c".split()
)


def raised(text, before=""):
    """What <sup> or {{sup}} shows as one line: ², th, ^max. `before`: the text in front of it."""
    if (
        text.lower() in _PLAIN_SUPERSCRIPTS
        or not text
        or text[0] in "[("
        or _WORD_END.search(before)
    ):
        return text
    return _marked(text, numbers.superscript, "^")


def lowered(text):
    """What <sub> or {{sub}} shows as one line: ₂, _max."""
    return _marked(text, numbers.subscript, "_") if text else text


def _marked(text, mapped, sign):
    core = text.rstrip(".,;: ")
    rest = text[len(core) :]
    if not core:
        return text
    shown = mapped(core)
    if shown is None:
        shown = sign + (core if re.match(r"^[\w.]+$", core) else "(%s)" % core)
    return shown + rest


def both_scripts(call):
    """{{su|p=2|b=i}}"""
    return lowered(call.get("b") or call.get(2)) + raised(call.get("p") or call.get(1))


def chemical_parts(call):
    """{{chem|H|2|O}} -> H₂O; {{chem|S|O|4|2-}} -> SO₄²⁻"""
    shown = ""
    for part in call.positional():
        part = part.replace("''", "")
        if not part or part in ("-", "+", "\u2212") or re.match(r"^[\dn]+[-+\u2212]$", part):
            shown += numbers.superscript(part) or part
        elif shown and re.match(r"^[\d.]+$|^\d*n", part):
            shown += numbers.subscript(part) or part
        else:
            shown += part
    return shown or None


def chemical_formula(call):
    """{{chem2|SO4(2-)}} -> SO₄²⁻"""
    text = call.get(1)
    text = re.sub(
        r"[({\[]?\^?\(?(\d*[-+\u2212])\)?\}?(?=$|[\s;,])",
        lambda match: numbers.superscript(match.group(1)),
        text,
    )
    text = re.sub(r"(?<=[A-Za-z\])])_?(\d+)", lambda match: numbers.subscript(match.group(1)), text)
    text = text.replace("<->", "\u21cc").replace("->", "\u2192").replace("*", "\u00b7")
    return None if not text or re.search(r"[{}^_\\]", text) else text


def nuclide(call):
    """{{nuclide|lithium|7}} -> lithium-7"""
    name, mass = call.get(1), call.get(2)
    return "%s-%s" % (name, mass) if name and mass else name or None


def root(call):
    """{{sqrt|2}} -> √2; {{radic|2|3}} -> ³√2"""
    degree = numbers.superscript(call.get(2)) if call.get(2) else ""
    under = call.get(1)
    if degree is None or not under:
        return None
    return degree + "\u221a" + (under if re.match(r"^[\w.]+$", under) else "(%s)" % under)


def around(opening, closing):
    """A function for {{abs|x}} -> |x|"""

    def text(call):
        return opening + call.get(1) + closing if call.get(1) else None

    return text


def behind(sign, is_default=False):
    """A function for {{solar mass|5}} -> 5 M☉"""

    def text(call):
        return "%s %s" % (call.get(1), sign) if call.get(1) else sign

    return text


def prime(call):
    return call.get(1) + "\u2032"


def right_ascension(call):
    """{{RA|05|23|34.5}} -> 05h 23m 34.5s"""
    return " ".join(v + u for v, u in zip(call.positional(), "hms") if v) or None


def declination(call):
    """{{DEC|-05|23}} -> −05° 23′"""
    pairs = zip(call.positional(), "\u00b0\u2032\u2033")
    return " ".join(v + u for v, u in pairs if v).replace("-", "\u2212") or None


def coordinates(call):
    """{{coord|57|18|22|N|4|27|32|W}} -> 57°18′22″N 4°27′32″W; {{coord|57.3|-4.45}} -> 57.3°N 4.45°W; an aside"""
    values = []
    for text in call.positional():
        if not re.match(r"^(?:[-\u2212]?\d+(?:\.\d+)?|[NSEW])$", text):
            break
        values.append(text)
    if call.get("display").lower() in ("title", "t"):
        return marks.GONE
    letters = [index for index, text in enumerate(values) if text in ("N", "S", "E", "W")]
    if len(letters) == 2 and letters[1] == len(values) - 1:
        parts = [values[: letters[0] + 1], values[letters[0] + 1 :]]
        signs = "\u00b0\u2032\u2033"
        shown = ["".join(a + b for a, b in zip(part[:-1], signs)) + part[-1] for part in parts]
    elif not letters and len(values) == 2:
        shown = [
            "%s\u00b0%s" % (text.lstrip("-\u2212"), sides[text[0] in "-\u2212"])
            for text, sides in zip(values, ("NS", "EW"))
        ]
    else:
        return None
    return marks.ASIDE + " ".join(shown) + marks.ASIDE_END


def minor_planet(call):
    """{{mp|2003 UB|313}} -> 2003 UB₃₁₃"""
    return call.get(1) + (lowered(call.get(2)) if call.get(2) else "") or None


RENDERERS = {
    name: function
    for function, names in (
        (converted, "convert|cvt|conv|convert/2|convertor"),
        (hyphenated_conversion, "height"),
        (track_gauge, "track gauge|railgauge|rail gauge|trackgauge"),
        (fraction, "frac|fraction|sfrac|sfrac2|tfrac|frac2|fract|fracn|intfrac|mfrac|bruch"),
        (value, "val|value"),
        (exponent, "e|esp|x10^|e notation"),
        (power_of_ten, "10^"),
        (
            formatted,
            "formatnum|nts|formatnumber|number table sorting|ntsr|format number|num|nb|unité nombre",
        ),
        (gaps, "gaps|gapnum"),
        (ordinal, "ordinal|ord|nth|#ordinal"),
        (number_word, "number to word|cardinal to word|spellnum|spell number|numtext"),
        (roman, "roman|roman numeral|rom|to roman"),
        (percentage, "percentage|pct|percent"),
        (density, "pop density|population density|densdisp"),
        (superscript, "sup|superscript|exp|e sup|^"),
        (subscript, "sub|subscript|ind"),
        (both_scripts, "su|sub sup|subsup"),
        (chemical_parts, "chem"),
        (chemical_formula, "chem2|chem/chem2|fchim"),
        (nuclide, "nuclide|nuclide2|simplenuclide|simplenuclide2|nuclide symbol"),
        (root, "sqrt|radic|radical|root|surd"),
        (around("|", "|"), "abs|mabs|absolute value"),
        (around("\u230a", "\u230b"), "floor"),
        (around("\u2308", "\u2309"), "ceil|ceiling"),
        (behind("M\u2609"), "solar mass"),
        (behind("R\u2609"), "solar radius"),
        (behind("L\u2609"), "solar luminosity"),
        (prime, "prime|\u2032"),
        (right_ascension, "ra"),
        (declination, "dec"),
        (coordinates, "coord|coor|coor dms|coord dms"),
        (minor_planet, "mp|mpl"),
        (currency, "currency"),
        (rupees, "inrconvert|inr convert|indian rupee convert"),
        (old_pounds, "\u00a3sd|pounds, shillings, and pence|\u00a3.s.d."),
        (money, "|".join(_CURRENCIES)),
    )
    for name in names.split("|")
}
