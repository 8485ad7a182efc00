# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Record schemas: one definition writes the records, is what they are parsed by, and checks a user's files.

Formats: docs/interface.md (pre-training), and for SQuAD the features between `squad` and the runner.
"""

from collections import OrderedDict, namedtuple

import numpy as np

from program.records import encoding, files
from program.records.decoding import RecordError, count, numbers, parse_example, read_records

# shape: () or (n,). dtype: "int64" or "float32". flag: the option that decides n, for messages; or None. limit: a Limit, for
# int64; float32 features are weights, finite and not negative.
Field = namedtuple("Field", "shape dtype flag limit")
# The numbers of a feature are 0 to below - 1. why: what decides that, for messages.
Limit = namedtuple("Limit", "below why")

_INT32 = Limit(1 << 31, "32-bit numbers")
_MASK = Limit(2, "1 for a token, 0 for padding")
_NEXT_SENTENCE = Limit(2, "0: the next sentence, 1: a random one")

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
            values, _ = numbers(kind_of(field), [example[name].payload for example in examples])
            found[name] = values.astype(field.dtype).reshape([len(examples), length_of(field)])
        return found

    def check_numbers(self, arrays, place):
        """Compares numbers with the limits of their fields.

        Args:
            arrays: dict, feature name -> [N, n] of float32 or of integers, contiguous.
            place: function of a row, which returns (path, number of the record in that file).

        Raises:
            RecordError: naming file and record, for the first row with a number out of range.
        """
        first = None
        for name, field in self.fields.items():
            wrong = _out_of_range(field, arrays[name])
            if wrong is not None:
                row = int(np.argmax(wrong.any(axis=1)))
                if first is None or row < first[0]:
                    first = row, name, arrays[name][row, int(np.argmax(wrong[row]))]
        if first is not None:
            row, name, number = first
            raise RecordError(
                "%s: record %d: feature '%s' holds %s, but %s"
                % (place(row) + (name, number, _range_in_words(self.fields[name])))
            )

    def check_file(self, path):
        """Reads the first record of a file and compares it with this schema.

        Raises:
            RecordError: the file is missing, unreadable, empty, not as long as its manifest says, or holds other records.
        """
        if not self.has_records(path):
            raise RecordError("%s: holds no record: make it again" % path)

    def has_records(self, path):
        """As check_file, but a well-formed file without any record is False, not an error."""
        files.check_size(path)
        for serialized in read_records(path):
            self.check_example(path, 0, serialized)
            return True
        return False

    def check_example(self, path, number, serialized):
        """One record of a file -> dict of decoding.parse_example, compared with this schema.

        Raises:
            RecordError: naming the file and, but for the first record, the number.
        """
        try:
            return self._example(serialized, number == 0)
        except _UnfitError as error:
            where = path if number == 0 else "%s: record %d" % (path, number)
            raise RecordError("%s: %s" % (where, error))

    def _example(self, serialized, is_first):
        """As check_example; raises _UnfitError. What is wrong with the first record is wrong with the file."""
        advice = "this is not a %s file" % self.name if is_first else "make the file again"
        features = _parsed(serialized, advice)
        for name, field in self.fields.items():
            if name not in features:
                raise _UnfitError("has no feature '%s': %s" % (name, advice))
            if features[name].kind != kind_of(field):
                raise _UnfitError("feature '%s' is not %s: %s" % (name, field.dtype, advice))
            held, wanted = _count(features[name], advice), length_of(field)
            if held != wanted:
                raise _UnfitError(_length_message(name, field, held, wanted, is_first))
        return features


class _UnfitError(ValueError):
    """A record is not of the schema; the message does not say which record."""


def _parsed(serialized, advice):
    try:
        return parse_example(serialized)
    except ValueError:
        raise _UnfitError("not a tf.train.Example: %s" % advice)


def _count(feature, advice):
    try:
        return count(feature)
    except ValueError:
        raise _UnfitError("not a tf.train.Example: %s" % advice)


def kind_of(field):
    return "int64_list" if field.dtype == "int64" else "float_list"


def length_of(field):
    return field.shape[0] if field.shape else 1


def _out_of_range(field, values):
    """bool [N, n], or None where every number is in range, which is what is looked at first."""
    if not values.size:
        return None
    if field.dtype == "int64":
        # Negative ones are the largest of unsigned ones.
        values = values.view(values.dtype.str.replace("i", "u"))
        return values >= field.limit.below if values.max() >= field.limit.below else None
    right = (values >= 0) & (values < np.inf)  # false for NaN
    return None if right.all() else ~right


def _range_in_words(field):
    if field.dtype == "int64":
        most = field.limit.below - 1
        return "must be 0 %s %d (%s)" % ("or" if most == 1 else "to", most, field.limit.why)
    return "must be a finite number that is not negative"


def _length_message(name, field, held, wanted, is_first):
    if not is_first:
        held_in_words = (
            "feature '%s' holds %d numbers" % (name, held)
            if field.flag is None
            else "holds " + _NOUNS[field.flag] % held
        )
        return "%s, the records before it %d: make the file again" % (held_in_words, wanted)
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


def pretraining_schema(
    max_seq_length, max_predictions_per_seq, vocab_size=None, type_vocab_size=None
):
    """The schema of pre-training records.

    Args:
        max_seq_length, max_predictions_per_seq: int, lengths of the features.
        vocab_size, type_vocab_size: int, of the model that the records are for; None: any.
    """
    sequence = Field((max_seq_length,), "int64", "max_seq_length", _INT32)
    predictions = Field((max_predictions_per_seq,), "int64", "max_predictions_per_seq", _INT32)
    ids = _INT32
    if vocab_size is not None:
        ids = Limit(vocab_size, "vocab_size in --bert_config_file")
    segments = _segment_limit(type_vocab_size)
    return Schema(
        "pre-training",
        OrderedDict(
            [
                ("input_ids", sequence._replace(limit=ids)),
                ("input_mask", sequence._replace(limit=_MASK)),
                ("segment_ids", sequence._replace(limit=segments)),
                (
                    "masked_lm_positions",
                    predictions._replace(limit=Limit(max_seq_length, "--max_seq_length")),
                ),
                ("masked_lm_ids", predictions._replace(limit=ids)),
                ("masked_lm_weights", predictions._replace(dtype="float32", limit=None)),
                ("next_sentence_labels", Field((1,), "int64", None, _NEXT_SENTENCE)),
            ]
        ),
    )


def _segment_limit(type_vocab_size):
    if type_vocab_size is None:
        return _INT32
    return Limit(type_vocab_size, "type_vocab_size in --bert_config_file")


def pretraining_schema_of(path):
    """The schema of pre-training records with the lengths that the first record of a file has.

    Raises:
        RecordError: the file is missing, damaged, empty, or its first record is no pre-training record.
    """
    advice = "this is not a pre-training file"
    for serialized in read_records(path):
        try:
            features = _parsed(serialized, advice)
            lengths = [
                (
                    _count(features[name], advice)
                    if name in features and features[name].kind == "int64_list"
                    else 0
                )
                for name in ("input_ids", "masked_lm_positions")
            ]
        except _UnfitError as error:
            raise RecordError("%s: %s" % (path, error))
        schema = pretraining_schema(*lengths)
        schema.check_example(path, 0, serialized)
        return schema
    raise RecordError("%s: holds no record" % path)


def squad_schema(max_seq_length, is_training):
    """The schema of SQuAD windows; positions (0, the [CLS], where there is no answer) only in training."""
    sequence = Field((max_seq_length,), "int64", "max_seq_length", _INT32)
    number = Field((), "int64", None, _INT32)
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
