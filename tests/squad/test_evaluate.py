# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/evaluate.py: hand-computed scores, a second implementation of the official rules, the CLI."""

import collections
import io
import json
import os
import random
import string
import subprocess
import sys

import pytest

from squad import evaluate
from squad.questions import SquadDataError

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _articles(questions):
    """Makes the "data" of a file from (id, answer texts, is_impossible or None) of each question."""
    qas = []
    for qas_id, answers, is_impossible in questions:
        qa = {
            "id": qas_id,
            "question": "?",
            "answers": [{"text": a, "answer_start": 0} for a in answers],
        }
        if is_impossible is not None:
            qa["is_impossible"] = is_impossible
        qas.append(qa)
    return [{"title": "t", "paragraphs": [{"context": "c", "qas": qas}]}]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The  Cat's\tHat", "cats hat"),
        ("a an the", ""),
        ("An-other", "another"),  # punctuation goes before articles are looked for
        ("theatre", "theatre"),
        ("The caf\u00e9\u2019s", "caf\u00e9\u2019s"),  # only ASCII punctuation is removed
        ("a\u00a0b", "b"),
        ("\u0130stanbul", "i\u0307stanbul"),
    ],
)
def test_normalization(text, expected):
    assert evaluate.normalize_answer(text) == expected


@pytest.mark.parametrize(
    "prediction, answer, expected",
    [
        ("the cat sat", "cat sat down", 2 * (1.0 * (2 / 3.0)) / (1.0 + 2 / 3.0)),
        (
            "dog dog dog",
            "dog dog",
            2 * (2 / 3.0 * 1.0) / (2 / 3.0 + 1.0),
        ),  # counted with multiplicity
        ("cat", "dog", 0.0),
        ("the", "the", 0.0),  # v1.1: no word left, nothing in common
        ("The Cat!", "cat", 1.0),
    ],
)
def test_f1_of_words(prediction, answer, expected):
    assert evaluate.f1_score(prediction, answer) == expected


def test_v1_by_hand(capsys):
    articles = _articles(
        [
            ("q1", ["Denver Broncos", "the Broncos"], None),  # exact by the second answer
            ("q2", ["Santa Clara, California"], None),  # 2 of 3 words: P 1, R 2/3, F1 0.8
            ("q3", ["gold"], None),  # not answered
            (4, ["7 February"], None),  # a number as id; P 1/2, R 1/2, F1 0.5
        ]
    )
    scores = evaluate.evaluate_v1(
        articles, {"q1": "Broncos", "q2": "Santa Clara", "4": "8 February"}
    )
    assert list(scores.items()) == [("exact_match", 25.0), ("f1", pytest.approx(57.5, abs=1e-12))]
    assert capsys.readouterr().err == "Unanswered question q3 will receive score 0.\n"


def test_v1_leaves_out_questions_without_answers(capsys):
    articles = _articles([("q1", ["fox"], None), ("q2", [], None), ("q3", ["sea"], None)])
    scores = evaluate.evaluate_v1(articles, {"q1": "fox", "q2": "x", "q3": "y"}, "f.json")
    assert scores == {"exact_match": 50.0, "f1": 50.0}
    assert (
        capsys.readouterr().err == "f.json: 1 of 3 questions have no answers and are not scored\n"
    )


def test_v1_says_which_questions_only_v2_scores(capsys):
    articles = _articles([("q1", ["fox"], False), ("q2", [], True), ("q3", [], False)])
    assert evaluate.evaluate_v1(articles, {"q1": "fox"}, "f.json")["f1"] == 100.0
    assert capsys.readouterr().err == (
        "f.json: 2 of 3 questions have no answers and are not scored (1 of them are unanswerable: SQuAD v2.0's rules "
        "score them)\n"
    )


def test_files_without_any_answer_are_told_from_files_without_questions():
    for version_2, is_impossible in ((False, None), (False, True), (True, None), (True, False)):
        articles = _articles([("q8", [], is_impossible), ("q9", [], is_impossible)])
        with pytest.raises(evaluate.NoAnswersError, match="f.json: no answers to score against"):
            evaluate.answered_questions(articles, version_2, "f.json")
    with pytest.raises(SquadDataError, match="no question to score"):
        evaluate.evaluate_v1([], {})


