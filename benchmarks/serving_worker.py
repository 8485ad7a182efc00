# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Runs one exported model on batches: the other half of benchmarks/serving.py. Imports nothing of this project.

usage: serving_worker.py savedmodel|onnx PATH BATCHES.npz RESULTS.npz RUNS CLOCK

BATCHES has `<batch>/<input>`. RESULTS gets `<batch>/start_logits` and `<batch>/end_logits`, and of batches whose name begins with
"timed" `<batch>/seconds` [RUNS], after two runs that are not counted. CLOCK: wall, or cpu: the processor time of all threads.
"""

import sys
import time

import numpy as np

INPUTS = ("input_ids", "input_mask", "segment_ids")
OUTPUTS = ("start_logits", "end_logits")


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def saved_model(path):
    """A function of a dict of inputs that returns the outputs, by TensorFlow."""
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    session = tf.Session(graph=tf.Graph())
    with session.graph.as_default():
        loaded = tf.saved_model.loader.load(session, ["serve"], path)
    signature = loaded.signature_def["serving_default"]
    outputs = [signature.outputs[name].name for name in OUTPUTS]
    return lambda batch: session.run(
        outputs, {signature.inputs[name].name: batch[name] for name in INPUTS}
    )


def onnx(path):
    """As saved_model, by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(list(OUTPUTS), batch)


def measure(run, arrays, runs, clock):
    """What RESULTS gets.

    Args:
      run: function of a dict of inputs that returns the outputs.
      arrays: dict, `<batch>/<input>` -> int32 [B, S].
      runs: int.
      clock: function without arguments, seconds.
    """
    written = {}
    for which in sorted({name.split("/")[0] for name in arrays}):
        batch = {name: arrays["%s/%s" % (which, name)] for name in INPUTS}
        seconds = []
        is_timed = which.startswith("timed")
        for number in range(runs + 2 if is_timed else 1):
            began = clock()
            outputs = run(batch)
            if number >= 2:
                seconds.append(clock() - began)
        written.update(("%s/%s" % (which, name), x) for name, x in zip(OUTPUTS, outputs))
        if is_timed:
            written[which + "/seconds"] = np.array(seconds)
    return written


def main(kind, path, batches, results, runs, clock):
    run = {"savedmodel": saved_model, "onnx": onnx}[kind](path)
    np.savez(results, **measure(run, dict(np.load(batches)), int(runs), CLOCKS[clock]))


if __name__ == "__main__":
    main(*sys.argv[1:])
