# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Optimization of BERT: learning rate schedule, AdamW and LAMB as TensorFlow optimizers, gradient clipping.

The update rules themselves are in `fused_ops.optimizer_update`. `clip_and_apply` alone defines the order of
operations of a step: dense gradients, global norm, clip, update, and only then global_step + 1.
"""

import re

import tensorflow.compat.v1 as tf

from fused_ops import optimizer_update, selection

WEIGHT_DECAY_RATE = 0.01
# Patterns searched in variable names; "bias" also matches the heads' output_bias.
EXCLUDED_FROM_WEIGHT_DECAY = ("LayerNorm", "layer_norm", "bias")


def learning_rate_schedule(init_lr, num_train_steps, num_warmup_steps, global_step):
    """Linear warm-up over W steps, then linear decay to 0 at step N, without a jump at W.

        lr(t) = init_lr * t / W              for t < W
        lr(t) = init_lr * (N - t) / (N - W)  for W <= t < N
        lr(t) = 0                            for t >= N

    Args:
      init_lr: peak learning rate, float or float scalar tensor.
      num_train_steps: N, at least 1.
      num_warmup_steps: W, at least 0. If above N, warm-up ends at N.
      global_step: integer scalar, variable or tensor: the number of completed steps.

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
    # Integer differences are exact, where 1 - t/N in float32 is not.
    remaining = tf.cast(tf.maximum(num_train_steps - step, 0), tf.float32)
    factor = remaining / float(max(num_train_steps - num_warmup_steps, 1))
    if num_warmup_steps:
        warming_up = tf.logical_and(step < num_warmup_steps, step < num_train_steps)
        factor = tf.where(warming_up, tf.cast(step, tf.float32) / float(num_warmup_steps), factor)
    return tf.multiply(tf.cast(init_lr, tf.float32), factor, name="learning_rate")


class AdamWeightDecayOptimizer(tf.train.Optimizer):
    """Adam without bias correction and with decoupled weight decay: `fused_ops.optimizer_update.Rule`.

    The moments m and v are the float32 variables `<variable>/adam_m` and `<variable>/adam_v`. A sparse gradient is
    summed to a dense one first: rows without a gradient still decay and still move along their m, exactly as if the
    gradient had been dense from the start.

    Args (the first seven are those of BERT training code written for the class of this name):
      learning_rate: float or float scalar tensor.
      weight_decay_rate: float; 0 disables weight decay.
      beta_1, beta_2, epsilon: floats, see `Rule`.
      exclude_from_weight_decay: list of regular expressions; variables whose name matches one do not decay.
      name: name of the optimizer's ops.
      ops: fused_ops.selection.Ops. The fused update needs reference variables.
    """

    def __init__(
        self,
        learning_rate,
        weight_decay_rate=0.0,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-6,
        exclude_from_weight_decay=None,
        name="AdamWeightDecayOptimizer",
        ops=selection.PLAIN,
    ):
        super().__init__(False, name)
        self.learning_rate = learning_rate
        self.weight_decay_rate = weight_decay_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.exclude_from_weight_decay = tuple(exclude_from_weight_decay or ())
        self._ops = ops
        self._gradient_scale = None

    def apply_gradients(self, grads_and_vars, global_step=None, name=None, gradient_scale=None):
        """Updates the variables; pairs whose gradient is None are skipped.

        `global_step` is accepted and NOT advanced: BERT training code written for this class's namesake advances it
        itself, as `clip_and_apply` does here.

        Args:
          grads_and_vars: pairs of (tensor, IndexedSlices or None, variable).
          global_step: see above.
          name: of the op.
          gradient_scale: float32 scalar tensor that multiplies every gradient; None: 1.
        """
        self._gradient_scale = gradient_scale
        pairs = [(densify(gradient, variable), variable) for gradient, variable in grads_and_vars]
        return super().apply_gradients(pairs, name=name)

    def _create_slots(self, var_list):
        for variable in var_list:
            for slot in ("adam_m", "adam_v"):
                self._zeros_slot(variable, slot, slot)

    def _apply_dense(self, grad, var):
        return self._ops.optimizer_update(
            var,
            grad,
            self.get_slot(var, "adam_m"),
            self.get_slot(var, "adam_v"),
            self._gradient_scale,
            tf.cast(self.learning_rate, tf.float32),
            self._rule(var),
        )

    def _resource_apply_dense(self, grad, handle):
        return self._apply_dense(grad, handle)

    def _rule(self, variable):
        """The Rule of one variable."""
        decays = self._do_use_weight_decay(self._get_variable_name(variable.name))
        weight_decay_rate = self.weight_decay_rate if decays else 0.0
        return optimizer_update.Rule(weight_decay_rate, self.beta_1, self.beta_2, self.epsilon)

    # Users' subclasses of Google's class call and override the next two.

    def _do_use_weight_decay(self, param_name):
        """Whether a variable decays; its name is without ":0"."""
        return bool(self.weight_decay_rate) and not self._is_excluded(param_name)

    def _get_variable_name(self, param_name):
        """The name of a variable without its ":0"."""
        return re.sub(r":\d+$", "", param_name)

    def _is_excluded(self, param_name):
        return any(re.search(pattern, param_name) for pattern in self.exclude_from_weight_decay)


