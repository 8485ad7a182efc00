# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""weights: casts where they are used, or by whoever builds the graph."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import weights


def test_cast_is_tensorflows_by_default():
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("w", initializer=[1.0, 2.0**-30])
        half = weights.cast(variable, tf.float16)
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(half), np.float16([1.0, 0.0]))
        tensor = tf.constant([1.0])
        assert weights.cast(tensor, tf.float32) is tensor


def test_a_caster_makes_what_differs_in_type_within_its_context():
    with tf.Graph().as_default():
        wide, made = tf.constant([1.0]), []

        def caster(weight, dtype):
            made.append((weight, dtype))
            return tf.constant([3.0], dtype)

        with weights.casting_with(caster):
            inner = weights.cast(wide, tf.float16)
            assert inner.dtype == tf.float16 and weights.cast(wide, tf.float32) is wide
            with weights.casting_with(lambda weight, dtype: wide):
                assert weights.cast(wide, tf.float16) is wide
            with tf.Graph().as_default():
                assert weights.cast(tf.constant([1.0]), tf.float16).op.type == "Cast"
            assert len(made) == 1 and made[0][0] is wide and made[0][1] == tf.float16
        assert weights.cast(wide, tf.float16).op.type == "Cast"


def test_the_context_ends_with_an_error_and_leaves_nothing_to_export():
    with tf.Graph().as_default() as graph:
        with pytest.raises(KeyError):
            with weights.casting_with(lambda weight, dtype: weight):
                raise KeyError
        assert weights.cast(tf.constant([1.0]), tf.float16).op.type == "Cast"
        assert not tf.train.export_meta_graph(graph=graph).collection_def
