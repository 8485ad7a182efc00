# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Shuffles the documents of text files into text shards, optionally holding out a fraction for testing.

    python -m data.shards --input data/wikipedia_corpus/text data/bookcorpus/text --output_dir data/text_shards

Input and output have one sentence per line and a blank line between documents; documents are never split. Each document is
assigned to a random shard, and the documents of a shard are shuffled, so every shard mixes all sources. With
--test_fraction, a random fraction of the documents goes to test shards only.

The number of shards is chosen to give about `--lines_per_shard` lines each, unless `--num_shards` is given. The first pass
distributes documents to unshuffled files; the second shuffles each file by itself, so memory holds one shard (some 40 MB),
never the corpus. The output depends only on the input, the seed and the number of shards; all parts together (--part) give
the output of a single run.
"""

import argparse
import collections
import contextlib
import hashlib
import io
import os
import random
import sys
import time

from data import pieces
from program import documents, files, workers
from program.arguments import Parser, positive_int
from program.errors import DataError, run_program

RECIPE_LINES_PER_SHARD = 396000
_FORMAT = 1
_FEWEST_TEST_DOCUMENTS = 10
_MANY_DOCUMENTS = 50  # for each shard: none is left without, in all likelihood
_MOST_OPEN_FILES = 500  # a process may usually open 1,024


def read_documents(paths):
    """Yields the documents of text files, each a str as documents.joined makes it.

    Raises:
        UserError: a file cannot be read or is not UTF-8.
    """
    for path in paths:
        for lines, _ in documents.documents([path]):
            try:
                yield documents.joined([line.decode("utf-8") for line in lines])
            except UnicodeDecodeError as error:
                raise DataError(
                    "%s: is not UTF-8 (%s): convert it (iconv -f ITS_ENCODING -t UTF-8)"
                    % (path, error)
                )


def _lines_of(document):
    return document.count("\n") - 1  # the last one is blank


# num_shards: of training; None: as many as bring them to about lines_per_shard lines. test_fraction: in [0, 1), of the
# documents; no test shard where that makes fewer than _FEWEST_TEST_DOCUMENTS.
Plan = collections.namedtuple("Plan", "lines_per_shard num_shards test_fraction seed")
Plan.__new__.__defaults__ = (RECIPE_LINES_PER_SHARD, None, 0.0, 12345)


class Deal:
    """Which shard a document goes to: a draw that depends on the seed and the document's number alone.

    Only where that would leave a shard without documents, the drawn numbers just give the order in which documents are dealt
    to the shards in turn.

    Args:
        seed: int.
        num_shards: dict "training", "test" -> int.
        test_fraction: float in [0, 1).
        num_documents: int.
    """

    def __init__(self, seed, num_shards, test_fraction, num_documents):
        self._seed = seed
        self._num_shards = num_shards
        self._test_fraction = test_fraction
        self._in_turn = {}  # document -> shard
        total = sum(num_shards.values())
        if num_documents < _MANY_DOCUMENTS * total:
            drawn = [self._drawn(number) for number in range(num_documents)]
            if len({shard for shard, _ in drawn}) < total:
                self._in_turn = self._dealt_in_turn(drawn)

    def __call__(self, number):
        """Number of a document -> ('training' | 'test', number of the shard)."""
        return self._in_turn[number] if self._in_turn else self._drawn(number)[0]

    def _drawn(self, number):
        digest = hashlib.sha256(("%d/%d" % (self._seed, number)).encode("ascii")).digest()
        share = int.from_bytes(digest[:8], "big") / 2.0**64
        draw = int.from_bytes(digest[8:16], "big")
        kind = "test" if share < self._test_fraction else "training"
        return (kind, draw % self._num_shards[kind]), draw

    def _dealt_in_turn(self, drawn):
        shards, taken = {}, collections.Counter()
        for number in sorted(range(len(drawn)), key=lambda number: drawn[number][1]):
            kind = drawn[number][0][0]
            shards[number] = (kind, taken[kind] % self._num_shards[kind])
            taken[kind] += 1
        return shards


def count(paths):
    """(documents, lines) of text files, in one pass."""
    num_documents, num_lines = 0, 0
    for document in read_documents(paths):
        num_documents += 1
        num_lines += _lines_of(document)
    return num_documents, num_lines


def make_shards(inputs, output_dir, plan, part=workers.WHOLE, log=sys.stderr):
    """Writes `training_<k>_of_<n>.txt` and `test_<k>_of_<n>.txt` and a `.json` of counts beside each.

    Args:
        inputs: text files, glob patterns, and directories of text files.
        output_dir: str.
        plan: Plan.
        part: workers.Part, of the shards.
        log: file object for progress.

    Returns:
        Counter: documents, lines, shards (of this part).

    Raises:
        DataError: no input, fewer documents than shards, or shards made with other settings are in the way.
    """
    paths = files.expand("--input", inputs, (".txt",))
    settings = _settings(count(paths), plan, inputs, log)
    seed, num_training, num_test = (
        settings[name] for name in ("seed", "training_shards", "test_shards")
    )
    os.makedirs(output_dir, exist_ok=True)
    names = [("training", number) for number in range(num_training)] + [
        ("test", number) for number in range(num_test)
    ]
    sizes = {"training": num_training, "test": num_test}
    totals, wanted = collections.Counter(), []
    for unit, name in enumerate(names):
        if part.has(unit):
            counts = pieces.finished_counts(_path(output_dir, name, sizes, "json"), settings)
            if counts is None:
                wanted.append(name)
            else:
                totals.update(counts)
    deal = Deal(seed, sizes, settings["test_fraction"], settings["documents"])
    for place in range(0, len(wanted), _MOST_OPEN_FILES):
        batch = wanted[place : place + _MOST_OPEN_FILES]
        _scatter(
            paths, {name: _path(output_dir, name, sizes, "unshuffled.tmp") for name in batch}, deal
        )
        for name in batch:
            totals.update(_shuffle(name, output_dir, sizes, settings, seed))
        log.write("%d of %d shards\n" % (min(place + _MOST_OPEN_FILES, len(wanted)), len(wanted)))
    return totals


def _settings(counted, plan, inputs, log):
    """What determines the shards, as their manifests have it: dict. `counted`: (documents, lines) of the inputs."""
    num_documents, num_lines = counted
    if not num_documents:
        raise DataError("%s: no text" % ", ".join(inputs))
    test_fraction = plan.test_fraction
    if 0 < num_documents * test_fraction < _FEWEST_TEST_DOCUMENTS:
        log.write(
            "--test_fraction=%s of %d documents is too few for a test shard: none is made\n"
            % (test_fraction, num_documents)
        )
        test_fraction = 0.0
    num_training, num_test = _numbers_of_shards(num_documents, num_lines, test_fraction, plan, log)
    return {
        "format": _FORMAT,
        "documents": num_documents,
        "lines": num_lines,
        "seed": plan.seed,
        "training_shards": num_training,
        "test_shards": num_test,
        "test_fraction": test_fraction,
    }


def _numbers_of_shards(num_documents, num_lines, test_fraction, plan, log):
    """(of training, of test): as many as the lines ask for, but no more than there are documents."""

    def wanted(lines):
        return max(1, int(round(lines / plan.lines_per_shard)))

    num_test_lines = num_lines * test_fraction
    num_test = wanted(num_test_lines) if test_fraction else 0
    num_training = plan.num_shards or wanted(num_lines - num_test_lines)
    if num_training + num_test > num_documents:
        if plan.num_shards:
            raise DataError(
                "%d documents are too few for %d shards: lower --num_shards"
                % (num_documents, num_training + num_test)
            )
        num_test = min(num_test, int(num_documents * test_fraction))
        num_training = num_documents - num_test
        log.write(
            "--lines_per_shard=%d: documents are longer: as many shards as documents, %d\n"
            % (plan.lines_per_shard, num_documents)
        )
    return num_training, num_test


def _path(output_dir, name, sizes, ending):
    kind, number = name
    return os.path.join(output_dir, "%s_%05d_of_%05d.%s" % (kind, number, sizes[kind], ending))


def _scatter(paths, unshuffled, deal):
    """One pass over the input: appends each document to its shard's unshuffled file. `unshuffled`: {shard: path}."""
    with contextlib.ExitStack() as stack:
        outputs = {
            name: stack.enter_context(io.open(path, "w", encoding="utf-8", newline="\n"))
            for name, path in unshuffled.items()
        }
        for number, document in enumerate(read_documents(paths)):
            output = outputs.get(deal(number))
            if output is not None:
                output.write(document)


