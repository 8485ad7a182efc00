# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/options.py: options that do not work together are refused in a line that names the flags."""

import pytest

from program.options import OptionError
from squad.options import SquadOptions

VALID = {"vocab_file": "vocab.txt", "train_file": "train.json", "do_train": True}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"do_train": False}, "nothing to do"),
        ({"train_file": None}, "--do_train requires --train_file"),
        ({"do_predict": True}, "--do_predict requires --predict_file"),
        ({"export_dir": "x"}, "--export_dir requires --do_export"),
        ({"freeze_export": True}, "--freeze_export requires --do_export"),
        ({"num_train_epochs": 0.0}, "--num_train_epochs=0.0: must be a number greater than 0"),
        ({"warmup_proportion": 1.5}, "--warmup_proportion=1.5: must be a number from 0 to 1"),
        ({"n_best_size": 0}, "--n_best_size=0: must be an integer of at least 1"),
        ({"vocab_file": None}, "--vocab_file is required"),
        (
            {"predict_batch_tokens": 383},
            "--predict_batch_tokens=383: a window may have 384 tokens .--max_seq_length.: pass at least 384",
        ),
        (
            {"predict_batch_tokens": 0},
            "--predict_batch_tokens=0: must be an integer of at least 1",
        ),
    ],
)
def test_options_are_validated(changes, message):
    assert SquadOptions(**VALID).n_best_size == 20
    assert SquadOptions(vocab_file="vocab.txt", do_export=True, freeze_export=True).do_export
    with pytest.raises(OptionError, match=message):
        SquadOptions(**dict(VALID, **changes))
