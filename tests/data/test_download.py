# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads against a loopback mirror: broken connections, resumption, checksums, archives that reach outside."""

import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import zipfile

import pytest

from data import download
from data.bookcorpus import download as books
from data.pretrained_models_google import download as weights
from data.pretrained_models_google import published
from data.squad import download as squad
from data.wikipedia_corpus import download as wikipedia
from program.errors import DataError
from tests.mirror_server import MirrorServer

CONTENT = bytes(bytearray(random.Random(7).getrandbits(8) for _ in range(300000)))


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "file.bin").write_bytes(CONTENT)
    with MirrorServer(folder) as server:
        yield server


def _item(mirror, tmp_path, checksum="right"):
    checksum = hashlib.sha1(CONTENT).hexdigest() if checksum == "right" else checksum
    return download.Item(
        mirror.url + "/file.bin", str(tmp_path / "got" / "file.bin"), "sha1", checksum
    )


def _fetch(item):
    log = io.StringIO()
    download.fetch_all([item], log, first_wait_s=0.01)
    return log.getvalue()


def test_cut_twice_goes_on_where_it_stopped(mirror, tmp_path):
    mirror.cuts = [100000, 50000]
    item = _item(mirror, tmp_path)
    log = _fetch(item)
    assert open(item.path, "rb").read() == CONTENT
    first, second, third = [
        int(asked[len("bytes=") : -1]) if asked else 0 for _, asked in mirror.requests
    ]
    assert first == 0 and 100000 - download._CHUNK < second <= 100000
    assert second + 50000 - download._CHUNK < third <= second + 50000
    assert log.count("retrying") == 2 and "verified (sha1)" in log
    assert os.listdir(os.path.dirname(item.path)) == ["file.bin"]


