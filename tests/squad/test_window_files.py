# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""squad/window_files.py: a file of windows is used again only if it is what would be made, and whole."""

import hashlib
import json
import os
import random
import shutil
import string
import subprocess
import sys

import numpy as np
import pytest

import tokenization
from program import directory_lock
from program.errors import DataError
from program.options import OptionError
from squad import window_files, windows
from squad.examples import read_squad_examples
from squad.options import SquadOptions

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + "the a cat dog sat on mat . ? who".split()


def document(count=30, word="cat"):
    """Questions about contexts of different length, two a context."""
    paragraphs = []
    for number in range(count):
        context = "The %s sat on zebra%d . " % (word, number % 3) * (1 + number % 5)
        qas = [
            {
                "id": "%d-%d" % (number, which),
                "question": ("Who sat ?", "The cat sat on ?")[which],
                "answers": [{"text": "The %s" % word, "answer_start": 0}],
            }
            for which in (0, 1)
        ]
        paragraphs.append({"context": context, "qas": qas})
    return json.dumps({"version": "1.1", "data": [{"paragraphs": paragraphs}]})


@pytest.fixture
def site(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (tmp_path / "questions.json").write_text(document())
    return tmp_path


def options_of(site, **changes):
    values = dict(
        vocab_file=str(site / "vocab.txt"),
        train_file=str(site / "questions.json"),
        do_train=True,
        max_seq_length=24,
        max_query_length=8,
        doc_stride=4,
    )
    values.update(changes)
    return SquadOptions(**values)


def make(site, path, is_training=True, **changes):
    """Makes and describes a file: (Windows, facts, options)."""
    options = options_of(site, **changes)
    facts = window_files.made_from(options.train_file, options, is_training)
    examples = read_squad_examples(options.train_file, is_training, options.version_2_with_negative)
    tokenizer = tokenization.FullTokenizer(options.vocab_file, options.do_lower_case)
    made = windows.write_windows(str(path), examples, tokenizer, options, is_training)
    window_files.describe(str(path), made, facts)
    return made, facts, options


def same(one, other):
    assert one.counts.tolist() == other.counts.tolist()
    assert one.sizes.tolist() == other.sizes.tolist()
    for name in ("num_tokens", "num_unknown", "words"):
        assert getattr(one.unknown, name) == getattr(other.unknown, name)
    assert (one.places is None) == (other.places is None)
    if one.places is not None:
        assert list(one) == list(other) and len(list(one)) == len(one)


@pytest.mark.parametrize("is_training", [True, False])
def test_a_file_that_was_made_from_the_same_is_found(site, is_training, caplog):
    path = str(site / "x")
    made, facts, options = make(site, path, is_training)
    found = window_files.load(
        path, window_files.made_from(options.train_file, options, is_training), options
    )
    same(found, made)
    assert made.unknown.num_unknown > 0 and not caplog.records
    assert sorted(os.listdir(str(site))) == ["questions.json", "vocab.txt", "x", "x.windows"]


@pytest.mark.parametrize(
    "change",
    [
        dict(max_seq_length=25),
        dict(doc_stride=5),
        dict(max_query_length=7),
        dict(do_lower_case=False),
        dict(version_2_with_negative=True),
    ],
)
def test_other_options_are_another_file(site, change):
    path = str(site / "x")
    _, facts, _ = make(site, path)
    other = options_of(site, **change)
    others = window_files.made_from(other.train_file, other, True)
    assert others != facts and window_files.load(path, others, other) is None


def test_what_does_not_decide_the_windows_does_not_matter(site):
    path = str(site / "x")
    _, facts, _ = make(site, path)
    shutil.copy(str(site / "questions.json"), str(site / "moved.json"))
    other = options_of(
        site,
        train_file=str(site / "moved.json"),
        num_train_epochs=5.0,
        train_batch_size=3,
        num_workers=7,
        windows_cache_dir=str(site),
        n_best_size=3,
    )
    assert window_files.made_from(other.train_file, other, True) == facts


@pytest.mark.parametrize("name", ["questions.json", "vocab.txt"])
def test_other_content_under_the_same_name_and_time_is_another_file(site, name):
    path = str(site / "x")
    _, facts, options = make(site, path)
    before = os.stat(str(site / name))
    content = (site / name).read_text()
    (site / name).write_text(content.replace("cat", "dog"))
    os.utime(str(site / name), ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(str(site / name))
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    facts_now = window_files.made_from(options.train_file, options, True)
    assert facts_now != facts and window_files.load(path, facts_now, options) is None


def test_kind_order_and_version_are_part_of_it(site, monkeypatch):
    path = str(site / "x")
    _, facts, options = make(site, path)
    others = [
        window_files.made_from(options.train_file, options, False),
        window_files.in_order(facts, np.arange(60)),
        window_files.in_order(facts, np.arange(60)[::-1]),
    ]
    monkeypatch.setattr(window_files, "_VERSION", 0)
    others.append(window_files.made_from(options.train_file, options, True))
    monkeypatch.setattr(window_files.unicodedata, "unidata_version", "1.0")
    others.append(window_files.made_from(options.train_file, options, True))
    assert len({json.dumps(one, sort_keys=True) for one in others + [facts]}) == 6
    assert not any(window_files.load(path, one, options) for one in others)


def damages(size):
    """Ways to damage a file of so many bytes: name -> function of its content."""
    rng = random.Random(1)
    ways = {
        "empty": lambda content: b"",
        "half": lambda content: content[: size // 2],
        "short by one": lambda content: content[:-1],
        "long by one": lambda content: content + b"\0",
        "another": lambda content: b"\0" * size,
        "text": lambda content: b"version https://git-lfs.github.com/spec/v1\n",
    }
    for place in [0, 31, 32, 40, size - 1] + [rng.randrange(size) for _ in range(20)]:
        ways["bit %d" % place] = lambda content, place=place: (
            content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        )
    return ways


@pytest.mark.parametrize("ending", ["", window_files.ENDING])
@pytest.mark.parametrize("is_training", [True, False])
def test_a_damaged_file_is_not_used(site, is_training, ending, caplog):
    path = str(site / "x")
    made, facts, options = make(site, path, is_training)
    store = window_files.Store(str(site / "store"))
    store.keep(path, made, facts)
    kept = [name for name in os.listdir(store.directory) if name.endswith(".tf_record")]
    kept = os.path.join(store.directory, kept[0])
    with open(path + ending, "rb") as source:
        content = source.read()
    for name, way in damages(len(content)).items():
        for damaged in (path + ending, kept + ending):
            with open(damaged, "wb") as output:
                output.write(way(content))
        caplog.clear()
        assert window_files.load(path, facts, options) is None, name
        assert store.fetch(str(site / "copy"), facts, options) is None, name
        assert len(caplog.records) == 2 and "are made again" in caplog.text, name
        assert not os.path.exists(str(site / "copy")) and not os.path.exists(str(site / "copy.tmp"))
    for whole in (path + ending, kept + ending):
        with open(whole, "wb") as output:
            output.write(content)
    same(window_files.load(path, facts, options), made)
    same(store.fetch(str(site / "copy"), facts, options), made)
    for gone in (path + ending, kept + ending):
        os.remove(gone)
    assert window_files.load(path, facts, options) is None
    assert store.fetch(str(site / "copy"), facts, options) is None


def test_windows_of_the_same_input_are_those_of_this_version(repo_root, tmp_path):
    """Who changes the windows of an input raises _VERSION, and with it these digests."""
    folder = os.path.join(repo_root, "data", "sample", "squad")
    letters = list(string.ascii_lowercase + string.digits)
    pieces = ["##" + letter for letter in letters] + ["##ing", "##ed", "##er", "an", "th"]
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS + letters + pieces) + "\n")
    found = [window_files._VERSION]
    for is_training, name in ((True, "train-v2.0.json"), (False, "dev-v2.0.json")):
        made, facts, options = make(
            tmp_path,
            tmp_path / "x",
            is_training,
            train_file=os.path.join(folder, name),
            max_seq_length=256,
            doc_stride=64,
            version_2_with_negative=True,
        )
        content = (tmp_path / "x").read_bytes()
        places = b"" if is_training else b"".join(array.tobytes() for array in made.places)
        found.append(hashlib.sha256(content + places).hexdigest()[:16])
    assert found == [1, "b89abb37b226814e", "e4d38a043ed8c4e9"]


# ------------------------------------------------------------------------------------------- the directory


def test_a_store_gives_what_it_was_given(site):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(str(site / "new" / "store"))
    assert store.fetch(str(site / "copy"), facts, options) is None
    store.keep(str(site / "x"), made, facts)
    same(window_files.Store(store.directory).fetch(str(site / "copy"), facts, options), made)
    assert (site / "copy").read_bytes() == (site / "x").read_bytes()
    assert store.fetch(str(site / "other"), dict(facts, doc_stride=9), options) is None
    assert not (site / "other").exists()
    names = sorted(os.listdir(store.directory))
    assert len(names) == 2 and names[1] == names[0] + window_files.ENDING
    store.keep(str(site / "x"), made, facts)  # again
    assert sorted(os.listdir(store.directory)) == names


def test_no_directory_keeps_nothing(site):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(None)
    store.keep(str(site / "x"), made, facts)
    assert store.fetch(str(site / "copy"), facts, options) is None


def test_what_has_not_been_used_for_longest_goes_first(site, monkeypatch):
    made, facts, options = make(site, site / "x")
    size = os.path.getsize(str(site / "x"))
    monkeypatch.setattr(window_files, "_MOST_BYTES", 3 * size + 10)
    store = window_files.Store(str(site / "store"))
    (site / "store" / "notes.txt").write_text("of the user" * size)
    facts_of = [dict(facts, number=number) for number in range(5)]

    def there():
        return [
            number
            for number, one in enumerate(facts_of)
            if store.fetch(str(site / "copy"), one, options) is not None
        ]

    def keep(number, when):
        store.keep(str(site / "x"), made, facts_of[number])
        os.utime(store._path(facts_of[number]) + window_files.ENDING, (when, when))

    for number in range(3):
        keep(number, 1000 + number)
    assert store.fetch(str(site / "copy"), facts_of[0], options) is not None  # used now
    keep(3, 1010)
    leftover = store._path(facts_of[4]) + ".tmp"  # of a run that was killed
    with open(leftover, "wb") as output:
        output.write(b"half")
    assert there() == [0, 2, 3]
    for number, when in ((0, 5), (2, 6), (3, 7)):
        os.utime(store._path(facts_of[number]) + window_files.ENDING, (when, when))
    keep(4, 8)
    assert there() == [2, 3, 4] and not os.path.exists(leftover)
    assert (site / "store" / "notes.txt").exists()
    monkeypatch.setattr(window_files, "_MOST_BYTES", size - 1)
    keep_nothing = dict(facts, number=9)
    store.keep(str(site / "x"), made, keep_nothing)
    assert not os.path.exists(store._path(keep_nothing)) and there() == [2, 3, 4]


def test_a_directory_that_cannot_be_written_still_gives(site, monkeypatch, caplog):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(str(site / "store"))
    store.keep(str(site / "x"), made, facts)

    def refuse(*arguments, **names):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(window_files.os, "utime", refuse)
    same(store.fetch(str(site / "copy"), facts, options), made)
    assert not caplog.records
    monkeypatch.setattr(directory_lock.os, "open", refuse)
    store.keep(str(site / "x"), made, dict(facts, number=2))
    (record,) = caplog.records
    assert "--windows_cache_dir=%s: windows are not kept" % store.directory in record.getMessage()
    assert len(os.listdir(store.directory)) == 2


def test_a_full_disk_keeps_nothing_and_stops_nothing(site, monkeypatch, caplog):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(str(site / "store"))

    def full(*arguments):
        raise DataError("x: cannot be written (No space left on device)")

    monkeypatch.setattr(window_files, "describe", full)
    store.keep(str(site / "x"), made, facts)
    assert "No space left on device" in caplog.text
    assert store.fetch(str(site / "copy"), facts, options) is None


def test_one_run_at_a_time_keeps(site, caplog):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(str(site / "store"))
    with directory_lock.held(store.directory, print):
        store.keep(str(site / "x"), made, facts)
    assert "another run is at work" in caplog.text
    assert os.listdir(store.directory) == []
    store.keep(str(site / "x"), made, facts)
    assert len(os.listdir(store.directory)) == 2


def test_a_file_that_another_run_removes_meanwhile_is_not_there(site, monkeypatch):
    made, facts, options = make(site, site / "x")
    store = window_files.Store(str(site / "store"))
    store.keep(str(site / "x"), made, facts)
    described = window_files._described

    def then_removed(path, options):
        found = described(path, options)
        os.remove(path)
        return found

    monkeypatch.setattr(window_files, "_described", then_removed)
    assert store.fetch(str(site / "copy"), facts, options) is None
    assert not (site / "copy").exists()


def test_what_is_no_directory_is_refused(site):
    with pytest.raises(OptionError, match=r"--windows_cache_dir=.*vocab.txt: no directory"):
        window_files.Store(str(site / "vocab.txt"))
    with pytest.raises(OptionError, match=r"--windows_cache_dir=.*/under: no directory"):
        window_files.Store(str(site / "vocab.txt" / "under"))


def test_two_processes_keep_the_same_at_once(site, repo_root):
    """Each is told of the other, or waits for nothing; what is there in the end is whole."""
    made, facts, options = make(site, site / "x")
    program = (
        "import sys\nsys.path.insert(0, %r)\nfrom squad import window_files\n"
        "from tests.squad.test_window_files import options_of\nimport pathlib\n"
        "site = pathlib.Path(%r)\noptions = options_of(site)\n"
        "facts = window_files.made_from(options.train_file, options, True)\n"
        "made = window_files.load(str(site / 'x'), facts, options)\n"
        "store = window_files.Store(str(site / 'store'))\n"
        "for _ in range(20):\n store.keep(str(site / 'x'), made, facts)\n"
        " found = store.fetch(str(site / sys.argv[1]), facts, options)\n"
        " assert found is None or len(found) == len(made)\n"
    ) % (repo_root, str(site))
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, name], cwd=repo_root, stderr=subprocess.PIPE
        )
        for name in ("copy1", "copy2")
    ]
    errors = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], errors
    assert "Traceback" not in "".join(errors)
    store = window_files.Store(str(site / "store"))
    same(store.fetch(str(site / "copy"), facts, options), made)
    assert len(os.listdir(store.directory)) == 2
