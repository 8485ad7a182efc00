# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times BERT training and inference steps on one GPU: the toolkit on TensorFlow 1.15, `transformers` on PyTorch beside it.

    python3 benchmarks/model_gpu.py --tensorflow_python PYTHON --inputs INPUTS.npz --output DIR [--limit SECONDS]

Needs only the standard library. Every row of PLAN is a process of gpu/model_tensorflow.py or gpu/model_pytorch.py. As many as
there are cores get ready at once: graph, session, one step. When they are, they measure one after the other, in the order of
PLAN, and end; then the next ones get ready. Whatever does not fit into the limit is not begun, and the table says so. Writes
model_gpu.md and model_gpu.json.
"""

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, ROOT)
from program.files import write_whole  # noqa: E402

SQUAD, INFERENCE = "squad:10,32,4", "inference:8"
SHORT, LONG = "pretraining_128:64", "pretraining_512:14"
# (framework, precision, kernels, jobs), the most valuable first. A job of BERT-large takes a core for half a minute to get
# ready, and 7 GB of the GPU.
PLAN = [
    ("tensorflow", "fp16", "fused", [SQUAD]),
    ("tensorflow", "fp16", "plain", [SQUAD]),
    ("pytorch", "fp16", "sdpa", [SQUAD, INFERENCE, SHORT, LONG]),
    ("tensorflow", "fp16", "packed", [SQUAD]),
    ("tensorflow", "fp16", "fused", [INFERENCE]),
    ("tensorflow", "fp16", "plain", [INFERENCE]),
    ("tensorflow", "fp16", "fused", [LONG]),
    ("tensorflow", "fp16", "plain", [LONG]),
    ("tensorflow", "fp32", "fused", [SQUAD]),
    ("tensorflow", "fp32", "plain", [SQUAD]),
    ("tensorflow", "amp", "fused", [SQUAD]),
    ("tensorflow", "amp", "plain", [SQUAD]),
    ("tensorflow", "fp16", "fused", [SHORT]),
    ("tensorflow", "fp16", "plain", [SHORT]),
    ("pytorch", "bf16", "sdpa", [SQUAD, INFERENCE, SHORT, LONG]),
    ("pytorch", "fp32", "sdpa", [SQUAD, INFERENCE]),
    ("tensorflow", "fp32", "fused", [INFERENCE]),
    ("tensorflow", "fp32", "plain", [INFERENCE]),
    ("tensorflow", "fp16", "packed", [INFERENCE]),
    ("tensorflow", "fp32", "packed", [SQUAD]),
    ("tensorflow", "amp", "packed", [SQUAD]),
]
# Sentences a second of BERT-large at 384 tokens on one V100 with 32 GB (DGX-1), as published with NVIDIA's "BERT for
# TensorFlow", March 2019, container 19.03 (its README, "Training/Inference performance results"): theirs, not measured here.
PUBLISHED = {
    ("squad", 4, "fp32"): 8.96,
    ("squad", 4, "fp16"): 20.91,
    ("squad", 10, "fp16"): 31.80,
    ("inference", 8, "fp32"): 33.95,
    ("inference", 8, "fp16"): 108.45,
}
TITLES = {"squad": "SQuAD training, 384 tokens", "inference": "SQuAD inference, 384 tokens"}


class Worker(object):
    """One process of PLAN; its lines arrive in self.lines, None at the end."""

    def __init__(self, entry, command, log):
        self.entry, self.lines, self._log = entry, queue.Queue(), open(log, "w")
        self.name = "%s %s %s, %s" % (entry[:3] + (" ".join(entry[3]),))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            universal_newlines=True,
            cwd=ROOT,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def line(self, until):
        """The next line, or None where there is none by `until` (time.time()) or the process has ended."""
        try:
            return self.lines.get(timeout=max(until - time.time(), 0.01))
        except queue.Empty:
            return None

    def is_ready(self, until):
        """Waits for it to get ready; None, or why it is not."""
        return None if self.line(until) == "ready\n" else self._ended("did not get ready")

    def measure(self, until, rows):
        """Gives it the GPU; yields after each result that it adds to `rows`, and last what went wrong, or None."""
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        except OSError:
            yield self._ended("ended before its turn")
            return
        while True:
            line = self.line(until)
            if line is None:
                break
            if line.startswith("{"):
                rows.append(json.loads(line))
                yield None
        try:
            code = self.process.wait(timeout=max(until - time.time(), 0.01))
        except subprocess.TimeoutExpired:
            yield self._ended("ran out of time")
            return
        yield self._ended("exit code %d" % code) if code else None

    def _ended(self, why):
        self.kill()
        self._log.flush()
        with open(self._log.name, errors="replace") as stream:
            lines = [line.strip() for line in stream if line.strip()]
        return "%s; %s" % (why, lines[-1][:200]) if lines else why

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def command_of(entry, options):
    framework, precision, kernels, jobs = entry
    if framework == "tensorflow":
        command = [options.tensorflow_python, os.path.join(HERE, "gpu", "model_tensorflow.py")]
        command += ["--kernels", kernels]
    else:
        command = [
            options.pytorch_python,
            os.path.join(HERE, "gpu", "model_pytorch.py"),
            "--device",
            options.device,
        ]
    command += ["--precision", precision, "--config", options.config, "--inputs", options.inputs]
    return command + ["--seconds", str(options.seconds), "--jobs"] + jobs


def run(plan, options):
    """Measures a plan; returns (rows, {worker: why it gave nothing or not all}), also saved after each result."""
    deadline, rows, failed = time.time() + options.limit, [], {}
    for first in range(0, len(plan), options.at_once):
        if time.time() > deadline - options.least:
            for entry in plan[first:]:
                failed["%s %s %s, %s" % (entry[:3] + (" ".join(entry[3]),))] = (
                    "not run: no time left"
                )
            break
        ready = get_ready(
            plan, range(first, min(first + options.at_once, len(plan))), options, failed
        )
        for worker in ready:
            began = time.time()
            if began > deadline - 1:
                worker.kill()
                failed[worker.name] = "not run: no time left"
                continue
            before = len(rows)
            for problem in worker.measure(min(deadline, began + options.worker_limit), rows):
                if problem:
                    failed[worker.name] = problem
                save(rows, failed, options)
            seconds = time.time() - began
            print(
                "%-60s %2d results in %3.0f s  %s"
                % (worker.name, len(rows) - before, seconds, problem or "")
            )
            sys.stdout.flush()
    return rows, failed


def save(rows, failed, options):
    """Writes model_gpu.json and model_gpu.md, each whole or not at all; returns the latter's text."""
    found = {"card": options.card, "rows": rows, "failed": failed}
    text = table(rows, failed, options.card)
    for name, content in (("json", json.dumps(found, indent=1)), ("md", text)):
        write_whole(os.path.join(options.output, "model_gpu." + name), content)
    return text


