# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/examples.py: what is repaired, what is left out, what is refused and how."""

import json
import logging
import os
import random
import re

import pytest

from squad.examples import locate_answer, read_squad_examples
from squad.questions import SquadDataError

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
    "claimed, expected", [(4, 4), (5, 4), (20, 23), (40, 36), (-1, 4), (10**9, 36), (10**30, 36)]
)
def test_answers_elsewhere_are_taken_from_the_nearest_place(read, caplog, claimed, expected):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        (example,) = read(_document(_question(answers=[("cat", claimed)])))
    assert (example.answer_start, example.answer_text) == (expected, "cat")
    lines = [record.getMessage() for record in caplog.records]
    if claimed == expected:
        assert lines == []
    else:
        assert len(lines) == 1 and "question q1" in lines[0]
        assert "not at answer_start %d; the one at %d is used" % (claimed, expected) in lines[0]


def test_only_some_moved_answers_are_named_one_by_one(read, caplog):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        read(_document(*[_question("q%d" % i, [("cat", 0)]) for i in range(25)]))
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 11 and "25 answers were not at their answer_start" in lines[-1]


@pytest.mark.parametrize("text", ["dog", "", "  ", "cats", "cat sat. A third", "cat,"])
def test_answers_nowhere_are_left_out_with_a_warning(read, caplog, text):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        examples = read(_document(_question("q7", [(text, 4)]), _question("q8")))
    assert [example.qas_id for example in examples] == ["q8"]
    lines = [record.getMessage() for record in caplog.records]
    assert "FILE.json: question q7 skipped: its answer" in lines[0]
    assert "1 of 2 questions skipped" in lines[1]


def test_white_space_in_answers_is_forgiving():
    # Stripped at both ends, and a run in the answer matches another run in the context.
    assert locate_answer(_CONTEXT, " cat ", 3) == (4, "cat", False)
    assert locate_answer(_CONTEXT, "sat. A", 8) == (8, "sat.  A", False)
    assert locate_answer("aaa", "aa", 5) == (1, "aa", True)
    assert locate_answer("x cat cat", "cat", 4) == (
        2,
        "cat",
        True,
    )  # of two equally near, the first
    assert locate_answer("f(x).*", ".*", 0) == (4, ".*", True)


@pytest.mark.parametrize(
    "answer, claimed, expected",
    [
        ("CAT", 4, (4, "cat")),  # another case
        ("the cat", 0, (0, "The cat")),
        ("Sat. a  Second", 8, (8, "sat.  A second")),  # and another run of blanks
        ("cat\n", 4, (4, "cat")),
        (" cat", 4, (4, "cat")),  # answer_start counts the letters
        (" cat", 3, (4, "cat")),  # answer_start counts the blank
        ("  cat", 3, (4, "cat")),
        ("A", 12, (14, "A")),  # answer_start is at the blanks of the context
        ("cat\u00a0sat", 4, (4, "cat sat")),
    ],
)
def test_case_and_white_space_are_no_difference_at_answer_start(
    read, caplog, answer, claimed, expected
):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        (example,) = read(_document(_question(answers=[(answer, claimed)])))
    assert (example.answer_start, example.answer_text) == expected
    assert caplog.records == []


def test_elsewhere_a_place_with_the_case_of_the_answer_is_preferred(read, caplog):
    context = "NASA of nasa, Nasa"
    for claimed, text, expected in ((0, "Nasa", 0), (5, "Nasa", 14), (5, "nAsA", 8)):
        assert locate_answer(context, text, claimed)[0] == expected, (claimed, text)
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        read(_document(_question(answers=[("SECOND", 0)])))
    assert len(caplog.records) == 1 and "the one at 16 is used" in caplog.records[0].getMessage()


def test_an_exact_answer_is_found_as_a_pattern_finds_it():
    """Answers that are where they are said to be need no pattern, which finds the same."""
    rng, found = random.Random(3), 0
    for _ in range(3000):
        context = "".join(
            rng.choice("aA \u00a0\x1c.(\n\u0130") for _ in range(rng.randrange(1, 20))
        )
        start = rng.randrange(len(context))
        text = context[start : start + rng.randrange(1, 8)]
        words = text.split()
        if not words:
            continue
        pattern = r"\s*(%s)" % r"\s+".join(map(re.escape, words))
        for claimed in (start, rng.randrange(-2, 22)):
            match = None
            if 0 <= claimed <= len(context):
                match = re.compile(pattern, re.IGNORECASE).match(context, claimed)
            if match:
                found += 1
                expected = match.start(1), match.group(1), False
                assert locate_answer(context, text, claimed) == expected
    assert found > 2000


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
        "question q2 is unanswerable (is_impossible): to train on SQuAD v2.0, pass "
        "--version_2_with_negative, or to a launcher --squad_version 2.0"
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


