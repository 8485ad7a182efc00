# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Statistics of pre-training records: lengths, masks, next sentences, and format errors.

It sees arrays only, not how records are made or read. [N, S] is a batch of N sequences of S positions,
[N, P] their predictions (docs/interface.md §4).
"""

import collections

import numpy as np

_HISTOGRAM_BARS = 16
_BEYOND_INPUTS = "masked_lm_ids are far above all input_ids, so probably not in the vocabulary (--vocab_file tells)"
_ALMOST_NEVER = 0.02  # a probability

SpecialIds = collections.namedtuple("SpecialIds", "cls sep mask")

# Google's published vocabularies: Chinese, English (cased, uncased), multilingual (uncased, cased).
_GOOGLE_IDS = SpecialIds(101, 102, 103)
_GOOGLE_SIZES = (21128, 28996, 30522, 105879, 119547)


def guess_special_ids(batch):
    """The ids of [CLS], [SEP] and [MASK], seen from the records: first, last, and most frequent where a token is masked.

    Args:
        batch: dict of arrays, feature name -> [N, n]; a few hundred records make the guess sure.

    Returns:
        SpecialIds; mask is None where nothing is masked.
    """
    rows = np.arange(len(batch["input_ids"]))
    lengths = batch["input_mask"].sum(axis=1)
    ends = batch["input_ids"][rows, np.clip(lengths - 1, 0, batch["input_ids"].shape[1] - 1)]
    with np.errstate(invalid="ignore"):  # weights may be NaN
        masked = _masked(batch).inputs
    return SpecialIds(
        _most_frequent(batch["input_ids"][:, 0]),
        _most_frequent(ends),
        _most_frequent(masked) if masked.size else None,
    )


def _most_frequent(ids):
    values, counts = np.unique(ids, return_counts=True)
    return int(values[np.argmax(counts)])


_Masked = collections.namedtuple("_Masked", "rows positions inputs labels")


def _masked(batch):
    """The real predictions of a batch, flat: row, position, the id that the model sees there, the id it must find."""
    rows, columns = np.nonzero(batch["masked_lm_weights"] > 0)
    positions = batch["masked_lm_positions"][rows, columns]
    inside = np.clip(positions, 0, batch["input_ids"].shape[1] - 1)
    return _Masked(
        rows, positions, batch["input_ids"][rows, inside], batch["masked_lm_ids"][rows, columns]
    )


class _BeyondInputs:
    """Labels that are probably not in the vocabulary, where its size is not known.

    A tenth of the masked tokens shows an id drawn evenly from the vocabulary. If that had the label L, and so a size V > L, all
    k of these draws would be at most the largest input m with a probability of (m / V)^k.

    Args:
        special: SpecialIds; those of Google's vocabularies leave few sizes.
    """

    def __init__(self, special):
        self._special = special
        self._largest_input, self._num_draws = 0, 0
        self._labels = {}  # a label above all inputs so far -> [how often, first record]

    def add(self, inputs, masked, start):
        """Counts the inputs [N, S] and the _Masked of a batch whose first record has the number `start`."""
        valid = inputs[(inputs >= 0) & (inputs < 1 << 31)]
        self._largest_input = max(self._largest_input, int(valid.max()) if valid.size else 0)
        drawn = (masked.inputs != self._special.mask) & (masked.inputs != masked.labels)
        self._num_draws += int(drawn.sum())
        above = (masked.labels > self._largest_input) & (masked.labels < 1 << 31)
        for label, row in zip(masked.labels[above].tolist(), masked.rows[above].tolist()):
            self._labels.setdefault(label, [0, start + row])[0] += 1
        self._labels = {
            label: seen for label, seen in self._labels.items() if label > self._largest_input
        }

    def found(self):
        """(how many such labels, the number of the first record with one); (0, None) where there is none."""
        beyond = [
            seen
            for label, seen in self._labels.items()
            if (self._largest_input / self._size(label)) ** self._num_draws < _ALMOST_NEVER
        ]
        return sum(count for count, _ in beyond), min([first for _, first in beyond], default=None)

    def _size(self, label):
        """The least size of a vocabulary that has the label; others than Google's with its special ids are larger (LaBSE)."""
        sizes = _GOOGLE_SIZES if self._special == _GOOGLE_IDS else ()
        return min([size for size in sizes if size > label], default=label + 1)


