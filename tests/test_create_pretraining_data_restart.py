# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""create_pretraining_data.py: what is finished is not made again; parts, interruption, memory."""

import glob
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.traced_corpus import make_program, place, read, sha256, traced


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return make_program(tmp_path_factory.mktemp("corpus"))


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
        program.command(output_dir=killed, **long_run), cwd=ROOT, stdout=subprocess.DEVNULL
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
        cwd=ROOT,
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
        peaks.append(int(subprocess.check_output([sys.executable, "-c", code] + command, cwd=ROOT)))
        os.remove(path + ".tfrecord")
        os.remove(path)
    assert peaks[1] < 1.15 * peaks[0] and peaks[1] < 300 * 1024, peaks  # kilobytes


@pytest.fixture(scope="module")
def few(program):
    """A folder of shards with many documents, one, none, one that has no token, one."""
    folder = program.path("few")
    os.makedirs(folder)
    with open(program.path("corpus.txt")) as stream:
        documents = stream.read().split("\n\n")
    for number, part in enumerate(
        (documents[:20], documents[20:21], [], ["\x01"], documents[21:22], documents[22:24])
    ):
        with open(os.path.join(folder, "training_%d_of_6.txt" % number), "w") as stream:
            stream.write("\n\n".join(part) + "\n")
    return folder


def test_a_shard_with_one_document_borrows_and_the_later_ones_are_made(program, few):
    whole = program.path("few_whole")
    out = program(input_file=few, output_dir=whole)
    made = [name for name in sorted(os.listdir(whole)) if name.endswith(".tfrecord")]
    assert made == ["training_%d_of_6.tfrecord" % number for number in (0, 1, 4, 5)]
    assert (
        "training_1_of_6.txt: one document only: its random next sentences are drawn from training_4_of_6.txt, "
        "training_5_of_6.txt, training_0_of_6.txt" in out
    )
    assert out.count("one document only") == 2 and "24 documents, " in out.splitlines()[-1]
    own, others = set(), set()
    for instance in traced(os.path.join(whole, made[1]), program.path("vocab.txt")):
        own.update(document for document, _, _ in instance.places(0))
        ends = {document for document, _, _ in instance.places(1)}
        assert (ends == {20}) != instance.is_random
        others.update(ends)
    assert own == {20} and len(others) > 2 and 20 in others
    # The same bytes for any number of workers and parts, and not again in a rerun.
    parts = program.path("few_parts")
    for number in (3, 1, 2):
        program(input_file=few, output_dir=parts, part="%d/3" % number, num_workers=2)
    for name in sorted(os.listdir(whole)):
        assert sha256(os.path.join(whole, name)) == sha256(os.path.join(parts, name)), name
    again = program(input_file=few, output_dir=whole).splitlines()
    assert again[-1].startswith("24 documents, ") and again[-1].endswith(
        "already made: 4 of 4 files"
    )
    # What a shard borrows from decides its bytes, too.
    with open(os.path.join(few, "training_5_of_6.txt"), "a") as stream:
        stream.write("\n\nd69s00w00 d69s00w01\nd69s01w00\n")
    again = program(input_file=few, output_dir=whole)
    assert again.count("already made from this input") == 1
    assert again.splitlines()[-1].endswith("(already made: 1 of 4 files)")


def test_shards_without_any_other_document_are_refused(program):
    folder = program.path("alone")
    os.makedirs(folder)
    for name, text in (("a.txt", ""), ("b.txt", "d00s00w00\nd00s01w00\n"), ("c.txt", "\n")):
        with open(os.path.join(folder, name), "w") as stream:
            stream.write(text)
    out = program.path("alone_out")
    done = subprocess.run(
        program.command(input_file=folder, output_dir=out), cwd=ROOT, stderr=subprocess.PIPE
    )
    lines = done.stderr.decode("utf-8").splitlines()
    assert done.returncode == 2 and len(lines) == 3
    assert "a.txt: no text" in lines[0] and "c.txt: no text" in lines[1]
    assert lines[2].startswith("error: --input_file: ") and "b.txt: one document only" in lines[2]
    assert not [name for name in os.listdir(out)]
    os.remove(os.path.join(folder, "b.txt"))
    done = subprocess.run(
        program.command(input_file=folder, output_dir=out), cwd=ROOT, stderr=subprocess.PIPE
    )
    assert done.returncode == 2 and "no text" in done.stderr.decode("utf-8").splitlines()[-1]
