# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Trainings that are killed (-9) at chosen steps and go on, beside ones that are not: do their variables differ?

    python -m tests.faults.resume [--kills 20] [--seed 1] [--only NAME ...]

prints the table of benchmarks/reliability.md, and exits with 1 if something differed. A quarter as many kills hit one of two
ranks. Runs are the real programs with their own command lines: as children of one process that has imported TensorFlow, those of
two ranks under mpirun. Each also writes which records a step took.
"""

import argparse
import io
import json
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import numpy as np
import tensorflow.compat.v1 as tf

from tests import squad_runs
from tests.conftest import ROOT, TINY_CONFIG
from tests.pretraining_runs import LENGTH, PREDICTIONS, make_record, write_records

STEPS, RECORDS = 60, 200
DROPPING = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
CONFIG = dict(TINY_CONFIG, num_hidden_layers=1, **DROPPING)
# name -> (program, flags, ranks).
TRAININGS = {
    "plain": ("run_pretraining", ["--nouse_fused_ops"], 1),
    "fused": ("run_pretraining", ["--use_fused_ops"], 1),
    "fp16, 3 x accumulated, plain": (
        "run_pretraining",
        ["--nouse_fused_ops", "--use_fp16", "--num_accumulation_steps=3"],
        1,
    ),
    "fp16, 3 x accumulated, fused": (
        "run_pretraining",
        ["--use_fused_ops", "--use_fp16", "--num_accumulation_steps=3"],
        1,
    ),
    "LAMB, padding removed, fused": (
        "run_pretraining",
        ["--use_fused_ops", "--remove_padding", "--optimizer=lamb"],
        1,
    ),
    "SQuAD, plain": ("run_squad", ["--nouse_fused_ops"], 1),
    "SQuAD, fp16, fused": ("run_squad", ["--use_fused_ops", "--use_fp16"], 1),
    "two ranks, fused": ("run_pretraining", ["--use_fused_ops"], 2),
    "two ranks, SQuAD, plain": ("run_squad", ["--nouse_fused_ops"], 2),
}
TAKEN = "taken.jsonl"
# mpirun and the launchers' options for it; waiting ranks leave the few cores of a test machine to the others.
MPIRUN = ["mpirun", "--allow-run-as-root", "-bind-to", "none", "-map-by", "slot", "-x", "PATH"]
MPIRUN += ["-mca", "pml", "ob1", "-mca", "btl", "^openib", "-mca", "mpi_yield_when_idle", "1"]
SECONDS_TO_END = (
    120  # for what a killed rank leaves, on a busy machine; the heartbeat takes some seconds
)


def write_files(folder):
    """Inputs of the trainings in `folder`, a pathlib.Path; the records' first ids tell them apart."""
    generator = np.random.RandomState(3)
    for number in range(2):
        rows = [make_record(generator) for _ in range(RECORDS // 2)]
        for place, row in enumerate(rows):
            name = number * RECORDS // 2 + place
            row["input_ids"][:2] = name // 60 + 1, name % 60 + 1
        write_records(folder / ("records-%d.tfrecord" % number), rows)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "squad_config.json").write_text(json.dumps(dict(squad_runs.CONFIG, **DROPPING)))
    (folder / "vocab.txt").write_text("\n".join(squad_runs.VOCABULARY) + "\n")
    (folder / "train.json").write_text(json.dumps(squad_runs.document(STEPS * 2, 1)))


def arguments(folder, program, more):
    """A command line but for --output_dir."""
    folder = str(folder) + "/"
    common = [
        "--do_train",
        "--train_batch_size=4",
        "--learning_rate=1e-3",
        "--save_checkpoints_steps=10",
        "--iterations_per_loop=1",
        "--random_seed=7",
    ] + more
    if program == "run_squad":
        return (
            common
            + squad_runs.LENGTHS
            + [
                "--bert_config_file=" + folder + "squad_config.json",
                "--vocab_file=" + folder + "vocab.txt",
                "--train_file=" + folder + "train.json",
                "--num_train_epochs=2",
            ]
        )
    return common + [
        "--bert_config_file=" + folder + "config.json",
        "--input_file=" + folder + "records-*.tfrecord",
        "--max_seq_length=%d" % LENGTH,
        "--max_predictions_per_seq=%d" % PREDICTIONS,
        "--num_train_steps=%d" % STEPS,
        "--num_warmup_steps=5",
    ]


# ------------------------------------------------------------------------------------------------------------------
# In the process of a run


class TakenHook(tf.train.SessionRunHook):
    """Appends a line for each step: the number of the start of the training, that of the step, and the ids of its records."""

    def __init__(self, features, step, start, path):
        self._fetches = [step, features["input_ids"]]
        self._start, self._path = start, path

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self._fetches)

    def after_run(self, run_context, run_values):
        step, ids = run_values.results
        with io.open(self._path, "a") as stream:
            stream.write(json.dumps([self._start, int(step), ids.tolist()]) + "\n")


