# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""create_pretraining_data.py through its real `main`: what lands in the files, whatever the workers, however it was interrupted.

Every word of the test corpus is a token of its own that says where it stood, so that records can be traced back to the text.
How pairs and masks are drawn is tested in tests/pretraining/test_instances.py.
"""
import bz2
import collections
import glob
import gzip
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import create_pretraining_data
import tokenization
from data import inspect_records, record_statistics
from program.records import decoding, fields

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
S, P = 32, 5

# The program with blocks of a few thousand bytes, so that a small corpus is many of them.
SMALL_BLOCKS = """
import sys
import create_pretraining_data as program
from pretraining import blocks
from program import command_line
blocks.BLOCK_BYTES, blocks.BLOCK_DOCUMENTS = 2500, 5
program._TASK_BYTES = 6000
sys.argv[0] = 'create_pretraining_data.py'
program.define_flags()
command_line.run_entry(program.main, (program.OptionError,))
"""


class Program:
    """Runs create_pretraining_data.py on the traced corpus in `folder`."""

    def __init__(self, folder, root):
        self.folder, self._root = folder, root

    def path(self, name):
        return os.path.join(str(self.folder), name)

    def command(self, small_blocks=False, **given):
        values = dict(
            input_file=self.path("corpus.txt"),
            vocab_file=self.path("vocab.txt"),
            max_seq_length=S,
            max_predictions_per_seq=P,
            dupe_factor=3,
            num_workers=1,
        )
        values.update(given)
        start = ["-c", SMALL_BLOCKS] if small_blocks else ["create_pretraining_data.py"]
        return (
            [sys.executable]
            + start
            + ["--%s=%s" % item for item in sorted(values.items()) if item[1] is not None]
        )

    def __call__(self, fails=False, **given):
        """Standard output of a run that ends well; with `fails` the one line of a run that must not."""
        done = subprocess.run(
            self.command(**given), cwd=self._root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        if not fails:
            assert done.returncode == 0, err
            return out
        assert done.returncode == 2, (done.returncode, out, err)
        assert err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n"), err
        return err


def place(document, sentence, word):
    return "d%02ds%02dw%02d" % (document, sentence, word)


def traced_corpus(num_documents, seed):
    """Documents as lists of sentences as lists of words."""
    generator = random.Random(seed)
    return [
        [
            [place(document, sentence, word) for word in range(generator.randint(2, 9))]
            for sentence in range(generator.randint(2, 20))
        ]
        for document in range(num_documents)
    ]


def as_text(corpus):
    return (
        "\n\n".join("\n".join(" ".join(words) for words in document) for document in corpus) + "\n"
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory, repo_root):
    """A Program with corpus.txt and vocab.txt in place."""
    folder = tmp_path_factory.mktemp("corpus")
    corpus = traced_corpus(70, seed=1)
    words = [word for document in corpus for sentence in document for word in sentence]
    (folder / "corpus.txt").write_text(as_text(corpus))
    (folder / "vocab.txt").write_text("\n".join(SPECIAL + words + ["##x", "##y"]) + "\n")
    return Program(folder, repo_root)


def sha256(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def read(path):
    """The records of a file as one dict of arrays."""
    batches = list(inspect_records.read_batches([path]))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


class Traced:
    """A record, unmasked and traced back: places are (document, sentence, word)."""

    def __init__(self, batch, row, tokens):
        ids = batch["input_ids"][row].copy()
        count = int(batch["masked_lm_weights"][row].sum())
        self.masked = batch["masked_lm_positions"][row, :count].tolist()
        ids[self.masked] = batch["masked_lm_ids"][row, :count]
        length = int(batch["input_mask"][row].sum())
        second = int(batch["segment_ids"][row].sum())
        self.tokens = [tokens[index] for index in ids[:length]]
        self.sides = [
            self.tokens[1 : length - second - 1],
            self.tokens[length - second : length - 1],
        ]
        self.is_random = bool(batch["next_sentence_labels"][row, 0])

    def places(self, side):
        found = [
            re.match(r"d(\d\d)s(\d\d)w(\d\d)$", token)
            for token in self.sides[side]
            if not token.startswith("##")
        ]
        return [tuple(int(number) for number in match.groups()) for match in found]


def traced(path, vocab_file):
    tokens = list(tokenization.load_vocab(vocab_file))
    batch = read(path)
    return [Traced(batch, row, tokens) for row in range(len(batch["input_ids"]))]


@pytest.fixture(scope="module")
def made(program):
    """(path of the records, standard output) of a run with small blocks and one worker."""
    path = program.path("made.tfrecord")
    return path, program(output_file=path, small_blocks=True)


# --- what is in the records ------------------------------------------------------------------------------------------


def test_records_keep_the_format_and_the_shares(made, program):
    vocab = tokenization.load_vocab(program.path("vocab.txt"))
    statistics = record_statistics.Statistics(
        record_statistics.SpecialIds(vocab["[CLS]"], vocab["[SEP]"], vocab["[MASK]"])
    )
    statistics.add(read(made[0]))
    summary = statistics.summary()
    assert statistics.problems() == []
    assert (
        summary["records"] > 400
        and summary["max_seq_length"] == S
        and summary["max_predictions_per_seq"] == P
    )
    assert abs(summary["random_next_share"] - 0.5) < 4 * 0.5 / summary["records"] ** 0.5
    assert abs(summary["mask_share"] - 0.8) < 4 * 0.4 / summary["predictions"] ** 0.5
    assert abs(summary["kept_share"] - 0.1) < 4 * 0.3 / summary["predictions"] ** 0.5
    assert 0.13 < summary["masked_share"] < 0.17 and summary["records_without_predictions"] == 0


def test_sides_are_what_the_label_says(made, program):
    instances = traced(made[0], program.path("vocab.txt"))
    for instance in instances:
        ends = []
        for side in (0, 1):
            places = instance.places(side)
            assert places and len({document for document, _, _ in places}) == 1
            # Words in the order of the text, none left out in between.
            for (_, sentence, word), (_, next_sentence, next_word) in zip(places, places[1:]):
                assert (next_sentence, next_word) in ((sentence, word + 1), (sentence + 1, 0))
            ends.append((places[0], places[-1]))
        (_, last_of_a), (first_of_b, _) = ends
        if instance.is_random:
            assert first_of_b[0] != last_of_a[0]
        else:
            assert first_of_b[0] == last_of_a[0] and first_of_b[1] > last_of_a[1]
            if len(instance.tokens) < S:  # nothing was cut off: the very next sentence
                assert first_of_b[1:] == (last_of_a[1] + 1, 0)
    whole = [instance for instance in instances if len(instance.tokens) < S]
    assert len(whole) > 50 and any(not instance.is_random for instance in whole)


def test_every_pass_uses_every_document_with_other_masks(made, program):
    uses = collections.defaultdict(list)
    seen = collections.defaultdict(set)
    for instance in traced(made[0], program.path("vocab.txt")):
        uses[tuple(instance.tokens)].append(tuple(instance.masked))
        seen[instance.places(0)[0][0]].add(instance.places(0)[0][1:])
    assert set(seen) == set(range(70))
    again = [masks for masks in uses.values() if len(masks) > 1]
    assert again and sum(len(set(masks)) for masks in again) > 0.8 * sum(
        len(masks) for masks in again
    )


def test_first_sides_cover_each_document_once_a_pass(made, program):
    starts = collections.Counter(
        instance.places(0)[0][:2] for instance in traced(made[0], program.path("vocab.txt"))
    )
    # Every pass begins at the first sentence, which cutting may take off now and then, and visits a start once.
    assert all(starts[(document, 0)] >= 1 for document in range(70))
    assert max(starts.values()) <= 3 + 1


def test_whole_words(program):
    corpus = traced_corpus(70, seed=1)
    generator = random.Random(2)
    text = as_text(
        [
            [
                [word + generator.choice(["", "x", "xy", "y"]) for word in sentence]
                for sentence in document
            ]
            for document in corpus
        ]
    )
    with open(program.path("pieces.txt"), "w") as stream:
        stream.write(text)
    path = program.path("whole.tfrecord")
    program(
        input_file=program.path("pieces.txt"),
        output_file=path,
        do_whole_word_mask="true",
        max_predictions_per_seq=10,
    )
    longer = 0
    for instance in traced(path, program.path("vocab.txt")):
        for position, token in enumerate(instance.tokens):
            if token.startswith("##") and not instance.tokens[position - 1].startswith("["):
                assert (position in instance.masked) == (position - 1 in instance.masked)
                longer += position in instance.masked
    assert longer > 100


def test_run_pretraining_reads_them(made):
    fields.pretraining_schema(S, P).check_file(made[0])
    with pytest.raises(decoding.RecordError, match="holds sequences of 32, asked for 128"):
        fields.pretraining_schema(128, P).check_file(made[0])


# --- the same bytes --------------------------------------------------------------------------------------------------


def test_bytes_do_not_depend_on_the_workers(made, program):
    for workers in (2, 5):
        path = program.path("workers%d.tfrecord" % workers)
        program(output_file=path, num_workers=workers, small_blocks=True)
        assert sha256(path) == sha256(made[0])


def test_bytes_depend_on_the_seed(made, program):
    path = program.path("seed.tfrecord")
    program(output_file=path, random_seed=54321, small_blocks=True)
    other, first = read(path), read(made[0])
    assert sha256(path) != sha256(made[0])
    assert not np.array_equal(other["input_ids"][:100], first["input_ids"][:100])


def test_bytes_are_the_same_everywhere(made):
    """On every Python, NumPy and machine. Another value here means another _FORMAT there, and a line in the changelog."""
    assert create_pretraining_data._FORMAT == 1
    assert sha256(made[0]) == "287f5c1124d9dbc688bc00f72c14ea23e8fbcc8221be82acc446b68b1531d9e5"


def test_instances_are_dealt_round_robin(made, program):
    paths = [program.path("dealt%d.tfrecord" % number) for number in range(3)]
    program(output_file=",".join(paths), num_workers=2, small_blocks=True)
    dealt = [list(decoding.read_records(path)) for path in paths]
    whole = list(decoding.read_records(made[0]))
    assert sum(map(len, dealt)) == len(whole)
    assert [dealt[number % 3][number // 3] for number in range(len(whole))] == whole


def test_neighbours_in_the_text_are_not_neighbours_in_the_file(made, program):
    firsts = [instance.places(0)[0] for instance in traced(made[0], program.path("vocab.txt"))]
    same = sum(first[0] == following[0] for first, following in zip(firsts, firsts[1:]))
    assert same < 0.3 * len(firsts)  # unshuffled: most


def test_compressed_and_split_input_give_the_same(program):
    with open(program.path("corpus.txt")) as stream:
        documents = stream.read().split("\n\n")
    os.makedirs(program.path("parts"))
    pieces = ["\n\n".join(part) for part in (documents[:20], documents[20:50], documents[50:])]
    for name, opener, piece in (
        ("a.txt", open, pieces[0]),
        ("b.txt.gz", gzip.open, pieces[1]),
        ("c.bz2", bz2.open, pieces[2]),
    ):
        with opener(program.path(os.path.join("parts", name)), "wb") as stream:
            stream.write(piece.replace("\n", "\r\n").encode("utf-8"))
    paths = [
        program.path(name) for name in ("joined.tfrecord", "folder.tfrecord", "pattern.tfrecord")
    ]
    program(output_file=paths[0])
    program(output_file=paths[1], input_file=program.path("parts"))
    program(
        output_file=paths[2],
        input_file=",".join([program.path("parts/[ab]*"), program.path("parts/c.bz2")]),
    )
    assert sha256(paths[0]) == sha256(paths[1]) == sha256(paths[2])


# --- manifests, parts, interruptions ---------------------------------------------------------------------------------


def manifest(path):
    with open(path + ".json") as stream:
        return json.load(stream)


def test_manifest_tells_the_truth(made, program):
    found = manifest(made[0])
    assert found["records"] == len(list(decoding.read_records(made[0])))
    assert found["bytes"] == os.path.getsize(made[0]) and found["sha256"] == sha256(made[0])
    origin = found["made_from"]
    assert origin["vocabulary_sha256"] == sha256(program.path("vocab.txt"))
    assert origin["inputs"] == [["corpus.txt", sha256(program.path("corpus.txt"))]]
    assert origin["parameters"] == {
        "do_lower_case": True,
        "do_whole_word_mask": False,
        "max_seq_length": S,
        "max_predictions_per_seq": P,
        "random_seed": 12345,
        "dupe_factor": 3,
        "masked_lm_prob": 0.15,
        "short_seq_prob": 0.1,
    }
    counts, batch = found["counts_of_all_outputs"], read(made[0])
    corpus = traced_corpus(70, seed=1)
    assert counts["documents"] == 70 and counts["sentences"] == sum(map(len, corpus))
    assert counts["tokens"] == sum(len(sentence) for document in corpus for sentence in document)
    assert counts["instances"] == found["records"]
    assert counts["random_next"] == batch["next_sentence_labels"].sum()
    assert counts["predictions"] == batch["masked_lm_weights"].sum()
    assert str(program.folder) not in json.dumps(found)


def test_what_is_finished_is_not_made_again(program):
    path = program.path("again.tfrecord")
    program(output_file=path)
    first = (os.stat(path).st_mtime_ns, os.stat(path).st_ino)
    assert "already made" in program(output_file=path, num_workers=2)
    assert (os.stat(path).st_mtime_ns, os.stat(path).st_ino) == first
    digest = sha256(path)
    # Other options, another length on disk, another vocabulary: made again.
    assert "already made" not in program(output_file=path, masked_lm_prob=0.2)
    assert sha256(path) != digest
    program(output_file=path)
    assert sha256(path) == digest
    with open(path, "ab") as stream:
        stream.write(b"!")
    assert "already made" not in program(output_file=path)
    assert sha256(path) == digest
    os.remove(path + ".json")
    assert "already made" not in program(output_file=path)
    with open(program.path("vocab2.txt"), "w") as stream:
        stream.write(open(program.path("vocab.txt")).read() + "more\n")
    assert "already made" not in program(output_file=path, vocab_file=program.path("vocab2.txt"))


@pytest.fixture(scope="module")
def shards(program):
    """A folder of five text shards."""
    folder = program.path("shards")
    os.makedirs(folder)
    with open(program.path("corpus.txt")) as stream:
        documents = stream.read().split("\n\n")
    for number in range(5):
        with open(os.path.join(folder, "shard_%d.txt" % number), "w") as stream:
            stream.write("\n\n".join(documents[number::5]))
    return folder


def test_a_file_for_each_input_in_parts(program, shards):
    whole, parts = program.path("whole_dir"), program.path("parts_dir")
    program(input_file=shards, output_dir=whole, num_workers=2)
    names = sorted(os.listdir(whole))
    assert [name for name in names if name.endswith(".tfrecord")] == [
        "shard_%d.tfrecord" % number for number in range(5)
    ]
    for number in (2, 1, 3):
        program(input_file=shards, output_dir=parts, part="%d/3" % number)
        if number == 2:
            assert {name for name in os.listdir(parts) if name.endswith(".tfrecord")} == {
                "shard_1.tfrecord",
                "shard_4.tfrecord",
            }
    assert sorted(os.listdir(parts)) == names
    for name in names:
        assert sha256(os.path.join(whole, name)) == sha256(os.path.join(parts, name)), name
    # Shards draw apart from each other although all have the same seed.
    masks = [
        read(os.path.join(whole, "shard_%d.tfrecord" % number))["masked_lm_positions"][:30]
        for number in range(2)
    ]
    assert not np.array_equal(masks[0], masks[1])


@pytest.fixture(scope="module")
def long_run(program):
    """Arguments of a run of some seconds: three shards of different text."""
    folder = program.path("long")
    os.makedirs(folder)
    generator = random.Random(3)
    words = [place(document, sentence, 0) for document in range(40) for sentence in range(2)]
    for number in range(3):
        with open(os.path.join(folder, "%d.txt" % number), "w") as stream:
            for _ in range(400):
                for _ in range(generator.randint(3, 20)):
                    stream.write(
                        " ".join(generator.choice(words) for _ in range(generator.randint(5, 20)))
                        + "\n"
                    )
                stream.write("\n")
    return dict(input_file=folder, num_workers=2, dupe_factor=5)


def test_killed_and_run_again(program, long_run):
    whole, killed = program.path("undisturbed"), program.path("killed")
    program(output_dir=whole, **long_run)
    process = subprocess.Popen(
        program.command(output_dir=killed, **long_run), cwd=program._root, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: glob.glob(os.path.join(killed, "*.tfrecord.json")))
        wait_for(lambda: glob.glob(os.path.join(killed, "*.tfrecord.tmp")))
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    finished = glob.glob(os.path.join(killed, "*.tfrecord"))
    assert 1 <= len(finished) < 3, "the run was not interrupted in the middle"
    for path in finished:
        assert sha256(path) == sha256(os.path.join(whole, os.path.basename(path)))
    assert "already made" in program(output_dir=killed, **long_run)
    assert sorted(os.listdir(killed)) == sorted(os.listdir(whole))
    for name in os.listdir(whole):
        assert sha256(os.path.join(whole, name)) == sha256(os.path.join(killed, name)), name


def wait_for(condition, seconds=120):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end
        time.sleep(0.005)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_leaves_nothing_half_made(program, long_run, signum):
    folder = program.path("interrupted%d" % signum)
    process = subprocess.Popen(
        program.command(output_dir=folder, **long_run),
        cwd=program._root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: glob.glob(os.path.join(folder, "*.tmp")))
    process.send_signal(signum)
    _, err = process.communicate(timeout=60)  # ends when the last worker has closed it
    assert process.returncode == 128 + signum and b"Traceback" not in err, err
    assert err.endswith(b"error: interrupted\n")
    assert not glob.glob(os.path.join(folder, "*.tmp"))


def test_memory_does_not_grow_with_the_corpus(program):
    # One process, so that its own peak is all there is.
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.check_call(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    peaks = []
    sentence = " ".join(place(1, 1, 1) for _ in range(12))
    for megabytes in (3, 12):
        path = program.path("%d.txt" % megabytes)
        with open(path, "w") as stream:
            stream.write(
                ("\n".join([sentence] * 10) + "\n\n")
                * (megabytes * 1000000 // (11 * len(sentence)))
            )
        command = program.command(
            input_file=path, output_file=path + ".tfrecord", dupe_factor=1, max_seq_length=128
        )
        peaks.append(
            int(subprocess.check_output([sys.executable, "-c", code] + command, cwd=program._root))
        )
        os.remove(path + ".tfrecord")
        os.remove(path)
    assert peaks[1] < 1.15 * peaks[0] and peaks[1] < 300 * 1024, peaks  # kilobytes


# --- what a user sees ------------------------------------------------------------------------------------------------


def test_output_shows_instances_and_totals(made):
    out = made[1]
    assert re.search(r"example: \[CLS\] d\d\ds.*\[MASK\].*\[SEP\]", out) and "to predict: d" in out
    last = out.strip().splitlines()[-1]
    assert re.match(
        r"70 documents, \d+ sentences, \d+ tokens -> \d+ instances \(\d+\.\d % random next", last
    )


def test_bad_bytes_and_empty_lines_are_counted(program):
    with open(program.path("corpus.txt"), "rb") as stream:
        content = stream.read()
    with open(program.path("bad.txt"), "wb") as stream:
        stream.write(b"\xff\xfe d00s00w00\n\x01\x02\n\n" + content)
    done = subprocess.run(
        program.command(
            input_file=program.path("bad.txt"), output_file=program.path("bad.tfrecord")
        ),
        cwd=program._root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0
    assert b"warning: 1 lines contained bytes that are not UTF-8" in done.stderr
    assert b"warning: 1 lines contained only control characters" in done.stderr


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(input_file=None), "--input_file"),
        (dict(input_file="nowhere*.txt"), "--input_file: 'nowhere*.txt' matches no file"),
        (dict(vocab_file="nowhere.txt"), "cannot read the vocabulary nowhere.txt"),
        (dict(output_file=None), "--output_file"),
        (dict(output_dir="somewhere"), "--output_file"),
        (dict(max_seq_length=4), "--max_seq_length"),
        (dict(max_predictions_per_seq=0), "--max_predictions_per_seq"),
        (dict(max_predictions_per_seq=30), "a sequence of 32 has at most 29 tokens to predict"),
        (dict(max_seq_length="many"), "max_seq_length"),
        (dict(dupe_factor=0), "--dupe_factor"),
        (dict(masked_lm_prob=1.5), "--masked_lm_prob=1.5: must be a number from 0 to 1"),
        (dict(short_seq_prob=-1), "--short_seq_prob=-1: must be a number from 0 to 1"),
        (dict(num_workers=0), "num_workers"),
        (dict(part="1/2"), "--part"),
        (dict(part="3/2"), "--part"),
        (dict(no_such_flag=1), "no_such_flag"),
        (dict(output_file="{folder}/x.tfrecord,{folder}/x.tfrecord"), "--output_file"),
        (dict(output_file="{folder}/corpus.txt/x.tfrecord"), "corpus.txt"),
    ],
)
def test_what_it_refuses(program, given, message):
    before = set(os.listdir(str(program.folder)))
    given = {
        name: value.format(folder=program.folder) if isinstance(value, str) else value
        for name, value in given.items()
    }
    given.setdefault("output_file", program.path("refused.tfrecord"))
    assert message in program(fails=True, **given)
    assert set(os.listdir(str(program.folder))) == before


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "no text"),
        (b"a\nb\n", "one document only"),
        (b"\x01\n\n\x02\n\nd00s00w00\n", "at least two non-empty documents"),
    ],
)
def test_text_it_refuses(program, content, message):
    path = program.path("refused.txt")
    with open(path, "wb") as stream:
        stream.write(content)
    assert message in program(
        fails=True, input_file=path, output_file=program.path("refused.tfrecord")
    )
    assert not glob.glob(program.path("refused.tfrecord*"))


def test_vocabulary_it_refuses(program):
    with open(program.path("small.txt"), "w") as stream:
        stream.write("[PAD]\n[UNK]\n")
    message = program(
        fails=True,
        vocab_file=program.path("small.txt"),
        output_file=program.path("refused.tfrecord"),
    )
    assert "small.txt lacks [CLS] [SEP] [MASK]" in message


def test_help_lists_the_recipes_flags(program):
    done = subprocess.run(
        [sys.executable, "create_pretraining_data.py", "--help"],
        cwd=program._root,
        stdout=subprocess.PIPE,
    )
    out = done.stdout.decode("utf-8")
    assert done.returncode == 0
    for name, default in [
        ("input_file", None),
        ("output_file", None),
        ("vocab_file", None),
        ("do_lower_case", "true"),
        ("do_whole_word_mask", "false"),
        ("max_seq_length", 128),
        ("max_predictions_per_seq", 20),
        ("random_seed", 12345),
        ("dupe_factor", 10),
        ("masked_lm_prob", 0.15),
        ("short_seq_prob", 0.1),
    ]:
        shown = "no default" if default is None else "default: %s" % default
        assert re.search(r"--(\[no\])?%s  \(%s\)" % (name, re.escape(shown)), out), name


def test_needs_no_tensorflow(repo_root):
    code = 'import sys, create_pretraining_data; print("tensorflow" in sys.modules)'
    assert subprocess.check_output([sys.executable, "-c", code], cwd=repo_root).strip() == b"False"
