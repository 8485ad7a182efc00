# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What both halves of model_gpu.py share, without either framework: arguments, inputs, the clock, the talk with model_gpu.py."""

import argparse
import json
import sys
import time

import numpy as np

WARM_UP = 3  # steps before those that are timed
_FEWEST_STEPS, _MOST_STEPS = 5, 200


def parser(doc, precisions):
    """The argparse parser of a half; it may add arguments of its own.

    Args:
        doc: str, its docstring.
        precisions: names of the precisions that it knows.
    """
    found = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--precision", required=True, choices=sorted(precisions))
    found.add_argument("--jobs", required=True, nargs="+", help="KIND:BATCH[,BATCH...]")
    found.add_argument("--config", required=True)
    found.add_argument("--inputs", required=True)
    found.add_argument("--seconds", type=float, default=1.5, help="of steps at each batch size")
    return found


def arrays_of(kind, arrays):
    """The inputs of a kind of task ("squad", "inference" or "pretraining_<S>"): dict, name -> array."""
    group = "squad" if kind == "inference" else kind
    return {
        name.split("/")[1]: arrays[name] for name in arrays.files if name.startswith(group + "/")
    }


def timed(step, seconds):
    """Makes steps for some seconds.

    Args:
        step: function of the number of steps before it, from 0; returns its loss, or None.
        seconds: float.

    Returns:
        dict of step_seconds (median), spread, steps and, with losses, loss: the first and the last.
    """
    times, losses, since = [], [], time.perf_counter()
    while len(times) < _FEWEST_STEPS or (sum(times) < seconds and len(times) < _MOST_STEPS):
        loss = step(len(times))
        now = time.perf_counter()
        times.append(now - since)
        since = now
        if loss is not None:
            losses.append(loss)
    figures = {
        "step_seconds": float(np.median(times)),
        "spread": [min(times), max(times)],
        "steps": len(times),
    }
    if losses:
        assert np.isfinite(losses).all(), losses
        figures["loss"] = [losses[0], losses[-1]]
    return figures


def work(options, make_job, common):
    """Makes the jobs, gets them ready, and measures them when a line on stdin says so; one JSON line a result.

    Args:
        options: of `parser`.
        make_job: class of (kind, list of batch sizes, options, arrays) with `kind`, `prepare()` and
            `measure(seconds, report)`.
        common: dict, what every result says besides kind and precision.

    Returns:
        int, the exit code.
    """
    arrays = np.load(options.inputs)
    jobs = []
    for job in options.jobs:
        kind, batches = job.split(":")
        jobs.append(make_job(kind, [int(batch) for batch in batches.split(",")], options, arrays))
    for job in jobs:
        job.prepare()
    print("ready", flush=True)
    if not sys.stdin.readline():
        return 1
    for job in jobs:
        about = dict(common, kind=job.kind, precision=options.precision)
        job.measure(options.seconds, lambda row: print(json.dumps(dict(about, **row)), flush=True))
    return 0
