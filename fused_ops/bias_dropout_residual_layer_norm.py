# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""LayerNorm(residual + dropout(x + bias)): the end of both halves of a post-norm Transformer block."""
import tensorflow.compat.v1 as tf

from fused_ops import dropout, layer_norm, loader, weights


def plain(x, bias, residual, gamma, beta, dropout_rate=0.0, seed=None):
    """LayerNorm(residual + dropout(x + bias)) over the last axis.

    Args:
      x: float32 or float16 [..., C], C >= 1.
      bias: [C].
      residual: [..., C] of x's type.
      gamma, beta: [C]; cast to float32.
      dropout_rate: in [0, 1); 0 outside training.
      seed: op-level seed of the dropout.

    Returns:
      [..., C] of x's type. LayerNorm is computed in float32, the sum before it in x's type.
    """
    update = dropout.plain(tf.nn.bias_add(x, weights.cast(bias, x.dtype)), dropout_rate, seed)
    return layer_norm.plain(residual + update, gamma, beta)


def fused(x, bias, residual, gamma, beta, dropout_rate=0.0, seed=None):
    """`plain` as one op and its gradient as one, each in one pass, with other random numbers.

    Arithmetic is float32. dropout_rate is rounded to a multiple of 1/65536. Backward draws the mask again.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes do not match.
      ValueError: dropout_rate is not in [0, 1).
    """
    return loader.library().bert_bias_dropout_residual_layer_norm(
        x=x,
        bias=tf.cast(bias, tf.float32),
        residual=residual,
        gamma=tf.cast(gamma, tf.float32),
        beta=tf.cast(beta, tf.float32),
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        dropout_rate=dropout_rate,
        epsilon=layer_norm.EPSILON,
    )[0]


@tf.RegisterGradient("BertBiasDropoutResidualLayerNorm")
def _bias_dropout_residual_layer_norm_gradient(op, dy, unused_dmean, unused_drstd):
    x, bias, residual, gamma, _, random_state = op.inputs
    gradients = loader.library().bert_bias_dropout_residual_layer_norm_grad(
        dy=dy,
        x=x,
        bias=bias,
        residual=residual,
        gamma=gamma,
        mean=op.outputs[1],
        rstd=op.outputs[2],
        random_state=random_state,
        dropout_rate=op.get_attr("dropout_rate"),
    )
    return list(gradients) + [None]
