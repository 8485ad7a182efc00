# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Scores SQuAD predictions by the official rules: exact match and F1, v1.1 and v2.0.

    python -m squad.evaluate DATA PREDICTIONS [--null_odds FILE]

prints the scores as JSON on the last line. The figures are those of the official scripts (Rajpurkar
et al. 2016, https://arxiv.org/abs/1606.05250, and 2018, https://arxiv.org/abs/1806.03822) to the
last digit: sums run over the questions in the order of the file, as theirs do. Questions whose
answers are not known are left out and counted, where theirs stop or take them for unanswerable.
"""

import collections
import json
import re
import string
import sys

from program.arguments import Parser
from program.errors import run_program
from squad.questions import SquadDataError, iterate_questions, load_articles, load_json

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def normalize_answer(text):
    """Returns a text as the scores compare it: lower case, no punctuation, no articles, one space."""
    text = "".join(char for char in text.lower() if char not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(prediction, answer):
    """Whether two texts are the same after normalization."""
    return normalize_answer(prediction) == normalize_answer(answer)


def f1_score(prediction, answer):
    """Returns the harmonic mean of precision and recall of words: a float, 0.0 with none in common."""
    predicted_words = normalize_answer(prediction).split()
    answer_words = normalize_answer(answer).split()
    num_common = sum(
        (collections.Counter(predicted_words) & collections.Counter(answer_words)).values()
    )
    if num_common == 0:
        return 0.0
    precision = 1.0 * num_common / len(predicted_words)
    recall = 1.0 * num_common / len(answer_words)
    return (2 * precision * recall) / (precision + recall)


class NoAnswersError(SquadDataError):
    """The questions have no answers to compare with: they are a test set."""


def answered_questions(articles, version_2, path="data"):
    """The questions whose right answer the file tells, in its order.

    In v2.0 that may be that there is none: `is_impossible`, or an empty list of answers in a file that has answers to other
    questions.

    Args:
      articles: list, the value of "data" of a SQuAD file.
      version_2: bool.
      path: str, the file's name for messages.

    Returns:
      list of questions.Question; how many others there are is reported on stderr.

    Raises:
      NoAnswersError: there is no such question.
      SquadDataError: there is no question at all.
    """
    everything = list(iterate_questions(articles, path))
    if not everything:
        raise SquadDataError("%s: no question to score" % path)
    found = [
        question
        for question in everything
        if question.answers or version_2 and question.is_impossible
    ]
    if not found:
        raise NoAnswersError("%s: no answers to score against" % path)
    if version_2:
        found = [
            question
            for question in everything
            if question.answers
            or question.is_impossible
            or question.is_impossible is None
            and question.lists_answers
        ]
    if len(found) < len(everything):
        impossible = sum(
            bool(question.is_impossible) for question in everything if not question.answers
        )
        _report(
            "%s: %d of %d questions have no answers and are not scored%s"
            % (
                path,
                len(everything) - len(found),
                len(everything),
                (
                    " (%d of them are unanswerable: SQuAD v2.0's rules score them)" % impossible
                    if impossible and not version_2
                    else ""
                ),
            )
        )
    return found


def evaluate_v1(articles, predictions, path="data"):
    """Scores predictions for SQuAD v1.1.

    Args:
      articles: list, the value of "data" of a SQuAD file.
      predictions: dict from id (str) to text.
      path: str, the file's name for messages.

    Returns:
      OrderedDict with exact_match and f1: percentages of `answered_questions`, where each counts by
      the best of its answers, and one without a prediction counts 0 (and is named on stderr).

    Raises:
      NoAnswersError, SquadDataError: as `answered_questions`.
    """
    total, exact_sum, f1_sum = 0, 0, 0.0
    for question in answered_questions(articles, False, path):
        total += 1
        if question.qas_id not in predictions:
            _report("Unanswered question %s will receive score 0." % question.qas_id)
            continue
        prediction = predictions[question.qas_id]
        exact_sum += max(exact_match(prediction, answer["text"]) for answer in question.answers)
        f1_sum += max(f1_score(prediction, answer["text"]) for answer in question.answers)
    return collections.OrderedDict(
        [("exact_match", 100.0 * exact_sum / total), ("f1", 100.0 * f1_sum / total)]
    )


def evaluate_v2(articles, predictions, null_odds=None, threshold=1.0, path="data"):
    """Scores predictions for SQuAD v2.0.

    Args:
      articles: list, the value of "data" of a SQuAD file.
      predictions: dict from id (str) to text, "" for "there is no answer".
      null_odds: dict from id to a number that grows with the belief that there is no answer, or None.
      threshold: float; where the null odds exceed it, the prediction counts as "". The official
        script's default is 1.0; it has no effect without null odds.
      path: str, the file's name for messages.

    Returns:
      OrderedDict with exact, f1, total; HasAns_exact, HasAns_f1, HasAns_total if any question has an
      answer; NoAns_exact, NoAns_f1, NoAns_total if any has none; and, with null odds, best_exact,
      best_exact_thresh, best_f1, best_f1_thresh: the scores of the best threshold. A question without
      a prediction is named on stderr and left out of all figures.

    Raises:
      NoAnswersError, SquadDataError: as `answered_questions`; or not one question has a prediction,
        or one that has lacks its null odds.
    """
    has_answer = collections.OrderedDict()
    exact = collections.OrderedDict()
    f1 = collections.OrderedDict()
    for question in answered_questions(articles, True, path):
        qas_id = question.qas_id
        has_answer[qas_id] = bool(question.answers)
        if qas_id not in predictions:
            _report("Missing prediction for %s" % qas_id)
            continue
        # Answers that normalize to nothing do not count; none at all means "" is right.
        answers = [a["text"] for a in question.answers if normalize_answer(a["text"])] or [""]
        prediction = predictions[qas_id]
        exact[qas_id] = max(int(exact_match(prediction, answer)) for answer in answers)
        f1[qas_id] = max(_f1_or_both_empty(prediction, answer) for answer in answers)
        if null_odds is not None and qas_id not in null_odds:
            raise SquadDataError("question %s has a prediction but no null odds" % qas_id)
    if not exact:
        raise SquadDataError("%s: no prediction for any of its questions" % path)

    final_exact = _apply_threshold(exact, null_odds, has_answer, threshold)
    final_f1 = _apply_threshold(f1, null_odds, has_answer, threshold)
    scores = collections.OrderedDict()
    _add_means(scores, "", final_exact, final_f1, list(exact))
    _add_means(scores, "HasAns_", final_exact, final_f1, [i for i in exact if has_answer[i]])
    _add_means(scores, "NoAns_", final_exact, final_f1, [i for i in exact if not has_answer[i]])
    if null_odds is not None:
        for name, raw in (("exact", exact), ("f1", f1)):
            best, best_threshold = _best_threshold(predictions, raw, null_odds, has_answer)
            scores["best_" + name] = best
            scores["best_%s_thresh" % name] = best_threshold
    return scores


def _f1_or_both_empty(prediction, answer):
    """F1 as v2.0 defines it: two empty texts agree, an empty and another one do not."""
    words = normalize_answer(prediction).split(), normalize_answer(answer).split()
    if not words[0] or not words[1]:
        return int(words[0] == words[1])
    return f1_score(prediction, answer)


def _apply_threshold(scores, null_odds, has_answer, threshold):
    """Scores a question as "" where its null odds exceed the threshold."""
    if null_odds is None:
        return scores
    return collections.OrderedDict(
        (qas_id, float(not has_answer[qas_id]) if null_odds[qas_id] > threshold else score)
        for qas_id, score in scores.items()
    )


def _add_means(scores, prefix, exact, f1, ids):
    """Adds the mean scores of some questions, if there are any."""
    if ids:
        scores[prefix + "exact"] = 100.0 * sum(exact[i] for i in ids) / len(ids)
        scores[prefix + "f1"] = 100.0 * sum(f1[i] for i in ids) / len(ids)
        scores[prefix + "total"] = len(ids)


def _best_threshold(predictions, scores, null_odds, has_answer):
    """Finds the threshold on the null odds that maximizes a score.

    Starts from "no question has an answer" and lets the predictions in, least null odds first.

    Returns:
      (best percentage, threshold): 0.0 is the threshold if nothing beats answering nothing.
    """
    current = best = sum(not has_answer[qas_id] for qas_id in scores)
    best_threshold = 0.0
    for qas_id in sorted(null_odds, key=lambda key: null_odds[key]):
        if qas_id not in scores:
            continue
        if has_answer[qas_id]:
            current += scores[qas_id]
        elif predictions[qas_id]:
            current -= 1
        if current > best:
            best, best_threshold = current, null_odds[qas_id]
    return 100.0 * best / len(scores), best_threshold


def is_version_2(articles, path="data"):
    """Whether a loaded file is SQuAD v2.0: whether any of its questions says `is_impossible`."""
    return any(question.is_impossible is not None for question in iterate_questions(articles, path))


def _report(line):
    sys.stderr.write(line + "\n")


def _load_values(path, types, description):
    """Loads a JSON object whose values all have one of some types."""
    values = load_json(path)
    if not isinstance(values, dict):
        raise SquadDataError(
            "%s: must be a JSON object from question id to %s" % (path, description)
        )
    for key, value in values.items():
        if not isinstance(value, types) or isinstance(value, bool):
            raise SquadDataError("%s: the value of %s must be %s" % (path, key, description))
    return values


def _parse_arguments(arguments):
    parser = Parser("squad.evaluate", __doc__)
    parser.add_argument("data", metavar="DATA", help="SQuAD file, such as dev-v1.1.json")
    parser.add_argument("predictions", metavar="PREDICTIONS", help="predictions.json")
    parser.add_argument(
        "--version",
        choices=["auto", "1.1", "2.0"],
        default="auto",
        help="scoring rules; auto is 2.0 if DATA has is_impossible (default: %(default)s)",
    )
    parser.add_argument(
        "--null_odds",
        "--na-prob-file",
        metavar="FILE",
        help="null_odds.json; for v2.0, also reports the best thresholds",
    )
    parser.add_argument(
        "--threshold",
        "--na-prob-thresh",
        type=float,
        default=1.0,
        metavar="X",
        help="with --null_odds, predictions with greater odds count as no answer (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Command line; prints the scores, or that there are no answers to score against.

    Raises:
      SquadDataError: a file or an option cannot be used.
    """
    options = _parse_arguments(arguments)
    articles = load_articles(options.data)
    predictions = _load_values(options.predictions, str, "text")
    try:
        print(json.dumps(_scores(options, articles, predictions)))
    except NoAnswersError as error:
        print(error)


def _scores(options, articles, predictions):
    version_2 = options.version == "2.0" or (
        options.version == "auto" and is_version_2(articles, options.data)
    )
    if version_2:
        null_odds = options.null_odds and _load_values(options.null_odds, (int, float), "a number")
        return evaluate_v2(articles, predictions, null_odds, options.threshold, options.data)
    if options.null_odds:
        raise SquadDataError(
            "--null_odds=%s: only SQuAD v2.0 has null odds, and %s is v1.1"
            % (options.null_odds, options.data)
        )
    return evaluate_v1(articles, predictions, options.data)


if __name__ == "__main__":
    run_program(main)
