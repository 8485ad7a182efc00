# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Whether this TensorFlow reaches the GPU at all: a matrix product, then every fused op's kernel placed there by name."""

import os
import sys
import time

import numpy as np
import tensorflow.compat.v1 as tf

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from fused_ops import attention, bias_gelu, embedding, layer_norm, loader  # noqa: E402


def products(session, width=1024):
    """Largest relative error of a [width, width] product by type; fed, so that nothing is folded on the CPU."""
    generator = np.random.RandomState(0)
    a, b = generator.randn(width, width), generator.randn(width, width)
    errors = {}
    for dtype in (tf.float32, tf.float16):
        left, right = [value.astype(dtype.as_numpy_dtype) for value in (a, b)]
        feeds = [tf.placeholder(dtype, value.shape) for value in (left, right)]
        result = session.run(tf.matmul(*feeds), dict(zip(feeds, (left, right))))
        exact = left.astype(np.float64).dot(right.astype(np.float64))
        errors[dtype.name] = float(np.linalg.norm(result - exact) / np.linalg.norm(exact))
    return errors


def fused(session):
    """Fused ops pinned to the GPU: no kernel there is an error, not a move to the CPU."""
    x = tf.random.normal([64, 1024], dtype=tf.float16)
    ones = tf.ones([1024])
    qkv = tf.reshape(tf.concat([x, x, x], 1), [64, 3, 16, 64])
    table = tf.random.normal([64, 1024])
    ids = tf.zeros([2, 32], tf.int32)
    results = [
        layer_norm.fused(x, ones, ones),
        bias_gelu.fused(x, ones),
        attention.fused(qkv, tf.ones([2, 32], tf.int32), 0.1),
        embedding.fused(
            embedding.Ids(ids, ids, None), embedding.Tables(table, table, table), ones, ones, 0.1
        ),
    ]
    gradients = tf.gradients([tf.reduce_sum(tf.cast(r, tf.float32)) for r in results], [x, table])
    for value in session.run(results + gradients):
        assert np.isfinite(value).all()
    return [r.op.name for r in results]


def main():
    tf.disable_v2_behavior()
    began = time.time()
    with tf.Graph().as_default(), tf.device(
        sys.argv[1] if len(sys.argv) > 1 else "/gpu:0"
    ), tf.Session() as session:
        print(
            "devices: %s; %.1f s"
            % (", ".join(d.name for d in session.list_devices()), time.time() - began)
        )
        print(
            "products: %s; %.1f s"
            % (products(session, *map(int, sys.argv[2:])), time.time() - began),
            flush=True,
        )
        print(
            "fused ops (%s): %s; %.1f s" % (loader.flavour(), fused(session), time.time() - began)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
