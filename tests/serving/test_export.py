# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_squad.py --do_export: what is written, what others load, the bounds of its logits, what is refused."""

import io
import json
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import run_squad
from program import directory_lock
from program.errors import DataError
from program.options import OptionError
from serving import export, export_settings, whole_directory
from squad.options import SquadOptions
from tests.conftest import ROOT
from tests.jobs import make_job
from tests.serving.exports import (
    export_flags,
    load_elsewhere,
    logits_of_checkpoint,
    random_batch,
    small_model,
)
from tests.serving.test_export_settings import SETTINGS
from tests.squad_runs import required, started_command, write_bad_checkpoints
from training import run_record

SHAPES = ([1, 1], [1, 17], [3, 40])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with started_command(tmp_path_factory.mktemp("streams")) as run:
        yield run


FORMS = {
    "fp32": [],
    "frozen": ["--freeze_export"],
    "fp16": ["--use_fp16"],
    "frozen fp16": ["--use_fp16", "--freeze_export"],
}


@pytest.fixture(scope="module")
def exports(files, command, tmp_path_factory):
    """form -> path: all four forms as versions 1 to 4 of one directory."""
    output_dir = tmp_path_factory.mktemp("out")
    paths = {}
    for number, (form, flags) in enumerate(FORMS.items(), 1):
        outcome = command(*(export_flags(files, output_dir) + flags))
        assert outcome.code == 0, outcome.err
        paths[form] = str(output_dir / "export" / str(number))
        assert "exported %s: %s" % (paths[form], files["checkpoint"]) in outcome.out
    return paths


def test_what_an_export_has(exports, files):
    below = sorted(
        os.path.relpath(os.path.join(folder, name), exports["fp32"])
        for folder, _, names in os.walk(exports["fp32"])
        for name in names
    )
    assert below == [
        "assets.extra/bert_config.json",
        "assets.extra/serving.json",
        "assets.extra/vocab.txt",
        "saved_model.pb",
        "variables/variables.data-00000-of-00001",
        "variables/variables.index",
    ]
    directory = os.path.dirname(exports["fp32"])
    assert sorted(os.listdir(directory)) == ["1", "2", "3", "4"]
    settings = export_settings.read_settings(exports["frozen fp16"])
    assert settings.precision == "fp16" and settings.checkpoint == files["checkpoint"]
    assert (settings.max_seq_length, settings.doc_stride, settings.max_query_length) == (32, 10, 8)
    assert settings.do_lower_case is True and settings.version_2_with_negative is False
    assert export_settings.read_settings(exports["fp32"]).precision == "fp32"
    with open(export_settings.asset_path(exports["fp32"], "vocab.txt"), "rb") as vocab:
        with open(files["vocab"], "rb") as given:
            assert vocab.read() == given.read()
    with io.open(export_settings.asset_path(exports["fp32"], "bert_config.json")) as config:
        assert json.load(config) == files["bert"].to_dict()
    with io.open(os.path.join(os.path.dirname(directory), "run.json")) as record:
        assert json.load(record)["export"] == exports["frozen fp16"]


def difference(first, second):
    return max(np.abs(a - b).max() for a, b in zip(first, second))


@pytest.fixture(scope="module")
def batches(files):
    """Of each of the SHAPES, and one with an id outside the vocabulary."""
    batches = [random_batch(files["bert"], shape, seed) for seed, shape in enumerate(SHAPES)]
    batches.append(random_batch(files["bert"], [1, 4]))
    batches[-1][0][0, 0] = files["bert"].vocab_size
    return batches


@pytest.fixture(scope="module")
def loaded(exports, batches, tmp_path_factory):
    """form -> Loaded, by a process without this project."""
    found = load_elsewhere(tmp_path_factory.mktemp("elsewhere"), exports.values(), batches)
    return dict(zip(exports, found))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_process_without_this_project_computes_the_same(loaded, files, batches, form):
    """fp32 within 1e-5. fp16 against the same float16 graph: its kernels are rounded once, when they are stored."""
    compute_type = tf.float16 if "fp16" in form else tf.float32
    expected = logits_of_checkpoint(files["bert"], files["checkpoint"], batches[:-1], compute_type)
    assert np.std(expected[-1]) > 0.3  # the logits say something
    for number, shape in enumerate(SHAPES):
        start, end = loaded[form].logits[number]
        assert start.shape == end.shape == tuple(shape)
        assert difference((start, end), expected[number]) <= 1e-5
    assert not [op for op in loaded[form].ops if op.startswith("Bert")]
    assert ("VariableV2" in loaded[form].ops) == ("frozen" not in form)


