# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Runs programs with one TensorFlow, as children of this process, which has imported it: python server.py, requests on stdin.

Needs no pytest: the environments of other TensorFlows need not have the requirements of the tests.
"""

import json
import os
import runpy
import sys
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run_child(request):
    """Runs a program's __main__ in this process, which ends with its exit code; its output goes to request["log"]."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    sys.argv = [request["program"]] + request["arguments"]
    code = 1
    try:
        runpy.run_path(request["program"], run_name="__main__")
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main():
    """Prints a line about this TensorFlow, then for each request one with the exit code."""
    sys.path.insert(0, ROOT)
    os.chdir(ROOT)
    import tensorflow.compat.v1 as tf

    import run_pretraining  # noqa: F401 (once for all children)
    import run_squad  # noqa: F401
    from fused_ops import loader

    about = {"version": tf.VERSION, "fused_ops_unavailable": loader.unavailable_reason()}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            run_child(request)
        status = os.waitpid(child, 0)[1]
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        print(json.dumps(code), flush=True)


if __name__ == "__main__":
    main()
