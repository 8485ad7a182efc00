# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads a pages-articles XML dump as a stream of pages, never holding more than one bz2 stream's remainder and one page.

A *multistream* dump is many independent bz2 streams one after the other, a hundred pages each: any of them can be read
alone. An ordinary dump is one stream. Both are cut into numbered *blocks*, which are what parts of a job share out:
`streams_per_block` streams, or in a one-stream dump `pages_per_block` pages.
"""

import bz2
import collections
import os
import re
from xml.etree import ElementTree

from data.wikipedia_corpus import dump_check
from program.errors import DataError

# A bz2 stream opens with 'BZh', a level digit and the 48-bit block magic (digits of pi; of its root where the stream is empty);
# 80 fixed bits do not occur by chance.
_STREAM_START = re.compile(b"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_READ_SIZE = 1 << 20
_NOT_BZ2 = "%s: not a bz2 file; pass the pages-articles….xml.bz2 as downloaded"

Page = collections.namedtuple("Page", "title namespace is_redirect text")


def stream_offsets(path):
    """Byte offsets at which the bz2 streams of `path` start.

    Raises:
        DataError: the file does not exist or does not start with a bz2 stream.
    """
    offsets, position, tail = [], 0, b""
    try:
        with open(path, "rb") as dump:
            while True:
                chunk = dump.read(_READ_SIZE)
                if not chunk:
                    break
                window = tail + chunk
                start = position - len(tail)
                offsets.extend(start + match.start() for match in _STREAM_START.finditer(window))
                position += len(chunk)
                tail = window[-9:]  # one byte short of the pattern: no match is seen twice
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror))
    if not offsets or offsets[0] != 0:
        raise DataError(_NOT_BZ2 % path)
    return offsets


def first_stream(path):
    """Yields the XML (bytes) of the first bz2 stream of `path`, which holds the site information, piece by piece.

    Raises:
        DataError: the file cannot be read, does not start with a bz2 stream, or the stream is truncated or damaged.
    """
    try:
        with open(path, "rb") as dump:
            start = dump.read(10)
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror))
    if not _STREAM_START.match(start):
        raise DataError(_NOT_BZ2 % path)
    return _decompress(path, 0, os.path.getsize(path), lambda: None, is_alone=False)


def blocks(path, streams_per_block, pages_per_block, wanted):
    """Yields (block number, iterator of Page) for the blocks whose number `wanted(number)` is true.

    Each iterator must be used up before the next block is asked for.

    Raises:
        DataError: the file is truncated or damaged, or not what the checksums or the index beside it say; the message names
            the file and the last page read.
    """
    dump_check.compare_digest(path)
    offsets = stream_offsets(path)
    dump_check.compare_index(path, offsets)
    size = os.path.getsize(path)
    if len(offsets) == 1:
        for block, pages in _blocks_by_page(
            read_pages(path, 0, size, is_last=True), pages_per_block, wanted
        ):
            yield block, pages
        return
    ends = offsets[1:] + [size]
    # In Wikimedia's files the first stream holds only the site information and the last only the closing tag.
    for block in range((len(offsets) + streams_per_block - 1) // streams_per_block):
        if wanted(block):
            first = block * streams_per_block
            last = min(first + streams_per_block, len(offsets))
            yield block, (
                page
                for number in range(first, last)
                for page in read_pages(
                    path, offsets[number], ends[number], is_last=number == len(offsets) - 1
                )
            )


def _blocks_by_page(pages, pages_per_block, wanted):
    block, ahead = 0, next(pages, None)
    while ahead is not None:
        group = _take(ahead, pages, pages_per_block - 1)
        if wanted(block):
            yield block, group
        for _ in group:  # what the caller left, or the whole of a block that is another part's
            pass
        block += 1
        ahead = next(pages, None)


def _take(first, pages, count):
    yield first
    for _ in range(count):
        page = next(pages, None)
        if page is None:
            return
        yield page


def read_pages(path, start, end, is_last=False):
    """Yields the pages of the one bz2 stream of `path` that lies between the byte offsets `start` and `end`.

    Args:
        is_last: bool, whether the dump ends with this stream, and </mediawiki> with it.

    Raises:
        DataError: see blocks.
    """
    parser = ElementTree.XMLPullParser(events=("start", "end"))
    opened, depth = False, 0
    root, last_title = None, None
    for piece in _decompress(path, start, end, lambda: last_title):
        try:
            if not opened:
                opened = True
                if not piece.lstrip().startswith((b"<mediawiki", b"<?xml")):
                    parser.feed(b"<mediawiki>")
            parser.feed(piece)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if root is None:
                    root = element
                elif event == "end" and _name(element) == "page":
                    page = _page(element)
                    last_title = page.title
                    root.clear()
                    yield page
        except ElementTree.ParseError as error:
            raise DataError(
                "%s: damaged XML in the bz2 stream at byte %d after page %r (%s)"
                % (path, start, last_title, error)
            )
    if depth > 1:
        raise DataError(
            "%s: truncated: the bz2 stream at byte %d ends within the page after %r; download the file again"
            % (path, start, last_title)
        )
    if is_last and (depth or not opened):
        raise DataError(
            "%s: truncated: no </mediawiki> at the end, after page %r; the dump goes on: download the file again"
            % (path, last_title)
        )


def _decompress(path, start, end, last_title, is_alone=True):
    """Yields the content of the bz2 stream at `start`, in pieces. is_alone: whether it must end at `end`."""
    decompressor = bz2.BZ2Decompressor()
    with open(path, "rb") as dump:
        dump.seek(start)
        left = end - start
        while left and not decompressor.eof:
            chunk = dump.read(min(left, _READ_SIZE // 4))
            left -= len(chunk)
            try:
                piece = decompressor.decompress(chunk, _READ_SIZE)
                while True:
                    if piece:
                        yield piece
                    if decompressor.eof or decompressor.needs_input:
                        break
                    piece = decompressor.decompress(b"", _READ_SIZE)
            except OSError:
                raise DataError(
                    "%s: damaged bz2 data after byte %d, after page %r; download the file again"
                    % (path, start, last_title())
                )
    left += len(decompressor.unused_data)
    if decompressor.eof and left and is_alone:
        raise DataError(
            "%s: damaged: %d bytes from byte %d on, after page %r, do not begin a bz2 stream; download the file again"
            % (path, left, end - left, last_title())
        )
    if not decompressor.eof:
        raise DataError(
            "%s: truncated: the file ends within the bz2 stream at byte %d, after page %r; resume the download"
            % (path, start, last_title())
        )


def _name(element):
    return element.tag.rsplit("}", 1)[-1]


def _page(element):
    title, namespace, is_redirect, text = "", "", False, ""
    for child in element.iter():
        name = _name(child)
        if name == "title":
            title = child.text or ""
        elif name == "ns":
            namespace = child.text or ""
        elif name == "redirect":
            is_redirect = True
        elif name == "text":
            text = child.text or ""
    return Page(title, namespace, is_redirect, text)
