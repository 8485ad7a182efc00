# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Runs ops and their gradients in a fresh graph and session."""

import numpy as np
import tensorflow.compat.v1 as tf

FLOAT_TYPES = (np.float32, np.float16)


def evaluate(
    function, inputs, upstream=None, differentiate=(), static_shapes=True, threads=0, runs=1
):
    """Values of function(*inputs), and of the gradients of sum(upstream * first result).

    Args:
      function: takes tensors, returns a tensor or a list of tensors.
      inputs: NumPy arrays, fed through placeholders.
      upstream: array of the first result's shape; None: no gradients.
      differentiate: which inputs (numbers) to take gradients by.
      static_shapes: whether the placeholders know their shapes.
      threads: of the session's intra-op pool, 0 for TensorFlow's choice.
      runs: how often to run; more than once, a list of the results of each run is returned.

    Returns:
      List of arrays: the results, then the gradients.
    """
    with tf.Graph().as_default():
        tf.set_random_seed(87654321)
        feeds = [
            tf.placeholder(array.dtype, array.shape if static_shapes else None) for array in inputs
        ]
        results = function(*feeds)
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        values = dict(zip(feeds, inputs))
        fetches = list(results)
        if upstream is not None:
            dy = tf.placeholder(upstream.dtype, upstream.shape if static_shapes else None)
            values[dy] = upstream
            gradients = tf.gradients(results[0], [feeds[i] for i in differentiate], grad_ys=dy)
            fetches += [tf.convert_to_tensor(gradient) for gradient in gradients]
        config = tf.ConfigProto(intra_op_parallelism_threads=threads)
        with tf.Session(config=config) as session:
            outputs = [session.run(fetches, values) for _ in range(runs)]
    return outputs[0] if runs == 1 else outputs


def gradient_error(function, inputs):
    """Largest difference between the symbolic and the numeric Jacobian of `function`, by every input (float32)."""
    with tf.Graph().as_default(), tf.Session():
        tensors = [tf.constant(array) for array in inputs]
        result = function(*tensors)
        shapes = [array.shape for array in inputs]
        return tf.test.compute_gradient_error(
            tensors, shapes, result, result.shape.as_list(), x_init_value=list(inputs), delta=1e-2
        )
