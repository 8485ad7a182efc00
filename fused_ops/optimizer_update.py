# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The update of one variable by AdamW or LAMB.

AdamW (Loshchilov and Hutter, arXiv:1711.05101) is Adam (Kingma and Ba, arXiv:1412.6980) with weight decay that does not
enter the moments; here without bias correction, as BERT was trained. LAMB (You et al., arXiv:1904.00962, algorithm 2,
phi the identity) adds bias correction and a trust ratio.
"""
from collections import namedtuple

import tensorflow.compat.v1 as tf

from fused_ops import loader


class Rule(
    namedtuple("Rule", ["weight_decay_rate", "beta_1", "beta_2", "epsilon", "step", "adapts"])
):
    """The update rule of one variable theta with gradient g:

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g^2
        AdamW (step is None):
        u <- m / (sqrt(v) + epsilon) + weight_decay_rate theta
        theta <- theta - learning_rate u
        LAMB, at step t:
        u <- (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon) + weight_decay_rate theta
        theta <- theta - learning_rate (|theta| / |u|) u

    The trust ratio |theta| / |u| of Euclidean norms is 1 where either is 0, as for a variable that starts at 0.

    Attributes:
      weight_decay_rate, beta_1, beta_2, epsilon: floats.
      step: None for AdamW; for LAMB t, an integer scalar tensor, 1 at the first step.
      adapts: bool, of LAMB; without it the trust ratio is 1.
    """

    __slots__ = ()

    def __new__(cls, weight_decay_rate, beta_1, beta_2, epsilon, step=None, adapts=False):
        return super().__new__(cls, weight_decay_rate, beta_1, beta_2, epsilon, step, adapts)


def plain(parameter, gradient, m, v, gradient_scale, learning_rate, rule):
    """One step of one variable and its moments, in TensorFlow's own ops.

    Args:
      parameter: float32 variable.
      gradient: float32 or float16 tensor of its shape; cast to float32.
      m, v: float32 variables of its shape.
      gradient_scale: float32 scalar that multiplies the gradient (un-scaling and clipping in one), or None for 1.
      learning_rate: float32 scalar.
      rule: Rule.

    Returns:
      The op that makes the step.
    """
    # Read here, not through the variable's cached value: this may be inside a conditional.
    gradient, theta = tf.cast(gradient, tf.float32), parameter.read_value()
    if gradient_scale is not None:
        gradient *= gradient_scale
    next_m = rule.beta_1 * m.read_value() + (1.0 - rule.beta_1) * gradient
    next_v = rule.beta_2 * v.read_value() + (1.0 - rule.beta_2) * tf.square(gradient)
    if rule.step is None:
        update = next_m / (tf.sqrt(next_v) + rule.epsilon)
    else:
        m_correction, v_correction = _bias_corrections(rule)
        update = next_m * m_correction / (tf.sqrt(next_v * v_correction) + rule.epsilon)
    if rule.weight_decay_rate:
        # Added before the learning rate multiplies: subtracted on its own, lr * 0.01 * theta is below half a
        # float32 step of theta at fine-tuning rates and would be rounded away.
        update += rule.weight_decay_rate * theta
    if rule.adapts:
        theta_norm, update_norm = tf.norm(theta), tf.norm(update)
        defined = tf.logical_and(theta_norm > 0.0, update_norm > 0.0)
        safe_norm = tf.where(defined, update_norm, tf.ones_like(update_norm))
        learning_rate *= tf.where(defined, theta_norm / safe_norm, tf.ones_like(update_norm))
    return tf.group(
        tf.assign(parameter, theta - learning_rate * update),
        tf.assign(m, next_m),
        tf.assign(v, next_v),
    )


def fused(parameter, gradient, m, v, gradient_scale, learning_rate, rule):
    """`plain` as one op that works in the variables' memory. Arithmetic is float32.

    AdamW reads and writes each array once, LAMB once more for its norms. No un-scaled or clipped gradient is written.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      ValueError: a resource variable (this op takes reference variables only), or static shapes do not match.
      tf.errors.InvalidArgumentError: shapes do not match.
    """
    inputs = {
        "parameter": _memory_of(parameter),
        "m": _memory_of(m),
        "v": _memory_of(v),
        "gradient": gradient,
        "learning_rate": learning_rate,
        "gradient_scale": 1.0 if gradient_scale is None else gradient_scale,
        "beta_1": rule.beta_1,
        "rest_1": 1.0 - rule.beta_1,
        "beta_2": rule.beta_2,
        "rest_2": 1.0 - rule.beta_2,
        "epsilon": rule.epsilon,
        "weight_decay_rate": rule.weight_decay_rate,
    }
    if rule.step is None:
        return loader.library().bert_adam_w(**inputs)
    m_correction, v_correction = _bias_corrections(rule)
    return loader.library().bert_lamb(
        m_correction=m_correction, v_correction=v_correction, adapts=rule.adapts, **inputs
    )


def _bias_corrections(rule):
    """float32 scalars 1 / (1 - beta^step) of both moments.

    Computed in float64: 1 - 0.999 in float32 has a relative error of 1.3e-5.
    """
    step = tf.cast(rule.step, tf.float64)
    return [
        tf.cast(1.0 / (1.0 - tf.pow(tf.constant(beta, tf.float64), step)), tf.float32)
        for beta in (rule.beta_1, rule.beta_2)
    ]


def _memory_of(variable):
    """The reference tensor of a variable, through which an op writes it."""
    if not variable.dtype._is_ref_dtype:  # pylint: disable=protected-access
        raise ValueError(
            "%s is a resource variable: the fused optimizer updates support reference variables only"
            % variable.name
        )
    # pylint: disable-next=protected-access
    return variable._ref() if hasattr(variable, "_ref") else variable
