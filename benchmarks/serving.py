# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Compares the exports of a fine-tuned checkpoint with run_squad.py: their answers, sizes and latencies on a CPU.

    python -m benchmarks.serving --checkpoint DIR --predict_file FILE [--predict_file FILE ...] [--expected DIR ...]
                                 [--onnx_python .venv-onnx/bin/python] [--precision fp32|fp16] [--systems NAME ...] [--runs N] [--clock wall|cpu] [--output FILE]

Exports the checkpoint as SavedModels in fp32 and fp16, with variables and with constants, and the latter to ONNX if
--onnx_python is given. Each runs in a process of its own that imports nothing of this project (serving_worker.py). Answers
are chosen by squad.predictions from their logits, in windows padded to the longest of a batch, and compared with the
predictions.json in each --expected directory, one for each --predict_file (default: those of the checkpoint's own graph).
Latencies are medians of a session run on batches of 1 and 8 windows, of max_seq_length tokens and of real lengths; on a shared
machine, --clock cpu counts the processor time of the process's threads instead of wall time.
"""

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import OrderedDict, namedtuple

import numpy as np
import tensorflow.compat.v1 as tf

from benchmarks import serving_worker
from program.files import human, write_whole
from serving import export, export_settings, source
from serving.span_model import CheckpointModel
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.predictions import RawResult, compute_predictions
from training import session
from training.kernels import PLAIN
from training.options import PrecisionOptions
from training.precision import resolve_precision

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORKER = os.path.join(ROOT, "benchmarks", "serving_worker.py")
INPUTS = serving_worker.INPUTS
BATCH_SIZES = (1, 8)
_ANSWERS_BATCH = 16  # windows, sorted by length

# kind: of serving_worker, or None: the checkpoint's own graph. path: what it loads. size: bytes of the model's files.
System = namedtuple("System", ["kind", "path", "size"])


def questions_of(found, tokenizer, path):
    """(examples, features) of a file, as run_squad.py makes them."""
    settings = found.settings
    examples = read_squad_examples(path, False, settings.version_2_with_negative)
    lengths = (settings.max_seq_length, settings.doc_stride, settings.max_query_length)
    return examples, list(convert_examples(examples, tokenizer, *(lengths + (False,))))


def batch_of(features, length=None):
    """dict of int32 [B, S]; S is the longest of them, or `length`."""
    length = length or max(sum(feature.input_mask) for feature in features)
    rows = [[feature.input_ids, feature.input_mask, feature.segment_ids] for feature in features]
    return dict(zip(INPUTS, np.array(rows, np.int32)[:, :, :length].transpose(1, 0, 2)))


def timed_batches(features, length):
    """OrderedDict, "timed-<batch size>-<full or real>" -> batch: the windows are the file's first; of real lengths, by length."""
    longest = sorted(features[: 8 * BATCH_SIZES[-1]], key=lambda one: sum(one.input_mask))
    batches = OrderedDict()
    for size in BATCH_SIZES:
        middle = (len(longest) - size) // 2
        chosen = longest[middle : middle + size]
        full = batch_of((chosen * size)[:size], length)
        full["input_mask"] = np.ones_like(full["input_mask"])
        batches["timed-%d-full" % size] = full
        batches["timed-%d-real" % size] = batch_of(chosen)
    return batches


def run(system, found, python, batches, runs, clock):
    """What serving_worker.measure returns, of a system.

    Args:
      system: System.
      found: source.Source of the checkpoint.
      python: str, the Python for systems of this kind.
      batches: dict, name -> batch.
      runs: int, of timed batches.
      clock: a key of serving_worker.CLOCKS.
    """
    arrays = {"%s/%s" % (which, k): x for which, one in batches.items() for k, x in one.items()}
    if system.kind is None:
        model = CheckpointModel(
            found.config, found.model, resolve_precision(PrecisionOptions()), PLAIN
        )
        return serving_worker.measure(
            lambda batch: model.logits(*(batch[name] for name in INPUTS)),
            arrays,
            runs,
            serving_worker.CLOCKS[clock],
        )
    with tempfile.TemporaryDirectory() as folder:
        given, written = (os.path.join(folder, name) for name in ("in.npz", "out.npz"))
        np.savez(given, **arrays)
        command = [python, "-W", "ignore", WORKER, system.kind, system.path, given, written]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        subprocess.run(command + [str(runs), clock], check=True, cwd=folder, env=environment)
        with np.load(written) as results:
            return dict(results)


def parts_of(features):
    """Lists of indexes of windows of similar lengths, a batch each."""
    order = sorted(range(len(features)), key=lambda index: sum(features[index].input_mask))
    return [order[at : at + _ANSWERS_BATCH] for at in range(0, len(order), _ANSWERS_BATCH)]


def answer_batches(number, features):
    """OrderedDict, "<number of the file>-<number>" -> batch, of all windows."""
    return OrderedDict(
        ("%d-%d" % (number, at), batch_of([features[index] for index in part]))
        for at, part in enumerate(parts_of(features))
    )


def logits_of(number, features, found):
    """list of RawResult from what `run` found for the batches of a file."""
    results = []
    for at, part in enumerate(parts_of(features)):
        starts, ends = (found["%d-%d/%s" % (number, at, name)] for name in serving_worker.OUTPUTS)
        for index, start, end in zip(part, starts, ends):
            length = len(features[index].input_ids)
            padded = np.full([2, length], -1e4, np.float32)  # no answer begins or ends in padding
            padded[:, : len(start)] = start, end
            results.append(RawResult(features[index].unique_id, padded[0], padded[1]))
    return results


def answers_of(found, examples, features, results):
    """OrderedDict, id -> text, as run_squad.py chooses them."""
    settings = found.settings
    return compute_predictions(
        examples,
        features,
        results,
        settings.n_best_size,
        settings.max_answer_length,
        settings.version_2_with_negative,
        settings.null_score_diff_threshold,
    )[0]


def bytes_of(*paths):
    """Bytes of files and of all files below directories."""
    below = [
        os.path.join(folder, name)
        for path in paths
        for folder, _, names in os.walk(path)
        for name in names
    ]
    return sum(os.path.getsize(path) for path in below + [p for p in paths if os.path.isfile(p)])


def make_systems(found, directory, precisions, onnx_python):
    """OrderedDict, name -> System: the checkpoint and its exports, which are written to a directory."""
    checkpoint = [found.model + ending for ending in (".index", ".data-00000-of-00001")]
    systems = OrderedDict([("run_squad.py", System(None, found.model, bytes_of(*checkpoint)))])
    for precision in precisions:
        trained = found._replace(settings=found.settings._replace(precision=precision))
        for freeze in (False, True):
            path = export.export(trained, directory, freeze)
            size = bytes_of(os.path.join(path, "variables"), os.path.join(path, "saved_model.pb"))
            name = "SavedModel %s%s" % (precision, ", constants" if freeze else "")
            systems[name] = System("savedmodel", path, size)
        if onnx_python:
            command = [onnx_python, "-m", "serving.onnx_export", "--export", path]
            subprocess.run(command, check=True, cwd=ROOT)
            model = os.path.join(path, "model.onnx")
            systems["ONNX %s" % precision] = System("onnx", model, bytes_of(model))
    return systems


def report(rows, lines):
    """The table in Markdown."""
    head = [
        "system",
        "size",
        "384 × 1",
        "384 × 8",
        "real × 1",
        "real × 8",
        "answers equal",
        "logits",
    ]
    table = [head, ["---"] + ["---:"] * (len(head) - 1)] + rows
    return "\n".join(lines + [""] + ["| %s |" % " | ".join(row) for row in table]) + "\n"


def milliseconds(computed, which):
    return "%.0f" % (1e3 * np.median(computed[which + "/seconds"]))


def chosen(systems, names):
    """The checkpoint and the systems of these names; None: all."""
    unknown = sorted(set(names or ()) - set(systems))
    if unknown:
        raise SystemExit(
            "error: --systems: %s; there are %s" % (", ".join(unknown), ", ".join(systems))
        )
    return OrderedDict(
        (name, system)
        for name, system in systems.items()
        if not names or name in names or system.kind is None
    )


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--bert_config_file")
    parser.add_argument("--vocab_file")
    parser.add_argument("--max_seq_length", type=int)
    parser.add_argument("--predict_file", action="append", required=True)
    parser.add_argument("--expected", action="append", default=[])
    # Each system runs in a directory of its own. A name without a slash is looked for on PATH.
    parser.add_argument(
        "--onnx_python", type=lambda path: os.path.abspath(path) if os.sep in path else path
    )
    parser.add_argument("--precision", choices=export_settings.PRECISIONS, action="append")
    parser.add_argument(
        "--systems",
        nargs="+",
        help="only these rows of the table, besides run_squad.py's; default: all (float16 takes TensorFlow minutes on a CPU)",
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--output")
    return parser


def main(arguments=None):
    """Returns the rows of the table."""
    options = make_parser().parse_args(arguments)
    session.start()
    tf.logging.set_verbosity(tf.logging.WARN)
    names = ("bert_config_file", "vocab_file", "max_seq_length")
    found = source.find(options.checkpoint, {name: getattr(options, name) for name in names})
    tokenizer = source.tokenizer_of(found)
    files = [questions_of(found, tokenizer, path) for path in options.predict_file]
    expected = [json.load(io.open(os.path.join(d, "predictions.json"))) for d in options.expected]
    batches = timed_batches(files[0][1], found.settings.max_seq_length)
    for number, (_, features) in enumerate(files):
        batches.update(answer_batches(number, features))
    reference, rows = None, []
    with tempfile.TemporaryDirectory() as directory:
        precisions = options.precision or export_settings.PRECISIONS
        systems = make_systems(found, directory, precisions, options.onnx_python)
        for name, system in chosen(systems, options.systems).items():
            python = options.onnx_python if system.kind == "onnx" else sys.executable
            computed = run(system, found, python, batches, options.runs, options.clock)
            equal, logits = [], []
            for number, (examples, features) in enumerate(files):
                results = logits_of(number, features, computed)
                answers = answers_of(found, examples, features, results)
                if len(expected) <= number:
                    expected.append(answers)
                same = sum(answers[key] == expected[number][key] for key in answers)
                equal.append("%d of %d" % (same, len(answers)))
                logits += results
            reference = reference or logits
            worst = max(
                np.abs(a[part] - b[part]).max()
                for a, b in zip(logits, reference)
                for part in (1, 2)
            )
            rows.append(
                [name, human(system.size)]
                + [
                    milliseconds(computed, "timed-%d-%s" % (size, what))
                    for what in ("full", "real")
                    for size in BATCH_SIZES
                ]
                + [", ".join(equal), "%.1g" % worst]
            )
            print(rows[-1], flush=True)
    text = report(
        rows,
        [
            "%s, %d cores, TensorFlow %s; %s time in ms, median of %d runs; real lengths: %s and %s tokens"
            % (
                platform.machine(),
                os.cpu_count(),
                tf.__version__,
                options.clock,
                options.runs,
                batches["timed-1-real"]["input_ids"].shape[1],
                batches["timed-8-real"]["input_ids"].shape[1],
            )
        ],
    )
    print(text)
    if options.output:
        write_whole(options.output, text)
    return rows


if __name__ == "__main__":
    main()
