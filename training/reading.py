# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reads a rank's share of the records, in the order of training/order.py, from any place on."""

import concurrent.futures
import os
from collections import namedtuple

import numpy as np

from program.records.decoding import FOOTER_BYTES, HEADER_BYTES, RecordError
from program.records.index import RECORDS_PER_BLOCK, frame_length
from training import checksums
from training.order import EpochOrder

# Of all blocks of all files: file (number of its file), start (byte in it), size (bytes), first (number of its first record in
# the file), records (how many): int64 [M] each.
_Blocks = namedtuple("_Blocks", "file start size first records")

# A window's records of this rank: first (place in the order of all epochs of the first one), records (list of bytes), sources
# (int64 [n, 2], for each its file and its number in it).
_Window = namedtuple("_Window", "first records sources")


class Reader:
    """The records at the places first, first + step, first + 2 * step, ... of the order of all epochs, which never ends.

    The next window is read in the background. Memory: two windows, of 64 / step blocks each (some 15 to 50 megabytes for one
    rank).

    Args:
        files: list of index.FileIndex, together with at least one record.
        seed: int, of the order.
        first: int, the place in the order of this rank's first record; a place is epoch * (number of records) + place in epoch.
        step: int, how many ranks share the records.
    """

    def __init__(self, files, seed, first=0, step=1):
        self._paths = [one.path for one in files]
        self._stamps = {path: _stamp(path) for path in self._paths}
        self._blocks = _blocks(files)
        self._seed, self._first, self._step = seed, first, step
        self.num_records = sum(one.records for one in files)
        self._orders = {}
        self._window = None
        self._coming = None  # (first, future) of the window after this one
        self._background = concurrent.futures.ThreadPoolExecutor(1)

    def read(self, begin, count):
        """The records `begin` to `begin + count - 1` of this rank, from 0: list of bytes, checksums verified.

        Raises:
            RecordError: a file cannot be read, is damaged, or has changed since it was indexed.
        """
        found = []
        while len(found) < count:
            place = self._first + self._step * (begin + len(found))
            window, skipped = self._at(place)
            found.extend(window.records[skipped : skipped + count - len(found)])
        return found

    def source(self, number):
        """(path, number in that file) of this rank's record `number`."""
        window, skipped = self._at(self._first + self._step * number)
        file, record = window.sources[skipped].tolist()
        return self._paths[file], record

    def sources(self, begin, count):
        """`source` of records `begin` to `begin + count - 1`; reads nothing and may be called while another thread reads."""
        found, order, order_of, window = [], None, None, None
        for number in range(begin, begin + count):
            epoch, in_epoch = divmod(self._first + self._step * number, self.num_records)
            if epoch != order_of:
                order, order_of = EpochOrder(self._seed, epoch, self._blocks.records), epoch
                window = None
            if window is None or not 0 <= in_epoch - window.first < len(window.places):
                window = order.window(order.window_at(in_epoch))
            which, within = self._located(window, window.places[in_epoch - window.first])
            block = window.blocks[which]
            record = int(self._blocks.first[block] + within)
            found.append((self._paths[self._blocks.file[block]], record))
        return found

    def _at(self, place):
        """(the window with the record at a place of this rank, the record's number in it); reads on in the background."""
        window = self._window
        if window is None or not 0 <= place - window.first < self._step * len(window.records):
            if self._coming is not None and self._coming[0] == place:
                window = self._coming[1].result()
            else:
                window = self._load(place)
            self._window = window
            following = window.first + self._step * len(window.records)
            self._coming = following, self._background.submit(self._load, following)
        return window, (place - window.first) // self._step

    def _load(self, place):
        """The _Window with the record at a place of this rank."""
        epoch, in_epoch = divmod(place, self.num_records)
        order = self._order(epoch)
        window = order.window(order.window_at(in_epoch))
        begin = epoch * self.num_records + window.first
        first = begin + (self._first - begin) % self._step
        wanted = window.places[first - begin :: self._step]
        which, within = self._located(window, wanted)
        records = [None] * len(wanted)
        sources = np.empty([len(wanted), 2], np.int64)
        with _OpenFile(self._stamps) as opened:
            # Ascending in the files, not for speed alone: readers of the same window then meet in the page cache.
            for number in sorted(set(which.tolist()), key=lambda number: window.blocks[number]):
                block = window.blocks[number]
                mine = np.flatnonzero(which == number)
                sources[mine, 0] = self._blocks.file[block]
                sources[mine, 1] = self._blocks.first[block] + within[mine]
                for place_of, record in zip(
                    mine.tolist(), self._read_block(opened, block, within[mine].tolist())
                ):
                    records[place_of] = record
        return _Window(first, records, sources)

    def _located(self, window, places):
        """For places among the records of a window's blocks: (the place of each one's block in the window, its number in it)."""
        ends = np.cumsum(self._blocks.records[window.blocks])
        which = np.searchsorted(ends, places, side="right")
        return which, places - (ends - self._blocks.records[window.blocks])[which]

    def _order(self, epoch):
        if epoch not in self._orders:
            kept = {old: self._orders[old] for old in self._orders if old == epoch - 1}
            kept[epoch] = EpochOrder(self._seed, epoch, self._blocks.records)
            self._orders = kept
        return self._orders[epoch]

    def _read_block(self, opened, block, wanted):
        """Records of a block by their numbers in it: list of bytes, whose checksums are right."""
        path = self._paths[self._blocks.file[block]]
        first = int(self._blocks.first[block])
        content = opened.read(path, int(self._blocks.start[block]), int(self._blocks.size[block]))
        frames = _split(content, int(self._blocks.records[block]), path, first)
        chosen = [frames[number] for number in wanted]
        records = [content[begin:end] for begin, end in chosen]
        checks = b"".join([content[end : end + FOOTER_BYTES] for _, end in chosen])
        wrong = np.flatnonzero(checksums.masked_crc32c(records) != np.frombuffer(checks, "<u4"))
        if len(wrong):
            raise RecordError(
                "%s: record %d is damaged (wrong checksum): make the file again"
                % (path, first + wanted[int(wrong[0])])
            )
        return records


