# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the loader says when the library is missing or foreign, and what the build must not contain."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader
from tests.conftest import ROOT

FUSED_OPS = os.path.join(ROOT, "fused_ops")
FOLDER = "tf-" + tf.VERSION


@pytest.fixture
def copied_build(fused_library, tmp_path):
    """A build folder of our own with the library of this TensorFlow."""
    shutil.copytree(
        os.path.join(FUSED_OPS, "build", FOLDER),
        str(tmp_path / FOLDER),
        ignore=shutil.ignore_patterns("*.o"),
    )
    return tmp_path


def test_not_built_names_the_command(tmp_path):
    with pytest.raises(loader.FusedOpsError, match="not built: run make -C fused_ops"):
        loader.library(str(tmp_path))
    assert not loader.is_available(str(tmp_path))
    assert "not built" in loader.unavailable_reason(str(tmp_path))


def test_built_for_another_version_says_which(copied_build):
    (copied_build / FOLDER).rename(copied_build / "tf-1.12.0")
    with pytest.raises(
        loader.FusedOpsError,
        match=r"built for TensorFlow 1\.12\.0, but this is TensorFlow " + tf.VERSION,
    ):
        loader.library(str(copied_build))


def test_another_build_of_the_same_version_is_refused_before_loading(copied_build):
    record_path = copied_build / FOLDER / "build_info.json"
    record = json.loads(record_path.read_text())
    record_path.write_text(json.dumps(dict(record, git_version="ngc-19.03")))
    (copied_build / FOLDER / "libbert_fused_ops.so").write_bytes(
        b"loading this would fail otherwise"
    )
    with pytest.raises(
        loader.FusedOpsError, match="another TensorFlow.*git_version ngc-19.03 there"
    ):
        loader.library(str(copied_build))


def test_a_library_of_other_sources_is_refused(copied_build):
    record_path = copied_build / FOLDER / "build_info.json"
    record = json.loads(record_path.read_text())
    record_path.write_text(json.dumps(dict(record, sources="of last week")))
    with pytest.raises(loader.FusedOpsError, match="from other sources.*run make -C fused_ops$"):
        loader.library(str(copied_build))


@pytest.mark.parametrize(
    "isas,features,refused",
    [
        (["avx512"], {"avx2", "fma", "f16c", "avx512f"}, "AVX512"),
        (["avx2"], {"sse2"}, "AVX2"),
        (["avx2", "avx512"], set(), "AVX2"),
        (["avx2", "avx512"], {"avx2", "fma", "f16c"}, None),
        (["baseline", "avx2", "avx512"], set(), None),
        (["baseline"], set(), None),
    ],
)
def test_a_library_for_other_processors_is_refused_before_loading(
    copied_build, monkeypatch, isas, features, refused
):
    record_path = copied_build / FOLDER / "build_info.json"
    record = json.loads(record_path.read_text())
    record_path.write_text(json.dumps(dict(record, cpu_isas=isas)))
    monkeypatch.setattr(loader, "_processor_features", lambda: features)
    if refused is None:
        assert loader.unavailable_reason(str(copied_build)) is None
        assert loader.cpu_isas(str(copied_build)) == isas
    else:
        assert loader.unavailable_reason(str(copied_build)) == (
            "fused ops are built for processors with %s, which this one lacks: run make -C fused_ops"
            % refused
        )


def test_a_native_library_has_one_set_of_kernels_which_works(fused_library, tmp_path):
    """CPU_ISAS=native, linked from the objects that are there: the ops compute what the whole library computes."""
    for name in ("fused_ops", "program"):
        shutil.copytree(os.path.join(ROOT, name), str(tmp_path / name), copy_function=shutil.copy2)
    folder = tmp_path / "fused_ops"
    (folder / "build" / FOLDER / "libbert_fused_ops.so").unlink()
    command = [
        "make",
        "-C",
        str(folder),
        "CUDA_HOME=",
        "CPU_ISAS=native",
        "PYTHON=" + sys.executable,
    ]
    made = subprocess.check_output(command, stderr=subprocess.STDOUT).decode()
    record = json.loads((folder / "build" / FOLDER / "build_info.json").read_text())
    (isa,) = record["cpu_isas"]
    assert isa == loader.limit_cpu_isa("avx512")  # the best that this machine has
    assert "-c csrc" not in made, "compiled instead of linked: %s" % made
    code = (
        "import numpy as np, tensorflow.compat.v1 as tf\n"
        "from fused_ops import layer_norm, loader\n"
        "x = np.arange(96, dtype=np.float32).reshape(3, 32) ** 0.5\n"
        "beta, gamma = np.zeros(32, np.float32), np.ones(32, np.float32)\n"
        "with tf.Session() as session:\n"
        "    fused, plain = session.run([op(x, gamma, beta) for op in (layer_norm.fused, layer_norm.plain)])\n"
        "assert np.abs(fused - plain).max() < 1e-5\n"
        "print(loader.__file__, loader.limit_cpu_isa('baseline'))\n"
    )
    said = subprocess.check_output(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=str(tmp_path)),
    ).decode()
    assert said.split() == [str(folder / "loader.py"), isa]


