# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A TensorFlow 1 checkpoint -> a Hugging Face folder that transformers opens."""

import collections
import os

import numpy as np

import tokenization
from conversion import hugging_face_settings, names
from conversion.hugging_face_weights import SAFETENSORS
from conversion.safetensors_files import write_float32
from program.errors import DataError, few
from program.files import whole_files
from training import checkpoint_files

# What transformers' classes have besides the encoder. prefix: of the encoder's tensors.
_Architecture = collections.namedtuple("_Architecture", "name prefix groups")
_ARCHITECTURES = collections.OrderedDict(
    [
        ("none", _Architecture("BertModel", "", (names.POOLER,))),
        (
            "pretraining",
            _Architecture(
                "BertForPreTraining", "bert.", (names.POOLER, names.MASKED_LM, names.NEXT_SENTENCE)
            ),
        ),
        ("masked_lm", _Architecture("BertForMaskedLM", "bert.", (names.MASKED_LM,))),
        (
            "next_sentence",
            _Architecture(
                "BertForNextSentencePrediction", "bert.", (names.POOLER, names.NEXT_SENTENCE)
            ),
        ),
        ("span", _Architecture("BertForQuestionAnswering", "bert.", (names.SPAN,))),
    ]
)
HEADS = tuple(_ARCHITECTURES)
_HEAD_GROUPS = (names.MASKED_LM, names.NEXT_SENTENCE, names.SPAN)

# What a conversion did. architecture: str. num_tensors, num_parameters: int. left_out: list of groups that the
# checkpoint has and the architecture has not. unused: list of variables that are neither weights nor training state.
Summary = collections.namedtuple(
    "Summary", "architecture num_tensors num_parameters left_out unused"
)


def convert(prefix, config, vocab_file, do_lower_case, output_dir, head=None):
    """Converts a checkpoint into the Hugging Face folder `output_dir`.

    Names and shapes are checked before anything is written. Memory holds one tensor at a time. The files get their names
    together when all are complete.

    Args:
        prefix: str, of the checkpoint.
        config: modeling.BertConfig.
        vocab_file: str.
        do_lower_case: bool, for the tokenizer.
        output_dir: str, made when missing.
        head: one of HEADS; None: the heads that the checkpoint has.

    Returns:
        Summary.

    Raises:
        DataError: the checkpoint cannot be read or is of another model, the head is not there, or the folder cannot be
            written.
        tokenization.VocabularyError: the vocabulary cannot be used.
    """
    vocab = tokenization.load_vocab(vocab_file)
    tokenization.check_vocab_size(vocab, config.vocab_size, vocab_file)
    reader = _open(prefix)
    shapes = reader.get_variable_to_shape_map()
    groups = _present_groups(prefix, shapes, config)
    architecture = _ARCHITECTURES[head or _head_of(prefix, groups)]
    chosen = [names.ENCODER] + list(architecture.groups)
    absent = [group for group in chosen if group not in groups]
    if absent:
        raise DataError(
            "%s: has no %s, which %s needs" % (prefix, " and no ".join(absent), architecture.name)
        )
    tensors, sources = _tensors(groups, chosen, architecture.prefix)
    _write(
        output_dir,
        tensors,
        lambda tensor: _read(reader, prefix, *sources[tensor]),
        collections.OrderedDict(
            [
                (
                    hugging_face_settings.CONFIG,
                    hugging_face_settings.config_json(
                        config, architecture.name, vocab.get("[PAD]", 0)
                    ),
                ),
                (
                    hugging_face_settings.TOKENIZER_CONFIG,
                    hugging_face_settings.tokenizer_config_json(
                        do_lower_case, config.max_position_embeddings
                    ),
                ),
                (hugging_face_settings.VOCABULARY, _read_bytes(vocab_file)),
            ]
        ),
    )
    return Summary(
        architecture.name,
        len(tensors),
        sum(int(np.prod(shape)) for shape in tensors.values()),
        [group for group in groups if group not in chosen],
        _unused(shapes, groups),
    )