def _shuffle(name, output_dir, sizes, settings, seed):
    """Unshuffled file -> finished shard and its counts; this shard's text is what memory holds."""
    unshuffled = _path(output_dir, name, sizes, "unshuffled.tmp")
    found = list(read_documents([unshuffled]))
    generator = random.Random("%d/%s/%d" % ((seed,) + name))
    # Sorting by drawn numbers: random.shuffle's algorithm is not promised to stay the same between Python versions.
    order = sorted(range(len(found)), key=[generator.random() for _ in found].__getitem__)
    with files.whole_file(_path(output_dir, name, sizes, "txt")) as output:
        for position in order:
            output.write(found[position])
    counts = collections.Counter(shards=1, documents=len(found), lines=sum(map(_lines_of, found)))
    pieces.write_counts(_path(output_dir, name, sizes, "json"), settings, counts)
    os.remove(unshuffled)
    return counts


def _fraction(text):
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(
            "%r is not a fraction of at least 0 and less than 1" % text
        )
    return number


def main():
    parser = Parser("data.shards", __doc__)
    parser.add_argument(
        "--input",
        required=True,
        nargs="+",
        metavar="PATH",
        help="text files, glob patterns, or directories of .txt files",
    )
    parser.add_argument("--output_dir", required=True, metavar="DIR", help="output directory")
    parser.add_argument(
        "--lines_per_shard",
        type=positive_int,
        default=RECIPE_LINES_PER_SHARD,
        metavar="N",
        help="approximate number of lines per shard (default: %(default)s)",
    )
    parser.add_argument(
        "--num_shards",
        type=positive_int,
        metavar="N",
        help="number of training shards; overrides --lines_per_shard",
    )
    parser.add_argument(
        "--test_fraction",
        type=_fraction,
        default=0.0,
        metavar="F",
        help="fraction of documents to hold out in test shards (default: %(default)s)",
    )
    parser.add_argument(
        "--random_seed",
        type=int,
        default=12345,
        metavar="N",
        help="random seed (default: %(default)s)",
    )
    pieces.add_part(parser, "shards")
    options = parser.parse_args()
    started = time.monotonic()
    totals = make_shards(
        options.input,
        options.output_dir,
        Plan(
            options.lines_per_shard,
            options.num_shards,
            options.test_fraction,
            options.random_seed,
        ),
        options.part,
    )
    print(
        "%d documents, %d lines in %d shards in %.1f s"
        % (totals["documents"], totals["lines"], totals["shards"], time.monotonic() - started)
    )


if __name__ == "__main__":
    run_program(main)
