# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a run shows of itself: console table, metrics.jsonl, throughput, and the stop on a diverged loss.

The wording of the summary lines is parsed by users' tools (INTERFACE §5).
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from collections import OrderedDict
from collections import namedtuple
import json
import math
import os
import sys
import time

import tensorflow.compat.v1 as tf

METRICS_FILE = "metrics.jsonl"

# TensorFlow prepares the graph anew for each set of fetched tensors, and a training step has two: with
# summaries (the first step) and without (the second). A loop is up to speed after that.
STARTUP_RUNS = 2

# title: heading. key: name in the values of a logged step. pattern: %-format of one value.
Column = namedtuple("Column", ["title", "key", "pattern"])


class DivergedError(RuntimeError):
  """Training produced a loss or a gradient that is not a finite number; the message is one line."""

  exit_code = 3


class ThroughputHook(tf.train.SessionRunHook):
  """Measures the time of a training or prediction loop, with and without start-up.

  Start-up is all that happens once: building the graph, creating the session, restoring, and the first
  STARTUP_RUNS session runs, in which TensorFlow optimises the graph, XLA compiles and buffers fill. It is
  excluded from the steady figures, and so are the sentences of those runs.

  Args:
    sequences_per_run: sequences that all ranks together process in one session run.
    clock: function returning seconds; for tests.
  """

  def __init__(self, sequences_per_run, clock=time.time):
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
    """From the making of this hook to the end of the loop, the last checkpoint included."""
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
    return self._runs * self._sequences_per_run

  def sentences_per_second(self, sentences=None):
    """Sequences a second after start-up.

    A loop that ended within start-up is measured from the beginning of its first run.

    Args:
      sentences: the true number processed, when the last batch was not full.
    """
    sentences = self.sentences if sentences is None else sentences
    if self._runs > STARTUP_RUNS:
      sentences -= STARTUP_RUNS * self._sequences_per_run
    return sentences / self.steady_seconds if self.steady_seconds > 0.0 else 0.0


def summary_lines(kind, rank, throughput, sentences=None):
  """The two closing lines of a loop, in the wording of INTERFACE §5.

  Args:
    kind: "Training" or "Inference".
    rank: int.
    throughput: the loop's ThroughputHook.
    sentences: the true number processed, when the last batch was not full.

  Returns:
    list of two str.
  """
  processed = throughput.sentences if sentences is None else sentences
  return [
      "%d Total %s Time = %0.2f %s Time W/O start up overhead = %0.2f Sentences processed = %d" % (
          rank, kind, throughput.total_seconds, kind, throughput.steady_seconds, processed),
      "%d %s Performance = %0.4f sentences/sec" % (rank, kind, throughput.sentences_per_second(sentences)),
  ]


class ConsoleLogHook(tf.train.SessionRunHook):
  """Prints a table row every N steps and writes the same figures to metrics.jsonl.

  metrics.jsonl has one JSON object a line with the keys of `values`, "step", "sequences_per_second" (since the
  last line; null within start-up) and "time" (seconds since 1970). A continued run appends; where a stopped run had gone beyond its last
  checkpoint, a step occurs twice and the later line counts.

  Args:
    values: dict, key -> scalar tensor.
    step: int64 scalar tensor, the global step after the update.
    columns: list of Column; their keys are those of `values`, "step", "rank", "sequences_per_second".
    every_n_steps: a row is printed where the step is a multiple of it, and after the first step of the run.
    sequences_per_step: sequences that all ranks together process in one step.
    rank: int.
    prints: whether this rank prints the table.
    metrics_path: where to append the JSON lines, or None.
    out: file to print to, default sys.stdout.
    clock: function returning seconds; for tests.
  """

  _ROWS_PER_HEADER = 40

  def __init__(self, values, step, columns, every_n_steps, sequences_per_step, rank=0, prints=True,
               metrics_path=None, out=None, clock=time.time):
    # Fetched at every step, though not every step is shown: see STARTUP_RUNS for what another set would cost.
    self._fetches = dict(values, step=step)
    self._columns = columns
    self._every = every_n_steps
    self._sequences_per_step = sequences_per_step
    self._rank = rank
    self._prints = prints
    self._metrics_path = metrics_path
    self._out = out
    self._clock = clock
    self._startup_left = STARTUP_RUNS
    self._timed_since = None
    self._timed_runs = 0
    self._rows = 0

  def before_run(self, run_context):
    return tf.train.SessionRunArgs(self._fetches)

  def after_run(self, run_context, run_values):
    now = self._clock()
    if self._startup_left:
      self._startup_left -= 1
      self._timed_since = now
    else:
      self._timed_runs += 1
    step = int(run_values.results["step"])
    if self._rows == 0 or step % self._every == 0:
      self._report(step, run_values.results, now)

  def _report(self, step, results, now):
    row = {key: float(value) for key, value in results.items()}
    row["step"] = step
    row["sequences_per_second"] = self._rate(now)
    if self._metrics_path:
      append_json_line(self._metrics_path, dict(row, time=now))
    if self._prints:
      self._print_row(dict(row, rank=self._rank))
    self._rows += 1
    self._timed_since, self._timed_runs = now, 0

  def _rate(self, now):
    """Sequences a second since the last row; None while there is no step after start-up to measure."""
    elapsed = now - self._timed_since
    return self._timed_runs * self._sequences_per_step / elapsed if self._timed_runs and elapsed > 0 else None

  def _print_row(self, row):
    if self._rows % self._ROWS_PER_HEADER == 0:
      self._print(table_header(self._columns))
    self._print(table_row(self._columns, row))

  def _print(self, line):
    out = self._out or sys.stdout
    out.write(line + "\n")
    out.flush()  # progress must be visible through a pipe, too


