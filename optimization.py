# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How BERT is optimised: learning-rate schedule, Adam with decoupled weight decay or LAMB, clipping.

Adam is that of Kingma and Ba (2014) without bias correction; weight decay is decoupled from the gradient's
statistics (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017). LAMB (You et al. 2019) is for
batches of tens of thousands of sequences.

`clip_and_apply` is the one place that fixes the order of operations of a step: dense gradients, global norm,
clip, update, and only then global_step + 1.
"""


import re

import tensorflow.compat.v1 as tf

import fused_ops.optimizer_update

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


# --------------------------------------------------------------------------------------------------------
# The update rules: one function each, of tensors alone, so that a fused kernel can stand in for it


def adamw_update(
    parameter, gradient, m, v, gradient_scale, learning_rate, decay_rate, beta_1, beta_2, epsilon
):
    """Adam without bias correction and with decoupled weight decay, for one variable.

        g <- gradient_scale gradient
        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g^2
        theta <- theta - learning_rate (m / (sqrt(v) + epsilon) + decay_rate theta)

    Args:
      parameter, gradient, m, v: float32 of one shape.
      gradient_scale: float32 scalar tensor, or None for 1: what un-scales and clips the gradient, in one.
      learning_rate: float32 scalar tensor.
      decay_rate, beta_1, beta_2, epsilon: floats.

    Returns:
      (parameter, m, v) after the step.
    """
    m, v = _moments(gradient, m, v, gradient_scale, beta_1, beta_2)
    # Decay is added before the learning rate multiplies: subtracted on its own, lr * 0.01 * theta is below half
    # a float32 step of theta at fine-tuning rates and would be rounded away.
    update = _with_decay(m / (tf.sqrt(v) + epsilon), parameter, decay_rate)
    return parameter - learning_rate * update, m, v


def lamb_update(
    parameter,
    gradient,
    m,
    v,
    gradient_scale,
    learning_rate,
    decay_rate,
    beta_1,
    beta_2,
    epsilon,
    step,
    adapts,
):
    """LAMB for one variable (You et al. 2019, https://arxiv.org/abs/1904.00962, algorithm 2; phi is the identity).

        m, v as in `adamw_update`; after t steps
        u <- (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon) + decay_rate theta
        theta <- theta - learning_rate (|theta| / |u|) u

    The trust ratio |theta| / |u| of Euclidean norms is 1 where either is 0, as for a variable that starts at 0.

    Args:
      parameter, gradient, m, v, gradient_scale, learning_rate, decay_rate, beta_1, beta_2, epsilon: see
        `adamw_update`.
      step: t, integer scalar tensor, 1 for the first step.
      adapts: bool; without it the trust ratio is 1.

    Returns:
      (parameter, m, v) after the step.
    """
    m, v = _moments(gradient, m, v, gradient_scale, beta_1, beta_2)
    update = (
        m * _bias_correction(beta_1, step) / (tf.sqrt(v * _bias_correction(beta_2, step)) + epsilon)
    )
    update = _with_decay(update, parameter, decay_rate)
    if adapts:
        parameter_norm, update_norm = tf.norm(parameter), tf.norm(update)
        defined = tf.logical_and(parameter_norm > 0.0, update_norm > 0.0)
        safe_norm = tf.where(defined, update_norm, tf.ones_like(update_norm))
        learning_rate *= tf.where(defined, parameter_norm / safe_norm, tf.ones_like(update_norm))
    return parameter - learning_rate * update, m, v


def _moments(gradient, m, v, gradient_scale, beta_1, beta_2):
    if gradient_scale is not None:
        gradient *= gradient_scale
    return beta_1 * m + (1.0 - beta_1) * gradient, beta_2 * v + (1.0 - beta_2) * tf.square(gradient)


def _with_decay(update, parameter, decay_rate):
    return update + decay_rate * parameter if decay_rate else update


def _bias_correction(beta, step):
    """1 / (1 - beta^step), float32. Worked out in float64: 1 - 0.999 in float32 is off by 1.3e-5 of itself."""
    power = tf.pow(tf.constant(beta, tf.float64), tf.cast(step, tf.float64))
    return tf.cast(1.0 / (1.0 - power), tf.float32)


# --------------------------------------------------------------------------------------------------------
# The same as TensorFlow optimizers


class _MomentOptimizer(tf.train.Optimizer):
    """What AdamW and LAMB share: the slots, the variables that do not decay, dense gradients.

    m and v are the float32 variables `<variable>/adam_m` and `<variable>/adam_v`. A sparse gradient is summed
    to a dense one first: rows without a gradient still decay and still move along their m, exactly as if the
    gradient had been dense from the start.
    """

    def __init__(
        self,
        learning_rate,
        weight_decay_rate,
        beta_1,
        beta_2,
        epsilon,
        exclude_from_weight_decay,
        name,
        use_fused_ops,
    ):
        super().__init__(False, name)
        self.learning_rate = learning_rate
        self.weight_decay_rate = weight_decay_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.exclude_from_weight_decay = tuple(exclude_from_weight_decay or ())
        self.use_fused_ops = use_fused_ops
        self._gradient_scale = None

    def apply_gradients(self, grads_and_vars, global_step=None, name=None, gradient_scale=None):
        """Updates the variables; pairs whose gradient is None are left out.

        `global_step` is accepted and NOT advanced: BERT training code written for AdamWeightDecayOptimizer's
        namesake advances it by itself, as `clip_and_apply` does here.

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
        return self._update(grad, var)

    def _resource_apply_dense(self, grad, handle):
        return self._update(grad, handle)

    def _update(self, gradient, variable):
        m, v = self.get_slot(variable, "adam_m"), self.get_slot(variable, "adam_v")
        if self.use_fused_ops:
            return self._fused_rule(
                variable,
                gradient,
                m,
                v,
                self._gradient_scale,
                tf.cast(self.learning_rate, tf.float32),
            )
        # Read here and not through the variable's cached value: this may be inside a conditional.
        next_variable, next_m, next_v = self._rule(
            variable,
            variable.read_value(),
            tf.cast(gradient, tf.float32),
            m.read_value(),
            v.read_value(),
            self._gradient_scale,
            tf.cast(self.learning_rate, tf.float32),
        )
        return tf.group(
            tf.assign(variable, next_variable), tf.assign(m, next_m), tf.assign(v, next_v)
        )

    def _rule(self, variable, parameter, gradient, m, v, gradient_scale, learning_rate):
        """(parameter, m, v) after the step; for subclasses."""
        raise NotImplementedError

    def _fused_rule(self, variable, gradient, m, v, gradient_scale, learning_rate):
        """The op that makes the same step in the variables' memory; for subclasses."""
        raise NotImplementedError

    def _decay_rate(self, variable):
        return 0.0 if self._is_excluded(variable) else self.weight_decay_rate

    def _is_excluded(self, variable):
        return any(
            re.search(pattern, variable.op.name) for pattern in self.exclude_from_weight_decay
        )


class AdamWeightDecayOptimizer(_MomentOptimizer):
    """Adam without bias correction and with decoupled weight decay: `adamw_update`.

    Args:
      learning_rate: float or float scalar tensor.
      weight_decay_rate: 0 switches the decay off.
      beta_1, beta_2, epsilon: see `adamw_update`.
      exclude_from_weight_decay: regular expressions; a variable whose name one of them is found in does not
        decay.
      name: name of the optimizer's ops.
      use_fused_ops: one fused kernel a variable (fused_ops.optimizer_update); needs reference variables.
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
        use_fused_ops=False,
    ):
        super().__init__(
            learning_rate,
            weight_decay_rate,
            beta_1,
            beta_2,
            epsilon,
            exclude_from_weight_decay,
            name,
            use_fused_ops,
        )

    def _rule(self, variable, parameter, gradient, m, v, gradient_scale, learning_rate):
        return adamw_update(
            parameter,
            gradient,
            m,
            v,
            gradient_scale,
            learning_rate,
            self._decay_rate(variable),
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )

    def _fused_rule(self, variable, gradient, m, v, gradient_scale, learning_rate):
        return fused_ops.optimizer_update.adamw(
            variable,
            gradient,
            m,
            v,
            gradient_scale,
            learning_rate,
            self._decay_rate(variable),
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )


class LambOptimizer(_MomentOptimizer):
    """LAMB: `lamb_update`. Excluded variables neither decay nor get a trust ratio.

    Args:
      learning_rate: float or float scalar tensor.
      step: integer scalar tensor, 1 for the first step these slots see: global_step + 1.
      weight_decay_rate, beta_1, beta_2, epsilon, exclude_from_weight_decay, name, use_fused_ops: see
        AdamWeightDecayOptimizer.
    """

    def __init__(
        self,
        learning_rate,
        step,
        weight_decay_rate=0.0,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-6,
        exclude_from_weight_decay=None,
        name="LambOptimizer",
        use_fused_ops=False,
    ):
        super().__init__(
            learning_rate,
            weight_decay_rate,
            beta_1,
            beta_2,
            epsilon,
            exclude_from_weight_decay,
            name,
            use_fused_ops,
        )
        self.step = step

    def _rule(self, variable, parameter, gradient, m, v, gradient_scale, learning_rate):
        return lamb_update(
            parameter,
            gradient,
            m,
            v,
            gradient_scale,
            learning_rate,
            self._decay_rate(variable),
            self.beta_1,
            self.beta_2,
            self.epsilon,
            self.step,
            not self._is_excluded(variable),
        )

    def _fused_rule(self, variable, gradient, m, v, gradient_scale, learning_rate):
        return fused_ops.optimizer_update.lamb(
            variable,
            gradient,
            m,
            v,
            gradient_scale,
            learning_rate,
            self._decay_rate(variable),
            self.beta_1,
            self.beta_2,
            self.epsilon,
            _bias_correction(self.beta_1, self.step),
            _bias_correction(self.beta_2, self.step),
            not self._is_excluded(variable),
        )


def make_optimizer(rule, learning_rate, global_step, use_fused_ops=False):
    """The optimizer of BERT's recipe for an update rule: decay 0.01 except where EXCLUDED_FROM_WEIGHT_DECAY.

    Args:
      rule: "adamw" or "lamb".
      learning_rate: float32 scalar tensor.
      global_step: integer scalar variable, the steps done before this one.
      use_fused_ops: see AdamWeightDecayOptimizer.

    Raises:
      ValueError: another rule.
    """
    settings = {
        "weight_decay_rate": WEIGHT_DECAY_RATE,
        "exclude_from_weight_decay": EXCLUDED_FROM_WEIGHT_DECAY,
        "use_fused_ops": use_fused_ops,
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
    """One training step's order of operations: dense gradients -> global norm -> clip -> update -> step + 1.

    The norm is that of the summed gradients. (The norm of un-summed IndexedSlices, which
    tf.clip_by_global_norm takes, is another number whenever a token occurs twice in a batch.)

    Args:
      optimizer: one of this file's: apply_gradients takes gradient_scale and leaves global_step alone.
      gradients: list of tensors, IndexedSlices or None (a variable that the loss does not depend on).
      variables: list of variables, as long.
      global_step: the variable to advance, after all updates.
      clip_norm: the gradients are scaled by clip_norm / max(norm, clip_norm); None: not clipped.
      loss_scale: float32 scalar tensor, a power of two not below 1, that the loss and so the gradients were
        multiplied by; None: they were not. With one, a step whose gradients are not all finite is skipped: no
        variable, slot or global_step changes.

    Returns:
      (train_op, global_norm): the norm of the true gradients (loss scale taken out) before clipping, float32
      scalar. It is NaN or infinite when a gradient is not finite. Without a loss_scale the update then spoils
      the variables, so whoever calls this must look at it.

    Raises:
      ValueError: no variable has a gradient, or a clip_norm that is not positive.
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
