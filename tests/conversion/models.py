# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A tiny BERT under Hugging Face's names, written by hand, and what a converted checkpoint must hold."""

import json
import os
import struct

import numpy as np
import tensorflow.compat.v1 as tf

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


def read_checkpoint(path):
    """Variable name -> array, of a prefix or of the directory that a conversion wrote."""
    prefix = os.path.join(path, "bert_model.ckpt") if os.path.isdir(path) else path
    reader = tf.train.load_checkpoint(prefix)
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
