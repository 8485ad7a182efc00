# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""AdamW's and LAMB's update of one variable and its moments as one op, in place.

AdamW (Loshchilov and Hutter, arXiv:1711.05101, without bias correction) reads and writes each array once; LAMB (You et
al., arXiv:1904.00962, algorithm 2) once more for its norms. Un-scaling and clipping of the gradient are one factor,
applied on the way: no un-scaled or clipped gradient is ever written.
"""
import tensorflow.compat.v1 as tf

from fused_ops import loader


def adamw(
    parameter,
    gradient,
    m,
    v,
    gradient_scale,
    learning_rate,
    weight_decay,
    beta_1,
    beta_2,
    epsilon,
    name=None,
):
    """One step of AdamW, in float32 arithmetic:

        g = gradient_scale * gradient
        m <- beta_1 m + (1 - beta_1) g;  v <- beta_2 v + (1 - beta_2) g^2
        parameter <- parameter - learning_rate (m / (sqrt(v) + epsilon) + weight_decay * parameter)

    Args:
      parameter: float32 reference variable (tf.Variable without use_resource).
      gradient: float32 or float16, of its shape.
      m, v: float32 reference variables of its shape.
      gradient_scale: float32 scalar, or None for 1.
      learning_rate: float32 scalar.
      weight_decay, beta_1, beta_2, epsilon: floats.
      name: of the op.

    Returns:
      The op that makes the step.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      ValueError: a resource variable, or static shapes that do not fit together.
      tf.errors.InvalidArgumentError: shapes that do not fit together.
    """
    scale = 1.0 if gradient_scale is None else gradient_scale
    return loader.library().bert_adam_w(
        parameter=_reference(parameter),
        m=_reference(m),
        v=_reference(v),
        gradient=gradient,
        learning_rate=learning_rate,
        gradient_scale=scale,
        beta_1=beta_1,
        rest_1=1.0 - beta_1,
        beta_2=beta_2,
        rest_2=1.0 - beta_2,
        epsilon=epsilon,
        weight_decay=weight_decay,
        name=name,
    )


def lamb(
    parameter,
    gradient,
    m,
    v,
    gradient_scale,
    learning_rate,
    weight_decay,
    beta_1,
    beta_2,
    epsilon,
    m_correction,
    v_correction,
    adapts,
    name=None,
):
    """One step of LAMB: m and v as in `adamw`, then

        u = m m_correction / (sqrt(v v_correction) + epsilon) + weight_decay * parameter
        parameter <- parameter - learning_rate (|parameter| / |u|) u

    where the ratio of Euclidean norms is 1 if either norm is 0.

    Args:
      parameter, gradient, m, v, gradient_scale, learning_rate, weight_decay, beta_1, beta_2, epsilon, name: see `adamw`.
      m_correction, v_correction: float32 scalars, 1 / (1 - beta^t) of the t-th step.
      adapts: bool; without it the ratio is 1.

    Returns, raises:
      As `adamw`.
    """
    scale = 1.0 if gradient_scale is None else gradient_scale
    return loader.library().bert_lamb(
        parameter=_reference(parameter),
        m=_reference(m),
        v=_reference(v),
        gradient=gradient,
        learning_rate=learning_rate,
        gradient_scale=scale,
        m_correction=m_correction,
        v_correction=v_correction,
        beta_1=beta_1,
        rest_1=1.0 - beta_1,
        beta_2=beta_2,
        rest_2=1.0 - beta_2,
        epsilon=epsilon,
        weight_decay=weight_decay,
        adapts=adapts,
        name=name,
    )


def _reference(variable):
    """The tensor that stands for a variable's memory."""
    if not variable.dtype._is_ref_dtype:  # pylint: disable=protected-access
        raise ValueError(
            "%s is a resource variable: the fused optimizer updates take reference variables only"
            % variable.name
        )
    return (
        variable._ref() if hasattr(variable, "_ref") else variable
    )  # pylint: disable=protected-access


def adamw_reference(
    parameter, gradient, m, v, gradient_scale, learning_rate, weight_decay, beta_1, beta_2, epsilon
):
    """`adamw` from TensorFlow's own ops."""
    return lamb_reference(
        parameter,
        gradient,
        m,
        v,
        gradient_scale,
        learning_rate,
        weight_decay,
        beta_1,
        beta_2,
        epsilon,
        None,
        None,
        False,
    )


def lamb_reference(
    parameter,
    gradient,
    m,
    v,
    gradient_scale,
    learning_rate,
    weight_decay,
    beta_1,
    beta_2,
    epsilon,
    m_correction,
    v_correction,
    adapts,
):
    """`lamb` from TensorFlow's own ops."""
    g = tf.cast(gradient, tf.float32)
    if gradient_scale is not None:
        g *= gradient_scale
    next_m = beta_1 * m + (1.0 - beta_1) * g
    next_v = beta_2 * v + (1.0 - beta_2) * tf.square(g)
    corrected_m = next_m if m_correction is None else next_m * m_correction
    corrected_v = next_v if v_correction is None else next_v * v_correction
    update = corrected_m / (tf.sqrt(corrected_v) + epsilon)
    if weight_decay:
        update += weight_decay * parameter
    if adapts:
        parameter_norm, update_norm = tf.norm(parameter), tf.norm(update)
        defined = tf.logical_and(parameter_norm > 0.0, update_norm > 0.0)
        safe_norm = tf.where(defined, update_norm, tf.ones_like(update_norm))
        learning_rate *= tf.where(defined, parameter_norm / safe_norm, tf.ones_like(update_norm))
    return tf.group(
        tf.assign_sub(parameter, learning_rate * update), tf.assign(m, next_m), tf.assign(v, next_v)
    )
