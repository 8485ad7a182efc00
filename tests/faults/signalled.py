# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A program that sends itself SIGTERM once its metrics name a step: python -m tests.faults.signalled STEP METRICS PROGRAM ..."""

import os
import runpy
import signal
import sys
import threading
import time


def watch(step, path):
    """Waits for the step, and sends the signal."""
    while True:
        time.sleep(0.001)
        if os.path.exists(path):
            with open(path) as stream:
                if '"step": %d,' % step in stream.read():
                    os.kill(os.getpid(), signal.SIGTERM)
                    return


if __name__ == "__main__":
    threading.Thread(target=watch, args=(int(sys.argv[1]), sys.argv[2]), daemon=True).start()
    sys.argv = sys.argv[3:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
