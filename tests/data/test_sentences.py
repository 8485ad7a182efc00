# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Sentences by language: written-out texts of 22 languages, nothing lost, long and odd input, codes, what is counted."""

import glob
import io
import os
import random
import subprocess
import sys

import pytest

from data import sentences
from program.errors import DataError

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "fixtures", "sentences")
WRITTEN_OUT = sorted(
    os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(FOLDER, "*.txt"))
)
OTHERS = [language for language in sentences.LANGUAGES if language != "en"]


def paragraphs(language):
    """The fixture of a language: a list of paragraphs, each a list of sentences."""
    with io.open(os.path.join(FOLDER, language + ".txt"), encoding="utf-8") as source:
        return [block.split("\n") for block in source.read().strip().split("\n\n")]


def joined(language, lines):
    return ("" if language in ("ja", "zh") else " ").join(lines)


def without_space(text):
    return "".join(text.split())


@pytest.mark.parametrize("language", WRITTEN_OUT)
def test_written_out_texts(language):
    for lines in paragraphs(language):
        assert sentences.split(joined(language, lines), language) == lines


def test_all_languages_asked_for_are_written_out():
    assert set("ar de es fr hi ja pt ru zh".split()) <= set(WRITTEN_OUT)
    pysbd = "am ar bg da de el en es fa fr hi hy it ja kk mr my nl pl ru sk ur zh"
    assert set(pysbd.split()) | {"pt"} <= set(sentences.LANGUAGES)


@pytest.mark.parametrize(
    "paragraph, expected",
    [
        (
            "Dr. J. R. R. Tolkien was born on Jan. 3, 1892. He weighed 3.5 kg at 5 p.m. on Friday.",
            [
                "Dr. J. R. R. Tolkien was born on Jan. 3, 1892.",
                "He weighed 3.5 kg at 5 p.m. on Friday.",
            ],
        ),
        (
            '"Is it true?" he asked. It isn\'t well-known in the U.S. Army.',
            ['"Is it true?" he asked.', "It isn't well-known in the U.S. Army."],
        ),
        ("  One   line\nonly ", ["One line only"]),
        ("", []),
        ("\u200b", []),
    ],
)
def test_english_keeps_abbreviations_initials_decimals(paragraph, expected):
    assert sentences.split(paragraph) == sentences.split(paragraph, "en") == expected


ODD = list(
    ".!?…。！？」』”“\"'«»„()[]（） \u00a0\u3000\n\t\u2028\x85\u200b\u200f\u202b😀𠀀।؟|—-,;:14ⅣXIVabcÄя中あक\u0301\x00\ud800ß"
) + [". ", "Dr. ", "z. B. ", "г. ", " » ", "« ", " Der ", "。」", "と", "A. ", "1. ", "\u2067"]


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_lost_and_nothing_crashes(language):
    generator = random.Random(language)
    for _ in range(200):
        text = "".join(generator.choice(ODD) for _ in range(generator.randint(0, 60)))
        found = sentences.split(text, language)
        assert without_space("".join(found)) == without_space(text)
        assert all(line and line == line.strip() and "\n" not in line for line in found)


@pytest.mark.parametrize("language", WRITTEN_OUT)
def test_nothing_is_lost_of_text(language):
    for lines in paragraphs(language):
        generator, text = random.Random(language), joined(language, lines)
        for _ in range(20):
            start, end = sorted(generator.randint(0, len(text)) for _ in range(2))
            found = sentences.split(text[start:end], language)
            assert without_space("".join(found)) == without_space(text[start:end])