def test_v2_tells_unanswerable_questions_from_unanswered_ones(capsys):
    articles = _articles(
        [
            ("a", ["fox"], False),
            ("b", [], True),  # unanswerable
            ("c", [], False),  # answerable, but not answered
            ("d", [], None),  # an empty list where others are filled: unanswerable
            ("e", [], None),
        ]
    )
    del articles[0]["paragraphs"][0]["qas"][4]["answers"]  # says nothing
    found = evaluate.answered_questions(articles, True, "f.json")
    assert [question.qas_id for question in found] == ["a", "b", "d"]
    assert "2 of 5 questions have no answers and are not scored" in capsys.readouterr().err


def _v2_case():
    """Six questions, predictions and null odds of which the scores are known by hand."""
    articles = _articles(
        [
            ("a", ["red fox"], False),  # right
            ("b", ["blue sea"], False),  # one word of two: F1 2/3
            ("c", ["green"], False),  # answered with nothing
            ("d", [], True),  # rightly answered with nothing
            ("e", [], True),  # wrongly answered
            ("f", ["the", "!"], False),  # its answers are empty after normalization: "" is right
        ]
    )
    predictions = {"a": "the red fox", "b": "blue", "c": "", "d": "", "e": "something", "f": ""}
    null_odds = collections.OrderedDict(
        [("a", -5.0), ("b", -1.0), ("c", 0.5), ("d", 3.0), ("e", -2.0), ("f", 2.0)]
    )
    return articles, predictions, null_odds


def test_v2_by_hand():
    articles, predictions, _ = _v2_case()
    assert list(evaluate.evaluate_v2(articles, predictions).items()) == [
        ("exact", 50.0),
        ("f1", 100.0 * (1 + 2 / 3.0 + 0 + 1 + 0 + 1) / 6),
        ("total", 6),
        ("HasAns_exact", 50.0),
        ("HasAns_f1", 100.0 * (1 + 2 / 3.0 + 0 + 1) / 4),
        ("HasAns_total", 4),
        ("NoAns_exact", 50.0),
        ("NoAns_f1", 50.0),
        ("NoAns_total", 2),
    ]


def test_v2_best_thresholds_by_hand():
    articles, predictions, null_odds = _v2_case()
    scores = evaluate.evaluate_v2(articles, predictions, null_odds, threshold=1.0)
    # Above 1.0: d (stays right) and f (has answers, so it becomes wrong).
    assert scores["exact"] == 100.0 * 2 / 6
    assert scores["HasAns_exact"] == 25.0 and scores["NoAns_exact"] == 50.0
    # From 2 (d, e) by rising odds: a +1 = 3, e -1, b +0 or +2/3, c +0, d +0, f +1 = 3 or 3.67.
    assert scores["best_exact"] == 50.0 and scores["best_exact_thresh"] == -5.0
    assert scores["best_f1"] == 100.0 * (2 + 1 - 1 + 2 / 3.0 + 1) / 6
    assert scores["best_f1_thresh"] == 2.0


def test_v2_best_threshold_is_zero_when_silence_is_best():
    articles = _articles([("a", [], True), ("b", ["x"], False)])
    scores = evaluate.evaluate_v2(articles, {"a": "y", "b": "y"}, {"a": -3.0, "b": -2.0})
    assert (scores["best_f1"], scores["best_f1_thresh"]) == (50.0, 0.0)


def test_v2_leaves_out_missing_predictions(capsys):
    articles, predictions, null_odds = _v2_case()
    del predictions["c"], predictions["e"]
    scores = evaluate.evaluate_v2(articles, predictions, null_odds)
    assert (scores["total"], scores["HasAns_total"], scores["NoAns_total"]) == (4, 3, 1)
    assert capsys.readouterr().err == "Missing prediction for c\nMissing prediction for e\n"