def test_a_new_run_resumes_what_a_killed_one_left(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    os.makedirs(os.path.dirname(item.path))
    with open(item.path + ".part", "wb") as part:
        part.write(CONTENT[:123456])
    _fetch(item)
    assert open(item.path, "rb").read() == CONTENT
    assert mirror.requests == [("/file.bin", "bytes=123456-")]


def test_a_part_that_is_already_whole_is_accepted(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    os.makedirs(os.path.dirname(item.path))
    with open(item.path + ".part", "wb") as part:
        part.write(CONTENT)
    _fetch(item)
    assert open(item.path, "rb").read() == CONTENT


def test_a_server_without_ranges_is_read_from_the_beginning(mirror, tmp_path):
    mirror.ranges, mirror.cuts = False, [1000]
    item = _item(mirror, tmp_path)
    _fetch(item)
    assert open(item.path, "rb").read() == CONTENT


def test_passing_errors_are_retried_and_final_ones_are_not(mirror, tmp_path):
    mirror.statuses = [503, 429]
    item = _item(mirror, tmp_path)
    _fetch(item)
    assert len(mirror.requests) == 3
    mirror.requests[:] = []
    mirror.statuses = [403]
    with pytest.raises(DataError, match="HTTP 403"):
        _fetch(item._replace(path=str(tmp_path / "other")))
    assert len(mirror.requests) == 1


def test_what_is_verified_is_not_fetched_again(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    _fetch(item)
    mirror.requests[:] = []
    assert "already downloaded, checksum verified" in _fetch(item)
    assert mirror.requests == []


def test_flipped_byte_is_refused_and_kept_aside(mirror, tmp_path):
    item = _item(mirror, tmp_path)
    flipped = bytearray(CONTENT)
    flipped[150000] ^= 1
    with open(os.path.join(mirror.folder, "file.bin"), "wb") as served:
        served.write(flipped)
    with pytest.raises(DataError) as error:
        _fetch(item)
    assert item.checksum in str(error.value) and ".bad" in str(error.value)
    assert sorted(os.listdir(os.path.dirname(item.path))) == ["file.bin.bad"]


def test_no_connection_gives_up_with_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_MAX_ATTEMPTS", 3)
    item = download.Item("http://127.0.0.1:9/file.bin", str(tmp_path / "file.bin"), None, None)
    with pytest.raises(DataError) as error:
        _fetch(item)
    assert "failed after 3 attempts" in str(error.value) and "\n" not in str(error.value)


def test_disk_that_is_too_small_is_refused_before_anything_comes(mirror, tmp_path, monkeypatch):
    free = download.shutil.disk_usage(str(tmp_path))._replace(free=200000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda unused: free)
    with pytest.raises(DataError, match="needs 300 kB of disk space, only 200 kB"):
        _fetch(_item(mirror, tmp_path))
    assert mirror.requests == []


def test_folders_on_one_disk_are_counted_together(mirror, tmp_path, monkeypatch):
    free = download.shutil.disk_usage(str(tmp_path))._replace(free=500000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda unused: free)
    items = [
        _item(mirror, tmp_path)._replace(path=str(tmp_path / name / "file.bin"))
        for name in ("a", "b")
    ]
    with pytest.raises(DataError, match="needs 600 kB of disk space, only 500 kB"):
        download.fetch_all(items, io.StringIO())


def test_what_the_system_refuses_is_one_line_and_exit_code_2(tmp_path, repo_root):
    (tmp_path / "file").write_text("")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "data.bookcorpus.download",
            "--url",
            "http://127.0.0.1:9/x.zip",
            "--output_dir",
            str(tmp_path / "file" / "below"),
        ],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.returncode == 2
    assert run.stderr.decode() == "error: %s: Not a directory\n" % (tmp_path / "file" / "below")


def test_squad_program_refuses_changed_files_with_exit_code_2(tmp_path, repo_root):
    folder = tmp_path / "mirror"
    folder.mkdir()
    for _, name, _, _ in squad.FILES:
        (folder / name).write_text("not SQuAD")
    with MirrorServer(folder) as server:
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "data.squad.download",
                "--output_dir",
                str(tmp_path / "squad"),
                "--mirror",
                server.url,
            ],
            cwd=repo_root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    assert run.returncode == 2
    last = run.stderr.decode().strip().splitlines()[-1]
    assert last.startswith("error: ") and "train-v1.1.json" in last
    assert (tmp_path / "squad" / "v1.1" / "train-v1.1.json.bad").exists()
    assert not (tmp_path / "squad" / "v1.1" / "train-v1.1.json").exists()


def _flip(path, place):
    with open(path, "r+b") as served:
        served.seek(place)
        byte = served.read(1)[0]
        served.seek(place)
        served.write(bytes(bytearray([byte ^ 1])))


def _squad(folder, got, monkeypatch):
    (folder / "train.json").write_bytes(CONTENT)
    monkeypatch.setattr(
        squad,
        "FILES",
        (("v1.1", "train.json", "http://nowhere/", hashlib.md5(CONTENT).hexdigest()),),
    )
    return squad.main, "train.json", ["--output_dir", got], squad.MIRROR_VARIABLE, "v1.1/train.json"


def _books(folder, got, monkeypatch):
    (folder / "books.zip").write_bytes(CONTENT)
    return (
        books.main,
        "books.zip",
        [
            "--url",
            "http://nowhere/x/books.zip?key=1",
            "--output_dir",
            got,
            "--sha256",
            hashlib.sha256(CONTENT).hexdigest(),
        ],
        books.MIRROR_VARIABLE,
        "books.zip",
    )


def _wikipedia(folder, got, monkeypatch):
    name = "enwiki-20260101-pages-articles-multistream.xml.bz2"
    (folder / "enwiki" / "20260101").mkdir(parents=True)
    (folder / "enwiki" / "20260101" / name).write_bytes(CONTENT)
    (folder / "enwiki" / "20260101" / "enwiki-20260101-sha1sums.txt").write_text(
        "%s  %s\n" % (hashlib.sha1(CONTENT).hexdigest(), name)
    )
    return (
        wikipedia.main,
        "enwiki/20260101/" + name,
        ["--date", "20260101", "--output_dir", got],
        wikipedia.MIRROR_VARIABLE,
        name,
    )


def _weights(folder, got, monkeypatch):
    model = "uncased_L-12_H-768_A-12"
    checksums = _model_zip(folder, model, {"bert_model.ckpt.data": CONTENT})
    monkeypatch.setattr(weights, "read_checksums", lambda: {model: checksums})
    return (
        weights.main,
        model + ".zip",
        ["--models", model, "--output_dir", got],
        weights.MIRROR_VARIABLE,
        model + "/bert_model.ckpt.data",
    )


@pytest.mark.parametrize("by", ["--mirror", "environment"])
@pytest.mark.parametrize("source", [_squad, _weights, _wikipedia, _books])
def test_every_source_survives_two_cuts_and_refuses_a_flipped_byte(
    source, by, tmp_path, monkeypatch
):
    folder, got = tmp_path / "mirror", str(tmp_path / "got")
    folder.mkdir()
    main, served, arguments, variable, lands = source(folder, got, monkeypatch)
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    with MirrorServer(folder) as server:
        if by == "environment":
            monkeypatch.setenv(variable, server.url)
        else:
            arguments = arguments + ["--mirror", server.url]
        monkeypatch.setattr(sys, "argv", ["program"] + arguments)
        server.cuts = ([10**9] if source is _wikipedia else []) + [
            100000,
            50000,
        ]  # its checksums come whole
        server.statuses = [503]
        main()
        with open(os.path.join(got, lands), "rb") as landed:
            assert landed.read() == CONTENT
        transfers = [asked for path, asked in server.requests if path.endswith(served)]
        assert [asked for asked in transfers if asked] and len(transfers) == (
            3 if source is _wikipedia else 4
        )
        number = sum(path.endswith(served) for path, _ in server.requests)
        main()  # already downloaded, checksum verified
        assert sum(path.endswith(served) for path, _ in server.requests) == number
        shutil.rmtree(got)
        _flip(str(folder / served), 200000)
        with pytest.raises(DataError, match=r"\.bad"):
            main()
    names = [name for _, _, files in os.walk(got) for name in files]
    assert names == [os.path.basename(served) + ".bad"]


def _model_zip(folder, model, files):
    with zipfile.ZipFile(os.path.join(str(folder), model + ".zip"), "w") as archive:
        for name, content in files.items():
            archive.writestr(model + "/" + name, content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_model_folder_appears_only_when_every_file_is_right(tmp_path):
    model, folder = "uncased_L-12_H-768_A-12", tmp_path / "mirror"
    folder.mkdir()
    checksums = _model_zip(folder, model, {"vocab.txt": b"[PAD]\n", "bert_config.json": b"{}"})
    got = str(tmp_path / "got")
    with MirrorServer(folder) as server:
        weights.get_model(model, got, checksums, server.url)
        assert sorted(os.listdir(got)) == [model]
        assert sorted(os.listdir(os.path.join(got, model))) == ["bert_config.json", "vocab.txt"]
        number = len(server.requests)
        weights.get_model(model, got, checksums, server.url)
        assert len(server.requests) == number
        checksums["vocab.txt"] = "0" * 64
        other = str(tmp_path / "other")
        with pytest.raises(DataError, match="vocab.txt"):
            weights.get_model(model, other, checksums, server.url)
        assert model not in os.listdir(other) and model + ".bad" in os.listdir(other)


def test_table_of_checksums_covers_every_model():
    """Those of 2018; for the others none are published."""
    table = weights.read_checksums()
    assert set(table) == set(dict(published.GROUPS["2018"]))
    for checksums in table.values():
        assert set(checksums) == {
            "bert_config.json",
            "vocab.txt",
            "bert_model.ckpt.index",
            "bert_model.ckpt.meta",
            "bert_model.ckpt.data-00000-of-00001",
        }
        assert all(len(checksum) == 64 for checksum in checksums.values())


@pytest.mark.parametrize(
    "url, shown",
    [
        ("https://ann:se:cret@host/a?b", "https://***@host/a?b"),
        ("https://token@host:81/a", "https://***@host:81/a"),
        ("https://ann:p%40ss@host/", "https://***@host/"),
        ("https://host/a@b", "https://host/a@b"),
        ("http://[not", "http://[not"),
        (
            "https://host/a?id=1&X-Amz-Signature=ab%20c&b=2",
            "https://host/a?id=1&X-Amz-Signature=***&b=2",
        ),
        ("https://ann:pw@host/a?access_token=t", "https://***@host/a?access_token=***"),
    ],
)
def test_credentials_are_not_shown(url, shown):
    assert download.shown(url) == shown


def test_messages_of_a_download_do_not_show_the_password(mirror, tmp_path):
    item = _item(mirror, tmp_path, checksum="0" * 40)
    secret = item._replace(url=item.url.replace("http://", "http://ann:secret@"))
    with pytest.raises(DataError) as wrong_sum:
        _fetch(secret)
    with pytest.raises(DataError) as unreachable:
        _fetch(secret._replace(url="http://ann:secret@127.0.0.1:1/x"))
    with pytest.raises(DataError) as not_there:
        _fetch(secret._replace(url="nothing://ann:secret@host/x"))
    with pytest.raises(DataError) as token:
        _fetch(item._replace(url="http://127.0.0.1:1/x?token=secret"))
    assert "secret" not in str(token.value) and "token=***" in str(token.value)
    for caught in (wrong_sum, unreachable, not_there):
        assert "***@" in str(caught.value) and "secret" not in str(caught.value)
