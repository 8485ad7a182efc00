# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The span head and its loss: names of the variables, values beside NumPy's in float64."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from training import span_head


def test_logits_and_loss_against_numpy():
    rng = np.random.RandomState(0)
    hidden = rng.randn(3, 5, 8).astype(np.float32)
    starts, ends = np.array([0, 4, 2]), np.array([0, 4, 3])
    with tf.Graph().as_default(), tf.Session() as sess:
        config = modeling.BertConfig(
            vocab_size=9, hidden_size=8, num_attention_heads=2, initializer_range=0.5
        )
        start_logits, end_logits = span_head.span_logits(config, tf.constant(hidden))
        loss = span_head.span_loss(
            start_logits,
            end_logits,
            {
                "start_positions": tf.constant(starts, tf.int32),
                "end_positions": tf.constant(ends, tf.int32),
            },
        )
        weights, bias = tf.trainable_variables()
        assert [v.op.name for v in (weights, bias)] == [
            "cls/squad/output_weights",
            "cls/squad/output_bias",
        ]
        sess.run(tf.global_variables_initializer())
        sess.run(bias.assign([0.25, -1.0]))
        w, got_start, got_end, got_loss = sess.run([weights, start_logits, end_logits, loss])
    expected_start = hidden.astype(np.float64).dot(w[0]) + 0.25
    expected_end = hidden.astype(np.float64).dot(w[1]) - 1.0
    np.testing.assert_allclose(got_start, expected_start, atol=1e-5)
    np.testing.assert_allclose(got_end, expected_end, atol=1e-5)
    total = 0.0
    for logits, labels in ((expected_start, starts), (expected_end, ends)):
        for row, label in zip(logits, labels):
            total += np.log(np.exp(row).sum()) - row[label]
    assert got_loss == pytest.approx(total / 6, abs=1e-5)


def test_loss_over_tokens_only_against_numpy():
    """Padding, whatever its logits, takes no part and gets no gradient."""
    rng = np.random.RandomState(1)
    logits = 20 * rng.randn(2, 3, 7).astype(np.float32)
    lengths, labels = np.array([7, 3, 1]), np.array([[6, 0, 0], [2, 2, 0]])
    mask = (np.arange(7) < lengths[:, np.newaxis]).astype(np.int32)
    with tf.Graph().as_default(), tf.Session() as sess:
        start, end = tf.constant(logits[0]), tf.constant(logits[1])
        features = {
            "start_positions": tf.constant(labels[0], tf.int32),
            "end_positions": tf.constant(labels[1], tf.int32),
            "input_mask": tf.constant(mask),
        }
        loss = span_head.span_loss(start, end, features, only_tokens=True)
        got, gradients = sess.run([loss, tf.gradients(loss, [start, end])])
    total, expected = 0.0, np.zeros([2, 3, 7])
    for side in range(2):
        for row, (length, label) in enumerate(zip(lengths, labels[side])):
            real = logits[side, row, :length].astype(np.float64)
            exponentials = np.exp(real - real.max())
            total += np.log(exponentials.sum()) + real.max() - real[label]
            expected[side, row, :length] = exponentials / exponentials.sum() / 6
            expected[side, row, label] -= 1 / 6
    assert got == pytest.approx(total / 6, rel=1e-6)
    np.testing.assert_allclose(gradients, expected, atol=1e-7)
