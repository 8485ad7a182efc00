# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where the packed numbers of each feature stand, in many serialized records at a time.

A tf.train.Example as programs write it is the bytes "features" and their length, then for each feature a head (tags, lengths
and the feature's name) and the packed numbers. Of which bytes a head consists follows from the name and from how many bytes
the numbers take. So the heads of all records are compared at once with a table of what they must be, the first head of each
record, then the second, and so on; the features of a record may be in any order.
"""

import numpy as np

from program.records import encoding

# The first bytes of a head tell it from all others of a schema: its length, the length of the name and the name's first letters.
_KEY_BYTES = 8
_MOST_PLACES = (
    3  # an int64 feature whose numbers take more bytes each, on average, is not in the table
)
_MOST_SCALAR_PLACES = 10


class Layout:
    """The heads that records of one schema have.

    Args:
        lengths: list of (feature name, numbers in it, True for int64 or False for float32).

    Attributes:
        padding: int, bytes that must follow the last record.
    """

    def __init__(self, lengths):
        heads = []
        for feature, (name, length, is_int) in enumerate(lengths):
            for size in _payload_sizes(length, is_int):
                heads.append((encoding.feature_head(name, is_int, size), feature, size))
        heads.sort(key=lambda head: head[0][:_KEY_BYTES][::-1])  # as little-endian words
        width = -(-max(len(head) for head, _, _ in heads) // _KEY_BYTES) * _KEY_BYTES
        # No head is the last entry, but every key has a place before it.
        heads.append((b"\xff" * width, 0, 0))
        self._num_features, self._width = len(lengths), width
        self._heads = _words([head.ljust(width, b"\0") for head, _, _ in heads])
        # Which bits of the words belong to the head.
        self._bits = _words([(b"\xff" * len(head)).ljust(width, b"\0") for head, _, _ in heads])
        self._keys = self._heads[:, 0].copy()
        self._features = np.array([feature for _, feature, _ in heads])
        self._head_sizes = np.array([len(head) for head, _, _ in heads])
        self._payload_sizes = np.array([size for _, _, size in heads])
        self._steps = self._head_sizes + self._payload_sizes
        # A record of another form is followed so far beyond its end.
        self.padding = self._num_features * int(self._steps.max()) + width
        self._tops, self._top_bits, self._top_sizes = _tops(self.padding)

    def locate(self, content, sizes):
        """Finds the packed numbers of each feature of N records.

        Args:
            content: bytes, the records one after the other, and `padding` bytes more.
            sizes: int64 [N], bytes of each record.

        Returns:
            (int64 [F, N], the place in `content` at which the packed numbers of feature f of record n begin; int64 [F, N], how many
            bytes they take; bool [N], false for a record of another form, for which the numbers before mean nothing).
        """
        ends = np.cumsum(sizes)
        keys = np.ndarray(len(content) - _KEY_BYTES + 1, "<u8", content, 0, 1)
        known = np.minimum(sizes, len(self._tops) - 1)
        place = ends - sizes
        fits = keys[place] & self._top_bits[known] == self._tops[known]
        place += self._top_sizes[known]
        places, found = [], []
        for _ in range(self._num_features):
            places.append(place)
            found.append(self._keys.searchsorted(keys[place]))
            place = place + self._steps[found[-1]]
        places, found = np.array(places), np.array(found)
        differ = windows(content, self._width)[places].view("<u8") ^ self._heads[found]
        fits &= ~(differ & self._bits[found]).any(axis=(0, 2))
        at = self._features[found], np.arange(len(sizes))
        begins, payload_sizes = np.zeros(found.shape, np.int64), np.full(found.shape, -1, np.int64)
        begins[at] = places + self._head_sizes[found]
        payload_sizes[at] = self._payload_sizes[found]
        # With one feature twice, another one would be missing.
        fits &= (place == ends) & (payload_sizes >= 0).all(axis=0)
        return begins, payload_sizes, fits


def windows(content, size):
    """The `size` bytes from each place of `content` on: uint8 [len(content) - size + 1, size], a view.

    Indexed with [N] places it gives [N, size], copied row by row.
    """
    return np.ndarray((len(content) - size + 1, size), np.uint8, content, 0, (1, 1))


def _payload_sizes(length, is_int):
    if not is_int:
        return [4 * length]
    return range(length, (_MOST_SCALAR_PLACES if length == 1 else _MOST_PLACES * length) + 1)


def _words(rows):
    """Byte strings of one length, a multiple of 8: uint64 [N, words]."""
    return np.frombuffer(b"".join(rows), "<u8").reshape([len(rows), -1])


def _tops(most):
    """The tag and the length with which records begin, of 0 to `most` bytes.

    Returns:
        (uint64 [most + 1], the bytes as a little-endian word; uint64, which of its bits they take; int64, how many bytes).
    """
    sizes = np.arange(most + 1)
    # By how many bytes the length takes, which is counted without them.
    places = 1 + (sizes >= 2 + 128) + (sizes >= 3 + (1 << 14)) + (sizes >= 4 + (1 << 21))
    lengths = (sizes - 1 - places).astype(np.uint64)
    top = np.full(len(sizes), 0x0A, np.uint64)
    for place in range(4):
        digit = (lengths >> np.uint64(7 * place)) & np.uint64(127)
        digit |= np.where(place < places - 1, np.uint64(128), np.uint64(0))
        top |= digit << np.uint64(8 * (place + 1))
    bits = (np.uint64(1) << (8 * (places + 1)).astype(np.uint64)) - np.uint64(1)
    return top & bits, bits, 1 + places
