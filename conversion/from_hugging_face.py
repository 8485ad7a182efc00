# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A Hugging Face folder -> a TensorFlow 1 checkpoint directory as Google publishes them."""

import collections
import os
import shutil

import numpy as np
import tensorflow.compat.v1 as tf

from conversion import names
from conversion.hugging_face_settings import (
    CONFIG,
    read_config,
    read_do_lower_case,
    read_vocabulary,
    tokenizer_differences,
)
from conversion.hugging_face_weights import SAFETENSORS, open_weights
from program.errors import DataError
from program.files import digest

CHECKPOINT_NAME = "bert_model.ckpt"

# What a conversion did. num_variables, num_parameters: int. absent: list of groups that the file does not have. unused:
# list of tensors that BERT does not use. do_lower_case: bool, or None if the folder does not say. tokenizer: list of what
# the folder's tokenizer does that BERT's does not.
Summary = collections.namedtuple(
    "Summary", "num_variables num_parameters absent unused do_lower_case tokenizer"
)
# What the tensors of BERT's relatives have in their names; old folders do not say what they are.
_RELATIVES = (
    ("roberta.", "RoBERTa"),
    ("distilbert.", "DistilBERT"),
    ("transformer.layer.", "DistilBERT"),
    ("albert.", "ALBERT"),
    ("encoder.albert_layer_groups.", "ALBERT"),
    ("electra.", "ELECTRA"),
    ("embeddings_project.", "ELECTRA"),
)


def convert(input_dir, output_dir, sha256=None):
    """Converts the weights, configuration and vocabulary of `input_dir` into the checkpoint directory `output_dir`.

    Names, shapes and types are checked before anything is written. Tensors are converted one at a time: memory holds the
    variables once, and one tensor. Nothing appears under its final name before it is complete; the index file, which
    makes it a checkpoint, comes last.

    Args:
        sha256: the expected SHA-256 of model.safetensors in hexadecimal; None: not checked.

    Returns:
        Summary.

    Raises:
        DataError: a missing or unusable file, a wrong checksum.
    """
    config = read_config(os.path.join(input_dir, CONFIG))
    vocabulary = read_vocabulary(input_dir)
    _check_vocabulary(vocabulary, input_dir, config.vocab_size)
    do_lower_case = read_do_lower_case(input_dir)
    differences = tokenizer_differences(input_dir)
    if sha256 is not None:
        check_sha256(os.path.join(input_dir, SAFETENSORS), sha256)
    weights = open_weights(input_dir)
    sources, absent = find_tensors(weights, config)
    _check_tied_decoder(weights)

    temporary = os.path.join(output_dir, "convert.tmp")
    shutil.rmtree(temporary, ignore_errors=True)  # of a conversion that was killed
    try:
        os.makedirs(temporary)
        for name, content in (
            ("vocab.txt", vocabulary),
            ("bert_config.json", config.to_json_string().encode("utf-8")),
        ):
            with open(os.path.join(temporary, name), "wb") as output:
                output.write(content)
        write_checkpoint(weights, sources, os.path.join(temporary, CHECKPOINT_NAME))
        _publish(temporary, output_dir)
    except (IOError, OSError) as error:
        raise DataError("cannot write to %s: %s" % (output_dir, error.strerror or error))
    except tf.errors.OpError as error:
        raise DataError("cannot write to %s: %s" % (output_dir, error.message.splitlines()[0]))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Summary(
        len(sources),
        sum(int(np.prod(weight.shape)) for _, weight in sources.values()),
        absent,
        _unused(weights, sources),
        do_lower_case,
        differences,
    )


