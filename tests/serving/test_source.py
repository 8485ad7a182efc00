# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/source.py: where configuration, vocabulary and lengths of a checkpoint or an export come from, and what is refused."""

import json
import os
import shutil

import pytest
import tensorflow.compat.v1 as tf

import modeling
from program.errors import DataError
from program.options import OptionError
from serving import export_settings, source
from tests.serving.test_export_settings import make_export
from tests.serving.tiny import SETTINGS, write_model
from tests.squad_runs import CONFIG
from training.checkpoints import CheckpointError
from training.options import KernelOptions, PrecisionOptions

PLAIN = (PrecisionOptions(), KernelOptions(use_fused_ops=False))


@pytest.fixture(name="model", scope="module")
def fixture_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


@pytest.fixture(name="trained")
def fixture_trained(model, tmp_path):
    """An output_dir of run_squad.py: a checkpoint and a run.json, the vocabulary elsewhere."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in os.listdir(str(model)):
        if name.startswith("model.ckpt"):
            shutil.copy(str(model / name), str(folder))
    options = {
        "do_train": True,
        "vocab_file": str(model / "vocab.txt"),
        "do_lower_case": False,
        "max_seq_length": 30,
        "doc_stride": 9,
        "max_query_length": 7,
        "version_2_with_negative": True,
        "n_best_size": 4,
        "max_answer_length": 5,
        "null_score_diff_threshold": -2.5,
    }
    write_run(folder, {"program": "run_squad", "options": options, "model": CONFIG})
    return folder


def write_run(folder, record):
    (folder / "run.json").write_text(json.dumps(record))


def test_a_checkpoint_with_its_files(model):
    for path in (model, model / "model.ckpt", model / "model.ckpt.index"):
        found = source.find(str(path), {})
        assert found.model == str(model / "model.ckpt") and not found.is_export
        assert found.config.to_dict() == modeling.BertConfig.from_dict(CONFIG).to_dict()
        assert found.vocab_file == str(model / "vocab.txt")
        settings = found.settings
        # run_squad.py's defaults; the model has 40 positions.
        assert (settings.max_seq_length, settings.doc_stride, settings.max_query_length) == (
            40,
            128,
            20,
        )
        assert (settings.n_best_size, settings.max_answer_length) == (20, 30)
        assert settings.do_lower_case is True and settings.version_2_with_negative is False


def test_a_training_says_how_it_was_trained(trained):
    found = source.find(str(trained), {})
    assert found.settings == SETTINGS._replace(
        do_lower_case=False,
        max_seq_length=30,
        doc_stride=9,
        max_query_length=7,
        version_2_with_negative=True,
        n_best_size=4,
        null_score_diff_threshold=-2.5,
        max_answer_length=5,
        precision="",
        checkpoint=found.model,
    )
    assert found.config.to_dict() == modeling.BertConfig.from_dict(CONFIG).to_dict()
    assert set(found.origins) == {"configuration", "vocabulary", "options"}


def test_what_is_given_comes_first(trained, model, tmp_path):
    config, vocab = tmp_path / "c.json", tmp_path / "v.txt"
    config.write_text(json.dumps(dict(CONFIG, hidden_dropout_prob=0.25)))
    shutil.copy(str(model / "vocab.txt"), str(vocab))
    found = source.find(
        str(trained),
        {
            "bert_config_file": str(config),
            "vocab_file": str(vocab),
            "do_lower_case": True,
            "doc_stride": 11,
            "version_2_with_negative": False,
            "null_score_diff_threshold": 0.0,
            "n_best_size": None,
        },
    )
    assert found.config.hidden_dropout_prob == 0.25 and found.vocab_file == str(vocab)
    settings = found.settings
    assert (settings.doc_stride, settings.max_seq_length, settings.n_best_size) == (11, 30, 4)
    assert settings.do_lower_case is True and settings.version_2_with_negative is False
    assert settings.null_score_diff_threshold == 0.0


def test_a_run_json_that_says_nothing_of_use(trained, model):
    shutil.copy(str(model / "vocab.txt"), str(trained))
    shutil.copy(str(model / "bert_config.json"), str(trained))
    for record in (
        "[]",
        json.dumps({"options": {"do_train": True, "max_seq_length": "long", "doc_stride": -1}}),
    ):
        (trained / "run.json").write_text(record)
        settings = source.find(str(trained), {}).settings
        assert (settings.max_seq_length, settings.doc_stride) == (40, 128)
        assert settings.do_lower_case is True


def test_an_export_has_its_own(model, tmp_path):
    for version in ("1", "9", "10"):
        export = make_export(
            tmp_path / version, SETTINGS._replace(doc_stride=int(version), precision="fp16")
        )
        for name in ("bert_config.json", "vocab.txt"):
            shutil.copy(str(model / name), export_settings.asset_path(export, name))
    found = source.find(str(tmp_path), {"n_best_size": 3})
    assert found.model == str(tmp_path / "10") and found.is_export
    assert found.settings == SETTINGS._replace(doc_stride=10, n_best_size=3, precision="fp16")
    assert source.find(str(tmp_path / "9"), {}).settings.doc_stride == 9
    (tmp_path / "out").mkdir()
    for version in ("1", "9", "10"):
        os.renames(str(tmp_path / version), str(tmp_path / "out" / "export" / version))
    with pytest.raises(DataError) as caught:
        source.find(str(tmp_path / "out"), {})
    assert "pass %s" % (tmp_path / "out" / "export") in str(caught.value)
    os.renames(str(tmp_path / "out" / "export" / "1"), str(tmp_path / "1"))
    for name, value in (("vocab_file", "x"), ("bert_config_file", "x"), ("do_lower_case", False)):
        with pytest.raises(OptionError) as caught:
            source.find(str(tmp_path), {name: value})
        assert "--%s is for checkpoints" % name in str(caught.value)


@pytest.mark.parametrize(
    "break_it, message",
    [
        (lambda folder, _: (folder / "model.ckpt.index").unlink(), "no checkpoint"),
        (lambda folder, _: (folder / "run.json").unlink(), "pass --bert_config_file"),
        (
            lambda folder, model: (
                (folder / "run.json").unlink(),
                shutil.copy(str(model / "bert_config.json"), str(folder)),
            ),
            "pass --vocab_file",
        ),
        (
            lambda folder, _: write_run(
                folder,
                {"options": {"do_train": True, "vocab_file": "/no/such.txt"}, "model": CONFIG},
            ),
            "/no/such.txt, which it was trained with, is gone); pass --vocab_file",
        ),
        (lambda folder, _: (folder / "saved_model.pb").write_text(""), "is a SavedModel without"),
    ],
)
def test_what_is_missing_is_named(trained, model, break_it, message):
    break_it(trained, model)
    with pytest.raises((DataError, CheckpointError)) as caught:
        source.find(str(trained), {})
    assert message in str(caught.value) and str(trained) in str(caught.value)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"max_seq_length": 41}, "--max_seq_length=41 exceeds the model's 40 positions"),
        ({"max_seq_length": 10, "max_query_length": 8}, "--max_seq_length=10: must be greater"),
        ({"doc_stride": 0}, "--doc_stride=0: must be an integer of at least 1"),
        ({"max_query_length": 2.5}, "--max_query_length=2.5"),
    ],
)
def test_lengths_that_cannot_work(model, given, message):
    with pytest.raises(ValueError) as caught:
        source.load(source.find(str(model), given), *PLAIN)
    assert message in str(caught.value)


def test_a_loaded_model_and_its_description(trained, model):
    loaded = source.load(source.find(str(trained), {"do_lower_case": True}), *PLAIN)
    text = "\n".join(loaded.description)
    assert str(trained / "model.ckpt") in text and str(model / "vocab.txt") in text
    assert "uncased, windows of 30 tokens, stride 9" in text and "SQuAD v2.0 (run.json)" in text
    assert "precision: fp32" in text and "kernels: TensorFlow's own" in text
    assert loaded.tokenizer.tokenize("THE cat") == ["the", "cat"]
    start, end = loaded.model.logits([[2, 5, 3, 6, 3]], [[1] * 5], [[0, 0, 0, 1, 1]])
    assert start.shape == end.shape == (1, 5)


def test_a_checkpoint_without_a_span_head(model, tmp_path):
    for name in ("bert_config.json", "vocab.txt"):
        shutil.copy(str(model / name), str(tmp_path))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("bert/pooler/dense/bias", [32])
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(tmp_path / "model.ckpt"), write_meta_graph=False)
    with pytest.raises(CheckpointError) as caught:
        source.load(source.find(str(tmp_path), {}), *PLAIN)
    assert "cls/squad/output_weights" in str(caught.value) and "run_squad.sh" in str(caught.value)


def test_padding_is_removed_with_the_fused_ops(model, fused_library):
    loaded = source.load(source.find(str(model), {}), PrecisionOptions(), KernelOptions())
    assert loaded.model.skips_padding
    assert "kernels: fused ops" in "\n".join(loaded.description)
