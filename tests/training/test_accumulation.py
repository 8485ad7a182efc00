# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/accumulation.py: micro-batches of a whole model equal one batch, and memory holds one of them at a time."""

from collections import OrderedDict

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
from fused_ops import selection
from tests.conftest import TINY_CONFIG
from tests.jobs import FP32
from training import accumulation, train_op
from training.kernels import PLAIN, Kernels
from training.options import OptimizerOptions
from training.runtime import SingleProcess

BATCH, LENGTH, PREDICTIONS, STEPS = 8, 12, 4, 20
CONFIG = modeling.BertConfig.from_dict(dict(TINY_CONFIG, num_hidden_layers=1))


def batches():
    """STEPS batches with anything from no to PREDICTIONS predictions in a sequence: micro-batches weigh differently."""
    random = np.random.RandomState(4)
    weights = (
        np.arange(PREDICTIONS) < random.randint(0, PREDICTIONS + 1, [STEPS, BATCH, 1])
    ).astype(np.float32)
    weights[0, : BATCH // 2] = 0.0  # a micro-batch without any prediction
    return {
        "input_ids": random.randint(0, 64, [STEPS, BATCH, LENGTH]),
        "input_mask": (np.arange(LENGTH) < random.randint(4, LENGTH + 1, [STEPS, BATCH, 1])).astype(
            int
        ),
        "segment_ids": random.randint(0, 2, [STEPS, BATCH, LENGTH]),
        "masked_lm_positions": random.randint(0, 4, [STEPS, BATCH, PREDICTIONS]),
        "masked_lm_ids": random.randint(0, 64, [STEPS, BATCH, PREDICTIONS]),
        "masked_lm_weights": weights,
        "next_sentence_labels": random.randint(0, 2, [STEPS, BATCH, 1]),
    }


def pretrain(rule, micro_batches, kernels=PLAIN):
    """Trains for STEPS; returns (losses [STEPS, 3], dict of all variables, sorted largest changes of the trained ones)."""
    with tf.Graph().as_default():
        tf.set_random_seed(5)
        data = batches()
        dataset = tf.data.Dataset.from_tensor_slices(
            {
                name: value if value.dtype == np.float32 else value.astype(np.int32)
                for name, value in data.items()
            }
        )
        features = dataset.make_one_shot_iterator().get_next()
        divisor = run_pretraining.num_predictions(features) / micro_batches

        def loss_fn(micro_batch):
            assert micro_batch["input_ids"].shape.as_list() == [BATCH // micro_batches, LENGTH]
            outputs = run_pretraining.build_losses(
                CONFIG, micro_batch, True, tf.float32, kernels, divisor
            )
            shown = OrderedDict(
                (name, outputs[name]) for name in ("masked_lm_loss", "next_sentence_loss")
            )
            return tf.add_n(list(shown.values())), shown

        step = train_op.make_train_op(
            loss_fn,
            features,
            OptimizerOptions(
                optimizer=rule,
                num_accumulation_steps=micro_batches,
                learning_rate=1e-2,
                num_train_steps=STEPS,
                num_warmup_steps=4,
            ),
            SingleProcess(),
            FP32,
        )
        random = np.random.RandomState(6)
        initial = {
            v: random.normal(scale=0.1, size=v.shape.as_list())
            for v in sorted(tf.trainable_variables(), key=lambda v: v.name)
        }
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for variable, value in initial.items():
                variable.load(value, session)
            losses = [
                session.run([step.train_op, step.loss] + list(step.values.values()))[1:]
                for _ in range(STEPS)
            ]
            variables = {v.op.name: session.run(v) for v in tf.global_variables()}
            return (
                np.array(losses),
                variables,
                sorted(np.abs(variables[v.op.name] - value).max() for v, value in initial.items()),
            )


@pytest.mark.parametrize("rule", ["adamw", "lamb"])
def test_micro_batches_equal_one_batch(rule):
    """The issue's bounds: sums in another order differ by float32 roundings, which 20 steps amplify somewhat."""
    losses, variables, changes = pretrain(rule, 1)
    assert changes[1] > 1e-3  # softmax does not feel changes[0], the bias of the keys
    split_losses, split_variables, _ = pretrain(rule, 4)
    np.testing.assert_allclose(split_losses, losses, rtol=0, atol=1e-6)
    assert set(split_variables) == set(variables)
    assert split_variables["global_step"] == STEPS
    for name, value in variables.items():
        np.testing.assert_allclose(split_variables[name], value, rtol=0, atol=1e-5, err_msg=name)


def test_fused_ops_without_padding_accumulate(fused_library):
    losses, _, _ = pretrain("adamw", 1)
    split_losses, _, _ = pretrain("adamw", 2, Kernels(selection.FUSED, True, ""))
    np.testing.assert_allclose(split_losses, losses, rtol=0, atol=1e-5)


def loss_fn_of_one_variable(seen):
    def loss_fn(features):
        theta = tf.get_variable("theta", [2], initializer=tf.zeros_initializer())
        tf.get_variable("unused", [2])
        noise = tf.random_uniform([])
        seen.append(noise)
        return tf.reduce_sum(theta * features["x"]) + noise, OrderedDict([("noise", noise)])

    return loss_fn


def test_random_numbers_differ_between_micro_batches():
    """Otherwise all but one dropout mask would be wasted."""
    with tf.Graph().as_default(), tf.Session() as session:
        features = {"x": tf.constant(np.arange(6, dtype=np.float32).reshape([3, 2]))}
        seen = []
        loss, values, variables, gradients = accumulation.accumulated_gradients(
            loss_fn_of_one_variable(seen), features, 3, loss_scale=tf.constant(8.0)
        )
        session.run(tf.global_variables_initializer())
        draws = [session.run([values["noise"], seen[0]]) for _ in range(4)]
        assert [v.op.name for v in variables] == ["theta"]
        np.testing.assert_allclose(
            session.run(gradients), [[8 * 2.0, 8 * 3.0]]
        )  # the mean, times the scale
        assert (
            len(seen) == 2
        ), "one graph for the first micro-batch and one for the others, however many"
        for mean, first in draws:
            assert abs(mean - first) > 1e-6
        assert loss.dtype == tf.float32


@pytest.mark.parametrize("rows", [5, None])
def test_batch_that_does_not_divide(rows):
    with tf.Graph().as_default():
        with pytest.raises(
            ValueError, match="x has %s rows, which is not a multiple of 2 micro-batches" % rows
        ):
            accumulation.accumulated_gradients(
                loss_fn_of_one_variable([]), {"x": tf.placeholder(tf.float32, [rows, 2])}, 2
            )
