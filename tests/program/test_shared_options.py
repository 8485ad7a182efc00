# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/shared_options.py: the rows several programs have, with the defaults of each program."""

import pytest

import create_pretraining_data
import run_pretraining
import run_squad


@pytest.mark.parametrize(
    "program, defaults",
    [
        (create_pretraining_data, {"max_seq_length": 128, "max_predictions_per_seq": 20}),
        (
            run_pretraining,
            {
                "max_seq_length": 512,
                "max_predictions_per_seq": 80,
                "train_batch_size": 32,
                "learning_rate": 5e-5,
            },
        ),
        (run_squad, {"max_seq_length": 384, "train_batch_size": 8, "learning_rate": 5e-6}),
    ],
)
def test_each_program_has_its_own_defaults(program, defaults):
    rows = [option for group in program.GROUPS for option in group.OPTIONS]
    assert len({option.name for option in rows}) == len(rows)  # no flag is declared twice
    assert defaults == {option.name: option.default for option in rows if option.name in defaults}
