# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Prints EM and F1 of each seed, their means and standard deviations, and writes stability.csv.

usage: stability_table.py DIRECTORY FIRST_SEED LAST_SEED      (reads DIRECTORY/seed_<n>/scores.json)
"""

import json
import math
import os
import sys

from program.files import write_whole


def mean_and_deviation(values):
    """The mean and the sample standard deviation (divided by n - 1; None for a single value)."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, None
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def read_scores(directory, seeds):
    """[(seed, exact match, F1), ...]."""
    found = []
    for seed in seeds:
        with open(os.path.join(directory, "seed_%d" % seed, "scores.json")) as stream:
            scores = json.load(stream)
        found.append((seed, scores["exact_match"], scores["f1"]))
    return found


def main(directory, first, last):
    rows = read_scores(directory, range(int(first), int(last) + 1))
    (exact, exact_deviation), (f1, f1_deviation) = (
        mean_and_deviation([row[column] for row in rows]) for column in (1, 2)
    )
    pattern = "%-10s %12s %12s"
    print(pattern % ("seed", "exact match", "F1"))
    for seed, seed_exact, seed_f1 in rows:
        print(pattern % (seed, "%.2f" % seed_exact, "%.2f" % seed_f1))
    print(pattern % ("mean", "%.2f" % exact, "%.2f" % f1))
    deviations = [
        "-" if value is None else "%.3f" % value for value in (exact_deviation, f1_deviation)
    ]
    print(pattern % ("std", deviations[0], deviations[1]))
    path = os.path.join(directory, "stability.csv")
    lines = ["seed,exact_match,f1"] + ["%d,%r,%r" % row for row in rows]
    write_whole(path, "\n".join(lines) + "\n")
    print("table: %s" % path)


if __name__ == "__main__":
    main(*sys.argv[1:])
