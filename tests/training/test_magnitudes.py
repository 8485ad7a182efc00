# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/magnitudes.py: largest values, NaN and infinity, and the largest over micro-batches."""

from collections import OrderedDict

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from training import accumulation, magnitudes

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(
    "values, expected",
    [
        ([1.0, -3.0, 2.0], [3, 0, 0]),
        ([NAN, -3.0, 2.0], [3, 1, 0]),
        ([2.0, -3.0, NAN], [3, 1, 0]),
        ([1.0, -INF, 2.0], [2, 0, 1]),
        ([INF, NAN], [0, 1, 1]),
        ([], [0, 0, 0]),
    ],
)
def test_magnitude_of_a_tensor(values, expected, dtype):
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(magnitudes.of(tf.constant(np.array(values, dtype))))
    assert found.dtype == np.float32 and found.tolist() == expected


class Model:
    """A model of two layers whose tensors are multiples of a feature."""

    def __init__(self, x):
        self._x = x

    def get_embedding_output(self):
        return self._x

    def get_all_encoder_layers(self):
        return [self._x * 2.0, self._x / (self._x - 3.0)]

    def get_pooled_output(self):
        return -self._x


@pytest.mark.parametrize("pieces", [2, 4])
def test_of_micro_batches_the_largest_counts(pieces):
    def loss_fn(features):
        theta = tf.get_variable("theta", [], initializer=tf.ones_initializer())
        loss = tf.reduce_mean(theta * features["x"])
        watched = magnitudes.of_model(Model(features["x"]), [("logits", theta * features["x"])])
        return loss, OrderedDict([("mean", loss)], **watched)

    with tf.Graph().as_default(), tf.Session() as session:
        features = {"x": tf.constant([1.0, -8.0, 3.0, 5.0])}
        _, values, _, _ = accumulation.accumulated_gradients(loss_fn, features, pieces)
        session.run(tf.global_variables_initializer())
        others, watched = magnitudes.separated(session.run(values))
    assert dict(others) == {"mean": 0.25}
    assert {name: value.tolist() for name, value in watched.items()} == {
        "embeddings": [8, 0, 0],
        "encoder layer 0": [16, 0, 0],
        "encoder layer 1": [2.5, 0, 1],
        "pooled output": [8, 0, 0],
        "logits": [8, 0, 0],
    }
