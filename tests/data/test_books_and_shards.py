# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Books to sentences, and text of several sources to shuffled shards."""

import collections
import glob
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile

import pytest

from data import shards
from data.bookcorpus import prepare, sources
from data.bookcorpus import text as book_text
from program import workers
from program.errors import DataError

FRAMED = (
    "The Project Gutenberg EBook of X\r\n\r\nTitle: X\r\n\r\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\r\n\r\n\r\n"
    "Produced by Volunteers and\r\nproofreaders\r\n\r\nCHAPTER I\r\n\r\nIt was a _dark_ night;\r\nthe rain fell. It stopped.\r\n"
    "\r\n* * * * *\r\n\r\n12\r\n\r\nMorning came.\r\n\r\n*** END OF THIS PROJECT GUTENBERG EBOOK X ***\r\n\r\nLicence text.\r\n"
)


def test_frame_is_stripped_lines_joined_and_ornaments_dropped():
    body = book_text.strip_gutenberg(book_text.decode(FRAMED.encode("utf-8")))
    assert book_text.paragraphs(body) == [
        "CHAPTER I",
        "It was a dark night; the rain fell. It stopped.",
        "Morning came.",
    ]


def test_text_without_a_frame_is_left_alone():
    assert (
        book_text.strip_gutenberg("Produced by nobody.\n\nText.") == "Produced by nobody.\n\nText."
    )


def test_one_paragraph_a_line_where_there_are_no_blank_lines():
    assert book_text.paragraphs("First paragraph.\nSecond one.\n") == [
        "First paragraph.",
        "Second one.",
    ]


@pytest.mark.parametrize("blank", ["", " \t", "\u3000", "\u00a0", "\u2028", "\x85", "\f"])
def test_a_line_of_white_space_parts_paragraphs(blank):
    text = "Hard\nwrapped.\n\nSecond.\n%s\nThird\nline.\n" % blank
    assert book_text.paragraphs(text) == ["Hard wrapped.", "Second.", "Third line."]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_are_detected(encoding):
    text = (
        "The café in Zürich was déjà full; “naïve” guests, señor Nuñez among them, had to wait outside. "
        * 40
    )
    assert book_text.decode(text.encode(encoding)) == text


