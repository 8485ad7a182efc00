# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Batches of serialized records to arrays, each record and each number checked; no TensorFlow.

A record is refused here, with its file and number, before TensorFlow sees it. TensorFlow 1.13.1 puts the bytes of a record
that is no tf.train.Example into its error message and crashes where they are not UTF-8; a number out of range stops a CPU
with a traceback and passes silently on a GPU, where a masked position beyond the sequence reads a token of the next one.
"""

import itertools
from collections import OrderedDict

import numpy as np

from program.records.decoding import RecordError, numbers, read_records
from program.records.fields import length_of
from program.records.layout import Layout, windows

_RECORDS_AT_ONCE = 256


class BatchDecoder:
    """Serialized records -> arrays.

    Records as all known programs write them are taken apart together (layout.py). Any other form of a tf.train.Example is
    parsed field by field, which takes some hundred times as long.

    Args:
        schema: fields.Schema.
    """

    def __init__(self, schema):
        self._schema = schema
        self._fields = list(schema.fields.items())
        self._layout = Layout(
            [(name, length_of(field), field.dtype == "int64") for name, field in self._fields]
        )

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
        found = self._numbers(serialized, place, self._schema.check_numbers)
        return OrderedDict(
            (
                name,
                found[name]
                .reshape((len(serialized),) + field.shape)
                .astype(np.int32 if field.dtype == "int64" else np.float32, copy=False),
            )
            for name, field in self._fields
        )

    def unchecked_numbers(self, serialized, place):
        """As a call, but whatever the numbers are: OrderedDict, feature name -> int64 or float32 [N, n], n = 1 for shape ()."""
        found = self._numbers(serialized, place, lambda arrays, place: None)
        return OrderedDict(
            (name, found[name].astype(np.int64 if field.dtype == "int64" else np.float32))
            for name, field in self._fields
        )

    def _numbers(self, serialized, place, check):
        """OrderedDict, feature name -> [N, n] of float32 or of the integer type that holds the feature's numbers."""
        try:
            found = self._parsed(serialized, place)
            check(found, place)
            return found
        except RecordError:
            # What was found is not the first one that is wrong if others are wrong in another way.
            if len(serialized) > 1:
                for row in range(len(serialized)):
                    self._numbers(serialized[row : row + 1], lambda _, row=row: place(row), check)
            raise

    def _parsed(self, serialized, place):
        """As _numbers, unchecked."""
        content, begins, sizes = self._located(serialized, place)
        found, lists, scalars = OrderedDict(), [], []
        for (name, field), begin, size in zip(self._fields, begins, sizes):
            length = length_of(field)
            if field.dtype != "int64":
                found[name] = windows(content, 4 * length)[begin].view("<f4")
            elif (size != length).any():
                found[name] = None  # in its place
                (lists if length > 1 else scalars).append((name, begin, size))
            else:  # one byte a number: masks, segments, most positions
                found[name] = windows(content, length)[begin]
                if found[name].size and found[name].max() > 127:
                    self._refuse_one_of(serialized, place)
        # One call for several: for short ones it takes longer than their numbers. Numbers of over four bytes, which make those
        # parsed with them take more time, too, are found in scalars (SQuAD's unique_ids).
        for columns in (lists, scalars):
            if columns:
                self._add_long(found, columns, content, serialized, place)
        return found

    def _add_long(self, found, columns, content, serialized, place):
        """Adds features with numbers of several bytes, given as (name, begins [N], sizes [N]), to `found`."""
        lengths = [length_of(self._schema.fields[name]) for name, _, _ in columns]
        payloads = []
        for _, begins, sizes in columns:
            ends = (begins + sizes).tolist()
            payloads += [content[begin:end] for begin, end in zip(begins.tolist(), ends)]
        try:
            values, counts = numbers("int64_list", payloads)
            is_right = bool((counts.reshape([len(columns), -1]).T == lengths).all())
        except ValueError:
            is_right = False
        if not is_right:
            self._refuse_one_of(serialized, place)
        start, count = 0, len(serialized)
        for (name, _, _), length in zip(columns, lengths):
            found[name] = values[start : start + count * length].reshape([count, length])
            start += count * length

    def _located(self, serialized, place):
        """(bytes, and for each feature and record the place in them of its packed numbers and their size: int64 [F, N])."""
        padding = b"\0" * self._layout.padding
        pieces = list(serialized) + [padding]
        content = b"".join(pieces)
        begins, sizes, fits = self._layout.locate(
            content, np.array([len(record) for record in serialized], np.int64)
        )
        if fits.all():
            return content, begins, sizes
        end = len(content)
        for row in np.flatnonzero(~fits).tolist():
            path, number = place(row)
            example = self._schema.check_example(path, number, serialized[row])
            for feature, (name, _) in enumerate(self._fields):
                payload = example[name].payload
                begins[feature, row], sizes[feature, row] = end, len(payload)
                pieces.append(payload)
                end += len(payload)
        return b"".join(pieces), begins, sizes

    def _refuse_one_of(self, serialized, place):
        """Raises RecordError for the first record that has not as many numbers as it must."""
        for row, record in enumerate(serialized):
            path, number = place(row)
            self._schema.check_example(path, number, record)
        raise AssertionError("every record is right alone, but not all of them together")


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
