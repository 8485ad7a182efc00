# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Options: each is declared once, as a row of its group's table; groups are immutable.

From a row follow the flag (program.command_line), its default and help, the validation, and the entry in
run.json. Below `main` no flag is read: settings travel in groups. Asking for an option that does not exist
raises an OptionError instead of silently ignoring a setting.
"""

import difflib
import math
from collections import OrderedDict, namedtuple

from program.errors import UserError


class OptionError(UserError):
    """A setting that cannot work; the message is the one line shown to the user."""


# The largest integer option: TensorFlow keeps many of them as int32.
LARGEST_INTEGER = 2**31 - 1

_COLUMNS = "name default help kind minimum maximum above choices required optional is_flag is_path"


class Option(namedtuple("Option", _COLUMNS)):
    """A row of a group's table. It has more than seven parameters because they are the table's columns.

    Args:
      name: str, the name of the flag without dashes.
      default: the default value; None: no default.
      help: str, the text that --help shows.
      kind: bool, int, float or str; only needed where the default is None and the option is not text.
      minimum, maximum: inclusive bounds of a number.
      above: exclusive lower bound of a number.
      choices: tuple of all permitted values.
      required: whether the option must be given.
      optional: whether None is permitted although there is a default.
      is_flag: whether the option is also a flag; otherwise the program sets it.
      is_path: whether the text names files or directories, one or several between commas; `~` at their beginning is
        the home directory on the command line.
    """

    __slots__ = ()

    def __new__(
        cls,
        name,
        default,
        help,
        kind=None,
        minimum=None,
        maximum=None,
        above=None,
        choices=None,
        required=False,
        optional=False,
        is_flag=True,
        is_path=False,
    ):
        if kind is None:
            kind = str if default is None else type(default)
        row = (name, default, help, kind, minimum, maximum, above, choices, required, optional)
        return super().__new__(cls, *(row + (is_flag, is_path)))

    def problem(self, value):
        """What is wrong with a value, such as "must be an integer of at least 1"; None if it is valid."""
        if value is None and (self.default is None or self.optional) and not self.required:
            return None
        if self.required and not value:
            return "is required"
        if self._is_of_kind(value) and self._is_in_range(value):
            return None
        if self._is_of_kind(value) and self.maximum is None and self._is_too_large(value):
            return "must be at most %d" % LARGEST_INTEGER
        return "must be %s" % self._permitted()

    def check(self, value):
        """Raises OptionError if the option cannot have this value."""
        problem = self.problem(value)
        if problem == "is required":
            raise OptionError("--%s is required" % self.name)
        if problem:
            raise OptionError("--%s=%s: %s" % (self.name, value, problem))

    def _is_of_kind(self, value):
        if isinstance(value, bool) or self.kind is bool:
            return isinstance(value, bool) and self.kind is bool
        return isinstance(value, (int, float) if self.kind is float else self.kind)

    def _is_in_range(self, value):
        if self.choices is not None and value not in self.choices:
            return False
        if self.kind is float and math.isnan(value):
            return False
        if self.above is not None and not self.above < value < float("inf"):
            return False
        return (self.minimum is None or value >= self.minimum) and not self._is_too_large(value)

    def _is_too_large(self, value):
        if self.maximum is not None:
            return value > self.maximum
        return self.kind is int and value > LARGEST_INTEGER

    def _permitted(self):
        if self.choices is not None:
            return " or ".join(str(choice) for choice in self.choices)
        noun = {bool: "true or false", int: "an integer", float: "a number", str: "text"}[self.kind]
        if self.above is not None and self.maximum is not None:
            return "%s greater than %g and at most %g" % (noun, self.above, self.maximum)
        if self.above is not None:
            return "%s greater than %g" % (noun, self.above)
        if self.minimum is not None and self.maximum is not None:
            return "%s from %g to %g" % (noun, self.minimum, self.maximum)
        return noun if self.minimum is None else "%s of at least %g" % (noun, self.minimum)


def with_changes(options, **changes):
    """A table with some rows changed, for a program whose defaults differ.

    Args:
      options: sequence of Option.
      **changes: option name -> dict of columns to change.

    Returns:
      tuple of Option.

    Raises:
      ValueError: there is no such row.
    """
    unknown = sorted(set(changes) - {option.name for option in options})
    if unknown:
        raise ValueError("no option %s" % ", ".join(unknown))
    return tuple(option._replace(**changes.get(option.name, {})) for option in options)


class OptionGroup:
    """A set of named, immutable values.

    Subclasses give the table OPTIONS (a sequence of Option) and may give `validate`.

    Args:
      **values: options that differ from their defaults.

    Raises:
      OptionError: an option is unknown or has an invalid value.
    """

    OPTIONS = ()

    def __init__(self, **values):
        names = [option.name for option in self.OPTIONS]
        for name in sorted(values):
            if name not in names:
                raise OptionError(self._unknown(name))
        chosen = OrderedDict(
            (option.name, values.get(option.name, option.default)) for option in self.OPTIONS
        )
        object.__setattr__(self, "_values", chosen)
        for option in self.OPTIONS:
            option.check(chosen[option.name])
        self.validate()

    @classmethod
    def pick(cls, mapping):
        """The group made of those entries of `mapping` (e.g. all flags by name) that belong to it.

        Args:
          mapping: dict, name -> value; other names are left to other groups.

        Raises:
          OptionError: a value is invalid.
        """
        names = [option.name for option in cls.OPTIONS]
        return cls(**{name: mapping[name] for name in names if name in mapping})

    def validate(self):
        """Raises OptionError if the values do not work together; for subclasses."""

    def replace(self, **changes):
        """A copy with some options changed.

        Raises:
          OptionError: an option is unknown or has an invalid value.
        """
        values = dict(self._values)
        values.update(changes)
        return type(self)(**values)

    def to_dict(self):
        """An OrderedDict, option -> value, in the order of the table; a copy."""
        return OrderedDict(self._values)

    def __getattr__(self, name):
        # Reached only if normal lookup failed. Private names must stay AttributeErrors: copy and pickle
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
        close = difflib.get_close_matches(name, [option.name for option in cls.OPTIONS], n=1)
        return "%s has no option '%s'%s" % (
            cls.__name__,
            name,
            ", did you mean '%s'?" % close[0] if close else "",
        )


def _rebuild(cls, values):
    return cls(**values)
