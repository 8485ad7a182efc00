# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/features.py: windows, strides, answer positions, offsets; beside a plain second version."""

import itertools
import os
import random

import pytest

import tokenization
from program.unknown_words import UnknownWords
from squad import features as features_lib
from squad.examples import SquadExample, read_squad_examples
from squad.questions import SquadDataError

_WORDS = [
    "who",
    "sat",
    "the",
    "cat",
    "dog",
    "ran",
    "##s",
    "japan",
    "##ese",
    "(",
    ")",
    "-",
    ".",
    "1895",
    "1943",
    "?",
    "x",
    "y",
    "z",
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    path.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + _WORDS) + "\n")
    return tokenization.FullTokenizer(str(path), do_lower_case=True)


def _example(context, answer_text="", answer_start=-1, question="who sat?", is_impossible=False):
    if answer_text and answer_start < 0:
        answer_start = context.index(answer_text)
    return SquadExample("q1", question, context, answer_text, answer_start, is_impossible, ())


def _convert(
    tokenizer, examples, max_seq_length=16, doc_stride=4, max_query_length=8, is_training=True
):
    return list(
        features_lib.convert_examples(
            examples, tokenizer, max_seq_length, doc_stride, max_query_length, is_training
        )
    )


def test_one_window_in_full(tokenizer):
    (feature,) = _convert(tokenizer, [_example("The cats ran.", "cats")])
    assert feature.tokens == [
        "[CLS]",
        "who",
        "sat",
        "?",
        "[SEP]",
        "the",
        "cat",
        "##s",
        "ran",
        ".",
        "[SEP]",
    ]
    assert feature.token_char_spans == [None] * 5 + [
        (0, 3),
        (4, 7),
        (7, 8),
        (9, 12),
        (12, 13),
        None,
    ]
    assert feature.token_is_max_context == [False] * 5 + [True] * 5 + [False]
    assert feature.input_ids == tokenizer.convert_tokens_to_ids(feature.tokens) + [0] * 5
    assert feature.input_mask == [1] * 11 + [0] * 5
    assert feature.segment_ids == [0] * 5 + [1] * 6 + [0] * 5
    assert (feature.start_position, feature.end_position, feature.is_impossible) == (6, 7, False)
    assert (feature.unique_id, feature.example_index, feature.window_index) == (1000000000, 0, 0)


@pytest.mark.parametrize(
    "context, answer, start, expected",
    [
        ("(1895-1943)", "1895", 1, ["1895"]),
        ("1895-1895", "1895", 5, ["1895"]),  # the second, where comparing text finds the first
        ("the japanese cat", "japan", 4, ["japan"]),  # a piece of a word
        ("the japanese cat", "apan", 5, ["japan"]),  # covers what it cannot match
        ("the japanese cat", "nese c", 8, ["japan", "##ese", "cat"]),
        ("The Cat.", "The Cat", 0, ["the", "cat"]),
        ("the  cat", " cat", 4, ["cat"]),
    ],
)
def test_answer_is_the_fewest_tokens_that_cover_it(tokenizer, context, answer, start, expected):
    (feature,) = _convert(tokenizer, [_example(context, answer, start)])
    assert feature.tokens[feature.start_position : feature.end_position + 1] == expected
    assert feature.token_char_spans[feature.start_position][0] <= start + len(answer) - len(
        answer.lstrip()
    )


def test_second_of_two_equal_tokens(tokenizer):
    (feature,) = _convert(tokenizer, [_example("1895-1895", "1895", 5)])
    assert feature.start_position == feature.end_position == 7


def test_windows_overlap_by_stride(tokenizer):
    # 16 - 3 question tokens - 3 special ones leave 10 for the context of 17.
    context = " ".join(["x"] * 8 + ["cat", "dog"] + ["y"] * 7)
    features = _convert(tokenizer, [_example(context, "cat dog")])
    assert [feature.tokens.count("x") for feature in features] == [8, 4, 0]
    assert [len(feature.tokens) for feature in features] == [16, 16, 15]
    assert [(f.start_position, f.end_position) for f in features] == [(13, 14), (9, 10), (5, 6)]
    assert [feature.unique_id - 1000000000 for feature in features] == [0, 1, 2]
    assert [feature.window_index for feature in features] == [0, 1, 2]
    assert not any(feature.is_impossible for feature in features)


def test_a_window_with_half_an_answer_has_none(tokenizer):
    context = " ".join(["x"] * 9 + ["cat", "dog"] + ["y"] * 3)
    first, second = _convert(tokenizer, [_example(context, "cat dog")])
    assert "cat" in first.tokens and "dog" not in first.tokens
    assert (first.start_position, first.end_position, first.is_impossible) == (0, 0, True)
    assert (second.start_position, second.end_position, second.is_impossible) == (10, 11, False)


