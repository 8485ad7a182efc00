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
