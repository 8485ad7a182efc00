# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Throughput, latency, summary lines, the stop on divergence, and the hooks of a training step in order.

Users' tools parse the summary lines (docs/interface.md §5): do not change their wording.
"""


import os
import time
from collections import OrderedDict

import tensorflow.compat.v1 as tf

from program.errors import UserError
from training import checkpoint_files, metrics, progress, replay, session
from training.disk_space import DiskSpaceHook
from training.precision import precision_hooks
from training.progress import STARTUP_RUNS
from training.saving import saving_hook


class DivergedError(UserError):
    """Training produced a loss or a gradient that is not a finite number; the message is one line.

    Args:
      what: str, what is not finite, and at which step.
      output_dir: str, where the checkpoints are.
      step: int, the global step after the step that diverged.
    """

    exit_code = 3

    def __init__(self, what, output_dir, step):
        super().__init__(
            "%s: training stopped. Last good checkpoint: %s. Reduce --learning_rate or increase the warm-up, and check "
            "the data" % (what, checkpoint_files.latest(output_dir) or "none")
        )
        self.step = int(step)


class ThroughputHook(tf.train.SessionRunHook):
    """Measures the time of a training or prediction loop, with and without start-up.

    Start-up is everything that happens once: building the graph, creating the session, restoring, and the first
    STARTUP_RUNS session runs, in which TensorFlow optimises the graph, XLA compiles and buffers fill. The steady
    figures exclude it, and the sentences of those runs.

    Args:
      sequences_per_run: sequences that all ranks together process in one session run; or a list, of those of each run.
      clock: function returning seconds; for tests.
    """

    def __init__(self, sequences_per_run, clock=time.monotonic):
        self._sequences_per_run = sequences_per_run
        self._clock = clock
        self._created = clock()
        self._first_run_began = None
        self._steady_since = None
        self._last_run_ended = None
        self._ended = None
        self._runs = 0

    def before_run(self, run_context):
        if self._first_run_began is None:
            self._first_run_began = self._clock()

    def after_run(self, run_context, run_values):
        self._runs += 1
        self._last_run_ended = self._ended = self._clock()
        if self._runs == STARTUP_RUNS:
            self._steady_since = self._last_run_ended

    def end(self, session):
        self._ended = self._clock()

    @property
    def total_seconds(self):
        """From the creation of this hook to the end of the loop, including the last checkpoint."""
        return self._ended - self._created if self._runs else 0.0

    @property
    def steady_seconds(self):
        """From the end of start-up to the end of the last run."""
        if not self._runs:
            return 0.0
        since = self._steady_since if self._runs > STARTUP_RUNS else self._first_run_began
        return self._last_run_ended - since

    @property
    def sentences(self):
        """Sequences processed in all runs."""
        return self._sequences_of(self._runs)

    def _sequences_of(self, runs):
        """Sequences of the first runs."""
        if isinstance(self._sequences_per_run, list):
            return sum(self._sequences_per_run[:runs])
        return runs * self._sequences_per_run

    def sentences_per_second(self, sentences=None):
        """Sequences per second after start-up; a loop that ended within start-up is measured from its first run.

        Args:
          sentences: the number actually processed, if the last batch was not full.
        """
        sentences = self.sentences if sentences is None else sentences
        if self._runs > STARTUP_RUNS:
            sentences -= self._sequences_of(STARTUP_RUNS)
        return sentences / self.steady_seconds if self.steady_seconds > 0.0 else 0.0

    def figures(self, sentences=None):
        """The figures of the summary lines, for run.json: an OrderedDict of numbers."""
        return OrderedDict(
            [
                ("total_seconds", round(self.total_seconds, 3)),
                ("steady_seconds", round(self.steady_seconds, 3)),
                ("sentences", self.sentences if sentences is None else sentences),
                ("sentences_per_second", round(self.sentences_per_second(sentences), 4)),
            ]
        )


def summary_lines(kind, rank, throughput, sentences=None):
    """The two closing lines of a loop, in the wording of docs/interface.md §5.

    Args:
      kind: "Training" or "Inference".
      rank: int.
      throughput: the loop's ThroughputHook.
      sentences: the number actually processed, if the last batch was not full.

    Returns:
      list of two str.
    """
    processed = throughput.sentences if sentences is None else sentences
    return [
        "%d Total %s Time = %0.2f %s Time W/O start up overhead = %0.2f Sentences processed = %d"
        % (rank, kind, throughput.total_seconds, kind, throughput.steady_seconds, processed),
        "%d %s Performance = %0.4f sentences/sec"
        % (rank, kind, throughput.sentences_per_second(sentences)),
    ]


class LatencyHook(tf.train.SessionRunHook):
    """Measures every batch of a prediction loop, for latency.jsonl.

    Args:
      clock: function returning seconds; for tests.
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._began = None
        self._seconds = []

    def before_run(self, run_context):
        self._began = self._clock()

    def after_run(self, run_context, run_values):
        self._seconds.append(self._clock() - self._began)

    def rows(self, batches):
        """A dict for each batch: "batch" (from 0), "sequences", "length" (tokens of each, padding included), "seconds", "startup" (bool).

        Args:
          batches: list of squad.batches.Batch, those that were computed, in this order.
        """
        return [
            {
                "batch": number,
                "sequences": len(batch.rows),
                "length": batch.length,
                "seconds": seconds,
                "startup": number < progress.STARTUP_RUNS,
            }
            for number, (batch, seconds) in enumerate(zip(batches, self._seconds))
        ]


