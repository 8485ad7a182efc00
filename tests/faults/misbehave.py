# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A program that hangs, crashes, raises or says something: python -m tests.faults.misbehave WHAT."""

import os
import signal
import sys
import time

if __name__ == "__main__":
    if sys.argv[1] == "hang":
        time.sleep(1000)
    elif sys.argv[1] == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif sys.argv[1] == "raise":
        raise ValueError("a bug")
    print("here")
