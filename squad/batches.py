# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Which windows are computed together, and how long their batch is: windows of similar length share one.

A window padded to the longest of its batch has the logits that it has padded to the longest there may be, up to rounding:
attention to padding is exactly 0. So of windows sorted by length hardly any padding is computed. They are sorted within
stretches of whole questions, not over the whole file: by the end of a stretch all of its questions can be answered, and no
logits need to be kept.
"""

from collections import namedtuple

import numpy as np

# Lengths of batches are multiples of this, or the longest a window may have: float16 products are fastest at multiples of
# eight, and there are fewer shapes to prepare memory for.
_MULTIPLE = 8
# Windows of a stretch, unless one question has more: their numbers are some 20 MB at 384 tokens, their logits 13 MB.
WINDOWS_OF_STRETCH = 4096
# Steps of this fraction of the whole visit all parts of it evenly.
_GOLDEN_RATIO = 0.6180339887498949

# What a batch may be. windows: int, how many it has at most; None: as many as fit. tokens: int, how many it has at most, padding included
# unless it is skipped; None: any number. max_length: int, tokens of the longest window that there may be. is_trimmed: bool,
# batches end with their longest window; false: all have max_length, and keep the order of the file. skips_padding: bool,
# padding is not computed.
Limits = namedtuple("Limits", "windows tokens max_length is_trimmed skips_padding")

# rows: list of int, numbers of the windows in their stretch. length: int, tokens that each is padded to.
Batch = namedtuple("Batch", "rows length")

# begin, end: int, the windows are begin .. end - 1 of the file. batches: list of Batch.
Stretch = namedtuple("Stretch", "begin end batches")


def padded_length(length, max_length):
    """Tokens that a batch is padded to, whose longest window has `length`."""
    return min(-(-length // _MULTIPLE) * _MULTIPLE, max_length)


def plan(lengths, question_of, limits, windows_of_stretch=None):
    """Which windows are computed together.

    The first batch of a stretch is the longest: what memory there is must do for it. The others follow in an order that has
    long and short ones throughout, so that the time of the first ones tells that of the rest.

    Args:
      lengths: sequence of int, tokens of each window, in the order of the file.
      question_of: sequence of int, the question of each window; the windows of a question are neighbours.
      limits: Limits.
      windows_of_stretch: int, how many windows a stretch has at most, unless a question has more; None: WINDOWS_OF_STRETCH.

    Returns:
      list of Stretch.
    """
    lengths = np.asarray(lengths, np.int64)
    return [
        Stretch(begin, end, _batches(lengths[begin:end], limits))
        for begin, end in _stretches(question_of, windows_of_stretch or WINDOWS_OF_STRETCH)
    ]


def _stretches(question_of, most):
    """Yields the (begin, end) of runs of whole questions."""
    begin = end = 0
    for number in range(1, len(question_of) + 1):
        if number < len(question_of) and question_of[number] == question_of[number - 1]:
            continue
        if number - begin > most and end > begin:
            yield begin, end
            begin = end
        end = number
    if end > begin:
        yield begin, end


def _batches(lengths, limits):
    """The batches of one stretch: list of Batch."""
    if not limits.is_trimmed:
        lengths = np.full_like(lengths, limits.max_length)
    # Longest first; a batch is full when another window would exceed a limit.
    batches, rows, total, length = [], [], 0, 0
    for row in np.argsort(-lengths, kind="mergesort").tolist():
        tokens = int(lengths[row])
        if rows and not _fits(len(rows) + 1, total + tokens, length, limits):
            batches.append(Batch(rows, length))
            rows, total = [], 0
        if not rows:
            length = padded_length(tokens, limits.max_length)
        rows.append(row)
        total += tokens
    batches.append(Batch(rows, length))
    if not limits.is_trimmed:
        return batches
    return [
        batches[number]
        for number in sorted(range(len(batches)), key=lambda number: number * _GOLDEN_RATIO % 1)
    ]


def _fits(count, total, length, limits):
    """Whether so many windows with `total` tokens, padded to `length`, are a batch."""
    if limits.windows is not None and count > limits.windows:
        return False
    computed = total if limits.skips_padding else count * length
    return limits.tokens is None or computed <= limits.tokens
