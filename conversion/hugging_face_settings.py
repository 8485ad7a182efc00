# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What stands beside the weights in a Hugging Face folder: configuration, vocabulary, casing."""

import collections
import json
import os

import modeling
from conversion.hugging_face_weights import read_json
from program.errors import DataError

CONFIG = "config.json"
VOCABULARY = "vocab.txt"
TOKENIZER_CONFIG = "tokenizer_config.json"
_TOKENIZER = "tokenizer.json"

# Settings that change what the network computes, each with the one value this model implements.
_REQUIRED_SETTINGS = (
    ("model_type", "bert"),
    ("position_embedding_type", "absolute"),
    ("layer_norm_eps", modeling.LAYER_NORM_EPSILON),
    ("is_decoder", False),
    ("add_cross_attention", False),
)


def read_config(path):
    """The BertConfig of a `config.json`.

    Raises:
        DataError: not readable, or of a network that computes something else than this BERT.
    """
    settings = read_json(path)
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


def config_json(config, architecture, pad_token_id):
    """The text of the `config.json` that transformers reads.

    Args:
        config: modeling.BertConfig.
        architecture: str, the name of transformers' class.
        pad_token_id: int.
    """
    settings = config.to_dict()
    # transformers looks activations up by their lower-case names.
    settings["hidden_act"] = (settings["hidden_act"] or "linear").lower()
    settings.update(_REQUIRED_SETTINGS)
    settings.update(architectures=[architecture], pad_token_id=pad_token_id, torch_dtype="float32")
    return json.dumps(settings, indent=2, sort_keys=True) + "\n"


def read_vocabulary(folder):
    """The vocabulary of a Hugging Face folder: bytes, as a vocab.txt has them.

    Raises:
        DataError: there is none, or it is not a WordPiece vocabulary.
    """
    path = os.path.join(folder, VOCABULARY)
    tokenizer = os.path.join(folder, _TOKENIZER)
    if not os.path.exists(path) and os.path.exists(tokenizer):
        return _vocabulary_of_tokenizer(tokenizer)
    try:
        with open(path, "rb") as source:
            return source.read()
    except (IOError, OSError) as error:
        raise DataError("cannot read %s: %s" % (path, error.strerror or error))


def _vocabulary_of_tokenizer(path):
    model = read_json(path).get("model")
    ids = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(ids, dict) or model.get("type", "WordPiece") != "WordPiece":
        raise DataError("%s: has no WordPiece vocabulary" % path)
    tokens = sorted(ids, key=ids.get)
    if [ids[token] for token in tokens] != list(range(len(tokens))):
        raise DataError("%s: the ids of the vocabulary are not 0 to %d" % (path, len(tokens) - 1))
    return "".join(token + "\n" for token in tokens).encode("utf-8")


def read_do_lower_case(folder):
    """Whether the folder's tokenizer lower-cases: bool, or None if it does not say."""
    path = os.path.join(folder, TOKENIZER_CONFIG)
    if not os.path.exists(path):
        return None
    do_lower_case = read_json(path).get("do_lower_case")
    return do_lower_case if isinstance(do_lower_case, bool) else None


def tokenizer_config_json(do_lower_case, max_length):
    """The text of the `tokenizer_config.json` that transformers reads.

    Args:
        do_lower_case: bool.
        max_length: int, tokens of the longest sequence.
    """
    settings = collections.OrderedDict(
        [
            ("tokenizer_class", "BertTokenizer"),
            ("do_lower_case", do_lower_case),
            ("do_basic_tokenize", True),
            ("tokenize_chinese_chars", True),
            ("strip_accents", None),  # as do_lower_case says
            ("model_max_length", max_length),
        ]
    )
    for role in ("unk", "sep", "pad", "cls", "mask"):
        settings[role + "_token"] = "[%s]" % role.upper()
    return json.dumps(settings, indent=2) + "\n"