def test_an_id_twice_is_refused_where_predictions_are_filed_by_it(read):
    with pytest.raises(SquadDataError) as caught:
        read(_document(_question("5"), _question("q"), _question(5)), is_training=False)
    message = str(caught.value)
    assert "FILE.json: data[0].paragraphs[0].qas[2]: the id 5 was already used at" in message
    assert "data[0].paragraphs[0].qas[0]" in message


def test_an_id_twice_is_trained_on_with_one_warning(read, caplog):
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        examples = read(_document(*[_question(qas_id) for qas_id in ("5", "q", 5, "q", "r", "q")]))
    assert [example.qas_id for example in examples] == ["5", "q", "5", "q", "r", "q"]
    assert [record.getMessage().split(": ", 1)[1] for record in caplog.records] == [
        "3 of 6 questions have an id that an earlier one has (5, q, q): all are trained on"
    ]


def _with_answers(answers):
    document = _document(_question())
    document["data"][0]["paragraphs"][0]["qas"][0]["answers"] = answers
    return document


@pytest.mark.parametrize(
    "answers, message",
    [
        (None, "question q1 has no answer to train on; for unanswerable"),
        (["cat"], '(id q1).answers[0]: the key "answer_start" is missing'),
        (
            [{"text": "cat", "answer_start": "4"}],
            '(id q1).answers[0]: "answer_start" must be a whole number',
        ),
        (
            {"text": ["cat"], "answer_start": [None]},
            '(id q1).answers[0]: "answer_start" must be a whole number',
        ),
    ],
)
def test_training_needs_an_answer_with_its_place(read, answers, message):
    with pytest.raises(SquadDataError) as caught:
        read(_with_answers(answers))
    assert message in str(caught.value)


def test_hugging_face_answers_train_as_those_of_squad(read):
    columns = {"text": ["second cat", "cat"], "answer_start": [16, 4]}
    expected = read(_document(_question(answers=[("second cat", 16), ("cat", 4)])))
    assert read(_with_answers(columns)) == expected
    (example,) = read(_with_answers({"text": [], "answer_start": []}), True, True)
    assert example.is_impossible


_JUNK = [
    None,
    True,
    0,
    -1,
    2.5,
    "",
    "true",
    [],
    {},
    [None],
    ["a"],
    {"text": ["a"]},
    10**30,
    "\ud800",
]


def _places(value, place=()):
    """The places of all values within a JSON value: tuples of keys."""
    if place:
        yield place
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield from _places(value[key], place + (key,))


def test_files_with_anything_anywhere_are_read_or_refused_in_one_line(read, monkeypatch):
    # Half of a character, which is among the junk, cannot be sent to the process that reports.
    monkeypatch.setattr(logging.getLogger("squad"), "disabled", True)
    rng = random.Random(3)
    outcomes = set()
    for _ in range(600):
        document = _document(_question(), _question("q2", [], is_impossible=True))
        *way, last = rng.choice(list(_places(document)))
        holder = document
        for key in way:
            holder = holder[key]
        if rng.random() < 0.25:
            del holder[last]
        else:
            holder[last] = rng.choice(_JUNK)
        for is_training in (True, False):
            try:
                outcomes.add(bool(read(document, is_training, rng.random() < 0.5)))
            except SquadDataError as error:
                assert "\n" not in str(error)
                outcomes.add("refused")
    assert outcomes == {True, "refused"}


@pytest.mark.parametrize("name, count", [("xquad-en-36.json", 925), ("policyqa-dev.json", 3809)])
def test_real_files(shared_data, name, count):
    examples = read_squad_examples(os.path.join(str(shared_data), "squad", name), True)
    assert len(examples) == count
    for example in examples:
        end = example.answer_start + len(example.answer_text)
        assert example.context[example.answer_start : end] == example.answer_text
        assert example.answer_text.strip()
