# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BertConfig: values and files that are refused, round trip, defaults, shipped configurations."""

import json
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from tests.reference import numpy_bert
from tests.reference.numpy_bert import CONFIG


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"hidden_size": 13}, "hidden_size 13 is not divisible by num_attention_heads 3"),
        ({"hidden_act": "swish"}, "unknown activation 'swish'"),
        ({"hidden_act": None}, "hidden_act"),
        ({"vocab_size": 0}, "vocab_size must be a positive integer, got 0"),
        ({"vocab_size": "23"}, "vocab_size"),
        ({"num_hidden_layers": 2.0}, "num_hidden_layers"),
        ({"type_vocab_size": True}, "type_vocab_size"),
        ({"max_position_embeddings": -1}, "max_position_embeddings"),
        (
            {"hidden_dropout_prob": 1.0},
            r"hidden_dropout_prob must be a number in \[0, 1\), got 1.0",
        ),
        ({"attention_probs_dropout_prob": -0.1}, "attention_probs_dropout_prob"),
        ({"attention_probs_dropout_prob": float("nan")}, "attention_probs_dropout_prob"),
        ({"initializer_range": -1}, "initializer_range"),
        ({"num_hidden_layers": 10**9}, "1000000000 layers .* is too large"),
        ({"hidden_size": 3 * 10**8}, "parameters is too large"),
        ({"vocab_size": 10**12}, "parameters is too large"),
        ({"intermediate_size": 10**400}, "parameters|positive integer"),
    ],
)
def test_config_values_that_cannot_work(changes, message):
    with pytest.raises(modeling.ConfigError, match=message):
        modeling.BertConfig.from_dict(dict(CONFIG, **changes))


@pytest.mark.parametrize(
    "content, message",
    [
        (b'{"vocab_size": 7', "is not valid JSON"),
        (b"[7]", "must be a JSON object, got list"),
        (b'{"hidden_size": 12}', "vocab_size is missing"),
        (b'{"vocab_size": 7, "hidden_size": 13}', "not divisible"),
        (b"\xff\xfe\x00", "cannot read|not valid JSON"),
        (b"[" * 100000, "is not valid JSON"),
    ],
)
def test_config_files_that_cannot_work(tmp_path, content, message):
    path = tmp_path / "bert_config.json"
    path.write_bytes(content)
    with pytest.raises(modeling.ConfigError, match=message) as caught:
        modeling.BertConfig.from_json_file(str(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_what_a_config_file_lacks_is_said(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(tf.logging, "warning", lambda text, *values: lines.append(text % values))
    path = tmp_path / "bert_config.json"
    content = dict(CONFIG)
    path.write_text(json.dumps(content))
    modeling.BertConfig.from_json_file(str(path))
    assert lines == []
    content["Hidden_Act"] = content.pop("hidden_act")
    path.write_text(json.dumps(content))
    assert modeling.BertConfig.from_json_file(str(path)).hidden_act == "gelu"
    assert lines == ["%s: hidden_act is missing; gelu is used" % path]


def test_config_file_that_is_not_there(tmp_path):
    path = str(tmp_path / "none.json")
    with pytest.raises(modeling.ConfigError) as caught:
        modeling.BertConfig.from_json_file(path)
    assert path in str(caught.value) and "\n" not in str(caught.value)


def test_config_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "bert_config.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(CONFIG).encode("ascii"))
    assert dict(modeling.BertConfig.from_json_file(str(path)).to_dict()) == CONFIG


def test_config_round_trip_and_unknown_keys(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(tf.logging, "info", lambda message, *values: lines.append(message % values))
    path = tmp_path / "bert_config.json"
    path.write_text(
        json.dumps(dict(CONFIG, directionality="bidi", pooler_type="first_token_transform"))
    )
    config = modeling.BertConfig.from_json_file(str(path))
    assert len(lines) == 1 and "directionality, pooler_type" in lines[0]
    assert dict(config.to_dict()) == CONFIG
    assert json.loads(config.to_json_string()) == CONFIG and config.to_json_string().endswith("}\n")
    assert modeling.BertConfig.from_dict(config.to_dict()).to_dict() == config.to_dict()


def test_config_defaults_are_bert_base():
    config = modeling.BertConfig(vocab_size=100).to_dict()
    assert (
        config["hidden_size"],
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["intermediate_size"],
        config["hidden_act"],
    ) == (768, 12, 12, 3072, "gelu")


@pytest.mark.parametrize("name, parameters", [("base", 109482240), ("large", 335141888)])
def test_shipped_configurations(repo_root, name, parameters):
    config = modeling.BertConfig.from_json_file(
        os.path.join(repo_root, "configs", "bert_%s.json" % name)
    ).to_dict()
    assert (config["vocab_size"], config["type_vocab_size"], config["max_position_embeddings"]) == (
        30522,
        2,
        512,
    )
    assert (config["hidden_dropout_prob"], config["attention_probs_dropout_prob"]) == (0.1, 0.1)
    # The well-known sizes of the two encoders with pooler, which fix the other figures.
    assert (
        sum(int(np.prod(shape)) for shape in numpy_bert.variable_shapes(config).values())
        == parameters
    )
