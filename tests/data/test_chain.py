# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The whole way from a mirror's dump to records through the real scripts, and the scripts' command lines."""

import bz2
import glob
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile

import pytest

from program.records import fields
from tests.mirror_server import MirrorServer

MODEL = "uncased_L-12_H-768_A-12"
DUMP = "enwiki-latest-pages-articles-multistream.xml.bz2"


def _run(repo_root, script, *arguments, **environment):
    run = subprocess.run(
        ["bash", os.path.join(repo_root, "scripts", script)] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, PYTHON=sys.executable, **environment),
    )
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def _excerpt(source):
    """The short pages of a real dump as a dump of its own: its head, then streams of ten pages, as Wikimedia packs them.

    Returns:
        (bytes, number of articles).
    """
    with bz2.open(source, "rb") as dump:
        head, *pages = dump.read().split(b"  <page>\n")
    pages = [
        b"  <page>\n" + page for page in pages if len(page) < 12000 and b"</mediawiki>" not in page
    ]
    streams = (
        [head]
        + [b"".join(pages[first : first + 10]) for first in range(0, len(pages), 10)]
        + [b"</mediawiki>\n"]
    )
    articles = [
        page
        for page in pages
        if b"<ns>0</ns>" in page and not re.search(b"<redirect |{{[^{}]*disambig", page, re.I)
    ]
    return b"".join(map(bz2.compress, streams)), len(articles)


@pytest.fixture
def mirror(tmp_path, shared_data):
    """A mirror with a piece of a real dump as `latest`, and an archive of books; `articles`: how many of its pages are articles."""
    folder = tmp_path / "mirror" / "enwiki" / "latest"
    os.makedirs(str(folder))
    content, articles = _excerpt(glob.glob(os.path.join(shared_data, "wikipedia", "*.bz2"))[0])
    (folder / DUMP).write_bytes(content)
    (folder / "enwiki-latest-sha1sums.txt").write_text(
        "%s  enwiki-20260101-stub.xml.gz\n%s  enwiki-20260101-pages-articles-multistream.xml.bz2\n"
        % ("0" * 40, hashlib.sha1(content).hexdigest())
    )
    with zipfile.ZipFile(str(tmp_path / "mirror" / "books.zip"), "w") as archive:
        for path in sorted(glob.glob(os.path.join(shared_data, "books", "*.txt")))[:3]:
            with open(path, "rb") as book:
                archive.writestr("books/" + os.path.basename(path), book.read(60000))
    with MirrorServer(tmp_path / "mirror") as server:
        server.articles = articles
        yield server


@pytest.fixture
def data(tmp_path, minilm_dir):
    """A data folder, with a blank in its name, that has the vocabulary already."""
    folder = tmp_path / "my data"
    vocabulary = folder / "pretrained_models_google" / MODEL / "vocab.txt"
    os.makedirs(str(vocabulary.parent))
    shutil.copy(os.path.join(minilm_dir, "vocab.txt"), str(vocabulary))
    return folder


def _hashes(folder):
    return {
        os.path.relpath(path, folder): hashlib.sha256(open(path, "rb").read()).hexdigest()
        for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True)
        if os.path.isfile(path)
    }


def _check_records(work):
    for length, predictions in ((128, 20), (512, 80)):
        found = sorted(
            glob.glob(
                str(
                    work
                    / "final_tfrecords_sharded"
                    / ("seq_%d_pred_%d" % (length, predictions))
                    / "*.tfrecord"
                )
            )
        )
        assert [os.path.basename(path).split("_")[0] for path in found] == ["training"]
        for path in found:
            assert fields.pretraining_schema(length, predictions).has_records(path)


def test_dump_to_records_with_a_broken_line_and_again_in_parts(mirror, data, tmp_path, repo_root):
    vocabulary = data / "pretrained_models_google" / MODEL / "vocab.txt"
    mirror.cuts = [10**9, 30000, 30000]  # the checksums whole, then the dump cut twice
    code, out, err = _run(
        repo_root,
        "data_download.sh",
        "--no_docker",
        "--only",
        "wikipedia",
        "--models",
        MODEL,
        DATA_DIR=str(data),
        BERT_MIRROR_WIKIPEDIA=mirror.url,
    )
    assert code == 0, err
    assert err.count("retrying") == 2 and "verified (sha1)" in err
    assert "%d articles kept" % mirror.articles in out and mirror.articles >= 10
    work = data / "wikipedia_corpus"
    _check_records(work)
    # A rerun makes nothing again; three parts of every stage make the same bytes.
    before = _hashes(str(work))
    stamps = {path: os.stat(str(work / path)).st_mtime_ns for path in before}
    prepare = [
        "prepare_data.sh",
        "--input",
        str(work / "download" / DUMP),
        "--vocab_file",
        str(vocabulary),
        "--output_dir",
    ]
    assert _run(repo_root, *(prepare + [str(work)]))[0] == 0
    assert {path: os.stat(str(work / path)).st_mtime_ns for path in before} == stamps
    other = tmp_path / "parts"
    for stage in ("text", "shards", "records"):
        for part in ("3/3", "1/3", "2/3"):
            code, _, err = _run(
                repo_root,
                *(prepare + [str(other), "--stage", stage, "--part", part, "--num_workers", "1"]),
            )
            assert code == 0, err
    after = _hashes(str(other))
    assert after == {
        path: digest for path, digest in before.items() if not path.startswith("download")
    }


