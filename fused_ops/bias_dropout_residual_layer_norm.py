# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""LayerNorm(residual + dropout(x + bias)), the end of both halves of a post-norm transformer layer, as one op.

One pass forward and one backward; the dropout mask is drawn again in backward, never stored.
"""
import tensorflow.compat.v1 as tf

from fused_ops import dropout, loader
from fused_ops.layer_norm import layer_norm_reference


def bias_dropout_residual_layer_norm(
    x, bias, residual, gamma, beta, rate, epsilon=1e-12, seed=None, random_state=None, name=None
):
    """LayerNorm(residual + dropout(x + bias)) over the last dimension.

    Args:
      x: [..., C], float32 or float16, C >= 1; arithmetic is float32 in both cases.
      bias: [C]; like gamma and beta cast to float32 if it is not.
      residual: [..., C] of x's type.
      gamma: [C].
      beta: [C].
      rate: fraction dropped, in [0, 1), rounded to a multiple of 1/65536; kept elements are divided by the kept
        fraction. 0 in evaluation.
      epsilon: added to the variance.
      seed: op-level seed of the mask, as in tf.nn.dropout.
      random_state: int64 [2] from fused_ops.dropout.random_state, to use instead of making one.
      name: of the op.

    Returns:
      [..., C] of x's type.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes that do not fit together.
      ValueError: rate outside [0, 1).
    """
    ops = loader.library()
    if random_state is None:
        random_state = dropout.state_or_zeros(rate, seed)
    return ops.bert_bias_dropout_residual_layer_norm(
        x=x,
        bias=tf.cast(bias, tf.float32),
        residual=residual,
        gamma=tf.cast(gamma, tf.float32),
        beta=tf.cast(beta, tf.float32),
        random_state=random_state,
        rate=rate,
        epsilon=epsilon,
        name=name,
    )[0]


def bias_dropout_residual_layer_norm_reference(
    x, bias, residual, gamma, beta, rate, epsilon=1e-12, seed=None
):
    """The same (with another random mask) from TensorFlow's own ops, in x's type."""
    added = x + tf.cast(bias, x.dtype)
    if rate > 0.0:
        added = tf.nn.dropout(added, keep_prob=1.0 - rate, seed=seed)
    return layer_norm_reference(residual + added, gamma, beta, epsilon)


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
        rate=op.get_attr("rate"),
    )
    return list(gradients) + [None]
