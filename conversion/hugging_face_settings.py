# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What stands beside the weights in a Hugging Face folder: configuration, vocabulary, casing."""

import collections
import json
import os

import modeling
from conversion.hugging_face_weights import read_json
from conversion.safetensors_files import refuse_pointer
from program.errors import DataError

CONFIG = "config.json"
VOCABULARY = "vocab.txt"
TOKENIZER_CONFIG = "tokenizer_config.json"
ADDED_TOKENS = "added_tokens.json"
_TOKENIZER = "tokenizer.json"
# The setting of a tokenizer.json's normalizer -> that of a tokenizer_config.json.
_NORMALIZER_SETTINGS = (
    ("lowercase", "do_lower_case"),
    ("strip_accents", "strip_accents"),
    ("handle_chinese_chars", "tokenize_chinese_chars"),
)

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
    # Old files have no model_type.
    architectures = settings.get("architectures")
    if settings.get("model_type") is None and isinstance(architectures, list):
        for architecture in architectures:
            if not str(architecture).startswith("Bert"):
                raise DataError("%s: the model is a %s, not a BERT" % (path, architecture))
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
        refuse_pointer(path)
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


def _tokenizer_settings(folder):
    """The settings of a folder's tokenizer: dict, of tokenizer_config.json, else of tokenizer.json."""
    path, settings = os.path.join(folder, _TOKENIZER), {}
    if os.path.exists(path):
        normalizer = read_json(path).get("normalizer")
        if isinstance(normalizer, dict):
            settings = {
                theirs: normalizer[name]
                for name, theirs in _NORMALIZER_SETTINGS
                if name in normalizer
            }
    path = os.path.join(folder, TOKENIZER_CONFIG)
    if os.path.exists(path):
        settings.update(read_json(path))
    return settings


def read_do_lower_case(folder):
    """Whether the folder's tokenizer lower-cases: bool, or None if it does not say."""
    do_lower_case = _tokenizer_settings(folder).get("do_lower_case")
    return do_lower_case if isinstance(do_lower_case, bool) else None


def tokenizer_differences(folder):
    """What the folder's tokenizer does that BERT's does not: list of str, each the rest of a line."""
    settings, found = _tokenizer_settings(folder), []
    tokenizer = settings.get("tokenizer_class")
    if tokenizer not in (None, "BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast"):
        found.append("is a %s" % tokenizer)
    do_lower_case, strip_accents = settings.get("do_lower_case"), settings.get("strip_accents")
    if isinstance(strip_accents, bool) and isinstance(do_lower_case, bool):
        if strip_accents != do_lower_case:
            found.append(
                "has strip_accents=%s with do_lower_case=%s" % (strip_accents, do_lower_case)
            )
    for name in ("tokenize_chinese_chars", "do_basic_tokenize"):
        if settings.get(name) is False:
            found.append("has %s=False" % name)
    path = os.path.join(folder, ADDED_TOKENS)
    added = read_json(path) if os.path.exists(path) else {}
    if added:
        found.append("knows %d tokens of %s besides vocab.txt" % (len(added), ADDED_TOKENS))
    return found


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
