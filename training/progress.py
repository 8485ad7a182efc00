# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Progress of a training run: console table, progress bar, metrics.jsonl, TensorBoard throughput.

`ProgressHook` makes one row of figures every N steps; each of its sinks displays or stores it.
"""


import logging
import os
import time
from collections import namedtuple

import tensorflow.compat.v1 as tf

from program import console
from training import metrics

# TensorFlow prepares the graph for each set of fetched tensors, and a training step has two: with
# summaries (the first step) and without (the second). After those the loop runs at full speed.
STARTUP_RUNS = 2

_SECONDS_BETWEEN_REPORTS = 5.0

# title: heading. key: name in the row. pattern: %-format of one value.
Column = namedtuple("Column", ["title", "key", "pattern"])

LOSS_SCALE = Column("loss scale", "loss_scale", "%10.0f")
CLOSING_COLUMNS = [
    Column("tokens/sec", "tokens_per_second", "%10.0f"),
    Column("ETA", "eta", "%11s"),
]

# sequences_per_run: of all ranks together, per session run. tokens_per_sequence: including padding.
# last_step: the step at which training ends.
Pace = namedtuple("Pace", ["sequences_per_run", "tokens_per_sequence", "last_step"])


class ProgressHook(tf.train.SessionRunHook):
    """Makes a row of figures every N steps and passes it to its sinks.

    A row has the keys of `values` and "step", "time" (seconds since 1970), "sequences_per_second" and
    "tokens_per_second" (since the last row; None within start-up), "eta_seconds" (to the last step, at the
    mean pace since start-up; None within it).

    Args:
      values: dict, key -> scalar tensor.
      step: int64 scalar tensor, the global step after the update.
      pace: Pace.
      every_n_steps: a row is made at every multiple of it, and after the first step of the run.
      sinks: objects with `row(row)`; those with `tick(step, row, clock's seconds)` see every step, those with
        `close()` the end.
      clock: function returning seconds; for tests.
    """

    def __init__(self, values, step, pace, every_n_steps, sinks, clock=time.monotonic):
        # Fetched at every step, although not every step is shown: see STARTUP_RUNS for the cost of a second set.
        self._fetches = dict(values, step=step)
        self._pace = pace
        self._every = every_n_steps
        self._sinks = sinks
        self._clock = clock
        self._clock_zero = (
            time.time() - clock()
        )  # seconds since 1970; a clock set back does not show in the rows
        self._startup_left = STARTUP_RUNS
        self._steady_since = None  # (seconds, step) at the end of start-up
        self._timed_since = None
        self._timed_runs = 0
        self._shown_step = None

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self._fetches)

    def after_run(self, run_context, run_values):
        now = self._clock()
        step = int(run_values.results["step"])
        if self._startup_left:
            self._startup_left -= 1
            self._timed_since, self._steady_since = now, (now, step)
        else:
            self._timed_runs += 1
        # A step that loss scaling skipped has the number of the step before it, which is shown once; step 0 does not exist.
        if step not in (0, self._shown_step) and (
            self._shown_step is None or step % self._every == 0
        ):
            self._make_row(step, run_values.results, now)
        for sink in self._sinks:
            if hasattr(sink, "tick"):
                sink.tick(step, self._eta(step, now), now)

    def end(self, session):
        self.close()

    def close(self):
        """Tells every sink that there are no more rows."""
        for sink in self._sinks:
            if hasattr(sink, "close"):
                sink.close()

    def _make_row(self, step, results, now):
        row = {key: float(value) for key, value in results.items()}
        rate = self._rate(now)
        row.update(
            step=step,
            time=self._clock_zero + now,
            sequences_per_second=rate,
            eta_seconds=self._eta(step, now),
            tokens_per_second=None if rate is None else rate * self._pace.tokens_per_sequence,
        )
        for sink in self._sinks:
            sink.row(row)
        self._shown_step = step
        self._timed_since, self._timed_runs = now, 0

    def _rate(self, now):
        """Sequences per second since the last row; None within start-up."""
        elapsed = now - self._timed_since
        return (
            self._timed_runs * self._pace.sequences_per_run / elapsed
            if self._timed_runs and elapsed > 0
            else None
        )

    def _eta(self, step, now):
        """Seconds to the last step; None within start-up."""
        seconds, first = self._steady_since
        if self._startup_left or step <= first or now <= seconds:
            return None
        return max(self._pace.last_step - step, 0) * (now - seconds) / (step - first)


class ConsoleTable:
    """Prints each row, aligned under a header that is repeated regularly.

    Args:
      columns: list of Column; their keys are those of the row, "rank" and "eta".
      rank: int.
      out: file to print to, default sys.stdout.
      bar: ProgressBar to clear first, or None.
    """

    _ROWS_PER_HEADER = 40

    def __init__(self, columns, rank=0, out=None, bar=None):
        self._columns = columns
        self._rank = rank
        self._out = out
        self._bar = bar
        self._rows = 0

    def row(self, row):
        if self._bar:
            self._bar.wipe()
        if self._rows % self._ROWS_PER_HEADER == 0:
            self._print(table_header(self._columns))
        self._print(
            table_row(self._columns, dict(row, rank=self._rank, eta=duration(row["eta_seconds"])))
        )
        self._rows += 1

    def _print(self, line):
        console.write_line(line, self._out)


class MetricsFile:
    """Appends each row to a metrics.jsonl."""

    def __init__(self, path):
        self._path = path

    def row(self, row):
        metrics.append_json_line(self._path, row)


class TensorBoardThroughput:
    """Adds sequences and tokens per second to the run's TensorBoard file; the other figures are summary ops."""

    def __init__(self, output_dir):
        self._output_dir = output_dir

    def row(self, row):
        figures = [
            (tag, row[tag])
            for tag in ("sequences_per_second", "tokens_per_second")
            if row[tag] is not None
        ]
        if figures:
            # The cached writer is Estimator's own: one file for all curves of a run.
            tf.summary.FileWriterCache.get(self._output_dir).add_summary(
                tf.Summary(
                    value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in figures]
                ),
                row["step"],
            )


