# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/options.py: values that cannot work are refused in a line that names the flag."""

import pytest

from program.options import OptionError
from training.options import OptimizerOptions, PrecisionOptions, RunOptions


@pytest.mark.parametrize(
    "group, values, message",
    [
        (RunOptions, {}, "--output_dir is missing"),
        (
            RunOptions,
            {"output_dir": "o", "save_checkpoints_steps": 0},
            "--save_checkpoints_steps must be .* at least 1, got 0",
        ),
        (RunOptions, {"output_dir": "o", "keep_checkpoint_max": -1}, "--keep_checkpoint_max"),
        (
            RunOptions,
            {"output_dir": "o", "random_seed": 1.5},
            "--random_seed must be a whole number",
        ),
        (
            OptimizerOptions,
            {"learning_rate": 0.0},
            "--learning_rate must be a number above 0, got 0.0",
        ),
        (OptimizerOptions, {"learning_rate": float("nan")}, "--learning_rate"),
        (OptimizerOptions, {"learning_rate": float("inf")}, "--learning_rate"),
        (OptimizerOptions, {"num_train_steps": 0}, "--num_train_steps"),
        (OptimizerOptions, {"num_train_steps": True}, "--num_train_steps"),
        (OptimizerOptions, {"num_warmup_steps": -1}, "--num_warmup_steps"),
        (PrecisionOptions, {"use_fp16": True, "amp": True}, "exclude each other"),
    ],
)
def test_values_that_cannot_work(group, values, message):
    with pytest.raises(OptionError, match=message):
        group(**values)


def test_no_seed_is_allowed():
    assert RunOptions(output_dir="o", random_seed=None).random_seed is None
