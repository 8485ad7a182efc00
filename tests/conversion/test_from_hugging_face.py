# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A Hugging Face folder to a TensorFlow 1 checkpoint: every variable, every refusal."""

import hashlib
import json
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from conversion import from_hugging_face as converter
from program.errors import DataError
from tests.conversion.models import (
    HEADS,
    SETTINGS,
    expected_variables,
    published_tensors,
    read_checkpoint,
)
from tests.reference import numpy_bert

tf.disable_v2_behavior()


@pytest.mark.parametrize("prefix", ["", "bert."])
@pytest.mark.parametrize("norm_names", [("weight", "bias"), ("gamma", "beta")])
def test_every_variable(publish, tmp_path, prefix, norm_names):
    tensors = published_tensors(prefix, norm_names)
    output_dir = str(tmp_path / "out")
    done = converter.convert(publish(tensors), output_dir)
    variables, expected = read_checkpoint(output_dir), expected_variables(tensors, prefix)
    assert {
        name: list(value.shape) for name, value in variables.items()
    } == numpy_bert.variable_shapes(SETTINGS)
    for name, value in variables.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, expected[name], name)
    assert done.num_variables == len(variables)
    assert done.num_parameters == sum(value.size for value in variables.values())
    assert done.absent == ["masked language model", "next sentence", "answer span"]
    assert done.unused == [] and done.do_lower_case is None
    assert sorted(os.listdir(output_dir)) == [
        "bert_config.json",
        "bert_model.ckpt.data-00000-of-00001",
        "bert_model.ckpt.index",
        "vocab.txt",
    ]


def test_heads_tied_decoder_and_leftovers(publish, tmp_path):
    tensors = published_tensors("bert.")
    random = np.random.RandomState(2)
    tensors.update(
        {name: random.normal(size=shape).astype(np.float32) for name, shape in HEADS.items()}
    )
    tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"]
    tensors["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"]
    tensors["bert.embeddings.position_ids"] = np.arange(7)
    tensors["classifier.weight"] = np.zeros([3, 6], np.float32)
    directory = publish(tensors, type_names={"bert.embeddings.position_ids": "I64"})
    done = converter.convert(directory, str(tmp_path / "out"))
    assert done.absent == [] and done.unused == ["classifier.weight"]
    variables = read_checkpoint(str(tmp_path / "out"))
    transform = "cls/predictions/transform/"
    for name, value in (
        (transform + "dense/kernel", tensors["cls.predictions.transform.dense.weight"].T),
        (transform + "dense/bias", tensors["cls.predictions.transform.dense.bias"]),
        (transform + "LayerNorm/gamma", tensors["cls.predictions.transform.LayerNorm.weight"]),
        (transform + "LayerNorm/beta", tensors["cls.predictions.transform.LayerNorm.bias"]),
        ("cls/predictions/output_bias", tensors["cls.predictions.bias"]),
        ("cls/seq_relationship/output_weights", tensors["cls.seq_relationship.weight"]),
        ("cls/seq_relationship/output_bias", tensors["cls.seq_relationship.bias"]),
        ("cls/squad/output_weights", tensors["qa_outputs.weight"]),
        ("cls/squad/output_bias", tensors["qa_outputs.bias"]),
    ):
        np.testing.assert_array_equal(variables.pop(name), value, name)
    assert set(variables) == set(numpy_bert.variable_shapes(SETTINGS))


def test_the_model_computes_from_the_converted_checkpoint(publish, tmp_path):
    tensors = published_tensors()
    output_dir = str(tmp_path / "out")
    converter.convert(publish(tensors), output_dir)
    ids, mask, types = np.array([[1, 8, 3, 0]]), np.array([[1, 1, 1, 0]]), np.array([[0, 0, 1, 0]])
    with tf.Graph().as_default():
        config = modeling.BertConfig.from_json_file(os.path.join(output_dir, "bert_config.json"))
        model = modeling.BertModel(
            config, False, tf.constant(ids), tf.constant(mask), tf.constant(types)
        )
        with tf.Session() as session:
            tf.train.Saver().restore(session, os.path.join(output_dir, "bert_model.ckpt"))
            computed = session.run(model.get_pooled_output())
    weights = {
        name: value.astype(np.float64) for name, value in expected_variables(tensors).items()
    }
    truth = numpy_bert.forward(SETTINGS, weights, ids, mask, types)["pooled"]
    np.testing.assert_allclose(computed, truth, atol=1e-5)