class Statistics:
    """Adds up batches of records.

    Args:
        special: SpecialIds.
        vocab_size: int, or None: ids are then compared with the range of 32 bits, and with each other.
    """

    def __init__(self, special, vocab_size=None):
        self._special = special
        self._vocab_size = vocab_size
        self._beyond = _BeyondInputs(special)
        self._counts = collections.Counter()
        self._problems = collections.Counter()
        self._first_problem = {}
        self._lengths = None  # how many records have 0, 1, ... S tokens

    def add(self, batch):
        """Counts a batch: dict of arrays, feature name -> int64 or float32 [N, n], whatever the numbers are."""
        with np.errstate(invalid="ignore"):  # weights may be NaN or infinite
            self._add(batch)

    def _add(self, batch):
        seq_length = batch["input_ids"].shape[1]
        lengths = batch["input_mask"].sum(axis=1)
        second = batch["segment_ids"].sum(axis=1)
        masked = _masked(batch)
        if self._lengths is None:
            self._lengths = np.zeros(seq_length + 1, np.int64)
        self._check(batch, lengths, second, masked)
        if self._vocab_size is None:
            self._beyond.add(batch["input_ids"], masked, self._counts["records"])
        self._lengths += np.bincount(np.clip(lengths, 0, seq_length), minlength=seq_length + 1)
        self._counts.update(
            records=len(lengths),
            positions=batch["input_ids"].size,
            tokens=int(lengths.sum()),
            full_length=int((lengths == seq_length).sum()),
            second_tokens=int(second.sum()),
            random_next=int((batch["next_sentence_labels"] == 1).sum()),
            predictions=len(masked.rows),
            prediction_places=batch["masked_lm_weights"].size,
            without_predictions=int((batch["masked_lm_weights"].sum(axis=1) == 0).sum()),
            replaced_by_mask=int((masked.inputs == self._special.mask).sum()),
            kept=int((masked.inputs == masked.labels).sum()),
        )

    def _check(self, batch, lengths, second, masked):
        """Notes each record that breaks the format, by the rule it breaks."""
        num_records, seq_length = batch["input_ids"].shape
        places = np.arange(seq_length)
        real = places < lengths[:, None]
        first = lengths - second
        self._note("input_mask is not 1s followed by 0s", (batch["input_mask"] != real).any(axis=1))
        self._note(
            "segment_ids are not 0s followed by 1s up to the end of the text",
            (batch["segment_ids"] != (real & (places >= first[:, None]))).any(axis=1),
        )
        self._note("padding ids are not 0", ((batch["input_ids"] != 0) & ~real).any(axis=1))
        rows = np.arange(num_records)
        self._note("does not start with [CLS]", batch["input_ids"][:, 0] != self._special.cls)
        ends = [np.clip(place - 1, 0, seq_length - 1) for place in (first, lengths)]
        self._note(
            "a segment does not end with [SEP]",
            (batch["input_ids"][rows, ends[0]] != self._special.sep)
            | (batch["input_ids"][rows, ends[1]] != self._special.sep),
        )
        self._note("a segment is empty", (first < 3) | (second < 2))
        self._note(
            "next_sentence_labels is neither 0 nor 1",
            ((batch["next_sentence_labels"] != 0) & (batch["next_sentence_labels"] != 1)).any(
                axis=1
            ),
        )
        self._check_ranges(batch)
        weights = batch["masked_lm_weights"]
        self._note(
            "masked_lm_weights are not 1s followed by 0s",
            ((weights != 0) & (weights != 1)).any(axis=1)
            | (np.diff(weights, axis=1) > 0).any(axis=1),
        )
        self._note(
            "an unused prediction slot is not 0",
            (
                (weights == 0)
                & ((batch["masked_lm_positions"] != 0) | (batch["masked_lm_ids"] != 0))
            ).any(axis=1),
        )
        same_row = masked.rows[1:] == masked.rows[:-1]
        unsorted = np.zeros(num_records, bool)
        unsorted[masked.rows[1:][same_row & (masked.positions[1:] <= masked.positions[:-1])]] = True
        self._note("masked_lm_positions are not increasing", unsorted)
        special = np.zeros(num_records, bool)
        at = masked.positions
        special[
            masked.rows[
                (at == 0)
                | (at == first[masked.rows] - 1)
                | (at >= lengths[masked.rows] - 1) & (at < seq_length)
            ]
        ] = True
        self._note("[CLS], [SEP] or padding is a prediction target", special)

    def _check_ranges(self, batch):
        ids = self._vocab_size or 1 << 31
        for name, below in (
            ("input_ids", ids),
            ("masked_lm_ids", ids),
            ("masked_lm_positions", batch["input_ids"].shape[1]),
        ):
            values = batch[name]
            self._note(
                "%s are not 0 to %d" % (name, below - 1),
                ((values < 0) | (values >= below)).any(axis=1),
            )

    def _note(self, problem, rows):
        if rows.any():
            self._first_problem.setdefault(problem, self._counts["records"] + int(np.argmax(rows)))
            self._problems[problem] += int(rows.sum())

    def problems(self):
        """List of (rule broken, number of records, first such record counted from 0), in order of the first record."""
        found = [
            (problem, count, self._first_problem[problem])
            for problem, count in self._problems.items()
        ]
        count, first = self._beyond.found()
        if count:
            found.append((_BEYOND_INPUTS, count, first))
        return sorted(found, key=lambda item: (item[2], item[0]))

    def lengths(self):
        """int64 [S + 1]: how many records have that many tokens."""
        return self._lengths

    def histogram(self):
        """List of (shortest, longest, records) of at most sixteen ranges of length that cover 1 to S."""
        seq_length = len(self._lengths) - 1
        edges = np.unique(np.linspace(0, seq_length, _HISTOGRAM_BARS + 1).round().astype(int))
        return [
            (int(low) + 1, int(high), int(self._lengths[low + 1 : high + 1].sum()))
            for low, high in zip(edges, edges[1:])
        ]

    def summary(self):
        """OrderedDict of counts (int) and shares (float); a share of nothing is 0.

        masked_share is of all tokens, [CLS] and [SEP] among them, as masked_lm_prob is; of the predictions, mask_share
        shows [MASK], kept_share the token itself, replaced_share another token.
        """
        counts = self._counts
        replaced = counts["predictions"] - counts["replaced_by_mask"] - counts["kept"]
        return collections.OrderedDict(
            [
                ("records", counts["records"]),
                ("max_seq_length", len(self._lengths) - 1),
                (
                    "max_predictions_per_seq",
                    counts["prediction_places"] // max(counts["records"], 1),
                ),
                ("tokens", counts["tokens"]),
                ("mean_length", _ratio(counts["tokens"], counts["records"])),
                ("padding_share", 1 - _ratio(counts["tokens"], counts["positions"])),
                ("full_length_share", _ratio(counts["full_length"], counts["records"])),
                ("second_segment_share", _ratio(counts["second_tokens"], counts["tokens"])),
                ("random_next_share", _ratio(counts["random_next"], counts["records"])),
                ("predictions", counts["predictions"]),
                ("records_without_predictions", counts["without_predictions"]),
                ("masked_share", _ratio(counts["predictions"], counts["tokens"])),
                ("mask_share", _ratio(counts["replaced_by_mask"], counts["predictions"])),
                ("kept_share", _ratio(counts["kept"], counts["predictions"])),
                ("replaced_share", _ratio(replaced, counts["predictions"])),
                ("records_with_problems", sum(self._problems.values())),
            ]
        )


def _ratio(part, whole):
    return part / whole if whole else 0.0
