# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""This toolkit beside its peers on a CPU: training, inference and featurising, in turns in one run (A B A B …).

    python -m benchmarks.peers --pytorch .cache/parity-venv/bin/python --google ".cache/google/bert-tensorflow==1.0.1" \\
        --output benchmarks/peers/xquad_8.json [--cases NAME ...] [--layers N] [--batch_size N] [--rounds N] [--threads N] [--one_at_a_time]

Sides: this toolkit with fused ops and --remove_padding, also with --cpu_bf16 where the processor has AVX512_BF16; Google's graph, optimizer and featuriser (the package
bert-tensorflow, on the same TensorFlow); PyTorch with transformers, padded as its question-answering example does or trimmed to the longest window,
in float32 and, where the processor has instructions for it, bfloat16 autocast; the Rust tokenizer. This toolkit makes and writes windows as
its programs do, the Rust tokenizer tokenizes with all its threads. Each side is a process; only one
computes at a time. Windows are those of real questions, instances those of a book, a line a sentence; weights are random, BERT-base's shapes
unless --layers says otherwise. A side that is not there is "not run".

Writes a JSON file with every measurement and a Markdown table, which benchmarks/README.md has. --smoke: tiny sizes, in seconds.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
from collections import OrderedDict

import numpy as np

from benchmarks.gpu import model_inputs
from benchmarks.side_process import SideError, SideProcess
from fused_ops import loader
from program.files import write_whole

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS, OURS_BF16, GOOGLE = "this toolkit", "this toolkit, bf16", "Google's BERT"
PYTORCH_SIDES = tuple(
    "PyTorch, " + mode for mode in ("padded", "trimmed", "padded bf16", "trimmed bf16")
)
STEP_SIDES = (OURS, GOOGLE) + PYTORCH_SIDES + (OURS_BF16,)
RUST = "Rust tokenizer"
FEATURE_SIDES = (OURS, GOOGLE, RUST)
CASES = OrderedDict(
    [
        ("squad", "fine-tuning, windows of 384"),
        ("squad_full", "fine-tuning, windows of 384 without padding"),
        ("pretraining_128", "pre-training, 128"),
        ("pretraining_512", "pre-training, 512"),
        ("inference", "inference, windows of 384"),
        ("features_short", "featurising, paragraphs"),
        ("features_long", "featurising, whole articles"),
    ]
)
SHORTEST_ARTICLE = 4000  # characters
TINY = {
    "num_hidden_layers": 1,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 2,
}


def full_windows(path, vocab_file, rows, generator):
    """Windows without padding: questions about whole articles, of which any window but the last is full."""
    windows = model_inputs.squad_windows(path, vocab_file, 1 << 20, generator)
    full = np.flatnonzero(windows["input_mask"].all(1))[:rows]
    if len(full) < rows:
        raise SystemExit("error: %s: only %d of its windows are full" % (path, len(full)))
    return {name: value[full] for name, value in windows.items()}


def whole_articles(questions, path):
    """Writes a SQuAD file whose contexts are whole articles, short ones together; answers move along."""
    with open(questions, encoding="utf-8") as stream:
        articles = json.load(stream)["data"]
    joined = [{"context": "", "qas": []}]
    for article in articles:
        if len(joined[-1]["context"]) >= SHORTEST_ARTICLE:
            joined.append({"context": "", "qas": []})
        whole = joined[-1]
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answers = [
                    dict(answer, answer_start=answer["answer_start"] + len(whole["context"]))
                    for answer in qa["answers"]
                ]
                whole["qas"].append(dict(qa, answers=answers))
            whole["context"] += paragraph["context"] + "\n"
    data = [{"title": "", "paragraphs": joined}]
    write_whole(path, json.dumps({"version": "1.1", "data": data}))


