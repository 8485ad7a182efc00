# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/train_op.py: one step against NumPy, and what it reports."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from training import precision as precisions
from training import train_op
from training.options import OptimizerOptions
from training.options import OptionError
from training.options import PrecisionOptions
from training.runtime import SingleProcess

FP32 = precisions.Precision(tf.float32, None, False, "precision: fp32")
OPTIONS = OptimizerOptions(learning_rate=0.1, num_train_steps=10, num_warmup_steps=4, clip_norm=1.0)


class TwoRanks(SingleProcess):
  """As if another rank had the same gradients, three times as large."""

  size = 2

  def all_reduce(self, gradients):
    return [gradient * 2.0 for gradient in gradients]

  def scale_learning_rate(self, learning_rate):
    return learning_rate * self.size


def numpy_steps(start, slope, steps, rate, clip_norm=1.0):
  """AdamW of INTERFACE §3 on the loss slope . theta, in float64; returns theta after each step."""
  theta, m, v = np.array(start, np.float64), 0.0, 0.0
  gradient = np.array(slope, np.float64)
  gradient = gradient * clip_norm / max(np.sqrt((gradient ** 2).sum()), clip_norm)
  path = []
  for step in range(steps):
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient ** 2
    theta = theta - rate(step) * (m / (np.sqrt(v) + 1e-6) + 0.01 * theta)
    path.append(theta)
  return np.array(path)


def rate_of_interface(peak, steps=10, warmup=4):
  return lambda t: peak * t / warmup if t < warmup else peak * (1 - t / steps) / (1 - warmup / steps)


def train(slope, runtime, steps=8):
  with tf.Graph().as_default(), tf.Session() as sess:
    theta = tf.get_variable("theta", initializer=tf.constant([0.5, -0.3]))
    tf.get_variable("unused", [3])  # the loss does not depend on it
    update, scalars = train_op.make_train_op(tf.reduce_sum(theta * slope), OPTIONS, runtime, FP32)
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
  np.testing.assert_allclose([values["learning_rate"] for values in reported], [rate(t) for t in range(8)], rtol=1e-5)
  np.testing.assert_allclose([values["grad_norm"] for values in reported], np.hypot(*slope), rtol=1e-6)
  assert [values["global_step"] for values in reported] == list(range(1, 9))


def test_gradients_are_reduced_before_clipping_and_rate_is_scaled():
  path, reported = train([0.3, -0.4], TwoRanks())
  np.testing.assert_allclose(path, numpy_steps([0.5, -0.3], [0.6, -0.8], 8, rate_of_interface(0.2)), atol=1e-6)
  np.testing.assert_allclose(reported[0]["grad_norm"], 1.0, rtol=1e-6)


def test_loss_scaling_is_refused_rather_than_forgotten():
  with tf.Graph().as_default():
    theta = tf.get_variable("theta", [2])
    with pytest.raises(OptionError, match="loss scaling"):
      train_op.make_train_op(tf.reduce_sum(theta), OPTIONS, SingleProcess(), FP32._replace(loss_scale=1024.0))


def test_precision_resolves_to_fp32():
  assert precisions.resolve(PrecisionOptions()).compute_type == tf.float32
