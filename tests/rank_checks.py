# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The program of a rank in tests of several ranks, started by mpirun or alone for comparison. Writes JSON.

    mpirun -np 2 python -m tests.rank_checks DIRECTORY JOBS.json
    python -m tests.rank_checks DIRECTORY JOBS.json

With mpirun it first calls each collective operation of the runtime once. Then it runs the real entry points one after
the other, all in one process: JOBS.json is a list of [program, arguments]. Records are read in the order of their files.
The rank's findings are in DIRECTORY/rank-<rank>.json.
"""

import json
import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf
from absl import flags

import run_pretraining
import run_squad
import training.job
from training import order, reading
from training.options import RuntimeOptions
from training.runtime import HorovodRuntime, create_runtime


class InOrder:
    """EpochOrder without shuffling."""

    def __init__(self, unused_seed, unused_epoch, block_records):
        self._block_records = block_records

    def window_at(self, unused_place):
        return 0

    def window(self, number):
        blocks, records = np.arange(len(self._block_records)), np.arange(sum(self._block_records))
        return order.Window(number, 0, blocks, records)


PROGRAMS = {"run_pretraining": run_pretraining, "run_squad": run_squad}


def collectives(runtime):
    """Each collective operation, with values that differ between ranks."""
    number = runtime.rank + 1.0
    found = {
        "rank": runtime.rank,
        "size": runtime.size,
        "local_rank": runtime.local_rank,
        "threads": runtime.threads,
        "is_chief": runtime.is_chief,
        "scaled": runtime.scale_learning_rate(1e-4),
        "from_chief": runtime.from_chief(
            {"rank": runtime.rank, "text": "\u00e9" * (runtime.rank + 1)}
        ),
        "gather": runtime.gather(list(range(runtime.rank)) + ["\u00e9"]),
    }
    with tf.Graph().as_default():
        tf.get_variable("table", initializer=tf.fill([3, 2], number))
        rows = tf.IndexedSlices(
            tf.constant([[number, 1.0]]), tf.constant([2 * runtime.rank]), tf.constant([3, 2])
        )
        fine = tf.constant([number * (1 + 2.0**-12)])  # twelve bits: float16 has eleven
        compressing = HorovodRuntime(
            runtime._hvd, compress_gradients=True
        )  # pylint: disable=protected-access
        tensors = dict(
            zip(
                ["dense", "rows", "exact"],
                runtime.all_reduce([tf.constant([number, -number]), rows, fine]),
            )
        )
        (tensors["compressed"],) = compressing.all_reduce([fine])
        tensors["means"] = tf.stack(runtime.mean_tensors([tf.constant(number), tf.constant(5.0)]))
        with tf.train.MonitoredSession(hooks=runtime.hooks()) as running:
            found["broadcast"] = running.run(tf.global_variables()[0]).tolist()
            found.update((name, value.tolist()) for name, value in running.run(tensors).items())
    return found


def run_program(name, arguments):
    """Runs an entry point's `main` with a command line."""
    for module, defined in list(flags.FLAGS.flags_by_module_dict().items()):
        if module == "program.command_line":
            for flag in list(defined):
                delattr(flags.FLAGS, flag.name)  # of the program before
    PROGRAMS[name].define_flags()
    flags.FLAGS([name] + arguments)
    tf.reset_default_graph()
    PROGRAMS[name].main([name])


def main(directory, jobs_file):
    with open(jobs_file) as stream:
        jobs = json.load(stream)
    reading.EpochOrder = InOrder
    tf.disable_v2_behavior()
    several = "--horovod" in jobs[0][1]
    runtime = create_runtime(RuntimeOptions(horovod=several))
    found = collectives(runtime) if several else {}
    # One heartbeat for all programs: a process has one runtime.
    training.job.create_runtime = lambda *unused: runtime
    for name, arguments in jobs:
        run_program(name, arguments)
    with open(os.path.join(directory, "rank-%d.json" % runtime.rank), "w") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
