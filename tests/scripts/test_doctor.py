# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/doctor.sh and scripts/tools/doctor.py: what they find here, what counts, and what to do about it."""

import os
import subprocess
import sys

import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader
from scripts.tools import doctor
from tests.scripts.launcher_site import ROOT


def run(tmp_path, *arguments, **environment):
    environment = dict(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHON": sys.executable,
            "DATA_DIR": str(tmp_path),
            "RESULTS_DIR": str(tmp_path),
        },
        **environment,
    )
    done = subprocess.run(
        ["bash", os.path.join(ROOT, "scripts", "doctor.sh")] + list(arguments),
        env=environment,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_every_item_is_named_and_says_what_to_do(tmp_path):
    code, out, _ = run(tmp_path, "--need=squad,books")
    lines = out.splitlines()
    for title in (
        "Python",
        "TensorFlow",
        "GPUs",
        "AMP",
        "Horovod, MPI",
        "fused ops",
        "disk for results",
        "SQuAD",
        "Google's weights",
        "Wikipedia records",
        "BooksCorpus records",
    ):
        (at,) = [number for number, line in enumerate(lines) if line[9:].startswith(title + ": ")]
        if not lines[at].startswith("ok"):
            assert (
                lines[at + 1].strip().startswith("fix: ") and len(lines[at + 1].strip()) > 12
            ), lines[at]
    assert "MISSING  SQuAD: v1.1 lacks train-v1.1.json" in out and "--only squad" in out
    assert "ok       TensorFlow: %s" % tf.VERSION in out
    assert code == 1 and lines[-1] == "not ready: 2 missing"


@pytest.mark.parametrize("arguments", [["--need=gpus"], ["--nope"], ["now"], ["--", "x"]])
def test_bad_arguments(tmp_path, arguments):
    code, out, err = run(tmp_path, *arguments)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1 and err.startswith("error: ")


def test_without_python(tmp_path):
    code, out, _ = run(tmp_path, PYTHON=str(tmp_path / "gone"))
    assert code == 1 and "MISSING  Python" in out and "bash scripts/setup.sh" in out


def item(required=False, ok=False, name=None):
    return doctor.Item(name, "title", required, ok, "finding", "fix")


@pytest.mark.parametrize(
    "items, needed, missing",
    [
        ([item(required=True, ok=True), item(name="gpu")], set(), 0),
        ([item(name="gpu")], {"gpu"}, 1),
        ([item(required=True)], set(), 1),
        ([item(name="gpu", ok=True)], {"gpu"}, 0),
    ],
)
def test_what_counts(items, needed, missing, capsys):
    assert doctor.report(items, needed) == missing
    assert ("fix: fix" in capsys.readouterr().out) == any(not each.ok for each in items)


def test_tensorflow_that_cannot_be_imported():
    found = doctor.check_tensorflow(None, "no module")
    assert not found.ok and found.required and "no module" in found.finding
    assert not doctor.check_fused_ops(None).ok


def program(tmp_path, monkeypatch, text):
    path = tmp_path / "nvidia-smi"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])


def test_fused_ops_built_for_other_gpus(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: None)
    monkeypatch.setattr(loader, "library", lambda: None)
    monkeypatch.setattr(loader, "flavour", lambda: "CUDA 70 80")
    program(tmp_path, monkeypatch, "printf '8.0\\n9.0\\n'")
    found = doctor.check_fused_ops(tf)
    assert (
        not found.ok
        and found.finding == "built for CUDA 70 80, but a GPU here is 90"
        and 'CUDA_ARCHS="90"' in found.fix
    )
    monkeypatch.setattr(loader, "flavour", lambda: "CUDA 80 90")
    assert doctor.check_fused_ops(tf).ok
    monkeypatch.setattr(
        loader, "unavailable_reason", lambda: "fused ops are not built: run make -C fused_ops"
    )
    assert doctor.check_fused_ops(tf).finding == "fused ops are not built"


def test_gpus_that_this_tensorflow_cannot_use(tmp_path, monkeypatch):
    program(tmp_path, monkeypatch, "echo 'Tesla V100, 32510 MiB, 410.79'")
    found = doctor.check_gpu(tf)
    assert found.ok == tf.test.is_built_with_cuda() and found.finding.startswith("1 (Tesla V100")


def test_disk(tmp_path):
    assert doctor.check_disk(str(tmp_path / "not" / "yet"), "disk", 0.0).ok
    assert not doctor.check_disk(str(tmp_path), "disk", 1e9).ok


def test_data_present_and_verified(tmp_path, monkeypatch):
    for version in ("1.1", "2.0"):
        folder = tmp_path / "squad" / ("v" + version)
        folder.mkdir(parents=True)
        for name in doctor.SQUAD_FILES:
            (folder / name.format(version)).write_text("{}")
    assert doctor.check_squad(str(tmp_path), verify=False).ok
    found = doctor.check_squad(str(tmp_path), verify=True)
    assert (
        not found.ok and "v2.0: wrong checksum of dev-v2.0.json, train-v2.0.json" in found.finding
    )
    monkeypatch.setattr(
        doctor,
        "digest",
        lambda path, algorithm: {
            "train-v1.1.json": "981b29407e0affa3b1b156f72073b945",
            "dev-v1.1.json": "3e85deb501d4e538b6bc56f786231552",
            "train-v2.0.json": "62108c273c268d70893182d5cf8df740",
            "dev-v2.0.json": "246adae8b7002f8679c027697b0b7cf8",
        }[os.path.basename(path)],
    )
    assert doctor.check_squad(str(tmp_path), verify=True).finding == "v1.1 verified; v2.0 verified"


def test_weights(tmp_path):
    assert not doctor.check_weights(str(tmp_path), verify=False).ok
    folder = tmp_path / "pretrained_models_google" / "uncased_L-12_H-768_A-12"
    folder.mkdir(parents=True)
    for name in doctor.MODEL_FILES:
        (folder / name).write_text("x")
    assert doctor.check_weights(str(tmp_path), verify=False).finding == "uncased_L-12_H-768_A-12"
    found = doctor.check_weights(str(tmp_path), verify=True)
    assert not found.ok and "wrong checksum in uncased_L-12_H-768_A-12" in found.finding


def test_records(tmp_path):
    place = tmp_path / "wikipedia_corpus" / "final_tfrecords_sharded" / "seq_512_pred_80"
    place.mkdir(parents=True)
    assert not doctor.check_records(str(tmp_path), "wikipedia", "Wikipedia", "wikipedia_corpus").ok
    (place / "a.tfrecord").write_text("")
    assert doctor.check_records(
        str(tmp_path), "wikipedia", "Wikipedia", "wikipedia_corpus"
    ).finding.startswith("1 record files")
