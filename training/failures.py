# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a machine can do to a run, in one line: a full disk, too little memory, a file that vanished.

TensorFlow reports these as errors of its ops, with pages of traceback. Errors that are not known here keep theirs.
"""

import contextlib
import os
import re
import shutil

import tensorflow.compat.v1 as tf

from program.errors import UserError
from program.files import human

# What the operating system says -> what the line says.
_DISK = (
    ("No space left on device", "the disk is full"),
    ("Disk quota exceeded", "the disk quota is exceeded"),
    ("File too large", "the largest file size is exceeded (ulimit -f, or the file system's)"),
    ("Read-only file system", "the file system is read-only"),
    ("Input/output error", "the disk does not work (input/output error)"),
)
_PATH = r"((?:/|[^\s:;'\"\[]+/)[^:;'\"\n]*?)\s*(?:[;:]\s*|'\s*)"


class RunError(UserError):
    """The machine stopped the run; the message says what was missing and how to go on."""


@contextlib.contextmanager
def explained(output_dir):
    """Turns the errors of a `with` block that are known here into a RunError.

    Args:
      output_dir: str, of the run.
    """
    try:
        yield
    except (tf.errors.OpError, MemoryError) as error:
        line = explanation(error, output_dir)
        if line is None:
            raise
        raise RunError(line)


def explanation(error, output_dir):
    """One line about an error of TensorFlow's, or None if it is not known here.

    Args:
      error: BaseException.
      output_dir: str.
    """
    if isinstance(error, MemoryError):
        return "out of memory on the host: " + _SMALLER
    if not isinstance(error, tf.errors.OpError):
        return None
    text = error.message or ""
    for reason, meaning in _DISK:
        if reason in text:
            return _disk_line(error, text, reason, meaning, output_dir)
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return _memory_line(text)
    missing = re.search(_PATH + "No such file or directory", text)
    if missing:
        return "%s: no such file; it was there when the run began" % missing.group(1)
    denied = re.search(_PATH + "Permission denied", text)
    if denied:
        return "%s: permission denied" % denied.group(1)
    return None


_SMALLER = (
    "reduce --train_batch_size (the same step with --num_accumulation_steps), the evaluation or prediction batch, "
    "or --max_seq_length"
)


def _memory_line(text):
    tensor = re.search(r"allocating tensor with shape(\[[\d,]*\])", text)
    device = re.search(r"device:([A-Z]+:\d+)", text)
    return "out of memory%s%s: %s" % (
        " on " + device.group(1) if device else "",
        " for a tensor of shape " + tensor.group(1) if tensor else "",
        _SMALLER,
    )


def _disk_line(error, text, reason, meaning, output_dir):
    found = re.search(_PATH + re.escape(reason), text)
    # A checkpoint is written under temporary names that begin with its own, which is what the user knows.
    temporary = r"(_temp(_[0-9a-f]+)?/.*|\.data-\d+-of-\d+\.tempstate\d+)$"
    path = re.sub(temporary, "", found.group(1)) if found else output_dir
    facts = []
    needed = checkpoint_bytes(error.op.graph) if error.op is not None and "save" in text else 0
    if needed:
        facts.append("a checkpoint needs %s" % human(needed))
    folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
    if os.path.isdir(folder):
        facts.append("%s free" % human(shutil.disk_usage(folder).free))
    return "%s: cannot be written: %s%s; free some space and run the same command again" % (
        path,
        meaning,
        " (%s)" % ", ".join(facts) if facts else "",
    )


def checkpoint_bytes(graph):
    """Bytes of a checkpoint of all variables of a graph."""
    return sum(
        variable.shape.num_elements() * variable.dtype.base_dtype.size
        for variable in graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        if variable.shape.is_fully_defined()
    )
