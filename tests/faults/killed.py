# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A program that kills itself (-9) at a moment of its work with files: python -m tests.faults.killed WHEN NAME NUMBER PROGRAM ...

WHEN is "before replace", "before remove", "after remove", or "seen" (a thread looks for the file all the time). NAME is a regular
expression of the file's whole name. NUMBER: the how many-th time.
"""

import os
import re
import runpy
import signal
import sys
import threading


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def watched(call, name_at, when, name, number, end=kill):
    """A function of `os`, before or after whose `number`-th call with a file of this name the process ends.

    Args:
        call: os.replace or os.remove.
        name_at: int, which argument is the file.
        when: "before" or "after".
        name: regular expression.
        number: int, from 1.
        end: function without arguments.
    """
    left = [number]

    def watching(*arguments):
        left[0] -= re.fullmatch(name, os.path.basename(arguments[name_at])) is not None
        if when == "before" and not left[0]:
            end()
        result = call(*arguments)
        if when == "after" and not left[0]:
            end()
        return result

    return watching


def look(directory, name, end=kill):
    """Ends the process once a directory has a file of this name."""
    while True:
        try:
            if any(re.fullmatch(name, found) for found in os.listdir(directory)):
                end()
                return
        except OSError:
            pass  # not there yet


def arrange(when, name, number, output_dir):
    """What the first arguments ask for."""
    if when == "seen":
        threading.Thread(target=look, args=(output_dir, name), daemon=True).start()
    elif when == "before replace":
        os.replace = watched(os.replace, 1, "before", name, number)
    else:
        os.remove = watched(os.remove, 0, when.split()[0], name, number)


if __name__ == "__main__":
    asked, sys.argv = sys.argv[1:4], sys.argv[4:]
    (out,) = [one.split("=", 1)[1] for one in sys.argv if one.startswith("--output_dir=")]
    arrange(asked[0], asked[1], int(asked[2]), out)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
