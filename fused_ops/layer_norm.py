# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Layer normalization over the last axis (Ba et al., arXiv:1607.06450)."""
import tensorflow.compat.v1 as tf

from fused_ops import loader

EPSILON = 1e-12


def plain(x, gamma, beta, epsilon=EPSILON):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, statistics over the last axis.

    The statistics are float32 and take two passes: E[x^2] - E[x]^2 cancels where the mean is large.

    Args:
      x: float32 or float16 [..., C], C >= 1.
      gamma, beta: [C]; cast to float32.
      epsilon: added to the variance.

    Returns:
      [..., C] of x's type.
    """
    wide = tf.cast(x, tf.float32)
    centered = wide - tf.reduce_mean(wide, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.square(centered), axis=-1, keepdims=True)
    normalized = centered * tf.rsqrt(variance + epsilon)
    scaled = normalized * tf.cast(gamma, tf.float32) + tf.cast(beta, tf.float32)
    return tf.cast(scaled, x.dtype)


def fused(x, gamma, beta, epsilon=EPSILON):
    """`plain` as one op, and its gradient as one. Arithmetic is float32.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): gamma or beta is not [C].
    """
    return loader.library().bert_layer_norm(
        x=x,
        gamma=tf.cast(gamma, tf.float32),
        beta=tf.cast(beta, tf.float32),
        epsilon=epsilon,
    )[0]


@tf.RegisterGradient("BertLayerNorm")
def _layer_norm_gradient(op, dy, unused_dmean, unused_drstd):
    x, gamma = op.inputs[0], op.inputs[1]
    return loader.library().bert_layer_norm_grad(
        dy=dy, x=x, gamma=gamma, mean=op.outputs[1], rstd=op.outputs[2]
    )
