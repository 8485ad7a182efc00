# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Checks the environment and prints a fix for each problem. Started by scripts/doctor.sh.

Each check returns an Item. The exit code is 1 if an item that is required, or named by --need, is not ok.
"""

import argparse
import ast
import csv
import io
import os
import shutil
import subprocess
import sys
import warnings
from collections import namedtuple

from program.files import digest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name: its name for --need, or None. finding, fix: one line each.
Item = namedtuple("Item", ["name", "title", "required", "ok", "finding", "fix"])

PYTHONS = [(3, 5), (3, 6), (3, 7), (3, 8), (3, 9), (3, 10), (3, 11)]
REFERENCE = "1.13.1"
GIGABYTE = 1024.0**3
RESULTS_GIGABYTES = 10.0  # a few checkpoints of BERT-large at 4 GB each
MODEL_FILES = ("bert_config.json", "vocab.txt", "bert_model.ckpt.index")
SQUAD_FILES = ("train-v{0}.json", "dev-v{0}.json")


def check_python():
    version = ".".join(map(str, sys.version_info[:3]))
    return Item(
        None,
        "Python",
        True,
        sys.version_info[:2] in PYTHONS,
        "%s (%s)" % (version, sys.executable),
        "use Python 3.7 (TensorFlow 1.13.1) or 3.8 to 3.11: bash scripts/setup.sh",
    )


def import_tensorflow():
    """(TensorFlow's v1 module, None), or (None, the reason why it cannot be imported)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import tensorflow.compat.v1 as tf
        return tf, None
    except Exception as error:  # a wheel for another processor or C library fails in many ways
        return None, " ".join(str(error).split()) or type(error).__name__


def check_tensorflow(tf, problem):
    if tf is None:
        return Item(
            None,
            "TensorFlow",
            True,
            False,
            "cannot be imported: %s" % problem[:160],
            "bash scripts/setup.sh",
        )
    note = "" if tf.VERSION == REFERENCE else " (the reference is %s)" % REFERENCE
    return Item(None, "TensorFlow", True, True, tf.VERSION + note, "")


def check_gpu(tf):
    from training import versions

    seen = versions.gpus()
    built = tf is not None and tf.test.is_built_with_cuda()
    if not seen:
        finding, fix = (
            "nvidia-smi lists none; runs use the CPU",
            "to use a GPU, install NVIDIA's driver, then use scripts/docker/launch.sh or scripts/setup.sh --gpu",
        )
    else:
        finding = "%d (%s); TensorFlow was built %s CUDA" % (
            len(seen),
            seen[0],
            "with" if built else "without",
        )
        fix = "this TensorFlow cannot use them: use scripts/docker/launch.sh or scripts/setup.sh --gpu"
    return Item("gpu", "GPUs", False, bool(seen) and built, finding, fix)


def check_amp(tf):
    try:
        from training import precision

        how = precision.amp_support()
    except Exception as error:  # without TensorFlow there is no AMP either
        how, problem = None, " ".join(str(error).split())[:120]
    else:
        problem = "stock TensorFlow %s has no AMP graph rewrite" % (tf.VERSION if tf else "")
    finding = {
        "api": "available through TensorFlow's graph rewrite",
        "environment": "available through the environment (NVIDIA's build)",
    }.get(how, problem)
    return Item(
        "amp",
        "AMP",
        False,
        how is not None,
        finding,
        "use --precision=fp16, or NVIDIA's container",
    )


def check_horovod():
    found = _run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            "import horovod.tensorflow as h; import horovod; print(horovod.__version__)",
        ]
    )
    mpi = shutil.which("mpirun")
    parts = [
        "Horovod %s" % found if found else "no Horovod for TensorFlow",
        "mpirun: %s" % mpi if mpi else "no mpirun",
    ]
    fix = []
    if not mpi:
        fix.append("apt-get install openmpi-bin libopenmpi-dev")
    if not found:
        fix.append("bash scripts/setup.sh --with-horovod")
    return Item(
        "horovod",
        "Horovod, MPI",
        False,
        bool(found and mpi),
        ", ".join(parts),
        "; ".join(fix) + " (not needed for one process: --num_gpus=0)",
    )


def check_fused_ops(tf):
    title = "fused ops"
    if tf is None:
        return Item(
            "fused_ops",
            title,
            False,
            False,
            "not checked: TensorFlow is missing",
            "bash scripts/setup.sh",
        )
    from fused_ops import loader

    reason = loader.unavailable_reason()
    if reason is None:
        try:
            loader.library()
        except loader.FusedOpsError as error:
            reason = str(error)
    if reason:
        return Item(
            "fused_ops",
            title,
            False,
            False,
            reason.split(": run ")[0],
            "make -C fused_ops PYTHON=%s (needs g++ and make)" % sys.executable,
        )
    flavour = loader.flavour()
    missing = [capability for capability in gpu_capabilities() if capability not in flavour]
    if missing:
        return Item(
            "fused_ops",
            title,
            False,
            False,
            "built for %s, but a GPU here is %s" % (flavour, missing[0]),
            'make -C fused_ops clean all CUDA_ARCHS="%s"' % " ".join(missing),
        )
    return Item(
        "fused_ops", title, False, True, "built for TensorFlow %s: %s" % (tf.VERSION, flavour), ""
    )


def gpu_capabilities():
    """The compute capabilities of the GPUs here as the build names them ("70"): list of str, empty where there is none."""
    text = _run(["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"])
    return sorted(
        {
            line.strip().replace(".", "")
            for line in text.splitlines()
            if line.strip().replace(".", "").isdigit()
        }
    )


