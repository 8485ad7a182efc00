# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Damaged files, each read by the program that reads such files: what happens?

    python -m tests.faults.mutations [--count 980] [--in_training 20] [--seed 1] [--only records] [--log FILE]

prints the table of benchmarks/reliability.md, and exits with 1 if there was a traceback, a crash, a hang, an unclear refusal or
a wrong success.
"""

import argparse
import collections
import json
import os
import random
import sys
import tempfile

from tests.faults import subjects
from tests.faults.programs import Programs

# What may happen, the bad ones last.
SAME = "same result"
REFUSED = "refused"
WARNED = "warned of"
OTHER = "another good file"
UNCLEAR = "refused unclearly"
WRONG = "wrong success"
TRACEBACK = "traceback"
CRASH = "crash"
HANG = "hang"
KINDS = [REFUSED, SAME, WARNED, OTHER, UNCLEAR, WRONG, TRACEBACK, CRASH, HANG]
BAD = KINDS[4:]

# subject: its name. number: of the mutation. way: of damage. kind: one of KINDS. outcome: programs.Outcome.
Case = collections.namedtuple("Case", "subject number file way kind outcome")


def classify(subject, name, outcome, is_same, is_same_kind):
    """One of KINDS.

    Args:
        name: of the damaged file, as an error has to name it.
        outcome: programs.Outcome.
        is_same: bool, whether the result is that of the undamaged file.
        is_same_kind: bool, whether nothing in the file contradicts what it now says.
    """
    code, out, err = outcome
    if code is None:
        return HANG
    if code < 0:
        return CRASH
    if "Traceback (most recent call last)" in err + out:
        return TRACEBACK
    if code == 1 and subject.module == "data.inspect_records" and "PROBLEM: " in out:
        return REFUSED  # its answer to records of wrong content
    if code:
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        return REFUSED if code == 2 and len(lines) == 1 and name in lines[0] else UNCLEAR
    if is_same:
        return SAME
    if "warning" in err.lower() or "ignored unknown keys" in err:
        return WARNED
    return OTHER if is_same_kind else WRONG


def mutations(subject, seed):
    """Yields (number, file name, name of the way, function content -> damaged content) without end."""
    number = 0
    while True:
        chosen = random.Random("%s %d %d" % (subject.name, seed, number))
        name, way = chosen.choice(subject.files), chosen.choice(subject.ways)
        yield number, name, way.__name__, lambda content, way=way, chosen=chosen: way(
            content, chosen
        )
        number += 1


def _is_same_kind(subject, before, after):
    try:
        return subject.same_kind(before, after)
    except (
        ValueError,
        AttributeError,
        RecursionError,
        OSError,
    ):  # the file is no longer of the kind
        return False


def run_subject(programs, folder, subject, count, seed):
    """Yields the Case of each of `count` mutations of a subject; the files are as before afterwards."""
    arguments = subject.arguments(folder)
    subjects.clean(folder, subject)
    good = programs.run(subject.module, arguments)
    assert good.code == 0, (subject.name, good)
    expected = subjects.result(folder, subject, good)
    found = 0
    for number, name, way, damaged in mutations(subject, seed):
        if found == count:
            return
        path = os.path.join(folder, name)
        with open(path, "rb") as stream:
            before = stream.read()
        after = damaged(before)
        if after is None or after == before:
            continue
        found += 1
        try:
            with open(path, "wb") as stream:
                stream.write(after)
            subjects.clean(folder, subject)
            outcome = programs.run(subject.module, arguments)
        finally:
            with open(path, "wb") as stream:
                stream.write(before)
        is_same = subjects.result(folder, subject, outcome) == expected
        is_same_kind = not is_same and outcome.code == 0 and _is_same_kind(subject, before, after)
        shown = os.path.basename(name).split(".index")[0].split(".data-")[0]
        if subject.arguments(folder)[-1].endswith("checkpoints"):
            shown = "checkpoints"
        elif name == "trained/run.json":
            shown = "out"
        yield Case(
            subject.name,
            number,
            name,
            way,
            classify(subject, shown, outcome, is_same, is_same_kind),
            outcome,
        )


def run(count, in_training=0, seed=1, only=""):
    """Yields the Cases of `count` mutations that one reader reads each, and of `in_training` that a whole training run reads.

    Args:
        only: str; of the subjects only those whose names contain it.
    """
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        subjects.prepare(folder)
        with Programs(folder) as programs:
            if in_training:
                subjects.train(programs, folder)
            for left, all_of in ((count, subjects.READERS), (in_training, subjects.TRAININGS)):
                chosen = [one for one in all_of if only in one.name]
                total = sum(one.share for one in chosen)
                for subject in chosen:
                    number = int(round(left * subject.share / total))
                    left, total = left - number, total - subject.share
                    if number:
                        yield from run_subject(programs, folder, subject, number, seed)


def table(cases):
    """Lines of Markdown: for each subject how often what happened."""
    counts = collections.OrderedDict()
    for case in cases:
        counts.setdefault(case.subject, collections.Counter())[case.kind] += 1
    total = sum(counts.values(), collections.Counter())
    yield "| file | mutations | %s |" % " | ".join(KINDS)
    yield "|---" * (len(KINDS) + 2) + "|"
    for name, row in list(counts.items()) + [("**all**", total)]:
        yield "| %s | %d | %s |" % (
            name,
            sum(row.values()),
            " | ".join(str(row[kind]) for kind in KINDS),
        )


def main():
    parser = argparse.ArgumentParser("tests.faults.mutations", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--count", type=int, default=980, help="read by one reader each (default: %(default)s)"
    )
    parser.add_argument(
        "--in_training", type=int, default=20, help="read by a training run (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="only files whose name contains this"
    )
    parser.add_argument("--log", metavar="FILE", help="write every case as a line of JSON")
    options = parser.parse_args()
    cases = []
    log = open(options.log, "w") if options.log else None
    for case in run(options.count, options.in_training, options.seed, options.only):
        cases.append(case)
        if log:
            log.write(json.dumps(case._asdict()) + "\n")
            log.flush()
        if case.kind in BAD:
            print("%s: %s: %s" % (case.kind, case[:4], case.outcome[1:]), file=sys.stderr)
    for line in table(cases):
        print(line)
    sys.exit(any(case.kind in BAD for case in cases))


if __name__ == "__main__":
    main()
