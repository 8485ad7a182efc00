# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Batches of serialized records to arrays, each record and each number checked; no TensorFlow.

A record is refused here, with its file and number, before TensorFlow sees it. TensorFlow 1.13.1 puts the bytes of a record
that is no tf.train.Example into its error message and crashes where they are not UTF-8; a number out of range stops a CPU
with a traceback and passes silently on a GPU, where a masked position beyond the sequence reads a token of the next one.
"""

import itertools
from collections import OrderedDict

import numpy as np

from program.records import encoding
from program.records.decoding import numbers, read_records
from program.records.fields import kind_of, length_of

_RECORDS_AT_ONCE = 256
_MOST_HEADS = 1 << 15  # payloads of further lengths are parsed field by field


class BatchDecoder:
    """Serialized records -> arrays.

    What stands before the packed numbers of a feature follows from its name and from how many bytes they take. A record is
    taken apart by looking those heads up, in any order of its features, as NVIDIA's and Google's programs write them too.
    Any other form of a tf.train.Example is parsed field by field, which takes about ten times as long.

    Args:
        schema: fields.Schema.
    """

    def __init__(self, schema):
        self._schema = schema
        self._names = list(schema.fields)
        self._heads = {}  # bytes before a payload -> (feature name, length of the payload)
        self._learned = set()  # the values of _heads
        # For the first, second, ... feature of a record: the lengths that heads have, the latest one first.
        self._head_sizes = [[] for _ in self._names]
        self._tops = {}  # size of a record -> its first bytes

    def __call__(self, serialized, place):
        """Parses and checks a batch.

        Args:
            serialized: sequence of N bytes objects.
            place: function of the index of a record of this batch, which returns (path, number of the record in that file).

        Returns:
            OrderedDict, feature name -> int32 or float32 [N] + the field's shape, in the order of the schema.

        Raises:
            RecordError: naming file and record, for the first record that is no tf.train.Example of this schema or has a
                number out of range.
        """
        found = self.unchecked_numbers(serialized, place)
        self._schema.check_numbers(found, place)
        return OrderedDict(
            (
                name,
                found[name]
                .reshape((len(serialized),) + field.shape)
                .astype(np.int32 if field.dtype == "int64" else np.float32),
            )
            for name, field in self._schema.fields.items()
        )

    def unchecked_numbers(self, serialized, place):
        """As a call, but whatever the numbers are: OrderedDict, feature name -> int64 or float32 [N, n], n = 1 for shape ()."""
        rows = [self._payloads(record, place, row) for row, record in enumerate(serialized)]
        found, wide = OrderedDict.fromkeys(self._names), []
        for name in self._names:
            field, payloads = self._schema.fields[name], [row[name] for row in rows]
            if field.dtype == "int64":
                found[name] = _narrow_numbers(payloads, length_of(field))
                if found[name] is None:
                    wide.append((name, payloads))
            else:
                found.update(self._wide_numbers([(name, payloads)], serialized, place))
        # One call for all of them: a call costs more than the numbers of a feature.
        found.update(self._wide_numbers(wide, serialized, place))
        return found

    def _wide_numbers(self, columns, serialized, place):
        """Yields (name, [N, n]) of features of one kind, given as (name, N payloads)."""
        if not columns:
            return
        names = [name for name, _ in columns]
        kind = kind_of(self._schema.fields[names[0]])
        lengths = [length_of(self._schema.fields[name]) for name in names]
        try:
            values, counts = numbers(kind, [one for _, payloads in columns for one in payloads])
            is_right = bool((counts.reshape([len(names), -1]).T == lengths).all())
        except ValueError:
            is_right = False
        if not is_right:
            self._refuse_one_of(serialized, place)
        start, count = 0, len(serialized)
        for name, length in zip(names, lengths):
            yield name, values[start : start + count * length].reshape([count, length])
            start += count * length

    def _refuse_one_of(self, serialized, place):
        """Raises RecordError for the first record that has not as many numbers as it must."""
        for row, record in enumerate(serialized):
            path, number = place(row)
            self._schema.check_example(path, number, record)
        raise AssertionError("every record is right alone, but not all of them together")

    def _payloads(self, record, place, row):
        """The packed numbers of a record: dict, feature name -> bytes."""
        found = self._payloads_behind_heads(record)
        if found is None:
            path, number = place(row)
            example = self._schema.check_example(path, number, record)
            found = {name: example[name].payload for name in self._names}
            for name, payload in found.items():
                self._learn(name, len(payload))
        return found

    def _payloads_behind_heads(self, record):
        """As _payloads; None where a head is not known or the record has another form."""
        size = len(record)
        top = self._tops.get(size)
        if top is None:
            top = self._tops[size] = _top(size)
        if not record.startswith(top):
            return None
        position, found = len(top), {}
        for sizes in self._head_sizes:
            for turn, head_size in enumerate(sizes):
                hit = self._heads.get(record[position : position + head_size])
                if hit is not None:
                    break
            else:
                return None
            if turn:
                sizes.insert(0, sizes.pop(turn))
            name, length = hit
            position += head_size
            found[name] = record[position : position + length]
            position += length
        return found if position == size and len(found) == len(self._names) else None

    def _learn(self, name, length):
        if (name, length) in self._learned or len(self._learned) >= _MOST_HEADS:
            return
        self._learned.add((name, length))
        head = encoding.feature_head(name, self._schema.fields[name].dtype == "int64", length)
        self._heads[head] = name, length
        for sizes in self._head_sizes:
            if len(head) not in sizes:
                sizes.append(len(head))


def _narrow_numbers(payloads, length):
    """int64 [N, n] of payloads that are n bytes of one number each (masks, segments, small positions); None for others."""
    if not length or set(map(len, payloads)) != {length}:
        return None
    content = np.frombuffer(b"".join(payloads), np.uint8)
    if content.max() > 127:
        return None
    return content.reshape([len(payloads), length]).astype(np.int64)


def _top(size):
    """The first bytes of a record of `size` bytes: the tag and the length of its features."""
    for places in range(1, 6):
        length = encoding.varint(max(size - 1 - places, 0))
        if len(length) == places:
            return b"\x0a" + length
    return b"\x0a"


def find_bad_record(schema, paths):
    """Reads files to the end, to name the record that the input pipeline refused.

    Args:
        schema: fields.Schema.
        paths: list of str.

    Raises:
        RecordError: naming file and record, for the first record that is damaged, of another shape, or has a number out of
            range.
    """
    for _ in decoded_files(BatchDecoder(schema), paths):
        pass


def decoded_files(decode, paths):
    """Yields what `decode` makes of the records of files, in order.

    Args:
        decode: function of (list of at most 256 serialized records of one file, place), such as a BatchDecoder.
        paths: list of str.
    """
    for path in paths:
        records, start = read_records(path), 0
        while True:
            batch = list(itertools.islice(records, _RECORDS_AT_ONCE))
            if not batch:
                break
            yield decode(batch, lambda row, path=path, start=start: (path, start + row))
            start += len(batch)
