# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Bias addition and the exact GELU (Hendrycks and Gimpel, arXiv:1606.08415) as one op; the gradient with the bias's sum."""
import math

import tensorflow.compat.v1 as tf

from fused_ops import loader


def bias_gelu(x, bias, name=None):
    """gelu(x + bias), gelu(z) = z * (1 + erf(z / sqrt(2))) / 2.

    Args:
      x: [..., C], float32 or float16, C >= 1; arithmetic is float32 in both cases.
      bias: [C]; cast to float32 if it is not.
      name: of the op.

    Returns:
      [..., C] of x's type.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): bias is not [C].
    """
    return loader.library().bert_bias_gelu(x=x, bias=tf.cast(bias, tf.float32), name=name)


def bias_gelu_reference(x, bias):
    """The same from TensorFlow's own ops, in x's type."""
    z = x + tf.cast(bias, x.dtype)
    return z * (1.0 + tf.erf(z * (1.0 / math.sqrt(2.0)))) * 0.5


@tf.RegisterGradient("BertBiasGelu")
def _bias_gelu_gradient(op, dy):
    x, bias = op.inputs
    return loader.library().bert_bias_gelu_grad(dy=dy, x=x, bias=bias)
