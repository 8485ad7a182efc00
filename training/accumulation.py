# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Gradient accumulation: for a batch too large for memory, the mean gradient over its micro-batches.

The micro-batches are iterations of a loop within the training step, not steps of their own: each optimizer step is
one session run, one global step and one loss.
"""


from collections import OrderedDict

import tensorflow.compat.v1 as tf

import optimization
from training import magnitudes


def dense_gradients(loss, variables):
    """(variables the loss depends on, their dense gradients); embedding gradients arrive as IndexedSlices."""
    gradients = tf.gradients(loss, variables)
    used = [(v, optimization.densify(g, v)) for v, g in zip(variables, gradients) if g is not None]
    return [v for v, _ in used], [g for _, g in used]


def accumulated_gradients(loss_fn, features, num_micro_batches, loss_scale=None):
    """The mean loss and mean gradients over the micro-batches of a batch.

    Memory: the activations and gradients of one micro-batch, and one accumulator per variable.

    Args:
      loss_fn: function of a dict like `features`, returning (loss, OrderedDict name -> scalar), float32 scalars, apart from
        the magnitudes among them (training.magnitudes), of which the largest are returned instead of the mean. It
        is called twice (for the first micro-batch and for the loop over the others) and makes its variables by
        tf.get_variable under names that are the same both times.
      features: dict of tensors [K * B, ...], K * B known to the graph.
      num_micro_batches: K, at least 2.
      loss_scale: float32 scalar tensor that multiplies the gradients; None: 1.

    Returns:
      (loss, values, variables, gradients): means over the micro-batches, and the trainable variables that the loss
      depends on with their dense gradients, float32.

    Raises:
      ValueError: the batch size is unknown or not a multiple of K.
    """
    micro_batches = {
        name: _split(name, tensor, num_micro_batches) for name, tensor in features.items()
    }
    factor = (1.0 if loss_scale is None else loss_scale) / num_micro_batches

    loss, values = loss_fn({name: tensor[0] for name, tensor in micro_batches.items()})
    variables, gradients = dense_gradients(loss * factor, tf.trainable_variables())
    names = list(values)

    def turn(index, scalars, accumulators):
        read = OrderedDict()
        with _reading_variables_into(read):
            this_loss, these_values = loss_fn(
                {name: tensor[index] for name, tensor in micro_batches.items()}
            )
        inputs = [read[variable.op.name] for variable in variables]
        these = [
            optimization.densify(gradient, variable)
            for gradient, variable in zip(tf.gradients(this_loss * factor, inputs), variables)
        ]
        return (
            index + 1,
            [
                _sum_or_largest(name, total, new)
                for name, total, new in zip(
                    ["loss"] + names, scalars, [this_loss] + [these_values[n] for n in names]
                )
            ],
            [total + new for total, new in zip(accumulators, these)],
        )

    # The loop begins when the first micro-batch is done, so that its activations and the next one's never coexist.
    with tf.control_dependencies([loss] + gradients):
        start = tf.constant(1) + 0
    _, scalars, gradients = tf.while_loop(
        lambda index, *_: index < num_micro_batches,
        turn,
        (start, [loss] + [values[n] for n in names], gradients),
        parallel_iterations=1,
        back_prop=False,
        name="micro_batches",
    )
    means = [
        scalar if magnitudes.is_one(name) else scalar / num_micro_batches
        for name, scalar in zip(["loss"] + names, scalars)
    ]
    return means[0], OrderedDict(zip(names, means[1:])), variables, gradients


def _sum_or_largest(name, total, new):
    return tf.maximum(total, new) if magnitudes.is_one(name) else total + new


def _split(name, tensor, num_micro_batches):
    """[K * B, ...] to [K, B, ...]."""
    shape = tensor.shape.as_list()
    if shape[0] is None or shape[0] % num_micro_batches:
        raise ValueError(
            "%s has %s rows, which is not a multiple of %d micro-batches"
            % (name, shape[0], num_micro_batches)
        )
    rest = [tf.shape(tensor)[axis] if size is None else size for axis, size in enumerate(shape)][1:]
    return tf.reshape(tensor, [num_micro_batches, shape[0] // num_micro_batches] + rest)


def _reading_variables_into(read):
    """A variable scope in which tf.get_variable returns existing variables as tensors, stored in `read` by name.

    Within a loop there are no gradients with respect to variables outside it, but there are with respect to values
    read from them inside.
    """

    def read_variable(getter, name, *args, **kwargs):
        if name not in read:
            read[name] = tf.identity(getter(name, *args, **kwargs))
        return read[name]

    return tf.variable_scope(
        tf.get_variable_scope(), reuse=True, custom_getter=read_variable, auxiliary_name_scope=False
    )