def find_tensors(weights, config):
    """Which tensor becomes which variable.

    Args:
        weights: hugging_face_weights.Weights.
        config: modeling.BertConfig.

    Returns:
        (OrderedDict, variable name -> (tensor name, names.Weight); list of the groups that are absent).

    Raises:
        DataError: tensors are missing (all are named), have another shape than the configuration says, or belong to
            more layers than it has.
    """
    for begin, relative in _RELATIVES:
        if any(name.startswith(begin) for name in weights.names()):
            raise DataError(
                "%s: the weights are those of %s, not of BERT" % (weights.path, relative)
            )
    sources, absent = collections.OrderedDict(), []
    for group, group_weights in names.groups_of(config).items():
        found = {
            variable: next((name for name in weight.tensors if name in weights), None)
            for variable, weight in group_weights.items()
        }
        if group != names.ENCODER and not any(found.values()):
            absent.append(group)
            continue
        missing = [group_weights[name].tensors[0] for name in group_weights if not found[name]]
        if missing:
            raise DataError("%s: missing tensors: %s" % (weights.path, ", ".join(missing)))
        for variable, weight in group_weights.items():
            sources[variable] = (found[variable], weight)
    for tensor, weight in sources.values():
        expected = weight.shape[::-1] if weight.transposed else weight.shape
        if weights.shape(tensor) != expected:
            raise DataError(
                "%s: tensor %s has shape %s, config.json says %s"
                % (weights.path, tensor, weights.shape(tensor), expected)
            )
    _check_layers(weights, config)
    return sources, absent


def _check_layers(weights, config):
    further = "encoder.layer.%d." % config.num_hidden_layers
    if any(name.startswith(further) for name in weights.names()):
        raise DataError(
            "%s: has more layers than config.json says (num_hidden_layers %d)"
            % (weights.path, config.num_hidden_layers)
        )


def _check_tied_decoder(weights):
    """The checkpoint keeps one table for input and output words: refuses a file with two different ones."""
    if names.DECODER in weights and not np.array_equal(
        weights.read_float32(names.DECODER),
        weights.read_float32(names.WORD_EMBEDDINGS),
    ):
        raise DataError(
            "%s: tensor %s differs from the word embeddings, but BERT shares them"
            % (weights.path, names.DECODER)
        )
    if all(name in weights for name in names.DECODER_BIASES) and not np.array_equal(
        *[weights.read_float32(name) for name in names.DECODER_BIASES]
    ):
        raise DataError(
            "%s: tensors %s differ, but are one"
            % ((weights.path, " and ".join(names.DECODER_BIASES)))
        )


def _unused(weights, sources):
    used = {tensor for tensor, _ in sources.values()}.union(names.REDUNDANT_TENSORS)
    return [name for name in weights.names() if name not in used]


def write_checkpoint(weights, sources, prefix):
    """Writes the TensorFlow checkpoint `prefix`.index and .data-*.

    Args:
        weights: hugging_face_weights.Weights.
        sources: OrderedDict, variable name -> (tensor name, names.Weight).
        prefix: str.
    """
    with tf.Graph().as_default():
        assignments = collections.OrderedDict()
        for name, (_, weight) in sources.items():
            # Without an initial value of its own: variables take memory when they are assigned.
            variable = tf.get_variable(
                name, weight.shape, tf.float32, tf.zeros_initializer(), use_resource=False
            )
            value = tf.placeholder(tf.float32, weight.shape)
            assignments[name] = (value, tf.assign(variable, value).op)
        saver = tf.train.Saver()
        with tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
            for name, (tensor, weight) in sources.items():
                values = weights.read_float32(tensor)
                value, assign = assignments[name]
                session.run(assign, {value: values.T if weight.transposed else values})
            saver.save(session, prefix, write_meta_graph=False, write_state=False)


def _publish(temporary, output_dir):
    index = CHECKPOINT_NAME + ".index"
    # Without its index an earlier conversion is no checkpoint: nobody can read new data through an old index.
    if os.path.exists(os.path.join(output_dir, index)):
        os.remove(os.path.join(output_dir, index))
    for name in sorted(os.listdir(temporary), key=lambda name: (name == index, name)):
        os.replace(os.path.join(temporary, name), os.path.join(output_dir, name))


def _check_vocabulary(vocabulary, input_dir, vocab_size):
    entries = vocabulary.rstrip().count(b"\n") + 1  # empty lines at the end name no token
    if entries > vocab_size:
        raise DataError(
            "%s: vocab.txt has %d entries, more than the vocab_size %d of config.json"
            % (input_dir, entries, vocab_size)
        )


def check_sha256(path, expected):
    """Raises UserError unless the file's SHA-256 is `expected` (hexadecimal, either case)."""
    found = digest(path)
    if found != expected.lower():
        raise DataError(
            "%s has SHA-256 %s, expected %s: download it again" % (path, found, expected)
        )
