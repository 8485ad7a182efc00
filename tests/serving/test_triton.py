# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A Triton model repository: its configuration as NVIDIA's own definition reads it, its folders, what is refused."""

import glob
import os
import subprocess
import sys
import zipfile

import pytest

from program.errors import DataError
from serving import triton
from tests.conftest import ROOT
from tests.locks import locked
from tests.serving.test_export_settings import make_export

# The package has no pin in requirements/: only its definition of ModelConfig is read, here.
CLIENT = "tritonclient==2.40.0"


@pytest.fixture(scope="module")
def model_config():
    """The module that tritonclient has for ModelConfig; skipped where the package cannot be fetched."""
    pytest.importorskip("google.protobuf")
    folder = os.path.join(ROOT, ".cache", CLIENT)
    with locked("triton"):
        if not os.path.exists(os.path.join(folder, "model_config_pb2.py")):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", "--platform", "any", "--dest", folder, CLIENT]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            wheels = glob.glob(os.path.join(folder, "*.whl"))
            if not wheels:
                pytest.skip("%s cannot be fetched: %s" % (CLIENT, done.stdout.decode()[-200:]))
            with zipfile.ZipFile(wheels[0]) as archive:
                (name,) = [
                    name
                    for name in archive.namelist()
                    if name.endswith("/grpc/model_config_pb2.py")
                ]
                content = archive.read(name)
            with open(os.path.join(folder, "model_config_pb2.py"), "wb") as stream:
                stream.write(content)
    sys.path.insert(0, folder)
    try:
        import model_config_pb2
    finally:
        sys.path.remove(folder)
    return model_config_pb2


@pytest.mark.parametrize("platform", sorted(triton.PLATFORMS))
def test_nvidias_definition_reads_the_configuration(model_config, platform):
    from google.protobuf import text_format

    text = triton.config_text("my.squad-1", platform, 16)
    config = text_format.Parse(text, model_config.ModelConfig())
    assert (config.name, config.platform) == ("my.squad-1", triton.PLATFORMS[platform])
    assert config.max_batch_size == 16
    assert config.dynamic_batching.max_queue_delay_microseconds == 2000
    assert [(x.name, x.data_type, list(x.dims)) for x in config.input] == [
        (name, model_config.TYPE_INT32, [-1]) for name in ("input_ids", "input_mask", "segment_ids")
    ]
    assert [(x.name, x.data_type, list(x.dims)) for x in config.output] == [
        (name, model_config.TYPE_FP32, [-1]) for name in ("start_logits", "end_logits")
    ]
    with pytest.raises(text_format.ParseError):  # it reads what it knows, and no more
        text_format.Parse(text.replace("dims", "dimensions"), model_config.ModelConfig())


@pytest.fixture
def export(tmp_path):
    path = make_export(tmp_path / "export" / "4")
    (tmp_path / "export" / "4" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "export" / "4" / "variables").mkdir()
    (tmp_path / "export" / "4" / "variables" / "variables.index").write_bytes(b"index")
    return path


def files_below(directory):
    return sorted(
        os.path.relpath(os.path.join(folder, name), str(directory))
        for folder, _, names in os.walk(str(directory))
        for name in names
    )


def test_a_saved_model(export, tmp_path):
    repository = tmp_path / "models"
    path = triton.add(export, str(repository), "squad", "savedmodel", 8)
    assert path == str(repository / "squad" / "1")
    assert files_below(repository) == [
        "squad/1/model.savedmodel/assets.extra/serving.json",
        "squad/1/model.savedmodel/saved_model.pb",
        "squad/1/model.savedmodel/variables/variables.index",
        "squad/config.pbtxt",
    ]
    assert (
        repository / "squad" / "1" / "model.savedmodel" / "saved_model.pb"
    ).read_text() == "graph"
    assert triton.add(export, str(repository), "squad", "savedmodel", 8).endswith("squad/2")
    with pytest.raises(DataError, match="config.pbtxt: has other contents .* choose another name"):
        triton.add(export, str(repository), "squad", "savedmodel", 4)
    assert sorted(os.listdir(str(repository / "squad"))) == ["1", "2", "config.pbtxt"]


def test_an_onnx_model(export, tmp_path):
    with pytest.raises(DataError, match="model.onnx: No such file; convert the export first"):
        triton.add(export, str(tmp_path / "models"), "squad", "onnx", 8)
    assert not (tmp_path / "models").exists()
    with open(os.path.join(export, "model.onnx"), "wb") as stream:
        stream.write(b"onnx")
    triton.add(export, str(tmp_path / "models"), "squad", "onnx", 8)
    assert files_below(tmp_path / "models") == ["squad/1/model.onnx", "squad/config.pbtxt"]


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", 'a"b', "a b", "é"])
def test_names_that_are_no_directory_are_refused(export, tmp_path, name):
    with pytest.raises(DataError, match="--name=.*must be letters, digits"):
        triton.add(export, str(tmp_path / "models"), name, "savedmodel", 8)
    assert not (tmp_path / "models").exists()


def test_command_line(export, tmp_path):
    command = [sys.executable, "-m", "serving.triton", "--model_repository", str(tmp_path / "m")]
    done = subprocess.run(
        command + ["--export", os.path.dirname(export), "--name", "squad"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("added %s, of %s" % (tmp_path / "m" / "squad" / "1", export))
    done = subprocess.run(
        command + ["--export", str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: %s: contains no export" % tmp_path)
