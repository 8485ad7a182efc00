# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Damaged and incomplete dumps: no page is lost without an error, and finished blocks stay."""

import bz2
import hashlib
import io
import os

import pytest

from data.wikipedia_corpus import dump, extract
from program.errors import DataError

_HEAD = '<mediawiki xml:lang="en">\n<siteinfo><dbname>enwiki</dbname></siteinfo>\n'
_END = "</mediawiki>\n"


def _page(title):
    text = "<page><title>%s</title><ns>0</ns><revision><text>Text of %s.</text></revision></page>\n"
    return text % (title, title)


def _streams(contents):
    return [bz2.compress(content.encode("utf-8")) for content in contents]


def _dump(tmp_path, streams, name="enwiki-20240101-pages-articles-multistream.xml.bz2"):
    path = tmp_path / name
    path.write_bytes(b"".join(streams))
    return str(path)


def _whole(pages=6):
    return _streams([_HEAD] + [_page("P%d" % n) for n in range(pages)] + [_END])


def _extract(path, tmp_path, **options):
    return extract.extract(path, str(tmp_path / "out"), 1, log=io.StringIO(), **options)


def _blocks(tmp_path):
    return sorted(name for name in os.listdir(str(tmp_path / "out")) if name.endswith(".txt"))


def test_whole_dump(tmp_path):
    assert _extract(_dump(tmp_path, _whole()), tmp_path)["articles"] == 6


def test_empty_streams_are_no_damage(tmp_path):
    streams = _whole()
    streams[3:3] = _streams(["", ""])
    assert _extract(_dump(tmp_path, streams), tmp_path, streams_per_block=2)["articles"] == 6


@pytest.mark.parametrize("stream", [1, 3, 6, 7])
@pytest.mark.parametrize("position", [0, 1, 2, 3, 4, 9])
def test_flipped_bit_in_the_head_of_a_stream(tmp_path, stream, position):
    streams = _whole()
    damaged = bytearray(streams[stream])
    damaged[position] ^= 0x40
    streams[stream] = bytes(damaged)
    path = _dump(tmp_path, streams)
    with pytest.raises(DataError) as error:
        _extract(path, tmp_path, streams_per_block=1)
    assert path in str(error.value) and "damaged" in str(error.value)
    assert str(sum(map(len, streams[:stream]))) in str(error.value)  # the byte
    assert len(_blocks(tmp_path)) == max(0, stream - 1)


@pytest.mark.parametrize("kept", [2, 4, 7])
def test_dump_that_is_cut_between_streams(tmp_path, kept):
    path = _dump(tmp_path, _whole()[:kept])
    with pytest.raises(
        DataError, match="no </mediawiki> at the end, after page 'P%d'" % (kept - 2)
    ):
        _extract(path, tmp_path, streams_per_block=1)
    assert len(_blocks(tmp_path)) == kept - 1
    with pytest.raises(
        DataError, match="no </mediawiki>"
    ):  # a rerun does not take the end for finished
        _extract(path, tmp_path, streams_per_block=1)


def test_stream_that_ends_within_a_page(tmp_path):
    streams = _streams([_HEAD, _page("A"), _page("B")[:-30], _END])
    with pytest.raises(DataError, match="ends within the page after None"):
        _extract(_dump(tmp_path, streams), tmp_path)


@pytest.mark.parametrize(
    "text, message",
    [
        (_HEAD + _page("A") + _page("B"), "no </mediawiki> at the end, after page 'B'"),
        (_HEAD + _page("A") + _page("B")[:-30], "ends within the page after 'A'"),
        (_HEAD + _page("A")[:20], "ends within the page after None"),
    ],
)
def test_dump_of_one_stream_without_its_end(tmp_path, text, message):
    path = _dump(tmp_path, _streams([text]))
    with pytest.raises(DataError, match=message):
        _extract(path, tmp_path)
    assert _blocks(tmp_path) == []


@pytest.mark.parametrize("rest", [b"\x00" * 5, b"BZh9", b"garbage" * 100])
@pytest.mark.parametrize("streams", [_streams([_HEAD + _page("A") + _END]), _whole()])
def test_bytes_behind_the_last_stream(tmp_path, streams, rest):
    with pytest.raises(DataError, match="damaged: %d bytes from byte" % len(rest)):
        _extract(_dump(tmp_path, streams + [rest]), tmp_path)


def _index(path, offsets):
    lines = ["%d:%d:Page: %d\n" % (offset, n, n) for n, offset in enumerate(offsets)]
    with open(path.replace(".xml.bz2", "-index.txt.bz2"), "wb") as index:
        index.write(bz2.compress("".join(lines).encode("utf-8")))


def test_index_beside_the_dump(tmp_path):
    streams = _whole()
    path = _dump(tmp_path, streams)
    offsets = dump.stream_offsets(path)
    _index(path, [offset for offset in offsets[1:-1] for _ in range(3)])
    assert _extract(path, tmp_path)["articles"] == 6
    # Two streams lost: what remains looks whole.
    path = _dump(tmp_path, streams[:4] + streams[6:])
    with pytest.raises(DataError, match="no bz2 stream at byte .* with page 'Page: 1[25]'"):
        _extract(path, tmp_path)


def test_dump_with_a_stream_that_its_index_does_not_list(tmp_path):
    streams = _whole()
    path = _dump(tmp_path, streams)
    offsets = dump.stream_offsets(path)
    _index(path, [offset for offset in offsets[1:-1] for _ in range(3)])
    _dump(tmp_path, streams + streams)
    with pytest.raises(DataError, match="lists no bz2 stream at byte %d" % offsets[-1]):
        _extract(path, tmp_path)


def test_index_that_cannot_be_read(tmp_path):
    path = _dump(tmp_path, _whole())
    with open(path.replace(".xml.bz2", "-index.txt.bz2"), "wb") as index:
        index.write(bz2.compress(b"no index\n"))
    with pytest.raises(DataError, match="index.txt.bz2: not a readable index"):
        _extract(path, tmp_path)


@pytest.mark.parametrize(
    "name, list_name, listed",
    [
        ("enwiki-20240101-pages-articles.xml.bz2", "enwiki-20240101-sha1sums.txt", None),
        ("enwiki-20240101-pages-articles.xml.bz2", "enwiki-20240101-md5sums.txt", None),
        (
            "enwiki-latest-pages-articles.xml.bz2",
            "enwiki-latest-sha1sums.txt",
            "enwiki-20240101-pages-articles.xml.bz2",
        ),
        ("my.xml.bz2", "my.xml.bz2.sha1", None),
    ],
)
def test_checksums_beside_the_dump(tmp_path, name, list_name, listed):
    path = _dump(tmp_path, _whole(), name)
    algorithm = "md5" if "md5" in list_name else "sha1"
    right = hashlib.new(algorithm, open(path, "rb").read()).hexdigest()
    wrong = "0" * len(right)
    other = "%s  enwiki-20240101-other.xml.bz2\n" % wrong
    (tmp_path / list_name).write_text(other + "%s  %s\n" % (right, listed or name))
    assert _extract(path, tmp_path)["articles"] == 6
    (tmp_path / list_name).write_text(other + "%s  %s\n" % (wrong, listed or name))
    with pytest.raises(DataError, match="damaged: its %s is not the one in" % algorithm):
        _extract(path, tmp_path)
    (tmp_path / list_name).write_text(other)
    assert _extract(path, tmp_path)["articles"] == 6