def check_disk(path, title, gigabytes):
    place = os.path.abspath(path)
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    free = shutil.disk_usage(place).free / GIGABYTE
    writable = os.access(place, os.W_OK)
    finding = "%s: %.0f GB free%s" % (path, free, "" if writable else ", not writable")
    return Item(
        None,
        title,
        False,
        free >= gigabytes and writable,
        finding,
        (
            "free %.0f GB, or set RESULTS_DIR to another disk" % gigabytes
            if writable
            else "set RESULTS_DIR to a directory you can write to"
        ),
    )


def check_squad(data_dir, verify):
    problems, there = [], []
    for version in ("1.1", "2.0"):
        folder = os.path.join(data_dir, "squad", "v" + version)
        lost = [
            name.format(version)
            for name in SQUAD_FILES
            if not os.path.isfile(os.path.join(folder, name.format(version)))
        ]
        if lost:
            problems.append("v%s lacks %s" % (version, ", ".join(lost)))
            continue
        wrong = wrong_squad_files(folder) if verify else []
        if wrong:
            problems.append("v%s: wrong checksum of %s" % (version, ", ".join(wrong)))
        else:
            there.append("v%s%s" % (version, " verified" if verify else ""))
    return Item(
        "squad",
        "SQuAD",
        False,
        not problems,
        "; ".join(there + problems),
        "bash scripts/data_download.sh --no_docker --only squad",
    )


def squad_checksums():
    """File name -> MD5, from the table of data/squad/download.py.

    The file is parsed, not imported: importing it needs the packages of the data stages.
    """
    with io.open(os.path.join(ROOT, "data", "squad", "download.py"), encoding="utf-8") as stream:
        tree = ast.parse(stream.read())
    rows = [node.elts for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
    return {
        row[1].s: row[3].s
        for row in rows
        if len(row) == 4 and all(isinstance(row[column], ast.Str) for column in (0, 1, 3))
    }


def wrong_squad_files(folder):
    """Names of the files in a directory whose MD5 is not the published one."""
    table = squad_checksums()
    return [
        name
        for name in sorted(os.listdir(folder))
        if name in table and digest(os.path.join(folder, name), "md5") != table[name]
    ]


def check_weights(data_dir, verify):
    base = os.path.join(data_dir, "pretrained_models_google")
    models = [name for name in sorted(os.listdir(base))] if os.path.isdir(base) else []
    models = [
        name
        for name in models
        if all(os.path.isfile(os.path.join(base, name, each)) for each in MODEL_FILES)
    ]
    wrong = (
        [name for name in models if wrong_weights(os.path.join(base, name), name)] if verify else []
    )
    if wrong:
        return Item(
            "weights",
            "Google's weights",
            False,
            False,
            "wrong checksum in %s" % ", ".join(wrong),
            _download("weights"),
        )
    return Item(
        "weights",
        "Google's weights",
        False,
        bool(models),
        (", ".join(models) + (" verified" if verify else "")) or "none in %s" % base,
        _download("weights"),
    )


def wrong_weights(folder, model):
    """Names of a model's files that are missing or have another SHA-256 than the table says."""
    with io.open(
        os.path.join(ROOT, "data", "pretrained_models_google", "checkpoint_sha256.tsv"),
        encoding="utf-8",
    ) as stream:
        rows = [
            row for row in csv.reader(stream, delimiter="\t") if len(row) >= 3 and row[0] == model
        ]
    return [
        row[1]
        for row in rows
        if not os.path.isfile(os.path.join(folder, row[1]))
        or digest(os.path.join(folder, row[1])) != row[2]
    ]


def check_records(data_dir, name, title, folder):
    place = os.path.join(data_dir, folder, "final_tfrecords_sharded")
    count = sum(
        file_name.endswith(".tfrecord") for _, _, names in os.walk(place) for file_name in names
    )
    return Item(
        name, title, False, count > 0, "%d record files in %s" % (count, place), _download(name)
    )


def _download(name):
    return "bash scripts/data_download.sh --no_docker --only %s" % name


def _run(command):
    """What a command prints, or "" when it fails."""
    try:
        with open(os.devnull, "w") as nowhere:
            return (
                subprocess.check_output(command, stderr=nowhere).decode("utf-8", "replace").strip()
            )
    except (OSError, subprocess.CalledProcessError):
        return ""


def report(items, needed):
    """Prints the items; returns the number of required items that are not ok."""
    missing = 0
    for item in items:
        must = item.required or item.name in needed
        mark = "ok" if item.ok else "MISSING" if must else "note"
        print("%-8s %s: %s" % (mark, item.title, item.finding))
        if not item.ok:
            print("%-8s fix: %s" % ("", item.fix))
        missing += must and not item.ok
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("data_dir", "results_dir"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--need", default="")
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    tf, problem = import_tensorflow()
    items = [
        check_python(),
        check_tensorflow(tf, problem),
        check_gpu(tf),
        check_amp(tf),
        check_horovod(),
        check_fused_ops(tf),
        check_disk(options.results_dir, "disk for results", RESULTS_GIGABYTES),
        check_squad(options.data_dir, options.verify),
        check_weights(options.data_dir, options.verify),
        check_records(options.data_dir, "wikipedia", "Wikipedia records", "wikipedia_corpus"),
        check_records(options.data_dir, "books", "BooksCorpus records", "bookcorpus"),
    ]
    missing = report(items, set(options.need.split(",")))
    print("ready" if not missing else "not ready: %d missing" % missing)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