def get_ready(plan, numbers, options, failed):
    """Starts these rows of a plan; returns the workers that got ready, and adds the others to `failed`."""
    began, workers = time.time(), []
    for number in numbers:
        log = os.path.join(options.output, "%02d_%s_%s_%s.log" % ((number,) + plan[number][:3]))
        workers.append(Worker(plan[number], command_of(plan[number], options), log))
    ready = []
    for worker in workers:
        problem = worker.is_ready(began + options.ready_limit)
        if problem:
            failed[worker.name] = problem
        else:
            ready.append(worker)
    print(
        "%d of %d got ready in %.0f s" % (len(ready), len(workers), time.time() - began), flush=True
    )
    return ready


def title(kind):
    return TITLES.get(kind) or "pre-training, %s tokens" % kind.split("_")[1]


def table(rows, failed, card):
    """Markdown: one line a task, batch, precision and implementation."""
    lines = [
        "%s. Sequences a second; the median step of each run, in ms, behind it." % card,
        "",
        "| task | batch | precision | plain | fused | padding removed | PyTorch | published, 1 V100 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    cells = {}
    for row in rows:
        cells.setdefault((row["kind"], row["batch"], row["precision"]), {})[row["kernels"]] = row
    order = {name: i for i, name in enumerate(["fp32", "fp16", "amp", "bf16"])}
    for key in sorted(cells, key=lambda key: (key[0] != "squad", key[0], key[1], order[key[2]])):
        shown = []
        for kernels in ("plain", "fused", "packed", "sdpa"):
            row = cells[key].get(kernels)
            if row is None:
                shown.append("")
            elif "error" in row:
                shown.append(row["error"].split(":")[0])
            else:
                shown.append(
                    "%.1f (%.1f)" % (key[1] / row["step_seconds"], 1000 * row["step_seconds"])
                )
        published = PUBLISHED.get(key)
        shown.append("%.2f" % published if published else "")
        lines.append("| %s | %d | %s | %s |" % ((title(key[0]),) + key[1:] + (" | ".join(shown),)))
    lines += ["", "Padding in these batches: %s." % ", ".join(paddings(rows)), ""]
    skipped = sum(row.get("skipped", 0) for row in rows)
    lines += ["Steps that loss scaling skipped while the clock ran: %d." % skipped]
    lines += ["", "Not measured, or not to the end:", ""] if failed else []
    lines += ["* %s: %s" % item for item in sorted(failed.items())]
    return "\n".join(lines) + "\n"


def paddings(rows):
    """For each task, the part of its tokens that is padding (of the batches of the first run that says)."""
    found = {}
    for row in rows:
        if "padding" in row:
            found.setdefault(title(row["kind"]), "%.0f %%" % (100 * row["padding"]))
    return ["%s %s" % item for item in sorted(found.items())]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tensorflow_python", required=True)
    parser.add_argument("--pytorch_python", default="python3")
    parser.add_argument("--inputs", required=True, help="made by gpu/model_inputs.py")
    parser.add_argument("--output", required=True)
    parser.add_argument("--config", default=os.path.join(ROOT, "configs", "bert_large.json"))
    parser.add_argument(
        "--limit", type=float, default=210.0, help="seconds for all; default %(default)s"
    )
    parser.add_argument(
        "--worker_limit",
        type=float,
        default=40.0,
        help="seconds for one process to measure in; default %(default)s",
    )
    parser.add_argument(
        "--ready_limit",
        type=float,
        default=100.0,
        help="seconds for processes to get ready in; default %(default)s",
    )
    parser.add_argument(
        "--least", type=float, default=12.0, help="begin nothing with fewer seconds left"
    )
    parser.add_argument("--at_once", type=int, default=16, help="processes that get ready at once")
    parser.add_argument(
        "--seconds", type=float, default=1.5, help="of timed steps at each batch size"
    )
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="of PyTorch")
    parser.add_argument("--card", default="", help="what the table says it ran on")
    parser.add_argument(
        "--only", nargs="+", help="rows of the plan and their order, e.g. tensorflow:fp16:fused"
    )
    parser.add_argument("--batches", help="overrides every batch size: 2, or 2,3")
    options = parser.parse_args()
    plan = PLAN
    if options.only:
        plan = [entry for row in options.only for entry in PLAN if ":".join(entry[:3]) == row]
    if options.batches:
        plan = [
            entry[:3] + ([j.split(":")[0] + ":" + options.batches for j in entry[3]],)
            for entry in plan
        ]
    if not plan:
        parser.error(
            "--only=%s: no such row; the plan has %s"
            % (" ".join(options.only), " ".join(":".join(entry[:3]) for entry in PLAN))
        )
    os.makedirs(options.output, exist_ok=True)
    rows, failed = run(plan, options)
    print(save(rows, failed, options))
    return 0 if rows and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
