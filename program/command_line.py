# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Command lines: flags from option groups, --help, and how errors become exit codes.

Flags are defined by a call, never on import, so that one process can import several programs.
"""

import re
import sys
import textwrap

from absl import flags

from program import console, foreign_flags
from program.errors import fail, run_program
from program.files import expand_home, path_problem

_required = []  # names of the required flags, in the order of definition
_HELP_FLAGS = ("help", "helpfull", "helpshort", "h", "?")


def define_flags(*groups):
    """Defines the flags of option groups: one for each row that is a flag.

    Values are checked while the command line is parsed, by the same rules as in the group.

    Args:
      *groups: classes of options.OptionGroup.
    """
    del _required[:]
    for option in [option for group in groups for option in group.OPTIONS if option.is_flag]:
        text = option.help
        if option.choices is not None:
            text += " One of: %s." % ", ".join(option.choices)
        if option.required:
            text += " Required."
            _required.append(option.name)
        if option.kind is bool:
            flags.DEFINE_boolean(option.name, option.default, text)
        else:
            parser = _OptionParser(option)
            flags.DEFINE(
                parser, option.name, option.default, text, serializer=flags.ArgumentSerializer()
            )


class _OptionParser(flags.ArgumentParser):
    """Reads a flag's value as its option's kind, and checks it.

    Args:
      option: options.Option of a number or text.
    """

    def __init__(self, option):
        self._option = option

    def parse(self, argument):
        value = expand_home(argument) if self._option.is_path else argument
        problem = path_problem(value) if self._option.is_path else None
        if problem:
            raise ValueError(problem)
        try:
            if self._option.kind is int:
                value = flags.IntegerParser().convert(argument)
            elif self._option.kind is float:
                value = flags.FloatParser().convert(argument)
        except (TypeError, ValueError):
            pass  # the check says what is wrong
        if not self._option.required or value:  # run_entry names all required flags at once
            problem = self._option.problem(value)
            if problem:
                raise ValueError(problem)
        return value

    def flag_type(self):
        return self._option.kind.__name__


def run_entry(main, errors, argv=None):
    """Parses the command line, runs `main([program])` and exits: the last line of every entry point.

    Exit codes: 0 success or --help; 2 a wrong command line; the others as `errors.run_program` has them.

    Args:
      main: function of one argument, the list of remaining arguments (only the program's name).
      errors: tuple of exception classes, beside UserError, whose message is the line to show.
      argv: list of str, default sys.argv.
    """
    console.accept_all_text()
    argv = list(sys.argv if argv is None else argv)
    if _asks_for_help(argv):
        print(help_text(argv[0], main))
        sys.exit(0)
    try:
        argv = flags.FLAGS.read_flags_from_files(argv)  # --flagfile
        argv, refusal = foreign_flags.screen(argv, set(flags.FLAGS))
        if refusal:
            raise flags.Error(refusal)
        rest = flags.FLAGS(argv)
        if len(rest) > 1:
            raise flags.Error(
                "unexpected argument '%s' (use --flag=value; for booleans --flag or --noflag)"
                % rest[1]
            )
        missing = [name for name in _required if not flags.FLAGS[name].value]
        if missing:
            raise flags.Error("missing required flags: %s" % ", ".join("--" + n for n in missing))
    except flags.UnrecognizedFlagError as error:
        fail("%s; see --help" % _unknown_flag(error.flagname))
    except flags.Error as error:
        fail("%s; see --help" % _plain_flag_error(error))
    run_program(lambda: main(rest), errors)
    sys.exit(0)


def help_text(program, main):
    """The text of --help: the program's docstring and its flags with their defaults."""
    summary = (sys.modules[main.__module__].__doc__ or "").strip()
    lines = [summary, "", "usage: %s --flag=value ..." % program, ""]
    for name, flag in sorted(_project_flags().items()):
        head = "--[no]%s" % name if flag.boolean else "--%s" % name
        default = "no default" if flag.default is None else "default: %s" % _shown(flag.default)
        lines.append("  %s  (%s)" % (head, default))
        lines.extend(
            textwrap.wrap(flag.help, 96, initial_indent=" " * 6, subsequent_indent=" " * 6)
        )
    return "\n".join(lines).strip()


def _asks_for_help(argv):
    for argument in argv[1:]:
        if argument == "--":
            return False
        if argument.startswith("-") and argument.lstrip("-").split("=")[0] in _HELP_FLAGS:
            return True
    return False


def _project_flags():
    """name -> Flag of those that this module defined, without absl's and TensorFlow's own."""
    return {flag.name: flag for flag in flags.FLAGS.flags_by_module_dict().get(__name__, [])}


def _shown(value):
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("e-0", "e-") if isinstance(value, float) else text


def _unknown_flag(name):
    """The line for a flag that does not exist, with those that may have been meant."""
    meant = foreign_flags.closest(name, set(_project_flags()))
    return "Unknown command line flag '%s'%s" % (
        name,
        ". Did you mean %s?" % " or ".join("--" + flag for flag in meant) if meant else "",
    )


def _plain_flag_error(error):
    """absl's message without its leading "flag"."""
    return re.sub(r"^flag (?=--)", "", str(error).strip())
