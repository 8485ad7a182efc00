# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""One training step from a loss: accumulate -> all-reduce over ranks -> finite? -> clip -> apply -> next step."""


from collections import OrderedDict, namedtuple

import tensorflow.compat.v1 as tf

import optimization
from fused_ops import selection
from training import accumulation, magnitudes
from training.loss_scale import DynamicLossScale

# train_op: runs the step. loss: float32 scalar of this step. values: OrderedDict of the other scalars of the loss
# function. scalars: OrderedDict of scalar tensors: "learning_rate" (used by this step), "grad_norm"
# (before clipping), with loss scaling "loss_scale" and "skipped_steps", and "global_step" (int64, after this step).
# loss_scale: loss_scale.DynamicLossScale or None. magnitudes: OrderedDict of those among the values of the loss function.
# gradients: OrderedDict, name of the variable -> dense gradient, times the loss scale; means over ranks, before clipping.
TrainStep = namedtuple(
    "TrainStep", ["train_op", "loss", "values", "scalars", "loss_scale", "magnitudes", "gradients"]
)


def make_train_op(loss_fn, features, options, runtime, precision, ops=selection.PLAIN):
    """Builds the training step over all trainable variables the loss depends on.

    With `options.num_accumulation_steps` = k, the features are a batch of k micro-batches, which are computed one
    after the other within the step; `loss_fn` sees one at a time and the loss is the mean of theirs. If `loss_fn` is
    a mean over sequences, k micro-batches equal one batch of k times the size, apart from dropout, whose masks are
    drawn for each.

    Gradients are means over micro-batches and ranks. Whether they are finite is decided on that mean, so that all
    ranks agree; with loss scaling, a step that is not leaves variables, schedule and global step unchanged.

    Args:
      loss_fn: function of a dict like `features`, returning (loss, OrderedDict name -> scalar): float32 scalars, and
        magnitudes, see accumulation.accumulated_gradients.
      features: dict of tensors [k * B, ...], B the size of a micro-batch.
      options: OptimizerOptions.
      runtime: a runtime; its all_reduce is called once, with a list of dense gradients.
      precision: precision.Precision.
      ops: fused_ops.selection.Ops, for the optimizer.

    Returns:
      A TrainStep.
    """
    global_step = tf.train.get_or_create_global_step()
    scaling = None if precision.loss_scale is None else DynamicLossScale(precision.loss_scale)
    factor = None if scaling is None else scaling.value
    if options.num_accumulation_steps > 1:
        loss, values, variables, gradients = accumulation.accumulated_gradients(
            loss_fn, features, options.num_accumulation_steps, factor
        )
    else:
        loss, values = loss_fn(features)
        variables, gradients = accumulation.dense_gradients(
            loss if factor is None else loss * factor, tf.trainable_variables()
        )
    with tf.name_scope("schedule"):  # keeps the plain name for the TensorBoard scalar
        learning_rate = optimization.learning_rate_schedule(
            runtime.scale_learning_rate(options.learning_rate),
            options.num_train_steps,
            options.num_warmup_steps,
            global_step,
        )
    optimizer = optimization.make_optimizer(options.optimizer, learning_rate, global_step, ops)
    gradients = runtime.all_reduce(gradients)
    update, norm = optimization.clip_and_apply(
        optimizer, gradients, variables, global_step, options.clip_norm, factor
    )
    scalars = OrderedDict([("learning_rate", learning_rate), ("grad_norm", norm)])
    if scaling is not None:
        update, of_scaling = scaling.update(tf.math.is_finite(norm), after=[update])
        scalars.update(of_scaling)
    with tf.control_dependencies([update]):
        # read_value reads again: the variable's cached value may be older than the update.
        scalars["global_step"] = tf.identity(
            global_step.read_value(), name="global_step_after_update"
        )
    values, watched = magnitudes.separated(values)
    by_name = OrderedDict((v.op.name, gradient) for v, gradient in zip(variables, gradients))
    return TrainStep(update, loss, values, scalars, scaling, watched, by_name)
