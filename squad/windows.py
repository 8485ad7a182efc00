# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Writes the windows of examples as TFRecords."""

from program.files import whole_file
from program.records.encoding import frame
from program.records.fields import squad_schema
from squad.features import convert_examples
from squad.questions import SquadDataError

_WINDOWS_AT_ONCE = 128  # encoded together, which is several times faster than one by one


def write_windows(path, examples, tokenizer, options, is_training, on_window=None, unknown=None):
    """Writes the windows of examples as a TFRecord file, which appears complete or not at all.

    Args:
        path: str.
        examples: list of SquadExample.
        tokenizer: FullTokenizer.
        options: an object with max_seq_length, doc_stride and max_query_length.
        is_training: bool; records then have answer positions.
        on_window: function of a SquadFeatures, called for each window; or None.
        unknown: UnknownWords that counts the tokens of the texts; or None.

    Returns:
        (features, number of windows). Features are a list of SquadFeatures without their padded lists, for prediction;
        empty in training, which needs memory for a few windows only.

    Raises:
        DataError: the file cannot be written.
        SquadDataError: there is no window.
    """
    schema = squad_schema(options.max_seq_length, is_training)
    kept, waiting, count = [], [], 0
    with whole_file(path, "wb") as output:
        for feature in convert_examples(
            examples,
            tokenizer,
            options.max_seq_length,
            options.doc_stride,
            options.max_query_length,
            is_training,
            unknown,
        ):
            waiting.append(_values(feature, is_training))
            if len(waiting) == _WINDOWS_AT_ONCE:
                output.writelines(frame(schema.serialize_all(waiting)))
                waiting = []
            if on_window is not None:
                on_window(feature)
            if not is_training:
                kept.append(feature._replace(input_ids=None, input_mask=None, segment_ids=None))
            count += 1
        output.writelines(frame(schema.serialize_all(waiting)))
        if not count:
            raise SquadDataError("no question produces a training window")
    return kept, count


def _values(feature, is_training):
    """The values of one window by the names of fields.squad_schema."""
    values = {
        "unique_ids": feature.unique_id,
        "input_ids": feature.input_ids,
        "input_mask": feature.input_mask,
        "segment_ids": feature.segment_ids,
    }
    if is_training:
        values.update(start_positions=feature.start_position, end_positions=feature.end_position)
    return values
