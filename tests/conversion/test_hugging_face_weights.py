# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Files of weights: every type, shards, PyTorch's format, every kind of damage."""

import json
import os
import struct
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest

from conversion.hugging_face_weights import open_weights
from conversion.safetensors_files import SafetensorsFile, write_float32
from program.errors import DataError
from tests.conversion.models import published_tensors, write_safetensors


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1])
def test_a_file_that_is_cut_off(publish, tmp_path, length):
    path = os.path.join(publish(published_tensors()), "model.safetensors")
    with open(path, "rb") as reader:
        content = reader.read()
    with open(path, "wb") as writer:
        writer.write(content[:length])
    with pytest.raises(DataError, match="not a safetensors file") as caught:
        SafetensorsFile(path)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"a": {}}',
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}}',
        b'{"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}',
    ],
)
def test_a_damaged_header(tmp_path, header):
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 64)
    with pytest.raises(DataError) as caught:
        SafetensorsFile(str(path))
    assert str(path) in str(caught.value)


# ------------------------------------------------------------------------------------------------ shards


def write_shards(folder, tensors):
    """The tensors in three files and an index, as transformers writes large models."""
    places = {}
    for number in range(3):
        name = "model-%05d-of-00003.safetensors" % (number + 1)
        part = {key: ("F32", tensors[key]) for key in sorted(tensors)[number::3]}
        write_safetensors(folder / name, part)
        places.update({key: name for key in part})
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return index


def test_shards_are_one_set_of_tensors(tmp_path):
    tensors = published_tensors("bert.")
    write_shards(tmp_path, tensors)
    weights = open_weights(str(tmp_path))
    assert weights.names() == sorted(name[len("bert.") :] for name in tensors)
    for name, values in tensors.items():
        bare = name[len("bert.") :]
        assert weights.shape(bare) == list(values.shape)
        np.testing.assert_array_equal(weights.read_float32(bare), values)


def test_a_missing_shard_and_a_damaged_index(tmp_path):
    index = write_shards(tmp_path, published_tensors())
    path = tmp_path / "model.safetensors.index.json"
    os.remove(str(tmp_path / "model-00002-of-00003.safetensors"))
    with pytest.raises(DataError, match="model-00002-of-00003.safetensors: No such file"):
        open_weights(str(tmp_path))
    for weight_map, message in (
        (None, "weight_map is missing"),
        ({}, "weight_map is missing or empty"),
        ({"a": "../elsewhere.safetensors"}, "same folder"),
        ({"a": 1}, "same folder"),
    ):
        path.write_text(json.dumps(dict(index, weight_map=weight_map)))
        with pytest.raises(DataError, match=message):
            open_weights(str(tmp_path))
    path.write_text("[" * 100000)
    with pytest.raises(DataError, match="not valid JSON"):
        open_weights(str(tmp_path))


def test_a_tensor_in_two_shards(tmp_path):
    write_shards(tmp_path, published_tensors())
    again = {"bert.pooler.dense.bias": ("F32", np.zeros([6], np.float32))}
    write_safetensors(tmp_path / "more.safetensors", again)
    path = tmp_path / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"]["bert.pooler.dense.bias"] = "more.safetensors"
    path.write_text(json.dumps(index))
    with pytest.raises(
        DataError, match="bert.pooler.dense.bias occurs twice|pooler.dense.bias occurs"
    ):
        open_weights(str(tmp_path))


# ----------------------------------------------------------------------------------------- PyTorch's format


def test_pytorch_weights_without_pytorch_name_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(
        DataError, match="needs PyTorch: install torch, or save .*safe_serialization"
    ):
        open_weights(str(tmp_path))


_READ_PYTORCH = """
import sys, numpy as np, torch
from conversion.hugging_face_weights import open_weights
from program.errors import DataError
folder = sys.argv[1]
tensors = {"bert.a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.bfloat16), "n": torch.arange(2)}
torch.save(tensors, folder + "/pytorch_model.bin")
weights = open_weights(folder)
assert weights.names() == ["a", "b", "n"] and weights.shape("a") == [2, 3]
np.testing.assert_array_equal(weights.read_float32("a"), np.arange(6.0).reshape(2, 3))
assert weights.read_float32("b").dtype == np.float32
def refused():
    try:
        open_weights(folder).read_float32("n")
    except DataError as error:
        assert "\\n" not in str(error)
        return str(error)
assert "holds torch.int64" in refused()
class Evil:
    def __reduce__(self):
        return print, ("unpickled",)
for content in (b"", b"no pickle", b"PK\\x03\\x04 no zip", b"\\x80\\x02."):
    open(folder + "/pytorch_model.bin", "wb").write(content)
    assert refused(), content
torch.save({"a": Evil()}, folder + "/pytorch_model.bin")
assert refused()
torch.save([torch.ones(1)], folder + "/pytorch_model.bin")
assert "not a state dict" in refused()
print("read")
"""


def test_pytorch_weights_with_pytorch(parity_python, repo_root, tmp_path):
    done = subprocess.run(
        [parity_python, "-c", _READ_PYTORCH, str(tmp_path)],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.stdout.decode("utf-8").splitlines() == ["read"], done.stderr.decode("utf-8")


# ------------------------------------------------------------------------------------------------ writing


def test_what_is_written_is_what_the_library_reads(tmp_path):
    tensors = published_tensors()
    tensors["scalar"] = np.array(3.5, np.float32)
    tensors["transposed"] = np.arange(6, dtype=np.float32).reshape(2, 3).T
    shapes = OrderedDict((name, values.shape) for name, values in tensors.items())
    path = str(tmp_path / "model.safetensors")
    with open(path, "wb") as output:
        write_float32(output, shapes, tensors.__getitem__)
    source = SafetensorsFile(path)
    assert source.names() == sorted(tensors)
    for name, values in tensors.items():
        assert source.dtype(name) == "F32"
        np.testing.assert_array_equal(source.read_float32(name), values)


def test_a_tensor_of_another_shape_than_announced(tmp_path):
    with open(str(tmp_path / "x"), "wb") as output:
        with pytest.raises(ValueError, match="announced"):
            write_float32(output, OrderedDict(a=[2]), lambda name: np.zeros([3], np.float32))
