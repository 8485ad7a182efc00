# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What an export is called inside, and what it has beside its graph in assets.extra/; no TensorFlow.

assets.extra/ has vocab.txt, bert_config.json and serving.json, which says how text becomes the graph's input and logits become answers,
with the names and values of run_squad.py's flags. An export is a directory whose name is a number: the version. TensorFlow Serving
takes the highest of those in a directory.
"""

import io
import json
import os
from collections import OrderedDict, namedtuple

from program.errors import DataError, few
from program.files import write_whole

# The graph: its tag, its signature (the key that TensorFlow Serving and TensorFlow 2 take by default), and the names in that.
TAG = "serve"
SIGNATURE = "serving_default"
INPUTS = ("input_ids", "input_mask", "segment_ids")
OUTPUTS = ("start_logits", "end_logits")

FORMAT = 1
ASSETS = "assets.extra"  # TensorFlow Serving and loaders leave this folder of a SavedModel alone
GRAPH_FILE = "saved_model.pb"
SETTINGS_FILE = "serving.json"
VOCAB_FILE = "vocab.txt"
CONFIG_FILE = "bert_config.json"

# The options of run_squad.py that answering needs: name -> type.
OPTIONS = OrderedDict(
    [
        ("do_lower_case", bool),
        ("max_seq_length", int),
        ("doc_stride", int),
        ("max_query_length", int),
        ("version_2_with_negative", bool),
        ("n_best_size", int),
        ("max_answer_length", int),
        ("null_score_diff_threshold", float),
    ]
)
PRECISIONS = ("fp32", "fp16")


class ExportSettings(namedtuple("ExportSettings", list(OPTIONS) + ["precision", "checkpoint"])):
    """The content of a serving.json.

    do_lower_case, max_seq_length, doc_stride, max_query_length, version_2_with_negative, n_best_size, max_answer_length,
    null_score_diff_threshold: as run_squad.py's flags, so that the functions of squad/ take this object for their options.
    precision: "fp32" or "fp16", of the graph; its inputs are int32 and its outputs float32 in both.
    checkpoint: str, the prefix the weights came from; only for people.
    """

    __slots__ = ()


def version_directory(path):
    """The export that a path names: the path itself, or its highest version.

    Args:
      path: str, an export, or a directory with exports under numbers.

    Raises:
      DataError: there is none.
    """
    if is_export(path):
        return path
    numbers = versions(path)
    found = [number for number in numbers if is_export(os.path.join(path, str(number)))]
    if found:
        return os.path.join(path, str(found[-1]))
    if not os.path.isdir(path):
        raise DataError("%s: no such directory" % path)
    raise DataError(
        "%s: contains no export (a directory with %s, or such directories named 1, 2, ...): create one with "
        "scripts/export_squad.sh" % (path, GRAPH_FILE)
    )


def is_export(path):
    """Whether a directory is an export: a SavedModel with a serving.json."""
    return os.path.isfile(os.path.join(path, GRAPH_FILE)) and os.path.isfile(
        os.path.join(path, ASSETS, SETTINGS_FILE)
    )


def versions(directory):
    """The numbers that name something in a directory, ascending: list of int; empty if there is no such directory."""
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return sorted(int(name) for name in names if name.isdigit() and str(int(name)) == name)


def next_version(directory):
    """The path of the version that comes after all in a directory."""
    return os.path.join(directory, str(max([0] + versions(directory)) + 1))


def asset_path(export, name):
    """Path of VOCAB_FILE, CONFIG_FILE or SETTINGS_FILE of an export."""
    return os.path.join(export, ASSETS, name)


def write_settings(export, settings):
    """Writes the serving.json of an export; its assets.extra exists.

    Raises:
      DataError: it cannot be written.
    """
    content = OrderedDict([("format", FORMAT)])
    content.update(settings._asdict())
    path = asset_path(export, SETTINGS_FILE)
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_settings(export):
    """The ExportSettings of an export.

    Args:
      export: str, the directory of the export, such as results/export/1.

    Raises:
      DataError: serving.json cannot be read, is of another format, or lacks a value or has an invalid one.
    """
    path = asset_path(export, SETTINGS_FILE)
    try:
        with io.open(path, encoding="utf-8") as stream:
            content = json.load(stream)
    except EnvironmentError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror or error))
    except (ValueError, RecursionError) as error:
        raise DataError("%s: not JSON (%s); export the model again" % (path, error))
    if not isinstance(content, dict):
        raise DataError("%s: not a JSON object; export the model again" % path)
    if content.get("format") != FORMAT or isinstance(content["format"], bool):
        raise DataError(
            "%s: its format is %s, and this version reads format %d: export the model again with this version"
            % (path, json.dumps(content.get("format")), FORMAT)
        )
    missing = [name for name in ExportSettings._fields if name not in content]
    if missing:
        raise DataError("%s: lacks %s; export the model again" % (path, few(missing)))
    for name, kind in OPTIONS.items():
        _check(path, name, content[name], kind)
    if content["precision"] not in PRECISIONS:
        raise DataError(
            "%s: precision is %s, but must be %s"
            % (path, json.dumps(content["precision"]), " or ".join(PRECISIONS))
        )
    return ExportSettings(*(content[name] for name in ExportSettings._fields))


_KINDS = {bool: "true or false", int: "an integer of at least 1", float: "a number"}


def _check(path, name, value, kind):
    """Raises DataError if the value of an option is not of its type; the integers among them are at least 1."""
    if kind is bool or isinstance(value, bool):
        valid = kind is bool and isinstance(value, bool)
    elif kind is int:
        valid = isinstance(value, int) and value >= 1
    else:
        valid = isinstance(value, (int, float)) and value == value  # not NaN
    if not valid:
        raise DataError(
            "%s: %s is %s, but must be %s" % (path, name, json.dumps(value), _KINDS[kind])
        )
