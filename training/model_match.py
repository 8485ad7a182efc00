# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Whether a checkpoint holds the model of this run: the same variables in the same shapes, no more and no fewer.

Checked before anything is computed. Where sizes differ, the message names the entries of bert_config.json, not variables.
"""

import copy
import re
from collections import OrderedDict

import tensorflow.compat.v1 as tf

from program.errors import few
from training.checkpoint_files import CheckpointError

OTHER_CONFIG = "pass the --bert_config_file of this checkpoint"
OTHER_RUN = "--output_dir contains the checkpoint of another model: choose another directory, or pass that model's --bert_config_file"
_OR_PARTIAL = OTHER_CONFIG + ", or --allow_partial_init for the layers that both have"

_ENCODER = re.compile(r"^bert/(embeddings|encoder)/")
_LAYER = re.compile(r"^bert/encoder/layer_(\d+)/")


def trainable_shapes(config, build):
    """The variables of a model: OrderedDict name -> shape (list of int).

    All layers have the same variables, so the graph of a model with one of them is enough, which takes a moment.

    Args:
      config: modeling.BertConfig.
      build: function of a BertConfig that adds the model to the default graph.
    """
    one_layer = copy.copy(config)
    one_layer.num_hidden_layers = 1
    with tf.Graph().as_default():
        build(one_layer)
        built = [(v.op.name, v.shape.as_list()) for v in tf.trainable_variables()]
    places = [place for place, (name, _) in enumerate(built) if _LAYER.match(name)]
    if not places:
        return OrderedDict(built)
    first, end = places[0], places[-1] + 1
    layers = [
        (_LAYER.sub("bert/encoder/layer_%d/" % layer, name), list(shape))
        for layer in range(config.num_hidden_layers)
        for name, shape in built[first:end]
    ]
    return OrderedDict(built[:first] + layers + built[end:])


def model_variables(shapes):
    """Names of a checkpoint's variables without the optimizer's slots, counters and other scalars.

    Args:
      shapes: dict name -> shape.
    """
    return [name for name in shapes if shapes[name] and name.rpartition("/")[0] not in shapes]


def check_same_model(prefix, wanted, shapes):
    """Checks that output_dir's own checkpoint is of exactly this model, heads included.

    Args:
      prefix: of the checkpoint, for messages.
      wanted: dict name -> shape of the model's variables.
      shapes: dict name -> shape of the checkpoint's.

    Raises:
      CheckpointError: a size differs, or a variable is missing, or there are others.
    """
    _check_sizes(prefix, wanted, shapes, OTHER_RUN)
    check_shapes(prefix, wanted, shapes, OTHER_RUN)
    missing = [name for name in wanted if name not in shapes]
    others = [name for name in model_variables(shapes) if name not in wanted]
    for names, problem in ((missing, "lacks"), (others, "has variables of another model,")):
        if names:
            raise CheckpointError("%s: %s %s: %s" % (prefix, problem, few(names), OTHER_RUN))


def check_complete(prefix, wanted, shapes):
    """Checks that a checkpoint has every variable that evaluation or prediction uses, and no more layers than the model.

    Raises:
      CheckpointError: as in check_same_model; other heads may be in the checkpoint.
    """
    _check_sizes(prefix, wanted, shapes, OTHER_CONFIG)
    check_shapes(prefix, wanted, shapes, OTHER_CONFIG)
    missing = [name for name in used(wanted) if name not in shapes]
    if missing and all(name.startswith("cls/") for name in missing):
        raise CheckpointError(
            "%s: has no %s, so the results would be random: pass a checkpoint that was trained with it"
            % (prefix, few(missing))
        )
    if missing:
        raise CheckpointError(
            "%s: variable %s is missing: %s" % (prefix, few(missing), OTHER_CONFIG)
        )


def used(wanted):
    """The names of a model's variables on which its outputs depend: a span head does without the pooler.

    Models for question answering from PyTorch have none.

    Args:
      wanted: as in check_complete.
    """
    if not any(name.startswith("cls/squad/") for name in wanted):
        return list(wanted)
    return [name for name in wanted if not name.startswith("bert/pooler/")]


def check_initializes(prefix, wanted, shapes, allow_partial):
    """Checks that a checkpoint has initial values for the whole encoder; heads and pooler may be new.

    Args:
      allow_partial: bool, whether layers and variables may be missing, on either side.

    Raises:
      CheckpointError: it has not, or a variable is of another shape.
    """
    theirs = shapes
    if allow_partial:  # the numbers of layers may differ
        theirs = {name: shape for name, shape in shapes.items() if not _LAYER.match(name)}
    _check_sizes(prefix, wanted, theirs, _OR_PARTIAL)
    check_shapes(prefix, wanted, shapes, OTHER_CONFIG)
    if not any(name.startswith("bert/") and name in shapes for name in wanted):
        scopes = sorted({name.split("/")[0] for name in model_variables(shapes)})
        raise CheckpointError(
            "%s: none of the model's bert/ variables found%s: not a BERT checkpoint"
            % (prefix, " (it has %s)" % few([s + "/" for s in scopes]) if scopes else "")
        )
    missing = [name for name in wanted if _ENCODER.match(name) and name not in shapes]
    if missing and not allow_partial:
        raise CheckpointError(
            "%s: lacks %s of the encoder: pass --allow_partial_init to start it from random values"
            % (prefix, few(missing))
        )


def check_shapes(prefix, wanted, shapes, fix):
    """Raises CheckpointError for the first variable of both that has another shape in the checkpoint."""
    for name, shape in wanted.items():
        if name in shapes and shapes[name] != shape:
            raise CheckpointError(
                "%s: variable %s has shape %s, the model requires %s: %s"
                % (prefix, name, shapes[name], shape, fix)
            )


def sizes(shapes):
    """The entries of bert_config.json that variables show: OrderedDict name -> int; what they do not show is not in it."""
    layers = [int(match.group(1)) for match in map(_LAYER.match, shapes) if match]
    known = [
        ("num_hidden_layers", max(layers) + 1 if layers else None),
        ("hidden_size", _dimension(shapes, "bert/embeddings/word_embeddings", 1)),
        ("vocab_size", _dimension(shapes, "bert/embeddings/word_embeddings", 0)),
        (
            "intermediate_size",
            _dimension(shapes, "bert/encoder/layer_0/intermediate/dense/kernel", 1),
        ),
        ("max_position_embeddings", _dimension(shapes, "bert/embeddings/position_embeddings", 0)),
        ("type_vocab_size", _dimension(shapes, "bert/embeddings/token_type_embeddings", 0)),
    ]
    return OrderedDict((name, value) for name, value in known if value is not None)


def description(prefix, wanted, shapes):
    """One line: what initial values come from a checkpoint, what does not, what is not used."""
    loaded = [name for name in wanted if name in shapes]
    layers = sizes(wanted).get("num_hidden_layers", 0)
    whole = len({_LAYER.match(name).group(1) for name in loaded if _LAYER.match(name)})
    groups = _groups(loaded)
    parts = [name for name in groups if not name.startswith("bert/encoder")]
    parts.append("%d of %d encoder layers" % (whole, layers))
    line = "initial values from %s: %s" % (prefix, ", ".join(parts))
    for said, names in (
        ("new, with random values: ", [name for name in wanted if name not in shapes]),
        ("in the checkpoint, not used: ", [n for n in model_variables(shapes) if n not in wanted]),
    ):
        if names:
            line += "; " + said + ", ".join("%s (%d)" % item for item in _groups(names).items())
    return line


def _groups(names):
    """Variables by part of the model: OrderedDict such as "bert/embeddings" -> number of variables."""
    found = OrderedDict()
    for name in names:
        layer = _LAYER.match(name)
        group = layer.group(0).rstrip("/") if layer else "/".join(name.split("/")[:2])
        found[group] = found.get(group, 0) + 1
    return found


def _dimension(shapes, name, axis):
    shape = shapes.get(name)
    return shape[axis] if shape and len(shape) == 2 else None


def _check_sizes(prefix, wanted, shapes, fix):
    ours, theirs = sizes(wanted), sizes(shapes)
    different = [
        "%s is %d in the checkpoint, %d in the configuration" % (name, theirs[name], value)
        for name, value in ours.items()
        if theirs.get(name, value) != value
    ]
    if different:
        if any(not change.startswith("num_hidden_layers") for change in different):
            fix = fix.replace(_OR_PARTIAL, OTHER_CONFIG)
        raise CheckpointError("%s: %s: %s" % (prefix, "; ".join(different), fix))