def _open(prefix):
    try:
        return checkpoint_files.reader(prefix)
    except checkpoint_files.READ_ERRORS as error:
        raise DataError(
            "%s: cannot be read as a checkpoint (%s)" % (prefix, str(error).splitlines()[0])
        )


def _present_groups(prefix, shapes, config):
    """The groups that a checkpoint has: OrderedDict, group -> OrderedDict, variable name -> names.Weight."""
    present = collections.OrderedDict()
    for group, weights in names.groups_of(config).items():
        found = [name for name in weights if name in shapes]
        if group != names.ENCODER and not found:
            continue
        missing = [name for name in weights if name not in shapes]
        if missing:
            raise DataError(
                "%s: lacks %s; pass the --bert_config_file of this checkpoint"
                % (prefix, few(missing))
            )
        present[group] = weights
    for weights in present.values():
        for name, weight in weights.items():
            if list(shapes[name]) != weight.shape:
                raise DataError(
                    "%s: variable %s has shape %s, the configuration says %s"
                    % (prefix, name, list(shapes[name]), weight.shape)
                )
    further = "bert/encoder/layer_%d/" % config.num_hidden_layers
    if any(name.startswith(further) for name in shapes):
        raise DataError(
            "%s: has more layers than the configuration says (num_hidden_layers %d); pass the --bert_config_file of "
            "this checkpoint" % (prefix, config.num_hidden_layers)
        )
    return present


def _head_of(prefix, groups):
    """The architecture for the heads that a checkpoint has: one of HEADS."""
    heads = {group for group in _HEAD_GROUPS if group in groups}
    for head, architecture in _ARCHITECTURES.items():
        if heads == set(architecture.groups).intersection(_HEAD_GROUPS):
            return head
    raise DataError(
        "%s: has the heads %s, which no model of transformers combines: choose with --head"
        % (prefix, ", ".join(sorted(heads)))
    )


def _tensors(groups, chosen, prefix):
    """(OrderedDict, tensor name -> shape; dict, tensor name -> (variable name, names.Weight))."""
    tensors, sources = collections.OrderedDict(), {}
    for group in chosen:
        for variable, weight in groups[group].items():
            name = weight.tensors[0]
            if group in (names.ENCODER, names.POOLER):
                name = prefix + name
            tensors[name] = weight.shape[::-1] if weight.transposed else weight.shape
            sources[name] = (variable, weight)
    return tensors, sources


def _read(reader, prefix, variable, weight):
    try:
        values = reader.get_tensor(variable)
    except checkpoint_files.READ_ERRORS as error:
        raise DataError(
            "%s: variable %s cannot be read (%s)" % (prefix, variable, str(error).splitlines()[0])
        )
    if not np.issubdtype(values.dtype, np.floating):
        raise DataError("%s: variable %s holds %s" % (prefix, variable, values.dtype))
    if not np.all(np.isfinite(values)):
        raise DataError("%s: variable %s holds NaN or infinity" % (prefix, variable))
    return values.T if weight.transposed else values


def _read_bytes(path):
    with open(path, "rb") as source:
        return source.read()


def _write(output_dir, tensors, read, files):
    try:
        os.makedirs(output_dir, exist_ok=True)
    except OSError as error:
        raise DataError("cannot create %s: %s" % (output_dir, error.strerror or error))
    paths = [os.path.join(output_dir, name) for name in list(files) + [SAFETENSORS]]
    with whole_files(paths, "wb") as outputs:
        for output, content in zip(outputs, files.values()):
            output.write(content.encode("utf-8") if isinstance(content, str) else content)
        write_float32(outputs[-1], tensors, read)


def _unused(shapes, groups):
    """Variables that are neither converted nor the state of a training run."""
    known = {name for weights in groups.values() for name in weights}
    return sorted(
        name
        for name in shapes
        if name not in known
        and name.rpartition("/")[0] not in shapes  # an optimizer's slot
        and name.startswith(("bert/", "cls/", "output_"))
    )
