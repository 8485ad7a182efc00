# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Writes the windows of examples as TFRecords: made by several processes, in the order of the examples or in another.

Examples are taken in the order of their file, where neighbours share a context, which is then tokenized once. A process takes
a share of them and returns frames that are ready to be written but for the numbers of the windows, which end each record.
"""

import contextlib
import mmap
from collections import namedtuple

import numpy as np

from program import workers
from program.files import whole_file
from program.records.encoding import frame, serialize_rows, varint, with_tails
from program.unknown_words import UnknownWords
from squad import features

_EXAMPLES_AT_ONCE = 128  # that a process takes, and more, up to the end of a context
_FEWEST_EXAMPLES = 1024  # for fewer, processes cost more than they save
_SHARES_AHEAD = 8  # of each process: memory holds so many
_WINDOWS_MOVED_AT_ONCE = 8192
_ID_BYTES = len(varint(features.FIRST_UNIQUE_ID))  # of every id up to the 33 billionth

# What finds the answers in windows, for prediction: query_lengths: int32 [E], tokens of each question. context_of: int32 [E],
# number of its context. context_lengths: int32 [C], tokens of each context. char_spans: int32 [T, 2], the characters of each token
# of all contexts, one context after the other.
Places = namedtuple("Places", "query_lengths context_of context_lengths char_spans")

# counts: int32 [E], windows of each example, 0 where it has been left out. sizes: int32 [N], bytes of each window's frame.
# content: bytes, the frames; None once they are in a file. unknown: UnknownWords. places: Places, or None in training.
_Made = namedtuple("_Made", "counts sizes content unknown places")


class Windows:
    """Which windows a file holds; iterates over their features, for prediction.

    Args:
        counts, sizes, unknown, places: see _Made.
        options: an object with max_seq_length, doc_stride and max_query_length.
    """

    def __init__(self, counts, sizes, unknown, places, options):
        self.counts, self.sizes, self.unknown, self.places = counts, sizes, unknown, places
        self._options = options

    def __len__(self):
        return len(self.sizes)

    def __iter__(self):
        """Yields the `squad.features.SquadFeatures` of each window without tokens and padded lists, which are None.

        They are made as they are asked for: a window takes a hundred times the memory of its places.
        """
        unique_id, begins = features.FIRST_UNIQUE_ID, _begins(self.places.context_lengths)
        for number, (num_query_tokens, context) in enumerate(
            zip(self.places.query_lengths.tolist(), self.places.context_of.tolist())
        ):
            spans = self.places.char_spans[begins[context] : begins[context + 1]].tolist()
            windows = features.windows_of(num_query_tokens, len(spans), self._options)
            owners = features.max_context_windows(windows, len(spans))
            first = features.context_begin(num_query_tokens)
            for index, (start, length) in enumerate(windows):
                part = slice(start, start + length)
                yield features.SquadFeatures(
                    unique_id=unique_id,
                    example_index=number,
                    window_index=index,
                    tokens=None,
                    token_char_spans=[None] * first + list(map(tuple, spans[part])) + [None],
                    token_is_max_context=features.max_context_in_window(first, owners[part], index),
                    input_ids=None,
                    input_mask=None,
                    segment_ids=None,
                    start_position=0,
                    end_position=0,
                    is_impossible=True,
                )
                unique_id += 1

    def lengths(self):
        """list [N] of int, tokens of each window without padding."""
        found = []
        for num_query_tokens, context in zip(self.places.query_lengths, self.places.context_of):
            others = features.context_begin(int(num_query_tokens)) + 1
            windows = features.windows_of(
                int(num_query_tokens), int(self.places.context_lengths[context]), self._options
            )
            found.extend(others + length for _, length in windows)
        return found

    def question_numbers(self, order=None):
        """int array [N], the number of each window's example; with an order, by its place there. order: as in write_in_order."""
        counts = self.counts if order is None else self.counts[order]
        return np.repeat(np.arange(len(counts)), counts)