class LambOptimizer(AdamWeightDecayOptimizer):
    """LAMB: `fused_ops.optimizer_update.Rule`. Excluded variables neither decay nor get a trust ratio.

    Args:
      learning_rate: float or float scalar tensor.
      step: integer scalar tensor, 1 at the first step of these slots: global_step + 1.
      **settings: the other arguments of AdamWeightDecayOptimizer.
    """

    def __init__(self, learning_rate, step, **settings):
        super().__init__(learning_rate, **dict({"name": "LambOptimizer"}, **settings))
        self.step = step

    def _rule(self, variable):
        rule = super()._rule(variable)
        return rule._replace(step=self.step, adapts=not self._is_excluded(variable.op.name))


def make_optimizer(rule, learning_rate, global_step, ops=selection.PLAIN):
    """BERT's optimizer: weight decay of WEIGHT_DECAY_RATE except for EXCLUDED_FROM_WEIGHT_DECAY.

    Args:
      rule: "adamw" or "lamb" (for batches of tens of thousands of sequences).
      learning_rate: float32 scalar tensor.
      global_step: integer scalar variable, the number of completed steps.
      ops: fused_ops.selection.Ops.

    Raises:
      ValueError: unknown rule.
    """
    settings = {
        "weight_decay_rate": WEIGHT_DECAY_RATE,
        "exclude_from_weight_decay": EXCLUDED_FROM_WEIGHT_DECAY,
        "ops": ops,
    }
    if rule == "adamw":
        return AdamWeightDecayOptimizer(learning_rate, **settings)
    if rule == "lamb":
        return LambOptimizer(learning_rate, global_step + 1, **settings)
    raise ValueError("unknown optimizer %r: use adamw or lamb" % (rule,))


def densify(gradient, variable):
    """The gradient as a dense tensor of the variable's shape; IndexedSlices with equal indices are summed.

    None stays None.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return tf.math.unsorted_segment_sum(
        gradient.values, gradient.indices, variable.shape.as_list()[0]
    )


def clip_and_apply(optimizer, gradients, variables, global_step, clip_norm=1.0, loss_scale=None):
    """Dense gradients -> global norm -> clip -> update -> global_step + 1.

    The norm is that of the summed gradients. (tf.clip_by_global_norm takes the norm of unsummed IndexedSlices, which
    differs whenever a token occurs twice in a batch.)

    Args:
      optimizer: one of this file's: apply_gradients takes gradient_scale and leaves global_step alone.
      gradients: list of tensors, IndexedSlices or None (for a variable that the loss does not depend on).
      variables: list of the same length.
      global_step: the variable to advance, after all updates.
      clip_norm: gradients are scaled by clip_norm / max(norm, clip_norm); None disables clipping.
      loss_scale: float32 scalar tensor, a power of two of at least 1, by which the loss and so the gradients were
        multiplied; None: 1. If given, a step whose gradients are not all finite is skipped: no variable, slot or
        global_step changes.

    Returns:
      (train_op, global_norm): global_norm is that of the unscaled gradients before clipping, float32 scalar, and
      NaN or infinite if a gradient is not finite. Without a loss_scale such a step corrupts the variables, so the
      caller must check it.

    Raises:
      ValueError: no variable has a gradient, or clip_norm is not positive.
    """
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError("clip_norm must be positive or None, got %r" % (clip_norm,))
    pairs = [
        (densify(gradient, variable), variable)
        for gradient, variable in zip(gradients, variables)
        if gradient is not None
    ]
    if not pairs:
        raise ValueError("no gradient for any of the %d variables" % len(variables))
    global_norm = tf.global_norm([gradient for gradient, _ in pairs])
    unscale = None
    if loss_scale is not None:
        unscale = 1.0 / loss_scale
        global_norm *= unscale
    gradient_scale = unscale
    if clip_norm is not None:
        gradient_scale = clip_norm / tf.maximum(global_norm, clip_norm)
        gradient_scale = gradient_scale if unscale is None else gradient_scale * unscale

    def advance():
        # The norm needs every gradient, so no variable changes while the backward pass still reads it.
        with tf.control_dependencies([global_norm]):
            update = optimizer.apply_gradients(pairs, gradient_scale=gradient_scale)
        with tf.control_dependencies([update]):
            return tf.assign_add(global_step, tf.ones([], dtype=global_step.dtype.base_dtype)).op

    if loss_scale is None:
        return advance(), global_norm
    return tf.cond(tf.math.is_finite(global_norm), advance, tf.no_op).op, global_norm


def create_optimizer(
    loss, init_lr, num_train_steps, num_warmup_steps, use_tpu=False, clip_norm=1.0
):
    """The training op for `loss`: schedule, gradients, clipping, AdamWeightDecayOptimizer, global_step + 1.

    Args:
      loss: float scalar tensor.
      init_lr, num_train_steps, num_warmup_steps: see `learning_rate_schedule`.
      use_tpu: must be false; accepted because existing callers pass it as the fifth argument.
      clip_norm: see `clip_and_apply`.

    Returns:
      The op that makes one step of all trainable variables of the default graph.

    Raises:
      ValueError: use_tpu is true, or as `learning_rate_schedule` and `clip_and_apply`.
    """
    if use_tpu:
        raise ValueError(
            "create_optimizer: TPUs are not supported, use_tpu must be False, got %r" % (use_tpu,)
        )
    global_step = tf.train.get_or_create_global_step()
    optimizer = make_optimizer(
        "adamw",
        learning_rate_schedule(init_lr, num_train_steps, num_warmup_steps, global_step),
        global_step,
    )
    variables = tf.trainable_variables()
    train_op, _ = clip_and_apply(
        optimizer, tf.gradients(loss, variables), variables, global_step, clip_norm
    )
    return train_op
