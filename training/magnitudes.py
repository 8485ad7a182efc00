# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Magnitudes of a model's tensors: the largest absolute value of each, and whether it holds NaN or infinity.

Only a step that is computed again (training.replay) has them. A loss function returns them among its values, under names of
their own, since of micro-batches and ranks the largest counts, not the mean.
"""

from collections import OrderedDict

import tensorflow.compat.v1 as tf

_PREFIX = "magnitude of "


def of(tensor):
    """Float32 [3]: the largest finite absolute value (0 if there is none), 1 if there is any NaN, 1 if any infinity.

    So the element-wise maximum of two of them is that of both tensors; that of NaN and a number is not defined.
    """
    tensor = tf.abs(tf.cast(tensor, tf.float32))
    finite = tf.math.is_finite(tensor)
    largest = tf.reduce_max(tf.where(finite, tensor, tf.zeros_like(tensor)))
    found = [tf.reduce_any(test(tensor)) for test in (tf.math.is_nan, tf.math.is_inf)]
    return tf.stack([tf.maximum(largest, 0.0)] + [tf.cast(flag, tf.float32) for flag in found])


def of_model(model, others):
    """The magnitudes of a modeling.BertModel and of other tensors, as values of a loss function.

    Call it when all variables have been made: their initial values depend on the number of operations before them.

    Args:
      model: BertModel.
      others: iterable of (name, tensor): what is computed from it, in this order.

    Returns:
      OrderedDict, name -> float32 [3].
    """
    tensors = OrderedDict([("embeddings", model.get_embedding_output())])
    for number, layer in enumerate(model.get_all_encoder_layers()):
        tensors["encoder layer %d" % number] = layer
    tensors["pooled output"] = model.get_pooled_output()
    tensors.update(others)
    return OrderedDict((_PREFIX + name, of(tensor)) for name, tensor in tensors.items())


def is_one(name):
    """Whether a value of a loss function is a magnitude."""
    return name.startswith(_PREFIX)


def separated(values):
    """(the other values, the magnitudes by their plain names) of a loss function's values: OrderedDicts."""
    others = OrderedDict((name, value) for name, value in values.items() if not is_one(name))
    watched = OrderedDict(
        (name[len(_PREFIX) :], value) for name, value in values.items() if is_one(name)
    )
    return others, watched
