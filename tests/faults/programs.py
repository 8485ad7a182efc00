# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Runs programs as children of one process that has imported TensorFlow: real `__main__`, arguments, output and exit code.

    with Programs(folder) as programs:
        outcome = programs.run("data.inspect_records", [path], seconds=60)

A child that is killed by a signal, or does not end in time, costs nothing but itself.
"""

import collections
import json
import os
import runpy
import signal
import subprocess
import sys
import time

from tests.conftest import ROOT

# code: exit code, minus the signal that ended it, or None if it did not end in time. out, err: str.
Outcome = collections.namedtuple("Outcome", ["code", "out", "err"])


class Programs:
    """Starts the process; its children write to `folder`, a str. Use it in a `with` block."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        self._server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.programs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            bufsize=1,
            env=dict(os.environ, LC_ALL="C.UTF-8", TF_CPP_MIN_LOG_LEVEL="1"),
        )
        return self

    def __exit__(self, *unused):
        self._server.stdin.close()
        self._server.wait()

    def run(self, module, arguments, seconds=120):
        """Runs `python -m MODULE ARGUMENTS...`; returns its Outcome."""
        streams = {name: os.path.join(self._folder, "std" + name) for name in ("out", "err")}
        request = dict(streams, module=module, arguments=arguments, seconds=seconds)
        self._server.stdin.write(json.dumps(request) + "\n")
        code = json.loads(self._server.stdout.readline())
        texts = []
        for name in ("out", "err"):
            with open(streams[name], encoding="utf-8", errors="replace") as stream:
                texts.append(stream.read())
        return Outcome(code, *texts)


def _child(request):
    os.setsid()
    for number, name in ((0, None), (1, "out"), (2, "err")):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(request[name], flags) if name else os.open(os.devnull, os.O_RDONLY), number)
    sys.argv = [request["module"]] + request["arguments"]
    code = 1
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child, seconds):
    """The child's exit code; after `seconds` it is killed with its own children: None."""
    end = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.005)


def serve():
    """Runs the requests on standard input."""
    import data.wikipedia_corpus.extract  # noqa: F401 (once for all children)
    import run_pretraining  # noqa: F401
    import run_squad  # noqa: F401
    import training.report.pages  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _child(request)
        print(json.dumps(_wait(child, request["seconds"])), flush=True)


if __name__ == "__main__":
    serve()
