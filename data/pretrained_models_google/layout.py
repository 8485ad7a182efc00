# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Finds the model in an unpacked archive, and checks its parts against each other.

Published archives differ: files at the top or in folders, bert_model.ckpt or model.ckpt-1000000, the configuration or the
vocabulary one folder up, archives in archives. What they have in common is a checkpoint, a configuration, a vocabulary.
"""

import collections
import json
import os
import re
import shutil

import tokenization
from data import archives
from program import bundle
from program.errors import DataError, few

CONFIG, VOCABULARY = "bert_config.json", "vocab.txt"
# prefix: of the checkpoint. config_file, vocab_file: paths. All of them exist.
Model = collections.namedtuple("Model", "prefix config_file vocab_file")

_CHOOSE = "choose one with --member (data_download.sh: --model_member)"
_MOST_NESTED = 3  # archives in archives
# What archives hold besides, and nobody asked for: resource forks, and the note that names a checkpoint by its old path.
_LITTER = re.compile(r"^(__MACOSX|\._.*|\.DS_Store|checkpoint)$")
# Signs of models in other formats, by file name, and what to do with them.
_OTHER_FORMATS = (
    (
        r"\.safetensors$|^pytorch_model.*\.bin$",
        "a Hugging Face model: unpack it and convert the folder with scripts/convert.sh",
    ),
    (r"^saved_model\.pb(txt)?$", "a SavedModel or TF-Hub module: use the model's checkpoint"),
    (r"\.h5$", "Keras weights: use the model's TensorFlow 1 checkpoint"),
    (r"\.(bin|pt|pth|gz)$", "weights of another program: use the model's TensorFlow 1 checkpoint"),
)
# How the variables of relatives of BERT begin, which this model does not compute.
_RELATIVES = (
    ("bert/encoder/transformer/", "ALBERT"),
    ("bert/encoder/embedding_hidden_mapping_in/", "ALBERT"),
    ("electra/", "ELECTRA"),
    ("discriminator_predictions/", "ELECTRA"),
    ("_CHECKPOINTABLE_OBJECT_GRAPH", "a TensorFlow 2 checkpoint (object graph)"),
    ("model/transformer/", "XLNet"),
)
_WORDS = "bert/embeddings/word_embeddings"


class NoModel(DataError):
    """An archive without a model, with several, or with parts that do not fit together."""


def locate(folder, member=None, depth=0):
    """The Model below `folder`; archives in it are unpacked where that is needed.

    Args:
        member: name of the folder, checkpoint or archive to take where there are several; None: there must be one.

    Raises:
        NoModel, archives.Damaged.
    """
    files = _files(folder)
    prefixes = [path[: -len(bundle.INDEX)] for path in files if path.endswith(bundle.INDEX)]
    if member is not None:
        prefixes = [prefix for prefix in prefixes if _named(prefix, member)]
    nested = [path for path in files if archives.is_archive(path)]
    if member is not None:
        nested = [path for path in nested if _named(archives.without_ending(path), member)]
    if len(prefixes) > 1:
        raise NoModel("holds %d checkpoints (%s): %s" % (len(prefixes), few(prefixes), _CHOOSE))
    if prefixes:
        return _complete(folder, files, prefixes[0])
    if not nested:
        raise NoModel(_what_else(files, member))
    if len(nested) > 1 or depth == _MOST_NESTED:
        names = [archives.without_ending(os.path.basename(path)) for path in nested]
        raise NoModel("holds %d archives (%s): %s" % (len(names), few(names), _CHOOSE))
    inside = os.path.join(folder, archives.without_ending(nested[0]))
    while os.path.exists(inside):
        inside += "_"
    archives.unpack(os.path.join(folder, nested[0]), inside)
    return locate(inside, None, depth + 1)


def _files(folder):
    """Sorted paths of the files below a folder, relative to it, without litter."""
    found = []
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _LITTER.match(name)]
        found += [
            os.path.relpath(os.path.join(base, name), folder)
            for name in names
            if not _LITTER.match(name)
        ]
    return sorted(found)


def _named(path, member):
    member = archives.without_ending(member.strip("/"))
    return path == member or member in path.split(os.sep) or path.startswith(member + os.sep)


def _what_else(files, member):
    if member is not None:
        return "holds no checkpoint and no archive named %r" % member
    for pattern, what in _OTHER_FORMATS:
        if any(re.search(pattern, os.path.basename(path)) for path in files):
            return "holds no TensorFlow 1 checkpoint but %s" % what
    return "holds no checkpoint (no .index file); it has %s" % (few(files) or "no files")


def _complete(folder, files, prefix):
    """The Model of a checkpoint, with the configuration and the vocabulary that lie nearest."""
    return Model(
        os.path.join(folder, prefix),
        os.path.join(
            folder,
            _nearest(
                files, prefix, (r"^bert_config\.json$", r"bert_config.*\.json$|^config\.json$")
            ),
        ),
        os.path.join(folder, _nearest(files, prefix, (r"^vocab\.txt$", r"vocab.*\.txt$"))),
    )


def _nearest(files, prefix, patterns):
    """The file that a pattern fits: in the checkpoint's folder, in one above, or else the only one of all."""
    for pattern in patterns:
        fitting = [path for path in files if re.search(pattern, os.path.basename(path))]
        place = os.path.dirname(prefix)
        while True:
            here = [path for path in fitting if os.path.dirname(path) == place]
            if here:
                return min(here, key=len)
            if not place:
                break
            place = os.path.dirname(place)
        if len(fitting) == 1:
            return fitting[0]
    wanted = CONFIG if "config" in patterns[0] else VOCABULARY
    raise NoModel(
        "holds the checkpoint %s but no %s: unpack it, put the file beside the checkpoint, and pass the folder to "
        "the programs" % (prefix, wanted)
    )


