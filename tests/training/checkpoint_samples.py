# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Small checkpoints for tests, and damage to them."""

import os

import tensorflow.compat.v1 as tf


def save(directory, variables, step=None, name="model.ckpt"):
    """Writes a checkpoint of constants (dict name -> value) without TensorFlow's note growing; returns its prefix."""
    os.makedirs(str(directory), exist_ok=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        made = [
            tf.get_variable(variable, initializer=tf.constant(value, tf.float32))
            for variable, value in variables.items()
        ]
        if step is not None:
            made.append(tf.train.get_or_create_global_step())
            sess.run(tf.assign(made[-1], step))
        sess.run([v.initializer for v in made if v.op.name != "global_step"])
        return tf.train.Saver(made, max_to_keep=0).save(
            sess, os.path.join(str(directory), name), global_step=step
        )


def data_file(prefix):
    return prefix + ".data-00000-of-00001"


def cut(path, size):
    with open(path, "r+b") as stream:
        stream.truncate(size)


def flip(path, place=0):
    """Changes one bit of a file."""
    with open(path, "r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 4]))
