# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/windows.py: a file of windows, whole or not at all."""

import collections
import os

import pytest

from program.errors import DataError
from program.records import decoding, fields
from squad import windows
from squad.examples import SquadExample
from squad.features import convert_examples
from squad.questions import SquadDataError

Options = collections.namedtuple("Options", "max_seq_length doc_stride max_query_length")
OPTIONS = Options(16, 4, 5)


class Tokenizer:
    """Words at blanks; ids are their lengths."""

    def tokenize(self, text):
        return text.split()

    def tokenize_with_offsets(self, text):
        spans, start = [], 0
        for word in text.split():
            start = text.index(word, start)
            spans.append((start, start + len(word)))
            start += len(word)
        return text.split(), spans

    def convert_tokens_to_ids(self, tokens):
        return [len(token) for token in tokens]


def example(number, words):
    context = " ".join("w%d" % place for place in range(words))
    return SquadExample("q%d" % number, "who is it", context, "w1", 3, False, ("w1",))


EXAMPLES = [example(number, 5 + number % 40) for number in range(80)]


@pytest.mark.parametrize("is_training", [True, False])
def test_records_are_the_features(tmp_path, is_training):
    path = str(tmp_path / "x")
    seen = []
    kept, count = windows.write_windows(
        path, EXAMPLES, Tokenizer(), OPTIONS, is_training, seen.append
    )
    expected = list(convert_examples(EXAMPLES, Tokenizer(), 16, 4, 5, is_training))
    assert count == len(expected) > 2 * windows._WINDOWS_AT_ONCE and seen == expected
    assert os.listdir(str(tmp_path)) == ["x"]
    assert [feature.unique_id for feature in kept] == (
        [] if is_training else [feature.unique_id for feature in expected]
    )
    assert all(feature.input_ids is None for feature in kept)
    schema = fields.squad_schema(16, is_training)
    arrays = schema.arrays(
        [
            schema.check_example(path, number, serialized)
            for number, serialized in enumerate(decoding.read_records(path))
        ]
    )
    names = [("unique_ids", "unique_id"), ("input_ids", "input_ids"), ("input_mask", "input_mask")]
    names += [("segment_ids", "segment_ids")]
    if is_training:
        names += [("start_positions", "start_position"), ("end_positions", "end_position")]
    assert len(names) == len(arrays)
    for name, attribute in names:
        wanted = [getattr(feature, attribute) for feature in expected]
        assert arrays[name].reshape([count, -1]).tolist() == [
            value if isinstance(value, list) else [value] for value in wanted
        ]


def test_failed_writing_leaves_nothing(tmp_path):
    with pytest.raises(AttributeError):
        windows.write_windows(str(tmp_path / "x"), EXAMPLES + [None], Tokenizer(), OPTIONS, False)
    with pytest.raises(SquadDataError, match="no question"):
        windows.write_windows(str(tmp_path / "x"), [], Tokenizer(), OPTIONS, True)
    assert os.listdir(str(tmp_path)) == []
    with pytest.raises(DataError, match="none/x: cannot be written"):
        windows.write_windows(str(tmp_path / "none" / "x"), EXAMPLES, Tokenizer(), OPTIONS, False)