@pytest.mark.parametrize("version", ["1.13.1", "1.15.5", "2.15.1"])
def test_another_tensorflow_computes_the_same(exports, loaded, batches, version, tmp_path):
    """The TensorFlows whose environments are there (scripts/setup.sh --tf) load the same files."""
    python = os.path.join(ROOT, ".venv-tf-" + version, "bin", "python")
    if not os.path.exists(python):
        pytest.skip("no .venv-tf-%s: scripts/setup.sh --tf %s makes it" % (version, version))
    found = load_elsewhere(tmp_path, exports.values(), batches, python)
    for (form, ours), theirs in zip(loaded.items(), found):
        for number in range(len(SHAPES)):
            bound = 1e-2 if "fp16" in form else 1e-5  # float16 sums in other orders are others
            assert difference(theirs.logits[number], ours.logits[number]) <= bound
        assert "outside the vocabulary" in theirs.logits[-1][0]


def test_fp16_is_near_fp32(loaded):
    """Two layers of width 32: float16 has 11 bits, and logits of order 1 differ by less than 1e-2."""
    assert 1e-6 < difference(loaded["fp16"].logits[2], loaded["fp32"].logits[2]) < 1e-2


@pytest.mark.parametrize("form", sorted(FORMS))
def test_ids_outside_the_vocabulary_are_an_error(loaded, form):
    assert "outside the vocabulary" in loaded[form].logits[-1][0]


def test_kernels_take_half_the_space_in_fp16(exports):
    kernels = 2 * (4 * 32 * 32 + 2 * 32 * 64) + 32 * 32
    data = "variables/variables.data-00000-of-00001"
    assert size(exports["fp32"], data) - size(exports["fp16"], data) == 2 * kernels
    graph = "saved_model.pb"
    saved = size(exports["frozen"], graph) - size(exports["frozen fp16"], graph)
    assert 0.75 * 2 * kernels < saved <= 2 * kernels  # bytes, not a number for each value
    assert os.listdir(os.path.join(exports["frozen"], "variables")) == []


def size(export, name):
    return os.path.getsize(os.path.join(export, name))


def test_training_then_export(command, files, tmp_path):
    """--do_train --do_export exports what was just trained, elsewhere if told, with its own numbers."""
    where = tmp_path / "mödel [1]"
    where.mkdir()
    (where / "41").mkdir()
    (where / "42.tmp").mkdir()  # of an export that was killed
    flags = required(files, tmp_path / "out") + [
        "--do_train",
        "--do_export",
        "--train_file=" + files["v2"],
        "--version_2_with_negative",
        "--null_score_diff_threshold=-0.5",
        "--num_train_epochs=0.5",
        "--save_checkpoints_steps=1",
        "--keep_checkpoint_max=0",
        "--export_dir=" + str(where),
    ]
    outcome = command(*flags)
    assert outcome.code == 0, outcome.err
    assert sorted(os.listdir(str(where))) == ["41", "42"]
    settings = export_settings.read_settings(str(where / "42"))
    assert settings.checkpoint == str(tmp_path / "out" / "model.ckpt-4")
    assert settings.version_2_with_negative and settings.null_score_diff_threshold == -0.5
    assert not (tmp_path / "out" / "export").exists()
    # A replay of a step exports nothing.
    outcome = command(*(flags + ["--replay_step=2"]))
    assert outcome.code == 0, outcome.err
    assert sorted(os.listdir(str(where))) == ["41", "42"]


