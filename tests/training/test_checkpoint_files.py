# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/checkpoint_files.py: a run's checkpoints whatever happened to the note and to the newest of them."""

import contextlib
import os
import re
import shutil

import pytest

from tests.training.checkpoint_samples import cut, data_file, flip, save
from training import checkpoint_files
from training.checkpoint_files import CheckpointError, find_own, latest

STEPS = (10, 20, 30)


@pytest.fixture(name="run", params=["run", "run[1]", "a\\b", "100% *?"])
def fixture_run(request, tmp_path):
    """A directory (str) with three checkpoints that TensorFlow and a note of theirs."""
    directory = str(tmp_path / request.param)
    for step in STEPS:
        saved = save(tmp_path / "plain", {"bert/a": [1.0 * step]}, step)
    assert saved.endswith("-30")
    shutil.move(str(tmp_path / "plain"), directory)
    checkpoint_files.write_note(directory, [at(directory, step) for step in STEPS])
    return directory


def at(directory, step):
    return os.path.join(directory, "model.ckpt-%d" % step)


def note(directory):
    return os.path.join(directory, "checkpoint")


def test_the_noted_one(run):
    assert latest(run) == at(run, 30) and find_own(run) == (at(run, 30), [])
    assert checkpoint_files.noted(run) == (at(run, 30), [at(run, step) for step in STEPS])
    checkpoint_files.write_note(run, [at(run, 20)])  # a user goes back
    assert latest(run) == at(run, 20) and find_own(run) == (at(run, 20), [])
    assert checkpoint_files.step_of(at(run, 20)) == 20
    assert [checkpoint_files.step_of(name) for name in (None, "a-7/bert_model.ckpt")] == [0, 0]


@pytest.mark.parametrize(
    "content, said",
    [
        (None, "is missing"),
        (b"", "names no checkpoint"),
        (b"\x00\xff\xfe garbage \x80", "names no checkpoint"),
        (b'model_checkpoint_path: "\\xff\\377"\n', "names no checkpoint"),
        (b'model_checkpoint_path: "model.ckpt-99"\n', "model.ckpt-99, which is gone"),
        (b'model_checkpoint_path: "/elsewhere/model.ckpt-99"\n', "model.ckpt-99, which is gone"),
    ],
)
def test_a_lost_note_loses_nothing(run, content, said):
    os.remove(note(run))
    if content is not None:
        with open(note(run), "wb") as stream:
            stream.write(content)
    found = find_own(run)
    assert found.prefix == latest(run) == at(run, 30)
    (warning,) = found.warnings
    assert said in warning and warning.endswith("found " + at(run, 30))
    checkpoint_files.adopt(run, found.prefix)
    assert find_own(run) == (at(run, 30), [])
    assert checkpoint_files.noted(run)[1] == [at(run, step) for step in STEPS]


def test_a_note_with_the_path_of_before_the_move(run):
    with open(note(run), "w") as stream:
        stream.write('model_checkpoint_path: "/before/model.ckpt-20"\n')
    assert find_own(run) == (at(run, 20), [])


def test_a_note_with_a_zero_byte_names_nothing(run):
    with open(note(run), "wb") as stream:
        stream.write(b'model_checkpoint_path: "model\0ckpt-20"\n')
    found = find_own(run)
    assert found.prefix == at(run, 30) and "names no checkpoint" in found.warnings[0]


def test_a_note_of_another_directory_does_not_lead_there(run, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run, str(other))
    for path in other.glob("model.ckpt-30.*"):
        path.rename(str(path).replace("-30.", "-90."))
    for path in (str(other), "../other"):
        with open(note(run), "w") as stream:
            stream.write('model_checkpoint_path: "%s/model.ckpt-90"\n' % path)
        found = find_own(run)
        assert found.prefix == at(run, 30)
        (warning,) = found.warnings
        assert "model.ckpt-90, which is in another directory; found %s" % at(run, 30) in warning
    for prefix in checkpoint_files.on_disk(run):
        checkpoint_files.remove(prefix)
    assert find_own(run).prefix.endswith("other/model.ckpt-90")  # none is here


def test_the_index_of_a_newer_one_stays(run):
    """Its data may be put back."""
    os.remove(data_file(at(run, 30)))
    checkpoint_files.adopt(run, find_own(run).prefix)
    assert checkpoint_files.remove_leftovers(run) == []
    assert os.path.exists(at(run, 30) + ".index")


def test_a_name_with_a_slash_at_its_end(run):
    os.remove(note(run))
    found = find_own(run + "/")
    checkpoint_files.adopt(run + "/", found.prefix)
    assert find_own(run) == (at(run, 30), []) == (found.prefix.replace("//", "/"), [])


@pytest.mark.parametrize("kills_after", range(7))
def test_a_kill_among_removals_leaves_no_old_checkpoint_for_good(run, monkeypatch, kills_after):
    """Of the two oldest of three, six files."""
    left, remove = [kills_after], os.remove

    def dying(path):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        remove(path)

    monkeypatch.setattr(os, "remove", dying)
    with contextlib.suppress(KeyboardInterrupt):
        checkpoint_files.record(at(run, 30), 1)
    monkeypatch.undo()
    assert find_own(run) == (at(run, 30), [])
    half = [step for step in (10, 20) if os.path.exists(at(run, step) + ".index")]
    half = [step for step in half if not os.path.exists(data_file(at(run, step)))]
    assert checkpoint_files.remove_leftovers(run) == ["model.ckpt-%d" % step for step in half]
    checkpoint_files.record(at(run, 30), 1)
    assert checkpoint_files.noted(run) == (at(run, 30), [at(run, 30)])
    there = sorted(name for name in os.listdir(run) if name.startswith("model.ckpt"))
    assert {name.split(".")[1] for name in there} == {"ckpt-30"}


