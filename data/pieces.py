# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What the programs of data preparation share: arguments, and the counts beside each finished file."""

import os

from program import manifests, workers
from program.arguments import positive_int
from program.errors import DataError


def add_num_workers(parser):
    """Adds --num_workers."""
    parser.add_argument(
        "--num_workers",
        type=positive_int,
        default=workers.available_cores(),
        metavar="N",
        help="worker processes; the output does not depend on it (default: the number of cores, %(default)s)",
    )


def add_part(parser, unit):
    """Adds --part, for a program whose units of work (`unit`: their plural) are shared among machines."""
    parser.add_argument(
        "--part",
        type=workers.parse_part,
        default=workers.WHOLE,
        metavar="I/N",
        help="process part I of N of the %s; all parts together give the output of a single run "
        "(default: all)" % unit,
    )


def add_mirror(parser, variable, otherwise):
    """Adds --mirror, whose default is the environment variable `variable`, or else what `otherwise` says."""
    parser.add_argument(
        "--mirror",
        default=os.environ.get(variable),
        metavar="URL",
        help="mirror to download from (default: $%s, or else %s)" % (variable, otherwise),
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
    """Writes the .json beside a finished text file: its settings and counts."""
    manifests.write(path, {"settings": settings, "counts": counts})


def finished_counts(path, settings):
    """The counts of a text file that an earlier run finished with the same settings; None if it has to be made.

    Args:
        path: the .json beside the text file.

    Raises:
        DataError: it was made with other settings; the directory would hold a mixture.
    """
    found = manifests.read(path)
    if not found or not os.path.exists(os.path.splitext(path)[0] + ".txt"):
        return None
    earlier = found.get("settings") or {}
    # Text of releases without --language is English.
    if "language" in settings:
        earlier = dict({"language": "en"}, **earlier)
    if earlier != settings:
        raise DataError(
            "%s was made from another source or with other settings: empty %s or choose another --output_dir"
            % (path, os.path.dirname(path) or ".")
        )
    return found["counts"]


def print_totals(source, what, totals, seconds):
    """Prints the summary of a text stage: what was kept, what was dropped and why."""
    # Text without white space between words is counted in characters.
    unit = "characters" if "characters" in totals else "words"
    print(
        "%s: %d %s kept, %d sentences, %d %s in %.1f s (%.0f %s/s)"
        % (
            source,
            totals[what],
            what,
            totals["sentences"],
            totals[unit],
            unit,
            seconds,
            totals[unit] / max(seconds, 1e-9),
            unit,
        )
    )
    for reason in sorted(name for name in totals if name.startswith("dropped_")):
        print("  %-26s %d" % (reason.replace("_", " ", 1), totals[reason]))