def test_impossible_examples_point_at_cls(tokenizer):
    features = _convert(tokenizer, [_example("x " * 30, is_impossible=True)])
    assert len(features) > 3
    assert all(
        (f.start_position, f.end_position, f.is_impossible) == (0, 0, True) for f in features
    )


def test_each_example_has_its_own_context(tokenizer):
    features = _convert(
        tokenizer,
        [_example("the cat", "cat"), _example("the cat", "the"), _example("the dog ran", "dog")],
    )
    assert [f.tokens[f.start_position] for f in features] == ["cat", "the", "dog"]
    assert [f.example_index for f in features] == [0, 1, 2]


def test_unknown_words_are_counted_in_questions_and_contexts(tokenizer):
    unknown = UnknownWords()
    context = "the xyzzy cat " * 9  # several windows, counted once
    examples = [_example(context), _example(context), _example("The plugh.")]
    examples[0] = examples[0]._replace(question="a plugh?")
    list(features_lib.convert_examples(examples, tokenizer, 16, 4, 8, False, unknown))
    others = sum(len(tokenizer.tokenize(example.question)) for example in examples)
    assert unknown.num_tokens == 27 + len(tokenizer.tokenize("The plugh.")) + others
    known = sum(
        token != "[UNK]"
        for text in [context, "The plugh."] + [example.question for example in examples]
        for token in tokenizer.tokenize(text)
    )
    assert unknown.num_unknown == unknown.num_tokens - known
    assert unknown.words["xyzzy"] == 9 and unknown.words["plugh"] == 2


def test_prediction_has_no_positions(tokenizer):
    (feature,) = _convert(tokenizer, [_example("the cat", "cat")], is_training=False)
    assert (feature.start_position, feature.end_position) == (0, 0)


@pytest.mark.parametrize("context", ["", "   \n", "\u200b"])
def test_empty_context_has_one_window(tokenizer, context):
    (feature,) = _convert(tokenizer, [_example(context)], is_training=False)
    assert feature.tokens == ["[CLS]", "who", "sat", "?", "[SEP]", "[SEP]"]
    assert feature.token_char_spans == [None] * 6
    assert feature.segment_ids[:6] == [0, 0, 0, 0, 0, 1]


def test_question_is_cut(tokenizer):
    (feature,) = _convert(
        tokenizer,
        [_example("cat", question="x y z x y z x y z")],
        max_query_length=4,
        is_training=False,
    )
    assert feature.tokens == ["[CLS]", "x", "y", "z", "x", "[SEP]", "cat", "[SEP]"]


def test_answer_without_a_token_is_left_out(tokenizer):
    context = "cat \u200b dog"
    features = _convert(tokenizer, [_example(context, "\u200b"), _example(context, "dog")])
    assert [feature.example_index for feature in features] == [1]


def test_features_are_made_one_at_a_time(tokenizer):
    endless = (_example("the cat " * 20, "cat") for _ in itertools.count())
    stream = features_lib.convert_examples(endless, tokenizer, 16, 4, 8, True)
    taken = list(itertools.islice(stream, 100))
    assert [f.unique_id for f in taken] == list(range(1000000000, 1000000100))


@pytest.mark.parametrize(
    "lengths, message",
    [
        ((67, 128, 64), "--max_seq_length=67: must be greater than --max_query_length=64"),
        ((384, 0, 64), "--doc_stride=0: must be at least 1"),
        ((384, -1, 64), "--doc_stride=-1: must be at least 1"),
        ((384, 128, 0), "--max_query_length=0: must be at least 1"),
    ],
)
def test_impossible_lengths_are_refused(tokenizer, lengths, message):
    with pytest.raises(SquadDataError, match=message):
        _convert(tokenizer, [_example("cat")], *lengths)


@pytest.mark.parametrize(
    "num_tokens, capacity, doc_stride, expected",
    [
        (0, 5, 3, [(0, 0)]),
        (5, 5, 3, [(0, 5)]),
        (6, 5, 3, [(0, 5), (3, 3)]),
        (11, 5, 3, [(0, 5), (3, 5), (6, 5)]),
        (12, 5, 9, [(0, 5), (5, 5), (10, 2)]),  # a stride too long loses nothing
        (3, 1, 1, [(0, 1), (1, 1), (2, 1)]),
    ],
)
def test_windows(num_tokens, capacity, doc_stride, expected):
    assert features_lib.make_windows(num_tokens, capacity, doc_stride) == expected


def _recipe_max_context(windows, position):
    """The recipe's definition for one token, directly."""
    scores = []
    for start, length in windows:
        if start <= position < start + length:
            left, right = position - start, start + length - 1 - position
            scores.append(min(left, right) + 0.01 * length)
        else:
            scores.append(-1.0)
    return scores.index(max(scores))


