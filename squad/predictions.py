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
import itertools
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
        is_training=False; those of a question are neighbours. They are taken when results need them. Tokens and the three
        padded lists are not used and may be None.
      results: iterable of `RawResult`, in any order, one for each of `features`. Features and logits are kept until the last
        result of their question: in the order of the features, those of one question at a time.
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

    def answer(index, windows, result_of):
        example = examples[index]
        return _answer(
            [_Window(feature, result_of, example) for feature in windows],
            example.context,
            n_best_size,
            max_answer_length,
            null_score_diff_threshold if version_2_with_negative else None,
        )

    answers, incomplete = _answer_as_they_end(features, results, answer)
    predictions = collections.OrderedDict()
    nbest_lists = collections.OrderedDict()
    null_odds = collections.OrderedDict()
    for index, example in enumerate(examples):
        answered = answers.pop(index, None)
        if answered is None:
            if index not in incomplete:
                raise ValueError("question %s has no features" % example.qas_id)
            answered = answer(index, *incomplete[index])
        predictions[example.qas_id] = answered.text
        nbest_lists[example.qas_id] = answered.nbest
        if version_2_with_negative:
            null_odds[example.qas_id] = answered.null_odds
    return predictions, nbest_lists, null_odds


def _answer_as_they_end(features, results, answer):
    """Answers a question as soon as its last window's result is there, and forgets both: 15 KB a window.

    Args:
      features: iterable of SquadFeatures.
      results: iterable of RawResult.
      answer: function of a question's number, its SquadFeatures and its results by unique id.

    Returns:
      (dict, number of a question -> what `answer` returned; the same of questions that lack results -> (features, results)).
    """
    questions = itertools.groupby(features, key=lambda feature: feature.example_index)
    owner_of, answers, waiting = {}, {}, {}

    def take():
        """Takes the features of the next question; False if there is none."""
        number, windows = next(questions, (None, None))
        if number is None:
            return False
        waiting[number] = list(windows), {}
        owner_of.update((window.unique_id, number) for window in waiting[number][0])
        return True

    for result in results:
        while result.unique_id not in owner_of and take():
            pass
        number = owner_of.get(result.unique_id)
        if number not in waiting:
            continue
        windows, result_of = waiting[number]
        result_of[result.unique_id] = result
        if len(result_of) == len(windows):
            answers[number] = answer(number, *waiting.pop(number))
    while take():
        pass
    return answers, waiting


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
        num_tokens = len(feature.token_char_spans)
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

    def spans(self, longest):
        """All candidate spans: scores [F, longest] and their first tokens [F]; column l has spans of l + 1 tokens.

        Spans that end after the context score -inf.
        """
        starts = np.flatnonzero(self._is_max_context)
        # The context is one run of tokens, so only its end limits how far a span may reach.
        last = len(self.char_spans) - 1
        while last >= 0 and self.char_spans[last] is None:
            last -= 1
        ends = np.full([last + longest], -np.inf)
        ends[: last + 1] = self.end_logits[: last + 1]
        ends = np.lib.stride_tricks.as_strided(ends, [last + 1, longest], ends.strides * 2)
        return self.start_logits[starts, np.newaxis] + ends[starts], starts


def _best_answers(windows, context, count, max_answer_length):
    """Returns up to `count` `_Answer` with different texts, best first.

    Equal scores are ordered by window, then first token, then last token, so the same logits always
    give the same list.
    """
    longest = min(max_answer_length, max(len(window.char_spans) for window in windows))
    spans = [window.spans(longest) for window in windows]
    starts = np.concatenate([starts for _, starts in spans])
    owners = np.repeat(np.arange(len(windows)), [len(starts) for _, starts in spans])
    scores = np.concatenate([scores for scores, _ in spans]).ravel()
    num_spans = int(np.count_nonzero(scores > -np.inf))
    num_candidates = count
    while True:
        answers = collections.OrderedDict()
        chosen = _largest(scores, min(num_candidates, num_spans))
        rows, more = chosen // longest, chosen % longest
        columns = (scores[chosen], owners[rows], starts[rows], starts[rows] + more)
        for score, owner, start, end in zip(*[column.tolist() for column in columns]):
            window = windows[owner]
            span = (window.char_spans[start][0], window.char_spans[end][1])
            text = context[span[0] : span[1]]
            if text not in answers:
                answers[text] = _Answer(
                    text,
                    score,
                    window.start_logits.item(start),
                    window.end_logits.item(end),
                    span,
                )
        if len(answers) >= count or num_candidates >= num_spans:
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
                ("probability", probability),
                ("start_logit", answer.start_logit),
                ("end_logit", answer.end_logit),
            ]
        )
        for answer, probability in zip(answers, (weights / weights.sum()).tolist())
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
    contents = [("predictions.json", predictions, 1), ("nbest_predictions.json", nbest_lists, 3)]
    if null_odds is not None:
        contents.append(("null_odds.json", null_odds, 1))
    paths = []
    for name, value, depth in contents:
        paths.append(os.path.join(output_dir, name))
        write_whole(paths[-1], _without_surrogates(_indented(value, depth)) + "\n")
    return paths


_INDENT = " " * 4
# Of a dict or list without others in it, one item a line at this depth: the json module's fast encoder knows no indent.
_INNERMOST = [
    json.JSONEncoder(ensure_ascii=False, separators=(",\n" + _INDENT * level, ": "))
    for level in range(1, 4)
]


def _indented(value, depth, level=0):
    """As json.dumps(value, indent=4, ensure_ascii=False), but faster.

    Args:
      value: dict or list, `depth` of which are within each other; the innermost ones hold text and numbers.
      depth: int, at most 3.
      level: int, how many it is within.
    """
    encode = _INNERMOST[level].encode
    if not value:
        return encode(value)
    if depth == 1:
        lines = [encode(value)[1:-1]]
    elif isinstance(value, dict):
        lines = [
            encode(key) + ": " + _indented(one, depth - 1, level + 1) for key, one in value.items()
        ]
    else:
        lines = [_indented(one, depth - 1, level + 1) for one in value]
    inner, outer = "\n" + _INDENT * (level + 1), "\n" + _INDENT * level
    brackets = "{}" if isinstance(value, dict) else "[]"
    return brackets[0] + inner + ("," + inner).join(lines) + outer + brackets[1]


def json_text(value):
    """JSON in one line with text as it is, which UTF-8 can encode."""
    return _without_surrogates(json.dumps(value, ensure_ascii=False))


def _without_surrogates(text):
    """JSON that UTF-8 can encode: a lone surrogate has no UTF-8 form; within a JSON string its escape means the same."""
    try:
        text.encode("utf-8")
        return text
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", lambda match: "\\u%04x" % ord(match.group()), text)
