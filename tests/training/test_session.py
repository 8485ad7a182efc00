# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/session.py: session settings, seeds, output directories, a log without noise."""

import logging
import os

import pytest
import tensorflow.compat.v1 as tf

from program.options import OptionError
from tests.jobs import FP32, SecondRank, make_job
from training import session
from training.options import RunOptions
from training.runtime import SingleProcess


def test_xla_sets_the_jit_level():
    def level(precision):
        config = session.session_config(precision, SingleProcess())
        return config.graph_options.optimizer_options.global_jit_level

    assert level(FP32._replace(use_xla=True)) == tf.OptimizerOptions.ON_1
    assert level(FP32) == tf.OptimizerOptions.DEFAULT


def test_each_rank_takes_its_gpu(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert session.session_config(FP32, SecondRank()).gpu_options.visible_device_list == "1"
    assert session.session_config(FP32, SingleProcess()).gpu_options.visible_device_list == ""
    monkeypatch.setenv(
        "CUDA_VISIBLE_DEVICES", "5"
    )  # a batch system has given this process one GPU: its number 0
    assert session.session_config(FP32, SecondRank()).gpu_options.visible_device_list == "0"


def test_each_rank_has_its_share_of_the_cores():
    assert session.session_config(FP32, SecondRank()).intra_op_parallelism_threads == 5
    assert session.session_config(FP32, SingleProcess()).intra_op_parallelism_threads == 0


def make(tmp_path, runtime, **options):
    return session.make_estimator(
        make_job(tmp_path, runtime, **options), lambda features, labels, mode: None
    ).config


def test_only_the_chief_writes(tmp_path):
    chief, other = make(tmp_path, SingleProcess(), save_checkpoints_steps=7), make(
        tmp_path, SecondRank()
    )
    assert (
        chief.save_checkpoints_steps,
        chief.save_checkpoints_secs,
        chief.keep_checkpoint_max,
    ) == (7, None, 1)
    assert (other.save_checkpoints_steps, other.save_checkpoints_secs) == (None, None)
    assert chief.save_summary_steps == 10 and not other.save_summary_steps


def test_other_ranks_keep_to_a_directory_of_their_own_and_take_all_values_from_the_chief(tmp_path):
    options = RunOptions(
        output_dir=str(tmp_path), init_checkpoint="start", save_checkpoints_steps=7
    )
    level = tf.logging.get_verbosity()
    try:
        assert (
            session.options_of_rank(options, SingleProcess()) is options
            and tf.logging.get_verbosity() == level
        )
        own = session.options_of_rank(options, SecondRank())
        assert own == options.replace(output_dir=own.output_dir, init_checkpoint=None)
        assert os.path.isdir(own.output_dir) and own.output_dir != str(tmp_path)
        assert tf.logging.get_verbosity() == tf.logging.WARN
    finally:
        tf.logging.set_verbosity(level)


def test_the_seed_of_initial_values_is_the_random_seed(tmp_path):
    assert make(tmp_path, SingleProcess(), random_seed=5).tf_random_seed == 5
    assert make(tmp_path, SingleProcess(), random_seed=None).tf_random_seed is None


def test_output_dir_is_made_with_its_parents(tmp_path):
    path = str(tmp_path / "a" / "b")
    session.make_output_dir(path)
    session.make_output_dir(path)
    assert os.path.isdir(path)


def test_output_dir_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OptionError, match="--output_dir=.*file: not a directory"):
        session.make_output_dir(str(tmp_path / "file"))
    with pytest.raises(OptionError, match="--export_dir=.*file: not a directory"):
        session.make_output_dir(str(tmp_path / "file"), "export_dir")
    with pytest.raises(OptionError, match="--output_dir: gs://b/x is an address"):
        session.make_output_dir("gs://b/x")
    assert not os.path.exists("gs:")
    with pytest.raises(OptionError, match="cannot be created"):
        session.make_output_dir(str(tmp_path / "file" / "below"))


def test_log_leaves_out_advice_nobody_can_follow():
    logger = logging.getLogger("tensorflow")
    state = (
        list(logger.filters),
        logger.propagate,
        logger.level,
        [h.formatter for h in logger.handlers],
    )
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    try:
        session.start()
        logger.addHandler(handler)
        tf.logging.info("precision: %s", "fp32")
        tf.logging.warning(
            "From %s: %s is deprecated.\nInstructions for updating:\n%s", "a", "b", "c"
        )
        tf.logging.info("Calling checkpoint listeners before saving checkpoint %d...", 5)
    finally:
        logger.removeHandler(handler)
        logger.filters, logger.propagate, logger.level = state[:3]
        for old, formatter in zip(logger.handlers, state[3]):
            old.setFormatter(formatter)
    assert lines == ["precision: fp32"]


def test_the_terminal_is_stdout_or_what_the_launcher_names(tmp_path, monkeypatch, capsys):
    master, slave = os.openpty()
    monkeypatch.delenv("PROGRESS_TTY", raising=False)
    assert session.terminal() is None  # captured: not a terminal
    for path in (str(tmp_path / "absent" / "tty"), os.devnull):
        monkeypatch.setenv("PROGRESS_TTY", path)
        assert session.terminal() is None
    monkeypatch.setenv("PROGRESS_TTY", os.ttyname(slave))
    with session.terminal() as opened:
        opened.write("12 %")
    assert os.read(master, 10) == b"12 %"
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        assert session.terminal() is terminal
    os.close(master)
