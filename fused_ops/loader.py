# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The one place that loads the shared library of the fused ops.

Nothing is loaded before the first op is asked for: the toolkit runs without the library.
"""
import ctypes
import glob
import hashlib
import json
import os
import threading
from collections import namedtuple

import tensorflow.compat.v1 as tf

_HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARY_NAME = "libbert_fused_ops.so"
_RECORD_NAME = "build_info.json"
CPU_ISAS = ("baseline", "avx2", "avx512")  # from the lowest
_FEATURES = {  # of a processor, as /proc/cpuinfo names them
    "avx2": {"avx2", "fma", "f16c"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
}
_BFLOAT16_FEATURES = _FEATURES["avx512"] | {"avx512_bf16"}

_lock = threading.Lock()
_Library = namedtuple("_Library", ["ops", "flavour"])
_loaded = {}  # folder of a build -> its _Library, checked once: every op of a graph asks for it


class FusedOpsError(ValueError):
    """The fused ops were asked for and cannot be had; the message says why and what to do."""


def library(build_dir=None):
    """Loads the library on the first call.

    Args:
      build_dir: folder with one folder tf-<version> for each TensorFlow; default fused_ops/build.

    Returns:
      The module of generated op functions (tf.load_op_library).

    Raises:
      FusedOpsError: not built, or built against another TensorFlow than the one running, from other sources or for
        another processor.
    """
    folder = _folder(build_dir)
    with _lock:
        if folder not in _loaded:
            path, record = _checked(folder)
            try:
                _loaded[folder] = _Library(tf.load_op_library(path), record["flavour"])
            except (tf.errors.OpError, OSError) as error:
                raise FusedOpsError(
                    "fused ops: %s cannot be loaded (%s); build it again: %s"
                    % (path, str(error).split("\n")[0], _build_command(clean=True))
                )
    return _loaded[folder].ops


def is_available(build_dir=None):
    """Whether library() would find a library built for the running TensorFlow (it is not loaded yet)."""
    return unavailable_reason(build_dir) is None


def unavailable_reason(build_dir=None):
    """None, or the message that library() would raise, for logs that say why the plain ops are used."""
    try:
        _checked(_folder(build_dir))
    except FusedOpsError as error:
        return str(error)
    return None


def cpu_bfloat16_unavailable_reason(build_dir=None):
    """None, or why products in bfloat16 would not be by the processor's own instructions. Raises as library() does."""
    record = _checked(_folder(build_dir))[1]
    if record["flavour"] != "CPU":
        return (
            "the fused ops are built with CUDA kernels, whose products are TensorFlow's; for a CPU: "
            "make -C fused_ops CUDA_HOME= clean all"
        )
    if not _BFLOAT16_FEATURES <= _processor_features():
        return "this processor has no instructions for bfloat16 (AVX512_BF16): omit the flag"
    if not record.get("cpu_bfloat16"):
        return (
            "the compiler that built the fused ops does not know AVX512_BF16; GCC 10 and later do: "
            + _build_command(clean=True)
        )
    return None


def flavour(build_dir=None):
    """What the library holds: "CPU" or "CUDA <compute capabilities>". Raises as library() does."""
    folder = _folder(build_dir)
    return _loaded[folder].flavour if folder in _loaded else _checked(folder)[1]["flavour"]


def limit_cpu_isa(name):
    """Uses at most this instruction set in the CPU kernels; for tests and benchmarks.

    Args:
      name: "baseline" (SSE2), "avx2" or "avx512".

    Returns:
      The name of the set now in use: a lower one where the processor has not the one asked for, the lowest of the
      library where it is not built.
    """
    library()
    limit = ctypes.CDLL(_checked(_folder(None))[0]).fused_ops_limit_cpu_isa
    used = CPU_ISAS[limit(CPU_ISAS.index(name))]
    built = cpu_isas()
    return used if used in built else built[0]


def cpu_isas(build_dir=None):
    """The instruction sets that the library has CPU kernels for, from the lowest. Raises as library() does."""
    return _built_isas(_checked(_folder(build_dir))[1])


def _built_isas(record):
    return record.get("cpu_isas", list(CPU_ISAS))


def _processor_features():
    """What /proc/cpuinfo says of the processor: set of str, empty where there is no such file."""
    try:
        with open("/proc/cpuinfo") as lines:
            flags = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return set()
    return set(flags.split())


def _folder(build_dir):
    """Where the library for the running TensorFlow is, if there is one."""
    return os.path.join(build_dir or os.path.join(_HERE, "build"), "tf-" + tf.VERSION)


def _checked(folder):
    """(path of the library, its record), after the record has been compared with what is running here."""
    path = os.path.join(folder, _LIBRARY_NAME)
    if not os.path.isfile(path) or not os.path.isfile(os.path.join(folder, _RECORD_NAME)):
        others = _other_versions(os.path.dirname(folder))
        if others:
            raise FusedOpsError(
                "fused ops are built for TensorFlow %s, but this is TensorFlow %s: run %s"
                % (", ".join(others), tf.VERSION, _build_command())
            )
        raise FusedOpsError("fused ops are not built: run %s" % _build_command())
    record, running = _read_record(folder), running_identity()
    differing = [key for key in sorted(running) if record.get(key) != running[key]]
    if differing:
        raise FusedOpsError(
            "fused ops are built against another TensorFlow %s (%s), run %s"
            % (
                tf.VERSION,
                "; ".join(
                    "%s %s there, %s here" % (key, record.get(key), running[key])
                    for key in differing
                ),
                _build_command(clean=True),
            )
        )
    if record.get("sources") != sources_digest():
        raise FusedOpsError(
            "fused ops are built from other sources than those in fused_ops/csrc: run %s"
            % _build_command()
        )
    lowest = _built_isas(record)[0]
    if not _FEATURES.get(lowest, set()) <= _processor_features():
        raise FusedOpsError(
            "fused ops are built for processors with %s, which this one lacks: run %s"
            % (lowest.upper(), _build_command())
        )
    return path, record


def _read_record(folder):
    path = os.path.join(folder, _RECORD_NAME)
    try:
        with open(path) as record:
            return json.load(record)
    except ValueError:
        raise FusedOpsError(
            "fused ops: %s is not valid JSON: run %s" % (path, _build_command(clean=True))
        )


def running_identity():
    """Which build of TensorFlow is running: a library made for one must not be loaded into another.

    Returns:
      dict of str: version, git_version (NGC's and the stock 1.13.1 differ here), cxx11_abi.
    """
    return {
        "version": tf.VERSION,
        "git_version": tf.compat.as_str(tf.GIT_VERSION),  # bytes in some builds
        "cxx11_abi": str(tf.CXX11_ABI_FLAG),
    }


def sources_digest():
    """A hash of csrc/: a library that an update of this project left behind lacks what is new."""
    digest = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(_HERE, "csrc", "**", "*"), recursive=True)):
        if os.path.isfile(path):
            with open(path, "rb") as source:
                digest.update(os.path.basename(path).encode() + b"\0" + source.read() + b"\0")
    return digest.hexdigest()


def _other_versions(build_dir):
    if not os.path.isdir(build_dir):
        return []
    return [
        name[len("tf-") :]
        for name in sorted(os.listdir(build_dir))
        if name.startswith("tf-") and os.path.isfile(os.path.join(build_dir, name, _RECORD_NAME))
    ]


def _build_command(clean=False):
    return "make -C fused_ops clean all" if clean else "make -C fused_ops"
