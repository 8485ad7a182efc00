# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How BERT is optimised: learning-rate schedule, Adam with decoupled weight decay, clipping.

Adam is that of Kingma and Ba (2014) without bias correction; weight decay is decoupled from the gradient's
statistics (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017).

`clip_and_apply` is the one place that fixes the order of operations of a step: dense gradients, global norm,
clip, update, and only then global_step + 1.
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import re

import tensorflow.compat.v1 as tf

WEIGHT_DECAY_RATE = 0.01
# Patterns searched in variable names; "bias" also matches the heads' output_bias.
EXCLUDED_FROM_WEIGHT_DECAY = ("LayerNorm", "layer_norm", "bias")


def learning_rate_schedule(init_lr, num_train_steps, num_warmup_steps, global_step):
    """Linear warm-up over W steps, then linear to 0 at step N; both pieces meet at W.

        lr(t) = init_lr * t / W              for t < W
        lr(t) = init_lr * (N - t) / (N - W)  for W <= t < N
        lr(t) = 0                            for t >= N

    Args:
      init_lr: the peak, float or float scalar tensor.
      num_train_steps: N, at least 1.
      num_warmup_steps: W, at least 0. Above N the warm-up is cut off at N.
      global_step: integer scalar, variable or tensor: steps done before this one.

    Returns:
      float32 scalar tensor.

    Raises:
      ValueError: N below 1 or W below 0.
    """
    num_train_steps, num_warmup_steps = int(num_train_steps), int(num_warmup_steps)
    if num_train_steps < 1:
        raise ValueError("num_train_steps must be at least 1, got %d" % num_train_steps)
    if num_warmup_steps < 0:
        raise ValueError("num_warmup_steps must not be negative, got %d" % num_warmup_steps)
    step = tf.cast(global_step, tf.int64)
    # The differences are taken between integers: exact, where 1 - t/N in float32 is not.
    left = tf.cast(tf.maximum(num_train_steps - step, 0), tf.float32)
    factor = left / float(max(num_train_steps - num_warmup_steps, 1))
    if num_warmup_steps:
        warming_up = tf.logical_and(step < num_warmup_steps, step < num_train_steps)
        factor = tf.where(warming_up, tf.cast(step, tf.float32) / float(num_warmup_steps), factor)
    return tf.multiply(tf.cast(init_lr, tf.float32), factor, name="learning_rate")


class AdamWeightDecayOptimizer(tf.train.Optimizer):
    """Adam without bias correction and with decoupled weight decay.

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g^2
        theta <- theta - lr (m / (sqrt(v) + epsilon) + weight_decay_rate theta)

    m and v are the float32 variables `<variable>/adam_m` and `<variable>/adam_v`. A sparse gradient is summed
    to a dense one first: rows without a gradient still decay and still move along their m, exactly as if the
    gradient had been dense from the start.

    Args:
      learning_rate: float or float scalar tensor.
      weight_decay_rate: 0 switches the decay off.
      beta_1, beta_2, epsilon: as above.
      exclude_from_weight_decay: regular expressions; a variable whose name one of them is found in does not
        decay.
      name: name of the optimizer's ops.
    """

    def __init__(self,
                 learning_rate,
                 weight_decay_rate=0.0,
                 beta_1=0.9,
                 beta_2=0.999,
                 epsilon=1e-6,
                 exclude_from_weight_decay=None,
                 name="AdamWeightDecayOptimizer"):
        super(AdamWeightDecayOptimizer, self).__init__(False, name)
        self.learning_rate = learning_rate
        self.weight_decay_rate = weight_decay_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.exclude_from_weight_decay = tuple(exclude_from_weight_decay or ())

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """Updates the variables; pairs whose gradient is None are left out.

        `global_step` is accepted and NOT advanced: BERT training code written for this optimizer's namesake
        advances it by itself, as `clip_and_apply` does here.
        """
        pairs = [(densify(gradient, variable), variable) for gradient, variable in grads_and_vars]
        return super(AdamWeightDecayOptimizer, self).apply_gradients(pairs, name=name)

    def _create_slots(self, var_list):
        for variable in var_list:
            for slot in ("adam_m", "adam_v"):
                self._zeros_slot(variable, slot, slot)

    def _apply_dense(self, grad, var):
        return self._update(grad, var)

    def _resource_apply_dense(self, grad, handle):
        return self._update(grad, handle)

    def _update(self, gradient, variable):
        """One step for one variable: the formula of the class."""
        m, v = self.get_slot(variable, "adam_m"), self.get_slot(variable, "adam_v")
        gradient = tf.cast(gradient, tf.float32)
        next_m = self.beta_1 * m + (1.0 - self.beta_1) * gradient
        next_v = self.beta_2 * v + (1.0 - self.beta_2) * tf.square(gradient)
        update = next_m / (tf.sqrt(next_v) + self.epsilon)
        # Added before the learning rate multiplies: subtracted on its own, lr * 0.01 * theta is below half a
        # float32 step of theta at fine-tuning rates and would be rounded away.
        if self._decays(variable):
            update += self.weight_decay_rate * variable
        step = tf.cast(self.learning_rate, tf.float32) * update
        return tf.group(tf.assign_sub(variable, step), tf.assign(m, next_m), tf.assign(v, next_v))

    def _decays(self, variable):
        if not self.weight_decay_rate:
            return False
        return not any(re.search(pattern, variable.op.name) for pattern in self.exclude_from_weight_decay)


