# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""pretraining/training_options.py: what must be asked for."""

import pytest

from pretraining.training_options import PretrainingOptions
from program.options import OptionError


def test_something_must_be_done():
    with pytest.raises(OptionError, match="pass --do_train, --do_eval or both"):
        PretrainingOptions(input_file="x")
    for name in ("do_train", "do_eval"):
        assert getattr(PretrainingOptions(input_file="x", **{name: True}), name)


def test_input_is_required():
    with pytest.raises(OptionError, match="--input_file is required"):
        PretrainingOptions(do_train=True)
