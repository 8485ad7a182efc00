# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Questions and answers as JSON: what is asked for, checked, and the object that answers it; no TensorFlow."""

import json
from collections import OrderedDict, namedtuple

from program.errors import UserError
from squad.examples import SquadExample

# question_id: what the JSON has for "id": str, int, float or None. example: squad.examples.SquadExample.
Question = namedtuple("Question", ["question_id", "example"])


class QuestionError(UserError):
    """A question cannot be read; the message is one line that says why.

    `question_id` is its "id", if that could be read.
    """

    question_id = None


def decode(content):
    """The value of UTF-8 JSON, in bytes.

    Raises:
      QuestionError: it is neither.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError("not UTF-8 text (near byte %d)" % error.start)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise QuestionError("not JSON: %s" % error)
    except RecursionError:
        raise QuestionError("not JSON that can be read: nested too deeply")


def _refuse_constant(name):
    raise ValueError("%s is no JSON number" % name)


def parse(value):
    """The Question in a JSON object with "question", "context" and, if wanted, "id"; other keys are ignored.

    Raises:
      QuestionError: it is no such object.
    """
    if not isinstance(value, dict):
        raise QuestionError('must be a JSON object with "question" and "context"')
    question_id = value.get("id")
    if isinstance(question_id, bool) or not isinstance(question_id, (str, int, float, type(None))):
        raise QuestionError('"id" must be text or a number')
    try:
        for name in ("question", "context"):
            if name not in value:
                raise QuestionError('has no "%s"' % name)
            if not isinstance(value[name], str):
                raise QuestionError('"%s" must be text' % name)
            if not value[name].strip():
                raise QuestionError('"%s" is empty' % name)
    except QuestionError as error:
        error.question_id = question_id
        raise
    return make(value["question"], value["context"], question_id)


def make(question, context, question_id=None):
    """A Question of two texts."""
    example = SquadExample(
        qas_id="" if question_id is None else str(question_id),
        question=question,
        context=context,
        answer_text="",
        answer_start=-1,
        is_impossible=False,
        all_answers=(),
    )
    return Question(question_id, example)


def answer_object(question, answer):
    """The JSON object of an answer.

    Args:
      question: Question.
      answer: squad.predictions.QuestionAnswer.

    Returns:
      OrderedDict: id, text, score, probability, start, end and, for a model of SQuAD v2.0, null_score. start and end count
      characters (Unicode code points) of the context, end exclusive; they are None where the answer is that there is none.
    """
    start, end = answer.span or (None, None)
    found = OrderedDict(
        [
            ("id", question.question_id),
            ("text", answer.text),
            ("score", answer.score),
            ("probability", _probability(answer)),
            ("start", start),
            ("end", end),
        ]
    )
    if answer.null_score is not None:
        found["null_score"] = answer.null_score
    return found


def _probability(answer):
    """The answer's share of the softmax over the n-best list; None if it is not in the list."""
    return next((one["probability"] for one in answer.nbest if one["text"] == answer.text), None)
