# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Whole programs, a question file in and predictions out, in turns (A B A B …): run_squad.py, Google's, and PyTorch's example path.

    python -m benchmarks.answers --checkpoint DIR --predict_file FILE [--pytorch .cache/parity-venv/bin/python]
        [--google ".cache/google/bert-tensorflow==1.0.1"] [--questions N] [--rounds N] [--batch_size N] [--output FILE]

DIR is an output directory of run_squad.py after training. Every run is a process of its own, so that its start, its reading and its files count. Prints, for
each program, the median of wall and processor time, the peak memory, how many times as long it took as run_squad.py with the
fused ops, and how many answers are the same text as there. Google's program aligns answers with the words of
the context, and PyTorch's path takes windows at another stride, so that some texts differ.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict, namedtuple

from benchmarks.peers import machine
from program.files import write_whole
from scripts.tools import squad_sample
from serving import source
from squad.questions import SquadDataError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = "run_squad.py, fused ops"

# command: function of the path of a new directory, to a list of str. answers: path of the predictions in it. environment: dict.
Program = namedtuple("Program", "command answers environment")


class ProgramError(Exception):
    """A program failed; the message is its last line."""


def programs(options, found, config_file, hugging_face):
    """OrderedDict, name -> Program.

    Args:
      options: the arguments.
      found: source.Source of the checkpoint.
      config_file: path of its configuration.
      hugging_face: directory of the checkpoint in transformers' form, or None.
    """
    flags = [
        "--do_predict",
        "--do_lower_case",
        "--bert_config_file=" + config_file,
        "--vocab_file=" + found.vocab_file,
        "--init_checkpoint=" + found.model,
        "--predict_file=" + options.predict_file,
        "--max_seq_length=%d" % options.max_seq_length,
        "--doc_stride=%d" % options.doc_stride,
        "--max_query_length=%d" % options.max_query_length,
        "--predict_batch_size=%d" % options.batch_size,
    ]

    def with_flags(start, *others):
        return lambda directory: start + flags + list(others) + ["--output_dir=" + directory]

    ours = [sys.executable, os.path.join(ROOT, "run_squad.py")]
    chosen = OrderedDict()
    chosen[OURS] = Program(with_flags(ours), "predictions.json", {})
    chosen["run_squad.py, TensorFlow's ops"] = Program(
        with_flags(ours, "--nouse_fused_ops"), "predictions.json", {}
    )
    if options.google:
        chosen["Google's run_squad.py"] = Program(
            with_flags([sys.executable, "-m", "bert.run_squad"]),
            "predictions.json",
            {"PYTHONPATH": options.google},
        )
    if hugging_face:
        script = os.path.join(ROOT, "benchmarks", "answers_pytorch.py")

        def pytorch(*mode):
            return (
                lambda directory: [options.pytorch, script, hugging_face, options.predict_file]
                + [os.path.join(directory, "answers.json")]
                + [str(n) for n in (options.max_seq_length, options.doc_stride, options.batch_size)]
                + list(mode)
            )

        for name, mode in (("PyTorch, padded", ()), ("PyTorch, trimmed", ("trimmed",))):
            chosen[name] = Program(pytorch(*mode), "answers.json", {})
    return chosen


def run(program, directory):
    """Runs a Program in a new directory.

    Returns:
      dict: wall, processor (s), memory_mb and answers (dict, id -> text).

    Raises:
      ProgramError: it failed.
    """
    os.mkdir(directory)
    log = os.path.join(directory, "log")
    begin = time.perf_counter()
    with open(log, "wb") as stream:
        process = subprocess.Popen(
            program.command(directory),
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=dict(os.environ, **program.environment),
        )
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status:
        with open(log, errors="replace") as stream:
            raise ProgramError((stream.read().strip().splitlines() or ["no output"])[-1])
    with open(os.path.join(directory, program.answers), encoding="utf-8") as stream:
        answers = json.load(stream)
    return {
        "wall": wall,
        "processor": used.ru_utime + used.ru_stime,
        "memory_mb": used.ru_maxrss / 1024.0,
        "answers": answers,
    }


