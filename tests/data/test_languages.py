# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Dumps and books of other languages through the real commands: dump to records, --language, its default, its refusal."""

import bz2
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from data import sentences
from data.bookcorpus import prepare
from data.wikipedia_corpus import extract
from program.errors import DataError
from program.records import fields
from tests.mirror_server import MirrorServer

DUMPS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "fixtures", "wikipedia", "dumps")
LANGUAGES = ("de", "fr", "hi", "zh")


def _dump(language, path, head=None):
    """The dump of a language, packed as path; `head`: (old, new) in its XML."""
    with io.open(os.path.join(DUMPS, language + "wiki.xml"), encoding="utf-8") as source:
        text = source.read()
    if head:
        assert head[0] in text
        text = text.replace(head[0], head[1])
    with open(str(path), "wb") as packed:
        packed.write(bz2.compress(text.encode("utf-8")))
    return str(path)


def _lines(folder):
    """The documents in a text folder: lists of lines."""
    text = "".join(
        io.open(path, encoding="utf-8").read()
        for path in sorted(glob.glob(os.path.join(str(folder), "*.txt")))
    )
    return [document.split("\n") for document in text.strip().split("\n\n")]


def _run(repo_root, *command, **environment):
    run = subprocess.run(
        list(command),
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, PYTHON=sys.executable, PYTHONIOENCODING="utf-8", **environment),
    )
    return run.returncode, run.stdout.decode("utf-8"), run.stderr.decode("utf-8")


def _extract(dump, output_dir, **options):
    return extract.extract(dump, str(output_dir), 1, log=io.StringIO(), **options)


