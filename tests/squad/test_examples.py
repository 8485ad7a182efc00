# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/examples.py: what is read from a SQuAD file, what is repaired, what is refused and how."""

import json
import logging
import os

import pytest

from squad.examples import SquadDataError, locate_answer, read_squad_examples

_CONTEXT = "The cat sat.  A second cat ran; the cat slept."


def _question(qas_id="q1", answers=(("cat", 4),), **extra):
    qa = {
        "id": qas_id,
        "question": "Who?",
        "answers": [{"text": text, "answer_start": start} for text, start in answers],
    }
    qa.update(extra)
    return qa


def _document(*qas, **options):
    return {
        "version": "1.1",
        "data": [
            {
                "title": "t",
                "paragraphs": [{"context": options.get("context", _CONTEXT), "qas": list(qas)}],
            }
        ],
    }


@pytest.fixture
def read(tmp_path):
    """Writes a document (or raw bytes) to FILE.json and reads it as examples."""

    def write_and_read(document, is_training=True, version_2_with_negative=False):
        content = document if isinstance(document, bytes) else json.dumps(document).encode("utf-8")
        path = tmp_path / "FILE.json"
        path.write_bytes(content)
        return read_squad_examples(str(path), is_training, version_2_with_negative)

    return write_and_read


def test_reads_a_training_example(read):
    (example,) = read(_document(_question(answers=[("second cat", 16), ("cat", 4)])))
    assert example == ("q1", "Who?", _CONTEXT, "second cat", 16, False, ("second cat", "cat"))


def test_prediction_needs_no_answers(read):
    qa = _question()
    del qa["answers"]
    (example,) = read(_document(qa), is_training=False)
    assert (example.answer_text, example.answer_start, example.all_answers) == ("", -1, ())


def test_prediction_takes_answers_as_they_are(read):
    (example,) = read(_document(_question(answers=[("dog", 99)])), is_training=False)
    assert example.all_answers == ("dog",) and example.answer_start == -1


@pytest.mark.parametrize("qas_id, expected", [(17, "17"), (2.5, "2.5"), ("\u4e2d", "\u4e2d")])
def test_ids_become_text(read, qas_id, expected):
    assert read(_document(_question(qas_id)))[0].qas_id == expected


def test_byte_order_mark_and_crlf_are_accepted(read):
    content = json.dumps(_document(_question()), indent=1).replace("\n", "\r\n").encode("utf-8")
    assert read(b"\xef\xbb\xbf" + content)[0].answer_start == 4


@pytest.mark.parametrize(
    "claimed, expected", [(4, 4), (5, 4), (20, 23), (40, 36), (-1, 4), (10**9, 36)]
)
def test_answers_elsewhere_are_taken_from_the_nearest_place(read, caplog, claimed, expected):
    with caplog.at_level(logging.WARNING):
        (example,) = read(_document(_question(answers=[("cat", claimed)])))
    assert (example.answer_start, example.answer_text) == (expected, "cat")
    lines = [record.getMessage() for record in caplog.records]
    if claimed == expected:
        assert lines == []
    else:
        assert len(lines) == 1 and "question q1" in lines[0]
        assert "not at answer_start %d; the one at %d is used" % (claimed, expected) in lines[0]


def test_only_some_moved_answers_are_named_one_by_one(read, caplog):
    with caplog.at_level(logging.WARNING):
        read(_document(*[_question("q%d" % i, [("cat", 0)]) for i in range(25)]))
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 11 and "25 answers were not at their answer_start" in lines[-1]


@pytest.mark.parametrize("text", ["dog", "", "  ", "cats", "cat sat. A third"])
def test_answers_nowhere_are_left_out_with_a_warning(read, caplog, text):
    with caplog.at_level(logging.WARNING):
        examples = read(_document(_question("q7", [(text, 4)]), _question("q8")))
    assert [example.qas_id for example in examples] == ["q8"]
    lines = [record.getMessage() for record in caplog.records]
    assert "FILE.json: question q7 skipped: its answer" in lines[0]
    assert "1 of 2 questions skipped" in lines[1]


def test_white_space_in_answers_is_forgiving():
    # Stripped at both ends, and a run in the answer matches another run in the context.
    assert locate_answer(_CONTEXT, " cat ", 3) == (4, "cat")
    assert locate_answer(_CONTEXT, "sat. A", 8) == (8, "sat.  A")
    assert locate_answer("aaa", "aa", 5) == (1, "aa")
    assert locate_answer("x cat cat", "cat", 4) == (2, "cat")  # of two equally near, the first
    assert locate_answer("f(x).*", ".*", 0) == (4, ".*")


def test_empty_context(read):
    document = _document(_question(is_impossible=True, answers=[]), context="")
    assert read(document, is_training=False)[0].context == ""
    assert read(document, True, version_2_with_negative=True)[0].is_impossible
    with pytest.raises(SquadDataError, match=r"no usable question \(1 skipped\)"):
        read(_document(_question(), context=""))


