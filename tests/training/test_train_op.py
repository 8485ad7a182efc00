# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/train_op.py: one step against NumPy, and what it reports."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from tests.jobs import FP32
from training import train_op
from training.options import OptimizerOptions
from training.runtime import SingleProcess

OPTIONS = OptimizerOptions(learning_rate=0.1, num_train_steps=10, num_warmup_steps=4, clip_norm=1.0)


class TwoRanks(SingleProcess):
    """As if another rank had the same gradients, three times as large."""

    size = 2

    def all_reduce(self, gradients):
        return [gradient * 2.0 for gradient in gradients]

    def scale_learning_rate(self, learning_rate):
        return learning_rate * self.size


def numpy_steps(start, slope, steps, rate, clip_norm=1.0):
    """AdamW of docs/interface.md §3 on the loss slope . theta, in float64; returns theta after each step."""
    theta, m, v = np.array(start, np.float64), 0.0, 0.0
    gradient = np.array(slope, np.float64)
    gradient = gradient * clip_norm / max(np.sqrt((gradient**2).sum()), clip_norm)
    path = []
    for step in range(steps):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        theta = theta - rate(step) * (m / (np.sqrt(v) + 1e-6) + 0.01 * theta)
        path.append(theta)
    return np.array(path)


def rate_of_interface(peak, steps=10, warmup=4):
    return lambda t: (
        peak * t / warmup if t < warmup else peak * (1 - t / steps) / (1 - warmup / steps)
    )


def train(slope, runtime, steps=8):
    with tf.Graph().as_default(), tf.Session() as sess:
        theta = tf.get_variable("theta", initializer=tf.constant([0.5, -0.3]))
        tf.get_variable("unused", [3])  # the loss does not depend on it
        update, _, _, scalars = train_op.make_train_op(
            lambda features: (tf.reduce_sum(theta * slope), {}), {}, OPTIONS, runtime, FP32
        )[:4]
        sess.run(tf.global_variables_initializer())
        path, reported = [], []
        for _ in range(steps):
            _, values = sess.run([update, scalars])
            path.append(sess.run(theta))
            reported.append(values)
    return np.array(path), reported


@pytest.mark.parametrize("slope", [[3.0, 4.0], [0.3, -0.4]])  # above and below the clipping norm
def test_steps_are_those_of_the_interface(slope):
    path, reported = train(slope, SingleProcess())
    rate = rate_of_interface(0.1)
    np.testing.assert_allclose(path, numpy_steps([0.5, -0.3], slope, 8, rate), atol=1e-6)
    np.testing.assert_allclose(
        [values["learning_rate"] for values in reported], [rate(t) for t in range(8)], rtol=1e-5
    )
    np.testing.assert_allclose(
        [values["grad_norm"] for values in reported], np.hypot(*slope), rtol=1e-6
    )
    assert [values["global_step"] for values in reported] == list(range(1, 9))


def test_gradients_are_reduced_before_clipping_and_rate_is_scaled():
    path, reported = train([0.3, -0.4], TwoRanks())
    np.testing.assert_allclose(
        path, numpy_steps([0.5, -0.3], [0.6, -0.8], 8, rate_of_interface(0.2)), atol=1e-6
    )
    np.testing.assert_allclose(reported[0]["grad_norm"], 1.0, rtol=1e-6)


class Scaled:
    """Steps on theta . slope with loss scaling; the slope of each step is fed, and infinite where an overflow is."""

    def __init__(self, runtime=None, options=OPTIONS, scale=1024.0):
        self.slope = tf.placeholder(tf.float32, [2])
        self.theta = tf.get_variable("theta", initializer=tf.constant([0.5, -0.3]))
        self.step = train_op.make_train_op(
            lambda features: (tf.reduce_sum(self.theta * self.slope), {}),
            {},
            options,
            runtime or SingleProcess(),
            FP32._replace(loss_scale=scale),
        )
        self.session = tf.Session()
        self.session.run(tf.global_variables_initializer())

    def run(self, slope):
        """Runs a step; returns (what it reported, all variables after it)."""
        reported = self.session.run([self.step.train_op, self.step.scalars], {self.slope: slope})[1]
        return reported, {v.op.name: self.session.run(v) for v in tf.global_variables()}


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def test_forced_overflow_skips_exactly_one_step_and_halves_the_scale():
    scaled, path, finite, before = Scaled(), [], [[3.0, 4.0]] * 5, None
    for slope in finite[:2] + [[3.0, np.inf]] + finite[2:]:
        reported, variables = scaled.run(slope)
        path.append((reported["loss_scale"], reported["skipped_steps"], reported["global_step"]))
        if not np.isfinite(slope).all():
            assert set(variables) == set(before)
            for name in ("theta", "theta/adam_m", "theta/adam_v", "global_step"):
                np.testing.assert_array_equal(variables[name], before[name], err_msg=name)
            assert not np.isfinite(reported["grad_norm"])
        else:
            np.testing.assert_allclose(
                reported["grad_norm"], 5.0, rtol=1e-6
            )  # of the true gradients
        before = variables
    assert path == [(1024, 0, 1), (1024, 0, 2), (1024, 1, 2), (512, 1, 3), (512, 1, 4), (512, 1, 5)]
    # What is left is exactly the training without the overflow: the schedule did not move on either.
    np.testing.assert_allclose(
        before["theta"],
        numpy_steps([0.5, -0.3], [3.0, 4.0], 5, rate_of_interface(0.1))[-1],
        atol=1e-6,
    )


def test_overflow_on_one_rank_skips_the_step_on_all():
    """The other rank's gradients arrive with the all-reduce, before the question whether they are finite."""

    class OtherOverflows(SingleProcess):
        def all_reduce(self, gradients):
            return [gradient + np.inf for gradient in gradients]

    reported, variables = Scaled(OtherOverflows()).run([3.0, 4.0])
    assert reported["skipped_steps"] == 1 and variables["global_step"] == 0
    np.testing.assert_array_equal(variables["theta"], np.array([0.5, -0.3], np.float32))


@pytest.mark.parametrize("micro_batches", [1, 2])
def test_all_reduce_is_called_once_with_dense_gradients(micro_batches):
    calls = []

    class Recorder(SingleProcess):

        def all_reduce(self, gradients):
            calls.append(list(gradients))
            return list(gradients)

    def loss_fn(features):
        table = tf.get_variable("table", [4, 2])
        return tf.reduce_sum(tf.gather(table, features["ids"])), {}

    train_op.make_train_op(
        loss_fn,
        {"ids": tf.constant([1, 1, 2, 3])},
        OPTIONS.replace(num_accumulation_steps=micro_batches),
        Recorder(),
        FP32,
    )
    assert len(calls) == 1 and len(calls[0]) == 1 and isinstance(calls[0][0], tf.Tensor)