class ProgressBar:
    """One line at the bottom of a terminal that shows the progress; never in a log.

    Args:
      terminal: text file of a terminal.
      last_step: int.
      width: int, columns of the terminal; default: as the terminal reports.
    """

    _SECONDS_BETWEEN = 0.25
    _CELLS = 24

    def __init__(self, terminal, last_step, width=None):
        self._terminal = terminal
        self._last_step = last_step
        self._width = width or _terminal_width(terminal)
        self._drawn = False
        self._last_time, self._waits = None, False
        self._figures = ""
        # Log lines go to the same terminal: the bar is cleared before them.
        self._filter = lambda record: self.wipe() or True
        self._logger = logging.getLogger("tensorflow")
        self._logger.addFilter(self._filter)

    def row(self, row):
        self._waits = True  # the row may come through a pipe: it must not be printed over a new bar
        self._figures = "loss %.4f" % row["loss"]
        if row["sequences_per_second"] is not None:
            self._figures += "  %.1f sequences/s" % row["sequences_per_second"]

    def tick(self, step, eta_seconds, now):
        if self._waits:
            self._last_time, self._waits = now, False
            return
        if self._last_time is not None and 0 <= now - self._last_time < self._SECONDS_BETWEEN:
            return
        self._last_time = now
        done = min(step / self._last_step, 1.0)
        filled = int(done * self._CELLS)
        line = "%d/%d [%s%s] %5.1f %%  %s  ETA %s" % (
            step,
            self._last_step,
            "=" * filled,
            " " * (self._CELLS - filled),
            100 * done,
            self._figures,
            duration(eta_seconds),
        )
        # The cursor stays at the beginning of the line: whatever is printed next replaces the bar.
        self._write("\r\x1b[K" + line[: self._width - 1] + "\r")
        self._drawn = True

    def wipe(self):
        """Clears the line before something else is printed; a later step draws the bar again."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def close(self):
        self.wipe()
        self._logger.removeFilter(self._filter)

    def _write(self, text):
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except (EnvironmentError, ValueError):
            pass  # the terminal was closed; training continues


def _terminal_width(terminal):
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (EnvironmentError, ValueError):
        return 80


def duration(seconds):
    """Seconds as "1:02:03" or "2d 03:04:05"; "-" for None."""
    if seconds is None:
        return "-"
    minutes, seconds = divmod(int(round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (
        "%dd %02d:%02d:%02d" % (days, hours, minutes, seconds)
        if days
        else "%d:%02d:%02d" % (hours, minutes, seconds)
    )


class EveryFewSeconds:
    """Calls a function of how far a loop is, every few seconds.

    Args:
      say: function of a number.
      clock: function returning seconds; for tests.
    """

    def __init__(self, say, clock=time.monotonic):
        self._say, self._clock, self._last = say, clock, clock()

    def __call__(self, number):
        if self._clock() - self._last >= _SECONDS_BETWEEN_REPORTS:
            self._last = self._clock()
            self._say(number)


def table_header(columns):
    """The headings, each as wide as its column."""
    return "  ".join(column.title.rjust(_width(column)) for column in columns)


def table_row(columns, row):
    """One row of values, right-aligned under table_header; "-" for None."""
    cells = [
        "-" if row[column.key] is None else column.pattern % row[column.key] for column in columns
    ]
    return "  ".join(cell.rjust(_width(column)) for cell, column in zip(cells, columns))


def _width(column):
    return max(len(column.title), len(column.pattern % 0))
