# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the prediction of run_squad.py gains by batches of windows of similar length, on a CPU.

    python -m benchmarks.prediction --checkpoint DIR --predict_file FILE [--questions N] [--rounds N] [--cases NAME ...]

Predicts the first questions of a file through training.prediction: with TensorFlow's own ops and padding computed, and with the fused
ops and padding removed; in the order of the file at max_seq_length, as before there were such batches, and sorted; by count and by tokens.
Cases run in turns (A B A B ...). Prints a Markdown table of processor time a window, all threads: medians over the rounds. The batch
with which TensorFlow prepares the graph, that of the first question, does not count.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import OrderedDict, namedtuple
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

import run_squad
from program.records.fields import squad_schema
from serving import source
from squad import batches
from squad.examples import read_squad_examples
from squad.options import SquadOptions
from squad.windows import write_windows
from training import prediction, session
from training.job import Job
from training.kernels import resolve_kernels
from training.options import (
    KernelOptions,
    OptimizerOptions,
    PrecisionOptions,
    RunOptions,
    RuntimeOptions,
)
from training.precision import resolve_precision
from training.runtime import create_runtime
from training.start import Start

# fused: bool. is_sorted: bool. windows, tokens: as in batches.Limits.
Case = namedtuple("Case", "fused is_sorted windows tokens")
CASES = OrderedDict(
    [
        ("plain, in order, 8", Case(False, False, 8, None)),
        ("plain, sorted, 8", Case(False, True, 8, None)),
        ("plain, sorted, 3072 tokens", Case(False, True, None, 3072)),
        ("plain, in order, 1", Case(False, False, 1, None)),
        ("plain, sorted, 1", Case(False, True, 1, None)),
        ("fused, in order, 8", Case(True, False, 8, None)),
        ("fused, sorted, 8", Case(True, True, 8, None)),
        ("fused, sorted, 3072 tokens", Case(True, True, None, 3072)),
        ("fused, sorted, 1", Case(True, True, 1, None)),
    ]
)
_OF_CHECKPOINT = ("bert_config_file", "vocab_file")
_LENGTHS = ("max_seq_length", "doc_stride", "max_query_length")
_PLAN = batches.plan


def plan_after_warm_up(case, max_length):
    """Limits of a case, and a plan whose first stretch is the first question: functions in the place of those of the modules."""
    limits = batches.Limits(case.windows, case.tokens, max_length, case.is_sorted, case.fused)

    def plan(lengths, question_of, _):
        first = question_of.index(question_of[0] + 1)
        found = _PLAN(lengths[:first], question_of[:first], limits)
        rest = _PLAN(lengths[first:], question_of[first:], limits, len(lengths))
        return found + [one._replace(begin=one.begin + first, end=one.end + first) for one in rest]

    return limits, plan


def measure(case, found, directory, path, features):
    """Processor seconds a window of one case."""
    settings = found.settings
    precision = resolve_precision(PrecisionOptions())
    lengths = {name: getattr(settings, name) for name in _LENGTHS}
    task = SquadOptions(vocab_file="-", do_predict=True, predict_file="-", **lengths)
    job = Job(
        found.config,
        task,
        RunOptions(output_dir=directory),
        OptimizerOptions(),
        precision,
        resolve_kernels(KernelOptions(use_fused_ops=case.fused)),
        create_runtime(RuntimeOptions()),
    )
    limits, plan = plan_after_warm_up(case, settings.max_seq_length)
    times = []
    with mock.patch.object(prediction, "limits", lambda job: limits), mock.patch.object(
        batches, "plan", plan
    ):
        predicted = prediction.Prediction(job, path, features)
    results = predicted.results(
        run_squad.make_model_fn(job, Start(0, found.model, False)),
        squad_schema(settings.max_seq_length, is_training=False),
        found.model,
        lambda done: times.append((done, time.process_time())),
    )
    for _ in results:
        pass
    first = int(features.counts[0])
    (before,) = [seconds for done, seconds in times if done == first]
    return (times[-1][1] - before) / (len(features) - first)


def table(seconds, reference):
    """Markdown of the medians, beside that of the case that a case's kernels and batch are to be compared with."""
    lines = ["| case | ms a window | spread | of in order |", "|---|---:|---:|---:|"]
    for name, found in seconds.items():
        median = statistics.median(found)
        beside = seconds.get(reference[name])
        lines.append(
            "| %s | %.1f | %.1f to %.1f | %s |"
            % (
                name,
                1e3 * median,
                1e3 * min(found),
                1e3 * max(found),
                "%.2f" % (median / statistics.median(beside)) if beside else "–",
            )
        )
    return "\n".join(lines) + "\n"


def reference_of(name):
    """The case in the order of the file with the same ops and, if there is one, the same number of windows."""
    case = CASES[name]
    same = [
        other
        for other, one in CASES.items()
        if not one.is_sorted and one.fused == case.fused and one.windows in (case.windows or 8, 8)
    ]
    return min(same, key=lambda other: CASES[other].windows != (case.windows or 8))


def main(arguments=None):
    """Returns name -> list of seconds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("checkpoint", "predict_file"):
        parser.add_argument("--" + name, required=True)
    for name in _OF_CHECKPOINT:
        parser.add_argument("--" + name)
    for name in _LENGTHS:
        parser.add_argument("--" + name, type=int)
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    options = parser.parse_args(arguments)
    session.start()
    tf.logging.set_verbosity(tf.logging.WARN)
    given = {name: getattr(options, name) for name in _OF_CHECKPOINT + _LENGTHS}
    found = source.find(options.checkpoint, given)
    tokenizer = source.tokenizer_of(found)
    examples = read_squad_examples(options.predict_file, False)[: options.questions]
    seconds = OrderedDict((name, []) for name in options.cases)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "eval.tf_record")
        features = write_windows(path, examples, tokenizer, found.settings, False)
        filled = np.mean(features.lengths()) / found.settings.max_seq_length
        print("%d windows, %.0f %% filled" % (len(features), 100 * filled))
        for _ in range(options.rounds):
            for name in options.cases:
                seconds[name].append(measure(CASES[name], found, directory, path, features))
                print("%s: %.1f ms" % (name, 1e3 * seconds[name][-1]), flush=True)
    print(table(seconds, {name: reference_of(name) for name in seconds}))
    return seconds


if __name__ == "__main__":
    main()
