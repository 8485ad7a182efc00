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


# ------------------------------------------------------------------------------- folders as people have them


def with_file(directory, name, content):
    with open(os.path.join(directory, name), "w") as output:
        output.write(content if isinstance(content, str) else json.dumps(content))
    return directory


@pytest.mark.parametrize("lowercase", [True, False])
def test_the_casing_of_a_folder_with_tokenizer_json_alone(publish, tmp_path, lowercase):
    directory = publish(published_tensors())
    os.remove(os.path.join(directory, "vocab.txt"))
    tokenizer = {
        "normalizer": {"type": "BertNormalizer", "lowercase": lowercase, "strip_accents": None},
        "model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "b": 1}},
    }
    with_file(directory, "tokenizer.json", tokenizer)
    done = converter.convert(directory, str(tmp_path / "out"))
    assert done.do_lower_case is lowercase and done.tokenizer == []
    # What a tokenizer_config.json says goes before it.
    with_file(directory, "tokenizer_config.json", {"do_lower_case": not lowercase})
    assert converter.convert(directory, str(tmp_path / "out")).do_lower_case is not lowercase


@pytest.mark.parametrize(
    "name, content, difference",
    [
        ("tokenizer_config.json", {"tokenizer_class": "BertJapaneseTokenizer"}, "is a BertJap"),
        (
            "tokenizer_config.json",
            {"do_lower_case": True, "strip_accents": False},
            "has strip_accents=False with do_lower_case=True",
        ),
        ("tokenizer_config.json", {"tokenize_chinese_chars": False}, "has tokenize_chinese"),
        ("tokenizer_config.json", {"do_basic_tokenize": False}, "has do_basic_tokenize=False"),
        ("added_tokens.json", {"<new>": 9, "<newer>": 10}, "knows 2 tokens of added_tokens.json"),
        ("tokenizer_config.json", {"tokenizer_class": "BertTokenizerFast"}, None),
        ("added_tokens.json", {}, None),
    ],
)
def test_tokenizers_that_split_differently_are_named(publish, tmp_path, name, content, difference):
    directory = with_file(publish(published_tensors()), name, content)
    done = converter.convert(directory, str(tmp_path / "out"))
    assert (
        [said[: len(difference)] for said in done.tokenizer] == [difference]
        if difference
        else (done.tokenizer == [])
    )


@pytest.mark.parametrize(
    "name, relative",
    [
        ("roberta.embeddings.word_embeddings.weight", "RoBERTa"),
        ("distilbert.embeddings.LayerNorm.bias", "DistilBERT"),
        ("transformer.layer.0.ffn.lin1.weight", "DistilBERT"),
        ("encoder.albert_layer_groups.0.x", "ALBERT"),
        ("electra.embeddings_project.weight", "ELECTRA"),
    ],
)
def test_relatives_whose_configuration_does_not_say_what_they_are(
    publish, tmp_path, name, relative
):
    settings = {
        key: SETTINGS[key] for key in SETTINGS if key not in ("model_type", "architectures")
    }
    tensors = dict(published_tensors(), **{name: np.zeros([2], np.float32)})
    refused(publish, tmp_path, tensors, "those of %s, not of BERT" % relative, settings=settings)


def test_a_relative_by_its_architecture(publish, tmp_path):
    settings = dict(SETTINGS, architectures=["RobertaForMaskedLM"])
    directory = publish(published_tensors(), settings=settings)
    assert converter.convert(directory, str(tmp_path / "own")).absent  # model_type says bert
    del settings["model_type"]
    message = "the model is a RobertaForMaskedLM, not a BERT"
    refused(publish, tmp_path, published_tensors(), message, settings=settings)


def test_two_biases_of_one_decoder(publish, tmp_path):
    tensors = published_tensors()
    tensors.update({name: np.zeros(shape, np.float32) for name, shape in HEADS.items()})
    tensors["cls.predictions.decoder.bias"] = np.ones([9], np.float32)
    refused(publish, tmp_path, tensors, "cls.predictions.bias and .*decoder.bias differ")
    # Files of later versions have only the second.
    del tensors["cls.predictions.bias"]
    converter.convert(publish(tensors), str(tmp_path / "other"))
    variables = read_checkpoint(str(tmp_path / "other"))
    np.testing.assert_array_equal(variables["cls/predictions/output_bias"], np.ones([9]))


def test_a_vocabulary_shorter_than_the_table(publish, tmp_path):
    """Tables are padded to a multiple of 8: those rows stay."""
    settings = dict(SETTINGS, vocab_size=16)
    tensors = published_tensors()
    name = "embeddings.word_embeddings.weight"
    tensors[name] = np.concatenate([tensors[name], np.ones([7, 6], np.float32)])
    converter.convert(publish(tensors, settings=settings), str(tmp_path / "out"))
    variables = read_checkpoint(str(tmp_path / "out"))
    np.testing.assert_array_equal(variables["bert/embeddings/word_embeddings"], tensors[name])


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt"])
def test_a_clone_without_git_lfs(publish, tmp_path, name):
    directory = publish(published_tensors())
    with_file(directory, name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(DataError, match="%s is a Git LFS pointer.*run git lfs pull" % name):
        converter.convert(directory, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_weights_of_another_framework_name_the_way_out(publish, tmp_path):
    directory = publish(published_tensors())
    weights = os.path.join(directory, "model.safetensors")
    os.rename(weights, os.path.join(directory, "tf_model.h5"))
    with pytest.raises(DataError, match="convert tf_model.h5 with transformers: save_pretrained"):
        converter.convert(directory, str(tmp_path / "out"))
