# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Measures the time from the command to the end of the first training step, part by part, of this checkout and of others.

    python -m benchmarks.start_up --checkouts=.,../before --rounds=5 --bert_config_file=… --vocab_file=… --train_file=… \
        --train_batch_size=1 --max_seq_length=64 (arguments of run_squad.py)

Each checkout runs in a process and a directory of its own, in turns, and is ended after its first step. --resume_after=EPOCHS trains so
many epochs before, in the same directory, and reports the run that resumes there. Prints the median seconds of processor time of all
threads and of wall-clock time, as one Markdown table; a part ends where its row says.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# Where each part ends, in order.
PARTS = (
    ("imports", "TensorFlow and the program are imported"),
    ("reading", "the questions are read"),
    ("checks", "directory, vocabulary and checkpoint are checked"),
    ("windows", "the windows are made or found"),
    ("graph", "the graph is built, with gradients and optimizer"),
    ("session", "variables have values, graph and first checkpoint are written"),
    ("first step", "the first step has been computed"),
)
_REPORT = "START_UP "


class _Marks:
    """Processor and wall-clock seconds of this process at each end of a part."""

    def __init__(self, began):
        self.began, self.found = began, []

    def __call__(self, name):
        if name not in [one[0] for one in self.found]:
            # With those of workers that have ended.
            self.found.append((name, sum(os.times()[:4]), time.time() - self.began))

    def before(self, owner, function, name):
        """Marks the end of a part where a function is called."""
        original = getattr(owner, function)

        def marked(*arguments, **names):
            self(name)
            return original(*arguments, **names)

        setattr(owner, function, marked)

    def after(self, owner, function, name):
        """Marks the end of a part where a function returns."""
        original = getattr(owner, function)

        def marked(*arguments, **names):
            result = original(*arguments, **names)
            self(name)
            return result

        setattr(owner, function, marked)


def measure(checkout, began, ends, arguments):
    """Runs run_squad.py of a checkout; prints the marks after the first step, and ends the process there if asked to."""
    marks = _Marks(began)
    sys.path.insert(0, checkout)
    import run_squad

    marks("imports")
    from tensorflow_estimator.python.estimator import estimator

    from training import hooks, loop

    marks.after(run_squad, "read_squad_examples", "reading")
    marks.before(run_squad, "_train", "checks")
    marks.before(loop, "train", "windows")
    marks.after(estimator.Estimator, "_call_model_fn", "graph")
    marks.before(hooks.ThroughputHook, "before_run", "session")
    after_run = hooks.ThroughputHook.after_run

    def first_step(*unused):
        after_run(*unused)
        marks("first step")
        if ends:
            print(_REPORT + json.dumps(marks.found), flush=True)
            os._exit(0)

    hooks.ThroughputHook.after_run = first_step
    sys.argv = ["run_squad.py"] + arguments
    run_squad.define_flags()
    run_squad.command_line.run_entry(run_squad.main, run_squad.USER_ERRORS)


def run(checkout, directory, arguments, ends=True):
    """The marks of one run: list of (part, processor seconds, wall-clock seconds); None of one that trains to its end."""
    program = os.path.abspath(__file__)
    command = [sys.executable, program, "--measure", os.path.abspath(checkout)]
    command += [repr(time.time()), str(int(ends))]
    done = subprocess.run(
        command + ["--output_dir=" + directory] + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    found = [line for line in lines if line.startswith(_REPORT)]
    if done.returncode or len(found) != ends:
        sys.exit("error: %s\n%s" % (" ".join(command), "\n".join(lines[-20:])))
    return json.loads(found[0][len(_REPORT) :]) if ends else None


def differences(marks):
    """Seconds of each part: dict, name -> (processor, wall-clock), and "total"."""
    parts, before = {}, (0.0, 0.0)
    for name, processor, wall in marks:
        parts[name] = (processor - before[0], wall - before[1])
        before = processor, wall
    parts["total"] = before
    return parts


def table(checkouts, rounds):
    """Lines of Markdown. rounds: list, of each round the `differences` of each checkout."""
    heads = ["%s %s" % (name, clock) for name in checkouts for clock in ("CPU s", "wall s")]
    lines = ["| part | until | " + " | ".join(heads) + " |", "|" + "---|" * (2 + len(heads))]
    for name, until in PARTS + (("total", ""),):
        cells = [
            "%.2f" % statistics.median(one[number][name][clock] for one in rounds)
            for number in range(len(checkouts))
            for clock in (0, 1)
        ]
        lines.append("| %s | %s | %s |" % (name, until, " | ".join(cells)))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkouts", default=".", help="directories, comma-separated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--resume_after", help="train so many epochs before")
    options, arguments = parser.parse_known_args()
    arguments = ["--do_train"] + arguments
    checkouts, rounds = options.checkouts.split(","), []
    for _ in range(options.rounds):
        rounds.append([])
        for checkout in checkouts:
            directory = tempfile.mkdtemp()
            try:
                if options.resume_after:
                    before = ["--num_train_epochs=" + options.resume_after]
                    run(checkout, directory, arguments + before, False)
                rounds[-1].append(differences(run(checkout, directory, arguments)))
            finally:
                shutil.rmtree(directory)
    print("\n".join(table(checkouts, rounds)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], float(sys.argv[3]), sys.argv[4] == "1", sys.argv[5:])
    else:
        main()