def _books(folder, books):
    for name, content in books.items():
        path = os.path.join(str(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as output:
            output.write(content)
    return str(folder)


def _some_books(count):
    return {
        "b%02d.txt" % n: ("Book %d begins. It ends.\n\nA last word of %d." % (n, n)).encode()
        for n in range(count)
    }


def _prepare(source, output_dir, workers=1, **options):
    log = io.StringIO()
    return prepare.prepare(source, str(output_dir), workers, log=log, **options), log.getvalue()


def _texts(folder):
    return "".join(
        io.open(path, encoding="utf-8").read()
        for path in sorted(glob.glob(os.path.join(str(folder), "*.txt")))
    )


def _hashes(folder):
    return {
        os.path.basename(path): hashlib.sha256(open(path, "rb").read()).hexdigest()
        for path in glob.glob(os.path.join(str(folder), "*"))
    }


def test_one_book_is_one_document_and_duplicates_go(tmp_path):
    books = {
        "a.txt": b"One. Two.\n\nThree.",
        "b.txt": b"One.  Two.\r\n\r\nThree.\r\n",
        "sub/c.txt": b"Other.",
        "d.md": b"no",
        "e.txt": b"* * *",
    }
    totals, _ = _prepare(_books(tmp_path / "in", books), tmp_path / "out")
    assert _texts(tmp_path / "out") == "One.\nTwo.\nThree.\n\nOther.\n\n"
    assert totals == {
        "books": 2,
        "sentences": 4,
        "words": 4,
        "dropped_duplicate": 1,
        "dropped_empty": 1,
    }


def test_book_of_unknown_encoding_is_named_and_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(
        book_text, "decode", lambda content: None if content == b"bad" else content.decode()
    )
    totals, log = _prepare(
        _books(tmp_path / "in", {"a.txt": b"bad", "b.txt": b"Good."}), tmp_path / "out"
    )
    assert totals["dropped_undecodable"] == 1 and totals["books"] == 1
    assert "warning: a.txt: unknown encoding" in log


def test_folder_zip_and_tar_give_the_same_text(tmp_path):
    folder = _books(tmp_path / "in", _some_books(5))
    with zipfile.ZipFile(str(tmp_path / "b.zip"), "w") as archive:
        for name in sorted(os.listdir(folder)):
            archive.write(os.path.join(folder, name), "books/" + name)
    with tarfile.open(str(tmp_path / "b.tar.gz"), "w:gz") as archive:
        for name in sorted(os.listdir(folder)):
            archive.add(os.path.join(folder, name), "books/" + name)
    for number, source in enumerate((folder, str(tmp_path / "b.zip"), str(tmp_path / "b.tar.gz"))):
        _prepare(source, tmp_path / str(number))
    assert _hashes(tmp_path / "0") == _hashes(tmp_path / "1") == _hashes(tmp_path / "2")


def test_workers_and_parts_change_no_byte_and_a_rerun_skips(tmp_path):
    folder = _books(
        tmp_path / "in",
        dict(_some_books(11), **{"b99.txt": b"Book 0 begins. It ends.\n\nA last word of 0."}),
    )
    whole, _ = _prepare(folder, tmp_path / "a", 1, books_per_file=3)
    _prepare(folder, tmp_path / "b", 3, books_per_file=3)
    parts = collections.Counter()
    for index in (2, 1):
        parts.update(
            _prepare(folder, tmp_path / "c", 1, books_per_file=3, part=workers.Part(index, 2))[0]
        )
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b") == _hashes(tmp_path / "c")
    assert whole == parts and whole["books"] == 11 and whole["dropped_duplicate"] == 1
    again, log = _prepare(folder, tmp_path / "a", 1, books_per_file=3)
    assert again == whole and "books_0" not in log
    with pytest.raises(DataError, match="other settings"):
        _prepare(folder, tmp_path / "a", 1, books_per_file=4)


def test_damaged_or_missing_source_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such directory"):
        list(sources.books(str(tmp_path / "nowhere")))
    (tmp_path / "x.bin").write_bytes(b"neither")
    with pytest.raises(DataError, match="neither a directory nor"):
        list(sources.books(str(tmp_path / "x.bin")))
    with tarfile.open(str(tmp_path / "b.tar.gz"), "w:gz") as archive:
        archive.add(_books(tmp_path / "in", {"a.txt": os.urandom(100000)}))
    whole = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "b.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged, or cannot be read"):
        list(sources.books(str(tmp_path / "b.tar.gz")))


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_archive_that_is_cut_anywhere_is_refused_and_no_book_lost(tmp_path, ending):
    texts = {"%d.txt" % n: os.urandom(150 * (n + 1)) for n in range(4)}
    folder, path = _books(tmp_path / "in", texts), str(tmp_path / ("b." + ending))
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in texts:
                archive.write(os.path.join(folder, name), name)
    else:
        with tarfile.open(path, "w:" + ending.partition(".")[2]) as archive:
            for name in sorted(texts):
                archive.add(os.path.join(folder, name), name)
    with open(path, "rb") as source:
        whole = source.read()
    assert len(list(sources.books(path))) == 4
    # Without the zeros at a .tar's end, of which one block is enough.
    end = len(whole.rstrip(b"\0")) if ending == "tar" else len(whole) - 40
    for cut in sorted(set(range(1, end, 97)) | set(range(512, end, 512))):
        with open(path, "wb") as output:
            output.write(whole[:cut])
        with pytest.raises(DataError) as error:
            list(sources.books(path))
        assert path in str(error.value) and "\n" not in str(error.value), cut
    assert "damaged" in str(error.value)


def test_real_books_lose_their_frames(shared_data, tmp_path):
    totals, _ = _prepare(os.path.join(shared_data, "books"), tmp_path / "out", 2)
    text = _texts(tmp_path / "out")
    assert totals["books"] == 7 and totals["words"] > 550000
    assert "gutenberg" not in text.lower()
    assert len(text.strip("\n").split("\n\n")) == 7


def _source(path, name, count, sentences):
    documents = [
        "".join("%s %d line %d\n" % (name, n, s) for s in range(sentences + n % 3))
        for n in range(count)
    ]
    path.write_text("\n".join(documents))
    return str(path)


@pytest.fixture
def two_sources(tmp_path):
    return [
        _source(tmp_path / "wiki.txt", "wiki", 300, 4),
        _source(tmp_path / "books.txt", "book", 100, 8),
    ]


def _documents(paths):
    return [
        document
        for path in paths
        for document in io.open(path, encoding="utf-8").read().strip("\n").split("\n\n")
    ]


def _make(inputs, output_dir, **options):
    part = options.pop("part", workers.WHOLE)
    return shards.make_shards(inputs, str(output_dir), shards.Plan(**options), part, io.StringIO())


def test_every_document_is_in_one_shard_whole_and_sources_mix(two_sources, tmp_path):
    totals = _make(two_sources, tmp_path / "out", num_shards=4, test_fraction=0.1)
    training = sorted(glob.glob(str(tmp_path / "out" / "training_*.txt")))
    test = glob.glob(str(tmp_path / "out" / "test_*.txt"))
    assert len(training) == 4 and len(test) == 1
    assert collections.Counter(_documents(training + test)) == collections.Counter(
        _documents(two_sources)
    )
    assert totals["documents"] == 400 and totals["shards"] == 5
    assert 20 <= len(_documents(test)) <= 60  # 40 ± 3.3 standard deviations
    for path in training:
        found = _documents([path])
        assert 60 <= len(found) <= 120  # 90 ± 3.6 standard deviations
        kinds = [document.split()[0] for document in found]
        assert kinds != sorted(kinds, reverse=True) and set(kinds) == {"wiki", "book"}


def test_too_few_documents_are_not_held_out(two_sources, tmp_path):
    _make(two_sources, tmp_path / "out", num_shards=2, test_fraction=0.02)
    assert not glob.glob(str(tmp_path / "out" / "test_*"))
    training = glob.glob(str(tmp_path / "out" / "training_*.txt"))
    assert collections.Counter(_documents(training)) == collections.Counter(_documents(two_sources))


def test_shards_come_near_the_lines_asked_for(two_sources, tmp_path):
    _make(two_sources, tmp_path / "out", lines_per_shard=500)
    lines = sum(1 for path in two_sources for line in open(path) if line.strip())
    assert len(glob.glob(str(tmp_path / "out" / "training_*.txt"))) == round(lines / 500)


@pytest.mark.parametrize("lines, count", [(9, 5), (10, 5), (50, 1), (1, 5), (24, 2)])
def test_there_are_no_more_shards_than_documents(tmp_path, lines, count):
    (tmp_path / "in.txt").write_text("\n\n".join(["line\n" * 10] * 5))
    log = io.StringIO()
    plan = shards.Plan(lines_per_shard=lines)
    totals = shards.make_shards([str(tmp_path / "in.txt")], str(tmp_path / "out"), plan, log=log)
    assert totals["shards"] == count and totals["documents"] == 5
    assert ("documents are longer: as many shards as documents, 5" in log.getvalue()) == (
        lines < 10
    )


@pytest.mark.parametrize("num_documents, num_shards", [(6, 6), (7, 3), (40, 30), (300, 100)])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_shard_is_left_without_documents(num_documents, num_shards, seed):
    deal = shards.Deal(seed, {"training": num_shards, "test": 0}, 0.0, num_documents)
    dealt = collections.Counter(deal(number) for number in range(num_documents))
    assert set(dealt) == {("training", number) for number in range(num_shards)}


def test_where_each_shard_has_a_document_the_draw_decides():
    for num_documents in (999, 1000, 10**6):
        deal = shards.Deal(12345, {"training": 18, "test": 2}, 0.1, num_documents)
        assert [deal(number) for number in range(12)] == DEALT


DEALT = [
    ("training", 9),
    ("training", 7),
    ("training", 0),
    ("training", 17),
    ("training", 5),
    ("training", 2),
    ("training", 2),
    ("training", 6),
    ("test", 1),
    ("training", 4),
    ("training", 7),
    ("training", 8),
]


def test_parts_and_reruns_make_the_same_bytes_and_seeds_others(two_sources, tmp_path):
    _make(two_sources, tmp_path / "a", num_shards=5, test_fraction=0.2)
    for index in (2, 3, 1):
        _make(
            two_sources,
            tmp_path / "b",
            num_shards=5,
            test_fraction=0.2,
            part=workers.Part(index, 3),
        )
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
    os.remove(str(tmp_path / "a" / "training_00002_of_00005.txt"))
    _make(two_sources, tmp_path / "a", num_shards=5, test_fraction=0.2)
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
    _make(two_sources, tmp_path / "c", num_shards=5, test_fraction=0.2, seed=1)
    assert _hashes(tmp_path / "a") != _hashes(tmp_path / "c")
    with pytest.raises(DataError, match="other settings"):
        _make(two_sources, tmp_path / "a", num_shards=5, test_fraction=0.3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--input", "nowhere.txt"], "nowhere.txt' matches no file"),
        (["--input", "EMPTY"], "no text"),
        (
            ["--input", "SMALL", "--num_shards", "9"],
            "2 documents are too few for 9 shards: lower --num_shards",
        ),
        (["--input", "SMALL", "--part", "3/2"], "--part 2/8"),
        (["--input", "LATIN"], "UTF-8"),
    ],
)
def test_bad_input_is_exit_code_2_and_names_the_cause(arguments, message, tmp_path, repo_root):
    (tmp_path / "EMPTY").write_text("\n\n")
    (tmp_path / "SMALL").write_text("a\n\nb\n")
    (tmp_path / "LATIN").write_bytes(b"caf\xe9\n")
    arguments = [str(tmp_path / word) if word.isupper() else word for word in arguments]
    run = subprocess.run(
        [sys.executable, "-m", "data.shards", "--output_dir", str(tmp_path / "out")] + arguments,
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.returncode == 2 and message in run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()
