# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/documents.py: what ends a line and a document, compressed files, cuts."""

import bz2
import gzip
import os

import pytest

from program import documents
from program.errors import DataError


def found(tmp_path, content, **options):
    (tmp_path / "a").write_bytes(content)
    return [lines for lines, _ in documents.documents([str(tmp_path / "a")], **options)]


# All characters that str.strip takes for white space, but those that end a line.
BLANKS = sorted(
    character
    for character in map(chr, range(0x110000))
    if character.isspace() and character not in "\r\n"
)


@pytest.mark.parametrize("blank", BLANKS, ids=["U+%04X" % ord(blank) for blank in BLANKS])
def test_a_line_that_strip_empties_ends_a_document(tmp_path, blank):
    content = "\u4e00 a%s\n%s b\n %s%s\t\nc\n" % ((blank,) * 4)
    assert found(tmp_path, content.encode("utf-8")) == [
        ["\u4e00 a".encode("utf-8"), b"b"],
        [b"c"],
    ]


def test_what_strip_leaves_is_text(tmp_path):
    # Zero width space, byte order mark: no white space to Python, and part of their line.
    for text in ("\u200b", "\ufeff", "\u180e"):
        assert found(tmp_path, ("a\n%s\nb\n" % text).encode("utf-8")) == [
            [b"a", text.encode("utf-8"), b"b"]
        ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(tmp_path, end):
    content = end.join([b"", b"a b", b" c\t", b"", b"", b"d", b""])
    assert found(tmp_path, content) == [[b"a b", b"c"], [b"d"]]


def test_bytes_that_are_not_utf8_are_passed_on(tmp_path):
    assert found(tmp_path, b"\xff\xfe a\xe9\n\xe3\x80\x80\xff\n") == [[b"\xff\xfe a\xe9", b"\xff"]]


@pytest.mark.parametrize("name", ["zh_mixed.txt", "sep_ideographic.txt"])
def test_chinese_text_of_the_cases(shared_data, name):
    path = os.path.join(os.path.dirname(shared_data), "cases", "text", name)
    if not os.path.exists(path):
        pytest.skip("the cases are not beside this checkout")
    with open(path, encoding="utf-8") as source:
        expected, lines = [], []
        for line in list(source) + [""]:
            if line.strip():
                lines.append(line.strip())
            elif lines:
                expected.append(lines)
                lines = []
    assert len(expected) > 1
    read = [[line.decode("utf-8") for line in lines] for lines, _ in documents.documents([path])]
    assert read == expected


def test_joined_is_what_is_read(tmp_path):
    written = [["a", "b c"], ["d"]]
    content = "".join(map(documents.joined, written))
    assert content == "a\nb c\n\nd\n\n"
    assert found(tmp_path, content.encode("utf-8")) == [[b"a", b"b c"], [b"d"]]


@pytest.mark.parametrize("ending, opener", [("", open), (".gz", gzip.open), (".bz2", bz2.open)])
def test_files_follow_each_other(tmp_path, ending, opener):
    paths = [str(tmp_path / (name + ending)) for name in "ab"]
    for path, content in zip(paths, (b"a\n\nb", b"c\nd\n\n\n")):
        with opener(path, "wb") as stream:
            stream.write(content)
    read = list(documents.documents(paths))
    assert [lines for lines, _ in read] == [[b"a"], [b"b"], [b"c", b"d"]]
    offsets = [offset for _, offset in read]
    assert offsets == sorted(offsets) and offsets[1] == os.path.getsize(paths[0])
    assert offsets[-1] <= sum(map(os.path.getsize, paths))


def test_long_documents_are_cut_and_said(tmp_path):
    cuts = []
    content = b"aaaa\nbbbb\ncccc\n\ndd\n"
    assert found(tmp_path, content, largest_bytes=8, on_cut=cuts.append) == [
        [b"aaaa", b"bbbb"],
        [b"cccc"],
        [b"dd"],
    ]
    assert cuts == [str(tmp_path / "a")]
    assert found(tmp_path, content) == [[b"aaaa", b"bbbb", b"cccc"], [b"dd"]]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere: cannot be read .No such file"):
        list(documents.documents([str(tmp_path / "nowhere")]))


# --- encodings -------------------------------------------------------------------------------------------------------

LATIN = "A first sentence.\nA second one, caf\u00e9.\n\nAnother document.\n"
CHINESE = "\u6751\u5e84\u662f\u4e2d\u56fd\u7684\u4e00\u4e2a\u6751\u5e84\u3002" * 40


TEXTS = [LATIN, CHINESE, CHINESE + "\n\n" + CHINESE, LATIN * 500]


@pytest.mark.parametrize("text", TEXTS, ids=["latin", "chinese", "chinese_lines", "long"])
@pytest.mark.parametrize(
    "encoding, name",
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("utf-32", "UTF-32"),
    ],
)
@pytest.mark.parametrize("ending, opener", [("", open), (".gz", gzip.open), (".bz2", bz2.open)])
def test_utf16_is_named_with_the_fix(tmp_path, text, encoding, name, ending, opener):
    if text == CHINESE and name in ("UTF-16LE", "UTF-16BE"):
        text += "\n"
    path = str(tmp_path / "a.txt") + ending
    with opener(path, "wb") as output:
        output.write(text.encode(encoding))
    with pytest.raises(DataError) as caught:
        list(documents.documents([path]))
    assert str(caught.value) == (
        "%s: is %s, not UTF-8: convert it (iconv -f %s -t UTF-8)" % (path, name, name)
    )


@pytest.mark.parametrize(
    "content",
    [
        LATIN.encode("utf-8") + b"\0",
        CHINESE.encode("utf-8"),
        (CHINESE * 20).encode("utf-8"),
        LATIN.encode("latin-1") * 100,
        CHINESE.encode("gb18030"),
        b"\xff\xfe" + LATIN.encode("utf-8"),
        b"",
        b"a",
    ],
)
def test_other_text_is_not_taken_for_utf16(content):
    for cut in range(0, 4):
        assert documents.wide_encoding(content[: len(content) - cut]) is None


def test_a_byte_order_mark_at_the_beginning_is_no_text(tmp_path):
    assert found(tmp_path, b"\xef\xbb\xbfa\nb\n\n\xef\xbb\xbfc\n") == [
        [b"a", b"b"],
        [b"\xef\xbb\xbfc"],
    ]
    assert found(tmp_path, b"\xef\xbb\xbf\r\n\r\na\r\n") == [[b"a"]]


def test_only_a_document_that_goes_on_is_cut(tmp_path):
    cuts = []
    long = b"x" * 60
    for content in (long, long + b"\n", long + b"\n\n" + long, b"a\n" + long + b"\n \nb"):
        found(tmp_path, content, largest_bytes=50, on_cut=cuts.append)
    assert cuts == []
    for content in (long + b"\nb", b"a\n" + long + b"\nb\n"):
        assert len(found(tmp_path, content, largest_bytes=50, on_cut=cuts.append)) == 2
    assert cuts == [str(tmp_path / "a")] * 2
