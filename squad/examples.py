# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Makes examples of the questions of SQuAD v1.1 and v2.0: where each answer is, and which questions are of no use."""

import collections
import logging
import re

from squad.questions import SquadDataError, get, iterate_questions, load_articles

_LOG = logging.getLogger("squad")

# How many relocated answers are reported one by one before only their number is.
_MAX_RELOCATED_LINES = 10
_MAX_IDS_NAMED = 5


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
        has it; a question whose answer is nowhere in its context is left out with a warning. The same
        id twice is reported, since only answers are filed by id. Prediction needs no answers, and
        every id once.
      version_2_with_negative: bool; whether `is_impossible` questions are taken as unanswerable. A
        question without that key counts as unanswerable when it has no answers.

    Returns:
      list of `SquadExample`, in the order of the file.

    Raises:
      SquadDataError: no such file, not UTF-8, not JSON, not SQuAD's structure, no question left,
        (prediction) the same id twice, or (training) an unanswerable question without
        `version_2_with_negative`.
    """
    examples, relocated, repeated, skipped = [], [], [], []
    places = {}
    for question in iterate_questions(load_articles(path), path):
        if places.setdefault(question.qas_id, question.place) != question.place:
            if not is_training:
                raise SquadDataError(
                    "%s: %s: the id %s was already used at %s; predictions are filed by id, so ids must be unique"
                    % (path, question.place, question.qas_id, places[question.qas_id])
                )
            repeated.append(question.qas_id)
        is_impossible = version_2_with_negative and _is_impossible(question)
        answer = ("", -1)
        if is_training and not is_impossible:
            answer = _training_answer(question, path, version_2_with_negative, relocated)
            if answer is None:
                skipped.append(question.qas_id)
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
    if not examples:
        raise SquadDataError("%s: no usable question (%d skipped)" % (path, len(skipped)))
    _report(path, len(examples) + len(skipped), relocated, repeated, skipped)
    return examples


def _report(path, num_questions, relocated, repeated, skipped):
    """Warns once for each kind of questions that are not as they should be; the last three are lists of ids."""
    if len(relocated) > _MAX_RELOCATED_LINES:
        _LOG.warning(
            "%s: %d answers were not at their answer_start (%d of them named above)",
            path,
            len(relocated),
            _MAX_RELOCATED_LINES,
        )
    if repeated:
        _LOG.warning(
            "%s: %d of %d questions have an id that an earlier one has (%s): all are trained on",
            path,
            len(repeated),
            num_questions,
            ", ".join(repeated[:_MAX_IDS_NAMED] + ["..."] * (len(repeated) > _MAX_IDS_NAMED)),
        )
    if skipped:
        _LOG.warning("%s: %d of %d questions skipped", path, len(skipped), num_questions)


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
            "%s: question %s is unanswerable (is_impossible): to train on SQuAD v2.0, pass "
            "--version_2_with_negative, or to a launcher --squad_version 2.0"
            % (path, question.qas_id)
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
                    else "; for unanswerable questions pass --version_2_with_negative, or to a launcher --squad_version 2.0"
                ),
            )
        )
    answer = question.answers[0]
    claimed = get(
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
    start, text, is_elsewhere = found
    if is_elsewhere:
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
    Neither does case, unless the answer is elsewhere than said and some place has its case as well.

    Args:
      context: str.
      answer_text: str.
      claimed_start: int, the file's `answer_start`; may be wrong in any way.

    Returns:
      (start character, text as it stands in the context, whether that is elsewhere than said), or
      None if it is nowhere or blank.
    """
    words = answer_text.split()
    if not words:
        return None
    # Nearly all answers; compiling a pattern takes a millisecond.
    is_trimmed = answer_text == answer_text.strip()
    if is_trimmed and claimed_start >= 0 and context.startswith(answer_text, claimed_start):
        return claimed_start, answer_text, False
    pattern = r"\s+".join(re.escape(word) for word in words)
    num_blanks = len(answer_text) - len(answer_text.lstrip())
    if 0 <= claimed_start <= len(context):
        # `answer_start` may count the white space before the answer, that of the text or that of the context.
        for said in (claimed_start, claimed_start + num_blanks):
            match = re.compile(r"\s*(%s)" % pattern, re.IGNORECASE).match(context, said)
            if match:
                return match.start(1), match.group(1), False
    for flags in (0, re.IGNORECASE):
        # The lookahead finds occurrences that overlap each other, too.
        found = [
            (match.start(), match.group(1), True)
            for match in re.finditer("(?=(%s))" % pattern, context, flags)
        ]
        if found:
            return min(found, key=lambda item: abs(item[0] - claimed_start - num_blanks))
    return None


def _shorten(text, limit=60):
    """Quotes a text on one line, cut to about `limit` characters."""
    text = " ".join(text.split())
    return '"%s"' % (text if len(text) <= limit else text[:limit] + "...")