def write_windows(path, examples, tokenizer, options, is_training, num_workers=1, on_example=None):
    """Writes the windows of examples as a TFRecord file, which appears complete or not at all.

    The file does not depend on the number of processes. Memory holds a few shares of each process.

    Args:
        path: str.
        examples: list of SquadExample.
        tokenizer: FullTokenizer.
        options: an object with max_seq_length, doc_stride and max_query_length.
        is_training: bool; records then have answer positions, and an example whose answer has no token is left out.
        num_workers: int, processes. This one makes few examples alone.
        on_example: function of the number of examples done, called now and then; or None.

    Returns:
        Windows; of no example, or if all are left out, there are none.

    Raises:
        DataError: the file cannot be written.
        OptionError: a process was killed, or could not be started.
    """
    global _job
    _job = _Job(examples, tokenizer, options, is_training)  # workers are forks: they have it
    shares = list(_shares(examples))
    if len(examples) < _FEWEST_EXAMPLES:
        num_workers = 1
    made, done = [_empty(is_training)], 0
    try:
        with workers.worker_pool(num_workers) as pool, whole_file(path, "wb") as output:
            for share in workers.ordered_map(
                pool, _make_share, shares, _SHARES_AHEAD * num_workers
            ):
                output.write(_numbered(share.content, share.sizes, done))
                made.append(share._replace(content=None))
                done += len(share.sizes)
                if on_example is not None:
                    on_example(shares[len(made) - 2][1])
    finally:
        _job = None
    unknown = UnknownWords()
    for share in made:
        unknown.add(share.unknown)
    return Windows(
        np.concatenate([share.counts for share in made]),
        np.concatenate([share.sizes for share in made]),
        unknown,
        None if is_training else _joined([share.places for share in made]),
        options,
    )


def write_in_order(path, source, windows, order):
    """Writes the windows of a file in another order of examples; the file appears complete or not at all.

    Args:
        path: str.
        source: str, a file that write_windows wrote.
        windows: Windows of that file.
        order: int array, numbers of examples.

    Raises:
        DataError: the file cannot be written.
    """
    window_ends, byte_ends = _begins(windows.counts), _begins(windows.sizes)
    done, pieces, sizes = 0, [], []
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(open(source, "rb"))
        content = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        output = stack.enter_context(whole_file(path, "wb"))
        for number in order.tolist():
            first, end = window_ends[number], window_ends[number + 1]
            pieces.append(content[byte_ends[first] : byte_ends[end]])
            sizes.extend(windows.sizes[first:end].tolist())
            if len(sizes) >= _WINDOWS_MOVED_AT_ONCE:
                output.write(_numbered(b"".join(pieces), sizes, done))
                done += len(sizes)
                pieces, sizes = [], []
        output.write(_numbered(b"".join(pieces), sizes, done))