def _character_vocabulary(path):
    """A vocabulary of every character of the fixtures, at the beginning of a word and inside it."""
    characters = set()
    for name in glob.glob(os.path.join(DUMPS, "*.xml")):
        with io.open(name, encoding="utf-8") as source:
            characters |= set("".join(source.read().split()))
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(characters)
    tokens += ["##" + character for character in sorted(characters)]
    with io.open(str(path), "w", encoding="utf-8", newline="\n") as output:
        output.write("".join(token + "\n" for token in tokens))
    return str(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_dump_to_records_in_its_own_language(language, tmp_path, repo_root):
    """data_download.sh from a mirror: extraction, shards and records, with next sentence pairs of both kinds."""
    wiki = language + "wiki"
    folder = tmp_path / "mirror" / wiki / "20240101"
    os.makedirs(str(folder))
    name = "%s-20240101-pages-articles-multistream.xml.bz2" % wiki
    with open(_dump(language, folder / name), "rb") as packed:
        digest = hashlib.sha1(packed.read()).hexdigest()
    (folder / (wiki + "-20240101-sha1sums.txt")).write_text("%s  %s\n" % (digest, name))
    model = tmp_path / "data" / "pretrained_models_google" / "multi_cased_L-12_H-768_A-12"
    os.makedirs(str(model))
    _character_vocabulary(model / "vocab.txt")
    with MirrorServer(tmp_path / "mirror") as server:
        code, out, err = _run(
            repo_root,
            "bash",
            "scripts/data_download.sh",
            "--no_docker",
            "--only=wikipedia",
            "--wiki=" + wiki,
            "--date=20240101",
            "--models=multi_cased_L-12_H-768_A-12",
            "--num_workers=1",
            DATA_DIR=str(tmp_path / "data"),
            BERT_MIRROR_WIKIPEDIA=server.url,
        )
    assert code == 0, err
    work = tmp_path / "data" / "wikipedia_corpus"
    # The expected text was compared with the dump by eye.
    with io.open(os.path.join(DUMPS, wiki + ".txt"), encoding="utf-8") as expected:
        with io.open(str(work / "text" / "wiki_00000.txt"), encoding="utf-8") as made:
            assert made.read() == expected.read()
    assert "3 articles kept" in out
    assert ("characters" if language == "zh" else "words") + "/s" in out
    with open(str(work / "text" / "wiki_00000.json")) as manifest:
        assert json.load(manifest)["settings"]["language"] == language
    records = glob.glob(str(work / "final_tfrecords_sharded" / "seq_128_pred_20" / "*.tfrecord"))
    assert records and all(fields.pretraining_schema(128, 20).has_records(path) for path in records)
    with open(records[0] + ".json") as manifest:
        counts = json.load(manifest)["counts_of_all_outputs"]
    # One sentence a document would make random pairs only.
    assert 0 < counts["random_next"] < counts["instances"]


def test_language_is_the_dumps_own_unless_it_is_given(tmp_path):
    _extract(_dump("hi", tmp_path / "hi.bz2"), tmp_path / "own")
    _extract(
        _dump("hi", tmp_path / "x.bz2", ('xml:lang="hi"', 'xml:lang="en"')),
        tmp_path / "given",
        language="hi",
    )
    assert _lines(tmp_path / "own") == _lines(tmp_path / "given")
    _extract(_dump("hi", tmp_path / "y.bz2", ('xml:lang="hi"', "")), tmp_path / "by_name")
    assert _lines(tmp_path / "own") == _lines(tmp_path / "by_name")
    _extract(_dump("hi", tmp_path / "hi.bz2"), tmp_path / "english", language="en")
    assert len(_lines(tmp_path / "english")[0]) <= len(_lines(tmp_path / "own")[0]) / 2


@pytest.mark.parametrize("language", ["de", "zh"])
def test_blocks_of_another_language_are_not_mixed_in(tmp_path, language):
    dump = _dump("zh", tmp_path / "d.bz2")
    _extract(dump, tmp_path / "out", language=language)
    _extract(dump, tmp_path / "out", language=language)  # found done
    with pytest.raises(DataError, match="other settings"):
        _extract(dump, tmp_path / "out", language="ja")


def test_settings_without_a_language_are_english(tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "a.txt").write_text("One. Two.")

    def prepared(language):
        return prepare.prepare(
            str(tmp_path / "books"), str(tmp_path / "out"), 1, language=language, log=io.StringIO()
        )

    made = prepared("en")
    manifest = tmp_path / "out" / "books_00000.json"
    content = json.loads(manifest.read_text())
    assert content["settings"].pop("language") == "en"
    manifest.write_text(json.dumps(content))
    stamp = os.stat(str(tmp_path / "out" / "books_00000.txt")).st_mtime_ns
    assert prepared("en") == made
    assert os.stat(str(tmp_path / "out" / "books_00000.txt")).st_mtime_ns == stamp
    with pytest.raises(DataError, match="other settings"):
        prepared("de")


def test_dump_in_a_language_without_a_splitter_is_refused_with_the_fix(tmp_path, repo_root):
    dump = _dump("de", tmp_path / "d.bz2", ('xml:lang="de"', 'xml:lang="tlh"'))
    command = [sys.executable, "-m", "data.wikipedia_corpus.extract", "--dump", dump]
    code, _, err = _run(repo_root, *(command + ["--output_dir", str(tmp_path / "out")]))
    lines = err.strip().splitlines()
    assert code == 2 and len(lines) == 1 and "d.bz2 is in 'tlh'" in lines[0]
    assert "supported: am ar " in lines[0] and "--language of a similar one" in lines[0]
    assert not glob.glob(str(tmp_path / "out" / "*"))
    code, _, err = _run(
        repo_root, *(command + ["--output_dir", str(tmp_path / "out"), "--language", "de"])
    )
    assert code == 0, err


def test_missing_package_is_not_blamed_on_the_language(tmp_path, monkeypatch):
    monkeypatch.setattr(sentences, "find_spec", lambda name: None)
    with pytest.raises(DataError) as error:
        _extract(_dump("de", tmp_path / "d.bz2"), tmp_path / "out")
    assert "needs the package sentence-splitter; run: pip install -r" in str(error.value)
    assert "similar" not in str(error.value)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "data.wikipedia_corpus.extract", "--dump"],
        [sys.executable, "-m", "data.bookcorpus.prepare", "--input"],
        ["bash", "scripts/prepare_data.sh", "--stage=text", "--input"],
        ["bash", "scripts/prepare_data.sh", "--stage=text", "--source=books", "--input"],
    ],
)
def test_unknown_language_is_one_line_and_exit_code_2(tmp_path, repo_root, command):
    dump = _dump("de", tmp_path / "d.bz2")
    out = tmp_path / "out"
    code, _, err = _run(
        repo_root, *(command + [dump, "--output_dir", str(out), "--language", "tlh"])
    )
    error = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and len(error) == 1 and "--language" in error[0] and "'tlh'" in error[0]
    assert re.search("supported: am ar bg .* zh", error[0]) and "Traceback" not in err
    assert not os.path.exists(str(out / "text")) and not glob.glob(str(out / "*"))


