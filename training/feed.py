# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The training input of a run: finds the records and the sample to go on with, and says both."""

import numpy as np

from program.records.index import FileIndex, index_files, scan
from training import inputs, position
from training.job import say
from training.reading import Reader


def open_records(job, start, files, schema):
    """The input of pre-training, in which all ranks share all records.

    All ranks must call this.

    Args:
      job: job.Job of this rank.
      start: start.Start.
      files: list of paths, each with at least one record.
      schema: fields.Schema.

    Returns:
      (inputs.TrainingInput of this rank, the position.Position at which it begins).

    Raises:
      RecordError: a file is damaged or holds another number of records than its manifest says, or there are fewer records than ranks.
    """
    runtime = job.runtime
    # Found once: ranks that each read the files would take as long, and might differ.
    found = [[]]
    if runtime.is_chief:
        found = [
            [one.records, one.starts.tolist()]
            for one in index_files(files, job.run.output_dir, _say_what_is_read)
        ]
    found = [
        FileIndex(path, records, np.array(starts, np.int64))
        for path, (records, starts) in zip(files, runtime.from_chief(found))
    ]
    at = find(job, start, [one.records for one in found])
    return _opened(job, at, found, schema), at


def open_windows(job, at, path, schema):
    """The input of a training whose records are in one file, of which each rank has a copy.

    Args:
      job: job.Job of this rank.
      at: position.Position.
      path: str, this rank's copy.
      schema: fields.Schema.

    Returns:
      inputs.TrainingInput of this rank.

    Raises:
      RecordError: there are fewer records than ranks.
    """
    return _opened(job, at, [scan(path)], schema)


def _opened(job, at, files, schema):
    """The TrainingInput of this rank: its share of the records of a list of FileIndex, from a Position on."""
    runtime = job.runtime
    inputs.check_shares(files, runtime.size)
    num_records = sum(one.records for one in files)
    if at.samples:
        say(position.describe(at, num_records), runtime)
    reader = Reader(files, at.seed, at.samples - at.origin + runtime.rank, runtime.size)
    return inputs.TrainingInput(reader, schema, at.samples + runtime.rank, runtime.size)


def find(job, start, numbers):
    """The Position at which a run starts; says what has changed since the checkpoint was written.

    All ranks must call this.

    Args:
      job, start: as in open_records.
      numbers: list of int, on which the order depends: with others it begins anew.
    """
    at, lines = position.find_position(job, start, position.digest(numbers))
    for line in lines:
        say(line, job.runtime)
    return at


def _say_what_is_read(num_files, num_bytes):
    say(
        "reading %d files of %.1f GB, which have no manifest or none that says where their records are"
        % (num_files, num_bytes / 1e9)
    )
