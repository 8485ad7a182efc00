# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/job.py: one immutable job from the flags, and what happens before a program's own work."""

import json

import pytest

from fused_ops import selection
from program.options import OptionError
from tests.conftest import TINY_CONFIG
from tests.jobs import SecondRank, TaskOptions, make_job
from training.job import check_length, option_groups, run_program, say
from training.options import OptimizerOptions


class SlowOptions(OptimizerOptions):
    OPTIONS = tuple(
        row._replace(default=1e-9) if row.name == "learning_rate" else row
        for row in OptimizerOptions.OPTIONS
    )


def test_a_job_is_made_of_the_flags(tmp_path, monkeypatch):
    monkeypatch.setattr("training.session.start", lambda: None)
    (tmp_path / "config.json").write_text(json.dumps(TINY_CONFIG))
    rows = [row for group in option_groups(TaskOptions, SlowOptions) for row in group.OPTIONS]
    assert len({row.name for row in rows}) == len(rows)
    values = {row.name: row.default for row in rows}
    values.update(
        bert_config_file=str(tmp_path / "config.json"),
        output_dir="out",
        train_batch_size=5,
        num_accumulation_steps=2,
        use_fp16=True,
        use_fused_ops=False,
    )
    jobs = []
    run_program(jobs.append, values, TaskOptions, SlowOptions)
    (job,) = jobs
    assert job.config.to_dict() == dict(job.config.to_dict(), **TINY_CONFIG)
    assert job.task == TaskOptions(train_batch_size=5) and job.run.output_dir == "out"
    assert type(job.optimizer) is SlowOptions and job.optimizer.learning_rate == 1e-9
    assert "fp16" in job.precision.description and job.kernels.ops is selection.PLAIN
    assert (job.sequences_per_process, job.sequences_per_step) == (10, 10)
    assert job._replace(runtime=SecondRank()).sequences_per_step == 40
    with pytest.raises(AttributeError):
        job.task = None


def test_a_sequence_fits_the_model():
    job = make_job("out", config=type("Config", (), {"max_position_embeddings": 16}))
    check_length(job)
    with pytest.raises(OptionError, match="--max_seq_length=17 exceeds the model's 16 positions"):
        check_length(job._replace(task=job.task.replace(max_seq_length=17)))


def test_only_the_first_rank_says(capsys):
    say("a")
    say("b", make_job("out").runtime)
    say("c", SecondRank())
    assert capsys.readouterr().out == "a\nb\n"
