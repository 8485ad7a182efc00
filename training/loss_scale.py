# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Dynamic loss scaling: keeps float16 gradients above the smallest float16 number, and skips steps that overflow.

Micikevicius et al. 2018, "Mixed Precision Training", section 3.2 (https://arxiv.org/abs/1710.03740): the scale
starts far too high, halves at every overflow and doubles after GOOD_STEPS steps without one, never below 1. Its
state is four variables of the checkpoint, so that a resumed run keeps its scale.
"""


import sys
from collections import OrderedDict

import tensorflow.compat.v1 as tf

from training import checkpoints, hooks

GOOD_STEPS = 1000
# This many consecutive overflows at scale 1, where scaling no longer causes them, mean that training has diverged.
HOPELESS = 10


class DynamicLossScale:
    """The variables `loss_scale/...` and their update.

    Created once per training graph. Consecutive overflows are only counted at scale 1.

    Args:
      initial: float, the initial scale if no checkpoint has one (precision.INITIAL_SCALE).
    """

    def __init__(self, initial):
        self._scale = _state("scale", float(initial), tf.float32)
        self._good_steps = _state("good_steps", 0, tf.int64)
        self._skipped_steps = _state("skipped_steps", 0, tf.int64)
        self._overflows_at_one = _state("overflows_at_one", 0, tf.int64)
        # One read for the whole step: the loss is multiplied and the gradients are divided by the same value.
        self.value = tf.identity(self._scale.read_value(), name="loss_scale_value")

    def update(self, finite, after):
        """Builds the change of scale that ends a step.

        Args:
          finite: bool scalar tensor, whether the step's gradients are finite (the same on all ranks).
          after: operations to finish before.

        Returns:
          (op, scalars): an OrderedDict of scalar tensors, "loss_scale" (float32, used by this step), "skipped_steps"
          (int64, total, including this one).
        """
        old_good, old_skipped, old_hopeless = [
            variable.read_value()
            for variable in (self._good_steps, self._skipped_steps, self._overflows_at_one)
        ]
        zero = tf.zeros([], tf.int64)
        grows = tf.logical_and(finite, old_good + 1 >= GOOD_STEPS)
        grown = tf.where(grows, self.value * 2.0, self.value)
        scale = tf.where(finite, grown, tf.maximum(self.value * 0.5, 1.0))
        good = tf.where(tf.logical_or(grows, tf.logical_not(finite)), zero, old_good + 1)
        at_one = tf.logical_and(tf.logical_not(finite), self.value <= 1.0)
        hopeless = tf.where(at_one, old_hopeless + 1, zero)
        self.skipped = tf.logical_not(finite)
        self.skipped_steps = old_skipped + tf.cast(self.skipped, tf.int64)
        self.hopeless = hopeless
        self.next_value = scale
        with tf.control_dependencies(
            list(after) + [self.value, scale, good, hopeless, self.skipped_steps]
        ):
            op = tf.group(
                tf.assign(self._scale, scale),
                tf.assign(self._good_steps, good),
                tf.assign(self._skipped_steps, self.skipped_steps),
                tf.assign(self._overflows_at_one, hopeless),
            )
        return op, OrderedDict([("loss_scale", self.value), ("skipped_steps", self.skipped_steps)])

    def unless_skipped(self, values):
        """Each float scalar of a dict, or 0 in a step that was skipped and so changed no variable."""
        return {
            name: tf.where(self.skipped, tf.zeros_like(value), value)
            for name, value in values.items()
        }

    def has_diverged(self):
        """Bool scalar tensor: whether this step is the one at which the OverflowHook stops."""
        return self.hopeless >= HOPELESS

    def hook(self, step, output_dir):
        """The OverflowHook of this loss scale; see there."""
        return OverflowHook(
            {
                "skipped": self.skipped,
                "skipped_steps": self.skipped_steps,
                "hopeless": self.hopeless,
                "scale": self.value,
                "next_scale": self.next_value,
                "step": step,
            },
            output_dir,
        )


def _state(name, initial, dtype):
    # A resource variable: reading one gives a value that a later assignment does not change.
    return tf.get_variable(
        "loss_scale/" + name,
        initializer=tf.constant(initial, dtype),
        trainable=False,
        use_resource=True,
        collections=[tf.GraphKeys.GLOBAL_VARIABLES, checkpoints.MAY_BE_MISSING],
    )


class OverflowHook(tf.train.SessionRunHook):
    """Logs each skipped step, prints their number at the end, and stops a training that overflows at scale 1.

    Skipped steps change no variable, so the variables are good when it stops; it must still come before the hook that
    saves, which would otherwise write a checkpoint that overflows again.

    Args:
      values: dict of scalar tensors: "skipped" (bool), "skipped_steps", "hopeless" (consecutive overflows at scale 1),
        "scale", "next_scale" and "step" (after the step).
      output_dir: the directory of the checkpoints.
      out: file for the closing line, default sys.stdout.
    """

    def __init__(self, values, output_dir, out=None):
        self._values = values
        self._output_dir = output_dir
        self._out = out
        self._runs = 0
        self._skipped = 0
        self._last = None

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self._values)

    def after_run(self, run_context, run_values):
        self._last = last = run_values.results
        self._runs += 1
        if not last["skipped"]:
            return
        self._skipped += 1
        tf.logging.info(
            "gradient overflow: skipping the step after step %d, loss scale %.0f -> %.0f (%d steps skipped so far)",
            last["step"],
            last["scale"],
            last["next_scale"],
            last["skipped_steps"],
        )
        if last["hopeless"] >= HOPELESS:
            raise hooks.DivergedError(
                "the gradients are not finite in %d consecutive steps at loss scale 1, after step %d"
                % (last["hopeless"], last["step"]),
                self._output_dir,
                last["step"] + 1,
            )

    def end(self, session):
        if self._last is None:
            return
        out = self._out or sys.stdout
        out.write(
            "Skipped steps = %d of %d (gradient overflow), total over all runs = %d, loss scale = %.0f\n"
            % (self._skipped, self._runs, self._last["skipped_steps"], self._last["next_scale"])
        )
        out.flush()
