# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/options.py: values that cannot work are refused in a line that names the flag."""

import pytest

from program.options import OptionError
from training.options import OptimizerOptions, PrecisionOptions, RunOptions, RuntimeOptions


@pytest.mark.parametrize(
    "group, values, message",
    [
        (RunOptions, {}, "--output_dir is required"),
        (
            RunOptions,
            {"output_dir": "o", "save_checkpoints_steps": 0},
            "--save_checkpoints_steps=0: must be an integer of at least 1",
        ),
        (RunOptions, {"output_dir": "o", "keep_checkpoint_max": -1}, "--keep_checkpoint_max"),
        (
            RunOptions,
            {"output_dir": "o", "random_seed": 1.5},
            "--random_seed=1.5: must be an integer",
        ),
        (
            OptimizerOptions,
            {"learning_rate": 0.0},
            "--learning_rate=0.0: must be a number greater than 0",
        ),
        (OptimizerOptions, {"learning_rate": float("nan")}, "--learning_rate"),
        (OptimizerOptions, {"learning_rate": float("inf")}, "--learning_rate"),
        (OptimizerOptions, {"num_train_steps": 0}, "--num_train_steps"),
        (OptimizerOptions, {"num_train_steps": True}, "--num_train_steps"),
        (OptimizerOptions, {"num_warmup_steps": -1}, "--num_warmup_steps"),
        (OptimizerOptions, {"optimizer": "sgd"}, "--optimizer=sgd: must be adamw or lamb"),
        (RuntimeOptions, {"compress_gradients": True}, "--compress_gradients requires --horovod"),
        (PrecisionOptions, {"use_fp16": True, "amp": True}, "mutually exclusive"),
    ],
)
def test_values_that_cannot_work(group, values, message):
    with pytest.raises(OptionError, match=message):
        group(**values)


def test_no_seed_is_allowed():
    assert RunOptions(output_dir="o", random_seed=None).random_seed is None


def test_log_lines_come_every_ten_steps_at_most():
    assert RunOptions(output_dir="o").log_every_n_steps == 10
    assert RunOptions(output_dir="o", iterations_per_loop=7).log_every_n_steps == 7