def measure(chosen, rounds, directory):
    """OrderedDict, name of a program -> list of what run returns."""
    results = OrderedDict((name, []) for name in chosen)
    for number in range(rounds):
        for name, program in chosen.items():
            place = os.path.join(directory, "%d-%d" % (number, list(chosen).index(name)))
            try:
                results[name].append(run(program, place))
            except ProgramError as error:
                raise SystemExit("error: %s: %s" % (name, error))
            print("%s: %.1f s" % (name, results[name][-1]["wall"]), flush=True)
    return results


def table(results):
    """Markdown."""

    def median(name, what):
        return statistics.median(result[what] for result in results[name])

    lines = [
        "| program | wall, s (fastest to slowest) | × | processor, s | × | peak memory, MB | same answers |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    expected = results[OURS][0]["answers"]
    for name, runs in results.items():
        walls = sorted(result["wall"] for result in runs)
        same = sum(runs[0]["answers"].get(key) == text for key, text in expected.items())
        lines.append(
            "| %s | %.1f (%.1f to %.1f) | %.1f | %.1f | %.1f | %.0f | %d of %d |"
            % (
                name,
                median(name, "wall"),
                walls[0],
                walls[-1],
                median(name, "wall") / median(OURS, "wall"),
                median(name, "processor"),
                median(name, "processor") / median(OURS, "processor"),
                max(result["memory_mb"] for result in runs),
                same,
                len(expected),
            )
        )
    return "\n".join(lines) + "\n"


def main(arguments=None):
    """The command line; returns what measure does."""
    options = _parse(arguments)
    found = source.find(options.checkpoint, {})
    with tempfile.TemporaryDirectory() as directory:
        config_file = os.path.join(directory, "bert_config.json")
        write_whole(config_file, found.config.to_json_string())
        if options.questions:
            sample = os.path.join(directory, "questions.json")
            try:
                squad_sample.write_sample(options.predict_file, sample, options.questions)
            except SquadDataError as error:
                raise SystemExit("error: %s" % error)
            options.predict_file = sample
        hugging_face = None
        if options.pytorch:
            hugging_face = os.path.join(directory, "hugging_face")
            convert = [sys.executable, "-m", "conversion.convert", "--input", found.model]
            convert += ["--bert_config_file", config_file, "--vocab_file", found.vocab_file]
            subprocess.check_call(
                convert + ["--output_dir", hugging_face], cwd=ROOT, stdout=subprocess.DEVNULL
            )
        results = measure(
            programs(options, found, config_file, hugging_face), options.rounds, directory
        )
    text = "%s; batches of %d windows of %d tokens; load average %.1f\n\n%s" % (
        machine(threads=0),
        options.batch_size,
        options.max_seq_length,
        os.getloadavg()[0],
        table(results),
    )
    print(text, end="")
    if options.output:
        write_whole(options.output, text)
    return results


def _parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", required=True, help="output directory of run_squad.py")
    parser.add_argument("--predict_file", required=True)
    parser.add_argument(
        "--questions",
        type=int,
        help="use only the first N questions (repeated if there are fewer)",
        metavar="N",
    )
    parser.add_argument("--google", help="folder of the package bert (pip install --target)")
    parser.add_argument("--pytorch", help="Python that has torch and transformers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--max_seq_length", type=int, default=384)
    parser.add_argument("--doc_stride", type=int, default=128)
    parser.add_argument("--max_query_length", type=int, default=64)
    parser.add_argument("--output", help="Markdown file")
    options = parser.parse_args(arguments)
    for name in ("checkpoint", "predict_file", "google"):
        if getattr(options, name):
            setattr(options, name, os.path.abspath(getattr(options, name)))
    return options


if __name__ == "__main__":
    main()
