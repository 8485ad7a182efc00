# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The prediction of run_squad.py: windows in batches of similar length to logits, with their times."""

import os

from squad import batches
from squad.predictions import RawResult
from training import hooks, inputs, metrics, session
from training.precision import xla_compiles


def limits(job):
    """What a batch may be: the squad.batches.Limits of a job.

    XLA compiles each shape anew, so batches all have one shape where it does, unless the lack of padding changes it anyway.
    """
    skips_padding = job.kernels.remove_padding
    tokens = job.task.predict_batch_tokens
    return batches.Limits(
        job.task.predict_batch_size if tokens is None else None,
        tokens,
        job.task.max_seq_length,
        skips_padding or not xla_compiles(job.precision),
        skips_padding,
    )


def described(job):
    """What a batch has, in words."""
    of_batch, size = limits(job), job.runtime.size
    if of_batch.tokens is None:
        most = "%d windows" % of_batch.windows
    else:
        most = "at most %d tokens" % of_batch.tokens
    return "%s per batch%s, %s" % (
        most,
        " on each of %d ranks" % size if size > 1 else "",
        (
            "sorted by length"
            if of_batch.is_trimmed
            else "each padded to %d tokens" % of_batch.max_length
        ),
    )


class Prediction:
    """The windows of a file, in the batches that they are computed in, and how long that took.

    Args:
      job: job.Job of this rank.
      path: str, of the records of the windows.
      features: squad.windows.Windows of these records.
    """

    def __init__(self, job, path, features):
        self._job, self._path = job, path
        self.num_windows = len(features)
        self._stretches = batches.plan(
            features.lengths(), features.question_numbers().tolist(), limits(job)
        )
        self._batches = [batch for one in self._stretches for batch in one.batches]
        self._throughput = hooks.ThroughputHook([len(batch.rows) for batch in self._batches])
        self._latency = hooks.LatencyHook()

    def results(self, model_fn, schema, checkpoint, report):
        """Yields the RawResult of each window, those of one question within the same few thousand.

        Args:
          model_fn: Estimator model function, whose predictions are "unique_id", "start_logits" and "end_logits".
          schema: fields.Schema of the records.
          checkpoint: prefix, or None on ranks that get the variables from another.
          report: function of the number of windows done, called for each batch.

        Raises:
          RecordError: a record is damaged, or not of the schema.
        """
        source = inputs.PlannedInput(self._path, schema, self._stretches)
        estimator = session.make_estimator(self._job, model_fn)
        done = 0
        with source.named_errors():
            for result in estimator.predict(
                source.dataset,
                hooks=[self._latency, self._throughput] + self._job.runtime.hooks(),
                checkpoint_path=checkpoint,
                yield_single_examples=False,
            ):
                numbers = result["unique_id"].tolist()
                for raw in zip(numbers, result["start_logits"], result["end_logits"]):
                    yield RawResult(*raw)
                done += len(numbers)
                report(done)

    def summary_lines(self):
        """The closing lines of this rank."""
        return hooks.summary_lines("Inference", self._job.runtime.rank, self._throughput)

    def record_times(self, record):
        """Writes latency.jsonl; the figures of the batches after start-up go into run.json."""
        rows = self._latency.rows(self._batches)
        path = os.path.join(self._job.run.output_dir, metrics.LATENCY_FILE)
        metrics.write_json_lines(path, rows)
        steady = [row["seconds"] for row in rows if not row["startup"]]
        figures = self._throughput.figures()
        if steady:
            figures["batch_latency_seconds"] = metrics.percentiles(steady)
        record.result("inference", figures)
