# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A program whose checkpoints take seconds to write, as those of large models: python -m tests.faults.slow_saving SECONDS PROGRAM ..."""

import runpy
import sys
import time

import tensorflow.compat.v1 as tf


def slow(save, seconds):
    """CheckpointSaverHook's method that saves, so much longer after the first step."""

    def save_slowly(self, session, step):
        if step > 1:
            time.sleep(seconds)
        return save(self, session, step)

    return save_slowly


if __name__ == "__main__":
    hook = tf.train.CheckpointSaverHook
    hook._save = slow(hook._save, float(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
