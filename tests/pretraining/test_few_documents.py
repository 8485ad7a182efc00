# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/few_documents.py: who lends which documents to a file with one."""

import pytest

from pretraining import blocks, few_documents
from program.errors import DataError


def has_tokens(line):
    return line != b"\x01"


@pytest.fixture
def folder(tmp_path):
    def write(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / (name + ".txt")
            path.write_bytes(text)
            paths.append(str(path))
        return paths

    return write


@pytest.mark.parametrize(
    "text, count",
    [
        (b"", 0),
        (b"\n \n\xe3\x80\x80\n", 0),
        (b"\x01\n\n\x01\n", 0),
        (b"a\nb\n", 1),
        (b"\x01\n\na\n\n\x01\nb\n", 2),
        (b"\x01\n\na\n\n\x01\n", 1),
        (b"a\n\nb\n\nc\n", 2),  # no further than two
    ],
)
def test_documents_are_counted_up_to_two(folder, text, count):
    assert few_documents.count_documents(folder(a=text)[0], has_tokens) == count


def test_the_files_after_it_lend_and_the_first_after_the_last(folder):
    paths = folder(book0=b"0\n", book1=b"1\n\n11\n", book2=b"\x01\n", book3=b"3\n")
    lent = few_documents.loan(paths, 0, has_tokens)
    assert lent.documents == [[b"1"], [b"11"], [b"3"]] and lent.paths == [paths[1], paths[3]]
    lent = few_documents.loan(paths, 3, has_tokens)
    assert lent.documents == [[b"0"], [b"1"], [b"11"]] and lent.paths == paths[:2]
    assert few_documents.loan(paths, 1, has_tokens).paths == [paths[3], paths[0]]
    assert few_documents.loan(paths[:1], 0, has_tokens).documents == []


def test_a_loan_is_a_block(folder, monkeypatch):
    paths = folder(b0=b"x\n", b1=b"a\n\n" * 10, b2=b"b\n\n" * 10, b3=b"c\n\n" * 10)
    lent = few_documents.loan(paths, 0, has_tokens)
    assert lent.documents == [[b"a"]] * 10 + [[b"b"]] * 6 and lent.paths == paths[1:3]
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 3)
    assert few_documents.loan(paths, 0, has_tokens).documents == [[b"a"]] * 3


def test_training_shards_do_not_borrow_from_test_shards(folder):
    paths = folder(
        test_0_of_1=b"t\n\nu\n", training_0_of_2=b"a\n", training_1_of_2=b"b\n", other=b"o\n"
    )
    assert few_documents.loan(paths, 1, has_tokens).documents == [[b"b"]]
    assert few_documents.loan(paths, 2, has_tokens).documents == [[b"a"]]
    # Where no file of the name has text, the others lend.
    assert few_documents.loan(paths, 3, has_tokens).paths == paths[:3]


def test_an_unreadable_file_is_named(folder):
    with pytest.raises(DataError, match="a.txt: is UTF-16, not UTF-8"):
        few_documents.count_documents(folder(a="a\nb\n".encode("utf-16"))[0], has_tokens)
