# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of templates for words: languages, pronunciation, links, ships, quotations, names of countries. Each function takes a
calls.Call and returns str, or None where the text cannot be known."""

import re

from data.wikipedia_corpus import marks
from data.wikipedia_corpus.templates import language_names
from data.wikipedia_corpus.templates.tables import SHIP_PREFIXES

_YES = frozenset(("y", "yes", "on", "1", "true"))
_LANGUAGE_CODE = re.compile(r"^[a-z]{2,3}(?:-[a-z]{2,10})*$|^simple$")
_COUNTRIES = (
    "AFG Afghanistan|ALB Albania|ALG Algeria|AND Andorra|ANG Angola|ARG Argentina|ARM Armenia|AUS Australia|AUT Austria|"
    "AZE Azerbaijan|BAN Bangladesh|BEL Belgium|BLR Belarus|BOL Bolivia|BRA Brazil|BUL Bulgaria|CAN Canada|CHI Chile|"
    "CHN China|CMR Cameroon|COL Colombia|CRC Costa Rica|CRO Croatia|CUB Cuba|CYP Cyprus|CZE Czech Republic|DEN Denmark|"
    "DNK Denmark|DEU Germany|ECU Ecuador|EGY Egypt|ENG England|ESP Spain|EST Estonia|ETH Ethiopia|FIN Finland|FRA France|"
    "GBR United Kingdom|GEO Georgia|GER Germany|GHA Ghana|GRE Greece|GRC Greece|HKG Hong Kong|HUN Hungary|IDN Indonesia|"
    "INA Indonesia|IND India|IRE Ireland|IRL Ireland|IRN Iran|IRQ Iraq|ISL Iceland|ISR Israel|ITA Italy|JAM Jamaica|"
    "JPN Japan|KAZ Kazakhstan|KEN Kenya|KOR South Korea|KUW Kuwait|LAT Latvia|LIB Lebanon|LTU Lithuania|LUX Luxembourg|"
    "MAR Morocco|MAS Malaysia|MEX Mexico|MLT Malta|MNE Montenegro|MON Monaco|NED Netherlands|NLD Netherlands|"
    "NGA Nigeria|NGR Nigeria|NIR Northern Ireland|NOR Norway|NZL New Zealand|PAK Pakistan|PAR Paraguay|PER Peru|"
    "PHI Philippines|POL Poland|POR Portugal|PRK North Korea|PRC People's Republic of China|PUR Puerto Rico|"
    "QAT Qatar|ROU Romania|ROM Romania|RSA South Africa|RUS Russia|SCO Scotland|SIN Singapore|SGP Singapore|SLO Slovenia|"
    "SRB Serbia|SUI Switzerland|CHE Switzerland|SVK Slovakia|SWE Sweden|SYR Syria|TAN Tanzania|THA Thailand|TUN Tunisia|"
    "TUR Turkey|TWN Taiwan|UAE United Arab Emirates|UGA Uganda|UK United Kingdom|UKR Ukraine|URS Soviet Union|"
    "URU Uruguay|US United States|USA United States|UZB Uzbekistan|VEN Venezuela|VIE Vietnam|WAL Wales|YUG Yugoslavia|"
    "ZAF South Africa|ZIM Zimbabwe|BIH Bosnia and Herzegovina|KSA Saudi Arabia|SAU Saudi Arabia|SRI Sri Lanka"
)
_COUNTRY_NAMES = dict(entry.split(" ", 1) for entry in _COUNTRIES.split("|"))
_CHINESE = (
    ("c", "Chinese"),
    ("s", "simplified Chinese"),
    ("t", "traditional Chinese"),
    ("p", "pinyin"),
    ("w", "Wade\u2013Giles"),
    ("j", "Jyutping"),
    ("cy", "Cantonese Yale"),
    ("poj", "Pe\u030dh-\u014de-j\u012b"),
    ("l", "lit."),
)


def country(name):
    """The country of {{USA}}, {{FRA}}: names of two or three capitals; None for others."""
    return _COUNTRY_NAMES.get(name)


def in_language(call):
    """{{lang|fr|Là}}, {{lang|code=fr|text=Là}}"""
    return call.raw(2) or call.raw("text") or call.raw("texte") or None


def labelled_language(call):
    """{{lang-fr|Là}}, {{langx|fr|Là}} -> French: Là; {{lang-fr|Là|label=none}} -> Là"""
    position = 2 if call.name == "langx" else 1
    code = call.get(1) if call.name == "langx" else call.name[len("lang-") :]
    text = call.get(position) or call.get("text")
    label = call.get("label") or language_names.name(code)
    if not text or label == "none":
        return text or None
    return "%s: %s" % (label, text) if label else None


def language_text(call):
    """{{lang-fr|Là}} where the label is in another language: Là"""
    return call.get(1) or call.get("text") or None


def transliteration(call):
    """{{transl|ar|ALA|Allāh}} -> Allāh"""
    values = call.positional()
    return values[-1] if len(values) > 1 else None


def nihongo(call):
    """{{nihongo|Aikido|合気道|Aikidō|extra}} -> Aikido (合気道, Aikidō, extra)"""
    values = [call.get(key) for key in ("1", "2", "3", "4")] + [call.get("extra")]
    inner = [value for value in values[1:] if value]
    first = values[0]
    if not first and inner:
        first = inner.pop(1) if values[2] else inner.pop(0)
    if not first:
        return None
    after = call.get("5") or call.get("extra2")
    shown = "%s (%s)" % (first, ", ".join(inner)) if inner else first
    return (shown + " " + after).strip()


def nihongo_reading_first(call):
    """{{nihongo3|English|漢字|reading}} -> reading (漢字, English)"""
    english, kanji, reading = call.get(1), call.get(2), call.get(3)
    inner = ", ".join(value for value in (kanji, english) if value)
    if not reading:
        return None
    return "%s (%s)" % (reading, inner) if inner else reading


def chinese(call):
    """{{zh|s=汉|t=漢|p=hàn}} -> simplified Chinese: 汉; traditional Chinese: 漢; pinyin: hàn"""
    is_labelled = call.get("labels").lower() != "no"
    shown = [
        "%s: %s" % (label, call.get(key)) if is_labelled else call.get(key)
        for key, label in _CHINESE
        if call.get(key)
    ]
    return "; ".join(shown) or call.get(1) or None


def _aside(text):
    return marks.ASIDE + text + marks.ASIDE_END


def pronunciation(call):
    """{{IPA|/a/}}, {{IPA|de|…}}, {{IPA-fr|la|lang}}"""
    values = call.positional()
    if call.name == "ipa" and len(values) > 1 and _LANGUAGE_CODE.match(values[0]):
        return _aside("[%s]" % values[1])
    if not values:
        return _aside("")
    if call.name in ("ipa", "ipa-all", "pron", "pron-en"):
        return _aside(values[0])
    return _aside("[%s]" % values[0]) if values[0] else _aside("")


def english_pronunciation(call):
    """{{IPAc-en|æ|l|ˈ|b|iː|d|oʊ}} -> /ælˈbiːdoʊ/"""
    sounds = [
        value for value in call.positional() if value not in ("lang", "local", "pron", "us", "uk")
    ]
    return _aside("/%s/" % "".join(sounds).replace("_", " ") if sounds else "")


def respelling(call):
    """{{respell|ASS|kee}} -> ASS-kee"""
    return _aside("-".join(value for value in call.positional() if value).replace("-_-", " "))


def audio(call):
    """{{audio|file.ogg|Berlin}}: its text, unless that only says that there is something to hear"""
    text = call.get(2)
    if re.match(
        r"^(?:listen|play|help|info|pronunciation|pronounced?|audio|hear|.*\bpronunciation)?$",
        text.lower(),
    ):
        return _aside("")
    return text


def interlanguage_link(call):
    """{{ill|Text|de|Ziel}}, formerly {{ill|de|Ziel|Text}}"""
    if call.get("lt"):
        return call.get("lt")
    if _LANGUAGE_CODE.match(call.get(1)) and call.get(2) and not _LANGUAGE_CODE.match(call.get(2)):
        return call.get(3) or call.get(2)
    return call.get(1) or None


def ship(call):
    """{{HMS|Ajax|22|6}} -> HMS Ajax. The third argument adds up what is shown: 4 the prefix, 2 the name, 1 the number."""
    prefix = "SM" if call.name == "smu" else call.raw_name
    return _ship(prefix, call.get(1), call.get(2), call.get(3))


def ship_of_kind(call):
    """{{ship|Japanese battleship|Yamato}}, {{ship|HMS|Ajax|22|6}}"""
    return _ship(call.get(1), call.get(2), call.get(3), call.get(4) or call.get("up"))


def _ship(prefix, name, number, shown):
    bits = int(shown) if shown in "1 2 3 4 5 6 7".split() else 7
    if not name:
        return None
    parts = [prefix if bits & 4 else "", name if bits & 2 else ""]
    if number and bits & 1:
        parts.append("(%s)" % number if bits & 2 else number)
    return " ".join(part for part in parts if part) or None


def ship_class(call):
    """{{sclass|Nimitz|aircraft carrier|1}} -> Nimitz-class aircraft carrier"""
    name, kind, shown = call.get(1), call.get(2), call.get(3)
    if not name:
        return None
    endings = {"0": "-class", "4": " class", "5": ""}
    if shown in endings:
        return name + endings[shown]
    return "%s-class %s" % (name, kind) if kind else name + " class"


def quotation(call):
    """{{quote|text|author|source}}: a paragraph of its own, without the source"""
    text = call.raw(1) or call.raw("text") or call.raw("quote") or call.raw("content")
    return marks.BREAK + text + marks.BREAK if text.strip() else None


def inline_quotation(call):
    text = call.get(1)
    return '"%s"' % text if text else None


def sic(call):
    """{{sic|hte}} -> hte [sic]; {{sic|hte|hide=y}} -> hte"""
    text = "".join(call.positional())
    if call.get("hide").lower() in _YES or not text:
        return text or "[sic]"
    return text + " [sic]"


def author_and_year(call):
    """{{harvtxt|Smith|Jones|2000}} -> Smith & Jones (2000)"""
    names, year = _authors(call)
    return "%s (%s)" % (names, year) if names and year else names or None


def author_and_year_inside(call):
    """{{harvnb|Smith|2000|p=5}} -> Smith 2000, p. 5"""
    names, year = _authors(call)
    page = call.get("p") or call.get("page")
    pages = call.get("pp") or call.get("pages")
    where = ", p. " + page if page else ", pp. " + pages if pages else ""
    return ("%s %s" % (names, year)).strip() + where if names else None


def _authors(call):
    values = [value for value in call.positional() if value]
    year = values.pop() if values and re.search(r"\d{3}|n\.d\.", values[-1]) else ""
    if len(values) > 3:
        return values[0] + " et al.", year
    return " & ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values), year


def joined(separator):
    """A function for templates that show all their arguments."""

    def text(call):
        return separator.join(value for value in call.positional() if value) or None

    return text


def around(opening, closing):
    """A function for {{angbr|a}} -> ⟨a⟩"""

    def text(call):
        return opening + call.get(1) + closing if call.get(1) else None

    return text


def bible(call):
    """{{bibleverse|1|John|3:16}}, {{bibleverse||John|3:16}}"""
    shown = call.get(4)
    if call.get("4"):
        return shown
    values = [call.get(1), call.get(2), call.get(3)]
    if values[0] and not values[0].isdecimal():
        return " ".join(value for value in values[:2] if value)
    return " ".join(value for value in values if value) or None


def quran(call):
    """{{cite quran|2|24}} -> Quran 2:24"""
    if not call.get(1) or call.get("style") == "ref":
        return None
    return "Quran %s%s" % (call.get(1), ":" + call.get(2) if call.get(2) else "")


def section_link(call):
    """{{section link|Page|Section}} -> Page § Section"""
    values = [value for value in call.positional() if value]
    if call.get("display"):
        return call.get("display")
    return (
        " \u00a7 ".join([values[0] if call.get(1) else "\u00a7 " + values[0]] + values[1:])
        if values
        else None
    )


def patent(call):
    """{{US patent|1781541}} -> U.S. Patent 1,781,541"""
    digits = call.get(1)
    shown = "{:,}".format(int(digits)) if digits.isdecimal() else digits
    return "U.S. Patent " + shown if digits else None


def address(call):
    """{{URL|example.org|text}}"""
    return call.get(2) or None


def accidental(call):
    """{{music|flat}} -> ♭"""
    return {
        "flat": "\u266d",
        "b": "\u266d",
        "sharp": "\u266f",
        "#": "\u266f",
        "natural": "\u266e",
        "time": None,
    }.get(call.get(1).lower())


def ruby(call):
    """{{ruby|漢字|かんじ}} -> 漢字 (かんじ)"""
    return "%s (%s)" % (call.get(1), call.get(2)) if call.get(2) else call.get(1) or None


def page_title(call):
    return call.page_title or None


def flag(call):
    """{{flag|USA}} -> United States, {{flag|Tennessee}} -> Tennessee"""
    name = call.get("name") or call.get(1)
    return country(name) or name or None


RENDERERS = {
    name: function
    for function, names in (
        (
            flag,
            "flag|flagu|flagcountry|flag country|flaglink|flagc|nationflag|flag+link|flagg|flagnation",
        ),
        (labelled_language, "langx"),
        (in_language, "lang|langue|lang+"),
        (transliteration, "transl|transliteration|translit|xlit|tlit|script|nihongo krt"),
        (nihongo, "nihongo|nihongo foot|nihongo-s"),
        (nihongo_reading_first, "nihongo3"),
        (chinese, "zh|zhi|zh-full|lang-zh|zh2"),
        (pronunciation, "ipa|pron|pron-en|ipalink|ipaslink|ipablink|ipa link|pronounced|ipapl"),
        (english_pronunciation, "ipac-en|ipa-en|ipac-pl|ipac-cmn|ipac-yue|ipac-ko|ipac-hu|ipac-ga"),
        (respelling, "respell|usdict|pronunciation respelling|pron respell"),
        (audio, "audio|audio-ipa|audio-nohelp"),
        (
            interlanguage_link,
            "ill|interlanguage link|link-interwiki|ill2|interlanguage link multi|illm|red link|iw2",
        ),
        (ship, "|".join(SHIP_PREFIXES)),
        (ship_of_kind, "ship"),
        (ship_class, "sclass|sclass2|sclass-|sclass2-|ship class"),
        (
            quotation,
            "quote|blockquote|bquote|cquote|quotation|poemquote|poem quote|block quote|bq|centered quote",
        ),
        (inline_quotation, "\u201c|\"|' '|qq|tq2|inline quote"),
        (sic, "sic|typo|sic2"),
        (author_and_year, "harvtxt|harvp|harvard citation text|harvsp|citet"),
        (author_and_year_inside, "harvnb|harvard citation no brackets|harvcolnb|citec"),
        (joined(""), "not a typo|linktext|notatypo|proper name|nat|nocaps|lang-unit"),
        (joined("+"), "keypress|key press|key|keys|button"),
        (around("\u27e8", "\u27e9"), "angbr|angle bracket|angbr ipa|vr|grapheme|langle"),
        (around("[", "]"), "bracket|brackets|sqbr|interp|editorial"),
        (around("{", "}"), "brace|braces"),
        (around("(", ")"), "parentheses|paren"),
        (bible, "bibleverse|bibleref|bibleref2|bible|bibleverse-nb|biblesource|bibleref2-nb|bv"),
        (quran, "cite quran|quran|qref|quran-usc|quran-usc-range|quran ref"),
        (section_link, "section link|slink|sectionlink|see section"),
        (patent, "us patent|uspatent|patent|us patent reference"),
        (address, "url|official url|plainlink|plain link"),
        (accidental, "music"),
        (ruby, "ruby|furigana|ruby-ja|rubi"),
        (page_title, "pagename|fullpagename|basepagename|subpagename|pagenamebase"),
    )
    for name in names.split("|")
}