def test_archive_of_books_to_records_with_a_broken_line(mirror, data, repo_root):
    mirror.cuts = [60000, 50000]
    code, out, err = _run(
        repo_root,
        "data_download.sh",
        "--no_docker",
        "--only",
        "books",
        "--models",
        MODEL,
        "--books",
        mirror.url + "/books.zip",
        DATA_DIR=str(data),
    )
    assert code == 0, err
    assert err.count("retrying") == 2 and "3 books kept" in out
    _check_records(data / "bookcorpus")


def test_flipped_byte_in_the_dump_is_refused(mirror, tmp_path, repo_root):
    path = os.path.join(mirror.folder, "enwiki", "latest", DUMP)
    content = bytearray(open(path, "rb").read())
    content[len(content) // 2] ^= 1
    with open(path, "wb") as served:
        served.write(content)
    code, _, err = _run(
        repo_root,
        "data_download.sh",
        "--no_docker",
        "--only",
        "wikipedia",
        "--models",
        MODEL,
        DATA_DIR=str(tmp_path / "data"),
        BERT_MIRROR_WIKIPEDIA=mirror.url,
    )
    assert code == 2 and ".bad" in err.strip().splitlines()[-1]
    assert not os.path.exists(str(tmp_path / "data" / "wikipedia_corpus" / "text"))


@pytest.mark.parametrize(
    "script, arguments, message",
    [
        ("data_download.sh", ["--only", "squad,web"], "only is 'web', but must be one of"),
        ("data_download.sh", ["--no_docker", "--date"], "--date needs a value"),
        ("prepare_data.sh", ["--input", "nowhere.bz2"], "nowhere.bz2 does not exist"),
        ("prepare_data.sh", ["--part", "3/2"], "must be i/n"),
        ("prepare_data.sh", ["--part", "1/2"], "run --stage text, then shards, then records"),
        ("prepare_data.sh", ["--lengths", "128"], "length:predictions"),
        ("prepare_data_slurm.sh", ["--", "--part", "1/2"], "--part is set by this script"),
        ("prepare_data_slurm.sh", ["--", "--nonsense", "1"], "unknown option '--nonsense'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(script, arguments, message, repo_root):
    code, _, err = _run(repo_root, script, *arguments)
    lines = err.strip().splitlines()
    assert code == 2 and len(lines) == 1 and lines[0].startswith("error: ") and message in lines[0]


@pytest.mark.parametrize(
    "model, is_uncased",
    [
        ("uncased_L-24_H-1024_A-16", True),
        ("chinese_L-12_H-768_A-12", True),
        ("multilingual_L-12_H-768_A-12", True),
        ("multi_cased_L-12_H-768_A-12", False),
        ("cased_L-12_H-768_A-12,uncased_L-12_H-768_A-12", False),
    ],
)
def test_records_have_the_casing_of_the_first_model(repo_root, model, is_uncased):
    arguments = ["--no_docker", "--only", "wikipedia", "--models", model, "--dry_run"]
    code, out, err = _run(repo_root, "data_download.sh", *arguments)
    assert code == 0, err
    assert ("--do_lower_case false" in out) == (not is_uncased)
    for told in (True, False):
        value = "--do_lower_case=%s" % str(told).lower()
        code, out, _ = _run(repo_root, "data_download.sh", value, *arguments)
        assert code == 0 and ("--do_lower_case false" in out) == (not told)
        in_container = _run(repo_root, "data_download.sh", value, "--dry_run")[1]
        assert value in in_container.split()


def test_slurm_submits_three_arrays_each_after_the_one_before(repo_root, tmp_path):
    stand_in = tmp_path / "bin" / "sbatch"
    os.makedirs(str(stand_in.parent))
    stand_in.write_text(
        '#!/bin/bash\nprintf "%s\\n" "$@" "--" >> "$RECORD"\necho "$(( 100 + $(grep -c -- "^--$" "$RECORD") ));cluster"\n'
    )
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    books = tmp_path / "some books"
    books.mkdir()
    (tmp_path / "vocab.txt").write_text("[PAD]\n")
    record = tmp_path / "record"
    options = [
        "--source",
        "books",
        "--input",
        str(books),
        "--vocab_file",
        str(tmp_path / "vocab.txt"),
        "--output_dir",
        str(tmp_path / "o"),
    ]
    code, out, err = _run(
        repo_root,
        "prepare_data_slurm.sh",
        "--num_parts",
        "4",
        "--partition",
        "cpu",
        "--",
        *options,
        PATH=str(stand_in.parent) + os.pathsep + os.environ["PATH"],
        RECORD=str(record),
        LOGS_DIR=str(tmp_path / "logs"),
    )
    assert code == 0, err
    calls = [
        call.strip("\n").split("\n") for call in record.read_text().split("\n--\n") if call.strip()
    ]
    assert len(calls) == 3
    for number, (call, stage) in enumerate(zip(calls, ("text", "shards", "records"))):
        assert (
            call[:3] == ["--parsable", "--job-name=bert-data-" + stage, "--array=1-4"]
            and "--partition=cpu" in call
        )
        assert ("--dependency=afterok:%d" % (100 + number) in call) == (number > 0)
        assert call[-1].startswith("--wrap=bash ") and call[-1].endswith(
            " --part $SLURM_ARRAY_TASK_ID/4"
        )
        assert ("--stage " + stage) in call[-1] and "some\\ books" in call[-1]
    assert "records: job array 103, 4 tasks" in out


# --- few documents ---------------------------------------------------------------------------------------------------


def _book(number):
    """A book of three paragraphs, as in the case books6."""
    return "\n\n".join(
        "This is paragraph %d of book number %d. It has a second sentence. And a third one ends it."
        % (paragraph, number)
        for paragraph in (1, 2, 3)
    )


@pytest.mark.parametrize(
    "num_books, lines_per_shard, num_shards", [(6, 18, 3), (6, 2, 6), (7, 9, 7), (2, 1000, 1)]
)
def test_all_shards_of_a_few_books_become_records(
    tmp_path, minilm_dir, repo_root, num_books, lines_per_shard, num_shards
):
    pytest.importorskip("syntok")
    books = tmp_path / "books"
    books.mkdir()
    for number in range(1, num_books + 1):
        (books / ("book%d.txt" % number)).write_text(_book(number))
    arguments = ["--source", "books", "--input", str(books), "--lengths", "64:10"]
    arguments += ["--vocab_file", os.path.join(minilm_dir, "vocab.txt"), "--dupe_factor", "1"]
    arguments += ["--lines_per_shard", str(lines_per_shard), "--num_workers", "1"]
    code, out, err = _run(
        repo_root, "prepare_data.sh", "--output_dir", str(tmp_path / "whole"), *arguments
    )
    assert code == 0, err
    folder = tmp_path / "whole" / "final_tfrecords_sharded" / "seq_64_pred_10"
    records = sorted(glob.glob(str(folder / "*.tfrecord")))
    texts = glob.glob(str(tmp_path / "whole" / "text_shards" / "*.txt"))
    assert len(records) == len(texts) == num_shards
    assert "%d documents, %d sentences" % (num_books, 9 * num_books) in out.splitlines()[-1]
    for path in records:
        fields.pretraining_schema(64, 10).check_file(path)


def test_the_case_of_six_books(tmp_path, shared_data, minilm_dir, repo_root):
    books = os.path.join(os.path.dirname(shared_data), "cases", "text", "books6")
    if not os.path.isdir(books):
        pytest.skip("the cases are not beside this checkout")
    pytest.importorskip("syntok")
    arguments = "--lengths 64:10 --lines_per_shard 18 --dupe_factor 1 --num_workers 1".split()
    arguments += ["--source", "books", "--input", books, "--output_dir", str(tmp_path)]
    arguments += ["--vocab_file", os.path.join(minilm_dir, "vocab.txt")]
    code, out, err = _run(repo_root, "prepare_data.sh", *arguments)
    assert code == 0, err
    made = glob.glob(str(tmp_path / "final_tfrecords_sharded" / "*" / "*.tfrecord"))
    assert len(made) == 3 and "one document only: its random next sentences are drawn from" in out
