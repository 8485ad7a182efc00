# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How the data programs refuse: one line on stderr, exit code 2."""

import sys

from program import interrupts
from program.options import OptionError


class DataError(OptionError):
    """Bad input, a bad flag or a missing thing; the message is the one line the user reads."""


def run_program(main):
    """Calls `main()`; an OptionError or DataError becomes `error: <line>` on stderr and exit code 2, and so does what the
    operating system refuses (no permission, a full disk).

    Ctrl-C and SIGTERM end the program with 128 + signal number after `finally` blocks have run, so that worker
    processes and half-written files are cleaned up.
    """
    try:
        interrupts.run(main)
    except (OptionError, interrupts.Interrupted) as error:
        sys.stderr.write("error: %s\n" % error)
        sys.exit(getattr(error, "exit_code", 2))
    except OSError as error:
        sys.stderr.write(
            "error: %s: %s\n" % (error.filename or "cannot go on", error.strerror or error)
        )
        sys.exit(2)
