# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/questions.py: JSON to questions, answers to JSON; what is refused, and in which words."""

import json
from collections import OrderedDict

import pytest

from serving import questions
from serving.questions import QuestionError
from squad.predictions import QuestionAnswer

GOOD = {"id": "a", "question": "Who?", "context": "Ada."}


@pytest.mark.parametrize("question_id", ["a", 7, 1.5, "", None, "\u00e9\U0001f600"])
def test_a_question(question_id):
    question = questions.parse(dict(GOOD, id=question_id, answers=[], title="more"))
    assert question.question_id == question_id
    assert (question.example.question, question.example.context) == ("Who?", "Ada.")


@pytest.mark.parametrize(
    "value, message",
    [
        ([], "must be a JSON object"),
        ("Who?", "must be a JSON object"),
        (None, "must be a JSON object"),
        ({"question": "Who?"}, 'has no "context"'),
        ({"context": "Ada."}, 'has no "question"'),
        (dict(GOOD, question=5), '"question" must be text'),
        (dict(GOOD, context=["Ada."]), '"context" must be text'),
        (dict(GOOD, question=" \n"), '"question" is empty'),
        (dict(GOOD, context=""), '"context" is empty'),
        (dict(GOOD, id=[1]), '"id" must be text or a number'),
        (dict(GOOD, id=True), '"id" must be text or a number'),
        (dict(GOOD, id={}), '"id" must be text or a number'),
    ],
)
def test_what_is_no_question(value, message):
    with pytest.raises(QuestionError) as caught:
        questions.parse(value)
    assert message in str(caught.value)
    if isinstance(value, dict) and value.get("id") == "a":
        assert caught.value.question_id == "a"


def test_json():
    assert questions.decode('\ufeff{"a": "\u00e9"}'.encode("utf-8")) == {"a": "\u00e9"}
    for content, message in (
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": "\xe9"}', "not UTF-8 text (near byte 7)"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100000, "nested too deeply"),
    ):
        with pytest.raises(QuestionError) as caught:
            questions.decode(content)
        assert message in str(caught.value) and "\n" not in str(caught.value)


def test_the_object_of_an_answer():
    question = questions.parse(GOOD)
    nbest = [OrderedDict([("text", "Ada"), ("probability", 0.75)])]
    found = questions.answer_object(question, QuestionAnswer("Ada", (0, 3), 2.5, None, None, nbest))
    assert json.dumps(found) == (
        '{"id": "a", "text": "Ada", "score": 2.5, "probability": 0.75, "start": 0, "end": 3}'
    )
    nbest.insert(0, OrderedDict([("text", ""), ("probability", 0.2)]))
    none = questions.answer_object(question, QuestionAnswer("", None, 2.5, 4.0, 1.5, nbest))
    assert (none["text"], none["start"], none["end"], none["probability"]) == ("", None, None, 0.2)
    assert (none["score"], none["null_score"]) == (2.5, 4.0)
    unlisted = QuestionAnswer("Ad", (0, 2), 2.5, 4.0, 1.5, nbest)  # the null answer took its place
    assert questions.answer_object(question, unlisted)["probability"] is None