def densify(gradient, variable):
    """The gradient as a dense tensor of the variable's shape; IndexedSlices with equal indices are summed.

    None stays None.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, variable.shape.as_list()[0])


def clip_and_apply(optimizer, gradients, variables, global_step, clip_norm=1.0):
    """One training step's order of operations: dense gradients -> global norm -> clip -> update -> step + 1.

    The norm is that of the summed gradients. (The norm of un-summed IndexedSlices, which
    tf.clip_by_global_norm takes, is another number whenever a token occurs twice in a batch.)

    Args:
      optimizer: a tf.train.Optimizer whose apply_gradients leaves global_step alone when not given one.
      gradients: list of tensors, IndexedSlices or None (a variable that the loss does not depend on).
      variables: list of variables, as long.
      global_step: the variable to advance, after all updates.
      clip_norm: the gradients are scaled by clip_norm / max(norm, clip_norm); None: not clipped.

    Returns:
      (train_op, global_norm): the norm before clipping, float32 scalar. It is NaN or infinite exactly when a
      gradient is not finite; the update would then spoil the variables, so whoever calls this must look at it.

    Raises:
      ValueError: no variable has a gradient, or a clip_norm that is not positive.
    """
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError("clip_norm must be positive or None, got %r" % (clip_norm,))
    pairs = [(densify(gradient, variable), variable)
             for gradient, variable in zip(gradients, variables) if gradient is not None]
    if not pairs:
        raise ValueError("no gradient for any of the %d variables" % len(variables))
    global_norm = tf.global_norm([gradient for gradient, _ in pairs])
    if clip_norm is not None:
        scale = clip_norm / tf.maximum(global_norm, clip_norm)
        pairs = [(gradient * scale, variable) for gradient, variable in pairs]
    # The norm needs every gradient, so no variable changes while the backward pass still reads it.
    with tf.control_dependencies([optimizer.apply_gradients(pairs)]):
        train_op = tf.assign_add(global_step, tf.ones([], dtype=global_step.dtype.base_dtype)).op
    return train_op, global_norm


def create_optimizer(loss, init_lr, num_train_steps, num_warmup_steps, use_tpu=False, clip_norm=1.0):
    """The train op of BERT's recipe for `loss`: schedule, gradients, clip, AdamWeightDecay, global_step + 1.

    Args:
      loss: float scalar tensor.
      init_lr, num_train_steps, num_warmup_steps: see `learning_rate_schedule`.
      use_tpu: must be false. It stands here because existing callers pass it as the fifth argument.
      clip_norm: see `clip_and_apply`.

    Returns:
      The op that makes one step on all trainable variables of the default graph.

    Raises:
      ValueError: use_tpu is true, or one of the errors of the functions above.
    """
    if use_tpu:
        raise ValueError("create_optimizer: TPUs are not supported, use_tpu must be False, got %r" % (use_tpu,))
    global_step = tf.train.get_or_create_global_step()
    optimizer = AdamWeightDecayOptimizer(
        learning_rate=learning_rate_schedule(init_lr, num_train_steps, num_warmup_steps, global_step),
        weight_decay_rate=WEIGHT_DECAY_RATE,
        exclude_from_weight_decay=EXCLUDED_FROM_WEIGHT_DECAY)
    variables = tf.trainable_variables()
    train_op, _ = clip_and_apply(optimizer, tf.gradients(loss, variables), variables, global_step, clip_norm)
    return train_op
