# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Weighted cross entropy of a softmax over a large vocabulary."""
import tensorflow.compat.v1 as tf

from fused_ops import loader


def plain(logits, labels, weights):
    """weights * -log(softmax(logits)[labels]), one loss per row; softmax in float32.

    Args:
      logits: float32 or float16 [M, V], V >= 1.
      labels: [M] integers in [0, V).
      weights: [M]; cast to float32.

    Returns:
      float32 [M].
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=tf.cast(logits, tf.float32)
    )
    return tf.cast(weights, tf.float32) * losses


def fused(logits, labels, weights):
    """`plain` as one op, and its gradient as one.

    The probabilities are never in memory: backward recomputes them from two numbers per row, and writes the
    gradient over the logits where no other op reads them. Rows of weight 0 (the padding of masked language model
    predictions) are not read: their loss and gradient are 0 even where their logits are not finite. There is
    no gradient with respect to the weights, which are data. A label outside [0, V) is an error on the CPU; on a
    GPU, which cannot report it, its loss is NaN.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes do not match, or a label
        is outside [0, V).
    """
    return loader.library().bert_softmax_cross_entropy(
        logits=logits,
        labels=tf.cast(labels, tf.int32),
        weights=tf.cast(weights, tf.float32),
    )[0]


@tf.RegisterGradient("BertSoftmaxCrossEntropy")
def _softmax_cross_entropy_gradient(op, dlosses, unused_dstatistics):
    logits, labels, weights = op.inputs
    dlogits = loader.library().bert_softmax_cross_entropy_grad(
        dlosses=dlosses, logits=logits, labels=labels, weights=weights, statistics=op.outputs[1]
    )
    return dlogits, None, None
