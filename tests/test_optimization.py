# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Schedule and clipping against float64 NumPy, and the ways in which existing code calls optimization.py."""

import math

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import optimization
from tests.reference.numpy_optimizers import FLOAT32_ROUNDING, expected_rate

pytestmark = pytest.mark.usefixtures("fresh_graph")


# ----------------------------------------------------------------------------------------- schedule


def rates(init_lr, total, warmup, steps):
    step = tf.placeholder(tf.int64, [])
    rate = optimization.learning_rate_schedule(init_lr, total, warmup, step)
    assert rate.dtype == tf.float32 and rate.shape.as_list() == []
    with tf.Session() as session:
        return [session.run(rate, {step: value}) for value in steps]


@pytest.mark.parametrize(
    "total, warmup", [(50, 10), (50, 0), (50, 1), (50, 49), (50, 50), (1, 0), (7, 20)]
)
def test_schedule_at_every_step(total, warmup):
    steps = list(range(total + 5))
    expected = [expected_rate(3e-4, total, warmup, step) for step in steps]
    # The float32 constant, a division and a product: three roundings.
    np.testing.assert_allclose(
        rates(3e-4, total, warmup, steps), expected, rtol=4 * FLOAT32_ROUNDING, atol=0
    )


def test_schedule_of_the_recipe_has_no_jump():
    total, warmup = 1144000, 10000
    steps = [0, 1, 9998, 9999, 10000, 10001, 600000, total - 1, total, total + 1000]
    computed = rates(1e-4, total, warmup, steps)
    np.testing.assert_allclose(
        computed,
        [expected_rate(1e-4, total, warmup, step) for step in steps],
        rtol=4 * FLOAT32_ROUNDING,
        atol=0,
    )
    assert computed[0] == 0.0 and computed[-1] == 0.0 and computed[-2] == 0.0
    assert abs(computed[4] - 1e-4) < 1e-11, "the peak is reached at W, from both sides"
    assert computed[4] - computed[3] < 1.1e-8 and computed[4] > computed[5]


