# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Input pipelines: from file patterns to batches of tensors."""


import contextlib
import functools
import itertools
from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

from fused_ops.tensorflow_versions import do_not_convert
from program.errors import few
from program.records.batches import BatchDecoder, find_bad_record
from program.records.decoding import RecordError, read_records
from training import records

# The feature of training batches that numbers the samples.
SAMPLE = "sample"

# A call of the decoder takes as long as the numbers of some forty records.
_RECORDS_AT_ONCE = 256
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
        raise RecordError("%s: the input files contain no records: recreate them" % few(files, 1))
    return usable


def check_shares(files, size):
    """Refuses too few records: the ranks would all train on the same ones.

    Args:
      files: list of index.FileIndex.
      size: number of ranks.

    Raises:
      RecordError: there are fewer records than ranks.
    """
    found = sum(one.records for one in files)
    if found < size:
        raise RecordError(
            "%s: %d records cannot be divided among %d ranks: start fewer processes"
            % (few([one.path for one in files], 1), found, size)
        )


class CheckedInput:
    """Records that Python reads for TensorFlow; a record that is refused ends the data set, and is named afterwards."""

    _error = None

    def _kept(self, read, *arguments):
        """What a function returns that reads records; ends the data set if one is refused."""
        try:
            return read(*arguments)
        except RecordError as error:
            self._error = error
            # TensorFlow would log any other exception with a traceback.
            raise StopIteration

    @contextlib.contextmanager
    def named_errors(self):
        """Raises the RecordError that ended the input, of which TensorFlow knows nothing; the loop has ended by then."""
        try:
            yield
        except tf.errors.OpError:
            if self._error is None:
                raise
        if self._error is not None:
            raise self._error


class TrainingInput(CheckedInput):
    """What one rank reads in training: records in their order, parsed and checked.

    Args:
      reader: reading.Reader.
      schema: fields.Schema.
      first: int, number of this rank's first sample, counted over the whole training and all ranks.
      step: int, number of ranks.
    """

    def __init__(self, reader, schema, first=0, step=1):
        self._reader, self._schema = reader, schema
        self._first, self._step = first, step
        self._decoder = BatchDecoder(schema)

    def dataset(self, batch_size):
        """Endless batches; the batch dimension is static.

        Returns:
          tf.data.Dataset of dicts: feature name -> int32 or float32 [batch_size, ...], and SAMPLE -> int64 [batch_size], the
          numbers of the samples in the whole training, which no other sample has.
        """
        batches = max(1, _RECORDS_AT_ONCE // batch_size)
        count = batches * batch_size
        names = list(self._schema.fields) + [SAMPLE]
        types = records.types(self._schema) + [tf.int64]
        shapes = [field.shape for field in self._schema.fields.values()] + [()]

        def read(number):
            begin = int(number) * count
            arrays = self._kept(self._decoded, begin, count)
            arrays.append(self._first + self._step * np.arange(begin, begin + count))
            return [a.reshape([batches, batch_size] + list(a.shape[1:])) for a in arrays]

        def read_op(number):
            tensors = tf.py_func(read, [number], types)
            for tensor, shape in zip(tensors, shapes):
                tensor.set_shape((batches, batch_size) + shape)
            return OrderedDict(zip(names, tensors))

        numbers = tf.data.Dataset.range(np.iinfo(np.int64).max // count)
        ahead = max(_BATCHES_AHEAD, batches)
        return (
            numbers.map(do_not_convert(read_op))
            .flat_map(tf.data.Dataset.from_tensor_slices)
            .prefetch(ahead)
        )

    def _decoded(self, begin, count):
        """The features of the records `begin` to `begin + count - 1` of this rank: list of arrays [count, ...]."""
        pieces = []
        for first in range(begin, begin + count, _RECORDS_AT_ONCE):
            records_of_piece = self._reader.read(
                first, min(_RECORDS_AT_ONCE, begin + count - first)
            )
            found = self._decoder(
                records_of_piece, lambda row, first=first: self._reader.source(first + row)
            )
            pieces.append(found.values())
        return [np.concatenate(arrays) for arrays in zip(*pieces)]

    def sources(self, begin, count):
        """Where the records `begin` to `begin + count - 1` of this input come from: list of (path, number in that file)."""
        return self._reader.sources(begin, count)


class PlannedInput(CheckedInput):
    """What prediction reads: all windows of a file in planned batches, parsed and checked.

    Memory: the numbers of one stretch, and of the batches that are ahead.

    Args:
      path: str.
      schema: fields.Schema.
      stretches: list of squad.batches.Stretch, together all records of the file.
    """

    def __init__(self, path, schema, stretches):
        self._path, self._schema, self._stretches = path, schema, stretches
        self._lengths = {batch.length for one in stretches for batch in one.batches}

    def dataset(self):
        """The batches in their order, once.

        Returns:
          tf.data.Dataset of dicts: feature name -> int32 [B] or, where the schema's field is a sequence, [B, S], with S the
          length of the batch, which is static if all have the same.
        """
        batches = self._batches()

        def read_op(number):
            # The number is there to have one call for each batch; calls are in order.
            tensors = tf.py_func(
                lambda _: self._kept(next, batches), [number], records.types(self._schema)
            )
            length = self._lengths.copy().pop() if len(self._lengths) == 1 else None
            for tensor, field in zip(tensors, self._schema.fields.values()):
                tensor.set_shape((None, length) if field.shape else (None,))
            return OrderedDict(zip(self._schema.fields, tensors))

        count = sum(len(one.batches) for one in self._stretches)
        return tf.data.Dataset.range(count).map(do_not_convert(read_op)).prefetch(_BATCHES_AHEAD)

    def _batches(self):
        """Yields the arrays of each batch, in the order of the schema."""
        serialized, decoder = read_records(self._path), BatchDecoder(self._schema)
        for one in self._stretches:
            pieces = []
            for first in range(one.begin, one.end, _RECORDS_AT_ONCE):
                piece = list(itertools.islice(serialized, min(_RECORDS_AT_ONCE, one.end - first)))
                if not piece:
                    raise RecordError(
                        "%s: has fewer records than were written: make it again" % self._path
                    )
                found = decoder(piece, lambda row, first=first: (self._path, first + row))
                pieces.append(found.values())
            arrays = [np.concatenate(parts) for parts in zip(*pieces)]
            for batch in one.batches:
                yield [
                    array[batch.rows] if array.ndim == 1 else array[batch.rows, : batch.length]
                    for array in arrays
                ]


def evaluation_dataset(files, schema, batch_size):
    """Every record once, in the order of the files; the last batch may be smaller.

    Returns:
      tf.data.Dataset of dicts, feature name -> [B, ...] with B at most batch_size.
    """
    return _parsed(tf.data.TFRecordDataset(files).batch(batch_size), schema)


def _parsed(dataset, schema):
    # Parsed per batch, which is several times cheaper than per record.
    parse = do_not_convert(functools.partial(records.parse, schema))
    return dataset.map(parse).prefetch(_BATCHES_AHEAD)


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