def long_documents(text, path):
    """Writes a text as four documents: its own blank lines would make one of each paragraph, too short to fill a sequence."""
    with open(text, encoding="utf-8") as stream:
        lines = [line for line in stream if line.strip()]
    ends = {len(lines) * quarter // 4 for quarter in range(1, 4)}
    write_whole(
        path,
        "".join(line + ("\n" if number in ends else "") for number, line in enumerate(lines, 1)),
    )


def make_inputs(case, options, directory, questions):
    """The path of a case's arrays."""
    generator = np.random.RandomState(0)
    if case == "squad_full":
        arrays = full_windows(
            questions["features_long"], options.vocab_file, options.batch_size, generator
        )
    elif case.startswith("pretraining"):
        text = os.path.join(directory, "text.txt")
        long_documents(options.text, text)
        arrays = model_inputs.pretraining_instances(
            text,
            options.vocab_file,
            int(case.split("_")[1]),
            options.batch_size,
            generator,
        )
    else:
        arrays = model_inputs.squad_windows(
            questions["features_short"], options.vocab_file, options.batch_size, generator
        )
    path = os.path.join(directory, case + ".npz")
    np.savez(path, **arrays)
    return path, 1.0 - model_inputs.padding(arrays["input_mask"])


def processor_has(instructions):
    """Whether the processor has a set of instructions, by its name in /proc/cpuinfo."""
    with open("/proc/cpuinfo") as lines:
        return instructions in lines.read().split()


def computes_bf16():
    """Whether bfloat16 is worth a side: without instructions for it, one of its steps takes as long as all others together."""
    return processor_has("avx512_bf16") or processor_has("amx_bf16")


class Sides:
    """The sides that are there. A side's process starts at its first turn; with options.one_at_a_time it ends before another's starts.

    names: list of str. about: list of str, what each process says it is.
    """

    def __init__(self, options):
        here = os.path.join(ROOT, "benchmarks")
        ours = os.path.join(here, "peers_tensorflow.py")
        self._commands = OrderedDict([(OURS, [sys.executable, ours, "ours"])])
        if options.google:
            self._commands[GOOGLE] = [sys.executable, ours, "google", options.google]
        if options.pytorch:
            command = [options.pytorch, os.path.join(here, "peers_pytorch.py")]
            for name in PYTORCH_SIDES + (RUST,):
                if computes_bf16() or "bf16" not in name:
                    self._commands[name] = command
        if not (loader.unavailable_reason() or loader.cpu_bfloat16_unavailable_reason()):
            self._commands[OURS_BF16] = [sys.executable, ours, "ours-bf16"]
        self.names, self.about = list(self._commands), []
        self._one_at_a_time, self._open = options.one_at_a_time, OrderedDict()

    def turn(self, name, question, warm_up):
        """A side's turn: prepared by a question and, if asked to, warmed up when it is its process's first.

        Returns:
            (rows a call handles, measured() of a call).
        """
        mode = name.split(", ")[-1]
        process, rows, warm = self._ready(name, question)
        if warm_up and mode not in warm:
            process.ask("run", mode=mode)
        warm.add(mode)
        return rows, process.ask("run", mode=mode)

    def _ready(self, name, question):
        command = self._commands[name]
        key = name if self._one_at_a_time else tuple(command)
        if key not in self._open:
            if self._one_at_a_time:
                self.close()
            process = SideProcess(command)
            self._open[key] = (process, None, set())
            about = process.ask("about")
            if about not in self.about:
                self.about.append(about)
            self._open[key] = (process, process.ask(**question), set())
        return self._open[key]

    def close(self):
        """Ends the processes."""
        for process, _, _ in self._open.values():
            process.close()
        self._open.clear()


def measure(case, options, sides, directory, config_file, questions):
    """A case's measurements: dict of "rows" a call handles, "filled" and "sides", name -> list of measured()."""
    found = {"sides": OrderedDict(), "rows": {}}
    is_step = not case.startswith("features")
    if is_step:
        inputs, found["filled"] = make_inputs(case, options, directory, questions)
        question = {
            "name": "prepare",
            "kind": "squad" if case == "squad_full" else case,
            "config_file": config_file,
            "inputs": inputs,
            "threads": options.threads,
        }
    else:
        question = {
            "name": "prepare_features",
            "questions": questions[case],
            "vocab_file": options.vocab_file,
            "lengths": [384, 128, 64],
        }
    for _ in range(options.rounds):
        for name in STEP_SIDES if is_step else FEATURE_SIDES:
            if name in sides.names:
                found["rows"][name], result = sides.turn(name, question, warm_up=is_step)
                found["sides"].setdefault(name, []).append(result)
    return found


def rate(found, name, clock="wall"):
    """Rows a second, from the median."""
    return found["rows"][name] / statistics.median(result[clock] for result in found["sides"][name])


def cell(found, name):
    """Rows a second of the median (slowest to fastest), and how many times as fast ours is: by the wall and by processor time."""
    if name not in found["sides"]:
        return "not run"
    walls = sorted(result["wall"] for result in found["sides"][name])
    rates = [rate(found, name)] + [found["rows"][name] / wall for wall in (walls[-1], walls[0])]
    text = "%s (%s to %s)" % tuple(
        "{:,.0f}".format(value) if value >= 1000 else "%.3g" % value for value in rates
    )
    if name == OURS:
        return text
    ratios = tuple(
        rate(found, OURS, clock) / rate(found, name, clock) for clock in ("wall", "processor")
    )
    return text + "; %.1f ×, %.1f ×" % ratios


def table(report):
    """Markdown of a report, as main writes it to JSON. bfloat16 has rows where it was run."""
    lines = [
        "| case | filled | side | rows/s; ours is | peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for case, found in report["cases"].items():
        filled = "%.0f %%" % (100 * found["filled"]) if "filled" in found else "–"
        for name in FEATURE_SIDES if case.startswith("features") else STEP_SIDES:
            if "bf16" in name and name not in found["sides"]:
                continue
            memory = (
                "%.0f" % max(result["memory_mb"] for result in found["sides"][name])
                if name in found["sides"]
                else "–"
            )
            lines.append(
                "| %s | %s | %s | %s | %s |"
                % (CASES[case], filled, name, cell(found, name), memory)
            )
    return "\n".join(lines) + "\n"


def machine(threads):
    """What was measured on. threads: int, 0: not limited."""
    with open("/proc/cpuinfo") as lines:
        text = lines.read()
    model = text.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip()
    names = [name for name in ("avx2", "avx512f", "avx512_bf16") if processor_has(name)]
    return "%s (%s), %d cores, threads: %s, Python %s" % (
        model,
        ", ".join(names),
        os.cpu_count(),
        threads or "as each framework chooses",
        platform.python_version(),
    )


def main(arguments=None):
    """The command line; returns the report."""
    try:
        return compare(_parse(arguments))
    except SideError as error:
        raise SystemExit("error: %s" % error)


def compare(options):
    """Measures the cases, writes and prints the report; returns it."""
    with tempfile.TemporaryDirectory() as directory:
        with open(options.config, encoding="utf-8") as stream:
            config = json.load(stream)
        if options.layers:
            config["num_hidden_layers"] = options.layers
        if options.smoke:
            config.update(TINY)
        config_file = os.path.join(directory, "config.json")
        write_whole(config_file, json.dumps(config))
        questions = {"features_short": options.questions}
        questions["features_long"] = os.path.join(directory, "whole_articles.json")
        whole_articles(options.questions, questions["features_long"])
        report = {
            "machine": machine(options.threads),
            "layers": config["num_hidden_layers"],
            "load": [os.getloadavg()[0]],
            "cases": OrderedDict(),
        }
        for case in options.cases:
            # Processes of its own, so that the peak of memory is this case's.
            with contextlib.closing(Sides(options)) as sides:
                report["cases"][case] = measure(
                    case, options, sides, directory, config_file, questions
                )
                report["sides"] = sides.about
            report["load"].append(os.getloadavg()[0])
            print("%s: done" % CASES[case], flush=True)
            write_whole(options.output, json.dumps(report, indent=1) + "\n")
    print("\n".join([report["machine"]] + report["sides"]))
    print("load averages: " + ", ".join("%.1f" % load for load in report["load"]))
    if not computes_bf16():
        print("bfloat16: not run, this processor has no instructions for it")
    print(table(report), end="")
    return report


def _parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = os.path.join(ROOT, "..", "shared", "data")
    default = {
        "questions": os.path.join(data, "squad", "xquad-en-36.json"),
        "text": os.path.join(data, "books", "news-from-nowhere.txt"),
        "vocab_file": os.path.join(ROOT, ".cache", "minilm", "vocab.txt"),
        "config": os.path.join(ROOT, "configs", "bert_base.json"),
    }
    for name, value in default.items():
        parser.add_argument("--" + name, default=value)
    parser.add_argument("--google", help="folder of the package bert (pip install --target)")
    parser.add_argument("--pytorch", help="Python that has torch and transformers")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--layers", type=int, help="instead of the configuration's")
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: as each framework chooses")
    parser.add_argument(
        "--one_at_a_time",
        action="store_true",
        help="end each process before the next starts: for sizes whose sides do not fit into memory together",
    )
    parser.add_argument("--output", required=True, help="JSON file")
    parser.add_argument("--smoke", action="store_true", help="a tiny model, two rows, one round")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.batch_size, options.rounds = 2, 1
    return options


if __name__ == "__main__":
    main()