def test_v2_subsets_are_absent_when_empty():
    scores = evaluate.evaluate_v2(_articles([("a", [], True)]), {"a": ""})
    assert list(scores) == ["exact", "f1", "total", "NoAns_exact", "NoAns_f1", "NoAns_total"]


def test_v2_needs_null_odds_for_every_prediction():
    articles, predictions, null_odds = _v2_case()
    del null_odds["b"]
    with pytest.raises(SquadDataError, match="question b has a prediction but no null odds"):
        evaluate.evaluate_v2(articles, predictions, null_odds)


class _SecondImplementation:
    """The official rules written once more, another way, for comparison on random input."""

    @staticmethod
    def words(text):
        kept = ""
        for char in text.lower():
            if string.punctuation.find(char) < 0:
                kept += char
        # Words are runs of letters, digits and underscores for the articles, but white space splits.
        out, word = "", ""
        for char in kept + " ":
            if char.isalnum() or char == "_":
                word += char
            else:
                out += (" " if word in ("a", "an", "the") else word) + char
                word = ""
        return out.split()

    @classmethod
    def f1(cls, prediction, answer, empty_rule):
        predicted, expected = cls.words(prediction), cls.words(answer)
        if empty_rule and (predicted == [] or expected == []):
            return 1 if predicted == expected else 0
        left, common = list(expected), 0
        for word in predicted:
            if word in left:
                left.remove(word)
                common += 1
        if not common:
            return 0
        precision, recall = 1.0 * common / len(predicted), 1.0 * common / len(expected)
        return (2 * precision * recall) / (precision + recall)

    @classmethod
    def v1(cls, questions, predictions):
        exact = f1 = total = 0
        for qas_id, answers, _ in questions:
            total += 1
            if qas_id in predictions:
                exact += max(cls.words(predictions[qas_id]) == cls.words(a) for a in answers)
                f1 += max(cls.f1(predictions[qas_id], a, False) for a in answers)
        return {"exact_match": 100.0 * exact / total, "f1": 100.0 * f1 / total}

    @classmethod
    def v2(cls, questions, predictions, odds, threshold):
        raw = {"exact": [], "f1": []}
        for qas_id, answers, _ in questions:
            golds = [a for a in answers if cls.words(a)] or [""]
            raw["exact"].append(
                max(int(cls.words(predictions[qas_id]) == cls.words(g)) for g in golds)
            )
            raw["f1"].append(max(cls.f1(predictions[qas_id], g, True) for g in golds))
        final = {
            name: [
                float(not q[1]) if odds[q[0]] > threshold else score
                for q, score in zip(questions, scores)
            ]
            for name, scores in raw.items()
        }
        result = {}
        for prefix, wanted in (("", None), ("HasAns_", True), ("NoAns_", False)):
            chosen = [i for i, q in enumerate(questions) if wanted is None or bool(q[1]) == wanted]
            for name in ("exact", "f1"):
                result[prefix + name] = 100.0 * sum(final[name][i] for i in chosen) / len(chosen)
            result[prefix + "total"] = len(chosen)
        for name in ("exact", "f1"):
            # Try every threshold from scratch: what is above it is scored as "no answer".
            best, best_threshold = sum(not q[1] for q in questions), 0.0
            order = sorted(range(len(questions)), key=lambda i: odds[questions[i][0]])
            for count in range(1, len(order) + 1):
                total = sum(not q[1] for q in questions)
                for i in order[:count]:
                    if questions[i][1]:
                        total += raw[name][i]
                    elif predictions[questions[i][0]]:
                        total -= 1
                if total > best:
                    best, best_threshold = total, odds[questions[order[count - 1]][0]]
            result["best_" + name] = 100.0 * best / len(questions)
            result["best_%s_thresh" % name] = best_threshold
        return result


_WORDS = [
    "the",
    "a",
    "An",
    "red",
    "Fox",
    "fox.",
    "1,000",
    "$5",
    "",
    "caf\u00e9",
    "x-ray",
    "the-red",
    "\u4e2d",
    "\u2019s",
    "over_the",
    "\u00a0",
]


