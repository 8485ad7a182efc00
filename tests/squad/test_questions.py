# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/questions.py: the forms of a SQuAD file that are read, and one line for those that are not."""

import json

import pytest

from squad.questions import SquadDataError, iterate_questions, load_articles


def document(**qa):
    qa = dict({"id": "q1", "question": "Who?"}, **qa)
    return {"data": [{"paragraphs": [{"context": "The cat sat.", "qas": [qa]}]}]}


@pytest.fixture
def read(tmp_path):
    """Writes a document (or raw bytes) to FILE.json and reads its questions."""

    def write_and_read(content):
        content = content if isinstance(content, bytes) else json.dumps(content).encode("utf-8")
        path = tmp_path / "FILE.json"
        path.write_bytes(content)
        return list(iterate_questions(load_articles(str(path)), str(path)))

    return write_and_read


CAT = {"text": "cat", "answer_start": 4}


@pytest.mark.parametrize(
    "answers, expected",
    [
        ([CAT], [CAT]),
        ([], []),
        (None, []),
        ({"text": ["cat"], "answer_start": [4]}, [CAT]),
        ({"text": ["cat", "sat"], "answer_start": [4, 8]}, [CAT, dict(text="sat", answer_start=8)]),
        ({"text": [], "answer_start": []}, []),
        ({"text": "cat", "answer_start": 4}, [CAT]),
        ({"text": ["cat"]}, [{"text": "cat"}]),
        ({}, []),
        (["cat"], [{"text": "cat"}]),
    ],
)
def test_forms_of_answers(read, answers, expected):
    (question,) = read(document(answers=answers))
    assert question.answers == expected
    assert question.lists_answers == (answers is not None)


def test_a_question_without_answers_and_an_article_without_title(read):
    (question,) = read(document())
    assert (question.answers, question.lists_answers, question.is_impossible) == ([], False, None)


@pytest.mark.parametrize(
    "value, expected",
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        (1.0, True),
        (None, None),
        ("true", True),
        ("False", False),
    ],
)
def test_forms_of_is_impossible(read, value, expected):
    assert read(document(is_impossible=value))[0].is_impossible is expected


def without(key, where):
    """A document that lacks one key."""
    content = document(answers=[CAT])
    paragraph = content["data"][0]["paragraphs"][0]
    holder = {
        "top": content,
        "article": content["data"][0],
        "paragraph": paragraph,
        "qa": paragraph["qas"][0],
    }[where]
    del holder[key]
    return content


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "FILE.json: is empty"),
        (b" \n\n", "FILE.json: is empty"),
        (b"\xef\xbb\xbf", "FILE.json: is empty"),
        (b'{"data": [}', "not JSON: Expecting value: line 1 column 11"),
        (b'{"data": [', "not JSON: Expecting value: line 1 column 11"),
        (b'{"data": []} x', "not JSON: Extra data"),
        (b'{"id": 1}\n{"id": 2}\n{"id"', "has one JSON object a line (JSON lines)"),
        (b'{"id": 1}\r\n{"id": 2}\r\n', "has one JSON object a line (JSON lines)"),
        ("{}".encode("utf-16"), "is UTF-16, not UTF-8 text: convert it with iconv"),
        (b"\x1f\x8b\x08", "not UTF-8 text (near byte 1)"),
        (b"[" * 100000, "nested too deeply"),
        ([1, 2], 'must be a JSON object with a list called "data"'),
        ([], 'must be a JSON object with a list called "data"'),
        (
            document()["data"],
            'must be a JSON object with a list called "data", and this is that list alone',
        ),
        ({"data": {}}, 'must be a JSON object with a list called "data"'),
        ({"data": [[]]}, 'data[0]: must be a JSON object with the key "paragraphs"'),
        (
            {"data": [{"id": "a", "context": "c", "question": "q"}]},
            'data[0]: is a question; in a SQuAD file "data" lists articles',
        ),
        (without("data", "top"), 'must be a JSON object with a list called "data"'),
        (without("paragraphs", "article"), 'data[0]: the key "paragraphs" is missing'),
        (without("context", "paragraph"), 'data[0].paragraphs[0]: the key "context" is missing'),
        (without("qas", "paragraph"), 'data[0].paragraphs[0]: the key "qas" is missing'),
        (without("id", "qa"), 'data[0].paragraphs[0].qas[0]: the key "id" is missing'),
        (without("question", "qa"), '.qas[0] (id q1): the key "question" is missing'),
        (document(id=None), '"id" must be text or a number'),
        (document(id=True), '"id" must be text or a number'),
        (document(id=float("inf")), '"id" must be text or a number'),
        (document(id=float("nan")), '"id" must be text or a number'),
        (document(question=None), '(id q1): "question" must be text'),
        (document(answers="cat"), '(id q1): "answers" must be a list'),
        (document(answers=[None]), '(id q1).answers[0]: must be a JSON object with the key "text"'),
        (document(answers=[{"answer_start": 4}]), 'answers[0]: the key "text" is missing'),
        (document(answers=[{"text": None}]), '(id q1).answers[0]: "text" must be text'),
        (
            document(answers={"text": ["cat", "sat"], "answer_start": [4]}),
            '(id q1).answers: "text" has 2 entries, but "answer_start" has 1',
        ),
        (document(answers={"answer_start": [4]}), '(id q1).answers: the key "text" is missing'),
        (document(answers={"text": [7]}), '(id q1).answers[0]: "text" must be text'),
        (document(is_impossible="perhaps"), '"is_impossible" must be true or false'),
        (document(is_impossible=2), '"is_impossible" must be true or false'),
        (document(is_impossible=[]), '"is_impossible" must be true or false'),
    ],
)
def test_bad_files_are_one_line_with_the_place(read, content, message):
    with pytest.raises(SquadDataError) as caught:
        read(content)
    assert "FILE.json: " in str(caught.value) and message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(SquadDataError, match="no.json: cannot be read: No such file"):
        load_articles(str(tmp_path / "no.json"))
    with pytest.raises(SquadDataError, match="cannot be read: Is a directory"):
        load_articles(str(tmp_path))
