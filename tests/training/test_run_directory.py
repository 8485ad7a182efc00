# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/run_directory.py: in whose directory a run may work, and what is left untouched where it may not."""

import json
import os
from collections import OrderedDict

import pytest
import tensorflow.compat.v1 as tf

import modeling
from program.directory_lock import LockedError
from program.options import OptionError
from tests.jobs import SecondRank, make_job
from tests.training.checkpoint_samples import cut, data_file, flip, save
from training import run_directory
from training.checkpoint_files import CheckpointError
from training.start import Start, find_checkpoint_with, find_start

CONFIG = modeling.BertConfig(vocab_size=30, hidden_size=24, num_hidden_layers=2)
MODEL = {"bert/embeddings/x": [1.0, 2.0], "bert/pooler": [1.0], "cls/head": [3.0]}
DATA = {"train_file": {"a.json": "1 a"}, "two": False}


@pytest.fixture(name="log")
def fixture_log(monkeypatch):
    """Lines that TensorFlow logs."""
    lines = []
    for level in ("info", "warning"):
        monkeypatch.setattr(tf.logging, level, lambda text, *values: lines.append(text % values))
    return lines


def build(unused_config):
    for name, value in MODEL.items():
        tf.get_variable(name, [len(value)])


def opened(directory, program="run_a", find=find_start, data=DATA, config=CONFIG, **options):
    task = {name: options.pop(name) for name in ("do_train",) if name in options}
    job = make_job(directory, options.pop("runtime", None), config=config, **options)
    job = job._replace(task=job.task.replace(**task))
    return run_directory.opened(program, job, find, build, lambda: (data, True))


def train(directory, step=10, **kwargs):
    """A run that writes a checkpoint."""
    with opened(directory, **kwargs):
        save(directory, MODEL, step)


def content(directory):
    """name -> bytes of the files of a directory."""
    return {name: (directory / name).read_bytes() for name in os.listdir(str(directory))}


def refused(directory, error=OptionError, **kwargs):
    """The message with which a run is refused; nothing in the directory is changed."""
    before = content(directory)
    with pytest.raises(error) as caught:
        with opened(directory, **kwargs):
            raise AssertionError("opened")
    assert content(directory) == before
    assert "\n" not in str(caught.value) and str(directory) in str(caught.value)
    return str(caught.value)


def config(**changes):
    values = dict(CONFIG.to_dict(), **changes)
    return modeling.BertConfig.from_dict(values)


def test_a_run_is_continued(tmp_path, log):
    with opened(tmp_path) as (job, start, record):
        assert start == Start(0, None, False) and job.run.output_dir == str(tmp_path)
        assert (tmp_path / "run.lock").exists()
        record.note(seen=1)
        save(tmp_path, MODEL, 10)
    written = json.loads((tmp_path / "run.json").read_text())
    assert written["data"] == DATA and written["do_lower_case"] is True and written["seen"] == 1
    with opened(tmp_path) as (_, start, record):
        assert start.step == 10 and start.resumes and record.data_note("--x") == ""
    assert not (tmp_path / "run.lock").exists()
    earlier = json.loads((tmp_path / "run.json").read_text())["earlier"]
    assert len(earlier) == 1 and "data" not in earlier[0]  # the same: said once
    assert not [line for line in log if "run.json" in line]


def test_another_program_is_refused(tmp_path):
    train(tmp_path)
    for do_train in (True, False):
        message = refused(tmp_path, program="run_b", do_train=do_train)
        assert "contains a run of run_a, not of run_b" in message and "--init_checkpoint" in message


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"num_hidden_layers": 1}, "num_hidden_layers is 2 there, 1 here"),
        ({"num_attention_heads": 6}, "num_attention_heads is 12 there, 6 here"),
        ({"hidden_act": "relu"}, "hidden_act is gelu there, relu here"),
        ({"max_position_embeddings": 64}, "max_position_embeddings is 512 there, 64 here"),
        ({"type_vocab_size": 2, "vocab_size": 31}, "type_vocab_size is 16 there, 2 here; vocab"),
    ],
)
def test_another_model_is_refused(tmp_path, changes, said):
    train(tmp_path)
    for do_train in (True, False):
        assert said in refused(tmp_path, config=config(**changes), do_train=do_train)


