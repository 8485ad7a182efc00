# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/predictions.py: n-best, null threshold, text by offsets, files; beside a plain search."""

import collections
import io
import json
import math
import os
import weakref

import numpy as np
import pytest

from program.errors import DataError
from squad.examples import SquadExample
from squad.features import SquadFeatures
from squad.predictions import RawResult, answer_one, compute_predictions, write_predictions
from squad.questions import SquadDataError


def _example(context, qas_id="q1"):
    return SquadExample(qas_id, "?", context, "", -1, False, ())


def _words(context):
    """Character spans of the words of a context."""
    spans, start = [], 0
    for word in context.split(" "):
        spans.append((start, start + len(word)))
        start += len(word) + 1
    return spans


def _feature(spans, unique_id=1, example_index=0, window_index=0, is_max=None):
    """[CLS] ? [SEP] context [SEP]: the context's tokens begin at 3."""
    is_max = [True] * len(spans) if is_max is None else is_max
    return SquadFeatures(
        unique_id=unique_id,
        example_index=example_index,
        window_index=window_index,
        tokens=["[CLS]", "?", "[SEP]"] + ["t"] * len(spans) + ["[SEP]"],
        token_char_spans=[None] * 3 + list(spans) + [None],
        token_is_max_context=[False] * 3 + list(is_max) + [False],
        input_ids=None,
        input_mask=None,
        segment_ids=None,
        start_position=0,
        end_position=0,
        is_impossible=True,
    )


def _logits(size, values, default=-10.0):
    logits = np.full([size], default, np.float32)
    for position, value in values.items():
        logits[position] = value
    return logits


def test_best_span_and_its_text():
    context = "The  Cat sat\non it."
    spans = [(0, 3), (5, 8), (9, 12), (13, 15), (16, 18), (18, 19)]
    result = RawResult(1, _logits(32, {4: 5.0, 3: 4.0}), _logits(32, {6: 3.0, 4: 2.5}))
    answers, nbest, odds = compute_predictions([_example(context)], [_feature(spans)], [result])
    assert answers == {"q1": "Cat sat\non"}  # as it stands in the context
    assert odds == {}
    top = nbest["q1"]
    assert len(top) == 20
    assert [entry["text"] for entry in top[:4]] == [
        "Cat sat\non",
        "Cat",
        "The  Cat sat\non",
        "The  Cat",
    ]
    assert list(top[0]) == ["text", "probability", "start_logit", "end_logit"]
    assert (top[0]["start_logit"], top[0]["end_logit"]) == (5.0, 3.0)
    assert sum(entry["probability"] for entry in top) == pytest.approx(1.0, abs=1e-12)
    assert top[1]["probability"] / top[0]["probability"] == pytest.approx(math.exp(-0.5), abs=1e-9)


def test_spans_that_cannot_be_answers():
    context = "a b c d"
    feature = _feature(_words(context), is_max=[True, False, True, True])
    start = _logits(
        9, {0: 90, 1: 80, 2: 70, 4: 60, 7: 50, 6: 1.0}
    )  # special tokens, not max context
    end = _logits(9, {0: 90, 1: 80, 8: 70, 3: 0.5, 6: 0.25})  # past the end; before the start
    answers, nbest, _ = compute_predictions(
        [_example(context)], [feature], [RawResult(1, start, end)], max_answer_length=2
    )
    assert answers["q1"] == "d"
    assert set(entry["text"] for entry in nbest["q1"]) == {"a", "a b", "c", "c d", "d"}


def test_padding_is_never_an_answer():
    feature = _feature(_words("a b"))
    start, end = _logits(64, {50: 99.0, 3: 1.0}), _logits(64, {51: 99.0, 4: 1.0})
    answers, _, _ = compute_predictions([_example("a b")], [feature], [RawResult(1, start, end)])
    assert answers["q1"] == "a b"


def test_windows_of_a_question_compete_and_results_may_come_in_any_order():
    examples = [_example("a b c d", "x"), _example("e f", "y")]
    first = _feature([(0, 1), (2, 3), (4, 5)], 11, 0, 0, [True, True, False])
    second = _feature([(4, 5), (6, 7)], 12, 0, 1)
    other = _feature([(0, 1), (2, 3)], 13, 1, 0)
    results = [
        RawResult(13, _logits(6, {3: 1.0}), _logits(6, {4: 1.0})),
        RawResult(12, _logits(6, {4: 3.0}), _logits(6, {4: 3.0})),
        RawResult(11, _logits(7, {5: 9.0, 3: 2.0}), _logits(7, {5: 3.5})),
    ]
    answers, _, _ = compute_predictions(examples, [first, second, other], results)
    assert list(answers.items()) == [("x", "d"), ("y", "e f")]