DAMAGE = {
    "cut": lambda prefix: cut(data_file(prefix), 2),
    "flipped": lambda prefix: flip(data_file(prefix)),
    "no data": lambda prefix: os.remove(data_file(prefix)),
    "no index": lambda prefix: os.remove(prefix + ".index"),
    "empty index": lambda prefix: cut(prefix + ".index", 0),
    "flipped index": lambda prefix: flip(prefix + ".index", 20),
    "garbage": lambda prefix: shutil.copy(__file__, prefix + ".index"),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_one_is_passed_over(run, damage):
    DAMAGE[damage](at(run, 30))
    found = find_own(run)
    assert found.prefix == at(run, 20)
    assert [w for w in found.warnings if at(run, 30) in w and at(run, 20) in w], found.warnings
    checkpoint_files.adopt(run, found.prefix)
    assert find_own(run) == (at(run, 20), [])
    for step in (10, 20):
        DAMAGE[damage](at(run, step))
    with pytest.raises(CheckpointError) as caught:
        find_own(run)
    assert re.search(
        "none of its 3 checkpoints can be read|names .* but its files are gone", str(caught.value)
    )
    assert "\n" not in str(caught.value) and run in str(caught.value)


def test_nothing_there(tmp_path):
    assert latest(str(tmp_path / "missing")) is None and find_own(str(tmp_path)) == (None, [])
    (tmp_path / "checkpoint").write_text("garbage")
    assert find_own(str(tmp_path)) == (None, [])
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"\n')
    with pytest.raises(CheckpointError, match="model.ckpt-7, but its files are gone"):
        find_own(str(tmp_path))
    save(tmp_path / "one", {"a": [1.0]}, 5)
    cut(data_file(at(str(tmp_path / "one"), 5)), 0)
    with pytest.raises(CheckpointError, match="its only checkpoint cannot be read .*cut off"):
        find_own(str(tmp_path / "one"))


def test_the_oldest_goes_when_a_new_one_is_recorded(run):
    checkpoint_files.record(at(run, 30), 2)
    assert [p for p in checkpoint_files.on_disk(run)] == [at(run, 30), at(run, 20)]
    assert checkpoint_files.noted(run) == (at(run, 30), [at(run, 20), at(run, 30)])
    assert not [name for name in os.listdir(run) if "-10." in name]
    checkpoint_files.write_note(
        run, [at(run, 30)]
    )  # a copy that the user put there is not the run's
    checkpoint_files.record(at(run, 30), 1)
    assert at(run, 20) in checkpoint_files.on_disk(run)
    checkpoint_files.record(at(run, 20), 0)
    assert len(checkpoint_files.noted(run)[1]) == 2 and latest(run) == at(run, 20)


def test_milestones_stay(run):
    checkpoint_files.record(at(run, 30), 1, 20)
    assert checkpoint_files.on_disk(run) == [at(run, 30), at(run, 20)]
    assert checkpoint_files.noted(run) == (at(run, 30), [at(run, 30)])


def test_leftovers_go_and_nothing_else(tmp_path):
    keep = [
        "model.ckpt-3.index",
        "model.ckpt-3.data-00000-of-00001",
        "run.json",
        "train.tf_record",
        "train.tf_record.windows",
        "my.tmp",
        "notes-temp",
    ]
    gone = [
        "model.ckpt-4.meta.tmp0f3a",
        "model.ckpt-4.meta.tmp",
        "checkpoint.tmp12ab",
        "graph.pbtxt.tmp9",
        "run.json.tmp",
        "train.tf_record.tmp",
        "train.tf_record.own",
        "train.tf_record.windows.tmp",
        "train.tf_record.in_file_order",
        "train.tf_record.in_file_order.own",
        "train.tf_record.in_file_order.tmp",
        "eval.tf_record.windows.tmp",
        "predictions.json.tmp-4711",
        "model.ckpt-4.data-00000-of-00001.tempstate1234",
    ]
    for name in keep + gone:
        (tmp_path / name).write_text("x")
    parts = ["model.ckpt-4_temp_0123abc", "model.ckpt-5_temp"]  # of TensorFlow 1 and 2
    for part in parts:
        (tmp_path / part).mkdir()
        (tmp_path / part / "part-00000-of-00001.data-00000-of-00001").write_text("x")
    assert checkpoint_files.remove_leftovers(str(tmp_path)) == sorted(gone + parts)
    assert sorted(os.listdir(str(tmp_path))) == sorted(keep)


def test_only_the_named_variables_are_read_back(tmp_path):
    prefix = save(tmp_path, {"a": [1.0, 2.0], "b": [3.0, 4.0]})
    flip(data_file(prefix), 0)  # of a, which comes first
    checkpoint_files.verify(prefix, ["b", "not there"])
    with pytest.raises(CheckpointError, match=r"model.ckpt: damaged \(a: .*[Cc]hecksum"):
        checkpoint_files.verify(prefix)
