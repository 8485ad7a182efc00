# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Record schemas: one definition writes the TFRecords, parses them and checks a user's files.

Formats: INTERFACE §4 (pre-training), and for SQuAD the features between `squad` and the runner.
"""


import os
from collections import OrderedDict, namedtuple

import numpy as np
import tensorflow.compat.v1 as tf


class RecordError(ValueError):
    """A record file that cannot be used; the message names the file and what to do."""


# shape: () or (n,). dtype: "int64" or "float32". flag: the option that decides n, for messages; or None.
Field = namedtuple("Field", ["shape", "dtype", "flag"])

# What the length of a field counts, in words.
_NOUNS = {
    "max_seq_length": "sequences of %d",
    "max_predictions_per_seq": "%d predictions a sequence",
}


class Schema:
    """The features of one kind of record.

    Args:
      name: str, for messages.
      fields: OrderedDict, feature name -> Field.
    """

    def __init__(self, name, fields):
        self.name = name
        self.fields = fields

    def serialize(self, values):
        """One record as the bytes of a tf.train.Example; same values, same bytes.

        Args:
          values: dict, feature name -> sequence of the field's length (a scalar for shape ()).

        Raises:
          RecordError: a feature is missing, unknown, of another length or not whole numbers.
        """
        if set(values) != set(self.fields):
            raise RecordError(
                "%s record: has the features %s, needs %s"
                % (self.name, sorted(values), sorted(self.fields))
            )
        example = tf.train.Example()
        for name, field in self.fields.items():
            feature = example.features.feature[name]
            array = self._checked(name, field, values[name])
            if field.dtype == "int64":
                feature.int64_list.value.extend(array.tolist())
            else:
                feature.float_list.value.extend(array.tolist())
        return example.SerializeToString(
            deterministic=True
        )  # protobuf maps have no order of their own

    def parse(self, serialized):
        """Parsing ops: int32 and float32 tensors of static shape.

        Args:
          serialized: string tensor, a scalar (one record) or [B] (a batch, faster).

        Returns:
          OrderedDict, feature name -> tensor of the field's shape, behind [B] for a batch. int64
          features come as int32, which every embedding lookup and accelerator prefers.
        """
        spec = {
            name: tf.io.FixedLenFeature(field.shape, _TF_TYPES[field.dtype])
            for name, field in self.fields.items()
        }
        if serialized.shape.ndims == 0:
            parsed = tf.io.parse_single_example(serialized, spec)
        else:
            parsed = tf.io.parse_example(serialized, spec)
        return OrderedDict(
            (name, tf.cast(parsed[name], tf.int32) if field.dtype == "int64" else parsed[name])
            for name, field in self.fields.items()
        )

    def check_file(self, path):
        """Reads the first record of a file and compares it with this schema.

        Raises:
          RecordError: the file is missing, unreadable, empty, or holds other records.
        """
        if not self.has_records(path):
            raise RecordError("%s: holds no record: make it again" % path)

    def has_records(self, path):
        """As check_file, but a well-formed file without any record is False, not an error."""
        for serialized in read_records(path):
            self._check_record(path, serialized)
            return True
        return False

    def find_bad_record(self, paths):
        """Reads files to the end, to name the record that the input pipeline choked on.

        Raises:
          RecordError: naming file and record number, for the first record that is damaged or of another shape.
        """
        for path in paths:
            for number, serialized in enumerate(read_records(path)):
                self._check_record(path, serialized, number)

    def _check_record(self, path, serialized, number=0):
        where = "%s: " % path if number == 0 else "%s: record %d: " % (path, number)
        try:
            example = tf.train.Example.FromString(serialized)
        except Exception:  # the class differs between protobuf's implementations
            raise RecordError(where + "not a tf.train.Example: this is not a %s file" % self.name)
        features = example.features.feature
        for name, field in self.fields.items():
            if name not in features:
                raise RecordError(
                    where + "has no feature '%s': this is not a %s file" % (name, self.name)
                )
            kind = "int64_list" if field.dtype == "int64" else "float_list"
            if features[name].WhichOneof("kind") != kind:
                raise RecordError(
                    where
                    + "feature '%s' is not %s: this is not a %s file"
                    % (name, field.dtype, self.name)
                )
            held, wanted = len(getattr(features[name], kind).value), _length(field)
            if held != wanted:
                raise RecordError(where + _length_message(name, field, held, wanted))

    def _checked(self, name, field, value):
        array = np.asarray(value)
        if array.shape != field.shape:
            raise RecordError(
                "%s record: feature '%s' has shape %s, needs %s"
                % (self.name, name, array.shape, field.shape)
            )
        if field.dtype == "int64" and array.dtype.kind not in "iub":
            raise RecordError(
                "%s record: feature '%s' holds %s, needs whole numbers"
                % (self.name, name, array.dtype)
            )
        return array.reshape([-1]).astype(field.dtype)


_TF_TYPES = {"int64": tf.int64, "float32": tf.float32}


def PRETRAINING(max_seq_length, max_predictions_per_seq):  # pylint: disable=invalid-name
    """The schema of pre-training records (INTERFACE §4)."""
    sequence = Field((max_seq_length,), "int64", "max_seq_length")
    predictions = Field((max_predictions_per_seq,), "int64", "max_predictions_per_seq")
    return Schema(
        "pre-training",
        OrderedDict(
            [
                ("input_ids", sequence),
                ("input_mask", sequence),
                ("segment_ids", sequence),
                ("masked_lm_positions", predictions),
                ("masked_lm_ids", predictions),
                ("masked_lm_weights", predictions._replace(dtype="float32")),
                ("next_sentence_labels", Field((1,), "int64", None)),
            ]
        ),
    )


def SQUAD(max_seq_length, is_training):  # pylint: disable=invalid-name
    """The schema of SQuAD features; positions (0, the [CLS], where there is no answer) only in training."""
    sequence = Field((max_seq_length,), "int64", "max_seq_length")
    number = Field((), "int64", None)
    fields = OrderedDict(
        [
            ("unique_ids", number),
            ("input_ids", sequence),
            ("input_mask", sequence),
            ("segment_ids", sequence),
        ]
    )
    if is_training:
        fields["start_positions"] = number
        fields["end_positions"] = number
    return Schema("SQuAD", fields)


def read_records(path):
    """Yields the serialized records of a TFRecord file, checksums verified.

    Raises:
      RecordError: the file is missing, unreadable, damaged or no TFRecord file.
    """
    if os.path.isdir(path):
        raise RecordError(
            "%s: is a directory: name files or a pattern such as %s"
            % (path, os.path.join(path, "*.tfrecord"))
        )
    if not os.path.exists(path):
        raise RecordError("%s: no such file" % path)
    number = 0
    try:
        for serialized in _iterate(path):
            yield serialized
            number += 1
    except tf.errors.OpError as error:
        raise RecordError(
            "%s: record %d cannot be read (%s): not a TFRecord file, or damaged"
            % (path, number, (error.message or type(error).__name__).splitlines()[0])
        )


def _iterate(path):
    # The deprecation notice of tf_record_iterator recommends eager mode, which 1.13.1 runs do not have.
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)
    try:
        iterator = tf.io.tf_record_iterator(path)
    finally:
        tf.logging.set_verbosity(verbosity)
    return iterator


def _length(field):
    return field.shape[0] if field.shape else 1


def _length_message(name, field, held, wanted):
    if field.flag is None:
        return "feature '%s' holds %d numbers, needs %d: make records again" % (name, held, wanted)
    return "holds %s, asked for %d: pass --%s=%d or make records with --%s=%d" % (
        _NOUNS[field.flag] % held,
        wanted,
        field.flag,
        held,
        field.flag,
        wanted,
    )
