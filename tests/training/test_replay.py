# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/replay.py: a step of a run comes out again as it was, and what cannot be computed again is refused."""

import json
import os
import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
from fused_ops import loader
from program.options import OptionError
from program.records.index import index_files
from tests.jobs import FP32, make_job
from tests.pretraining_runs import CONFIG, Place
from training import checkpoint_files, hooks, position, replay
from training.job import Job
from training.kernels import PLAIN, resolve_kernels
from training.options import KernelOptions, OptimizerOptions, RunOptions
from training.precision import Precision
from training.reading import Reader
from training.runtime import SingleProcess
from training.start import Start

LAYERS = 2
FP16 = Precision(tf.float16, 2.0**18, False, "precision: fp16")


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))


def run(place, out, precision=FP32, kernels=PLAIN, learning_rate=1e-3, pieces=1, **run_options):
    """Trains for eight steps in this process, or computes a step again."""
    job = Job(
        modeling.BertConfig.from_dict(dict(CONFIG, num_hidden_layers=LAYERS)),
        place.options(train_batch_size=8),
        RunOptions(
            output_dir=str(out),
            **dict({"save_checkpoints_steps": 3, "iterations_per_loop": 1}, **run_options),
        ),
        OptimizerOptions(
            num_train_steps=8,
            num_warmup_steps=1,
            learning_rate=learning_rate,
            num_accumulation_steps=pieces,
        ),
        precision,
        kernels,
        SingleProcess(),
    )
    with replay.prepared(job) as prepared:
        run_pretraining.run(prepared)


def contents(directory):
    found = {}
    for name in sorted(os.listdir(str(directory))):
        path = os.path.join(str(directory), name)
        with open(path, "rb") as stream:
            found[name] = stream.read(), os.stat(path).st_mtime
    return found


def figures(printed):
    """Of the printed table: {name: [text of each column]}."""
    rows = [re.split(r"  +", line.strip()) for line in printed.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) > 1}


def metrics_of(out, step):
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    (row,) = [row for row in rows if row["step"] == step]
    return row


SETTINGS = {
    "plain fp32": {},
    "plain fp16, accumulated": {"precision": FP16, "pieces": 3},
    "fused fp16, accumulated": {"precision": FP16, "pieces": 3, "fused": True},
}


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_a_step_comes_out_as_it_was_and_the_directory_stays_as_it_is(
    place, tmp_path, capsys, setting
):
    settings = dict(SETTINGS[setting], keep_checkpoint_max=9)
    if settings.pop("fused", False):
        if loader.unavailable_reason():
            pytest.skip("the fused ops are not built")
        settings["kernels"] = resolve_kernels(KernelOptions(use_fused_ops=True))
    run(place, tmp_path, **settings)
    before = contents(tmp_path)
    capsys.readouterr()
    run(place, tmp_path, replay_step=6, **settings)
    out = capsys.readouterr().out
    assert contents(tmp_path) == before
    assert "computing step 6 again, from %s/model.ckpt-3 (steps before it that" % tmp_path in out
    found, row = figures(out), metrics_of(tmp_path, 6)
    names = ["loss", "masked_lm_loss", "next_sentence_loss", "grad_norm", "learning_rate"]
    names += ["loss_scale", "skipped_steps"] if "precision" in settings else []
    for name in names:
        assert np.float32(found[name][0]) == np.float32(row[name]), name
    for name in ("embeddings", "encoder layer 0", "encoder layer 1", "pooled output"):
        assert 0.0 < float(found[name][0]) < 100.0
    assert "step 6 is finite" in out


def test_initial_values_are_those_of_the_seed(place, tmp_path, capsys):
    run(place, tmp_path)
    for prefix in checkpoint_files.on_disk(str(tmp_path)):
        checkpoint_files.remove(prefix)
    os.remove(str(tmp_path / "checkpoint"))
    capsys.readouterr()
    run(place, tmp_path, replay_step=2)
    out = capsys.readouterr().out
    assert "from the initial values (steps before it that are computed again, too: 1)" in out
    assert np.float32(figures(out)["loss"][0]) == np.float32(metrics_of(tmp_path, 2)["loss"])


def test_a_step_that_diverged_names_its_records_and_diverges_again(place, tmp_path, capsys):
    with pytest.raises(hooks.DivergedError, match="at step 3: training stopped") as caught:
        run(place, tmp_path, learning_rate=1e30)
    noted = json.loads((tmp_path / "run.json").read_text())["diverged"]
    assert (noted["step"], noted["seed"]) == (3, 12345)
    records = [(part["file"], number) for part in noted["batch"] for number in part["records"]]
    assert len(records) == 8
    assert records == sorted(_records_of_step(place, tmp_path, 3))
    message = str(caught.value)
    assert "The batch of step 3 (seed 12345): records " in message
    for part in noted["batch"]:
        assert "%s: %s" % (part["file"], ", ".join(map(str, part["records"]))) in message
    assert "--replay_step=3" in message and "\n" not in message
    capsys.readouterr()
    before = contents(tmp_path)
    with pytest.raises(replay.ReproducedError, match="step 3 diverges again: .* is nan") as caught:
        run(place, tmp_path, learning_rate=1e30, replay_step=3)
    assert caught.value.exit_code == 3
    # With weights of 1e30, whether LayerNorm's variance overflows depends on TensorFlow: in 2.15.1 it does not.
    firsts = ("first not finite: embeddings", "first not finite: encoder layer 0")
    assert str(caught.value).endswith(firsts)
    assert figures(capsys.readouterr().out)["encoder layer 0"] == ["0", "NaN"]
    assert contents(tmp_path) == before
    with pytest.raises(replay.ReproducedError, match="step 3 before it diverges .*--replay_step=3"):
        run(place, tmp_path, learning_rate=1e30, replay_step=5)


