# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts a published BERT in safetensors format to a TensorFlow 1 checkpoint.

    python -m conversion.from_safetensors --input_dir DIR --output_dir OUT [--sha256 HEX]

DIR contains model.safetensors, config.json and vocab.txt, as published for PyTorch. OUT gets bert_model.ckpt.*,
bert_config.json and vocab.txt, with the names and the layout of Google's released checkpoints. Heads (masked words,
next sentence, answer span) and the pooler are converted if present.
"""


import collections
import json
import os
import re
import shutil

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
from conversion.safetensors_reader import SafetensorsFile
from program.arguments import Parser
from program.errors import DataError, run_program
from program.files import digest

CHECKPOINT_NAME = "bert_model.ckpt"

# Settings that change what the network computes, each with the one value this model implements.
_REQUIRED_SETTINGS = (
    ("model_type", "bert"),
    ("position_embedding_type", "absolute"),
    ("layer_norm_eps", modeling.LAYER_NORM_EPSILON),
    ("is_decoder", False),
    ("add_cross_attention", False),
)

# One variable: where it comes from (first of the names that is there), its shape in the checkpoint, and
# whether the file holds the transpose (PyTorch keeps dense kernels as [out, in]).
Source = collections.namedtuple("Source", ["names", "shape", "transposed"])


def variable_sources(config):
    """What each variable of a checkpoint is made from.

    Args:
      config: modeling.BertConfig.

    Returns:
      OrderedDict group -> OrderedDict variable name -> Source. The group "encoder" (with the embeddings) must
      be in a file; "pooler", "masked words", "next sentence" and "answer span" are complete or absent.
    """
    width, inner = config.hidden_size, config.intermediate_size
    groups = collections.OrderedDict()

    encoder = groups["encoder"] = collections.OrderedDict()
    for table, rows in (
        ("word_embeddings", config.vocab_size),
        ("token_type_embeddings", config.type_vocab_size),
        ("position_embeddings", config.max_position_embeddings),
    ):
        encoder["bert/embeddings/" + table] = Source(
            ["embeddings.%s.weight" % table], [rows, width], False
        )
    encoder.update(_layer_norm("bert/embeddings/LayerNorm", "embeddings.LayerNorm", width))
    for index in range(config.num_hidden_layers):
        ours, theirs = "bert/encoder/layer_%d/" % index, "encoder.layer.%d." % index
        for name in ("query", "key", "value"):
            encoder.update(
                _dense(
                    ours + "attention/self/" + name, theirs + "attention.self." + name, width, width
                )
            )
        encoder.update(
            _dense(ours + "attention/output/dense", theirs + "attention.output.dense", width, width)
        )
        encoder.update(
            _layer_norm(
                ours + "attention/output/LayerNorm", theirs + "attention.output.LayerNorm", width
            )
        )
        encoder.update(
            _dense(ours + "intermediate/dense", theirs + "intermediate.dense", width, inner)
        )
        encoder.update(_dense(ours + "output/dense", theirs + "output.dense", inner, width))
        encoder.update(_layer_norm(ours + "output/LayerNorm", theirs + "output.LayerNorm", width))

    groups["pooler"] = _dense("bert/pooler/dense", "pooler.dense", width, width)

    words = groups["masked words"] = collections.OrderedDict()
    words.update(
        _dense("cls/predictions/transform/dense", "cls.predictions.transform.dense", width, width)
    )
    words.update(
        _layer_norm(
            "cls/predictions/transform/LayerNorm", "cls.predictions.transform.LayerNorm", width
        )
    )
    words["cls/predictions/output_bias"] = Source(
        ["cls.predictions.bias", "cls.predictions.decoder.bias"], [config.vocab_size], False
    )
    # Both two-way heads are kept as [2, H] in checkpoints of either kind.
    groups["next sentence"] = _two_way_head("cls/seq_relationship", "cls.seq_relationship", width)
    groups["answer span"] = _two_way_head("cls/squad", "qa_outputs", width)
    return groups


def _dense(ours, theirs, in_width, out_width):
    return collections.OrderedDict(
        [
            (ours + "/kernel", Source([theirs + ".weight"], [in_width, out_width], True)),
            (ours + "/bias", Source([theirs + ".bias"], [out_width], False)),
        ]
    )


def _layer_norm(ours, theirs, width):
    # Files converted from TensorFlow years ago call them gamma and beta.
    return collections.OrderedDict(
        [
            (ours + "/gamma", Source([theirs + ".weight", theirs + ".gamma"], [width], False)),
            (ours + "/beta", Source([theirs + ".bias", theirs + ".beta"], [width], False)),
        ]
    )


def _two_way_head(ours, theirs, width):
    return collections.OrderedDict(
        [
            (ours + "/output_weights", Source([theirs + ".weight"], [2, width], False)),
            (ours + "/output_bias", Source([theirs + ".bias"], [2], False)),
        ]
    )


def read_config(path):
    """The BertConfig of a `config.json`.

    Raises:
      DataError: not readable, or of a network that computes something else than this BERT.
    """
    try:
        with open(path, "rb") as reader:
            settings = json.loads(reader.read().decode("utf-8"))
    except (IOError, OSError) as error:
        raise DataError("cannot read %s: %s" % (path, error.strerror or error))
    except ValueError as error:
        raise DataError("%s is not valid JSON: %s" % (path, error))
    if not isinstance(settings, dict):
        raise DataError("%s is not a JSON object" % path)
    for name, required in _REQUIRED_SETTINGS:
        if settings.get(name) not in (None, required):
            raise DataError(
                "%s: %s is %r, only %r can be converted" % (path, name, settings[name], required)
            )
    try:
        return modeling.BertConfig.from_dict(
            {name: settings[name] for name in modeling.BertConfig.FIELDS if name in settings}
        )
    except modeling.ConfigError as error:
        raise DataError("%s: %s" % (path, error))


def read_variables(tensors, config):
    """The checkpoint's variables, from an open SafetensorsFile.

    Returns:
      (OrderedDict variable name -> float32 array, list of groups that are not in the file, list of tensor names
      that were not used).

    Raises:
      DataError: tensors are missing (all are named) or have another shape than the configuration says.
    """
    # With or without the prefix that models with a head carry.
    by_bare_name = {re.sub(r"^bert\.", "", name): name for name in tensors.names()}
    variables, absent, used = collections.OrderedDict(), [], set()
    for group, sources in variable_sources(config).items():
        found = {
            variable: _first_present(source.names, by_bare_name)
            for variable, source in sources.items()
        }
        if group != "encoder" and not any(found.values()):
            absent.append(group)
            continue
        missing = [sources[variable].names[0] for variable in sources if not found[variable]]
        if missing:
            raise DataError("%s: missing tensors: %s" % (tensors.path, ", ".join(missing)))
        for variable, source in sources.items():
            name = by_bare_name[found[variable]]
            variables[variable] = _read(tensors, name, source)
            used.add(name)
    _check_tied_decoder(tensors, by_bare_name, variables)
    return variables, absent, _unused(tensors, by_bare_name, used)


def _first_present(names, available):
    return next((name for name in names if name in available), None)


def _read(tensors, name, source):
    expected = source.shape[::-1] if source.transposed else source.shape
    if tensors.shape(name) != expected:
        raise DataError(
            "%s: tensor %s has shape %s, config.json says %s"
            % (tensors.path, name, tensors.shape(name), expected)
        )
    values = tensors.read_float32(name)
    return np.ascontiguousarray(values.T) if source.transposed else values


def _check_tied_decoder(tensors, by_bare_name, variables):
    """The checkpoint keeps one table for input and output words: refuse a file with two different ones."""
    name = by_bare_name.get("cls.predictions.decoder.weight")
    if name and not np.array_equal(
        tensors.read_float32(name), variables["bert/embeddings/word_embeddings"]
    ):
        raise DataError(
            "%s: tensor %s differs from the word embeddings, but BERT shares them"
            % (tensors.path, name)
        )


def _unused(tensors, by_bare_name, used):
    # Buffers and copies of what was converted.
    redundant = (
        "embeddings.position_ids",
        "embeddings.token_type_ids",
        "cls.predictions.decoder.weight",
        "cls.predictions.decoder.bias",
        "cls.predictions.bias",
    )
    used = used.union(by_bare_name[name] for name in redundant if name in by_bare_name)
    return [name for name in tensors.names() if name not in used]


def write_checkpoint(variables, prefix):
    """Writes `variables` (name -> float32 array) as the TensorFlow checkpoint `prefix`.index and .data-*."""
    with tf.Graph().as_default():
        placeholders, assignments = [], []
        for name, values in variables.items():
            variable = tf.get_variable(
                name, shape=values.shape, dtype=tf.float32, initializer=tf.zeros_initializer()
            )
            placeholders.append(tf.placeholder(tf.float32, values.shape))
            assignments.append(tf.assign(variable, placeholders[-1]).op)
        saver = tf.train.Saver()
        with tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
            for placeholder, assignment, values in zip(
                placeholders, assignments, variables.values()
            ):
                session.run(assignment, {placeholder: values})
            saver.save(session, prefix, write_meta_graph=False, write_state=False)


def convert(input_dir, output_dir, sha256=None):
    """Converts `input_dir` (model.safetensors, config.json, vocab.txt) into the checkpoint directory `output_dir`.

    Everything is read and checked before anything is written, and nothing appears under its final name before
    it is complete; the index file, which makes it a checkpoint, comes last.

    Args:
      sha256: the expected SHA-256 of model.safetensors in hexadecimal; None: not checked.

    Returns:
      (number of variables, number of parameters, absent groups, unused tensor names).

    Raises:
      DataError: a missing or unusable file, a wrong checksum.
    """
    weights, vocabulary = (
        os.path.join(input_dir, name) for name in ("model.safetensors", "vocab.txt")
    )
    config = read_config(os.path.join(input_dir, "config.json"))
    _check_vocabulary(vocabulary, config.vocab_size)
    if sha256 is not None:
        check_sha256(weights, sha256)
    variables, absent, unused = read_variables(SafetensorsFile(weights), config)

    temporary = os.path.join(output_dir, "convert.tmp")
    shutil.rmtree(temporary, ignore_errors=True)  # of a conversion that was killed
    try:
        os.makedirs(temporary)
        write_checkpoint(variables, os.path.join(temporary, CHECKPOINT_NAME))
        shutil.copyfile(vocabulary, os.path.join(temporary, "vocab.txt"))
        with open(os.path.join(temporary, "bert_config.json"), "w") as writer:
            writer.write(config.to_json_string())
        _publish(temporary, output_dir)
    except (IOError, OSError) as error:
        raise DataError("cannot write to %s: %s" % (output_dir, error.strerror or error))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(variables), sum(values.size for values in variables.values()), absent, unused


def _publish(temporary, output_dir):
    index = CHECKPOINT_NAME + ".index"
    # Without its index an earlier conversion is no checkpoint: nobody can read new data through an old index.
    if os.path.exists(os.path.join(output_dir, index)):
        os.remove(os.path.join(output_dir, index))
    for name in sorted(os.listdir(temporary), key=lambda name: (name == index, name)):
        os.replace(os.path.join(temporary, name), os.path.join(output_dir, name))


def _check_vocabulary(path, vocab_size):
    try:
        with open(path, "rb") as reader:
            # Empty lines at the end name no token.
            entries = max([number for number, line in enumerate(reader, 1) if line.strip()] or [0])
    except (IOError, OSError) as error:
        raise DataError("cannot read %s: %s" % (path, error.strerror or error))
    if entries > vocab_size:
        raise DataError(
            "%s has %d entries, more than the vocab_size %d of config.json"
            % (path, entries, vocab_size)
        )


def check_sha256(path, expected):
    """Raises UserError unless the file's SHA-256 is `expected` (hexadecimal, either case)."""
    found = digest(path)
    if found != expected.lower():
        raise DataError(
            "%s has SHA-256 %s, expected %s: download it again" % (path, found, expected)
        )


def main():
    parser = Parser("conversion.from_safetensors", __doc__)
    parser.add_argument(
        "--input_dir",
        required=True,
        metavar="DIR",
        help="directory with model.safetensors, config.json and vocab.txt",
    )
    parser.add_argument(
        "--output_dir", required=True, metavar="DIR", help="output directory; created if missing"
    )
    parser.add_argument("--sha256", metavar="HEX", help="expected SHA-256 of model.safetensors")
    arguments = parser.parse_args()
    count, parameters, absent, unused = convert(
        arguments.input_dir, arguments.output_dir, arguments.sha256
    )
    print(
        "wrote %s: %d variables, %.1f million parameters"
        % (os.path.join(arguments.output_dir, CHECKPOINT_NAME), count, parameters / 1e6)
    )
    if absent:
        print("not in the file, so a model will initialize them randomly: %s" % ", ".join(absent))
    if unused:
        print("tensors that BERT does not use: %s" % ", ".join(unused))


if __name__ == "__main__":
    run_program(main)
