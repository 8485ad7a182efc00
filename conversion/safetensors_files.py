# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Safetensors files: reading by the safetensors library (requirements/quickstart.txt), writing one tensor at a time."""

import json
import os
import struct

import numpy as np

from program.errors import DataError

_FLOAT_TYPES = ("F64", "F32", "F16", "BF16")


def refuse_pointer(path):
    """Raises DataError if a file is what a clone without Git LFS has in its place."""
    if not os.path.isfile(path):
        return
    with open(path, "rb") as source:
        if source.read(40).startswith(b"version https://git-lfs.github.com"):
            raise DataError("%s is a Git LFS pointer, not the file: run git lfs pull" % path)


class SafetensorsFile:
    """The tensors of one file; the header is read and checked at once, data only when asked for.

    Raises:
        DataError: the library is not installed; the file cannot be read, is cut off, or is not in this format.
    """

    def __init__(self, path):
        try:
            import safetensors
        except ImportError:
            raise DataError(
                "reading %s needs the safetensors library: pip install -r requirements/quickstart.txt"
                % path
            )
        self.path = path
        try:
            refuse_pointer(path)
            if not os.path.getsize(path):
                raise DataError("%s is empty: not a safetensors file" % path)
            self._file = safetensors.safe_open(path, framework="np")
            self._header_size, self._header = _header_of(path)
        except (IOError, OSError) as error:
            raise DataError("cannot read %s: %s" % (path, error.strerror or error))
        except safetensors.SafetensorError as error:
            raise DataError("%s is not a safetensors file, or is cut off (%s)" % (path, error))

    def names(self):
        """Sorted list of tensor names."""
        return sorted(self._file.keys())

    def shape(self, name):
        """List of ints."""
        return list(self._file.get_slice(name).get_shape())

    def dtype(self, name):
        """The format's name of the tensor's type, such as "F32"."""
        return self._file.get_slice(name).get_dtype()

    def read_float32(self, name):
        """The tensor as a new float32 array; F16 and BF16 are widened exactly, F64 is rounded.

        Raises:
            DataError: it holds numbers of another type.
        """
        dtype = self.dtype(name)
        if dtype not in _FLOAT_TYPES:
            raise DataError(
                "%s: tensor %s holds %s; only %s can be converted"
                % (self.path, name, dtype, ", ".join(_FLOAT_TYPES))
            )
        if dtype == "BF16":  # which NumPy does not have
            return self._read_bfloat16(name)
        return self._file.get_tensor(name).astype(np.float32)

    def _read_bfloat16(self, name):
        begin, end = self._header[name]["data_offsets"]
        with open(self.path, "rb") as source:
            source.seek(self._header_size + begin)
            halves = np.frombuffer(source.read(end - begin), "<u2")
        # bfloat16 is the upper half of float32.
        values = (halves.astype(np.uint32) << 16).view(np.float32)
        return values.reshape(self.shape(name))


def _header_of(path):
    """(bytes before the data, the header's dict) of a file that the library has checked."""
    with open(path, "rb") as source:
        (length,) = struct.unpack("<Q", source.read(8))
        return 8 + length, json.loads(source.read(length).decode("utf-8"))


def write_float32(output, shapes, read):
    """Writes a safetensors file of float32 tensors, with one of them in memory at a time.

    Args:
        output: file object, open for writing bytes.
        shapes: OrderedDict, tensor name -> shape.
        read: function, tensor name -> float32 array of that shape.
    """
    header, position = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        size = 4 * int(np.prod(shape, dtype=np.int64))
        header[name] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [position, position + size],
        }
        position += size
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the format aligns the data
    output.write(struct.pack("<Q", len(text)))
    output.write(text)
    for name, shape in shapes.items():
        values = read(name)
        if list(values.shape) != list(shape):
            raise ValueError("%s: shape %s, announced as %s" % (name, values.shape, shape))
        output.write(np.ascontiguousarray(values, "<f4").data)
