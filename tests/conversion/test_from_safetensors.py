# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Published safetensors weights to a TensorFlow 1 checkpoint: every variable, every kind of damage."""

import hashlib
import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from conversion import from_safetensors as converter
from conversion.safetensors_reader import SafetensorsFile
from program.errors import DataError
from tests.reference import numpy_bert

tf.disable_v2_behavior()

SETTINGS = {
    "model_type": "bert",
    "vocab_size": 9,
    "hidden_size": 6,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 10,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 7,
    "type_vocab_size": 2,
    "initializer_range": 0.02,
    "layer_norm_eps": 1e-12,
    "architectures": ["BertModel"],
    "pad_token_id": 0,
}
HEADS = {
    "cls.predictions.bias": [9],
    "cls.predictions.transform.dense.weight": [6, 6],
    "cls.predictions.transform.dense.bias": [6],
    "cls.predictions.transform.LayerNorm.weight": [6],
    "cls.predictions.transform.LayerNorm.bias": [6],
    "cls.seq_relationship.weight": [2, 6],
    "cls.seq_relationship.bias": [2],
    "qa_outputs.weight": [2, 6],
    "qa_outputs.bias": [2],
}


def write_safetensors(path, tensors):
    """Writes the format by hand. `tensors`: name -> (type name, array)."""
    header, blocks, position = {"__metadata__": {"format": "pt"}}, [], 0
    for name, (type_name, values) in sorted(tensors.items()):
        block = values.tobytes()
        header[name] = {
            "dtype": type_name,
            "shape": list(values.shape),
            "data_offsets": [position, position + len(block)],
        }
        blocks.append(block)
        position += len(block)
    text = json.dumps(header).encode("utf-8")
    with open(str(path), "wb") as writer:
        writer.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def published_tensors(prefix="", norm_names=("weight", "bias")):
    """name -> float32 array, under the names of PyTorch models with the encoder of SETTINGS."""
    random, tensors = np.random.RandomState(1), {}

    def add(name, shape):
        tensors[prefix + name] = random.normal(size=shape).astype(np.float32)

    def add_norm(name):
        add(name + ".LayerNorm." + norm_names[0], [6])
        add(name + ".LayerNorm." + norm_names[1], [6])

    for table, rows in (("word", 9), ("position", 7), ("token_type", 2)):
        add("embeddings.%s_embeddings.weight" % table, [rows, 6])
    add_norm("embeddings")
    for layer in ("encoder.layer.0.", "encoder.layer.1."):
        for name, out_width, in_width in (
            ("attention.self.query", 6, 6),
            ("attention.self.key", 6, 6),
            ("attention.self.value", 6, 6),
            ("attention.output.dense", 6, 6),
            ("intermediate.dense", 10, 6),
            ("output.dense", 6, 10),
        ):
            add(layer + name + ".weight", [out_width, in_width])
            add(layer + name + ".bias", [out_width])
        add_norm(layer + "attention.output")
        add_norm(layer + "output")
    add("pooler.dense.weight", [6, 6])
    add("pooler.dense.bias", [6])
    return tensors


@pytest.fixture
def publish(tmp_path):
    """Writes a model directory; returns its path."""

    def write(tensors, settings=None, type_names=None, vocabulary=9):
        directory = tmp_path / "published"
        directory.mkdir(exist_ok=True)
        write_safetensors(
            directory / "model.safetensors",
            {
                name: ((type_names or {}).get(name, "F32"), values)
                for name, values in tensors.items()
            },
        )
        (directory / "config.json").write_text(json.dumps(settings or SETTINGS))
        (directory / "vocab.txt").write_text(
            "".join("word%d\n" % index for index in range(vocabulary))
        )
        return str(directory)

    return write