def test_other_floating_types_become_float32(publish, tmp_path):
    tensors, type_names = published_tensors(), {}
    half, double, brain = sorted(tensors)[:3]
    truth = expected_variables({name: values.copy() for name, values in tensors.items()})
    tensors[half], type_names[half] = tensors[half].astype(np.float16), "F16"
    tensors[double], type_names[double] = tensors[double].astype(np.float64), "F64"
    # bfloat16: the upper half of float32.
    tensors[brain], type_names[brain] = (tensors[brain].view(np.uint32) >> 16).astype("<u2"), "BF16"
    converter.convert(publish(tensors, type_names=type_names), str(tmp_path / "out"))
    variables = read_checkpoint(str(tmp_path / "out"))
    for name, value in variables.items():
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, truth[name], rtol=2.0**-7, atol=1e-7)
    rounded = [name for name, value in variables.items() if not np.array_equal(value, truth[name])]
    assert len(rounded) == 2, "only float16 and bfloat16 lose bits"


# --------------------------------------------------------------------------------------- what is refused


def refused(publish, tmp_path, tensors, message, **options):
    sha256 = options.pop("sha256", None)
    output_dir = tmp_path / "out"
    with pytest.raises(DataError, match=message) as caught:
        converter.convert(publish(tensors, **options), str(output_dir), sha256)
    assert "\n" not in str(caught.value)
    assert not output_dir.exists() or not os.listdir(str(output_dir))


def test_missing_tensors_are_all_named(publish, tmp_path):
    tensors = published_tensors()
    del tensors["encoder.layer.1.output.dense.weight"], tensors["embeddings.LayerNorm.bias"]
    refused(
        publish,
        tmp_path,
        tensors,
        "missing tensors: embeddings.LayerNorm.bias, encoder.layer.1.output.dense.weight",
    )


def test_half_a_head_is_refused(publish, tmp_path):
    tensors = dict(published_tensors(), **{"qa_outputs.bias": np.zeros([2], np.float32)})
    refused(publish, tmp_path, tensors, "missing tensors: qa_outputs.weight")


def test_another_shape_is_refused(publish, tmp_path):
    tensors = published_tensors()
    tensors["encoder.layer.0.output.dense.weight"] = np.zeros([10, 6], np.float32)
    refused(
        publish,
        tmp_path,
        tensors,
        r"encoder.layer.0.output.dense.weight has shape \[10, 6\].*\[6, 10\]",
    )


def test_a_decoder_that_is_not_tied_is_refused(publish, tmp_path):
    tensors = dict(
        published_tensors(), **{"cls.predictions.decoder.weight": np.zeros([9, 6], np.float32)}
    )
    refused(publish, tmp_path, tensors, "differs from the word embeddings")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(publish, tmp_path, value):
    tensors = published_tensors()
    tensors["pooler.dense.bias"][2] = value
    refused(publish, tmp_path, tensors, "pooler.dense.bias holds NaN or infinity")


def test_integers_in_place_of_weights_are_refused(publish, tmp_path):
    tensors = published_tensors()
    tensors["pooler.dense.bias"] = np.zeros([6], np.int32)
    refused(publish, tmp_path, tensors, "holds I32", type_names={"pooler.dense.bias": "I32"})


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"hidden_act": "gelu_new"}, "gelu_new"),
        ({"layer_norm_eps": 1e-5}, "layer_norm_eps is 1e-05"),
        ({"position_embedding_type": "relative_key"}, "relative_key"),
        ({"model_type": "roberta"}, "roberta"),
        ({"is_decoder": True}, "is_decoder"),
        ({"num_attention_heads": 4}, "not divisible"),
    ],
)
def test_networks_that_are_not_this_bert_are_refused(publish, tmp_path, changes, message):
    refused(publish, tmp_path, published_tensors(), message, settings=dict(SETTINGS, **changes))


