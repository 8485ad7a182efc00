# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Record schemas: one definition writes the records, is what they are parsed by, and checks a user's files.

Formats: docs/interface.md (pre-training), and for SQuAD the features between `squad` and the runner.
"""

from collections import OrderedDict, namedtuple

import numpy as np

from program.records import encoding
from program.records.decoding import RecordError, count, numbers, parse_example, read_records

# shape: () or (n,). dtype: "int64" or "float32". flag: the option that decides n, for messages; or None.
Field = namedtuple("Field", "shape dtype flag")

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
        return self.serialize_all([values])[0]

    def serialize_all(self, rows):
        """As `serialize`, of many records at once, which is several times faster: list of such dicts -> list of bytes."""
        for values in rows:
            if set(values) != set(self.fields):
                raise RecordError(
                    "%s record: has the features %s, needs %s"
                    % (self.name, sorted(values), sorted(self.fields))
                )
        if not rows:
            return []
        return encoding.serialize_rows(
            {
                name: np.stack([self._checked(name, field, values[name]) for values in rows])
                for name, field in self.fields.items()
            }
        )

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

    def arrays(self, examples):
        """Records as arrays.

        Args:
            examples: list of N dicts of decoding.parse_example, each of which `check_example` has passed.

        Returns:
            OrderedDict, feature name -> int64 or float32 [N, n], n = 1 for shape ().
        """
        found = OrderedDict()
        for name, field in self.fields.items():
            values, _ = numbers(_kind(field), [example[name].payload for example in examples])
            found[name] = values.reshape([len(examples), _length(field)])
        return found

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
            self.check_example(path, 0, serialized)
            return True
        return False

    def find_bad_record(self, paths):
        """Reads files to the end, to name the record that the input pipeline choked on.

        Raises:
            RecordError: naming file and record number, for the first record that is damaged or of another shape.
        """
        for path in paths:
            for number, serialized in enumerate(read_records(path)):
                self.check_example(path, number, serialized)

    def check_example(self, path, number, serialized):
        """One record of a file -> dict of decoding.parse_example, compared with this schema.

        Raises:
            RecordError: naming the file and, but for the first record, the number.
        """
        where = "%s: " % path if number == 0 else "%s: record %d: " % (path, number)
        features = self._parsed(where, serialized)
        for name, field in self.fields.items():
            if name not in features:
                raise RecordError(
                    where + "has no feature '%s': this is not a %s file" % (name, self.name)
                )
            if features[name].kind != _kind(field):
                raise RecordError(
                    where
                    + "feature '%s' is not %s: this is not a %s file"
                    % (name, field.dtype, self.name)
                )
            held, wanted = self._count(where, features[name]), _length(field)
            if held != wanted:
                raise RecordError(where + _length_message(name, field, held, wanted))
        return features

    def _parsed(self, where, serialized):
        try:
            return parse_example(serialized)
        except ValueError:
            raise RecordError(where + "not a tf.train.Example: this is not a %s file" % self.name)

    def _count(self, where, feature):
        try:
            return count(feature)
        except ValueError:
            raise RecordError(where + "not a tf.train.Example: this is not a %s file" % self.name)


def _kind(field):
    return "int64_list" if field.dtype == "int64" else "float_list"


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


def pretraining_schema(max_seq_length, max_predictions_per_seq):
    """The schema of pre-training records."""
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


def pretraining_schema_of(path):
    """The schema of pre-training records with the lengths that the first record of a file has.

    Raises:
        RecordError: the file is missing, damaged, empty, or its first record is no pre-training record.
    """
    unknown = pretraining_schema(0, 0)
    for serialized in read_records(path):
        features = unknown._parsed("%s: " % path, serialized)
        lengths = [
            (
                unknown._count("%s: " % path, features[name])
                if name in features and features[name].kind == "int64_list"
                else 0
            )
            for name in ("input_ids", "masked_lm_positions")
        ]
        schema = pretraining_schema(*lengths)
        schema.check_example(path, 0, serialized)
        return schema
    raise RecordError("%s: holds no record" % path)


def squad_schema(max_seq_length, is_training):
    """The schema of SQuAD windows; positions (0, the [CLS], where there is no answer) only in training."""
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
