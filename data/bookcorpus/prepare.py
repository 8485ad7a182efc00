# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PROGRAM: plain-text books (a folder, .zip, .tar, .tar.gz) -> text, one sentence a line, one book a document.

    python -m data.bookcorpus.prepare --input books/ --output_dir data/bookcorpus/text

Encodings are detected, Project Gutenberg's headers and footers stripped, hard-wrapped lines joined into paragraphs,
paragraphs split into sentences. Exact duplicates (the same words) are dropped, the first is kept. Books are taken in the
order of their names (an archive's: in its order), `--books_per_file` of them make one output file with a `.json` of
counts beside it, and a rerun skips the files that are there. A book that cannot be decoded is named and passed over.

The source is read twice: once for the duplicates, once for the text. Every part of a shared job does the first reading
whole, which is what makes the parts agree.
"""

import argparse
import collections
import hashlib
import os
import sys
import time

from data import pieces
from data.bookcorpus import sources
from program import workers
from program.documents import joined
from program.errors import DataError, run_program
from program.files import whole_file

_FORMAT = 1


def fingerprint(book):
    """(name, content) -> sha256 of the book's words without Project Gutenberg's frame; '' where it cannot be decoded."""
    from data.bookcorpus import text  # the extra of this stage: imported where it is used

    decoded = text.decode(book[1])
    if decoded is None:
        return ""
    words = " ".join(text.strip_gutenberg(decoded).split())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def sentences_of(book):
    """(name, content) -> list of the book's sentences."""
    from data import sentences
    from data.bookcorpus import text

    body = text.strip_gutenberg(text.decode(book[1]))
    return [line for paragraph in text.paragraphs(body) for line in sentences.split(paragraph)]


def prepare(
    input_path, output_dir, num_workers, books_per_file=500, part=workers.WHOLE, log=sys.stderr
):
    """Prepares all books of a source, or one part of the output files.

    Returns:
        Counter: books, sentences, words, and for part 1 also dropped_duplicate, dropped_undecodable; dropped_empty.

    Raises:
        DataError: nothing to read, or output made with other settings is in the way.
    """
    totals = collections.Counter()
    with workers.worker_pool(num_workers) as pool:
        kept, digest = _keep(
            input_path, pool, totals if part.index == 1 else collections.Counter(), log
        )
        os.makedirs(output_dir, exist_ok=True)
        settings = {
            "format": _FORMAT,
            "books": len(kept),
            "books_per_file": books_per_file,
            "source_sha256": digest,
        }
        wanted = {}  # number of an output file -> the positions of its books in the source
        for place in range(0, len(kept), books_per_file):
            number = place // books_per_file
            if part.has(number):
                path = os.path.join(output_dir, "books_%05d.json" % number)
                counts = pieces.finished_counts(path, settings)
                if counts is None:
                    wanted[number] = kept[place : place + books_per_file]
                else:
                    totals.update(counts)
        for number, group in _groups(sources.books(input_path), wanted):
            counts = _write_group(number, group, pool, output_dir, settings)
            totals.update(counts)
            log.write(
                "books_%05d: %d books, %d sentences\n"
                % (number, counts["books"], counts["sentences"])
            )
    return totals


def _keep(input_path, pool, counts, log):
    """First reading: (positions of the books to keep, sha256 over all fingerprints)."""
    kept, seen, digest = [], set(), hashlib.sha256()
    names = []

    def named():
        for name, content in sources.books(input_path):
            names.append(name)
            yield name, content

    for position, found in enumerate(workers.ordered_map(pool, fingerprint, named(), 16)):
        digest.update(found.encode("ascii"))
        if not found:
            counts["dropped_undecodable"] += 1
            log.write("warning: %s: its encoding cannot be told; passed over\n" % names[position])
        elif found in seen:
            counts["dropped_duplicate"] += 1
        else:
            seen.add(found)
            kept.append(position)
    if not kept:
        raise DataError("%s: holds no .txt book that can be read" % input_path)
    return kept, digest.hexdigest()


def _groups(books, wanted):
    """Yields (number, iterator of books) for the output files in `wanted`, in one pass over the source."""
    numbered = enumerate(books)
    for number in sorted(wanted):
        positions = wanted[number]
        yield number, _pick(numbered, positions)


def _pick(numbered, positions):
    left = iter(positions)
    position = next(left)
    for index, book in numbered:
        if index == position:
            yield book
            position = next(left, None)
            if position is None:
                return


def _write_group(number, books, pool, output_dir, settings):
    counts = collections.Counter()
    with whole_file(os.path.join(output_dir, "books_%05d.txt" % number)) as output:
        for lines in workers.ordered_map(pool, sentences_of, books, 16):
            if not lines:
                counts["dropped_empty"] += 1
                continue
            counts["books"] += 1
            counts["sentences"] += len(lines)
            counts["words"] += sum(len(line.split()) for line in lines)
            output.write(joined(lines))
    pieces.write_counts(os.path.join(output_dir, "books_%05d.json" % number), settings, counts)
    return counts


def main():
    parser = argparse.ArgumentParser(
        prog="python -m data.bookcorpus.prepare", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--input", required=True, help="folder, .zip or .tar.gz of .txt books")
    parser.add_argument("--output_dir", required=True, help="folder for the text files")
    parser.add_argument(
        "--books_per_file", type=pieces.positive_int, default=500, help="default: %(default)s"
    )
    pieces.add_arguments(parser)
    options = parser.parse_args()
    started = time.time()
    totals = prepare(
        options.input, options.output_dir, options.num_workers, options.books_per_file, options.part
    )
    pieces.print_totals(options.input, "books", totals, time.time() - started)


if __name__ == "__main__":
    run_program(main)
