# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Turns the model's logits into answers, and writes the files that the official scripts read.

The rule is the recipe's: an answer is a span of context tokens that starts where its token has the
most context and is at most `max_answer_length` long; its score is the sum of two logits; the best
texts of all windows of a question make its n-best list. Two things are done differently:

* Every such span competes. The recipe pairs the n best starts with the n best ends before it looks
  which pairs are spans at all, so it can miss a better span, or find none and answer "empty".
* The text is cut out of the context by character offsets. The recipe joins tokens and re-aligns the
  result with the words of the context by heuristics that may fail and then return whole words;
  offsets are exact, so there is nothing to align. White space stays as it is in the context.
"""

import collections
import json
import os
import re

import numpy as np

from program.files import write_whole
from squad.questions import SquadDataError

RawResult = collections.namedtuple(
    "RawResult",
    [
        "unique_id",  # int, of the SquadFeatures the model saw
        "start_logits",  # [S] float array or list
        "end_logits",  # [S] float array or list
    ],
)

_Answer = collections.namedtuple("_Answer", ["text", "score", "start_logit", "end_logit", "span"])

QuestionAnswer = collections.namedtuple(
    "QuestionAnswer",
    [
        "text",  # str, a piece of the context; "" for no answer
        "span",  # (start, end) of `text` in the context, end exclusive; None for no answer
        "score",  # float, of the best span, whether it is the answer or not; None for an empty context
        "null_score",  # float, of there being no answer; None without version_2_with_negative
        "null_odds",  # float, what the threshold is compared with; None without version_2_with_negative
        "nbest",  # list of OrderedDict, an entry of nbest_predictions.json
    ],
)


def compute_predictions(
    examples,
    features,
    results,
    n_best_size=20,
    max_answer_length=30,
    version_2_with_negative=False,
    null_score_diff_threshold=0.0,
):
    """Chooses an answer for each question.

    Args:
      examples: list of `squad.examples.SquadExample`.
      features: iterable of `squad.features.SquadFeatures` of these examples, made with
        is_training=False. The three padded lists are not used and may be None.
      results: iterable of `RawResult`, in any order, one for each of `features`. In the order of the features,
        the logits of one question only are kept at a time.
      n_best_size: int, how many different texts to list for each question.
      max_answer_length: int, tokens of the longest answer.
      version_2_with_negative: bool; whether a question may be unanswerable. Its null score is the
        least, over its windows, of the sum of the two logits at [CLS].
      null_score_diff_threshold: float; the answer is "" when the null score exceeds the best span's
        score by more than this.

    Returns:
      Three OrderedDict with the ids as keys, in the order of the examples: (predictions, n-best
      lists, null odds). Predictions are str; an n-best list holds OrderedDict with text,
      probability (softmax over the list), start_logit and end_logit, best first; null odds are the
      differences compared with the threshold, and empty without version_2_with_negative. A question
      with an empty context gets "".

    Raises:
      SquadDataError: an option is out of range, or the logits of a question are not finite.
      ValueError: a window without a result, or an example without a window.
    """
    if n_best_size < 1:
        raise SquadDataError("--n_best_size=%d: must be at least 1" % n_best_size)
    if max_answer_length < 1:
        raise SquadDataError("--max_answer_length=%d: must be at least 1" % max_answer_length)
    windows_of = collections.defaultdict(list)
    for feature in features:
        windows_of[feature.example_index].append(feature)

    def answer(index, result_of):
        example = examples[index]
        windows = [_Window(feature, result_of, example) for feature in windows_of[index]]
        if not windows:
            raise ValueError("question %s has no features" % example.qas_id)
        return _answer(
            windows,
            example.context,
            n_best_size,
            max_answer_length,
            null_score_diff_threshold if version_2_with_negative else None,
        )

    answers, incomplete = _answer_as_they_end(windows_of, results, answer)
    predictions = collections.OrderedDict()
    nbest_lists = collections.OrderedDict()
    null_odds = collections.OrderedDict()
    for index, example in enumerate(examples):
        answered = answers.pop(index, None) or answer(index, incomplete[index])
        predictions[example.qas_id] = answered.text
        nbest_lists[example.qas_id] = answered.nbest
        if version_2_with_negative:
            null_odds[example.qas_id] = answered.null_odds
    return predictions, nbest_lists, null_odds


def _answer_as_they_end(windows_of, results, answer):
    """Answers a question as soon as its last window's result is there, and forgets its logits: 3 KB a window.

    Args:
      windows_of: dict, number of a question -> list of its SquadFeatures.
      results: iterable of RawResult.
      answer: function of a question's number and of its results by unique id.

    Returns:
      (dict, number of a question -> what `answer` returned; defaultdict of the results of questions that lack some).
    """
    owner_of = {
        window.unique_id: number for number, windows in windows_of.items() for window in windows
    }
    answers, results_of = {}, collections.defaultdict(dict)
    for result in results:
        number = owner_of.get(result.unique_id)
        if number is None or number in answers:
            continue
        results_of[number][result.unique_id] = result
        if len(results_of[number]) == len(windows_of[number]):
            answers[number] = answer(number, results_of.pop(number))
    return answers, results_of


def answer_one(example, features, results, options):
    """The answer to one question, with its place in the context; the text is that of compute_predictions.

    Args:
      example: `squad.examples.SquadExample`.
      features: list of its `squad.features.SquadFeatures`.
      results: list of `RawResult`, one for each of `features`.
      options: an object with n_best_size, max_answer_length, version_2_with_negative and null_score_diff_threshold.

    Returns:
      QuestionAnswer.

    Raises:
      SquadDataError: the logits are not finite.
    """
    result_of = {result.unique_id: result for result in results}
    return _answer(
        [_Window(feature, result_of, example) for feature in features],
        example.context,
        options.n_best_size,
        options.max_answer_length,
        options.null_score_diff_threshold if options.version_2_with_negative else None,
    )


def _answer(windows, context, n_best_size, max_answer_length, threshold):
    """The QuestionAnswer that the windows of a question amount to; threshold: None without version_2_with_negative."""
    answers = _best_answers(windows, context, n_best_size, max_answer_length)
    best = answers[0] if answers else _Answer("", None, 0.0, 0.0, None)
    text, span, null_score, null_odds = best.text, best.span, None, None
    if threshold is not None:
        null = min((window.null_answer() for window in windows), key=lambda answer: answer.score)
        null_score = null.score
        # Without a span in the context (an empty one) there is only the null score itself to report.
        null_odds = null.score - (best.score if answers else 0.0)
        if null_odds > threshold:
            text, span = "", None
        answers = _insert_null(answers, null, n_best_size)
    elif not answers:
        answers = [_Answer("", 0.0, 0.0, 0.0, None)]
    return QuestionAnswer(
        text, span, best.score, null_score, null_odds, _with_probabilities(answers)
    )


class _Window:
    """The features of one window with the model's logits for it, as float64."""

    def __init__(self, feature, result_of, example):
        if feature.unique_id not in result_of:
            raise ValueError(
                "no result for window %d (question %s)" % (feature.unique_id, example.qas_id)
            )
        num_tokens = len(feature.tokens)
        result = result_of[feature.unique_id]
        self.start_logits = np.asarray(result.start_logits, np.float64)[:num_tokens]
        self.end_logits = np.asarray(result.end_logits, np.float64)[:num_tokens]
        if not (np.isfinite(self.start_logits).all() and np.isfinite(self.end_logits).all()):
            raise SquadDataError(
                "question %s: the model's logits are not finite numbers; its checkpoint "
                "comes from a training that diverged" % example.qas_id
            )
        self.char_spans = feature.token_char_spans
        self._is_max_context = feature.token_is_max_context

    def null_answer(self):
        """Returns the `_Answer` that says there is none: both logits at [CLS]."""
        start_logit, end_logit = float(self.start_logits[0]), float(self.end_logits[0])
        return _Answer("", start_logit + end_logit, start_logit, end_logit, None)

    def spans(self, max_answer_length):
        """Returns all candidate spans: scores, first tokens and last tokens, three arrays [N].

        Ordered by first token, then by last token.
        """
        context = [i for i, span in enumerate(self.char_spans) if span is not None]
        starts = np.flatnonzero(self._is_max_context)
        if not context or not starts.size:
            return np.zeros([0]), np.zeros([0], np.int64), np.zeros([0], np.int64)
        # The context is one run of tokens, so only its end limits how far a span may reach.
        lengths = np.arange(min(max_answer_length, len(context)))
        starts, ends = np.broadcast_arrays(starts[:, np.newaxis], starts[:, np.newaxis] + lengths)
        valid = ends <= context[-1]
        starts, ends = starts[valid], ends[valid]
        return self.start_logits[starts] + self.end_logits[ends], starts, ends


