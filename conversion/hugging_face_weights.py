# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The weights in a Hugging Face folder: model.safetensors, its shards, or pytorch_model.bin if PyTorch is installed."""

import json
import os
import re

import numpy as np

from conversion.safetensors_files import SafetensorsFile, refuse_pointer
from program.errors import DataError

SAFETENSORS = "model.safetensors"
_SAFETENSORS_INDEX = SAFETENSORS + ".index.json"
_PYTORCH = "pytorch_model.bin"
_PYTORCH_INDEX = _PYTORCH + ".index.json"


class Weights:
    """The tensors of one or several files, by their names without the prefix "bert.".

    Args:
        path: str, what messages call them: the only file, or the index of the shards.
        files: list of objects with `path`, `names()`, `shape(name)` and `read_float32(name)`.

    Raises:
        DataError: a tensor occurs twice.
    """

    def __init__(self, path, files):
        self.path = path
        self._places = {}
        for file in files:
            for name in file.names():
                # With or without the prefix that models with a head carry.
                bare = re.sub(r"^bert\.", "", name)
                if bare in self._places:
                    raise DataError("%s: tensor %s occurs twice" % (path, name))
                self._places[bare] = (file, name)

    def __contains__(self, name):
        return name in self._places

    def names(self):
        """Sorted list of names, without the prefix."""
        return sorted(self._places)

    def shape(self, name):
        """List of ints."""
        file, full_name = self._places[name]
        return file.shape(full_name)

    def read_float32(self, name):
        """The tensor as a float32 array.

        Raises:
            DataError: it holds other numbers than floating-point ones, or not all of them are finite.
        """
        file, full_name = self._places[name]
        values = file.read_float32(full_name)
        if not np.all(np.isfinite(values)):
            raise DataError("%s: tensor %s holds NaN or infinity" % (file.path, full_name))
        return values


def open_weights(folder):
    """The Weights of a Hugging Face folder.

    Raises:
        DataError: there are none, they cannot be read, or PyTorch is missing for a pytorch_model.bin.
    """
    single, index = (os.path.join(folder, name) for name in (SAFETENSORS, _SAFETENSORS_INDEX))
    if os.path.exists(single):
        return Weights(single, [SafetensorsFile(single)])
    if os.path.exists(index):
        return Weights(index, [SafetensorsFile(path) for path in _shards(index)])
    single, index = (os.path.join(folder, name) for name in (_PYTORCH, _PYTORCH_INDEX))
    if os.path.exists(single):
        return Weights(single, [PyTorchFile(single)])
    if os.path.exists(index):
        return Weights(index, [PyTorchFile(path) for path in _shards(index)])
    others = [name for name in ("tf_model.h5", "flax_model.msgpack") if name in os.listdir(folder)]
    raise DataError(
        "cannot read %s: No such file (nor %s, nor %s)%s"
        % (
            os.path.join(folder, SAFETENSORS),
            _SAFETENSORS_INDEX,
            _PYTORCH,
            "; convert %s with transformers: save_pretrained(…)" % others[0] if others else "",
        )
    )


def _shards(index):
    """The paths of the files that an index names, each once."""
    names = read_json(index).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise DataError("%s: weight_map is missing or empty" % index)
    if not all(isinstance(name, str) and name == os.path.basename(name) for name in names.values()):
        raise DataError("%s: weight_map must name files of the same folder" % index)
    return [os.path.join(os.path.dirname(index), name) for name in sorted(set(names.values()))]


def read_json(path):
    """The JSON object in a file: dict.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    try:
        with open(path, "rb") as source:
            value = json.loads(source.read().decode("utf-8-sig"))
    except (IOError, OSError) as error:
        raise DataError("cannot read %s: %s" % (path, error.strerror or error))
    except (ValueError, RecursionError) as error:
        raise DataError("%s is not valid JSON: %s" % (path, error))
    if not isinstance(value, dict):
        raise DataError("%s is not a JSON object" % path)
    return value


class PyTorchFile:
    """The tensors of a pytorch_model.bin, all in memory; nothing but tensors is unpickled.

    Raises:
        DataError: PyTorch is missing or too old to read it safely; the file cannot be read.
    """

    def __init__(self, path):
        refuse_pointer(path)
        try:
            import torch
        except ImportError:
            raise DataError(
                "%s: PyTorch's own format needs PyTorch: install torch, or save the model as %s with "
                "save_pretrained(…, safe_serialization=True)" % (path, SAFETENSORS)
            )
        self.path = path
        self._torch = torch
        try:
            self._tensors = torch.load(path, map_location="cpu", weights_only=True)
        except TypeError:
            raise DataError("%s: needs PyTorch 1.13 or later" % path)
        except Exception as error:  # of many classes, all of which mean a file that is not one
            raise DataError("%s: cannot be read by PyTorch (%s)" % (path, _first_line(error)))
        if not isinstance(self._tensors, dict) or not all(
            isinstance(value, torch.Tensor) for value in self._tensors.values()
        ):
            raise DataError("%s: is not a state dict: a dict of tensors" % path)

    def names(self):
        """Sorted list of tensor names."""
        return sorted(self._tensors)

    def shape(self, name):
        """List of ints."""
        return list(self._tensors[name].shape)

    def read_float32(self, name):
        """The tensor as a new float32 array.

        Raises:
            DataError: it holds integers.
        """
        tensor = self._tensors[name]
        if not tensor.is_floating_point():
            raise DataError("%s: tensor %s holds %s" % (self.path, name, tensor.dtype))
        return tensor.detach().to(self._torch.float32).numpy().copy()


def _first_line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]
