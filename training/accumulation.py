# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Gradient accumulation: for a batch too large for memory, the mean gradient over its micro-batches.

The micro-batches are iterations of a loop within the training step, not steps of their own: each optimizer step is
one session run, one global step and one loss. What the micro-batches share is made before the loop: in float16 each weight
is cast once a step.
"""


from collections import OrderedDict

import tensorflow.compat.v1 as tf

import optimization
from fused_ops import weights
from training import magnitudes


def dense_gradients(loss, variables):
    """(variables the loss depends on, their dense gradients); embedding gradients arrive as IndexedSlices."""
    gradients = tf.gradients(loss, variables)
    used = [(v, optimization.densify(g, v)) for v, g in zip(variables, gradients) if g is not None]
    return [v for v, _ in used], [g for _, g in used]


def accumulated_gradients(loss_fn, features, num_micro_batches, loss_scale=None):
    """The mean loss and mean gradients over the micro-batches of a batch.

    Memory: the activations and gradients of one micro-batch, one accumulator per variable, and the cast weights.

    Args:
      loss_fn: function of a dict like `features`, returning (loss, OrderedDict name -> scalar), float32 scalars, apart from
        the magnitudes among them (training.magnitudes), of which the largest are returned instead of the mean. It
        is called twice (for the first micro-batch and for the loop over the others), makes its variables by
        tf.get_variable under names that are the same both times, and casts them by fused_ops.weights.
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

    casts = OrderedDict()
    with weights.casting_with(_once(casts)):
        loss, values = loss_fn({name: tensor[0] for name, tensor in micro_batches.items()})
    variables, gradients = dense_gradients(loss * factor, tf.trainable_variables())
    names = list(values)

    def turn(index, scalars, accumulators):
        shared = _Shared(casts)
        with shared.reading_variables():
            with weights.casting_with(shared.cast):
                this_loss, these_values = loss_fn(
                    {name: tensor[index] for name, tensor in micro_batches.items()}
                )
        these = shared.gradients(this_loss * factor, variables)
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


def _once(casts):
    """A caster (weights.casting_with) that casts each variable to each type once, kept in `casts` by (name, type)."""

    def cast(weight, dtype):
        key = weight.op.name, dtype
        if key not in casts:
            casts[key] = tf.cast(weight, dtype)
        return casts[key]

    return cast


class _Shared:
    """What a micro-batch of the loop takes from outside: variables, and their casts.

    Within a loop there are no gradients with respect to tensors outside it, but there are with respect to copies made
    inside (which copy no memory).

    Args:
      casts: the casts made outside, by (name of the variable, type).
    """

    def __init__(self, casts):
        self._casts = casts
        self._read = OrderedDict()  # name of a variable -> its value
        self._cast = OrderedDict()  # (name, type) -> its cast

    def reading_variables(self):
        """A variable scope in which tf.get_variable returns existing variables as tensors."""

        def read_variable(getter, name, *args, **kwargs):
            if name not in self._read:
                self._read[name] = tf.identity(getter(name, *args, **kwargs))
            return self._read[name]

        return tf.variable_scope(
            tf.get_variable_scope(),
            reuse=True,
            custom_getter=read_variable,
            auxiliary_name_scope=False,
        )

    def cast(self, weight, dtype):
        """The caster: of a weight that was read here the cast from outside, of any other a new one."""
        for name, value in self._read.items():
            if value is weight and (name, dtype) in self._casts:
                key = name, dtype
                if key not in self._cast:
                    self._cast[key] = tf.identity(self._casts[key])
                return self._cast[key]
        return tf.cast(weight, dtype)

    def gradients(self, loss, variables):
        """The dense float32 gradients of a loss with respect to variables: by way of what was read, and of its casts."""
        keys = list(self._cast)
        inputs = [self._read[variable.op.name] for variable in variables]
        found = tf.gradients(loss, inputs + [self._cast[key] for key in keys])
        by_cast = list(zip(keys, found[len(inputs) :]))
        total = []
        for variable, by_value in zip(variables, found):
            parts = [] if by_value is None else [optimization.densify(by_value, variable)]
            parts += [
                optimization.densify(tf.cast(gradient, tf.float32), variable)
                for (name, _), gradient in by_cast
                if name == variable.op.name and gradient is not None
            ]
            total.append(parts[0] if len(parts) == 1 else tf.add_n(parts))
        return total