def test_launchers_pass_the_language_on(repo_root, tmp_path):
    (tmp_path / "b.txt").write_text("x")
    code, out, err = _run(
        repo_root,
        "bash",
        "scripts/data_download.sh",
        "--no_docker",
        "--dry_run",
        "--only=wikipedia,books",
        "--books=" + str(tmp_path),
        "--language=de",
    )
    assert code == 0, err
    assert len(re.findall("prepare_data.sh .*--language de", out)) == 2
    code, out, err = _run(
        repo_root,
        "bash",
        "scripts/prepare_data.sh",
        "--dry_run",
        "--stage=text",
        "--source=books",
        "--language=pt-BR",
        "--input=" + str(tmp_path),
    )
    assert code == 0 and "--language pt-BR" in out


BOOKS = {
    "de": ("Am 3. Mai kam er.\nEr blieb\nbis zum 12. Juni.", ["Am 3. Mai kam er."]),
    "zh": ("　　他来了。她走\n了。\n　　“你好。”他说。\n", ["他来了。", "她走了。"]),
    "ja": ("　「行こう。」\n　彼は言っ\nた。雨だ。\n", ["「行こう。」", "彼は言った。"]),
    "hi": ("वह आया।\nवह गया।", ["वह आया।", "वह गया।"]),
}


@pytest.mark.parametrize("language", sorted(BOOKS))
def test_books(language, tmp_path, repo_root):
    text, expected = BOOKS[language]
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "a.txt").write_bytes(("Titel\n\n" + text + "\n\n完\n").encode("utf-8"))
    code, out, err = _run(
        repo_root,
        sys.executable,
        "-m",
        "data.bookcorpus.prepare",
        "--input=" + str(folder),
        "--output_dir=" + str(tmp_path / "out"),
        "--language=" + language,
        "--num_workers=1",
    )
    assert code == 0, err
    assert "1 books kept" in out and "warning" not in err
    found = _lines(tmp_path / "out")[0]
    assert found[1 : 1 + len(expected)] == expected


def test_chinese_book_that_is_taken_for_english_is_warned_of(tmp_path, repo_root):
    shutil.copytree(os.path.join(repo_root, "tests", "fixtures", "sentences"), str(tmp_path / "in"))
    for name in os.listdir(str(tmp_path / "in")):
        if name != "zh.txt":
            os.remove(str(tmp_path / "in" / name))
    path = tmp_path / "in" / "zh.txt"
    path.write_bytes(path.read_bytes().replace(b"\n\n", b"  ").replace(b"\n", b""))
    command = [sys.executable, "-m", "data.bookcorpus.prepare", "--input", str(tmp_path / "in")]
    code, _, err = _run(repo_root, *(command + ["--output_dir", str(tmp_path / "out")]))
    assert code == 0 and "2 of 2 lines were split as English" in err and "--language" in err
