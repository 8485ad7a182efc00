# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Tensors of a `.safetensors` file as float32 arrays, by the safetensors library (requirements/quickstart.txt)."""


import os

import numpy as np

from program.errors import DataError

_FLOAT_TYPES = ("F64", "F32", "F16")


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
            if not os.path.getsize(path):
                raise DataError("%s is empty: not a safetensors file" % path)
            self._file = safetensors.safe_open(path, framework="np")
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

    def read_float32(self, name):
        """The tensor as a new float32 array (F64, F32, F16 only).

        Raises:
          DataError: it holds numbers of another type, or not all of them are finite.
        """
        type_name = self._file.get_slice(name).get_dtype()
        if type_name not in _FLOAT_TYPES:
            raise DataError(
                "%s: tensor %s holds %s, F32 was expected: save the model in float32 first"
                % (self.path, name, type_name)
            )
        values = self._file.get_tensor(name).astype(np.float32)
        if not np.all(np.isfinite(values)):
            raise DataError("%s: tensor %s holds NaN or infinity" % (self.path, name))
        return values