def _best_answers(windows, context, count, max_answer_length):
    """Returns up to `count` `_Answer` with different texts, best first.

    Equal scores are ordered by window, then first token, then last token, so the same logits always
    give the same list.
    """
    spans = [window.spans(max_answer_length) for window in windows]
    scores, starts, ends = (np.concatenate(arrays) for arrays in zip(*spans))
    owners = np.repeat(np.arange(len(windows)), [len(span[0]) for span in spans])
    num_candidates = count
    while True:
        answers = collections.OrderedDict()
        for i in _largest(scores, num_candidates):
            window, start, end = windows[owners[i]], starts[i], ends[i]
            span = (window.char_spans[start][0], window.char_spans[end][1])
            text = context[span[0] : span[1]]
            if text not in answers:
                answers[text] = _Answer(
                    text,
                    float(scores[i]),
                    float(window.start_logits[start]),
                    float(window.end_logits[end]),
                    span,
                )
        if len(answers) >= count or num_candidates >= len(scores):
            return list(answers.values())[:count]
        # Several spans had the same text: look further down the list.
        num_candidates *= 4


def _largest(scores, count):
    """Returns the indices of the `count` largest scores, largest first, equal ones by index."""
    if count >= len(scores):
        return np.argsort(-scores, kind="mergesort")
    threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
    indices = np.flatnonzero(scores >= threshold)
    return indices[np.argsort(-scores[indices], kind="mergesort")][:count]


