# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of templates for dates, years, ages and periods. Each function takes a calls.Call and returns str, or None where
the text cannot be known (an age that depends on today)."""

import datetime
import re

from data.wikipedia_corpus.templates import numbers

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MONTH_NUMBERS = {month.lower(): number for number, month in enumerate(_MONTHS, 1)}
_MONTH_NUMBERS.update((month[:3].lower(), number) for number, month in enumerate(_MONTHS, 1))
_YES = frozenset(("y", "yes", "on", "1", "true"))


def month_name(text):
    """'3', '03' or 'mar' -> 'March'; other text stays as it is."""
    number = int(text) if text.isdecimal() else _MONTH_NUMBERS.get(text.lower().rstrip("."))
    return _MONTHS[number - 1] if number and 1 <= number <= 12 else text


def date(year, month="", day="", is_day_first=False):
    """'12 February 1809', 'February 12, 1809', 'February 1809', '1809'."""
    month = month_name(month) if month else ""
    day = day.lstrip("0")
    if not month:
        return year
    if not day:
        return ("%s %s" % (month, year)).strip()
    if is_day_first:
        return ("%s %s %s" % (day, month, year)).strip()
    return "%s %s, %s" % (month, day, year) if year else "%s %s" % (month, day)


def _is_day_first(call, is_default=False):
    if call.get("df"):
        return call.get("df").lower() in _YES
    if call.get("mf"):
        return call.get("mf").lower() not in _YES
    return is_default


def _date_at(call, position):
    """The date in three arguments from `position` (1-based) on, or the text of the first of them."""
    year, month, day = (call.get(position + offset) for offset in range(3))
    if not re.match(r"^\d+$", year):
        return year or None
    return date(year, month, day, _is_day_first(call))


def start_date(call):
    """{{birth date|1809|2|12}}, {{start date|1969|7|16|df=y}}; the ages of living people depend on today and are left out."""
    return _date_at(call, 1)


def death_date_and_age(call):
    """{{death date and age|1865|4|15|1809|2|12}} -> April 15, 1865 (aged 56)"""
    died = _date_at(call, 1)
    years = _years_between(call, 4, 1)
    return "%s (aged %d)" % (died, years) if died and years is not None else died


def death_year_and_age(call):
    """{{death year and age|2001|1950}} -> 2001 (aged 50–51)"""
    died, born = call.get(1), call.get(2)
    if not (died.isdecimal() and born.isdecimal()):
        return died or None
    years = int(died) - int(born)
    return "%s (aged %d\u2013%d)" % (died, years - 1, years)


def days_between(call):
    """{{age in days|1900|1|31|1950|1|1}}; None where it is the age of today."""
    if not call.get(4):
        return None
    first, second = (
        datetime.date(*[int(call.get(position + offset) or "1") for offset in range(3)])
        for position in (1, 4)
    )
    return numbers.grouped(str((second - first).days))


def _years_between(call, first, second):
    try:
        early = [int(call.get(first + offset) or "1") for offset in range(3)]
        late = [int(call.get(second + offset) or "1") for offset in range(3)]
    except ValueError:
        return None
    if not call.get(first) or not call.get(second):
        return None
    return late[0] - early[0] - (late[1:] < early[1:])


def age(call):
    """{{age|1900|1|31|1950|1|1}} -> 49; None where it is the age of today."""
    years = _years_between(call, 1, 4)
    return None if years is None else str(years)


def sortable_date(call):
    """{{dts|1777|12|16}}, {{dts|16 December 1777}}, {{dts|format=dmy|1777|12|16}}"""
    first = call.get(1)
    if re.match(r"^\d{4}-\d\d-\d\d$", first):
        return date(first[:4], first[5:7], first[8:], "d" in call.get("format", "mdy")[:1])
    if not re.match(r"^-?\d+$", first) or not call.get(2):
        return " ".join(value for value in call.positional() if value) or None
    return date(first, call.get(2), call.get(3), "d" in call.get("format", "mdy")[:1])


def date_text(call):
    """{{date|2009-12-25|mdy}}, {{#formatdate:25 December 2009}}; {{date|21|mars|1977}} of other languages."""
    values = [value for value in call.positional() if value]
    match = re.match(r"^(\d{4})-(\d\d?)-(\d\d?)$", values[0]) if values else None
    if match:
        is_day_first = not (len(values) > 1 and values[1].lower() == "mdy")
        return date(match.group(1), match.group(2), match.group(3), is_day_first)
    if len(values) > 1 and not re.match(r"^\d", values[1]) and len(values[1]) > 3:
        return " ".join(values[:3])
    if len(values) >= 3 and values[0].isdecimal() and len(values[0]) == 4:
        return date(values[0], values[1], values[2], True)
    return values[0] if values else None


def circa(call):
    """{{circa|1500}} -> c. 1500; {{circa|1500|1510}} -> c. 1500 – c. 1510"""
    values = [value for value in call.positional() if value]
    return " \u2013 ".join("c. " + value for value in values) or "c."


def prefixed(prefix):
    """A function for {{floruit|1500|1510}} -> fl. 1500–1510"""

    def text(call):
        values = [value for value in call.positional() if value]
        if not values and not call.name.endswith("."):
            return None
        dash = " \u2013 " if any(" " in value for value in values) else "\u2013"
        return ("%s %s" % (prefix, dash.join(values))).strip()

    return text


def as_of(call):
    """{{As of|2015|3|lc=y}} -> as of March 2015"""
    if call.get("alt"):
        return call.get("alt")
    is_american = call.get("df").lower() in ("us", "mdy")
    when = [call.get(position) for position in (1, 2, 3)]
    if not when[0]:
        return None
    shown = date(when[0], when[1], when[2], not is_american)
    is_lower = call.get("lc").lower() in _YES
    if call.get("bare").lower() in _YES:
        words = ""
    elif call.get("since").lower() in _YES:
        words = "since " if is_lower else "Since "
    else:
        words = "as of " if is_lower else "As of "
    words += call.get("pre") + " " if call.get("pre") else ""
    return words + shown + call.get("post")


def old_style_date(call):
    """{{OldStyleDate|12 May|1900|30 April}} -> 12 May [O.S. 30 April] 1900"""
    new, year, old = call.get(1), call.get(2), call.get(3)
    if not new:
        return None
    separator = ", " if re.search(r"[a-z] \d+$", new) and year else " "
    inner = " [O.S. %s]" % old if old else ""
    return ("%s%s%s" % (new, inner, separator + year if year else "")).strip()


def year_range(call):
    """{{daterange|1914|1918}}, {{reign|…}} without its r., {{marriage}}-like spans."""
    values = [value for value in call.positional() if value]
    return "\u2013".join(values[:2]) or None


def decade_or_century(call):
    """{{century|19}} -> 19th century"""
    if not call.get(1).isdecimal():
        return None
    number = int(call.get(1))
    return "%d%s century" % (number, numbers.ordinal_suffix(number))


def duration(call):
    """{{duration|1:25}}, {{duration|h=1|m=2|s=3}}"""
    if call.get(1) and not call.get(2):
        return call.get(1)
    parts = [call.get(name) for name in ("h", "m", "s")]
    if not any(parts):
        parts = [call.get(position) for position in (1, 2, 3)]
    parts = [part or "0" for part in parts]
    if not all(part.isdecimal() for part in parts):
        return None
    if parts[0] == "0":
        return "%s:%s" % (parts[1], parts[2].zfill(2))
    return "%s:%s:%s" % (parts[0], parts[1].zfill(2), parts[2].zfill(2))


def with_era(era, is_before=False):
    """A function for {{BCE|300}} -> 300 BCE"""

    def text(call):
        value = call.get(1)
        if not value:
            return era
        return "%s %s" % ((era, value) if is_before else (value, era))

    return text


RENDERERS = {
    name: function
    for function, names in (
        (
            start_date,
            "birth date|birth date and age|bda|dob|birthdate|birthdate and age|death date|start date|start date and "
            "age|end date|end date and age|release date|film date|date of birth|birth-date and age|birth year and age|"
            "birth year|death year|b-da|birth date and age2|launch date|opening date|completion date|date and age",
        ),
        (death_date_and_age, "death date and age|dda|death-date and age|death date and given age"),
        (death_year_and_age, "death year and age|death-year and age|dya"),
        (days_between, "age in days|aged in days|number of days"),
        (age, "age|age in years|age nts|years|ageinyears"),
        (sortable_date, "dts|date table sorting"),
        (
            date_text,
            "date|formatdate|#formatdate|#dateformat|date-|dateformat|fecha|datum|data|дата",
        ),
        (circa, "circa|c.|ca|ca.|approx|around"),
        (prefixed("fl."), "floruit|fl.|fl|flourished"),
        (prefixed("b."), "b.|born|born in|b"),
        (prefixed("d."), "d.|died|died in"),
        (prefixed("r."), "reign|r.|reigned"),
        (as_of, "as of|asof|as-of"),
        (old_style_date, "oldstyledate|old style date|osdate|oldstyledatenoyear"),
        (year_range, "daterange|date range|year range|yearrange"),
        (decade_or_century, "century|cent"),
        (duration, "duration|time length"),
        (with_era("BCE"), "bce"),
        (with_era("BC"), "bc"),
        (with_era("CE"), "ce"),
        (with_era("AD", True), "ad"),
    )
    for name in names.split("|")
}