def _records_of_step(place, out, step):
    """Read anew: which records have the content of those that a step is fed."""
    paths = [str(place.directory / ("train-%d.tfrecord" % number)) for number in range(3)]
    reader = Reader(index_files(paths, str(out)), 12345)
    where = {}
    for path in paths:
        for number, record in enumerate(tf.io.tf_record_iterator(path)):
            where[record] = path, number
    return [where[record] for record in reader.read(8 * (step - 1), 8)]


def test_gradients_that_overflow_at_scale_1_diverge_again(place, tmp_path, capsys):
    settings = {"precision": FP16._replace(loss_scale=1.0), "learning_rate": 1e30}
    with pytest.raises(hooks.DivergedError, match="in 10 consecutive steps at loss scale 1"):
        run(place, tmp_path, **settings)
    noted = json.loads((tmp_path / "run.json").read_text())["diverged"]
    with pytest.raises(replay.ReproducedError, match="again: the gradients are not finite at loss"):
        run(place, tmp_path, replay_step=noted["step"], **settings)
    # The last of the ten tries is named both times.
    out = capsys.readouterr().out
    for part in noted["batch"]:
        line = "batch: %s: records %s\n" % (part["file"], ", ".join(map(str, part["records"])))
        assert line in out


# --------------------------------------------------------------------------------------------------------
# Refusals


class TwoRanks(SingleProcess):
    size = 2


def recorded(directory, steps=(), **options):
    """A directory with the record of a run's input and checkpoints of some steps; the job of the run."""
    job = make_job(directory, **dict({"random_seed": 5}, **options))
    position.find_position(job, Start(0, None, False), 1)
    for step in steps:
        with tf.Graph().as_default(), tf.Session() as session:
            tf.get_variable("global_step", initializer=tf.constant(step, tf.int64))
            session.run(tf.global_variables_initializer())
            tf.train.Saver(max_to_keep=0).save(session, str(directory / "model.ckpt"), step)
    return job


def refusal(job, step, **options):
    before = contents(job.run.output_dir)
    job = job._replace(run=job.run.replace(replay_step=step, **options))
    with pytest.raises((OptionError, checkpoint_files.CheckpointError)) as caught:
        with replay.prepared(job):
            pass
    assert contents(job.run.output_dir) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("step", [0, -3])
def test_there_is_no_such_step(step):
    with pytest.raises(
        OptionError, match="--replay_step=%d: must be an integer of at least 1" % step
    ):
        RunOptions(output_dir="x", replay_step=step)


def test_a_step_before_every_checkpoint_is_refused(tmp_path):
    job = recorded(tmp_path, [30, 40])
    for step in (1, 29, 30):
        message = refusal(job, step)
        assert message.startswith("--replay_step=%d: model.ckpt-30 is the oldest" % step)
        assert "steps from 31 on can be computed again" in message


def test_a_damaged_checkpoint_is_passed_over(tmp_path, caplog):
    job = recorded(tmp_path, [30, 40])
    with open(str(tmp_path / "model.ckpt-40.data-00000-of-00001"), "wb"):
        pass
    job = job._replace(run=job.run.replace(replay_step=45))
    with replay.prepared(job) as prepared:
        assert checkpoint_files.latest(prepared.run.output_dir).endswith("model.ckpt-30")
        directory = prepared.run.output_dir
    assert not os.path.exists(directory)
    with open(str(tmp_path / "model.ckpt-30.data-00000-of-00001"), "wb"):
        pass
    assert "no checkpoint before that step can be read" in refusal(job, 45)
    assert "no checkpoint before that step can be read" in refusal(job, 35)


def test_what_is_no_run_is_refused(tmp_path):
    job = make_job(tmp_path)
    assert "contains no run, or one of a version that did not record its input" in refusal(job, 3)
    missing = tmp_path / "missing"
    with pytest.raises(OptionError, match="contains no run"):
        with replay.prepared(make_job(missing, replay_step=3)):
            pass
    assert not missing.exists()


def test_other_batches_are_refused(tmp_path):
    job = recorded(tmp_path, [30])
    assert "the run had --random_seed=5, this one has 6" in refusal(job, 31, random_seed=6)
    message = refusal(job._replace(runtime=TwoRanks()), 31)
    assert "the run had 1 ranks" in message and "this one has 2: start as many" in message
    other = job._replace(optimizer=job.optimizer.replace(num_accumulation_steps=2))
    assert "the run computed 4 sequences per step, this one 8" in refusal(other, 31)
    idle = job._replace(task=job.task.replace(do_train=False))
    assert "pass --do_train" in refusal(idle, 31)


def test_unknown_initial_values_are_refused(tmp_path):
    job = recorded(tmp_path, random_seed=None)
    assert "initial values of a run without a fixed seed are unknown" in refusal(job, 2)


def test_errors_name_the_directory_of_the_run(tmp_path):
    job = recorded(tmp_path, [30])
    job = job._replace(run=job.run.replace(replay_step=31))
    with pytest.raises(OptionError) as caught:
        with replay.prepared(job) as prepared:
            raise OptionError("%s/x: no" % prepared.run.output_dir)
    assert str(caught.value) == "%s/x: no" % tmp_path