def test_unanswerable_questions(read):
    impossible = _question("q2", [], is_impossible=True)
    examples = read(_document(_question(is_impossible=False), impossible), True, True)
    assert [(e.qas_id, e.is_impossible, e.answer_start) for e in examples] == [
        ("q1", False, 4),
        ("q2", True, -1),
    ]
    # Without the key, the answers tell.
    assert [
        e.is_impossible for e in read(_document(_question("a", []), _question("b")), True, True)
    ] == [True, False]
    # Prediction without the flag answers every question.
    assert not read(_document(impossible), False, False)[0].is_impossible
    with pytest.raises(SquadDataError) as caught:
        read(_document(impossible))
    assert str(caught.value).endswith(
        "question q2 is unanswerable (is_impossible): pass "
        "--version_2_with_negative to train on SQuAD v2.0"
    )


def test_plausible_answers_of_v2_are_not_answers(read):
    (example,) = read(
        _document(
            _question(
                answers=[],
                is_impossible=True,
                plausible_answers=[{"text": "cat", "answer_start": 4}],
            )
        ),
        True,
        True,
    )
    assert example.all_answers == () and example.answer_text == ""


@pytest.mark.parametrize("is_training", [True, False])
def test_duplicate_ids_are_refused(read, is_training):
    with pytest.raises(SquadDataError) as caught:
        read(_document(_question("5"), _question("q"), _question(5)), is_training)
    message = str(caught.value)
    assert "FILE.json: data[0].paragraphs[0].qas[2]: the id 5 was already used at" in message
    assert "data[0].paragraphs[0].qas[0]" in message


def _without(key, where):
    """A document that lacks one key."""
    document = _document(_question())
    paragraph = document["data"][0]["paragraphs"][0]
    holder = {
        "top": document,
        "article": document["data"][0],
        "paragraph": paragraph,
        "qa": paragraph["qas"][0],
        "answer": paragraph["qas"][0]["answers"][0],
    }[where]
    del holder[key]
    return document


@pytest.mark.parametrize(
    "document, message",
    [
        (b"", "not JSON: Expecting value: line 1 column 1"),
        (b'{"data": [}', "not JSON: Expecting value: line 1 column 11"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 text"),
        (b"[" * 100000, "nested too deeply"),
        ([1, 2], 'must be a JSON object with a list called "data"'),
        ({"data": {}}, 'must be a JSON object with a list called "data"'),
        ({"data": []}, "no usable question"),
        ({"data": [[]]}, 'data[0]: must be a JSON object with the key "paragraphs"'),
        (_without("data", "top"), 'must be a JSON object with a list called "data"'),
        (_without("paragraphs", "article"), 'data[0]: the key "paragraphs" is missing'),
        (_without("context", "paragraph"), 'data[0].paragraphs[0]: the key "context" is missing'),
        (_without("qas", "paragraph"), 'data[0].paragraphs[0]: the key "qas" is missing'),
        (_without("id", "qa"), 'data[0].paragraphs[0].qas[0]: the key "id" is missing'),
        (_without("question", "qa"), '.qas[0] (id q1): the key "question" is missing'),
        (_without("answers", "qa"), "question q1 has no answer to train on; for unanswerable"),
        (_without("text", "answer"), '(id q1).answers[0]: the key "text" is missing'),
        (
            _without("answer_start", "answer"),
            '(id q1).answers[0]: the key "answer_start" is missing',
        ),
        (_document(_question(None)), '"id" must be text or a number'),
        (_document(_question(True)), '"id" must be text or a number'),
        (_document(_question(is_impossible="false")), '"is_impossible" must be true or false'),
        (_document(_question(answers=[("cat", "4")])), '"answer_start" must be a whole number'),
        (_document(_question(), context=None), '"context" must be text'),
    ],
)
def test_bad_files_are_one_line_with_the_place(read, document, message):
    with pytest.raises(SquadDataError) as caught:
        read(document)
    assert "FILE.json: " in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(SquadDataError, match="no.json: cannot be read: No such file"):
        read_squad_examples(str(tmp_path / "no.json"), True)
    with pytest.raises(SquadDataError, match="cannot be read: Is a directory"):
        read_squad_examples(str(tmp_path), True)


@pytest.mark.parametrize("name, count", [("xquad-en-36.json", 925), ("policyqa-dev.json", 3809)])
def test_real_files(shared_data, name, count):
    examples = read_squad_examples(os.path.join(str(shared_data), "squad", name), True)
    assert len(examples) == count
    for example in examples:
        end = example.answer_start + len(example.answer_text)
        assert example.context[example.answer_start : end] == example.answer_text
        assert example.answer_text.strip()
