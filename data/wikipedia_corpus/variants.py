# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The -{…}- markup of languages with several scripts or regional vocabularies: one variant of each word is chosen.

    -{zh-hans:计算机;zh-hant:電腦}- -> 计算机      -{R|raw text}- -> raw text      -{H|zh-cn:…;zh-tw:…}- -> nothing
"""

import collections
import re

# Wikis whose language has variants, with the order in which one is preferred.
_PREFERRED = {
    "zh": "zh-hans zh-cn zh-sg zh-my zh zh-hant zh-tw zh-hk zh-mo hans cn".split(),
    "gan": "gan-hans gan gan-hant".split(),
    "sr": "sr-ec sr-cyrl sr sr-el sr-latn".split(),
    "sh": "sh-latn sh-cyrl".split(),
    "kk": "kk-cyrl kk-kz kk kk-latn kk-arab".split(),
    "ku": "ku-latn ku ku-arab".split(),
    "uz": "uz-latn uz uz-cyrl".split(),
    "tg": "tg-cyrl tg tg-latn".split(),
    "crh": "crh-latn crh crh-cyrl".split(),
    "iu": "ike-cans iu ike-latn".split(),
    "shi": "shi-latn shi shi-tfng".split(),
    "ban": "ban ban-bali".split(),
    "wuu": "wuu-hans wuu wuu-hant".split(),
}
_CODES = frozenset(code for codes in _PREFERRED.values() for code in codes)
# Flags that show nothing: a rule for the rest of the page, its removal, the page's title.
_HIDDEN_FLAGS = frozenset("H T -".split())
_INNERMOST = re.compile(r"-\{(?!\{)((?:(?!-\{(?!\{)|\}-).)*)\}-", re.DOTALL)
_RULE = re.compile(
    r"(?:^|;)\s*(?:[^;=]*=>\s*)?(%s)\s*:" % "|".join(sorted(_CODES, key=len, reverse=True)),
    re.IGNORECASE,
)
# Chinese rules in a wiki that has no variants of its own: a copied article.
_CHINESE_RULE = re.compile(r"-\{[^{}]*\bzh(?:-[a-z]+)?:")


def resolved(wikitext, language):
    """The wikitext without -{…}-: of several variants the preferred one. Text of languages without variants stays as it is
    (-{ is then a piece of a chemical name)."""
    if "-{" not in wikitext:
        return wikitext
    base = language.split("-")[0]
    if base not in _PREFERRED:
        if not _CHINESE_RULE.search(wikitext):
            return wikitext
        base = "zh"
    previous = None
    while previous != wikitext:
        previous = wikitext
        wikitext = _INNERMOST.sub(lambda match: _chosen(match.group(1), _PREFERRED[base]), wikitext)
    return wikitext


def _chosen(inner, preferred):
    flags, separator, body = inner.partition("|")
    names = [flag.strip() for flag in flags.split(";")]
    if not separator or not all(
        re.match(r"^(?:[A-Z-]|\+|)$", name) or name.lower() in _CODES for name in names
    ):
        names, body = [], inner
    if any(name in _HIDDEN_FLAGS for name in names):
        return ""
    if "R" in names:
        return body
    rules = list(_RULE.finditer(body))
    if not rules or body[: rules[0].start()].strip():
        return body
    texts = collections.OrderedDict()
    for rule, following in zip(rules, rules[1:] + [None]):
        text = body[rule.end() : following.start() if following else len(body)]
        texts.setdefault(rule.group(1).lower(), text.rstrip().rstrip(";").strip())
    for code in preferred:
        if code in texts:
            return texts[code]
    return next(iter(texts.values()))
