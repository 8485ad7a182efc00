# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/checksums.py: the same checksums as NumPy's, from TensorFlow's library or without it."""

import numpy as np
import pytest

from program.records import encoding
from training import checksums

RECORDS = [b"", b"\0", b"\0\0a\0", b"123456789", bytes(range(256)) * 5]


@pytest.mark.parametrize("library", [True, False])
def test_checksums_are_those_of_the_records(monkeypatch, library):
    if not library:
        monkeypatch.setattr(checksums, "_extend", lambda: None)
    found = checksums.masked_crc32c(RECORDS)
    assert found.dtype == np.uint32 and found.tolist() == encoding.masked_crc32c(RECORDS).tolist()
    assert checksums.masked_crc32c([]).tolist() == []


def test_this_tensorflow_has_the_function():
    assert checksums._extend() is not None  # else reading costs several times as much