def record_what_is_taken(folder, start):
    """Makes every training of this process write what it takes into a folder."""
    from training import hooks, train_op

    make, spec, seen = train_op.make_train_op, hooks.training_spec, {}

    def make_train_op(loss_fn, features, *args, **kwargs):
        seen.update(features)
        return make(loss_fn, features, *args, **kwargs)

    def training_spec(job, step, *args, **kwargs):
        path = os.path.join(folder, "%d-%s" % (job.runtime.rank, TAKEN))
        hook = TakenHook(dict(seen), step.scalars["global_step"], start, path)
        made = spec(job, step, *args, **kwargs)
        return made._replace(training_hooks=list(made.training_hooks) + [hook])

    train_op.make_train_op, hooks.training_spec = make_train_op, training_spec


def kill_at(path, step, delay):
    """Kills this process `delay` seconds after the metrics file names a step."""

    def watch():
        while True:
            time.sleep(0.002)
            if os.path.exists(path) and '"step": %d,' % step in io.open(path).read():
                time.sleep(delay)
                os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def run_program(request):
    """Runs a program with its command line in this process; returns its exit code."""
    record_what_is_taken(request["taken"], request["start"])
    rank = int(os.environ.get("OMPI_COMM_WORLD_RANK", 0))
    with io.open(os.path.join(request["taken"], "%d.pid" % rank), "w") as stream:
        stream.write(str(os.getpid()))
    if request["kill"] and rank == request["kill"][3]:
        kill_at(*request["kill"][:3])
    sys.argv = [request["program"] + ".py"] + request["arguments"]
    try:
        runpy.run_path(request["program"] + ".py", run_name="__main__")
    except SystemExit as done:
        return done.code
    return 0


def serve():
    """Runs the requests on standard input, each in a child."""
    import run_pretraining  # noqa: F401 (once for all children)
    import run_squad  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            for number in (1, 2):
                os.dup2(os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
            try:
                code = run_program(request)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        print(os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status), flush=True)


# ------------------------------------------------------------------------------------------------------------------
# Outside