@pytest.mark.parametrize("seed", range(20))
def test_max_context_of_every_token(seed):
    rng = random.Random(seed)
    num_tokens, capacity = rng.randint(1, 1000), rng.randint(1, 400)
    windows = features_lib.make_windows(num_tokens, capacity, rng.randint(1, 300))
    owners = features_lib.max_context_windows(windows, num_tokens)
    assert owners == [_recipe_max_context(windows, p) for p in range(num_tokens)]


def test_a_longer_window_is_worth_a_token_more_in_hundred():
    windows = [(0, 320), (256, 144)]
    # 31 tokens to the end of the first, 32 to the start of the second: 31 + 3.20 beats 32 + 1.44.
    assert features_lib.max_context_windows(windows, 400)[288:290] == [0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_every_token_votes_in_exactly_one_window(tokenizer, seed):
    rng = random.Random(seed)
    context = " ".join(rng.choice("xyz") for _ in range(rng.randint(1, 80)))
    features = _convert(
        tokenizer, [_example(context)], doc_stride=rng.randint(1, 20), is_training=False
    )
    votes = [
        span
        for feature in features
        for span, is_max in zip(feature.token_char_spans, feature.token_is_max_context)
        if is_max
    ]
    assert sorted(votes) == [(2 * i, 2 * i + 1) for i in range((len(context) + 1) // 2)]


@pytest.mark.parametrize("name", ["xquad-en-36.json", "policyqa-dev.json"])
def test_real_answers_are_covered(shared_data, minilm_dir, name):
    """Every answer of real data lies within its tokens, and they exceed it by part of a word only."""
    examples = read_squad_examples(os.path.join(str(shared_data), "squad", name), True)[:400]
    real = tokenization.FullTokenizer(
        os.path.join(str(minilm_dir), "vocab.txt"), do_lower_case=True
    )
    covered = set()
    for feature in features_lib.convert_examples(examples, real, 256, 128, 64, True):
        example = examples[feature.example_index]
        if feature.is_impossible:
            continue
        covered.add(feature.example_index)
        start = feature.token_char_spans[feature.start_position][0]
        end = feature.token_char_spans[feature.end_position][1]
        answer_end = example.answer_start + len(example.answer_text)
        text = example.context
        extra = text[start : example.answer_start] + text[answer_end:end]
        assert not any(char.isspace() for char in extra)
        missing = text[example.answer_start : start] + text[end:answer_end]
        assert not missing.strip()
    assert len(covered) > 0.97 * len(examples)  # a long answer may fit no window


def test_windows_are_those_of_transformers(shared_data, minilm_dir):
    """Same tokens, segments and max-context as an independent port of the recipe, on real questions.

    Positions are the same, too, except where an answer ends inside a word ("Servic"): comparing token
    strings then keeps the whole word and what clings to it; offsets keep the tokens of the answer.
    """
    reference = pytest.importorskip("transformers.data.processors.squad")
    transformers = pytest.importorskip("transformers")
    if not hasattr(reference, "squad_convert_example_to_features"):
        pytest.skip("this transformers has no SQuAD processor")
    vocab_file = os.path.join(str(minilm_dir), "vocab.txt")
    reference.squad_convert_example_to_features_init(
        transformers.BertTokenizer(vocab_file, do_lower_case=True)
    )
    ours = tokenization.FullTokenizer(vocab_file, do_lower_case=True)
    num_windows, num_tighter = 0, 0
    for name in ("xquad-en-36.json", "policyqa-dev.json"):
        examples = read_squad_examples(os.path.join(str(shared_data), "squad", name), True)[::8]
        for example in examples:
            theirs = reference.squad_convert_example_to_features(
                reference.SquadExample(
                    example.qas_id,
                    example.question,
                    example.context,
                    example.answer_text,
                    example.answer_start,
                    "",
                ),
                128,
                32,
                64,
                "max_length",
                True,
            )
            windows = list(features_lib.convert_examples([example], ours, 128, 32, 64, True))
            assert len(theirs) == len(windows)
            for their, window in zip(theirs, windows):
                assert list(their.input_ids) == window.input_ids
                assert list(their.attention_mask) == window.input_mask
                assert list(their.token_type_ids) == window.segment_ids
                assert [
                    their.token_is_max_context.get(i, False) for i in range(len(window.tokens))
                ] == window.token_is_max_context
                span = window.start_position, window.end_position
                if (their.start_position, their.end_position) != span:
                    assert their.start_position <= span[0] <= span[1] <= their.end_position
                    num_tighter += 1
                num_windows += 1
    assert num_windows > 1000 and num_tighter < 0.01 * num_windows
