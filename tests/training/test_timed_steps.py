# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/timed_steps.py: the steps are real training steps, and functions take turns."""

import os
from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import modeling
from squad.examples import read_squad_examples
from tests.conftest import ROOT
from training import kernels, timed_steps
from training.options import KernelOptions

Lengths = namedtuple("Lengths", ["max_seq_length", "doc_stride", "max_query_length"])
TRAIN_FILE = os.path.join(ROOT, "data", "sample", "squad", "train-v1.1.json")


@pytest.fixture(scope="module", name="windows")
def fixture_windows(bert_uncased):
    examples = read_squad_examples(TRAIN_FILE, is_training=True)
    return timed_steps.training_windows(examples, bert_uncased, Lengths(120, 64, 24), 5)


def test_windows_are_of_different_questions_with_answers(windows):
    assert windows["input_ids"].shape == windows["segment_ids"].shape == (5, 120)
    assert len({tuple(row) for row in windows["input_ids"]}) == 5
    assert (windows["end_positions"] >= windows["start_positions"]).all()
    lengths = windows["input_mask"].sum(1)
    assert (windows["start_positions"] > 0).all() and (windows["end_positions"] < lengths).all()
    assert 20 < lengths.mean() < 120  # there is padding


def test_questions_repeat_where_there_are_fewer(bert_uncased):
    examples = read_squad_examples(TRAIN_FILE, is_training=True)[:2]
    windows = timed_steps.training_windows(examples, bert_uncased, Lengths(120, 64, 24), 4)
    assert [len({tuple(row) for row in windows["input_ids"]}), len(windows["input_ids"])] == [2, 4]


@pytest.mark.parametrize("fused", [False, True])
def test_steps_train(windows, fused, fused_library):
    config = modeling.BertConfig(
        30522, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    chosen = kernels.resolve_kernels(KernelOptions(use_fused_ops=fused))
    assert chosen.remove_padding == fused
    step = timed_steps.fine_tuning_step(config, windows, chosen)
    losses = [step() for _ in range(30)]
    # Random weights choose among all positions alike; without padding that is among the tokens.
    positions = windows["input_mask"].sum(1) if fused else np.full(5, 120)
    assert abs(losses[0] - np.log(positions).mean()) < 0.2 and losses[-1] < losses[0]


def test_functions_take_turns_after_one_call_each_to_warm_up():
    calls = []
    sides = OrderedDict((name, lambda name=name: calls.append(name)) for name in "ab")
    seconds = timed_steps.in_turns(sides, 3)
    assert calls == list("ab" * 4)
    assert list(seconds) == ["a", "b"] and [len(times) for times in seconds.values()] == [3, 3]
    assert all(time >= 0 for times in seconds.values() for time in times)


def test_no_round_begins_after_the_limit_but_one_is_made():
    calls = []
    timed_steps.in_turns({"a": lambda: calls.append(1)}, 100, limit_s=0)
    assert len(calls) == 2
