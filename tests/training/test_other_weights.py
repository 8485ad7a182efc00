# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/other_weights.py: each format is named, with what to do."""

import struct
import zipfile

import pytest

from tests.training.checkpoint_samples import save
from training import other_weights

HEADER = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
SAFETENSORS = struct.pack("<Q", len(HEADER)) + HEADER + b"0000"
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(90)
PICKLE = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def write_zip(path):
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.writestr("archive/data.pkl", "x")


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("model.safetensors", SAFETENSORS, "python -m conversion.convert --input "),
        ("weights", SAFETENSORS, "python -m conversion.convert --input "),
        ("pytorch_model.bin", PICKLE, "PyTorch weights"),
        ("model.pt", b"?", "PyTorch weights"),
        ("tf_model.h5", HDF5, "Keras"),
        ("weights.h5", b"?", "Keras"),
        ("bert.tar.gz", b"\x1f\x8b\x08", "unpack it"),
        ("bert.tar", b"?", "unpack it"),
    ],
)
def test_files_and_their_directories(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in other_weights.advice(str(tmp_path / name))
    if name.endswith((".safetensors", ".bin", ".pt", ".h5")):
        assert said in other_weights.advice(str(tmp_path))
        assert said in other_weights.advice(str(tmp_path / name.rpartition(".")[0]))
    if content == SAFETENSORS:
        assert str(tmp_path) in other_weights.advice(str(tmp_path / name))


def test_a_zip_file_is_pytorchs_or_an_archive(tmp_path):
    write_zip(tmp_path / "pytorch_model.bin")
    write_zip(tmp_path / "uncased_L-12_H-768_A-12.zip")
    assert "PyTorch" in other_weights.advice(str(tmp_path / "pytorch_model.bin"))
    assert "unpack" in other_weights.advice(str(tmp_path / "uncased_L-12_H-768_A-12.zip"))


def test_saved_models(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    assert "variables.index is missing" in other_weights.advice(str(tmp_path))
    save(tmp_path / "variables", {"dense/kernel": [1.0]}, name="variables")
    assert other_weights.advice(str(tmp_path)).startswith("a SavedModel or TF-Hub module: ")
    save(tmp_path / "variables", {"bert/a": [1.0]}, name="variables")
    assert other_weights.advice(str(tmp_path)).endswith(
        "pass its variables, %s" % (tmp_path / "variables" / "variables")
    )


def test_tensorflow_2():
    assert "object graph" in other_weights.object_graph(["_CHECKPOINTABLE_OBJECT_GRAPH"])
    assert "conversion.convert" in other_weights.object_graph(["a/.ATTRIBUTES/VARIABLE_VALUE"])
    assert other_weights.object_graph(["bert/a", "global_step"]) is None


def test_addresses_and_what_nobody_knows(tmp_path):
    assert "copy the checkpoint here" in other_weights.advice("gs://bucket/bert_model.ckpt")
    (tmp_path / "notes.txt").write_text("words")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "absent"):
        assert other_weights.advice(str(path)) is None