def test_rates_of_dropout_may_change(tmp_path, log):
    train(tmp_path)
    with opened(tmp_path, config=config(hidden_dropout_prob=0.0)) as (_, start, _):
        assert start.step == 10
    assert "%s: hidden_dropout_prob is 0.1 there, 0.0 here" % tmp_path in log


def test_other_data_needs_a_flag(tmp_path, log):
    train(tmp_path)
    other = {"train_file": {"b.json": "2 b"}, "two": True}
    message = refused(tmp_path, data=other)
    for part in ("new: b.json", "no longer there: a.json", "--two was false, is true", "--allow_"):
        assert part in message
    with opened(tmp_path, data=other, do_train=False):  # answers questions only
        pass
    assert refused(tmp_path, data=other) == message  # the prediction has not changed what it holds
    with opened(tmp_path, data=other, allow_new_data=True) as (_, start, record):
        assert start.step == 10
        assert "new data has not been used: increase --steps" in record.data_note("--steps")
    assert [line for line in log if line.startswith("--allow_new_data: ") and "b.json" in line]
    with opened(tmp_path, data=other):  # it is this run's data now
        pass
    assert "new: a.json" in refused(tmp_path)


def test_a_record_of_an_older_version(tmp_path, log):
    """It has program, options and model, but no data."""
    train(tmp_path)
    path = tmp_path / "run.json"
    record = json.loads(path.read_text())
    del record["data"], record["do_lower_case"], record["data_changed"]
    record["options"]["two"] = False
    path.write_text(json.dumps(record))
    assert "run of run_a" in refused(tmp_path, program="run_b")
    assert "--two was false" in refused(tmp_path, data=dict(DATA, two=True))
    with opened(tmp_path, data=dict(DATA, train_file={"b.json": "2 b"})) as (_, start, _):
        assert start.step == 10
    assert [line for line in log if "does not say which files" in line]


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"options": 3, "earlier": 4}'])
def test_without_a_record_the_variables_decide(tmp_path, log, text):
    save(tmp_path, dict(MODEL, **{"cls/head/adam_m": [0.0], "loss_scale/scale": 1.0}), 10)
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with opened(tmp_path, program="any") as (_, start, _):
        assert start.step == 10 and start.resumes
    (line,) = [line for line in log if "has no run.json" in line]
    assert "continuing it at step 10" in line
    damaged = [line for line in log if "run.json is damaged and begun anew" in line]
    assert len(damaged) == (text in ("{", "[]"))


@pytest.mark.parametrize(
    "variables",
    [
        {"bert/embeddings/x": [1.0, 2.0], "bert/pooler": [1.0]},
        dict(MODEL, **{"cls/other": [1.0, 2.0]}),
        dict(MODEL, **{"cls/head": [1.0, 2.0]}),
        dict(MODEL, **{"bert/encoder/layer_0/kernel": [1.0]}),
        {"resnet/x": [1.0]},
    ],
)
def test_other_variables_are_refused(tmp_path, variables):
    save(tmp_path, variables, 1000)
    assert "--output_dir contains the checkpoint of another model" in refused(
        tmp_path, CheckpointError
    )


def test_a_directory_without_checkpoints_is_anyones(tmp_path):
    with pytest.raises(ValueError):
        with opened(tmp_path):
            raise ValueError("it failed before the first checkpoint")
    train(tmp_path, program="run_b", config=config(num_hidden_layers=1))
    assert json.loads((tmp_path / "run.json").read_text())["program"] == "run_b"


