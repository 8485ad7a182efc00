# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""From a loss to one training step: gradients -> all-reduce over ranks -> clip -> apply -> next step."""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from collections import OrderedDict

import tensorflow.compat.v1 as tf

import optimization
from training.options import OptionError


def make_train_op(loss, options, runtime, precision):
  """Builds the training step over all trainable variables the loss depends on.

  Args:
    loss: float32 scalar.
    options: OptimizerOptions.
    runtime: a runtime.
    precision: precision.Precision.

  Returns:
    (train_op, scalars): scalars is an OrderedDict of scalar tensors: "learning_rate" (used by this
    step), "grad_norm" (before clipping), "global_step" (int64, after this step).

  Raises:
    OptionError: the precision needs loss scaling, which this step does not do.
  """
  if precision.loss_scale is not None:
    raise OptionError("loss scaling is not built yet: run in fp32")
  global_step = tf.train.get_or_create_global_step()
  with tf.name_scope("schedule"):  # leaves the plain name to the TensorBoard scalar
    learning_rate = optimization.learning_rate_schedule(
        runtime.scale_learning_rate(options.learning_rate),
        options.num_train_steps, options.num_warmup_steps, global_step)
  variables, gradients = _gradients(loss)
  optimizer = optimization.AdamWeightDecayOptimizer(
      learning_rate,
      weight_decay_rate=optimization.WEIGHT_DECAY_RATE,
      exclude_from_weight_decay=optimization.EXCLUDED_FROM_WEIGHT_DECAY)
  update, norm = optimization.clip_and_apply(
      optimizer, runtime.all_reduce(gradients), variables, global_step, clip_norm=options.clip_norm)
  with tf.control_dependencies([update]):
    # read_value makes a new read: the variable's cached value may be older than the update.
    step_after = tf.identity(global_step.read_value(), name="global_step_after_update")
  scalars = OrderedDict([
      ("learning_rate", learning_rate), ("grad_norm", norm), ("global_step", step_after)])
  return update, scalars


def _gradients(loss):
  """The variables the loss depends on, and their gradients (embedding gradients may be IndexedSlices)."""
  variables = tf.trainable_variables()
  gradients = tf.gradients(loss, variables)
  used = [(v, g) for v, g in zip(variables, gradients) if g is not None]
  return [v for v, _ in used], [g for _, g in used]