def test_only_the_logits_and_features_of_unfinished_questions_are_kept():
    number, together = 50, 5  # results of five questions come mixed
    examples = [_example("a b", "q%d" % i) for i in range(number)]
    alive, features_alive, most = weakref.WeakSet(), weakref.WeakSet(), []

    class Logits(np.ndarray):
        """An array that a WeakSet takes."""

        __hash__ = object.__hash__

        def __eq__(self, other):
            return self is other

    class Spans(list):
        """The same of what only features have."""

        __hash__ = object.__hash__

        def __eq__(self, other):
            return self is other

    def features():
        for i in range(number):
            for half in range(2):
                feature = _feature([(0, 1), (2, 3)], 2 * i + half, i, half)
                spans = Spans(feature.token_char_spans)
                features_alive.add(spans)
                yield feature._replace(token_char_spans=spans)
                del spans

    def results():
        for begin in range(0, 2 * number, 2 * together):
            for unique_id in reversed(range(begin, begin + 2 * together)):
                logits = _logits(6, {3 + unique_id % 2: 1.0}).view(Logits)
                alive.add(logits)
                yield RawResult(unique_id, logits, logits)
                del logits
                most.append((len(alive), len(features_alive)))

    answers, _, _ = compute_predictions(examples, features(), results())
    assert list(answers) == [example.qas_id for example in examples]
    assert len(most) == 2 * number and max(logits for logits, _ in most) <= 4
    assert 2 * together <= max(features for _, features in most) <= 2 * together + 3


def test_results_that_come_twice_or_of_no_window_do_not_count():
    results = [
        RawResult(unique_id, _logits(6, {position: 1.0}), _logits(6, {position: 1.0}))
        for unique_id, position in ((1, 3), (99, 4), (1, 4), (2, 4))
    ]
    examples = [_example("a b", "x"), _example("a b", "y")]
    features = [_feature([(0, 1), (2, 3)], 1, 0), _feature([(0, 1), (2, 3)], 2, 1)]
    answers, _, _ = compute_predictions(examples, iter(features), results)
    assert list(answers.items()) == [("x", "a"), ("y", "b")]


def test_equal_texts_are_listed_once_and_the_list_is_still_full():
    # 30 equal words and then 19 others: the best twenty spans all say "cat".
    words = ["cat"] * 30 + ["w%d" % i for i in range(19)]
    context = " ".join(words)
    start = _logits(60, {3 + i: 5.0 - 0.01 * i for i in range(49)})
    end = np.zeros([60], np.float32)
    _, nbest, _ = compute_predictions(
        [_example(context)],
        [_feature(_words(context))],
        [RawResult(1, start, end)],
        max_answer_length=1,
    )
    assert [entry["text"] for entry in nbest["q1"]] == ["cat"] + words[30:]
    assert nbest["q1"][0]["start_logit"] == 5.0


def test_ties_go_to_the_first_window_then_start_then_end():
    examples = [_example("a b c d e f")]
    windows = [_feature([(0, 1), (2, 3), (4, 5)], 1), _feature([(6, 7), (8, 9), (10, 11)], 2)]
    results = [RawResult(i, np.ones([7]), np.ones([7])) for i in (2, 1)]
    _, nbest, _ = compute_predictions(examples, windows, results, n_best_size=8)
    assert [entry["text"] for entry in nbest["q1"]] == [
        "a",
        "a b",
        "a b c",
        "b",
        "b c",
        "c",
        "d",
        "d e",
    ]


def _null_case(null_logit, threshold=0.0, n_best_size=2):
    """Two windows with null scores 2*null_logit and 2*null_logit + 4; the best span has 3.0."""
    windows = [_feature(_words("a b"), 1), _feature(_words("a b"), 2, 0, 1, [False, False])]
    results = [
        RawResult(
            1, _logits(6, {0: null_logit, 3: 1.0}), _logits(6, {0: null_logit, 4: 2.0, 3: 1.5})
        ),
        RawResult(2, _logits(6, {0: null_logit + 2}), _logits(6, {0: null_logit + 2})),
    ]
    return compute_predictions(
        [_example("a b")],
        windows,
        results,
        n_best_size=n_best_size,
        version_2_with_negative=True,
        null_score_diff_threshold=threshold,
    )


