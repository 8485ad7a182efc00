# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Weights in formats that are no TensorFlow 1 checkpoint: recognised, to say how to convert them."""

import os

from program import bundle

_COMMAND = "python -m conversion.convert --input %s --output_dir OUT, then pass OUT/bert_model.ckpt"
_CONVERT = "convert them: " + _COMMAND
_PYTORCH = (
    "PyTorch weights: convert the folder with its config.json and vocab.txt (where PyTorch is installed; transformers: "
    "model.save_pretrained(DIR) makes such a folder): " + _COMMAND % "DIR"
)
_TF2 = (
    "%s: TensorFlow 1 variables are required. Pass the model's TensorFlow 1 release (scripts/data_download.sh downloads "
    "Google's), or its Hugging Face folder converted with python -m conversion.convert"
)
_UNPACK = (
    "an archive: unpack it and pass the prefix of the checkpoint in it, such as .../bert_model.ckpt"
)
_REMOTE = "files are read from a local disk only: copy the checkpoint here first"

# How a file of another format begins.
_HEADS = (
    (b"PK\x03\x04", None),  # of PyTorch, or an archive: by the name
    (b"\x80\x02", _PYTORCH),  # pickle
    (b"\x89HDF", _TF2 % "Keras weights (HDF5)"),
    (b"\x1f\x8b", _UNPACK),
)
_PYTORCH_ENDINGS = (".bin", ".pt", ".pth")
_ARCHIVES = (".zip", ".tgz", ".gz", ".tar")
_OBJECT_GRAPH = ("_CHECKPOINTABLE_OBJECT_GRAPH", "/.ATTRIBUTES/VARIABLE_VALUE")


def advice(path):
    """What the weights at a path are and what to do with them, as the end of an error line; None for an unknown format.

    Args:
      path: str, a file or directory, or a prefix of neither.
    """
    if "://" in path:
        return _REMOTE
    if os.path.isdir(path):
        return _of_directory(path)
    if os.path.isfile(path):
        return _of_file(path)
    for ending in (".safetensors",) + _PYTORCH_ENDINGS + (".h5",):
        if os.path.isfile(path + ending):
            return _of_file(path + ending)
    return None


def object_graph(names):
    """The advice for a TensorFlow 2 checkpoint, or None: its variables are named by their place in a tree of objects.

    Args:
      names: iterable of the names of its variables.
    """
    if any(name == _OBJECT_GRAPH[0] or name.endswith(_OBJECT_GRAPH[1]) for name in names):
        return _TF2 % "a TensorFlow 2 checkpoint (object graph)"
    return None


def _of_directory(path):
    names = sorted(os.listdir(path))
    for saved in ("saved_model.pb", "saved_model.pbtxt"):
        if saved in names:
            return _of_saved_model(path)
    if any(name.endswith(".safetensors") for name in names):
        return "safetensors weights: " + _CONVERT % path
    for name in names:
        if name.endswith(_PYTORCH_ENDINGS + (".h5",)) and os.path.isfile(os.path.join(path, name)):
            return _of_file(os.path.join(path, name))
    return None


def _of_saved_model(path):
    prefix = os.path.join(path, "variables", "variables")
    try:
        names = bundle.read_index(prefix)
    except bundle.BundleError as error:
        return _TF2 % ("a SavedModel or TF-Hub module whose variables cannot be used (%s)" % error)
    if any(name.startswith("bert/") for name in names):
        return "a TensorFlow 1 SavedModel or TF-Hub module: pass its variables, %s" % prefix
    return _TF2 % "a SavedModel or TF-Hub module"


def _of_file(path):
    try:
        with open(path, "rb") as stream:
            head = stream.read(16)
    except OSError as error:
        return "cannot be read (%s)" % (error.strerror or error)
    if path.endswith(".safetensors") or (
        len(head) > 9 and head[8:9] == b"{" and not any(head[5:8])
    ):
        return "safetensors weights: " + _CONVERT % (os.path.dirname(path) or ".")
    for begin, said in _HEADS:
        if head.startswith(begin):
            return said or (_UNPACK if path.endswith(_ARCHIVES) else _PYTORCH)
    if path.endswith(_PYTORCH_ENDINGS):
        return _PYTORCH
    if path.endswith(".h5"):
        return _TF2 % "Keras weights"
    return _UNPACK if path.endswith(_ARCHIVES) else None
