# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Prints some pre-training records in words and the statistics of all of them.

    python -m data.inspect_records /tmp/sample.tfrecord --vocab_file .cache/minilm/vocab.txt --show 3 --png lengths.png

Prints instances, a histogram of lengths, the fraction of masked tokens and how they are masked (80 % [MASK], 10 % kept,
10 % another token), the fraction of random next sentences, how many sequences have the maximum length (most of those pairs
were truncated), and format errors, if any. Exit code 1 if there are format errors. Needs no TensorFlow.
"""

import collections
import functools
import itertools
import json
import sys

import tokenization
from data import record_statistics
from program.arguments import Parser, positive_int
from program.errors import DataError, run_program
from program.files import expand, whole_file
from program.records.batches import BatchDecoder
from program.records.decoding import RecordError, read_records
from program.records.fields import pretraining_schema_of
from program.records.files import check_size

_BATCH = 1024
_BAR_WIDTH = 50


def read_batches(paths, limit=None, counts=None):
    """Yields dicts of arrays, feature name -> int64 or float32 [N, n], N ≤ 1,024, of all records in order.

    Args:
        paths: list of str, files whose records all have the same lengths.
        limit: int, the maximum number of records; None for all.
        counts: OrderedDict that gets, for each file, how many of its records were read; or None.

    Raises:
        decoding.RecordError: a file is damaged or contains other records.
    """
    schema = _schema_of_all(paths)
    numbered = (
        (path, number, serialized)
        for path in paths
        for number, serialized in enumerate(read_records(path))
    )
    numbered = itertools.islice(numbered, limit)
    decoder = BatchDecoder(schema)
    while True:
        batch = list(itertools.islice(numbered, _BATCH))
        if not batch:
            return
        if counts is not None:
            counts.update((path, number + 1) for path, number, _ in batch)
        yield decoder.unchecked_numbers(
            [serialized for _, _, serialized in batch], lambda row, batch=batch: batch[row][:2]
        )


def _schema_of_all(paths):
    """The one schema of files; what their sizes promise is checked, too."""
    for path in paths:
        check_size(path)
    schemas = [pretraining_schema_of(path) for path in paths]
    for path, schema in zip(paths, schemas):
        if schema.fields != schemas[0].fields:
            raise RecordError(
                "%s: holds %s, but %s %s: name files of one length"
                % (path, _lengths(schema), paths[0], _lengths(schemas[0]))
            )
    return schemas[0]


def _lengths(schema):
    return "%d tokens and %d predictions a sequence" % (
        schema.fields["input_ids"].shape + schema.fields["masked_lm_ids"].shape
    )


def show(batch, row, names):
    """One record in words: list of lines.

    Args:
        batch: dict of arrays, feature name -> [N, n].
        row: int.
        names: function id -> token.
    """
    ids = batch["input_ids"][row]
    length = min(max(int(batch["input_mask"][row].sum()), 0), len(ids))  # of any numbers
    first = min(max(length - int(batch["segment_ids"][row].sum()), 0), length)
    predictions = {
        int(position): names(label)
        for position, label, weight in zip(
            batch["masked_lm_positions"][row],
            batch["masked_lm_ids"][row],
            batch["masked_lm_weights"][row],
        )
        if weight > 0
    }
    words = [
        names(ids[place]) + ("{%s}" % predictions[place] if place in predictions else "")
        for place in range(length)
    ]
    label = "random" if batch["next_sentence_labels"][row][0] else "next"
    return [
        "%d tokens, %d to predict {in braces}, B is %s" % (length, len(predictions), label),
        "  A: " + " ".join(words[:first]),
        "  B: " + " ".join(words[first:]),
    ]


def print_summary(statistics, output, counts):
    """The statistics as lines: a histogram of lengths, then figures, then problems.

    Args:
        counts: OrderedDict, as `read_batches` fills it.
    """
    histogram = statistics.histogram()
    most = max(count for _, _, count in histogram)
    output.write("tokens in a sequence\n")
    for low, high, count in histogram:
        output.write(
            "  %4d-%-4d %9d %s\n"
            % (low, high, count, "#" * int(round(_BAR_WIDTH * count / max(most, 1))))
        )
    for name, value in statistics.summary().items():
        output.write("%-28s %s\n" % (name, "%.4f" % value if isinstance(value, float) else value))
    for problem, count, first in statistics.problems():
        output.write(
            "PROBLEM: %s: %d records, the first is record %d of %s\n"
            % ((problem, count) + _place(first, counts))
        )


def _place(number, counts):
    """(number in its file, path) of a record, from its number in all files."""
    for path, count in counts.items():
        if number < count:
            break
        number -= count
    return number, path


def save_png(statistics, path):
    """Draws lengths and shares to a PNG file.

    Raises:
        DataError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib
    except ImportError:
        raise DataError("--png requires matplotlib: pip install -r requirements/data.txt")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    summary = statistics.summary()
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4), gridspec_kw={"width_ratios": [3, 2]}
    )
    lengths = statistics.lengths()
    left.bar(range(len(lengths)), lengths, width=1.0)
    left.set_yscale("log")  # most sequences are full; the others would vanish beside them
    left.set_xlabel("tokens in a sequence")
    left.set_ylabel("sequences")
    left.set_title("%d sequences, mean length %.1f" % (summary["records"], summary["mean_length"]))
    bars = [
        "masked_share",
        "mask_share",
        "kept_share",
        "replaced_share",
        "random_next_share",
        "full_length_share",
        "padding_share",
    ]
    right.barh(bars[::-1], [summary[name] for name in reversed(bars)])
    for place, name in enumerate(reversed(bars)):
        right.text(summary[name] + 0.01, place, "%.3f" % summary[name], va="center")
    right.set_xlim(0, 1.15)
    figure.tight_layout()
    try:
        figure.savefig(path, format="png")
    except (IOError, OSError) as error:
        raise DataError("--png=%s: cannot be written (%s)" % (path, error.strerror))
    finally:
        pyplot.close(figure)