def test_null_odds_are_the_least_null_score_less_the_best_span():
    answers, nbest, odds = _null_case(2.0)
    assert odds == {"q1": 1.0}
    assert answers == {"q1": ""}
    assert [entry["text"] for entry in nbest["q1"]] == ["", "a b"]
    answers, nbest, odds = _null_case(1.0)
    assert (answers, odds) == ({"q1": "a b"}, {"q1": -1.0})
    # Null ranks third, and is listed all the same.
    assert [entry["text"] for entry in nbest["q1"]] == ["a b", "a", ""]


def test_a_span_as_good_as_null_goes_before_it():
    answers, nbest, odds = _null_case(1.5)
    assert (answers, odds) == ({"q1": "a b"}, {"q1": 0.0})
    assert [entry["text"] for entry in nbest["q1"]] == ["a b", ""]


def test_threshold_moves_the_decision():
    assert _null_case(2.0, threshold=1.0)[0] == {"q1": "a b"}  # not above it
    assert _null_case(2.0, threshold=0.99)[0] == {"q1": ""}
    assert _null_case(1.0, threshold=-1.5)[0] == {"q1": ""}


def test_v1_never_answers_null():
    feature = _feature(_words("a b"))
    result = RawResult(1, _logits(6, {0: 99.0}), _logits(6, {0: 99.0}))
    answers, nbest, odds = compute_predictions([_example("a b")], [feature], [result])
    assert answers["q1"] == "a" and odds == {}
    assert "" not in [entry["text"] for entry in nbest["q1"]]


@pytest.mark.parametrize("version_2", [False, True])
def test_empty_context_is_answered_with_nothing(version_2):
    result = RawResult(1, np.ones([8]), np.ones([8]))
    answers, nbest, odds = compute_predictions(
        [_example("")], [_feature([])], [result], version_2_with_negative=version_2
    )
    assert answers == {"q1": ""}
    assert [(entry["text"], entry["probability"]) for entry in nbest["q1"]] == [("", 1.0)]
    assert odds == ({"q1": 2.0} if version_2 else {})


def _plain_search(examples, features, results, n_best_size, max_answer_length):
    """All spans of all windows, one by one, sorted: what compute_predictions must equal."""
    by_id = {result.unique_id: result for result in results}
    lists = collections.OrderedDict()
    for index, example in enumerate(examples):
        spans = []
        for order, feature in enumerate(f for f in features if f.example_index == index):
            result = by_id[feature.unique_id]
            for s in range(len(feature.tokens)):
                for e in range(s, min(s + max_answer_length, len(feature.tokens))):
                    if (
                        feature.token_is_max_context[s]
                        and feature.token_char_spans[s]
                        and feature.token_char_spans[e]
                    ):
                        score = float(result.start_logits[s]) + float(result.end_logits[e])
                        text = example.context[
                            feature.token_char_spans[s][0] : feature.token_char_spans[e][1]
                        ]
                        spans.append((-score, order, s, e, text))
        texts = []
        for span in sorted(spans):
            if span[-1] not in texts:
                texts.append(span[-1])
        lists[example.qas_id] = texts[:n_best_size]
    return lists


@pytest.mark.parametrize("seed", range(15))
def test_equals_a_plain_search(seed):
    rng = np.random.RandomState(seed)
    examples, features, results = [], [], []
    for index in range(4):
        words = [rng.choice(list("abcde")) for _ in range(rng.randint(1, 60))]
        context = " ".join(words)
        examples.append(_example(context, "q%d" % index))
        spans = _words(context)
        for window, start in enumerate(range(0, len(spans), 15)):
            part = spans[start : start + 25]
            is_max = [i < 15 for i in range(len(part))]
            features.append(_feature(part, 100 * index + window, index, window, is_max))
            # Rounded logits, so that equal scores happen.
            results.append(
                RawResult(
                    100 * index + window,
                    rng.randn(40).round(1).astype(np.float32),
                    rng.randn(40).round(1).astype(np.float32),
                )
            )
    _, nbest, _ = compute_predictions(examples, features, results, 7, 5)
    expected = _plain_search(examples, features, results, 7, 5)
    assert {key: [entry["text"] for entry in value] for key, value in nbest.items()} == expected


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_logits_that_are_not_finite_are_refused(bad):
    result = RawResult(1, _logits(6, {3: bad}), _logits(6, {}))
    with pytest.raises(SquadDataError, match="question q1: the model's logits are not finite"):
        compute_predictions([_example("a b")], [_feature(_words("a b"))], [result])