def test_prediction_of_another_checkpoint_may_write_there(tmp_path):
    train(tmp_path / "out")
    other = save(tmp_path / "other", MODEL)

    def find(job):
        return find_checkpoint_with("cls/head", job)

    kwargs = dict(
        find=find, do_train=False, init_checkpoint=other, config=config(hidden_act="relu")
    )
    with opened(tmp_path / "out", **kwargs) as (_, start, _):
        assert start.checkpoint == other
    assert "hidden_act" in refused(tmp_path / "out", config=config(hidden_act="relu"))


def test_initial_values_are_read_back_and_described(tmp_path, log):
    prefix = save(tmp_path / "init", MODEL)
    with opened(tmp_path / "a", init_checkpoint=prefix):
        pass
    assert [line for line in log if line.startswith("initial values from %s: bert/emb" % prefix)]
    flip(data_file(prefix), 0)
    with pytest.raises(CheckpointError, match="damaged .*: get its files again"):
        with opened(tmp_path / "b", init_checkpoint=prefix):
            pass
    assert os.listdir(str(tmp_path / "b")) == []


def test_a_part_of_the_encoder_needs_a_flag(tmp_path):
    prefix = save(tmp_path / "init", {"bert/pooler": [1.0], "cls/head": [3.0]})
    with pytest.raises(CheckpointError, match="lacks bert/embeddings/x .*--allow_partial_init"):
        with opened(tmp_path / "a", init_checkpoint=prefix):
            pass
    with opened(tmp_path / "a", init_checkpoint=prefix, allow_partial_init=True) as (_, start, _):
        assert start.checkpoint == prefix


def test_it_goes_on_with_the_one_before_a_damaged_one(tmp_path, log):
    for step in (10, 20):
        train(tmp_path, step)
    cut(data_file(str(tmp_path / "model.ckpt-20")), 1)
    (tmp_path / "model.ckpt-30_temp_0a").mkdir()
    with opened(tmp_path) as (_, start, _):
        assert start.step == 10
        assert tf.train.latest_checkpoint(str(tmp_path)).endswith("-10")
    assert [line for line in log if "model.ckpt-20" in line and line.endswith("model.ckpt-10")]
    assert "removed what a stopped run left unfinished: model.ckpt-30_temp_0a" in log
    cut(data_file(str(tmp_path / "model.ckpt-10")), 1)
    assert "none of its 2 checkpoints" in refused(tmp_path, CheckpointError)


def test_two_runs_at_once(tmp_path):
    with opened(tmp_path):
        with pytest.raises(LockedError, match="another run is at work here"):
            with opened(tmp_path):
                raise AssertionError("opened")
        with opened(tmp_path, runtime=SecondRank()) as (job, _, _):  # other ranks take no lock
            assert job.run.output_dir != str(tmp_path)


def test_other_ranks_work_in_a_directory_of_their_own(tmp_path):
    level = tf.logging.get_verbosity()
    try:
        kwargs = dict(runtime=SecondRank(), init_checkpoint="x")
        with opened(tmp_path / "a", **kwargs) as (job, start, _):
            assert job.run.output_dir != str(tmp_path / "a") and start == Start(0, None, False)
            assert job.run.init_checkpoint is None
    finally:
        tf.logging.set_verbosity(level)
    assert os.listdir(str(tmp_path)) == []


def test_casing_is_that_of_the_run_of_the_checkpoint(tmp_path, log):
    train(tmp_path)  # lower-cased
    prefix = str(tmp_path / "model.ckpt-10")
    run_directory.check_casing(True, prefix)
    run_directory.check_casing(False, None)
    run_directory.check_casing(False, str(tmp_path / "elsewhere" / "model.ckpt"))
    assert not [line for line in log if "do_lower_case" in line]
    run_directory.check_casing(False, prefix)
    assert "--do_lower_case=false" in log[-1] and "was trained with true" in log[-1]
    record = json.loads((tmp_path / "run.json").read_text(), object_pairs_hook=OrderedDict)
    del record["do_lower_case"]
    record["options"]["do_lower_case"] = False  # of an older version
    (tmp_path / "run.json").write_text(json.dumps(record))
    run_directory.check_casing(True, prefix)
    assert "--do_lower_case=true" in log[-1] and "was trained with false" in log[-1]
