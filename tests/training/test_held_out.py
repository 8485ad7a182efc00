# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/held_out.py: the log's words for what is evaluated, and files that are also trained on."""

import os

import pytest

from training import held_out


@pytest.mark.parametrize(
    "files, is_named, trains, expected",
    [
        (["a"], True, True, "records of 1 file of --eval_input_file: a"),
        (["a", "b"], True, False, "records of 2 files of --eval_input_file: a, b"),
        (["a"], False, False, "records of 1 file of --input_file: a"),
        (
            list("abcde"),
            False,
            True,
            "records of 5 files of --input_file, which are trained on (--eval_input_file takes held-out ones): "
            "a, b, c and 2 more",
        ),
    ],
)
def test_words(files, is_named, trains, expected):
    assert held_out.described(files, is_named, trains) == expected


def test_files_that_are_trained_on_too_are_found_behind_links_and_other_paths(tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(b"")
    os.symlink(str(tmp_path / "a"), str(tmp_path / "link"))
    train = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert held_out.overlap_warning([str(tmp_path / "c")], train) is None
    assert held_out.overlap_warning([], train) is None
    other = "%s/../%s/b" % (tmp_path, tmp_path.name)
    found = held_out.overlap_warning([str(tmp_path / "link"), str(tmp_path / "c"), other], train)
    assert found == "--eval_input_file: 2 of its 3 files are trained on as well: %s, %s" % (
        tmp_path / "link",
        other,
    )
