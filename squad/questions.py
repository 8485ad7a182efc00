# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads the questions of SQuAD v1.1 and v2.0 JSON files, and says what is wrong with a bad file.

Format: Rajpurkar et al. 2016 (https://arxiv.org/abs/1606.05250) and, with unanswerable questions,
Rajpurkar et al. 2018 (https://arxiv.org/abs/1806.03822). Answers may also have the form that Hugging Face's
data sets give them, {"text": [...], "answer_start": [...]}, or be missing.
"""

import collections
import io
import json

from program.errors import UserError


class SquadDataError(UserError):
    """The user's SQuAD data cannot be used; the message is one line that names file and place."""


Question = collections.namedtuple(
    "Question",
    [
        "qas_id",  # str
        "text",  # str
        "context",  # str
        "answers",  # list of dict with "text" (str), and "answer_start" as in the file, if there
        "lists_answers",  # bool, whether the file has a list of answers for it, if only an empty one
        "is_impossible",  # bool, or None where the file does not say
        "place",  # str such as data[3].paragraphs[0].qas[2]
    ],
)


def load_articles(path):
    """Loads a SQuAD file and returns its list of articles (the value of "data").

    Raises:
      SquadDataError: the file is missing, not UTF-8, not JSON, or holds no list called "data".
    """
    document = load_json(path)
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        return document["data"]
    articles = document[:1] if isinstance(document, list) else []
    raise SquadDataError(
        '%s: not a SQuAD file: it must be a JSON object with a list called "data"%s'
        % (
            path,
            (
                ", and this is that list alone"
                if all(isinstance(one, dict) and "paragraphs" in one for one in articles)
                and articles
                else ""
            ),
        )
    )


def load_json(path):
    """Loads any UTF-8 JSON file, keeping the order of its keys; raises SquadDataError."""
    try:
        with io.open(path, "rb") as stream:
            content = stream.read()
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise SquadDataError("%s: is empty" % path)
        return json.loads(text, object_pairs_hook=collections.OrderedDict)
    except OSError as error:
        raise SquadDataError("%s: cannot be read: %s" % (path, error.strerror or error))
    except UnicodeDecodeError as error:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise SquadDataError(
                "%s: is UTF-16, not UTF-8 text: convert it with iconv -f UTF-16 -t UTF-8" % path
            )
        raise SquadDataError("%s: not UTF-8 text (near byte %d)" % (path, error.start))
    except SquadDataError:
        raise
    except ValueError as error:  # JSONDecodeError, whose text has line and column
        if _is_json_lines(text):
            raise SquadDataError(
                '%s: has one JSON object a line (JSON lines); a SQuAD file is one object with a list called "data"'
                % path
            )
        raise SquadDataError("%s: not JSON: %s" % (path, error))
    except RecursionError:
        raise SquadDataError("%s: not a SQuAD file: nested too deeply" % path)


def _is_json_lines(text):
    lines = text.strip().split("\n", 2)[:2]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


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
        if isinstance(article, dict) and "paragraphs" not in article and "question" in article:
            raise SquadDataError(
                '%s: %s: is a question; in a SQuAD file "data" lists articles, each with "paragraphs" of a "context" '
                'and its questions, "qas"' % (path, place)
            )
        for j, paragraph in enumerate(get(article, "paragraphs", list, path, place)):
            paragraph_place = "%s.paragraphs[%d]" % (place, j)
            context = get(paragraph, "context", str, path, paragraph_place)
            for k, qa in enumerate(get(paragraph, "qas", list, path, paragraph_place)):
                yield _question(qa, context, path, "%s.qas[%d]" % (paragraph_place, k))


def _question(qa, context, path, place):
    """Checks one entry of "qas" and makes a `Question` of it."""
    qas_id = get(qa, "id", (str, int, float), path, place)
    if isinstance(qas_id, bool) or qas_id in (float("inf"), float("-inf")) or qas_id != qas_id:
        raise SquadDataError('%s: %s: "id" must be text or a number' % (path, place))
    named_place = "%s (id %s)" % (place, qas_id)
    answers = qa.get("answers")
    return Question(
        qas_id=str(qas_id),
        text=get(qa, "question", str, path, named_place),
        context=context,
        answers=_answers(answers, path, named_place),
        lists_answers=answers is not None,
        is_impossible=_truth(qa.get("is_impossible"), path, named_place),
        place=place,
    )


def _truth(value, path, place):
    """True or False for what the file has as `is_impossible`; None for null."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower(), value)
    if value is None or value in (0, 1):
        return None if value is None else bool(value)
    raise SquadDataError('%s: %s: "is_impossible" must be true or false' % (path, place))


def _answers(answers, path, place):
    """The answers of one question in SQuAD's form, from any that is accepted: list of dict."""
    if answers is None:
        return []
    if isinstance(answers, dict):
        answers = _from_columns(answers, path, place)
    if not isinstance(answers, list):
        raise SquadDataError('%s: %s: "answers" must be a list' % (path, place))
    found = []
    for i, answer in enumerate(answers):
        if isinstance(answer, str):
            answer = {"text": answer}
        get(answer, "text", str, path, "%s.answers[%d]" % (place, i))
        found.append(answer)
    return found


def _from_columns(answers, path, place):
    """{"text": [...], "answer_start": [...]} -> list of dict."""
    if not answers:
        return []
    place += ".answers"
    columns = {"text": get(answers, "text", (list, str), path, place)}
    if "answer_start" in answers:
        columns["answer_start"] = answers["answer_start"]
    for name, values in columns.items():
        columns[name] = values if isinstance(values, list) else [values]
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise SquadDataError(
            '%s: %s: "text" has %d entries, but "answer_start" has %d'
            % (path, place, lengths["text"], lengths["answer_start"])
        )
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


_TYPE_NAMES = {
    str: "text",
    list: "a list",
    int: "a whole number",
    (list, str): "a list of texts",
    (str, int, float): "text or a number",
}


def get(mapping, key, expected_type, path, place):
    """Returns mapping[key] of a loaded file after checking both types.

    Args:
      mapping: what should be a dict with the key.
      key: str.
      expected_type: a type or a tuple of types, of _TYPE_NAMES.
      path, place: str, for messages.

    Raises:
      SquadDataError: it has another type or no such key.
    """
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
