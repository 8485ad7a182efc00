# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The span head of question answering (Devlin et al. 2018, section 4.2) and its loss: fine-tuning, export and the service share it."""

import tensorflow.compat.v1 as tf

import modeling

SCOPE = "cls/squad"
WEIGHTS = SCOPE + "/output_weights"  # the variable that only a model fine-tuned on questions has

_NO_POSITION = -1e9  # a logit whose probability is 0 in float32 beside any other's

# Shapes below: B windows in a batch, S tokens in each, H hidden width.


def span_logits(config, sequence_output):
    """The span head: how well each token starts, and how well it ends, the answer.

    Args:
      config: BertConfig.
      sequence_output: float32 [B, S, H].

    Returns:
      (start logits, end logits), float32 [B, S] each.
    """
    batch_size, length, width = modeling.get_shape_list(sequence_output, expected_rank=3)
    with tf.variable_scope(SCOPE):
        weights = tf.get_variable(
            "output_weights",
            [2, width],
            initializer=modeling.create_initializer(config.initializer_range),
        )
        bias = tf.get_variable("output_bias", [2], initializer=tf.zeros_initializer())
        logits = tf.matmul(tf.reshape(sequence_output, [-1, width]), weights, transpose_b=True)
        logits = tf.reshape(tf.nn.bias_add(logits, bias), [batch_size, length, 2])
        start_logits, end_logits = tf.unstack(logits, axis=2)
        return start_logits, end_logits


def span_loss(start_logits, end_logits, features, only_tokens=False):
    """The mean of the cross entropies of the answer's first and last token over all S positions.

    Args:
      start_logits, end_logits: float32 [B, S].
      features: dict with "start_positions" and "end_positions", int32 [B], 0 where the window has no answer; for
        only_tokens "input_mask", int32 [B, S], too.
      only_tokens: bool, padding is none of the positions. Without padding (BertModel's remove_padding) nothing is
        computed there: its logits would be constants, against which each window would have to learn.

    Returns:
      float32 scalar.
    """
    if only_tokens:
        padding = (1.0 - tf.cast(features["input_mask"], tf.float32)) * _NO_POSITION
        start_logits, end_logits = start_logits + padding, end_logits + padding
    losses = [
        tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        for labels, logits in (
            (features["start_positions"], start_logits),
            (features["end_positions"], end_logits),
        )
    ]
    return tf.multiply(0.5, losses[0] + losses[1], name="span_loss")
