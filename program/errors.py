# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How a program refuses: one line on stderr and an exit code, no traceback."""

import os
import re
import sys

from program import console, interrupts

USER_ERROR = 2
_OPTION = re.compile(r"(?<![\w-])--[a-z]\w*")


class UserError(ValueError):
    """Something the user gave cannot be used; the message is the one line to show.

    `exit_code` is what the program ends with; subclasses may set another.
    """

    exit_code = USER_ERROR


class DataError(UserError):
    """A file that cannot be read, written or used."""


def few(names, most=3):
    """Names for a message, the first `most` of them: "a, b, c and 4 more"."""
    more = len(names) - most
    return ", ".join(names[:most]) + (" and %d more" % more if more > 0 else "")


def run_program(main, errors=()):
    """Calls `main()` and turns the user's errors into `error: <line>` on stderr and an exit code.

    Exit codes: that of a UserError (2 unless its class sets another), 2 for what the operating system refuses (no
    permission, a full disk), 128 and its number after a signal (130: Ctrl-C, 143: SIGTERM, 129: SIGHUP, 138: SIGUSR1), when `finally` blocks have run, so that worker
    processes and half-written files are gone. Any other exception is a bug and keeps its traceback.

    Args:
        main: function without arguments.
        errors: tuple of further exception classes that are the user's errors (those of modules that import nothing
            of the project); their `exit_code`, if any, is used as well.
    """
    console.restart_in_utf8()
    console.accept_all_text()
    try:
        interrupts.run(main)
    except (UserError, interrupts.Interrupted) + tuple(errors) as error:
        fail(str(error), getattr(error, "exit_code", USER_ERROR))
    except OSError as error:
        fail("%s: %s" % (error.filename or "cannot continue", error.strerror or error))


def fail(message, exit_code=USER_ERROR):
    """Prints `error: <message>`, in one line, and ends the program.

    If a launcher has started the program and the message names an option, the line also says how to pass it.
    """
    launcher = os.environ.get("BERT_LAUNCHER")
    if launcher and exit_code == USER_ERROR and _OPTION.search(message):
        message += " (%s takes these options after --)" % launcher
    sys.stdout.flush()
    sys.stderr.write("error: %s\n" % " ".join(message.split()))
    sys.stderr.flush()
    sys.exit(exit_code)