def _split(content, count, path, first):
    """List of the (begin, end) of each record in the bytes of a block."""
    frames, place = [], 0
    while len(frames) < count:
        length = frame_length(content[place : place + HEADER_BYTES])
        if length is None or place + length > len(content):
            raise RecordError(
                "%s: record %d is damaged or cut off, or the file has changed during training: make the file again"
                % (path, first + len(frames))
            )
        frames.append((place + HEADER_BYTES, place + length - FOOTER_BYTES))
        place += length
    return frames


def _blocks(files):
    numbers = [len(one.starts) - 1 for one in files]
    firsts = np.concatenate([RECORDS_PER_BLOCK * np.arange(number) for number in numbers])
    records = np.concatenate(
        [
            np.minimum(one.records - RECORDS_PER_BLOCK * np.arange(number), RECORDS_PER_BLOCK)
            for one, number in zip(files, numbers)
        ]
    )
    return _Blocks(
        np.repeat(np.arange(len(files)), numbers),
        np.concatenate([one.starts[:-1] for one in files]),
        np.concatenate([np.diff(one.starts) for one in files]),
        firsts,
        records,
    )


def _stamp(file):
    """What tells a file, by its path or descriptor, from what it was: (size, time of its last change); None without one."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class _OpenFile:
    """The file that was read last, open, for the length of a `with` block.

    Args:
        stamps: dict, path -> _stamp of each file when the training began.
    """

    def __init__(self, stamps):
        self._stamps = stamps
        self._path, self._stream = None, None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._close()

    def read(self, path, start, size):
        """`size` bytes from `start` on, or fewer at the end of the file."""
        try:
            if path != self._path:
                self._close()
                self._stream = open(path, "rb", buffering=0)
                self._path = path
                if self._stamps[path] not in (None, _stamp(self._stream.fileno())):
                    raise RecordError(
                        "%s: has been changed or replaced during training: put back what was there, and run the same "
                        "command again" % path
                    )
            return os.pread(self._stream.fileno(), size, start)
        except OSError as error:
            raise RecordError(
                "%s: cannot be read during training (%s)" % (path, error.strerror or error)
            )

    def _close(self):
        if self._stream is not None:
            self._stream.close()
        self._path, self._stream = None, None