def table_header(columns):
  """The headings, each as wide as its column."""
  return "  ".join(column.title.rjust(_width(column)) for column in columns)


def table_row(columns, row):
  """One row of values, right-aligned under table_header; "-" for None."""
  cells = ["-" if row[column.key] is None else column.pattern % row[column.key] for column in columns]
  return "  ".join(cell.rjust(_width(column)) for cell, column in zip(cells, columns))


def _width(column):
  return max(len(column.title), len(column.pattern % 0))


def append_json_line(path, values):
  """Appends one JSON object as one line, keys sorted; numbers JSON cannot hold become null."""
  clean = {key: None if isinstance(value, float) and not _is_finite(value) else value
           for key, value in values.items()}
  with open(path, "a") as stream:
    stream.write(json.dumps(clean, sort_keys=True) + "\n")


def _is_finite(number):
  return not (math.isnan(number) or math.isinf(number))


class DivergenceHook(tf.train.SessionRunHook):
  """Stops training at the first loss or gradient that is not finite, before it reaches a checkpoint.

  The variables are spoilt by then, so this hook must come before the one that saves them
  (`training_spec` orders them).

  Args:
    values: dict, what -> scalar tensor that must stay finite.
    step: int64 scalar tensor, the global step after the update.
    output_dir: where the last good checkpoint is.
  """

  def __init__(self, values, step, output_dir):
    self._values = OrderedDict(sorted(values.items()))
    self._step = step
    self._output_dir = output_dir

  def before_run(self, run_context):
    return tf.train.SessionRunArgs({"step": self._step, "values": dict(self._values)})

  def after_run(self, run_context, run_values):
    for what, value in sorted(run_values.results["values"].items()):
      if not _is_finite(float(value)):
        raise DivergedError(
            "%s is %s at step %d: training stopped. Last good checkpoint: %s. Lower --learning_rate or lengthen "
            "the warm-up, and check the data" % (
                what, float(value), int(run_values.results["step"]),
                tf.train.latest_checkpoint(self._output_dir) or "none was written yet"))


def training_spec(loss, train_op, scalars, values, columns, run_options, runtime, batch_size,
                  every_rank_prints=False):
  """The EstimatorSpec of a training step with its hooks in the right order; adds the TensorBoard scalars.

  Args:
    loss: float32 scalar.
    train_op, scalars: as train_op.make_train_op returns them.
    values: dict, key -> scalar tensor: what the table and TensorBoard show besides `scalars`.
    columns: list of Column.
    run_options: RunOptions.
    runtime: a runtime.
    batch_size: sequences in a batch of one process.
    every_rank_prints: whether ranks other than the first print their table, too.
  """
  step = scalars["global_step"]
  shown = OrderedDict((key, tensor) for key, tensor in scalars.items() if key != "global_step")
  shown.update(values)
  for key, tensor in sorted(shown.items()):
    tf.summary.scalar(key, tensor)
  first = [DivergenceHook(
      {"the loss": loss, "the gradient norm": scalars["grad_norm"]}, step, run_options.output_dir)]
  if runtime.is_chief:
    first.append(tf.train.CheckpointSaverHook(
        run_options.output_dir, save_steps=run_options.save_checkpoints_steps))
  console = ConsoleLogHook(
      dict(shown, loss=loss), step, columns, run_options.log_every_n_steps, batch_size * runtime.size,
      rank=runtime.rank, prints=runtime.is_chief or every_rank_prints,
      metrics_path=os.path.join(run_options.output_dir, METRICS_FILE) if runtime.is_chief else None)
  return tf.estimator.EstimatorSpec(
      mode=tf.estimator.ModeKeys.TRAIN, loss=loss, train_op=train_op,
      # Estimator runs chief hooks before all others, and takes its saver from here when it finds one.
      training_chief_hooks=first,
      training_hooks=[console] + runtime.hooks())
