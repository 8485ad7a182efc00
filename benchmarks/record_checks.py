# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Measures what it costs to check each record: BatchDecoder beside tf.io.parse_example, which checks no number.

    .venv/bin/python benchmarks/record_checks.py /tmp/records.tfrecord --batch_size 32

Both parse the same batches, from bytes in memory, in turns; the fastest round counts. CPU time is given beside wall-clock time
because it depends less on other load. In a training run the decoder works in a thread of its own, beside the training step.
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

import tensorflow.compat.v1 as tf  # noqa: E402

from program.arguments import Parser, positive_int  # noqa: E402
from program.errors import run_program  # noqa: E402
from program.records.batches import BatchDecoder  # noqa: E402
from program.records.decoding import RecordError, read_records  # noqa: E402
from program.records.fields import pretraining_schema_of  # noqa: E402
from training import records  # noqa: E402


def parsers(schema, batch_size, session):
    """OrderedDict, name -> function that parses a list of `batch_size` serialized records.

    Args:
        schema: fields.Schema.
        batch_size: int.
        session: tf.Session, in whose graph the ops are made.
    """
    serialized = tf.placeholder(tf.string, [batch_size])
    types = {"int64": tf.int64, "float32": tf.float32}
    features = {
        name: tf.io.FixedLenFeature(field.shape, types[field.dtype])
        for name, field in schema.fields.items()
    }
    unchecked = tf.io.parse_example(serialized, features)
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


def measure(parse, batches):
    """(seconds, CPU seconds) of parsing all batches."""
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        parse(batch)
    return time.perf_counter() - wall, time.process_time() - cpu


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
        parse_functions = parsers(schema, size, session)
        rounds = {name: [] for name in parse_functions}
        for _ in range(options.rounds):
            for name, parse in parse_functions.items():
                rounds[name].append(measure(parse, batches))
    print("%d records, %d in a batch" % (count, size))
    for name, times in rounds.items():
        wall, cpu = (min(column) for column in zip(*times))
        print(
            "%-28s %8.0f records/s %8.1f us of CPU time a record"
            % (name, count / wall, 1e6 * cpu / count)
        )


if __name__ == "__main__":
    run_program(main)
