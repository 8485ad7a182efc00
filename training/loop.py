# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The loop of a training: trains, names the batch of a step that diverged, or computes one step again."""

import os
from collections import OrderedDict

import tensorflow.compat.v1 as tf

from program.options import OptionError
from training import hooks, preemption, replay, session
from training.job import say

_RECORDS_NAMED = 8  # in the message; all are in the log and in run.json


def train(job, start, source, at, model_fn, record, question_of=None):
    """Trains up to job.optimizer.num_train_steps, or computes the step of --replay_step again.

    All ranks must call this.

    Args:
      job: job.Job of this rank.
      start: start.Start.
      source: inputs.TrainingInput.
      at: position.Position at which it begins.
      model_fn: Estimator model function.
      record: run_record.RunRecord.
      question_of: function of a record's number in this rank's file: the id of its question; None without questions.

    Raises:
      RecordError: a record is invalid.
      hooks.DivergedError: the loss became infinite or NaN; names the batch.
      replay.ReproducedError: the step that was computed again did.
    """
    step, runtime = job.run.replay_step, job.runtime
    throughput = hooks.ThroughputHook(job.sequences_per_step)
    own = replay.ReplayHook(start.step, step) if step else _Runs()
    estimator = session.make_estimator(job, model_fn)

    def named():
        return _batch(job, source, own.runs - 1, question_of)

    try:
        with preemption.stoppable(runtime) as stop, source.named_errors():
            estimator.train(
                lambda: source.dataset(job.sequences_per_process),
                hooks=[throughput, own, stop],
                max_steps=step or job.optimizer.num_train_steps,
            )
    except hooks.DivergedError as error:
        batch = named()
        for line in _lines(batch) if runtime.is_chief else ():  # of all ranks
            tf.logging.warning("%s", line)
        raise _with_batch(error, batch, at.seed, record)
    if step:
        for line in _lines(named()):
            say(line, runtime)
        replay.report(job, own)
        return
    for line in hooks.summary_lines("Training", runtime.rank, throughput):
        say(line)
    record.result("training", throughput.figures())


def check_replay(job):
    """Raises OptionError if the training has no such step as --replay_step; its number of steps is known."""
    step, last = job.run.replay_step, job.optimizer.num_train_steps
    if step and step > last:
        raise OptionError("--replay_step=%d: the training ends at step %d" % (step, last))


class _Runs(tf.train.SessionRunHook):
    """Counts the runs of a session, of which there is one for each batch."""

    runs = 0

    def before_run(self, run_context):
        self.runs += 1


def _batch(job, source, run, question_of):
    """The records of all ranks in a run of the session, from 0; all ranks must call this.

    Returns:
      List over ranks of [path, sorted list of record numbers, list of their question ids (empty without questions)].
    """
    count = job.sequences_per_process
    files = OrderedDict()
    for path, number in source.sources(run * count, count):
        # A file of windows is in the directory of each rank, and written anew at each start.
        name = os.path.basename(path) if question_of else path
        files.setdefault(name, []).append(number)
    own = [
        [path, sorted(numbers), [question_of(n) for n in sorted(numbers)] if question_of else []]
        for path, numbers in sorted(files.items())
    ]
    return [row for rows in job.runtime.gather(own) for row in rows]


def _lines(batch):
    """Lines that name every record of a batch."""
    lines = []
    for path, numbers, questions in batch:
        line = "batch: %s: records %s" % (path, ", ".join(map(str, numbers)))
        lines.append(line + ("; questions %s" % ", ".join(questions) if questions else ""))
    return lines


def _with_batch(error, batch, seed, record):
    """The DivergedError with the batch of its step; all of it goes into run.json."""
    record.note(
        diverged=OrderedDict(
            [
                ("step", error.step),
                ("seed", seed),
                (
                    "batch",
                    [OrderedDict(zip(("file", "records", "questions"), rows)) for rows in batch],
                ),
            ]
        )
    )
    named, left = [], _RECORDS_NAMED
    for path, numbers, _ in batch:
        if left > 0:
            named.append("%s: %s" % (path, ", ".join(map(str, numbers[:left]))))
            left -= len(numbers[:left])
    others = sum(len(numbers) for _, numbers, _ in batch) - (_RECORDS_NAMED - left)
    more = " and %d more, see run.json" % others if others else ""
    error.args = (
        "%s. The batch of step %d (seed %d): records %s%s. --replay_step=%d, added to the same command (to a launcher: "
        "after --), computes that step again and prints the largest values of each layer"
        % (error, error.step, seed, "; ".join(named), more, error.step),
    )
    return error