def test_a_library_that_does_not_load_says_how_to_build_it_again(copied_build):
    (copied_build / FOLDER / "libbert_fused_ops.so").write_bytes(b"not a library")
    with pytest.raises(loader.FusedOpsError, match="cannot be loaded.*make -C fused_ops clean all"):
        loader.library(str(copied_build))


def test_a_library_without_its_record_counts_as_not_built(copied_build):
    (copied_build / FOLDER / "build_info.json").unlink()
    assert not loader.is_available(str(copied_build))


def test_importing_the_ops_loads_nothing():
    code = (
        "from fused_ops import layer_norm, loader\n"
        "assert not loader._loaded\n"
        "maps = open('/proc/self/maps').read()\n"
        "assert 'libbert_fused_ops' not in maps\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)


def test_copies_for_instruction_sets_share_no_function(fused_library):
    # A function that the linker may merge (a weak symbol) and whose name does not carry the instruction set could
    # run AVX-512 code on a processor without it.
    objects = [path for path in glob.glob(os.path.join(FUSED_OPS, "build", "cpu", "*", "*.o"))]
    assert len(objects) >= 3
    for path in objects:
        isa = os.path.basename(os.path.dirname(path))
        symbols = subprocess.check_output(["nm", "--defined-only", path]).decode().splitlines()
        # DW.ref.*: a pointer to the C++ run-time's exception handler, data that is the same in every copy.
        shared = [
            line
            for line in symbols
            if re.search(r" [WVuTDB] (?!DW\.ref\.)", line) and str(len(isa)) + isa not in line
        ]
        assert not shared, "%s: %s" % (path, shared)


def test_no_wide_instructions_outside_their_objects(fused_library):
    # zmm registers belong to the Avx512 objects alone, ymm to Avx2 and Avx512.
    for isa, forbidden in (("Baseline", ("%ymm", "%zmm")), ("Avx2", ("%zmm",))):
        for path in glob.glob(os.path.join(FUSED_OPS, "build", "cpu", isa, "*.o")):
            code = subprocess.check_output(["objdump", "-d", "--no-show-raw-insn", path]).decode()
            assert not any(register in code for register in forbidden), path


def test_instruction_set_can_be_limited(fused_library):
    assert loader.cpu_isas() == ["baseline", "avx2", "avx512"]
    assert loader.limit_cpu_isa("baseline") == "baseline"
    best = loader.limit_cpu_isa("avx512")
    with open("/proc/cpuinfo") as cpuinfo:
        flags = cpuinfo.read()
    assert best == ("avx512" if "avx512bw" in flags else "avx2" if "avx2" in flags else "baseline")


def test_every_op_has_kernels_for_both_types_and_devices(fused_library):
    from tensorflow.python.framework import kernels  # pylint: disable=import-outside-toplevel

    names = sorted(name for name in dir(fused_library) if re.match(r"Bert[A-Z]\w*$", name))
    names = names or sorted(
        "".join(word.capitalize() for word in name.split("_"))
        for name in dir(fused_library)
        if re.match(r"bert_\w+$", name) and "eager" not in name
    )
    assert "BertLayerNorm" in names
    cuda = loader.flavour().startswith("CUDA")
    for name in names:
        registered = kernels.get_registered_kernels_for_op(name).kernel
        found = set(
            (kernel.device_type, value)
            for kernel in registered
            for constraint in kernel.constraint
            if constraint.name == "T"
            for value in constraint.allowed_values.list.type
        )
        if not any(
            kernel.constraint for kernel in registered
        ):  # an op without a type, which lives on the CPU
            assert [kernel.device_type for kernel in registered] == ["CPU"], name
            continue
        for device in ("CPU", "GPU") if cuda else ("CPU",):
            for dtype in (tf.float32, tf.float16):
                assert (device, dtype.as_datatype_enum) in found, "%s has no %s kernel for %s" % (
                    name,
                    device,
                    dtype.name,
                )
