# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Measures what it costs to check each record before TensorFlow sees it, and to read records in an order that can be resumed.

    .venv/bin/python -m benchmarks.record_checks /tmp/records.tfrecord --batch_size 32

Three ways to parse the same batches, from bytes in memory; then two ways from the file to batches as a training step gets them:
training/inputs.py, and a pipeline of tf.data alone that checks no number and draws another order at each start, as this program had it
before. All take turns; the figures are medians, with the lowest and the highest. CPU time (of all threads) is given beside wall-clock
time because it depends less on other load. In a training run parsing has a thread of its own, beside the training step.
"""

import os
import sys
import time
from collections import OrderedDict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import program.numpy_warnings  # noqa: E402,F401 (before TensorFlow is imported)

# isort: split
import itertools  # noqa: E402
import statistics  # noqa: E402

import tensorflow.compat.v1 as tf  # noqa: E402

from program.arguments import Parser, positive_int  # noqa: E402
from program.errors import run_program  # noqa: E402
from program.records.batches import BatchDecoder  # noqa: E402
from program.records.decoding import RecordError, read_records  # noqa: E402
from program.records.fields import pretraining_schema_of  # noqa: E402
from program.records.index import index_files  # noqa: E402
from training import inputs, records  # noqa: E402
from training.reading import Reader  # noqa: E402


def parsers(schema, batch_size, session):
    """OrderedDict, name -> function that parses a list of `batch_size` serialized records.

    Args:
        schema: fields.Schema.
        batch_size: int.
        session: tf.Session, in whose graph the ops are made.
    """
    serialized = tf.placeholder(tf.string, [batch_size])
    unchecked = parsed_by_tensorflow(schema, serialized)
    decoder = BatchDecoder(schema)

    def op(tensors):
        return session.make_callable([tensor.op for tensor in tensors.values()], [serialized])

    return OrderedDict(
        [
            ("tf.io.parse_example", op(unchecked)),
            ("BatchDecoder", lambda batch: decoder(batch, lambda row: ("", row))),
            ("BatchDecoder in tf.py_func", op(records.parse(schema, serialized))),
        ]
    )


def parsed_by_tensorflow(schema, serialized):
    """The features of string tensor [B]: dict, feature name -> tensor; numbers are not checked."""
    types = {"int64": tf.int64, "float32": tf.float32}
    features = {
        name: tf.io.FixedLenFeature(field.shape, types[field.dtype])
        for name, field in schema.fields.items()
    }
    return tf.io.parse_example(serialized, features)


def unchecked_input(path, schema, batch_size):
    """Endless shuffled batches of a file by tf.data alone: tf.data.Dataset of dicts, feature name -> [batch_size, ...]."""

    def parse(serialized):
        found = parsed_by_tensorflow(schema, serialized)
        return {
            name: tf.cast(one, tf.int32) if one.dtype == tf.int64 else one
            for name, one in found.items()
        }

    files = tf.data.Dataset.from_tensors(path).repeat()
    serialized = files.interleave(tf.data.TFRecordDataset, cycle_length=1, num_parallel_calls=1)
    batches = serialized.shuffle(1000).batch(batch_size, drop_remainder=True)
    return batches.map(parse, num_parallel_calls=2).prefetch(4)


def pipelines(path, schema, batch_size, session):
    """OrderedDict, name -> function of any argument that makes the next batch of a pipeline from the file."""
    ours = inputs.TrainingInput(Reader(index_files([path]), 1), schema).dataset(batch_size)
    found = OrderedDict()
    for name, dataset in (
        ("tf.data, unchecked", unchecked_input(path, schema, batch_size)),
        ("training/inputs.py", ours),
    ):
        iterator = tf.data.make_initializable_iterator(dataset)
        following = session.make_callable([one.op for one in iterator.get_next().values()])
        session.run(iterator.initializer)
        found[name] = lambda _, following=following: following()
    return found


def measure(parse, batches):
    """(seconds, CPU seconds) of parsing all batches."""
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        parse(batch)
    return time.perf_counter() - wall, time.process_time() - cpu


def print_row(name, times, count):
    """One line: medians of records/s and of CPU time a record, with the lowest and the highest of each.

    Args:
        times: list of (seconds, CPU seconds) of parsing `count` records.
    """
    speeds, costs = [count / wall for wall, _ in times], [1e6 * cpu / count for _, cpu in times]
    print(
        "%-28s %8.0f records/s (%.0f to %.0f)  %8.1f us of CPU time a record (%.1f to %.1f)"
        % (
            name,
            statistics.median(speeds),
            min(speeds),
            max(speeds),
            statistics.median(costs),
            min(costs),
            max(costs),
        )
    )


def main(arguments=None):
    parser = Parser("benchmarks/record_checks.py", __doc__)
    parser.add_argument("file", metavar="FILE", help="TFRecord file for pre-training")
    for name, default in (("batch_size", 32), ("records", 20000), ("rounds", 5)):
        parser.add_argument("--" + name, type=positive_int, default=default, metavar="N")
    options = parser.parse_args(arguments)
    schema = pretraining_schema_of(options.file)
    held = list(itertools.islice(read_records(options.file), options.records))
    size = options.batch_size
    batches = [held[end - size : end] for end in range(size, len(held) + 1, size)]
    if not batches:
        raise RecordError("%s: holds fewer than %d records" % (options.file, size))
    count = len(batches) * size
    with tf.Graph().as_default(), tf.Session() as session:
        ways = parsers(schema, size, session)
        ways.update(pipelines(options.file, schema, size, session))
        rounds = {name: [] for name in ways}
        for turn in range(options.rounds + 1):
            for name, parse in ways.items():
                times = measure(parse, batches)
                if turn:  # the first round does not count
                    rounds[name].append(times)
    print("%d records, %d in a batch, medians of %d rounds" % (count, size, options.rounds))
    for name in ways:
        print_row(name, rounds[name], count)


if __name__ == "__main__":
    run_program(main)
