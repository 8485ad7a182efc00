# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/blocks.py: files to documents to blocks, nothing lost, nothing joined, never all of it at once."""
import bz2
import gzip
import itertools
import re
import tracemalloc

import pytest

from pretraining import blocks as text
from program.errors import DataError


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 100 bytes and 3 documents, cut short at 400 bytes; documents cut at 200."""
    for name, value in (
        ("BLOCK_BYTES", 100),
        ("BLOCK_DOCUMENTS", 3),
        ("_LARGEST_BLOCK_BYTES", 400),
        ("_LARGEST_DOCUMENT_BYTES", 200),
    ):
        monkeypatch.setattr(text, name, value)


def write(path, content, opener=open):
    with opener(str(path), "wb") as stream:
        stream.write(content)
    return str(path)


def blocks(*paths):
    warnings = []
    return list(text.blocks(list(paths), warnings.append)), warnings


def documents(*paths):
    found, _ = blocks(*paths)
    return [document for block in found for document in block.documents]


def numbered(count, lines=2, length=20):
    """`count` documents as a list of lists of lines, no two lines alike."""
    return [
        [("%d %d " % (number, line)).ljust(length, "x").encode() for line in range(lines)]
        for number in range(count)
    ]


def joined(docs):
    return b"\n\n".join(b"\n".join(document) for document in docs)


# --- which files -----------------------------------------------------------------------------------------------------


def test_files_patterns_and_directories(tmp_path):
    for name in ("b.txt", "a.txt", "c.txt.gz", "d.bz2", "e.json", ".hidden"):
        write(tmp_path / name, b"x")

    def at(*names):
        return [str(tmp_path / name) for name in names]

    def files(*patterns):
        return text.input_files(",".join(at(*patterns)))

    assert files("a.txt") == at("a.txt")
    assert files("*.txt") == at("a.txt", "b.txt")
    assert files("c*", "a.txt") == at("c.txt.gz", "a.txt")
    assert files("b.txt", "*.txt", "b.txt") == at("b.txt", "a.txt")
    assert files("e.json") == at("e.json")  # named, it counts whatever its ending
    assert text.input_files(" %s , " % (tmp_path / "a.txt")) == at("a.txt")
    assert text.input_files(str(tmp_path)) == at("a.txt", "b.txt", "c.txt.gz", "d.bz2")


@pytest.mark.parametrize("pattern", ["nowhere.txt", "*.text", ".", "a.json,*.text"])
def test_no_file(tmp_path, monkeypatch, pattern):
    write(tmp_path / "a.json", b"x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError,
        match="--input_file: '%s' matches no file" % re.escape(pattern.split(",")[-1]),
    ):
        text.input_files(pattern)
    with pytest.raises(DataError, match="names no file"):
        text.input_files(" , ")


# --- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"a b\nc\n\nd\n",
        b"a b\nc\n\nd",
        b"\n\n  a b  \nc\t\n \t \n\n\nd\n\n\n",
        b"a b\nc\n\xe3\x80\x80\nd\xc2\xa0\n",  # ideographic space; no-break space
        b"a b\r\nc\r\n\r\nd\r\n",
    ],
)
def test_blank_lines_part_documents(tmp_path, content):
    assert documents(write(tmp_path / "a", content)) == [[b"a b", b"c"], [b"d"]]


def test_a_file_ends_its_document(tmp_path):
    assert documents(write(tmp_path / "a", b"a\nb"), write(tmp_path / "b", b"c\n\nd")) == [
        [b"a", b"b"],
        [b"c"],
        [b"d"],
    ]


def test_compressed_files_hold_the_same(tmp_path):
    docs = numbered(500)
    plain = write(tmp_path / "a.txt", joined(docs))
    packed = [
        write(tmp_path / "a.txt.gz", joined(docs), gzip.open),
        write(tmp_path / "a.bz2", joined(docs), bz2.open),
    ]
    assert documents(plain) == docs
    for path in packed:
        assert documents(path) == docs


@pytest.mark.parametrize("ending, opener", [(".gz", gzip.open), (".bz2", bz2.open)])
def test_a_damaged_archive_is_named(tmp_path, ending, opener):
    path = write(tmp_path / ("a" + ending), joined(numbered(5000)), opener)
    with open(path, "rb") as stream:
        content = stream.read()
    for damaged in (
        content[: len(content) // 2],
        b"no archive at all",
        content[:50] + b"\x00" * 50 + content[100:],
    ):
        write(path, damaged)
        with pytest.raises(DataError, match="a%s: cannot be read" % ending):
            documents(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere: cannot be read .*No such file"):
        documents(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "no text"),
        (b"\n \n\r\n", "no text"),
        (b"a\nb\nc\n", "one document only.*blank line between documents"),
    ],
)
def test_too_little_text(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        documents(write(tmp_path / "a", content))


def test_one_document_borrows(tmp_path):
    path = write(tmp_path / "a", b"a\nb\nc\n")
    (block,) = text.blocks([path], pytest.fail, [[b"d"]])
    assert block.documents == [[b"a", b"b", b"c"]] and block.borrowed == [[b"d"]]
    assert block.size == 3 and block.number == 0


# --- blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 5, 6, 7, 8, 50])
def test_blocks_together_are_the_corpus(tmp_path, small_blocks, count):
    docs = numbered(count)
    path = write(tmp_path / "a", joined(docs))
    found, warnings = blocks(path)
    assert [document for block in found for document in block.documents] == docs and warnings == []
    assert [block.number for block in found] == list(range(len(found)))
    for block in found:
        assert block.size == sum(len(line) for document in block.documents for line in document)
        assert len(block.documents) >= min(count, 3)
    for block in found[:-1]:
        assert block.size >= 100 and len(block.documents) == 3
    offsets = [block.offset for block in found]
    assert offsets == sorted(offsets) and offsets[-1] == len(joined(docs))


def test_a_few_documents_left_at_the_end_are_not_alone(tmp_path, small_blocks):
    found, _ = blocks(write(tmp_path / "a", joined(numbered(7))))
    assert [len(block.documents) for block in found] == [3, 4]


def test_long_documents_make_blocks_of_fewer(tmp_path, small_blocks):
    found, warnings = blocks(write(tmp_path / "a", joined(numbered(8, lines=9))))
    assert [len(block.documents) for block in found] == [3, 5] and warnings == []
    found, _ = blocks(write(tmp_path / "b", joined(numbered(8, lines=11, length=19))))
    assert all(len(block.documents) >= 2 and block.size < 400 + 2 * 220 for block in found[:-1])


def test_a_document_without_end_is_cut(tmp_path, small_blocks):
    docs = numbered(3) + numbered(1, lines=50) + numbered(3)
    found, warnings = blocks(write(tmp_path / "a", joined(docs)))
    together = [line for block in found for document in block.documents for line in document]
    assert together == list(itertools.chain.from_iterable(docs))
    assert (
        max(sum(map(len, document)) for block in found for document in block.documents) < 200 + 20
    )
    assert len(warnings) == 1 and "is there a blank line between documents?" in warnings[0]


def test_a_long_document_that_ends_is_not_called_split(tmp_path, small_blocks):
    docs = [[b"x" * 500], [b"a"], [b"y" * 300], [b"b" * 199, b"c"]]
    found, warnings = blocks(write(tmp_path / "a", joined(docs)))
    assert [document for block in found for document in block.documents] == docs
    assert warnings == []


@pytest.mark.parametrize("ending, opener", [("", open), (".gz", gzip.open)])
def test_memory_holds_a_block_not_the_corpus(tmp_path, ending, opener):
    def peak(megabytes):
        path = write(
            tmp_path / ("%d%s" % (megabytes, ending)),
            joined(numbered(megabytes * 1000, lines=10, length=99)),
            opener,
        )
        tracemalloc.start()
        for _ in text.blocks([path], pytest.fail):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(4), peak(16)
    assert small > 1 << 20  # a block was held, so the measure measures
    assert large < 1.2 * small
