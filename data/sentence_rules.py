# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where sentences end: full stops of every script, closing quotes and brackets, abbreviations, ordinals, reporting clauses.

A *mark* is a run of full stops, question or exclamation marks with the quotes and brackets that close behind it. Each mark of
a text is looked at once and either ends a sentence or does not; nothing else does.
"""

import re

from data import sentence_words

# Full stops that are nothing else, so that no library is needed to tell: ideographic, Devanagari, Urdu, Burmese, Ethiopic,
# Armenian; the Arabic question mark; question and exclamation marks of full width.
_FULL_STOPS = "؟。｡．！？︒॥।۔။።፧։᙮"
OTHER_SCRIPT = re.compile(r"[%s].*\w" % _FULL_STOPS)
_STOPS = _FULL_STOPS + ".!?…‼⁇⁈⁉"
_CLOSING_BRACKETS = ")]}）］｝】〕〉》」』﹂﹄〗〙"
_QUOTES = "\"'“”„‟‘’‚‛«»‹›＂"
_OPENING = "([{（［｛【〔〈《「『﹁﹃〖〘¿¡—–―-‐" + _QUOTES
_NO_BEGINNING = frozenset(",;:)]}%，、；：）］｝】〕〉》」』،؛·/")

_SPACED_MARK = re.compile(
    # A quote after a space closes only if white space, the end or punctuation follows: French « … . », never '. "Next'.
    r"[{stops}]+(?:[{brackets}{quotes}]| [»”\"'](?=[\s{punctuation}]|$))*[{stops}]*".format(
        stops=re.escape(_STOPS + "|"),
        brackets=re.escape(_CLOSING_BRACKETS),
        quotes=re.escape(_QUOTES),
        punctuation=re.escape(",;:.…!?)]»”،؛"),
    )
)
_UNSPACED_MARK = re.compile(
    r"[{stops}]+[{closing}]*".format(
        stops=re.escape(_STOPS), closing=re.escape(_CLOSING_BRACKETS + "”’\"'＂")
    )
)
_LAST_WORD = re.compile(r"[^\s()\[\]{}\"“”„«»‹›‘‚/,;:…!?–—]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NUMBER = re.compile(r"(?:\d{1,2}|[IVXLC]+)$")
_TITLE = re.compile(r"(?:^|\W)(?![a-zß-öø-ÿа-яё])[^\W\d_]{1,3}$")
_INITIAL = re.compile(r"[^\W\d_]\.")
_CENTURY = re.compile(r"[IVX]{2,}\b|[VX]\b")
_ROMAN = re.compile(r"[IVXLC]+\b")
# Particles of Japanese that go on with a sentence after a quotation, but for words that begin with the same kana.
_PARTICLE = re.compile(
    r"と(?!ても|ころ|き|もに|もあれ|りわけ|はいえ|にかく)|って|など|を|が(?!っ|ん|ら)|は(?![いじるっやんずなたく])|に(?![わっぎほんや])|"
    r"の(?![ちんど])|も(?![うしっちとのはろ])|や(?![がはっむさま])|で(?![もは])|から(?!だ)|まで|より(?!よ)|へ(?!え)"
)
_THOUGHT = re.compile(r"と(?:思|言|い[うっ]|聞|叫|尋|の|感|考|答|書|呼|つぶや|驚|述|語|訴)|って")
# Chinese: the clause that says who spoke, and the particles that a quotation can be followed by.
_REPORTING = re.compile(
    r"[^，。！？：；、「『“没沒不]{0,4}?(?:[说說道问問喊叫曰])(?=[，。：；！？了着著完]|$)|[的地得等之]|[这這那](?:样|樣|种|種|句|段)"
)
_CJK_CHARACTER = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff08\uff09\uff65-\uff9f]")
# A quotation or a parenthesis of Chinese or Japanese up to this many characters is left whole, as its readers read it.
_QUOTATION = re.compile(
    "|".join(
        "%s[^%s%s]{1,100}%s" % (a, a, b, b) for a, b in ("「」", "『』", "“”", "‘’", "（）", "《》")
    )
)


def ends(text, language, library_ends=()):
    """Offsets at which the second and later sentences of a text begin.

    Args:
        text: str, one paragraph, white space folded to single spaces.
        language: str, one of sentences.LANGUAGES.
        library_ends: increasing ints, offsets in `text` at which a library lets sentences begin. They decide about full
            stops that no rule decides about.

    Returns:
        list of int, increasing, none 0 or len(text), each at a character that is no white space.
    """
    unspaced = language in ("zh", "ja")
    words = sentence_words.BY_LANGUAGE.get(language, sentence_words.BY_LANGUAGE["en"])
    found, library, upcoming = [], iter(library_ends), 0
    whole = [match.span() for match in _QUOTATION.finditer(text)] if unspaced else []
    for match in (_UNSPACED_MARK if unspaced else _SPACED_MARK).finditer(text):
        start = match.end()
        if unspaced:
            start = _without_opening_quote(text, match)
        end = start
        if text[start : start + 1] == " ":
            start += 1
        if start >= len(text):
            break
        while upcoming is not None and upcoming <= match.start():
            upcoming = next(library, None)
        in_library = upcoming is not None and upcoming <= start
        while whole and whole[0][1] <= match.start():
            del whole[0]
        if whole and whole[0][0] < match.start() and end < whole[0][1]:
            is_end = False
        elif unspaced:
            is_end = _ends_unspaced(text, match.start(), end, start, language)
        else:
            is_end = _ends_spaced(text, match, start, language, words, in_library)
        if is_end:
            found.append(start)
    return found


def _without_opening_quote(text, match):
    """End of an unspaced mark: a straight quote that opens (an even one of its kind) is not part of it."""
    for place in range(match.start(), match.end()):
        if text[place] in "\"'＂" and text.count(text[place], 0, place) % 2 == 0:
            return place
    return match.end()


def _ends_unspaced(text, begin, end, start, language):
    """Whether the mark text[begin:end] ends a sentence in Chinese or Japanese; `start`: what follows it."""
    mark, rest = text[begin:end], text[start:]
    if rest[0] in _NO_BEGINNING or mark[-1] in "》〉":  # 《…？》 is a title
        return False
    stops = mark.rstrip(_CLOSING_BRACKETS + "”’\"'＂")
    if stops[-1] in ".．" and not _is_full_stop(
        text, begin, start > end or len(stops) < len(mark), rest
    ):
        return False
    if stops[-1] == "…" and len(stops) == len(mark):
        return False
    if len(stops) < len(mark) and mark[-1] not in ")）":
        continuation = _PARTICLE if language == "ja" else _REPORTING
        return not continuation.match(rest)
    return not (language == "ja" and stops[-1] in "!?！？" and _THOUGHT.match(rest))


def _is_full_stop(text, begin, is_closed, rest):
    """Whether a Latin full stop in Chinese or Japanese text ends a sentence, and is not part of a number or a name."""
    before = text[begin - 1 : begin]
    return bool(_CJK_CHARACTER.match(before)) and (is_closed or bool(_CJK_CHARACTER.match(rest)))


def _ends_spaced(text, match, start, language, words, in_library):
    """Whether a mark ends a sentence, in a language that has white space between words."""
    stops = re.match("[%s]+" % re.escape(_STOPS + "|"), match.group()).group()
    following = text[start:]
    rest = following.lstrip(_OPENING + " ")
    if following[0] in _NO_BEGINNING or not rest:
        return False
    last = stops[-1]
    if last in _FULL_STOPS:
        return not rest[0].islower()  # "Morning Musume (モーニング娘。) is"
    if "|" in stops:  # stands for the danda where a keyboard has none
        return language in ("hi", "mr", "ne") and stops == "|" and start > match.end()
    if start == match.end() or rest[0].islower():
        return False
    if language == "hy" and last == ".":  # the Armenian full stop is ։; a dot is a colon
        return False
    is_closed = len(stops) < len(match.group())
    # The full stop behind a bracket is no abbreviation's: "(seit 2010 e. V.). Dann"
    if stops != "." or (is_closed and match.group()[-1] in _STOPS):
        return True
    head = text[: match.start()]
    # What sentence-splitter does not take for the beginning of a sentence: a dash, „ (Ps in Unicode), the ” and » of Swedish.
    # A short word with a capital ("Dr.", "Ing.") is a title.
    is_begun = following[0] in "—–―" or (following[0] in "„”»" and not _TITLE.search(head[-5:]))
    return _dot_ends(head, following, rest, words, in_library or is_closed or is_begun)


def _dot_ends(head, following, rest, words, otherwise):
    """Whether a single dot between `head` and `following` ends a sentence; `otherwise`: where no word of the list decides."""
    match = _LAST_WORD.search(head[-40:])
    if match is None:  # a quote or bracket stands before the dot
        return otherwise or rest[0].isupper()
    word, starts = match.group(), _starts(rest, words)
    lowered = word.lower()
    before = _LAST_WORD.search(head[-40:][: match.start()].rstrip())
    # "z. B.", "т. е.", "a. C.": one abbreviation in two words
    if before is not None and re.match(r"(?:[^\W\d]{1,2}\.)+$", before.group()):
        pair = (before.group() + word).lower()
        if any(pair in kind for kind in words[:4]):
            lowered = pair
        elif len(word) == 1 and word.isalpha() and before.group()[0].islower():
            return False
    is_unit = word.islower() and before is not None and before.group()[-1].isdigit()
    if word[0] == "°" or (is_unit and starts):  # "5 °C. Das", "1 200 m. Le"
        return True
    if lowered in words.never:
        return False
    if lowered in words.may_end:
        return not rest[0].isdigit()
    if lowered in words.ambiguous:
        return starts
    if lowered in words.before_number and (rest[0].isdigit() or _ROMAN.match(rest)):
        return False
    if len(word) == 1 and word.lower() != word.upper():
        # "J. Smith", "m ü. NHN"; but a unit behind its number: "às 10 h. Quem"
        return otherwise and not _INITIAL.match(rest) if is_unit else starts
    if words.ordinals is not None and _NUMBER.match(word):
        return starts if words.ordinals else otherwise or rest[0].isupper()
    if _NUMBER.match(word) and _CENTURY.match(rest):  # Polish "w latach 30. XX w."
        return False
    return otherwise or starts


def _starts(rest, words):
    first = _FIRST_WORD.match(rest)
    return first is not None and first.group() in words.starters and not _INITIAL.match(rest)
