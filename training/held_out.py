# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Which records an evaluation reads, in words, and whether training reads them too."""

import os

from program.errors import few


def described(files, is_named, trains):
    """Such as "records of 2 files of --eval_input_file: a, b", for the log.

    Args:
      files: list of paths.
      is_named: bool, whether --eval_input_file names them; otherwise --input_file does.
      trains: bool, whether the same run trains.
    """
    source = "--eval_input_file" if is_named else "--input_file"
    if trains and not is_named:
        source += ", which are trained on (--eval_input_file takes held-out ones)"
    return "records of %d file%s of %s: %s" % (
        len(files),
        "" if len(files) == 1 else "s",
        source,
        few(files),
    )


def overlap_warning(files, train_files):
    """One line where some files of --eval_input_file are trained on, by whatever path or link; otherwise None.

    Args:
      files, train_files: lists of paths.
    """
    trained = set(map(os.path.realpath, train_files))
    shared = [path for path in files if os.path.realpath(path) in trained]
    if not shared:
        return None
    return "--eval_input_file: %d of its %d files are trained on as well: %s" % (
        len(shared),
        len(files),
        few(shared),
    )
