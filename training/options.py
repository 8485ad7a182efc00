# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Immutable option groups: how settings travel below `main`, where no flag is read any more.

A group names its options and their defaults once, in DEFAULTS. Whoever asks for an option that does
not exist gets an OptionError instead of a silently ignored setting.
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from collections import OrderedDict
import difflib

import six


class OptionError(ValueError):
  """A setting the user gave cannot work; the message is the one line to show."""


class OptionGroup(object):
  """A set of named, immutable values.

  Subclasses give DEFAULTS (an OrderedDict, option -> default) and may give `validate`.

  Args:
    **values: options that differ from their defaults.

  Raises:
    OptionError: an option is unknown or has a value that cannot work.
  """

  DEFAULTS = OrderedDict()

  def __init__(self, **values):
    for name in sorted(values):
      if name not in self.DEFAULTS:
        raise OptionError(self._unknown(name))
    chosen = OrderedDict(
        (name, values.get(name, default)) for name, default in self.DEFAULTS.items())
    object.__setattr__(self, "_values", chosen)
    self.validate()

  @classmethod
  def pick(cls, mapping):
    """The group made of those entries of `mapping` (e.g. all flags by name) that it knows.

    Args:
      mapping: dict, name -> value; other names are left to other groups.

    Raises:
      OptionError: a picked value cannot work.
    """
    return cls(**{name: mapping[name] for name in cls.DEFAULTS if name in mapping})

  def validate(self):
    """Raises OptionError when the values cannot work; for subclasses."""

  def replace(self, **changes):
    """A copy with some options changed.

    Raises:
      OptionError: an option is unknown or has a value that cannot work.
    """
    values = dict(self._values)
    values.update(changes)
    return type(self)(**values)

  def to_dict(self):
    """An OrderedDict, option -> value, in the order of DEFAULTS; a copy."""
    return OrderedDict(self._values)

  def __getattr__(self, name):
    # Reached only where normal lookup failed. Private names must stay AttributeErrors: copy and pickle
    # probe for them before `_values` exists.
    if not name.startswith("_") and name in self._values:
      return self._values[name]
    raise AttributeError(self._unknown(name))

  def __setattr__(self, name, value):
    raise AttributeError(
        "%s is immutable: use .replace(%s=...)" % (type(self).__name__, name))

  def __delattr__(self, name):
    raise AttributeError("%s is immutable: cannot delete '%s'" % (type(self).__name__, name))

  def __eq__(self, other):
    return type(self) is type(other) and self._values == other._values

  def __ne__(self, other):
    return not self == other

  __hash__ = None

  def __reduce__(self):
    return _rebuild, (type(self), dict(self._values))

  def __repr__(self):
    return "%s(%s)" % (
        type(self).__name__,
        ", ".join("%s=%r" % item for item in self._values.items()))

  @classmethod
  def _unknown(cls, name):
    close = difflib.get_close_matches(name, list(cls.DEFAULTS), n=1)
    return "%s has no option '%s'%s" % (
        cls.__name__, name, ", did you mean '%s'?" % close[0] if close else "")


def _rebuild(cls, values):
  return cls(**values)


def require_int(name, value, minimum):
  """Checks one whole-number option.

  Raises:
    OptionError: `value` is not an integer of at least `minimum`.
  """
  if isinstance(value, bool) or not isinstance(value, six.integer_types) or value < minimum:
    raise OptionError("--%s must be a whole number of at least %d, got %r" % (name, minimum, value))


def require_positive(name, value):
  """Checks one option that must be a finite number above zero.

  Raises:
    OptionError: it is not.
  """
  is_number = isinstance(value, (float,) + six.integer_types) and not isinstance(value, bool)
  if not is_number or not 0.0 < value < float("inf"):
    raise OptionError("--%s must be a number above 0, got %r" % (name, value))


class RunOptions(OptionGroup):
  """Where a run writes, what it starts from, how often it saves and reports.

  log_every_n_steps: steps between console lines. random_seed: None for a different run each time.
  keep_checkpoint_max: how many checkpoints stay on disk; 0 keeps all.
  """

  DEFAULTS = OrderedDict([
      ("output_dir", None),
      ("init_checkpoint", None),
      ("save_checkpoints_steps", 1000),
      ("keep_checkpoint_max", 1),
      ("log_every_n_steps", 10),
      ("random_seed", 12345),
  ])

  def validate(self):
    if not self.output_dir:
      raise OptionError("--output_dir is missing: name the directory for checkpoints and results")
    require_int("save_checkpoints_steps", self.save_checkpoints_steps, 1)
    require_int("keep_checkpoint_max", self.keep_checkpoint_max, 0)
    require_int("log_every_n_steps", self.log_every_n_steps, 1)
    if self.random_seed is not None:
      require_int("random_seed", self.random_seed, 0)


class KernelOptions(OptionGroup):
  """Whether a model uses the kernels of fused_ops/ (None: where they are built) and computes nothing for padding."""

  DEFAULTS = OrderedDict([("use_fused_ops", None), ("remove_padding", False)])


class PrecisionOptions(OptionGroup):
  """What arithmetic a run asks for: manual fp16, automatic mixed precision, XLA; fp32 when nothing is asked."""

  DEFAULTS = OrderedDict([("use_fp16", False), ("amp", False), ("use_xla", False)])

  def validate(self):
    if self.use_fp16 and self.amp:
      raise OptionError("--use_fp16 and --amp exclude each other: choose one")


class OptimizerOptions(OptionGroup):
  """The update rule's settings.

  optimizer: "adamw" or "lamb". learning_rate: the peak, per process (the runtime scales it by the number of
  ranks). num_accumulation_steps: micro-batches of a step, each of the train_batch_size.
  """

  DEFAULTS = OrderedDict([
      ("optimizer", "adamw"),
      ("learning_rate", 5e-5),
      ("num_train_steps", 100000),
      ("num_warmup_steps", 10000),
      ("num_accumulation_steps", 1),
      ("clip_norm", 1.0),
  ])

  RULES = ("adamw", "lamb")

  def validate(self):
    if self.optimizer not in self.RULES:
      raise OptionError("--optimizer must be %s, got %r" % (" or ".join(self.RULES), self.optimizer))
    require_int("num_accumulation_steps", self.num_accumulation_steps, 1)
    require_positive("learning_rate", self.learning_rate)
    require_int("num_train_steps", self.num_train_steps, 1)
    require_int("num_warmup_steps", self.num_warmup_steps, 0)
    require_positive("clip_norm", self.clip_norm)