def inspect(paths, names, num_shown, limit, output, special=None, vocab_size=None):
    """Reads records, prints the first ones and the statistics of all.

    Args:
        paths: list of str.
        names: function id -> token, for the records shown.
        special: record_statistics.SpecialIds; None: guessed from the first batch.
        vocab_size: int; None: unknown.

    Returns:
        record_statistics.Statistics.
    """
    statistics, left_to_show, counts = None, num_shown, collections.OrderedDict()
    for batch in read_batches(paths, limit, counts):
        if statistics is None:
            special = special or record_statistics.guess_special_ids(batch)
            output.write("[CLS] is %s, [SEP] %s, [MASK] %s\n" % special)
            statistics = record_statistics.Statistics(special, vocab_size)
        for row in range(min(left_to_show, len(batch["input_ids"]))):
            output.write(
                "\nrecord %d: %s\n" % (num_shown - left_to_show, "\n".join(show(batch, row, names)))
            )
            left_to_show -= 1
        statistics.add(batch)
    output.write("\n")
    print_summary(statistics, output, counts)
    return statistics


def _token(tokens, index):
    return tokens.get(int(index), "<%d not in the vocabulary>" % index)


def main():
    parser = Parser("data.inspect_records", __doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="TFRecord files or glob patterns")
    parser.add_argument(
        "--vocab_file",
        metavar="FILE",
        help="vocabulary of the records; prints tokens instead of ids, and finds ids outside it",
    )
    parser.add_argument(
        "--show",
        type=int,
        default=2,
        metavar="N",
        help="number of records to print (default: %(default)s)",
    )
    parser.add_argument(
        "--limit", type=positive_int, metavar="N", help="read only the first N records"
    )
    parser.add_argument(
        "--png", metavar="FILE", help="write a plot of lengths and fractions (needs matplotlib)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the statistics as JSON")
    options = parser.parse_args()
    names, special, vocab_size = str, None, None
    try:
        if options.vocab_file:
            vocab = tokenization.load_vocab(options.vocab_file)
            names = functools.partial(_token, {index: token for token, index in vocab.items()})
            tokenization.require_tokens(vocab, ["[MASK]"], options.vocab_file)
            special = record_statistics.SpecialIds(vocab["[CLS]"], vocab["[SEP]"], vocab["[MASK]"])
            vocab_size = max(vocab.values()) + 1
        statistics = inspect(
            expand("FILE", options.files, ignored_endings=(".json",)),
            names,
            options.show,
            options.limit,
            sys.stdout,
            special,
            vocab_size,
        )
    except tokenization.VocabularyError as error:
        raise DataError(str(error))
    if options.json:
        with whole_file(options.json) as output:
            json.dump(statistics.summary(), output, indent=1)
    if options.png:
        save_png(statistics, options.png)
    if statistics.problems():
        sys.exit(1)


if __name__ == "__main__":
    run_program(main)