def test_missing_results_and_bad_options():
    example, feature = _example("a"), _feature(_words("a"))
    with pytest.raises(ValueError, match=r"no result for window 1 \(question q1\)"):
        compute_predictions([example], [feature], [])
    with pytest.raises(ValueError, match="question q1 has no features"):
        compute_predictions([example], [], [])
    with pytest.raises(SquadDataError, match="--n_best_size=0: must be at least 1"):
        compute_predictions([example], [feature], [], n_best_size=0)
    with pytest.raises(SquadDataError, match="--max_answer_length=-1: must be at least 1"):
        compute_predictions([example], [feature], [], max_answer_length=-1)


def test_files(tmp_path):
    text = 'caf\u00e9 \u4e2d "q"\n'
    answers = collections.OrderedDict([("b", text), ("7", "lone \ud800 half")])
    nbest = collections.OrderedDict([("b", [collections.OrderedDict([("text", text)])])])
    paths = write_predictions(str(tmp_path), answers, nbest, {"b": -1.25})
    assert [os.path.basename(path) for path in paths] == [
        "predictions.json",
        "nbest_predictions.json",
        "null_odds.json",
    ]
    assert sorted(os.listdir(str(tmp_path))) == sorted(os.path.basename(path) for path in paths)
    loaded = []
    for path in paths:
        with io.open(path, encoding="utf-8") as stream:
            loaded.append(json.load(stream, object_pairs_hook=collections.OrderedDict))
    assert loaded == [answers, nbest, {"b": -1.25}]
    with io.open(paths[0], encoding="utf-8") as stream:
        assert "caf\u00e9 \u4e2d" in stream.read()  # readable, not escaped


@pytest.mark.parametrize(
    "answers, nbest",
    [
        ({}, {}),
        ({"a": ""}, {"a": []}),
        (
            {'q "1"': "{}, [x]: \\", "q\u2028": "\x00\t"},
            {
                "x": [{"text": ", \n", "probability": 1e-300, "start_logit": -0.0}],
                "y": [{"text": "\u4e2d", "end_logit": 1e22}, {"text": "", "end_logit": 0.1 + 0.2}],
                "z": [],
            },
        ),
    ],
)
def test_files_are_what_the_recipe_s_json_dumps_writes(tmp_path, answers, nbest):
    paths = write_predictions(str(tmp_path), answers, nbest, {"a": float("inf"), "b": 2})
    for path, value in zip(paths, (answers, nbest, {"a": float("inf"), "b": 2})):
        with io.open(path, encoding="utf-8") as stream:
            assert stream.read() == json.dumps(value, indent=4, ensure_ascii=False) + "\n"


def test_v1_writes_no_null_odds(tmp_path):
    write_predictions(str(tmp_path), {"a": "x"}, {"a": []})
    assert sorted(os.listdir(str(tmp_path))) == ["nbest_predictions.json", "predictions.json"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    write_predictions(str(tmp_path), {"a": "old"}, {"a": []})

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DataError, match="predictions.json: cannot be written .No space left"):
        write_predictions(str(tmp_path), {"a": "new"}, {"a": []})
    assert sorted(os.listdir(str(tmp_path))) == ["nbest_predictions.json", "predictions.json"]
    with io.open(str(tmp_path / "predictions.json")) as stream:
        assert json.load(stream) == {"a": "old"}


def test_one_answer_with_its_place():
    """The text of compute_predictions, and where it is: of equal texts the best one's place."""
    context = "cat \u00e9 dog cat"
    feature = _feature(_words(context))
    logits = (_logits(8, {3: 4.0, 6: 5.0, 0: 1.0}), _logits(8, {3: 2.0, 6: 2.5, 0: 1.5}))
    results = [RawResult(1, *logits)]
    for version_2, threshold, text, span in (
        (False, 0.0, "cat", (10, 13)),
        (True, 0.0, "cat", (10, 13)),
        (True, -9.0, "", None),
    ):
        options = _Options(20, 1, version_2, threshold)
        answer = answer_one(_example(context), [feature], results, options)
        assert (answer.text, answer.span, answer.score) == (text, span, 7.5)
        assert answer.null_score == (2.5 if version_2 else None)
        answers, nbest, odds = compute_predictions(
            [_example(context)], [feature], results, *options
        )
        assert answers == {"q1": text} and nbest == {"q1": answer.nbest}
        assert odds == ({"q1": answer.null_odds} if version_2 else {})


def test_an_empty_context_has_no_place():
    results = [RawResult(1, [1.0] * 4, [0.5] * 4)]
    answer = answer_one(_example(""), [_feature([])], results, _Options(20, 1, False, 0.0))
    assert (answer.text, answer.span, answer.score) == ("", None, None)


_Options = collections.namedtuple(
    "_Options", "n_best_size max_answer_length version_2_with_negative null_score_diff_threshold"
)
