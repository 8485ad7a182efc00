# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Input pipelines: from file patterns to batches of tensors."""


import contextlib
import functools
import itertools

import tensorflow.compat.v1 as tf

from program.records.batches import find_bad_record
from program.records.decoding import RecordError, read_records
from training import records

_FILES_AT_ONCE = 8
_SHUFFLE_RECORDS = 1000  # a few megabytes of serialized records
_READERS = 2
_BATCHES_AHEAD = 4


def usable_files(files, schema):
    """The files that contain records, once the first record of each has been checked.

    Raises:
      RecordError: a file is damaged or its records do not match the schema, or all are empty.
    """
    usable = [path for path in files if schema.has_records(path)]
    for path in sorted(set(files) - set(usable)):
        tf.logging.warning("%s: skipped: contains no records", path)
    if not usable:
        raise RecordError(
            "%s%s: the input files contain no records: recreate them"
            % (files[0], " and %d more" % (len(files) - 1) if len(files) > 1 else "")
        )
    return usable


def check_shares(files, size):
    """Refuses too few records: a rank without any would end at once, and the others would wait for it.

    Args:
      files: list of paths, each with at least one record.
      size: number of ranks.

    Raises:
      RecordError: there are fewer records than ranks.
    """
    if len(files) >= size:
        return
    found = sum(
        1
        for _ in itertools.islice((record for path in files for record in read_records(path)), size)
    )
    if found < size:
        raise RecordError(
            "%s%s: %d records cannot be divided among %d ranks: start fewer processes"
            % (files[0], " and %d more" % (len(files) - 1) if len(files) > 1 else "", found, size)
        )


def training_dataset(files, schema, batch_size, rank=0, size=1):
    """Endless shuffled batches of this rank's share of the records.

    With at least as many files as ranks, each rank reads whole files that no other rank reads. With fewer, all
    ranks read all files in the same order and each takes every `size`-th record, so that no record is read by two
    ranks and every rank has some. The order follows the graph's random seed.

    Args:
      files: list of paths.
      schema: fields.Schema.
      batch_size: sequences in a batch; the batch dimension is static.
      rank, size: which share.

    Returns:
      tf.data.Dataset of dicts, feature name -> [batch_size, ...].
    """
    if len(files) >= size:
        own = files[rank::size]
        dataset = _interleaved(
            tf.data.Dataset.from_tensor_slices(own).shuffle(len(own)).repeat(), len(own)
        )
    else:
        # Not shuffled, because all ranks must count alike; sharded before repeating, because the number of records
        # need not be a multiple of the number of ranks.
        dataset = (
            _interleaved(tf.data.Dataset.from_tensor_slices(files), len(files))
            .shard(size, rank)
            .repeat()
        )
    dataset = dataset.shuffle(_SHUFFLE_RECORDS)
    return _parsed(dataset.batch(batch_size, drop_remainder=True), schema)


def _interleaved(names, num_files):
    """The records of a dataset of file names, several files read in parallel, always in the same order."""
    at_once = min(num_files, _FILES_AT_ONCE)
    return names.interleave(
        tf.data.TFRecordDataset, cycle_length=at_once, num_parallel_calls=min(at_once, _READERS)
    )


def evaluation_dataset(files, schema, batch_size):
    """Every record once, in the order of the files; the last batch may be smaller.

    Returns:
      tf.data.Dataset of dicts, feature name -> [B, ...] with B at most batch_size.
    """
    return _parsed(tf.data.TFRecordDataset(files).batch(batch_size), schema)


def _parsed(dataset, schema):
    # Parsed per batch, which is several times cheaper than per record.
    return dataset.map(functools.partial(records.parse, schema)).prefetch(_BATCHES_AHEAD)


@contextlib.contextmanager
def named_record_errors(files, schema):
    """Turns TensorFlow's error about an invalid record into a RecordError that names file and record.

    Args:
      files: what the loop inside reads; after a failure they are read again to the end.
      schema: fields.Schema.

    Raises:
      RecordError: the loop failed because of a record.
    """
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError):
        find_bad_record(schema, files)
        raise
