# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Adds a random span head to a pre-trained checkpoint, so that prediction can be timed without fine-tuning.

Prints the prefix of the checkpoint to use: the given one if it has a span head, else the new one.

usage: add_span_head.py CHECKPOINT OUTPUT_PREFIX
"""

import sys

import numpy as np
import tensorflow.compat.v1 as tf

HEAD = {
    "cls/squad/output_weights": lambda width: [2, width],
    "cls/squad/output_bias": lambda width: [2],
}
SLOTS = ("/adam_m", "/adam_v")


def add_head(source, target):
    """Writes `target` if `source` has no span head; returns the prefix to predict with.

    Args:
      source, target: checkpoint prefixes.
    """
    reader = tf.train.load_checkpoint(source)
    names = sorted(reader.get_variable_to_shape_map())
    if all(name in names for name in HEAD):
        return source
    width = reader.get_tensor("bert/embeddings/LayerNorm/gamma").shape[0]
    random = np.random.RandomState(12345)
    with tf.Graph().as_default():
        values = {}
        for name in names:
            if not name.endswith(SLOTS):
                values[name] = reader.get_tensor(name)
        for name, shape in HEAD.items():
            values[name] = random.normal(scale=0.02, size=shape(width)).astype(np.float32)
        # Feed the values: as constants they would exceed the graph's limit of two gigabytes.
        variables = [
            tf.Variable(tf.placeholder(value.dtype, value.shape), name=name)
            for name, value in sorted(values.items())
        ]
        feeds = {variable.initializer.inputs[1]: values[variable.op.name] for variable in variables}
        with tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
            session.run([variable.initializer for variable in variables], feeds)
            tf.train.Saver(variables).save(
                session, target, write_meta_graph=False, write_state=False
            )
    return target


if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    print(add_head(sys.argv[1], sys.argv[2]))
