# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""model.onnx: ONNX Runtime, in a process without this project's code, computes the logits of the checkpoint."""

import json
import os
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program.errors import DataError
from serving import export, onnx_export
from tests.conftest import ROOT
from tests.serving.exports import logits_of_checkpoint, random_batch, small_model
from tests.serving.test_export_settings import SETTINGS, make_export

SHAPES = ([1, 1], [1, 17], [3, 40])
MAKE = ". scripts/lib/options.sh; . scripts/lib/run.sh; . scripts/lib/onnx.sh; make_onnx_environment >&2; echo $ONNX_PYTHON"
CONVERT = """
import sys
from serving import onnx_export
for export in sys.argv[1:]:
    path, found = onnx_export.convert(export)
    print(path, found)
"""
# argv are an .npz with batches, the .npz to write, and the models.
RUN = """
import json, sys
import numpy as np, onnx, onnxruntime
batches = dict(np.load(sys.argv[1]))
results = {}
for number, path in enumerate(sys.argv[3:]):
    model = onnx.load(path)
    shapes = {value.name: [dim.dim_param for dim in value.type.tensor_type.shape.dim]
              for value in list(model.graph.input) + list(model.graph.output)}
    assert set(map(tuple, shapes.values())) == {("batch", "length")}, shapes
    assert [(each.domain, each.version) for each in model.opset_import][0] == ("", 17)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_outputs()] == ["start_logits", "end_logits"]
    for which in sorted({name.split("/")[0] for name in batches}):
        feed = {value.name: batches[which + "/" + value.name] for value in session.get_inputs()}
        results["%d/%s" % (number, which)] = np.array(session.run(None, feed))
assert "serving" not in sys.modules and "modeling" not in sys.modules
np.savez(sys.argv[2], **results)
"""


@pytest.fixture(scope="module")
def onnx_python():
    """The Python of .venv-onnx, which scripts/export_squad.sh --onnx uses; skipped where it cannot be made."""
    done = subprocess.run(
        ["bash", "-c", MAKE, os.path.join(ROOT, "scripts", "export_squad.sh")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    if done.returncode:
        pytest.skip("no environment for ONNX: %s" % done.stderr.strip().splitlines()[-1])
    return done.stdout.strip().splitlines()[-1]


def run(python, cwd, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-W", "ignore", "-c"] + list(arguments),
        cwd=str(cwd),
        env=dict(environment, TF_CPP_MIN_LOG_LEVEL="2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_onnx_runtime_computes_the_logits_of_the_checkpoint(onnx_python, tmp_path):
    """fp32 within 1e-4 (other orders of summation, Gemm and erf). fp16: float16 kernels, float32 between them, within 1e-2."""
    files = small_model(tmp_path)
    exports = []
    (tmp_path / "out").mkdir()
    for precision in ("fp32", "fp16"):
        settings = SETTINGS._replace(precision=precision)
        trained = export.Trained(settings, files["bert"], files["vocab"], files["checkpoint"])
        exports.append(export.export(trained, str(tmp_path / "out"), True))
    out = run(onnx_python, ROOT, CONVERT, *exports)
    models = [line.rsplit(" ", 1)[0] for line in out.splitlines() if line.startswith("/")]
    assert models == [os.path.join(path, "model.onnx") for path in exports]

    batches = [random_batch(files["bert"], shape, seed) for seed, shape in enumerate(SHAPES)]
    arrays = {
        "%d/%s" % (number, name): array
        for number, batch in enumerate(batches)
        for name, array in zip(onnx_export.INPUTS, batch)
    }
    (tmp_path / "elsewhere").mkdir()
    np.savez(str(tmp_path / "elsewhere" / "in.npz"), **arrays)
    run(onnx_python, tmp_path / "elsewhere", RUN, "in.npz", "out.npz", *models)
    found = np.load(str(tmp_path / "elsewhere" / "out.npz"))
    for number, (compute_type, bound) in enumerate(((tf.float32, 1e-4), (tf.float16, 1e-2))):
        expected = logits_of_checkpoint(files["bert"], files["checkpoint"], batches, compute_type)
        assert np.std(expected[-1]) > 0.3
        for which, logits in enumerate(expected):
            ours = found["%d/%d" % (number, which)]
            assert ours.shape == (2,) + tuple(SHAPES[which])
            assert np.abs(ours - np.array(logits)).max() < bound


@pytest.fixture
def conversion(tmp_path, monkeypatch):
    """An export, and a conversion that writes a file and finds the difference of logits that is put into the list."""
    path, differences = make_export(tmp_path / "1"), [0.0]

    def write(_, written):
        with open(written, "w") as stream:
            stream.write("new")

    monkeypatch.setattr(onnx_export, "_run_tf2onnx", write)
    monkeypatch.setattr(onnx_export, "_name_dimensions", lambda _: None)
    monkeypatch.setattr(onnx_export, "difference", lambda *_: differences[0])
    return path, differences


def test_only_a_model_with_equal_logits_gets_the_name(conversion):
    path, differences = conversion
    model = os.path.join(path, "model.onnx")
    assert onnx_export.convert(path) == (model, 0.0)
    with open(model, "w") as stream:
        stream.write("old")
    for wrong in (0.03, float("inf"), float("nan")):
        differences[0] = wrong
        with pytest.raises(DataError, match="ONNX Runtime computes other logits than TensorFlow"):
            onnx_export.convert(path)
        with open(model) as stream:
            assert stream.read() == "old"
    assert sorted(os.listdir(path)) == ["assets.extra", "model.onnx", "saved_model.pb"]


def test_difference_is_relative_and_sees_what_is_no_number(monkeypatch):
    theirs = [[np.array([[0.0, 4.0]]), np.array([[0.1, 0.2]])]]
    ours = []
    monkeypatch.setattr(onnx_export, "_samples", lambda _: [])
    monkeypatch.setattr(onnx_export, "_logits_of_tensorflow", lambda *_: theirs)
    monkeypatch.setattr(onnx_export, "_logits_of_onnx", lambda *_: ours)
    for found, expected in (
        ([np.array([[0.0, 4.4]]), np.array([[0.1, 0.2]])], 0.1),
        ([np.array([[0.0, 4.0]]), np.array([[0.1, 0.5]])], 0.3),
        ([np.array([[0.0, np.nan]]), np.array([[0.1, 0.2]])], float("inf")),
        ([np.array([[0.0]]), np.array([[0.1, 0.2]])], float("inf")),
    ):
        ours[:] = [found]
        assert onnx_export.difference("e", "m") == pytest.approx(expected)


def test_samples_are_of_the_model(tmp_path):
    path = make_export(tmp_path / "1")
    with open(os.path.join(path, "assets.extra", "bert_config.json"), "w") as stream:
        json.dump({"vocab_size": 5, "max_position_embeddings": 9, "type_vocab_size": 1}, stream)
    batches = onnx_export._samples(path)
    assert [batch["input_ids"].shape for batch in batches] == [(1, 1), (1, 9), (2, 9)]
    for batch in batches:
        assert sorted(batch) == ["input_ids", "input_mask", "segment_ids"]
        assert all(x.dtype == np.int32 and x.min() >= 0 for x in batch.values())
        assert batch["input_ids"].max() < 5 and batch["segment_ids"].max() == 0


def test_what_tf2onnx_says_is_one_line(tmp_path, monkeypatch):
    path = make_export(tmp_path / "1")
    with pytest.raises(DataError, match="1: tf2onnx cannot convert it: .*No module named"):
        onnx_export.convert(path)
    assert sorted(os.listdir(path)) == ["assets.extra", "saved_model.pb"]
