# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/options.py: what does not work together."""

import pytest

from pretraining.options import DataOptions
from program.options import OptionError


def test_a_sequence_has_room_for_its_predictions():
    DataOptions(vocab_file="v", max_seq_length=23, max_predictions_per_seq=20)
    with pytest.raises(OptionError, match="a sequence of 22 has at most 19 tokens to predict"):
        DataOptions(vocab_file="v", max_seq_length=22, max_predictions_per_seq=20)


def test_lines_are_sentences_by_default():
    options = DataOptions(vocab_file="v")
    assert not options.split_sentences and options.language == "en"
    DataOptions(vocab_file="v", split_sentences=True, language="zh")
    with pytest.raises(OptionError, match="--language=zh requires --split_sentences"):
        DataOptions(vocab_file="v", language="zh")