def check(model):
    """Checks that the files are whole, that this is a BERT, and that checkpoint, configuration and vocabulary agree.

    Returns:
        dict: the configuration.

    Raises:
        NoModel: they do not.
    """
    try:
        shapes = {name: entry.shape for name, entry in bundle.check_files(model.prefix).items()}
    except bundle.BundleError as error:
        raise NoModel("holds a checkpoint that cannot be used: %s" % error)
    _refuse_relatives(shapes)
    config = _read_config(model.config_file)
    for name, shape in _expected_shapes(config).items():
        if name not in shapes:
            raise NoModel("the checkpoint lacks %s, which %s asks for" % (name, CONFIG))
        if list(shapes[name]) != shape:
            raise NoModel(
                "the variable %s has the shape %s, %s says %s"
                % (name, list(shapes[name]), CONFIG, shape)
            )
    further = "bert/encoder/layer_%d/" % config["num_hidden_layers"]
    if any(name.startswith(further) for name in shapes):
        raise NoModel("the checkpoint has more layers than %s says" % CONFIG)
    try:
        vocab = tokenization.load_vocab(model.vocab_file)
        tokenization.check_vocab_size(vocab, config["vocab_size"], model.vocab_file)
    except tokenization.VocabularyError as error:
        raise NoModel(str(error))
    return config


def _refuse_relatives(shapes):
    for begin, what in _RELATIVES:
        if any(name.startswith(begin) for name in shapes):
            raise NoModel("holds %s, not a TensorFlow 1 BERT" % what)
    if _WORDS not in shapes:
        raise NoModel(
            "the checkpoint lacks %s; it has %s" % (_WORDS, few(sorted(shapes)) or "nothing")
        )


def _read_config(path):
    try:
        with open(path, "rb") as source:
            config = json.loads(source.read().decode("utf-8-sig"))
    except ValueError as error:
        raise NoModel("%s is not valid JSON: %s" % (os.path.basename(path), error))
    needed = ("vocab_size", "hidden_size", "num_hidden_layers", "intermediate_size")
    if not isinstance(config, dict) or not all(
        isinstance(config.get(name), int) and config[name] > 0 for name in needed
    ):
        raise NoModel("%s does not give %s" % (os.path.basename(path), ", ".join(needed)))
    return config


def _expected_shapes(config):
    """The variables whose shapes tell whether a configuration is that of a checkpoint."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    last = "bert/encoder/layer_%d/" % (config["num_hidden_layers"] - 1)
    return collections.OrderedDict(
        (
            (_WORDS, [config["vocab_size"], width]),
            (
                "bert/embeddings/position_embeddings",
                [config.get("max_position_embeddings", 512), width],
            ),
            (last + "intermediate/dense/kernel", [width, inner]),
            (last + "output/dense/kernel", [inner, width]),
        )
    )


def gather(model, folder):
    """Moves the files of a model into a new folder: all of its checkpoint's, bert_config.json and vocab.txt.

    Returns:
        The Model at its new place.
    """
    os.makedirs(folder)
    source, name = os.path.split(model.prefix)
    for other in sorted(os.listdir(source)):
        if re.match(re.escape(name) + r"\.(index|meta|data-\d{5}-of-\d{5})$", other):
            shutil.move(os.path.join(source, other), os.path.join(folder, other))
    shutil.move(model.config_file, os.path.join(folder, CONFIG))
    shutil.move(model.vocab_file, os.path.join(folder, VOCABULARY))
    return Model(
        os.path.join(folder, name),
        os.path.join(folder, CONFIG),
        os.path.join(folder, VOCABULARY),
    )
