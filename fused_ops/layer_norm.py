# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Layer normalisation over the last dimension (Ba et al., arXiv:1607.06450) as one op, and its gradient as one."""
import tensorflow.compat.v1 as tf

from fused_ops import loader


def layer_norm(x, gamma, beta, epsilon=1e-12, name=None):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance over the last dimension.

    Args:
      x: [..., C], float32 or float16, C >= 1; arithmetic is float32 in both cases.
      gamma: [C]; cast to float32 if it is not.
      beta: [C]; cast to float32 if it is not.
      epsilon: added to the variance.
      name: of the op.

    Returns:
      [..., C] of x's type.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): gamma or beta is not [C].
    """
    ops = loader.library()
    return ops.bert_layer_norm(
        x=x,
        gamma=tf.cast(gamma, tf.float32),
        beta=tf.cast(beta, tf.float32),
        epsilon=epsilon,
        name=name,
    )[0]


def layer_norm_reference(x, gamma, beta, epsilon=1e-12):
    """The same from TensorFlow's own ops, in x's type."""
    mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
    normal = (x - mean) * tf.rsqrt(variance + tf.cast(epsilon, x.dtype))
    return normal * tf.cast(gamma, x.dtype) + tf.cast(beta, x.dtype)


@tf.RegisterGradient("BertLayerNorm")
def _layer_norm_gradient(op, dy, unused_dmean, unused_drstd):
    x, gamma = op.inputs[0], op.inputs[1]
    return loader.library().bert_layer_norm_grad(
        dy=dy, x=x, gamma=gamma, mean=op.outputs[1], rstd=op.outputs[2]
    )