def _insert_null(answers, null, n_best_size):
    """Puts the null answer in its place among the n best; it is listed even if it is not one."""
    place = sum(answer.score >= null.score for answer in answers)
    if place >= n_best_size:
        return answers + [null]
    return (answers[:place] + [null] + answers[place:])[:n_best_size]


def _with_probabilities(answers):
    """Returns an n-best list in the form of the file, with a softmax over its scores."""
    scores = np.array([answer.score for answer in answers])
    weights = np.exp(scores - scores.max())
    return [
        collections.OrderedDict(
            [
                ("text", answer.text),
                ("probability", float(probability)),
                ("start_logit", answer.start_logit),
                ("end_logit", answer.end_logit),
            ]
        )
        for answer, probability in zip(answers, weights / weights.sum())
    ]


def merge_shares(questions, shares):
    """One answer to what the ranks answered, in the order of the questions.

    Args:
      questions: list of SquadExample; rank r of n answered r, r + n, r + 2n, ...
      shares: list, for each rank, of the dicts by question id that compute_predictions returns.

    Returns:
      list of as many OrderedDicts.
    """
    merged = [collections.OrderedDict() for _ in shares[0]]
    for number, question in enumerate(questions):
        for whole, part in zip(merged, shares[number % len(shares)]):
            if question.qas_id in part:  # null odds are kept for v2.0 only
                whole[question.qas_id] = part[question.qas_id]
    return merged


def write_predictions(output_dir, predictions, nbest_lists, null_odds=None):
    """Writes predictions.json, nbest_predictions.json and, if `null_odds` is given, null_odds.json.

    UTF-8 JSON with the questions in order. Each file appears complete or not at all.

    Args:
      output_dir: str, an existing directory.
      predictions, nbest_lists, null_odds: as `compute_predictions` returns them.

    Returns:
      list of str, the paths of the files written.
    """
    contents = [("predictions.json", predictions), ("nbest_predictions.json", nbest_lists)]
    if null_odds is not None:
        contents.append(("null_odds.json", null_odds))
    paths = []
    for name, value in contents:
        paths.append(os.path.join(output_dir, name))
        _write_json(paths[-1], value)
    return paths


def _write_json(path, value):
    """Writes one UTF-8 JSON file, whole or not at all."""
    write_whole(path, json_text(value, indent=4) + "\n")


def json_text(value, indent=None):
    """JSON with text as it is, which UTF-8 can encode."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    # A lone surrogate has no UTF-8 form; within a JSON string its escape means the same.
    return re.sub("[\ud800-\udfff]", lambda match: "\\u%04x" % ord(match.group()), text)
