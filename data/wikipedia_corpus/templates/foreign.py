# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Text of the templates that sentences in other languages' Wikipedias are made with, by language. Each function takes a
calls.Call and returns str, or None where the text cannot be known."""

import re

from data.wikipedia_corpus.templates import numbers


def _argument(*keys):
    """A function: the first of these parameters that is given."""

    def text(call):
        for key in keys:
            if call.get(key):
                return call.get(key)
        return None

    return text


def _joined(separator):
    def text(call):
        return separator.join(value for value in call.positional() if value) or None

    return text


def _before(word, separator=" "):
    """A function for {{M.|Dupont}} -> M. Dupont"""

    def text(call):
        values = [value for value in call.positional() if value]
        return separator.join([word] + values[:1])

    return text


def _fixed(words):
    return lambda call: words


def _quoted(opening, closing):
    def text(call):
        content = call.get(1) or call.get("texte") or call.get("text")
        return opening + content + closing if content else None

    return text


def _century(ending):
    """{{s-|XIX|e}} -> XIXe siècle"""

    def text(call):
        if not call.get(1):
            return None
        return call.get(1) + (call.get(2) or "e") + ending

    return text


def _two_centuries(ending):
    """{{sp-|XIX|e|et au|XX|e}} -> XIXe et au XXe siècles"""

    def text(call):
        values = call.positional()
        if len(values) < 5:
            return None
        return "%s%s %s %s%s%s" % (values[0], values[1], values[2], values[3], values[4], ending)

    return text


def _french_quantity(call):
    """{{unité|2000|habitants}} -> 2 000 habitants; {{unité|5|m|2}} -> 5 m²"""
    values = call.positional()
    number = numbers.parse(values[0].replace(",", ".").replace(" ", ""), " ") if values else None
    if number is None:
        return None
    shown = [number.shown.replace(".", ",")]
    for value in values[1:]:
        power = numbers.superscript(value) if re.match(r"^[-\u2212]?\d+$", value) else None
        if power and len(shown) > 1:
            shown[-1] += power
        elif value:
            shown.append(value)
    return " ".join(shown)


def _french_hour(call):
    """{{heure|8|30}} -> 8 h 30"""
    values = call.positional()
    return " ".join([values[0], "h"] + values[1:2]) if values and values[0] else None


def _spaced_number(call):
    """{{num|12500}} -> 12 500"""
    number = numbers.parse(call.get(1).replace(" ", ""), " ")
    words = [value for value in call.positional()[1:] if value]
    return " ".join([number.shown] + words) if number else None


_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
}


def _date(language, separator):
    """{{date|21|3|1977}} -> 21 mars 1977; {{date|21 mars 1977}}"""
    months = _MONTHS[language].split()

    def text(call):
        values = [value for value in call.positional()[:3] if value]
        if len(values) > 1 and values[1].isdecimal():
            month = int(values[1])
            if not 1 <= month <= 12:
                return None
            values[1] = months[month - 1]
        return separator.join(values) or None

    return text


def _life(call):
    """{{bd|1900年|1月1日|1950年|2月2日}} -> 1900年1月1日－1950年2月2日"""
    born, died = call.get(1) + call.get(2), call.get(3) + call.get(4)
    return "%s\uff0d%s" % (born, died) if born or died else None


def _reading(call):
    """{{読み仮名|漢字|かんじ}} -> 漢字（かんじ）"""
    if not call.get(2):
        return call.get(1) or None
    return "%s\uff08%s\uff09" % (call.get(1), call.get(2))


def _all_of(table):
    return {name: function for function, names in table for name in names.split("|")}


_FRENCH = _all_of(
    (
        (_century(" siècle"), "s-|s|siècle|s2-|sap|s2"),
        (_century(""), "s mini-|s mini|smini|s mini apjc"),
        (_century(" siècle av. J.-C."), "-s-|-s|sav|sav-|s av|s av. j.-c."),
        (_two_centuries(" siècles"), "sp-|sp"),
        (_two_centuries(" siècles av. J.-C."), "-sp-|-sp"),
        (_french_quantity, "unité|unit|unite|nobr unité"),
        (
            _date("fr", " "),
            "date|date-|date de naissance|date de décès|date de naissance-|date de décès-",
        ),
        (_french_hour, "heure|h-"),
        (_spaced_number, "nb|nombre|num|formatnum-fr"),
        (
            _quoted("« ", " »"),
            'citation|cita|citation étrangère|début citation|quote|guillemets|guil|"|citation bloc',
        ),
        (_argument(3, 2), "citation bilingue|citation étrangère"),
        (
            _argument(1),
            "page h'|nombre romain|rom|rom-maj|romain|nobr romains|nobr romain|pc|petites capitales|terme défini|lnobr",
        ),
        (_argument("texte", 2), "langue|lang|graphie"),
        (_argument("texte", 1, "fr", "trad"), "lien|link|lien rouge"),
        (_before("M.", " "), "m.|m"),
        (_before("Mme", " "), "mme|mme."),
        (_before("Mlle", " "), "mlle|melle"),
        (_before("MM.", " "), "mm."),
        (_before("n°", " "), "n°|numéro|n|no|nº"),
        (_before("p.", " "), "p.|page|pages"),
        (_before("vol.", " "), "vol.|vol"),
        (_fixed("av. J.-C."), "av jc|av. j.-c.|av j.-c.|-jc|avjc"),
        (_fixed("apr. J.-C."), "ap jc|apr. j.-c.|ap j.-c.|apjc"),
        (_fixed("1er"), "1er|er"),
        (_fixed("1re"), "1re|1ère|re"),
        (_fixed("e"), "e"),
        (_fixed("Ier siècle"), "ier siècle|1er siècle"),
    )
)
_FRENCH.update(
    (name.lower(), _fixed(name))
    for name in ["%de" % number for number in range(2, 32)]
    + ["%se" % numbers.roman(number) for number in range(2, 22)]
    + [
        "Ier",
        "IIde",
        "2d",
        "2de",
        "St",
        "Ste",
        "Dr",
        "Me",
        "Mgr",
        "XIXe siècle",
        "XXe siècle",
        "XXIe siècle",
    ]
)
_FRENCH.update(
    ("%se siècle" % numbers.roman(n).lower(), _fixed("%se siècle" % numbers.roman(n)))
    for n in range(2, 22)
)

OF_LANGUAGE = {
    "fr": _FRENCH,
    "de": _all_of(
        (
            (_quoted("\u201e", "\u201c"), '"|zitat|quote|zitat-de|zitat-en'),
            (_argument(2), "lang|spq"),
            (
                _argument(1),
                "nobreak|kapitälchen|sperrsatz|schriftart|unicode|formatzahl|monospace|lückentext",
            ),
            (_joined("/"), "bruch"),
            (_fixed("\u2020"), "tot|gestorben"),
        )
    ),
    "es": _all_of(
        (
            (_date("es", " de "), "fecha"),
            (_argument(3, 1), "enlace sin|ill-wd"),
            (_quoted("\u00ab", "\u00bb"), "cita|cita textual|cquote"),
            (_spaced_number, "unidad"),
            (_argument(2), "lang|idioma"),
            (_before("siglo", " "), "siglo|siglo de"),
            (_argument(1), "versalita|nobr|sustantivo|esd|nowrap"),
        )
    ),
    "pt": _all_of(
        (
            (_date("pt", " de "), "dtlink|dtext|data|dni"),
            (_argument(1, "texto"), "lknb|nowrap|versalete|citação|fmtn|formatnum"),
            (_spaced_number, "fmtn"),
            (_argument(2), "lang|língua"),
            (_argument("lang3", 3, 2, 1), "ilc"),
            (_before("século", " "), "séc|século"),
        )
    ),
    "it": _all_of(
        (
            (_date("it", " "), "data"),
            (_argument(1), "maiuscoletto|m|nowrap|citazione"),
            (_spaced_number, "formatnum"),
            (_argument(2), "lang|lingue"),
        )
    ),
    "ru": _all_of(
        (
            (
                _argument(2, 1),
                "нп|нп1|нп2|нп3|нп4|нп5|не переведено|не переведено 2|не переведено 3|не переведено 5",
            ),
            (_argument(1), "s|nobr|nobreak|nowrap|comment|подсказка|iw|бик|math|цитата|нет ссылки"),
            (_spaced_number, "число|num|nts|форматнум|val"),
            (_date("ru", " "), "дата|date|сс3|датарождения"),
            (_argument(3, 2), "lang|langi|iast2"),
            (_argument(1), "lang-en|lang-de|lang-fr|lang-la|lang-el|lang-uk|lang-it|lang-es"),
            (_fixed(" \u2014 "), "-|тире"),
        )
    ),
    "ja": _all_of(
        (
            (_argument("label", 1), "仮リンク|iw|ill"),
            (_reading, "読み仮名|読み仮名 ruby不使用|読み|ふりがな|ruby|ルビ|jis2004フォント rubi"),
            (_argument(2), "lang|補助漢字フォント lang"),
            (
                _argument(1),
                "補助漢字フォント|jis2004フォント|jis90フォント|nowrap|color|要出典範囲|要検証範囲|独自研究範囲|要説明範囲|旧字体|全角|"
                "cjkv|拡張漢字|読み仮名なし|js|辞書",
            ),
            (_quoted("「", "」"), "quotation|行内引用"),
        )
    ),
    "zh": _all_of(
        (
            (_argument(4, "d", 1), "link-ja|link-ko"),
            (
                _argument("d", "dis", 3, 1),
                "link-en|link-de|link-fr|link-ru|link-es|link-it|le|lj|lk",
            ),
            (_argument("d", 4, 3), "tsl|translink|ilt"),
            (_argument("d", 1), "internal link helper|ilh|link-interwiki|illm"),
            (_argument("d", "lt", 1), "link|ill"),
            (_argument(2), "lang|lang2"),
            (_life, "bd|生卒"),
            (_argument(1), "nowrap|僻字|僻|ruby|kai|pua|楷体|专名|書名|zy|專名號|书名号"),
        )
    ),
    "ar": _all_of(
        ((_argument("نص", 3, 2), "وصلة إنترويكي|وإو"), (_argument(1), "اقتباس مضمن|قرآن|لا تلتف"))
    ),
    "hi": _all_of(((_argument(2), "lang|भाषा"), (_argument(1), "nowrap|नोरैप"))),
}


def renderer(name, language):
    """The function for a template (name in lower case) of a Wikipedia in this language, or None."""
    return OF_LANGUAGE.get(language, {}).get(name)


def renderer_of_others(name):
    """The function for a template that is known from another language's Wikipedia only, or None. Short names mean something else
    in every wiki: {{m|x}}."""
    if len(name) < 4 and name not in ("s-", "1er", "1re"):
        return None
    for language in sorted(OF_LANGUAGE):
        if name in OF_LANGUAGE[language]:
            return OF_LANGUAGE[language][name]
    return None
