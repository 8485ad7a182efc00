# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Immutable option groups: how settings travel below `main`, where no flag is read any more.

A group names its options and their defaults once, in DEFAULTS. Whoever asks for an option that does
not exist gets an OptionError instead of a silently ignored setting.
"""


import difflib
from collections import OrderedDict

import six


class OptionError(ValueError):
    """A setting the user gave cannot work; the message is the one line to show."""


class OptionGroup:
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
            (name, values.get(name, default)) for name, default in self.DEFAULTS.items()
        )
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
        raise AttributeError("%s is immutable: use .replace(%s=...)" % (type(self).__name__, name))

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
            ", ".join("%s=%r" % item for item in self._values.items()),
        )

    @classmethod
    def _unknown(cls, name):
        close = difflib.get_close_matches(name, list(cls.DEFAULTS), n=1)
        return "%s has no option '%s'%s" % (
            cls.__name__,
            name,
            ", did you mean '%s'?" % close[0] if close else "",
        )


def _rebuild(cls, values):
    return cls(**values)


def require_int(name, value, minimum):
    """Checks one whole-number option.

    Raises:
      OptionError: `value` is not an integer of at least `minimum`.
    """
    if isinstance(value, bool) or not isinstance(value, six.integer_types) or value < minimum:
        raise OptionError(
            "--%s must be a whole number of at least %d, got %r" % (name, minimum, value)
        )


def require_positive(name, value):
    """Checks one option that must be a finite number above zero.

    Raises:
      OptionError: it is not.
    """
    is_number = isinstance(value, (float,) + six.integer_types) and not isinstance(value, bool)
    if not is_number or not 0.0 < value < float("inf"):
        raise OptionError("--%s must be a number above 0, got %r" % (name, value))