def test_schedule_follows_a_variable_and_a_tensor_rate():
    step = tf.train.get_or_create_global_step()
    rate = optimization.learning_rate_schedule(tf.constant(2.0) * 0.5, 4, 2, step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = []
        for _ in range(5):
            values.append(float(session.run(rate)))
            session.run(tf.assign_add(step, 1))
    assert values == [0.0, 0.5, 1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    "total, warmup, message",
    [
        (0, 0, "num_train_steps must be at least 1, got 0"),
        (10, -1, "num_warmup_steps must not be negative, got -1"),
    ],
)
def test_schedule_refuses(total, warmup, message):
    with pytest.raises(ValueError, match=message):
        optimization.learning_rate_schedule(1e-4, total, warmup, tf.constant(0))


# ------------------------------------------------------------------------------ clip_and_apply


class Recorder:
    """Stands for an optimizer: remembers what it was given and the global step at the time."""

    def __init__(self, global_step):
        self.global_step = global_step
        self.pairs, self.scale, self.seen = (
            None,
            None,
            tf.get_variable("seen", initializer=tf.constant(-1, tf.int64)),
        )

    def apply_gradients(self, pairs, gradient_scale):
        self.pairs, self.scale = pairs, tf.ones([]) if gradient_scale is None else gradient_scale
        with tf.control_dependencies([gradient for gradient, _ in pairs]):
            return tf.assign(self.seen, tf.identity(self.global_step)).op


def clip(gradients, clip_norm=1.0):
    """Runs clip_and_apply once; returns (clipped gradients, norm, step seen by the optimizer, step after)."""
    variables = [
        tf.get_variable("v%d" % index, [3], use_resource=False) for index in range(len(gradients))
    ]
    global_step = tf.train.get_or_create_global_step()
    recorder = Recorder(global_step)
    train_op, norm = optimization.clip_and_apply(
        recorder, gradients, variables, global_step, clip_norm
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        clipped, norm, _ = session.run(
            [[gradient * recorder.scale for gradient, _ in recorder.pairs], norm, train_op]
        )
        return clipped, norm, session.run(recorder.seen), session.run(global_step)


def test_norm_below_the_limit_changes_no_bit():
    gradient = np.array([0.1, -0.2, 0.3], np.float32)
    clipped, norm, seen, after = clip([tf.constant(gradient), None])
    assert len(clipped) == 1, "variables without a gradient are left out"
    np.testing.assert_array_equal(clipped[0], gradient)
    assert abs(norm - math.sqrt(0.14)) < 1e-7
    assert (seen, after) == (0, 1), "the step advances, and only after the update"


def test_norm_above_the_limit_is_scaled_to_it():
    clipped, norm, _, _ = clip(
        [tf.constant([3.0, 0.0, 0.0]), tf.constant([0.0, 4.0, 0.0])], clip_norm=2.5
    )
    assert norm == 5.0
    np.testing.assert_array_equal(clipped, [[1.5, 0, 0], [0, 2.0, 0]])


def test_norm_of_repeated_rows_is_that_of_their_sum():
    slices = tf.IndexedSlices(tf.constant([3.0, 5.0]), tf.constant([1, 1]), tf.constant([3]))
    clipped, norm, _, _ = clip([slices, tf.constant([0.0, 0.0, 6.0])])
    assert norm == 10.0
    np.testing.assert_allclose(clipped, [[0, 0.8, 0], [0, 0, 0.6]], rtol=1e-7)


def test_no_clipping_when_switched_off():
    clipped, norm, _, after = clip([tf.constant([3.0, 4.0, 0.0])], clip_norm=None)
    np.testing.assert_array_equal(clipped, [[3, 4, 0]])
    assert norm == 5.0 and after == 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_shows_in_the_norm(bad):
    _, norm, _, _ = clip([tf.constant([1.0, bad, 0.0]), tf.constant([1.0, 0.0, 0.0])])
    assert not np.isfinite(norm)


@pytest.mark.parametrize("clip_norm", [2.5, None])
def test_loss_scale_is_taken_out_in_one_with_the_clip(clip_norm):
    """Powers of two: scaled and not scaled differ in no bit."""
    results = []
    for scale in (None, 2.0**20):
        with tf.Graph().as_default():
            variable = tf.get_variable("kernel", initializer=np.array([1.0, 2.0], np.float32))
            step = tf.train.get_or_create_global_step()
            optimizer = optimization.AdamWeightDecayOptimizer(0.1, weight_decay_rate=0.01)
            train_op, norm = optimization.clip_and_apply(
                optimizer,
                [tf.constant([3.0, 4.0]) * (scale or 1.0)],
                [variable],
                step,
                clip_norm,
                loss_scale=None if scale is None else tf.constant(scale),
            )
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                _, norm = session.run([train_op, norm])
                assert norm == 5.0 and session.run(step) == 1
                results.append(session.run(variable))
    np.testing.assert_array_equal(results[0], results[1])


def test_clip_and_apply_refuses():
    step = tf.train.get_or_create_global_step()
    variable = tf.get_variable("v", [3])
    with pytest.raises(ValueError, match="no gradient for any of the 1 variables"):
        optimization.clip_and_apply(None, [None], [variable], step)
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="clip_norm must be positive or None"):
            optimization.clip_and_apply(None, [tf.zeros([3])], [variable], step, clip_norm=bad)


# --------------------------------------------------------------------------------------- call forms


def test_defaults_of_the_class_decay_nothing():
    variable = tf.get_variable("kernel", initializer=np.array([1.0, 2.0], np.float32))
    optimizer = optimization.AdamWeightDecayOptimizer(learning_rate=0.5)
    update = optimizer.apply_gradients([(tf.zeros([2]), variable)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        np.testing.assert_array_equal(session.run(variable), [1.0, 2.0])


def test_apply_gradients_does_not_advance_the_step_it_is_given():
    """Existing training code passes global_step and then assigns global_step + 1 itself."""
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    step = tf.train.get_or_create_global_step()
    optimizer = optimization.AdamWeightDecayOptimizer(
        0.5, weight_decay_rate=0.01, exclude_from_weight_decay=["bias"]
    )
    update = optimizer.apply_gradients(
        zip([tf.ones([1]), None], [variable, step]), global_step=step
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        assert session.run(step) == 0
        # m = 0.1, v = 0.001: by hand.
        by_hand = 1.0 - 0.5 * (0.1 / (math.sqrt(0.001) + 1e-6) + 0.01)
        assert abs(session.run(variable)[0] - by_hand) < 4 * FLOAT32_ROUNDING


def test_subclasses_of_googles_class_choose_what_decays():
    class Chosen(optimization.AdamWeightDecayOptimizer):
        def _do_use_weight_decay(self, param_name):
            return "kernel" not in param_name and super()._do_use_weight_decay(param_name)

    plain = optimization.AdamWeightDecayOptimizer(0.1, 0.01, exclude_from_weight_decay=["bias"])
    assert plain._get_variable_name("bert/a_1/kernel:0") == "bert/a_1/kernel"
    assert plain._do_use_weight_decay("kernel") and not plain._do_use_weight_decay("a/bias")
    assert not optimization.AdamWeightDecayOptimizer(0.1)._do_use_weight_decay("kernel")

    variables = [tf.get_variable(name, initializer=[2.0]) for name in ("kernel", "bias", "table")]
    optimizer = Chosen(0.1, 0.5, exclude_from_weight_decay=["bias"])
    update = optimizer.apply_gradients([(tf.zeros([1]), variable) for variable in variables])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        values = [float(value) for value, in session.run(variables)]
    # Without a gradient only decay moves a variable: 2 - 0.1 * 0.5 * 2.
    assert values == [2.0, 2.0, pytest.approx(1.9)]


@pytest.mark.parametrize(
    "call",
    [
        lambda loss: optimization.create_optimizer(loss, 0.1, 10, 0, False),
        lambda loss: optimization.create_optimizer(
            loss=loss, init_lr=0.1, num_train_steps=10, num_warmup_steps=0, use_tpu=False
        ),
    ],
)
def test_calls_written_for_other_bert_code(call):
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    train_op = call(tf.reduce_sum(variable))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        assert session.run(variable)[0] < 0.9, "use_tpu=False must not be taken for clip_norm=0"


def test_tpu_refused():
    with pytest.raises(ValueError, match="TPUs are not supported"):
        optimization.create_optimizer(tf.zeros([]), 0.1, 10, 0, use_tpu=True)


def test_step_with_the_learning_rate_of_the_step_before_it_is_done():
    """The first step of a warm-up has rate 0: it fills the moments and moves nothing."""
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    train_op = optimization.create_optimizer(tf.reduce_sum(variable), 0.1, 10, 5)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        assert session.run(variable)[0] == 1.0
        assert session.run(tf.global_variables("kernel/adam_m")[0])[0] > 0