def read_checkpoint(directory):
    reader = tf.train.load_checkpoint(os.path.join(directory, "bert_model.ckpt"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def expected_variables(tensors, prefix=""):
    """Independent of the converter's table: by string rules from the published names."""
    variables = {}
    for name, values in tensors.items():
        name = name[len(prefix) :] if prefix and name.startswith(prefix) else name
        if name.endswith("position_ids") or name.startswith(("cls", "qa_outputs")):
            continue
        path = "bert/" + name.replace(".layer.", ".layer_").replace(".", "/")
        if "LayerNorm" in path:
            path = path.replace("/weight", "/gamma").replace("/bias", "/beta")
        elif path.endswith("_embeddings/weight"):
            path = path[: -len("/weight")]
        elif path.endswith("/weight"):
            path, values = path.replace("/weight", "/kernel"), values.T
        variables[path] = values
    return variables


@pytest.mark.parametrize("prefix", ["", "bert."])
@pytest.mark.parametrize("norm_names", [("weight", "bias"), ("gamma", "beta")])
def test_every_variable(publish, tmp_path, prefix, norm_names):
    tensors = published_tensors(prefix, norm_names)
    output_dir = str(tmp_path / "out")
    count, parameters, absent, unused = converter.convert(publish(tensors), output_dir)
    variables, expected = read_checkpoint(output_dir), expected_variables(tensors, prefix)
    assert {
        name: list(value.shape) for name, value in variables.items()
    } == numpy_bert.variable_shapes(SETTINGS)
    for name, value in variables.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, expected[name], name)
    assert count == len(variables) and parameters == sum(value.size for value in variables.values())
    assert absent == ["masked words", "next sentence", "answer span"] and unused == []
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
    _, _, absent, unused = converter.convert(directory, str(tmp_path / "out"))
    assert absent == [] and unused == ["classifier.weight"]
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
    half, double = sorted(tensors)[:2]
    truth = expected_variables({name: values.copy() for name, values in tensors.items()})
    tensors[half], type_names[half] = tensors[half].astype(np.float16), "F16"
    tensors[double], type_names[double] = tensors[double].astype(np.float64), "F64"
    converter.convert(publish(tensors, type_names=type_names), str(tmp_path / "out"))
    variables = read_checkpoint(str(tmp_path / "out"))
    for name, value in variables.items():
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, truth[name], rtol=2.0**-7, atol=1e-7)
    rounded = [name for name, value in variables.items() if not np.array_equal(value, truth[name])]
    assert len(rounded) == 1, "only float16 loses bits"


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


def test_bfloat16_is_refused_with_the_way_out(publish, tmp_path):
    tensors = published_tensors()
    tensors["pooler.dense.bias"] = np.zeros([6], np.uint16)
    refused(
        publish,
        tmp_path,
        tensors,
        "holds BF16.*float32 first",
        type_names={"pooler.dense.bias": "BF16"},
    )


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


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1])
def test_a_file_that_is_cut_off(publish, tmp_path, length):
    path = os.path.join(publish(published_tensors()), "model.safetensors")
    with open(path, "rb") as reader:
        content = reader.read()
    with open(path, "wb") as writer:
        writer.write(content[:length])
    with pytest.raises(DataError, match="not a safetensors file") as caught:
        SafetensorsFile(path)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"a": {}}',
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}}',
        b'{"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}',
    ],
)
def test_a_damaged_header(tmp_path, header):
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 64)
    with pytest.raises(DataError) as caught:
        SafetensorsFile(str(path))
    assert str(path) in str(caught.value)


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


# ---------------------------------------------------------------------------------------- command line


def run_command(repo_root, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "conversion.from_safetensors"] + list(arguments),
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def test_command_converts_the_real_weights(repo_root, minilm_dir, tmp_path):
    output_dir = str(tmp_path / "out")
    code, out, _ = run_command(
        repo_root,
        "--input_dir",
        minilm_dir,
        "--output_dir",
        output_dir,
        "--sha256",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
    assert code == 0 and "103 variables, 22.7 million parameters" in out
    config = modeling.BertConfig.from_json_file(
        os.path.join(output_dir, "bert_config.json")
    ).to_dict()
    reader = tf.train.load_checkpoint(os.path.join(output_dir, "bert_model.ckpt"))
    assert reader.get_variable_to_shape_map() == numpy_bert.variable_shapes(config)
    # A row of the word table as it stands in the published file, by its own offsets.
    source = SafetensorsFile(os.path.join(minilm_dir, "model.safetensors"))
    np.testing.assert_array_equal(
        reader.get_tensor("bert/embeddings/word_embeddings"),
        source.read_float32("embeddings.word_embeddings.weight"),
    )


def test_command_refuses_in_one_line(repo_root, tmp_path):
    for arguments in (
        ["--input_dir", str(tmp_path / "none"), "--output_dir", str(tmp_path / "out")],
        ["--input_dir", str(tmp_path)],
        ["--input_dir", "a", "--output_dir", "b", "--unknown"],
    ):
        code, out, err = run_command(repo_root, *arguments)
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code == 2 and out == "" and len(lines) == 1 and "Traceback" not in err
    assert not (tmp_path / "out").exists()