@pytest.mark.parametrize("language", ["de", "hi", "ru", "zh"])
def test_long_paragraphs_are_split_like_short_ones(language):
    lines = paragraphs(language)[0]
    size = len(joined(language, lines))
    found = sentences.split(joined(language, lines * (100000 // size)), language)
    assert found == lines * (100000 // size)


@pytest.mark.parametrize("repeated", [".", "a.", '."', "「", "。", " »", "1. "])
@pytest.mark.parametrize("language", ["de", "zh"])
def test_runs_of_one_character_do_not_hang(language, repeated, repo_root):
    """In a process of its own: a regular expression that does not end cannot be interrupted."""
    program = (
        "import sys; from data import sentences; text = sys.stdin.read(); "
        "assert ''.join(sentences.split(text, sys.argv[1])).replace(' ', '') == text.replace(' ', '')"
    )
    text = repeated * (50000 // len(repeated))
    subprocess.run(
        [sys.executable, "-c", program, language],
        input=text.encode("utf-8"),
        env=dict(os.environ, PYTHONIOENCODING="utf-8"),
        cwd=repo_root,
        timeout=300,
        check=True,
    )


def test_the_library_is_given_no_long_runs_of_dots(monkeypatch):
    given = []

    class Library:
        def split(self, text):
            given.append(text)
            return [text]

    monkeypatch.setattr(sentences, "_splitter", lambda name: Library())
    text = "Inhalt %s acht. Der Rest" % ("." * 5000)
    assert sentences.split(text, "de") == ["Inhalt %s acht." % ("." * 5000), "Der Rest"]
    assert "." * 1000 not in given[0] and len(given[0]) == len(text)


@pytest.mark.parametrize(
    "code, language",
    [
        ("de", "de"),
        ("DE", "de"),
        ("pt-BR", "pt"),
        ("zh_Hant", "zh"),
        ("zh-yue", "zh"),
        ("nb", "no"),
        ("simple", "en"),
        ("de-at", "de"),
    ],
)
def test_codes(code, language):
    assert sentences.known_language(code) == language


@pytest.mark.parametrize("code", ["tlh", "uk", "german", "", "zh-min-nan", "de_", "../de"])
def test_unknown_codes_are_refused_with_the_known_ones(code):
    if code == "de_":
        assert sentences.known_language(code) == "de"
        return
    with pytest.raises(DataError) as error:
        sentences.known_language(code)
    assert "supported: am ar " in str(error.value) and " zh" in str(error.value)


@pytest.mark.parametrize(
    "code, package", [("en", "syntok"), ("de", "sentence-splitter"), ("ko", "sentence-splitter")]
)
def test_missing_package_is_named(monkeypatch, code, package):
    monkeypatch.setattr(sentences, "find_spec", lambda name: None)
    with pytest.raises(DataError) as error:
        sentences.known_language(code)
    assert "needs the package %s;" % package in str(error.value)
    assert "requirements/data.txt" in str(error.value)
    assert sentences.known_language("zh") == "zh"  # needs none


def test_packages_are_imported_where_text_is_split(repo_root):
    program = (
        "import sys; from data import sentences; sentences.known_language('de'); "
        "assert not {'syntok', 'sentence_splitter'} & set(sys.modules); "
        "sentences.split('A. B.', 'de'); assert 'sentence_splitter' in sys.modules and 'syntok' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=repo_root, check=True)


def test_words_are_counted_or_characters_where_no_space_is_between():
    assert (sentences.count_words(["Zwei Wörter.", "Drei."], "de"), sentences.unit("de")) == (
        3,
        "words",
    )
    assert sentences.count_words(["한국의 수도이다."], "ko") == 2
    assert (sentences.count_words(["你好。", "A B。"], "zh"), sentences.unit("zh")) == (
        6,
        "characters",
    )
    assert sentences.unit("ja") == sentences.unit("my") == "characters"


def test_text_of_another_script_that_is_split_as_english_is_warned_of(capsys):
    chinese = joined("zh", paragraphs("zh")[0])
    assert sentences.count_unsplit(sentences.split(chinese)) == 1
    assert sentences.count_unsplit(["Morning Musume (モーニング娘。)", "「はい。」"]) == 0
    assert sentences.count_unsplit(["A。B。"], "de") == 0
    sentences.warn_if_unsplit({"sentences": 100, "unsplit": 5})
    assert capsys.readouterr().err == ""
    sentences.warn_if_unsplit({"sentences": 100, "unsplit": 6})
    assert "warning: 6 of 100 lines were split as English" in capsys.readouterr().err
