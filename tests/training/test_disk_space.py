# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/disk_space.py: what is said before the first step; and a run on a disk that is too small."""

import json
import os
import shutil
import subprocess
from collections import namedtuple

import pytest
import tensorflow.compat.v1 as tf

from tests import pretraining_runs
from training import disk_space
from training.failures import RunError
from training.options import RunOptions

tf.disable_v2_behavior()

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """begin(free, ...): the log lines of the hook's start in a graph whose checkpoint takes 4 MB."""

    def run(free, num_steps=1000, **options):
        lines = []
        monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda path: Usage(0, 0, free))
        for name in ("info", "warning"):
            monkeypatch.setattr(
                tf.logging,
                name,
                lambda text, *values, name=name: lines.append((name, text % values)),
            )
        with tf.Graph().as_default():
            tf.get_variable("v", [1000, 1000])
            run_options = RunOptions(output_dir=str(tmp_path), **options)
            disk_space.DiskSpaceHook(run_options, num_steps).begin()
        return lines

    return run


@pytest.mark.parametrize(
    "options, num_steps, count, needed",
    [
        ({}, 10000, 2, "8 MB"),  # one is kept, and one is being written
        ({"keep_checkpoint_max": 3}, 10000, 4, "16 MB"),
        (
            {"keep_checkpoint_max": 5},
            10,
            2,
            "8 MB",
        ),  # no more than this: at the first and the last step
        ({"keep_checkpoint_max": 0}, 10000, 12, "48 MB"),  # all
        ({"keep_checkpoint_every_n_steps": 2000}, 10000, 7, "28 MB"),
        ({"keep_checkpoint_max": 0, "save_checkpoints_steps": 100}, 1000, 12, "48 MB"),
    ],
)
def test_the_space_is_said_before_the_first_step(begin, options, num_steps, count, needed):
    ((kind, line),) = begin(10**9, num_steps, **options)
    assert (
        kind == "info"
        and "checkpoints of 4 MB: up to %d at a time need %s in" % (count, needed) in line
    )
    assert line.endswith("1 GB free")


def test_a_disk_too_small_for_all_is_warned_of(begin, tmp_path):
    assert [kind for kind, _ in begin(5 * 10**6)] == ["info", "warning"]
    # What is there already makes room.
    (tmp_path / "model.ckpt-1.data-00000-of-00001").write_bytes(b"\0" * (4 * 10**6))
    assert [kind for kind, _ in begin(5 * 10**6)] == ["info"]


def test_a_disk_too_small_for_one_is_refused(begin):
    with pytest.raises(RunError, match="a checkpoint needs 4 MB, only 3.9 MB free"):
        begin(3900000)


@pytest.fixture
def small_disk(tmp_path):
    """small_disk(megabytes): a directory on a disk of its own; skips where none can be mounted."""
    folder = str(tmp_path / "disk")
    os.mkdir(folder)

    def mount(megabytes):
        options = ["-t", "tmpfs", "-o", "size=%dk" % (megabytes * 1024), "tmpfs", folder]
        if not shutil.which("mount") or subprocess.call(["mount"] + options) != 0:
            pytest.skip("no disk can be mounted here (needs root)")
        return folder

    yield mount
    subprocess.call(["umount", "-l", folder], stderr=subprocess.DEVNULL)


def fill(folder, leave):
    """Leaves `leave` bytes of a disk free."""
    with open(os.path.join(folder, "ballast"), "wb") as output:
        output.write(b"\0" * max(0, shutil.disk_usage(folder).free - leave))


def test_a_full_disk_costs_one_line_and_no_checkpoint(small_disk, tmp_path):
    folder = small_disk(8)
    place = pretraining_runs.Place(tmp_path)
    out = os.path.join(folder, "out")
    steps = ["--do_train", "--save_checkpoints_steps=5", "--num_warmup_steps=1"]
    code, _, err = place.command(out, *(steps + ["--num_train_steps=10"]))
    assert code == 0, err
    size = sum(
        os.path.getsize(os.path.join(out, name))
        for name in os.listdir(out)
        if name.startswith("model.ckpt-10.")
    )
    for last_step, share in ((20, 0.0), (30, 0.4), (40, 1.1)):
        fill(folder, int(share * size))
        code, _, err = place.command(out, *(steps + ["--num_train_steps=%d" % last_step]))
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code == 2 and len(lines) == 1 and "Traceback" not in err, err
        assert out in lines[0] and ("No space left" in lines[0] or " free" in lines[0])
        # The last checkpoint is whole, and the run goes on from it when there is space.
        prefix = tf.train.latest_checkpoint(out)
        for name, _ in tf.train.list_variables(prefix):
            tf.train.load_variable(prefix, name)
        os.remove(os.path.join(folder, "ballast"))
        if share:  # on a disk without a byte not even this can be written
            with open(os.path.join(out, "run.json")) as record:
                assert json.load(record)["status"] == "failed"
        code, _, err = place.command(out, *(steps + ["--num_train_steps=%d" % last_step]))
        assert code == 0 and tf.train.latest_checkpoint(out).endswith("-%d" % last_step), err
        assert not [name for name in os.listdir(out) if "_temp_" in name or name.endswith(".tmp")]
