# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A benchmark's side in a process of its own: JSON questions on its stdin, a JSON answer a line on its stdout. No framework.

Python 3.7 asks and Python 3.11 may answer, so both ends are here.
"""

import json
import os
import resource
import subprocess
import sys
import time


class SideError(Exception):
    """The process ended, or answered with an error; the message is what it said last."""


class SideProcess:
    """Asks a process.

    Args:
        command: list of str.
        environment: dict of environment variables that it gets besides this process's.
    """

    def __init__(self, command, environment=None):
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            env=dict(os.environ, **(environment or {})),
        )

    def ask(self, name, **arguments):
        """What the process answers, as json.loads returns it."""
        self._process.stdin.write(json.dumps(dict(arguments, ask=name)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SideError("%s: exit status %s" % (self._process.args[1], self._process.wait()))
        return json.loads(answer)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def serve(handlers):
    """Answers questions until stdin ends.

    Args:
        handlers: dict, name -> function of the question's other entries as keyword arguments.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever frameworks print
    for line in sys.stdin:
        question = json.loads(line)
        name = question.pop("ask")
        answers.write(json.dumps(handlers[name](**question)) + "\n")
        answers.flush()


def measured(function):
    """Calls it; returns seconds of the wall, of the processor (threads, and processes that have ended) and the peak of memory so far, in MB."""
    before, start = _processor_seconds(), time.perf_counter()
    function()
    wall = time.perf_counter() - start
    return {
        "wall": wall,
        "processor": _processor_seconds() - before,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def _processor_seconds():
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
