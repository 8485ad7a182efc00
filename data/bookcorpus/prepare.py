# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts plain-text books to text with one sentence per line and one document per book.

    python -m data.bookcorpus.prepare --input books/ --output_dir data/bookcorpus/text

The input is a directory, .zip, .tar or .tar.gz. Encodings are detected, Project Gutenberg headers and footers removed,
hard-wrapped lines joined into paragraphs, and paragraphs split into sentences. Of books with the same words only the first is
kept. Books are taken in order of their names (in an archive, in its order); each output file holds `--books_per_file` books
and has a `.json` with counts beside it. A rerun skips finished files. A book whose encoding cannot be detected is skipped
with a warning.

The input is read twice: first to find duplicates, then for the text. With --part, every part does the first pass over all
books, so that the parts agree.
"""

import collections
import functools
import hashlib
import os
import sys
import time

from data import pieces, sentences
from data.bookcorpus import sources
from program import workers
from program.arguments import Parser, positive_int
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


def sentences_of(book, language):
    """(name, content) of a book in `language`, one of sentences.LANGUAGES -> list of its sentences."""
    from data.bookcorpus import text

    body = text.strip_gutenberg(text.decode(book[1]))
    return [
        line for paragraph in text.paragraphs(body) for line in sentences.split(paragraph, language)
    ]


def prepare(
    input_path,
    output_dir,
    num_workers,
    books_per_file=500,
    part=workers.WHOLE,
    language=sentences.ENGLISH,
    log=sys.stderr,
):
    """Prepares all books of a source, or one part of the output files.

    Returns:
        Counter: books, sentences, words or characters (as sentences.unit says), and for part 1 also dropped_duplicate, dropped_undecodable; dropped_empty.

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
            "language": language,
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
            log.write("warning: %s: unknown encoding; skipped\n" % names[position])
        elif found in seen:
            counts["dropped_duplicate"] += 1
        else:
            seen.add(found)
            kept.append(position)
    if not kept:
        raise DataError("%s: contains no readable .txt book" % input_path)
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
    counts, language = collections.Counter(), settings["language"]
    split_book = functools.partial(sentences_of, language=language)
    with whole_file(os.path.join(output_dir, "books_%05d.txt" % number)) as output:
        for lines in workers.ordered_map(pool, split_book, books, 16):
            if not lines:
                counts["dropped_empty"] += 1
                continue
            counts["books"] += 1
            counts["sentences"] += len(lines)
            counts[sentences.unit(language)] += sentences.count_words(lines, language)
            counts["unsplit"] += sentences.count_unsplit(lines, language)
            output.write(joined(lines))
    counts = +counts
    pieces.write_counts(os.path.join(output_dir, "books_%05d.json" % number), settings, counts)
    return counts


def main():
    parser = Parser("data.bookcorpus.prepare", __doc__)
    parser.add_argument(
        "--input", required=True, metavar="PATH", help="directory, .zip or .tar.gz of .txt books"
    )
    parser.add_argument("--output_dir", required=True, metavar="DIR", help="output directory")
    parser.add_argument(
        "--books_per_file",
        type=positive_int,
        default=500,
        metavar="N",
        help="books per output file (default: %(default)s)",
    )
    sentences.add_language(parser, default=sentences.ENGLISH, otherwise="%(default)s")
    pieces.add_num_workers(parser)
    pieces.add_part(parser, "output files")
    options = parser.parse_args()
    started = time.monotonic()
    totals = prepare(
        options.input,
        options.output_dir,
        options.num_workers,
        options.books_per_file,
        options.part,
        options.language,
    )
    sentences.warn_if_unsplit(totals)
    pieces.print_totals(options.input, "books", totals, time.monotonic() - started)


if __name__ == "__main__":
    run_program(main)