class Runs:
    """Runs trainings below a folder; use it in a `with` block."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self._server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.resume", "--serve"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            bufsize=1,
        )
        return self

    def __exit__(self, *unused):
        self._server.stdin.close()
        self._server.wait()

    def train(self, training, name, kills=(), ranks=()):
        """Runs a training to its end, killed on the way; returns its directory.

        Args:
            training: one of TRAININGS.
            name: str, of the directory.
            kills: list of (step, seconds after it) or (step, seconds after it, rank).
            ranks: list of int, how many ranks each start has; default: as the training.
        """
        program, more, own_ranks = TRAININGS[training]
        out = self.folder / name
        for start, kill in enumerate(list(kills) + [None]):
            request = {
                "program": program,
                "arguments": arguments(self.folder, program, more) + ["--output_dir=%s" % out],
                "kill": kill and ([str(out / "metrics.jsonl")] + list(kill) + [0])[:4],
                "taken": str(self.folder / (name + "-taken")),
                "start": start,
                "log": str(self.folder / (name + ".log")),
            }
            os.makedirs(request["taken"], exist_ok=True)
            number = ranks[start] if ranks else own_ranks
            code = self._alone(request) if number == 1 else self._with_mpirun(request, number)
            if code != (-signal.SIGKILL if kill else 0):
                raise AssertionError("%s ended with %s: %s" % (name, code, self.log(name)))
        return out

    def _alone(self, request):
        """The exit code of a run of one process; minus the signal that ended it."""
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def _with_mpirun(self, request, ranks):
        """As _alone, for ranks under mpirun, whose code is 128 and the signal that ended a rank; no rank may be left."""
        request["arguments"].append("--horovod")
        path = request["log"] + ".json"
        with io.open(path, "w") as stream:
            json.dump(request, stream)
        with io.open(request["log"], "a") as log:
            process = subprocess.Popen(
                MPIRUN
                + ["-np", str(ranks), "-H", "localhost:%d" % ranks]
                + [sys.executable, "-W", "ignore", "-m", "tests.faults.resume", "--request", path],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        code = process.wait()
        pids = [
            int(io.open(os.path.join(request["taken"], "%d.pid" % rank)).read())
            for rank in range(ranks)
        ]
        end = time.monotonic() + SECONDS_TO_END
        while any(os.path.exists("/proc/%d" % pid) for pid in pids):
            if time.monotonic() > end:
                raise AssertionError("a rank went on without the other")
            time.sleep(0.1)
        return 128 - code if code > 128 else code

    def log(self, name):
        return (self.folder / (name + ".log")).read_text()

    def taken(self, name):
        """The records that each step of a training took, in order: list of (rank, ids), of repeated steps the last."""
        lines = []
        for path in (self.folder / (name + "-taken")).glob("*-" + TAKEN):
            rank = int(path.name.split("-")[0])
            lines += [json.loads(line) + [rank] for line in path.read_text().splitlines()]
        steps, current = {}, None
        for start, step, ids, rank in sorted(lines, key=lambda line: (line[0], line[1], line[3])):
            if start != current:
                current, steps = start, {old: rows for old, rows in steps.items() if old < step}
            steps.setdefault(step, []).extend((rank, tuple(row)) for row in ids)
        return [row for step in sorted(steps) for row in steps[step]]


def differing(one, other):
    """(names of the variables that differ between the last checkpoints of two directories, number of all)."""
    readers = [tf.train.load_checkpoint(tf.train.latest_checkpoint(str(d))) for d in (one, other)]
    names = [sorted(reader.get_variable_to_shape_map()) for reader in readers]
    assert names[0] == names[1]
    return [
        name
        for name in names[0]
        if readers[0].get_tensor(name).tobytes() != readers[1].get_tensor(name).tobytes()
    ], len(names[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", action="append", choices=list(TRAININGS), metavar="NAME", help="this training"
    )
    parser.add_argument("--serve", action="store_true", help="a process of this program's own")
    parser.add_argument("--request", help="a rank of this program's own")
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    if options.request:
        with io.open(options.request) as stream:
            sys.exit(run_program(json.load(stream)))
    import pathlib

    generator = random.Random(options.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="resume-"))
    write_files(folder)
    print(
        "| training | kills, one a run | variables that differ | records taken in another order |"
    )
    print("|---|---|---|---|")
    failed = False
    with Runs(folder) as runs:
        for training, (program, _, ranks) in TRAININGS.items():
            if (
                ranks > 1
                and shutil.which("mpirun") is None
                or training not in (options.only or TRAININGS)
            ):
                continue
            whole = runs.train(training, "whole " + training)
            points, wrong, order = [], 0, 0
            last = STEPS // (ranks if program == "run_squad" else 1)  # the epochs end there
            for number in range(options.kills if ranks == 1 else -(-options.kills // 4)):
                point = [generator.randrange(1, last - 2), generator.random() * 0.02]
                point.append(generator.randrange(ranks))
                name = "%d %s" % (number, training)
                names, count = differing(whole, runs.train(training, name, [point]))
                wrong += len(names)
                order += runs.taken(name) != runs.taken("whole " + training)
                points.append(point[0])
            failed = failed or wrong or order
            print(
                "| %s | %d, after steps %s | %d of %d × %d | %d |"
                % (
                    training,
                    len(points),
                    " ".join(map(str, sorted(points))),
                    wrong,
                    len(points),
                    count,
                    order,
                ),
                flush=True,
            )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
