# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the text stages of data preparation share: arguments, and the counts beside each finished file."""

import argparse
import os

from program import manifests, workers
from program.errors import DataError


def positive_int(text):
    """argparse type: a whole number ≥ 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("%r is not a whole number >= 1" % text)
    return number


def add_arguments(parser):
    """Adds --num_workers and --part, the same in every stage."""
    parser.add_argument(
        "--num_workers",
        type=positive_int,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="worker processes (default: the cores of this machine, %(default)s)",
    )
    parser.add_argument(
        "--part",
        type=workers.parse_part,
        default=workers.WHOLE,
        metavar="I/N",
        help="do only share I of N; the shares together make the same bytes as one run (default: all)",
    )


def size_of(path):
    """Bytes of a file.

    Raises:
        DataError: there is no such file.
    """
    try:
        return os.path.getsize(path)
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror))


def write_counts(path, settings, counts):
    """Writes the .json beside a finished text file: what made it, and what is in it."""
    manifests.write(path, {"settings": settings, "counts": counts})


def finished_counts(path, settings):
    """The counts of a text file that an earlier run finished with the same settings, or None when it is to be made.

    Args:
        path: the .json beside the text file.

    Raises:
        DataError: it was made with other settings, so its folder would end up with a mixture.
    """
    found = manifests.read(path)
    if not found or not os.path.exists(os.path.splitext(path)[0] + ".txt"):
        return None
    if found.get("settings") != settings:
        raise DataError(
            "%s was made from another source or with other settings: empty %s or choose another --output_dir"
            % (path, os.path.dirname(path) or ".")
        )
    return found["counts"]


def print_totals(source, what, totals, seconds):
    """The closing lines of a text stage: what was kept, what was dropped and why."""
    print(
        "%s: %d %s kept, %d sentences, %d words in %.1f s (%.0f words/s)"
        % (
            source,
            totals[what],
            what,
            totals["sentences"],
            totals["words"],
            seconds,
            totals["words"] / max(seconds, 1e-9),
        )
    )
    for reason in sorted(name for name in totals if name.startswith("dropped_")):
        print("  %-26s %d" % (reason.replace("_", " ", 1), totals[reason]))