def _random_text(rng, longest):
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(0, longest)))


@pytest.mark.parametrize("seed", range(30))
def test_v1_equals_second_implementation(seed, capsys):
    rng = random.Random(seed)
    questions = [
        ("q%d" % i, [_random_text(rng, 4) for _ in range(rng.randint(1, 4))], None)
        for i in range(60)
    ]
    predictions = {q[0]: _random_text(rng, 4) for q in questions if rng.random() < 0.9}
    scores = evaluate.evaluate_v1(_articles(questions), predictions)
    assert dict(scores) == _SecondImplementation.v1(questions, predictions)
    assert 0 < scores["f1"] < 100


@pytest.mark.parametrize("seed", range(30))
def test_v2_equals_second_implementation(seed):
    rng = random.Random(seed)
    questions = [
        ("q%d" % i, [_random_text(rng, 4) for _ in range(rng.randint(0, 3))], None)
        for i in range(60)
    ]
    predictions = {q[0]: _random_text(rng, 3) for q in questions}
    # Few different values, so that ties happen.
    odds = collections.OrderedDict((q[0], rng.randint(-8, 8) / 2.0) for q in questions)
    scores = evaluate.evaluate_v2(_articles(questions), predictions, odds, threshold=0.5)
    assert dict(scores) == _SecondImplementation.v2(questions, predictions, odds, 0.5)


def _run_cli(tmp_path, document, predictions, *arguments):
    """Runs the module as users do; returns (exit code, stdout, stderr)."""
    paths = []
    for name, value in (("data.json", document), ("predictions.json", predictions)):
        paths.append(str(tmp_path / name))
        with io.open(paths[-1], "w", encoding="utf-8") as stream:
            stream.write(value if isinstance(value, str) else json.dumps(value))
    process = subprocess.Popen(
        [sys.executable, "-m", "squad.evaluate"] + paths + list(arguments),
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    out, err = process.communicate()
    return process.returncode, out, err


def test_cli_prints_v1_scores(tmp_path):
    document = {"version": "1.1", "data": _articles([("a", ["x y"], None), ("b", ["z"], None)])}
    code, out, err = _run_cli(tmp_path, document, {"a": "x", "b": "z"})
    assert (code, err) == (0, "")
    assert out == '{"exact_match": 50.0, "f1": 83.33333333333333}\n'


def test_cli_recognizes_v2(tmp_path):
    articles, predictions, null_odds = _v2_case()
    odds_path = str(tmp_path / "odds.json")
    with io.open(odds_path, "w") as stream:
        stream.write(json.dumps(null_odds))
    code, out, err = _run_cli(tmp_path, {"data": articles}, predictions, "--null_odds", odds_path)
    assert (code, err) == (0, "")
    expected = evaluate.evaluate_v2(articles, predictions, null_odds)
    assert json.loads(out.splitlines()[-1], object_pairs_hook=collections.OrderedDict) == expected


@pytest.mark.parametrize(
    "document, predictions, arguments, message",
    [
        ("{", {}, [], "data.json: not JSON: "),
        ({"date": []}, {}, [], "data.json: not a SQuAD file: "),
        ({"data": []}, [], [], "predictions.json: must be a JSON object"),
        ({"data": []}, {"a": 3}, [], "predictions.json: the value of a must be text"),
        ({"data": []}, {}, [], "data.json: no question to score"),
        (
            {"data": _articles([("a", ["x"], None)])},
            {},
            ["--null_odds=o.json"],
            "only SQuAD v2.0 has null odds",
        ),
        (
            {"data": _articles([("a", ["x"], None)])},
            {},
            ["--version=2.0", "--null_odds=missing.json"],
            "missing.json: cannot be read: No such file",
        ),
    ],
)
def test_cli_errors_are_one_line(tmp_path, document, predictions, arguments, message):
    code, out, err = _run_cli(tmp_path, document, predictions, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and message in err
