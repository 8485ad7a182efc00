# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Bias and exact GELU (Hendrycks and Gimpel, arXiv:1606.08415)."""
import math

import tensorflow.compat.v1 as tf

from fused_ops import loader, weights


def gelu(x):
    """Exact GELU, x * Phi(x), with the normal distribution function Phi expressed by erf; any shape."""
    return x * 0.5 * (1.0 + tf.math.erf(x * math.sqrt(0.5)))


def plain(x, bias):
    """gelu(x + bias).

    Args:
      x: float32 or float16 [..., C], C >= 1.
      bias: [C].

    Returns:
      [..., C] of x's type, the type of the arithmetic.
    """
    return gelu(tf.nn.bias_add(x, weights.cast(bias, x.dtype)))


def fused(x, bias):
    """`plain` as one op; the gradient is one op too and includes the bias's sum. Arithmetic is float32.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): bias is not [C].
    """
    return loader.library().bert_bias_gelu(x=x, bias=tf.cast(bias, tf.float32))


@tf.RegisterGradient("BertBiasGelu")
def _bias_gelu_gradient(op, dy):
    x, bias = op.inputs
    return loader.library().bert_bias_gelu_grad(dy=dy, x=x, bias=bias)
