# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Weighted cross entropy of a softmax over a large vocabulary as one op, and its gradient as one.

The probabilities are never in memory: backward makes them again from two numbers a row, in place of the logits where
nothing else needs those.
"""
import tensorflow.compat.v1 as tf

from fused_ops import loader


def softmax_cross_entropy(logits, labels, weights, name=None):
    """weights * -log(softmax(logits)[labels]), row by row.

    Rows of weight 0 (the padding of masked language model predictions) are not looked at: their loss and gradient are 0
    even where their logits are not finite. There is no gradient by the weights: they are data.

    Args:
      logits: [M, V], float32 or float16, V >= 1; arithmetic is float32 in both cases.
      labels: [M] integers in [0, V). A wrong label is an error on the CPU; on a GPU, where it cannot be reported, it
        makes its loss NaN.
      weights: [M]; cast to float32 if it is not.
      name: of the op.

    Returns:
      float32 [M].

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes that do not fit together, or a
        label outside [0, V).
    """
    return loader.library().bert_softmax_cross_entropy(
        logits=logits,
        labels=tf.cast(labels, tf.int32),
        weights=tf.cast(weights, tf.float32),
        name=name,
    )[0]


def softmax_cross_entropy_reference(logits, labels, weights):
    """The same from TensorFlow's own ops, in the logits' type but for the weights."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return tf.cast(weights, tf.float32) * tf.cast(losses, tf.float32)


@tf.RegisterGradient("BertSoftmaxCrossEntropy")
def _softmax_cross_entropy_gradient(op, dlosses, unused_dstatistics):
    logits, labels, weights = op.inputs
    dlogits = loader.library().bert_softmax_cross_entropy_grad(
        dlosses=dlosses, logits=logits, labels=labels, weights=weights, statistics=op.outputs[1]
    )
    return dlogits, None, None
