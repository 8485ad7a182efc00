# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Tiny checkpoints, and archives of them in every layout that people have published."""

import json
import os

import numpy as np
import tensorflow.compat.v1 as tf

from tests.reference import numpy_bert
from tests.squad_runs import CONFIG, VOCABULARY

# How a checkpoint is called in a layout, and the folders of checkpoint, configuration and vocabulary.
LAYOUTS = {
    "google_2018": ("uncased_L-2_H-32_A-2/bert_model.ckpt", "uncased_L-2_H-32_A-2/", None),
    "google_2020": ("bert_model.ckpt", "", None),
    "biobert": ("biobert_v1.1_pubmed/model.ckpt-1000000", "biobert_v1.1_pubmed/", None),
    "deep": ("release/v2/weights/model.ckpt", "release/v2/", "release/"),
    "config_json": ("bert-base-dutch-cased/model.ckpt", "bert-base-dutch-cased/", None),
}


def write_checkpoint(folder, name, config=None, slots=False, drop=(), rename=None):
    """A checkpoint of random variables of a BERT with its pre-training heads. Returns its prefix."""
    config = config or CONFIG
    random = np.random.RandomState(5)
    shapes = dict(numpy_bert.variable_shapes(config))
    width = config["hidden_size"]
    shapes.update(
        {
            "cls/predictions/output_bias": [config["vocab_size"]],
            "cls/predictions/transform/dense/kernel": [width, width],
            "cls/predictions/transform/dense/bias": [width],
            "cls/predictions/transform/LayerNorm/gamma": [width],
            "cls/predictions/transform/LayerNorm/beta": [width],
            "cls/seq_relationship/output_weights": [2, width],
            "cls/seq_relationship/output_bias": [2],
        }
    )
    if not os.path.isdir(str(folder)):
        os.makedirs(str(folder))
    saved = {}
    with tf.Graph().as_default(), tf.Session() as session:
        for variable, shape in sorted(shapes.items()):
            if variable in drop:
                continue
            values = random.normal(scale=0.05, size=shape).astype(np.float32)
            variable = rename(variable) if rename else variable
            saved[variable] = tf.Variable(values)
            if slots:
                for slot in ("adam_m", "adam_v"):
                    saved["%s/%s" % (variable, slot)] = tf.Variable(values)
        if slots:
            saved["global_step"] = tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        return tf.train.Saver(saved).save(
            session, os.path.join(str(folder), name), write_meta_graph=False, write_state=False
        )


def files_of(folder, checkpoint="bert_model.ckpt", config_place=None, vocab_place=None, **options):
    """{name in an archive: content} of a model in a layout."""
    config = dict(options.pop("config", CONFIG))
    config_name = options.pop("config_name", "bert_config.json")
    vocabulary = options.pop("vocabulary", VOCABULARY)
    prefix = write_checkpoint(folder, "ckpt", config, **options)
    files = {}
    for ending in (".index", ".data-00000-of-00001"):
        with open(prefix + ending, "rb") as source:
            files[checkpoint + ending] = source.read()
    config_place = os.path.dirname(checkpoint) if config_place is None else config_place
    vocab_place = config_place if vocab_place is None else vocab_place
    files[os.path.join(config_place, config_name)] = json.dumps(config).encode("utf-8")
    files[os.path.join(vocab_place, "vocab.txt")] = "".join(
        word + "\n" for word in vocabulary
    ).encode("utf-8")
    return files


def layout_files(folder, layout):
    """The files of an archive in one of LAYOUTS, with what such archives hold besides."""
    checkpoint, config_place, vocab_place = LAYOUTS[layout]
    name = "config.json" if layout == "config_json" else "bert_config.json"
    slots = layout in ("biobert", "config_json")
    files = files_of(folder, checkpoint, config_place, vocab_place, config_name=name, slots=slots)
    if layout == "google_2018":
        files[checkpoint + ".meta"] = b"graph"
    if layout == "biobert":
        files["biobert_v1.1_pubmed/checkpoint"] = b'model_checkpoint_path: "/other/model.ckpt-9"\n'
        files["__MACOSX/biobert_v1.1_pubmed/._bert_config.json"] = b"fork"
        files["biobert_v1.1_pubmed/._vocab.txt"] = b"fork"
    if layout == "config_json":
        files["bert-base-dutch-cased/pytorch_model.bin"] = b"PK\x03\x04"
        files["bert-base-dutch-cased/README.md"] = b"# A model"
    return files