def test_vocabulary_larger_than_the_table_is_refused(publish, tmp_path):
    refused(publish, tmp_path, published_tensors(), "vocab.txt has 10 entries", vocabulary=10)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "vocab.txt"])
def test_a_file_that_is_not_there(publish, tmp_path, name):
    directory = publish(published_tensors())
    os.remove(os.path.join(directory, name))
    with pytest.raises(DataError, match="cannot read .*%s: No such file" % name):
        converter.convert(directory, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_more_layers_than_the_configuration_says(publish, tmp_path):
    settings = dict(SETTINGS, num_hidden_layers=1)
    refused(publish, tmp_path, published_tensors(), "more layers than", settings=settings)


def test_the_vocabulary_of_a_tokenizer_json(publish, tmp_path):
    directory = publish(published_tensors())
    os.remove(os.path.join(directory, "vocab.txt"))
    tokenizer = {"model": {"type": "WordPiece", "vocab": {"b": 1, "[UNK]": 0, "\u2028": 2}}}
    path = os.path.join(directory, "tokenizer.json")
    with open(path, "w") as output:
        json.dump(tokenizer, output)
    converter.convert(directory, str(tmp_path / "out"))
    assert (tmp_path / "out" / "vocab.txt").read_bytes() == "[UNK]\nb\n\u2028\n".encode("utf-8")
    for model, message in (
        ({"type": "BPE", "vocab": {"a": 0}}, "no WordPiece vocabulary"),
        ({"vocab": {"a": 0, "b": 2}}, "ids of the vocabulary are not 0 to 1"),
        (None, "no WordPiece vocabulary"),
    ):
        with open(path, "w") as output:
            json.dump({"model": model}, output)
        with pytest.raises(DataError, match=message):
            converter.convert(directory, str(tmp_path / "other"))


@pytest.mark.parametrize("said, known", [(True, True), (False, False), ("yes", None)])
def test_the_casing_that_the_folder_names(publish, tmp_path, said, known):
    directory = publish(published_tensors())
    with open(os.path.join(directory, "tokenizer_config.json"), "w") as output:
        json.dump({"do_lower_case": said}, output)
    assert converter.convert(directory, str(tmp_path / "out")).do_lower_case is known


def test_checksum(publish, tmp_path):
    directory = publish(published_tensors())
    with open(os.path.join(directory, "model.safetensors"), "rb") as reader:
        digest = hashlib.sha256(reader.read()).hexdigest()
    converter.convert(directory, str(tmp_path / "right"), digest.upper())
    with pytest.raises(DataError, match="has SHA-256 %s, expected 0000" % digest):
        converter.convert(directory, str(tmp_path / "wrong"), "0" * 64)
    assert not (tmp_path / "wrong").exists()


def test_an_interrupted_conversion_leaves_no_checkpoint(publish, tmp_path, monkeypatch):
    directory, output_dir = publish(published_tensors()), tmp_path / "out"
    converter.convert(directory, str(output_dir))
    replace = os.replace

    def fail_at_the_index(source, target):
        if target.endswith(".index"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_at_the_index)
    with pytest.raises(DataError, match="cannot write to .*No space left"):
        converter.convert(directory, str(output_dir))
    assert not [
        name for name in os.listdir(str(output_dir)) if name.endswith(".index") or "tmp-" in name
    ]
    monkeypatch.undo()
    converter.convert(directory, str(output_dir))
    assert len(read_checkpoint(str(output_dir))) == len(numpy_bert.variable_shapes(SETTINGS))