class DivergenceHook(tf.train.SessionRunHook):
    """Stops training at the first loss or gradient that is not finite, before it reaches a checkpoint.

    The variables are invalid by then, so this hook must come before the one that saves them
    (`training_spec` orders them).

    Args:
      values: dict, description -> scalar tensor that must stay finite.
      step: int64 scalar tensor, the global step after the update.
      output_dir: the directory of the checkpoints.
    """

    def __init__(self, values, step, output_dir):
        self._values = OrderedDict(sorted(values.items()))
        self._step = step
        self._output_dir = output_dir

    def before_run(self, run_context):
        return tf.train.SessionRunArgs({"step": self._step, "values": dict(self._values)})

    def after_run(self, run_context, run_values):
        for what, value in sorted(run_values.results["values"].items()):
            if not metrics.is_finite(float(value)):
                step = run_values.results["step"]
                what = "%s is %s at step %d" % (what, float(value), step)
                raise DivergedError(what, self._output_dir, step)


def job_means(loss, values, runtime):
    """(loss, values) as shown in table and files: means over ranks on the first rank, own values on the others.

    The loss is the mean on every rank, so that all take part and all stop together if it is not finite.

    Args:
      loss: float32 scalar.
      values: dict, key -> float32 scalar.
      runtime: a runtime.
    """
    keys = sorted(values)
    means = runtime.mean_tensors([loss] + [values[key] for key in keys])
    return means[0], dict(zip(keys, means[1:])) if runtime.is_chief else dict(values)


def training_spec(job, step, columns, every_rank_prints=False):
    """The EstimatorSpec of a training step with its hooks in the right order; adds the TensorBoard scalars.

    Args:
      job: job.Job.
      step: train_op.TrainStep; its scalars and values are shown in the table and in TensorBoard.
      columns: list of progress.Column; the loss scale, if there is one, tokens/sec and ETA come after them.
      every_rank_prints: whether ranks other than the first print their table, too.
    """
    run_options, runtime = job.run, job.runtime
    loss, values = job_means(step.loss, step.values, runtime)
    global_step = step.scalars["global_step"]
    shown = OrderedDict(
        (key, tensor) for key, tensor in step.scalars.items() if key != "global_step"
    )
    shown.update(values)
    for key, tensor in sorted(shown.items()):
        tf.summary.scalar(key, tensor)
    finite = {"the loss": loss, "the gradient norm": step.scalars["grad_norm"]}
    if step.loss_scale:
        finite = step.loss_scale.unless_skipped(finite)
    if run_options.replay_step:
        return replay.training_spec(job, step, OrderedDict(values, loss=loss), finite)
    first = [DivergenceHook(finite, global_step, run_options.output_dir)]
    if step.loss_scale:
        first.append(step.loss_scale.hook(global_step, run_options.output_dir))
    if runtime.is_chief:
        # Before the hook that saves: the first checkpoint is written before the first step.
        first.append(DiskSpaceHook(run_options, job.optimizer.num_train_steps))
    pace = progress.Pace(
        job.sequences_per_step, job.task.max_seq_length, job.optimizer.num_train_steps
    )
    if "loss_scale" in step.scalars:
        columns = columns + [progress.LOSS_SCALE]
    sinks = _sinks(columns + progress.CLOSING_COLUMNS, job, pace, every_rank_prints)
    row = dict(shown, loss=loss if runtime.is_chief else step.loss)
    # Before the hook that saves, too: a kill between them repeats a line of metrics instead of losing one.
    first.append(
        progress.ProgressHook(row, global_step, pace, run_options.log_every_n_steps, sinks)
    )
    if runtime.is_chief:
        first.append(saving_hook(run_options))
    # Scaffold would have an op for each variable twice.
    not_ready = tf.report_uninitialized_variables(tf.global_variables())
    return tf.estimator.EstimatorSpec(
        # Estimator, too, stops at a loss that is NaN.
        mode=tf.estimator.ModeKeys.TRAIN,
        loss=finite["the loss"],
        train_op=step.train_op,
        scaffold=tf.train.Scaffold(ready_op=not_ready, ready_for_local_init_op=not_ready),
        # Estimator runs chief hooks before all others, and takes its saver from here if there is one.
        training_chief_hooks=first,
        training_hooks=precision_hooks(job.precision) + runtime.hooks(),
    )


def _sinks(columns, job, pace, every_rank_prints):
    """The sinks of this rank's rows."""
    if not job.runtime.is_chief:
        return [progress.ConsoleTable(columns, job.runtime.rank)] if every_rank_prints else []
    terminal = session.terminal()
    bar = progress.ProgressBar(terminal, pace.last_step) if terminal else None
    sinks = [
        progress.ConsoleTable(columns, job.runtime.rank, bar=bar),
        progress.MetricsFile(os.path.join(job.run.output_dir, metrics.STEPS_FILE)),
        progress.TensorBoardThroughput(job.run.output_dir),
    ]
    return sinks + ([bar] if bar else [])