def share_of(examples, index, count):
    """(begin, end) of share `index` (from 0) of `count`: questions about one context stay together."""
    begin, end = (
        _context_end(examples, len(examples) * number // count) for number in (index, index + 1)
    )
    return begin, end


def left_out(examples, windows):
    """The ids of the questions that have no window because their answer has no token."""
    return [examples[number].qas_id for number in np.flatnonzero(windows.counts == 0).tolist()]


def _shares(examples):
    """Yields (begin, end) of runs of examples that a process takes at once."""
    begin = 0
    while begin < len(examples):
        end = _context_end(examples, min(begin + _EXAMPLES_AT_ONCE, len(examples)))
        yield begin, end
        begin = end


def _context_end(examples, number):
    """The first number from `number` on at which a run of questions about one context begins; 0 for 0."""
    while 0 < number < len(examples) and examples[number].context == examples[number - 1].context:
        number += 1
    return number


def _numbered(content, sizes, first):
    """Frames with the ids of window number `first` and those after it."""
    if not len(sizes):
        return b""
    ids = features.FIRST_UNIQUE_ID + first + np.arange(len(sizes), dtype=np.int64)
    digits = (ids[:, np.newaxis] >> (7 * np.arange(_ID_BYTES))) & 127
    digits[:, :-1] |= 128
    return with_tails(content, sizes, digits.astype(np.uint8))


def _empty(is_training):
    """The _Made of no example."""
    none = np.zeros([0], np.int32)
    places = None if is_training else Places(none, none, none, none.reshape([0, 2]))
    return _Made(none, none, None, UnknownWords(), places)


# Of this process, and of the workers that are forked while it is set.
_Job = namedtuple("_Job", "examples tokenizer options is_training")
_job = None


def _make_share(bounds):
    """The _Made of examples begin .. end - 1, with ids of any number."""
    begin, end = bounds
    unknown, counts = UnknownWords(), np.zeros(end - begin, np.int32)
    rows, query_lengths, contexts, context_of = [], [], [], []
    to_ids = _job.tokenizer.convert_tokens_to_ids
    for example in features.tokenize_examples(
        _job.examples[begin:end], _job.tokenizer, _job.options, _job.is_training, unknown
    ):
        if not contexts or contexts[-1] is not example.context:
            contexts.append(example.context)
            context_ids = np.array(to_ids(example.context.tokens), np.int32)
        query_ids = np.array(to_ids(["[CLS]"] + example.query_tokens + ["[SEP]"]), np.int32)
        counts[example.example_index] = len(example.windows)
        query_lengths.append(len(example.query_tokens))
        context_of.append(len(contexts) - 1)
        for start, length in example.windows:
            positions = features.answer_positions(
                example.answer_span, start, length, len(query_ids)
            )
            rows.append(_Row(query_ids, context_ids[start : start + length], positions))
    places = None
    if not _job.is_training:
        spans = [span for context in contexts for span in context.char_spans]
        places = Places(
            np.array(query_lengths, np.int32),
            np.array(context_of, np.int32),
            np.array([len(context.tokens) for context in contexts], np.int32),
            np.array(spans, np.int32).reshape([-1, 2]),
        )
    frames = frame(serialize_rows(_arrays(rows))) if rows else []
    sizes = np.array([len(one) for one in frames], np.int32)
    return _Made(counts, sizes, b"".join(frames), unknown, places)


# query_ids: int32 [n], [CLS] and [SEP] included. context_ids: int32 [n], of the window's part. positions: (first, last) token of the
# answer in the window.
_Row = namedtuple("_Row", "query_ids context_ids positions")


def _arrays(rows):
    """The numbers of records.fields.squad_schema: dict of integer arrays [N, n]."""
    (separator,) = _job.tokenizer.convert_tokens_to_ids(["[SEP]"])
    input_ids = np.zeros([len(rows), _job.options.max_seq_length], np.int32)
    for line, row in zip(input_ids, rows):
        first, end = len(row.query_ids), len(row.query_ids) + len(row.context_ids)
        line[:first] = row.query_ids
        line[first:end] = row.context_ids
        line[end] = separator
    begins = np.array([[len(row.query_ids)] for row in rows])
    ends = begins + [[len(row.context_ids) + 1] for row in rows]
    places = np.arange(input_ids.shape[1])
    input_mask = places < ends
    arrays = {
        "unique_ids": np.full([len(rows), 1], features.FIRST_UNIQUE_ID),
        "input_ids": input_ids,
        "input_mask": input_mask,
        "segment_ids": input_mask & (places >= begins),
    }
    if _job.is_training:
        positions = np.array([row.positions for row in rows])
        arrays.update(start_positions=positions[:, :1], end_positions=positions[:, 1:])
    return arrays


def _joined(pieces):
    """The Places of several shares as one."""
    contexts_before = np.cumsum([0] + [len(piece.context_lengths) for piece in pieces])
    numbers = [piece.context_of + before for piece, before in zip(pieces, contexts_before)]
    return Places(
        np.concatenate([piece.query_lengths for piece in pieces]),
        np.concatenate(numbers).astype(np.int32),
        np.concatenate([piece.context_lengths for piece in pieces]),
        np.concatenate([piece.char_spans for piece in pieces]),
    )


def _begins(sizes):
    """int64 [n + 1]: where each of n runs of so many begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
