# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads SQuAD v1.1 and v2.0 JSON files into examples, and says what is wrong with a bad one.

Format: Rajpurkar et al. 2016 (https://arxiv.org/abs/1606.05250) and, with unanswerable questions,
Rajpurkar et al. 2018 (https://arxiv.org/abs/1806.03822).
"""

import collections
import io
import json
import logging
import re

from program.errors import UserError

_LOG = logging.getLogger("squad")

# How many relocated answers are reported one by one before only their number is.
_MAX_RELOCATED_LINES = 10


class SquadDataError(UserError):
    """The user's SQuAD data cannot be used; the message is one line that names file and place."""


SquadExample = collections.namedtuple(
    "SquadExample",
    [
        "qas_id",  # str, also where the file holds a number
        "question",  # str
        "context",  # str, exactly as in the file
        "answer_text",  # str, a piece of `context`; "" outside training and when impossible
        "answer_start",  # int, first character of `answer_text` in `context`; -1 when there is none
        "is_impossible",  # bool, only ever true with version_2_with_negative
        "all_answers",  # tuple of str, the file's answers as written there
    ],
)


def read_squad_examples(path, is_training, version_2_with_negative=False):
    """Reads every question of a SQuAD file.

    Args:
      path: str, a UTF-8 JSON file (a byte order mark is accepted).
      is_training: bool; training needs one answer for each question. The first of several is used. An
        answer that is not at its `answer_start` is taken from the nearest place where the context
        has it; a question whose answer is nowhere in its context is left out with a warning.
      version_2_with_negative: bool; whether `is_impossible` questions are taken as unanswerable. A
        question without that key counts as unanswerable when it has no answers.

    Returns:
      list of `SquadExample`, in the order of the file.

    Raises:
      SquadDataError: no such file, not UTF-8, not JSON, not SQuAD's structure, the same id twice, no
        question left, or (training) an unanswerable question without `version_2_with_negative`.
    """
    examples = []
    places = {}
    relocated = []
    num_skipped = 0
    for question in iterate_questions(load_articles(path), path):
        if question.qas_id in places:
            raise SquadDataError(
                "%s: %s: the id %s was already used at %s; ids must be unique"
                % (path, question.place, question.qas_id, places[question.qas_id])
            )
        places[question.qas_id] = question.place
        is_impossible = version_2_with_negative and _is_impossible(question)
        answer = ("", -1)
        if is_training and not is_impossible:
            answer = _training_answer(question, path, version_2_with_negative, relocated)
            if answer is None:
                num_skipped += 1
                continue
        examples.append(
            SquadExample(
                qas_id=question.qas_id,
                question=question.text,
                context=question.context,
                answer_text=answer[0],
                answer_start=answer[1],
                is_impossible=is_impossible,
                all_answers=tuple(answer["text"] for answer in question.answers),
            )
        )
    if len(relocated) > _MAX_RELOCATED_LINES:
        _LOG.warning(
            "%s: %d answers were not at their answer_start (%d of them named above)",
            path,
            len(relocated),
            _MAX_RELOCATED_LINES,
        )
    if not examples:
        raise SquadDataError("%s: no usable question (%d skipped)" % (path, num_skipped))
    if num_skipped:
        _LOG.warning("%s: %d of %d questions skipped", path, num_skipped, len(places))
    return examples


def load_articles(path):
    """Loads a SQuAD file and returns its list of articles (the value of "data").

    Raises:
      SquadDataError: the file is missing, not UTF-8, not JSON, or holds no list called "data".
    """
    document = load_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise SquadDataError(
            '%s: not a SQuAD file: it must be a JSON object with a list called "data"' % path
        )
    return document["data"]


def load_json(path):
    """Loads any UTF-8 JSON file, keeping the order of its keys; raises SquadDataError."""
    try:
        with io.open(path, encoding="utf-8-sig") as stream:
            return json.load(stream, object_pairs_hook=collections.OrderedDict)
    except OSError as error:
        raise SquadDataError("%s: cannot be read: %s" % (path, error.strerror or error))
    except UnicodeDecodeError as error:
        raise SquadDataError("%s: not UTF-8 text (near byte %d)" % (path, error.start))
    except ValueError as error:  # JSONDecodeError, whose text has line and column
        raise SquadDataError("%s: not JSON: %s" % (path, error))
    except RecursionError:
        raise SquadDataError("%s: not a SQuAD file: nested too deeply" % path)


Question = collections.namedtuple(
    "Question",
    [
        "qas_id",  # str
        "text",  # str
        "context",  # str
        "answers",  # list of dict with "text" (str), and "answer_start" as in the file, if there
        "is_impossible",  # bool, or None where the file does not say
        "place",  # str such as data[3].paragraphs[0].qas[2]
    ],
)


def iterate_questions(articles, path):
    """Yields each question of a loaded file as a `Question`, checking its structure on the way.

    Args:
      articles: list, as `load_articles` returns it.
      path: str, only for messages.

    Raises:
      SquadDataError: a key is missing or has another type; the message names the place.
    """
    for i, article in enumerate(articles):
        place = "data[%d]" % i
        for j, paragraph in enumerate(_get(article, "paragraphs", list, path, place)):
            paragraph_place = "%s.paragraphs[%d]" % (place, j)
            context = _get(paragraph, "context", str, path, paragraph_place)
            for k, qa in enumerate(_get(paragraph, "qas", list, path, paragraph_place)):
                yield _question(qa, context, path, "%s.qas[%d]" % (paragraph_place, k))


def _question(qa, context, path, place):
    """Checks one entry of "qas" and makes a `Question` of it."""
    qas_id = _get(qa, "id", (str, int, float), path, place)
    if isinstance(qas_id, bool):
        raise SquadDataError('%s: %s: "id" must be text or a number' % (path, place))
    named_place = "%s (id %s)" % (place, qas_id)
    is_impossible = None
    if "is_impossible" in qa:
        is_impossible = _get(qa, "is_impossible", bool, path, named_place)
    answers = _get(qa, "answers", list, path, named_place) if "answers" in qa else []
    for i, answer in enumerate(answers):
        _get(answer, "text", str, path, "%s.answers[%d]" % (named_place, i))
    return Question(
        qas_id=str(qas_id),
        text=_get(qa, "question", str, path, named_place),
        context=context,
        answers=answers,
        is_impossible=is_impossible,
        place=place,
    )


_TYPE_NAMES = {
    str: "text",
    list: "a list",
    bool: "true or false",
    int: "a whole number",
    (str, int, float): "text or a number",
}


def _get(mapping, key, expected_type, path, place):
    """Returns mapping[key] after checking both types."""
    if not isinstance(mapping, dict):
        raise SquadDataError('%s: %s: must be a JSON object with the key "%s"' % (path, place, key))
    if key not in mapping:
        raise SquadDataError('%s: %s: the key "%s" is missing' % (path, place, key))
    value = mapping[key]
    if not isinstance(value, expected_type):
        raise SquadDataError(
            '%s: %s: "%s" must be %s' % (path, place, key, _TYPE_NAMES[expected_type])
        )
    return value


def _is_impossible(question):
    """Whether a question of a v2.0 file is unanswerable."""
    if question.is_impossible is None:
        return not question.answers
    return question.is_impossible


def _training_answer(question, path, version_2_with_negative, relocated):
    """Finds the answer to train on.

    Returns:
      (text, start character), or None when the question must be left out; then it has been logged.
      Ids of answers found elsewhere than at `answer_start` are appended to `relocated`.
    """
    if question.is_impossible and not version_2_with_negative:
        raise SquadDataError(
            "%s: question %s is unanswerable (is_impossible): pass "
            "--version_2_with_negative to train on SQuAD v2.0" % (path, question.qas_id)
        )
    if not question.answers:
        raise SquadDataError(
            "%s: question %s has no answer to train on%s"
            % (
                path,
                question.qas_id,
                (
                    ""
                    if version_2_with_negative
                    else "; for unanswerable questions pass --version_2_with_negative"
                ),
            )
        )
    answer = question.answers[0]
    claimed = _get(
        answer,
        "answer_start",
        int,
        path,
        "%s (id %s).answers[0]" % (question.place, question.qas_id),
    )
    found = locate_answer(question.context, answer["text"], claimed)
    if found is None:
        _LOG.warning(
            "%s: question %s skipped: its answer %s is not in the context",
            path,
            question.qas_id,
            _shorten(answer["text"]),
        )
        return None
    start, text = found
    if not question.context.startswith(answer["text"], max(claimed, 0)) or claimed < 0:
        relocated.append(question.qas_id)
        if len(relocated) <= _MAX_RELOCATED_LINES:
            _LOG.warning(
                "%s: question %s: its answer %s is not at answer_start %d; the one at %d is used",
                path,
                question.qas_id,
                _shorten(answer["text"]),
                claimed,
                start,
            )
    return text, start


def locate_answer(context, answer_text, claimed_start):
    """Finds an answer in its context: where it is said to be, else the nearest place that has it.

    White space around the answer does not count, and a run of white space in it matches any other.

    Args:
      context: str.
      answer_text: str.
      claimed_start: int, the file's `answer_start`; may be wrong in any way.

    Returns:
      (start character, text as it stands in the context), or None if it is nowhere or blank.
    """
    text = answer_text.strip()
    if not text:
        return None
    claimed_start += len(answer_text) - len(answer_text.lstrip())
    if claimed_start >= 0 and context.startswith(text, claimed_start):
        return claimed_start, text
    # The lookahead finds occurrences that overlap each other, too.
    pattern = "(?=(%s))" % r"\s+".join(re.escape(word) for word in text.split())
    found = [(match.start(), match.group(1)) for match in re.finditer(pattern, context)]
    return min(found, key=lambda item: abs(item[0] - claimed_start)) if found else None


def _shorten(text, limit=60):
    """Quotes a text on one line, cut to about `limit` characters."""
    text = " ".join(text.split())
    return '"%s"' % (text if len(text) <= limit else text[:limit] + "...")