@pytest.mark.parametrize(
    "flags, said",
    [
        (["--do_predict=false", "--export_dir=x"], "--export_dir requires --do_export"),
        (["--do_export=false", "--freeze_export"], "--freeze_export requires --do_export"),
        (["--do_export", "--export_dir={vocab}"], "vocab.txt: not a directory"),
        (["--do_export", "--export_dir=gs://bucket/x"], "gs://bucket/x is an address"),
        (["--do_export", "--export_dir=/dev/null"], "is a pipe, socket or device"),
        (["--do_export"], "contains no checkpoint: pass --init_checkpoint or --do_train"),
        (
            ["--do_export", "--init_checkpoint={headless}"],
            "has no variable cls/squad/output_weights",
        ),
        (["--do_export", "--init_checkpoint={other}"], "has shape [3]"),
        (["--do_export", "--init_checkpoint=nowhere/x"], "nowhere/x: no such checkpoint"),
        (["--do_export", "--max_seq_length=41"], "--max_seq_length=41 exceeds the model's 40"),
        (["--do_export", "--replay_step=2"], "--replay_step=2 computes a training step again"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(command, files, tmp_path, flags, said):
    names = dict(files, **write_bad_checkpoints(tmp_path))
    output_dir = tmp_path / "out"
    outcome = command(*(required(files, output_dir) + [flag.format(**names) for flag in flags]))
    assert outcome.code == 2 and outcome.out.count("exported") == 0
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and said in errors[0] and "Traceback" not in outcome.err
    assert not (output_dir / "export").exists()


def job_of(files, output_dir, **task):
    options = dict(vocab_file=files["vocab"], do_export=True, max_seq_length=32, max_query_length=8)
    job = make_job(output_dir, config=files["bert"], init_checkpoint=files["checkpoint"])
    return job._replace(task=SquadOptions(**dict(options, **task)))


def test_amp_alone_is_refused(files, tmp_path):
    job = job_of(files, tmp_path)
    job = job._replace(precision=job.precision._replace(amp="api"))
    with pytest.raises(OptionError, match="not part of a SavedModel: use --use_fp16"):
        export.check_job(job)


def test_a_graph_too_large_to_freeze_is_refused(files, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_LARGEST_GRAPH", 10000)
    export.check_job(job_of(files, tmp_path))
    with pytest.raises(OptionError, match="--freeze_export: the weights have [0-9.]+ kB"):
        export.check_job(job_of(files, tmp_path, freeze_export=True))


def export_to(directory, files, checkpoint=None, precision="fp32", freeze=False):
    directory.mkdir(exist_ok=True)
    settings = SETTINGS._replace(precision=precision)
    checkpoint = checkpoint or files["checkpoint"]
    trained = export.Trained(settings, files["bert"], files["vocab"], checkpoint)
    return export.export(trained, str(directory), freeze)


def test_what_differs_when_it_is_read_back_gets_no_name(files, tmp_path, monkeypatch):
    written = export._write

    def damaged(directory, sess, inputs, outputs):
        written(directory, sess, inputs, outputs[::-1])

    monkeypatch.setattr(export, "_write", damaged)
    with pytest.raises(export.RunError, match="computes other logits than the model"):
        export_to(tmp_path / "x", files)
    assert os.listdir(str(tmp_path / "x")) == []


def test_an_interrupted_export_leaves_nothing(files, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_write_assets", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_to(tmp_path / "x", files)
    assert os.listdir(str(tmp_path / "x")) == []


def test_a_disk_that_cannot_be_written_is_one_line(files, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_directory, "flush", full)
    with pytest.raises(DataError, match=r"x/1: cannot be written \(No space left on device\)"):
        export_to(tmp_path / "x", files)
    assert os.listdir(str(tmp_path / "x")) == []


def test_two_exports_at_once_are_refused(files, tmp_path):
    (tmp_path / "export").mkdir()
    with directory_lock.held(str(tmp_path / "export"), print):
        with pytest.raises(directory_lock.LockedError):
            export.export_job(job_of(files, tmp_path), files["checkpoint"], None)


def test_export_dir_may_be_output_dir(files, tmp_path):
    """Whose lock the run holds already."""
    record = run_record.RunRecord(str(tmp_path), {}, False)
    with directory_lock.held(str(tmp_path), print):
        job = job_of(files, tmp_path, export_dir=str(tmp_path))
        export.export_job(job, files["checkpoint"], record)
    assert export_settings.is_export(str(tmp_path / "1"))


def test_weights_that_float16_cannot_hold_are_refused(files, tmp_path):
    prefix = str(tmp_path / "model.ckpt-1")
    with tf.Graph().as_default(), tf.Session() as sess:
        run_squad.build_model(files["bert"])
        sess.run(tf.global_variables_initializer())
        kernel = [v for v in tf.trainable_variables() if v.op.name.endswith("query/kernel")][0]
        kernel.load(np.full(kernel.shape.as_list(), 1e5), sess)
        tf.train.Saver().save(sess, prefix, write_meta_graph=False)
    export_to(tmp_path / "x", files, prefix)
    with pytest.raises(DataError, match="query/kernel has values that float16 cannot hold"):
        export_to(tmp_path / "x", files, prefix, "fp16")
    assert os.listdir(str(tmp_path / "x")) == ["1"]
