# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Extracts the text of a Wikipedia pages-articles dump (.xml.bz2): one sentence per line, a blank line between articles.

    python -m data.wikipedia_corpus.extract --dump enwiki-….xml.bz2 --output_dir data/wikipedia_corpus/text

The dump is streamed: it is not decompressed to disk, and memory use does not grow with its size. One process reads;
`--num_workers` processes parse wikitext and split sentences. Each block of the dump becomes one file (`wiki_00000.txt`, …)
with a `.json` of counts beside it; both appear only once they are complete, and a rerun skips finished blocks. The output
does not depend on the number of workers, nor on how many machines share the work (`--part i/n`, with a shared directory).

A page that cannot be parsed is reported on stderr, counted as dropped and skipped. A truncated or damaged dump ends the
program with exit code 2 and one line that names the file and the last page; finished blocks are kept.
"""

import collections
import functools
import os
import sys
import time

from data import pieces, sentences
from data.wikipedia_corpus import dump, siteinfo
from program import workers
from program.arguments import Parser
from program.documents import joined
from program.errors import DataError, run_program
from program.files import whole_file

# What decides the output: kept in each block's .json, so that a rerun with other settings does not mix with it.
_STREAMS_PER_BLOCK = 50  # × 100 pages a stream
_PAGES_PER_BLOCK = 5000
_FORMAT = 2
_HOLES_SHOWN = 20


# reason: why the page is dropped, or None. lines: list of str, its sentences. dropped: int, sentences with a hole; holes: dict,
# name of a template or formula whose text is not known -> sentences dropped for it.
Article = collections.namedtuple("Article", "title reason lines dropped holes")


def extract_article(page, site, language):
    """One page of the dump of `site` (siteinfo.Site), in `language`, one of sentences.LANGUAGES -> Article.

    Runs in a worker process. A page is dropped as `namespace` (not an article), `redirect`, `disambiguation`, `empty` (no
    prose) or `unparsable`.
    """
    # Imported in the worker: the readers of a dump's layout need no parser.
    from data.wikipedia_corpus import marks, prose, wikitext

    if page.namespace not in ("", "0"):
        return Article(page.title, "namespace", [], 0, {})
    if page.is_redirect or wikitext.is_redirect(page.text):
        return Article(page.title, "redirect", [], 0, {})
    if wikitext.is_disambiguation(page.title, page.text):
        return Article(page.title, "disambiguation", [], 0, {})
    try:
        lines, dropped, holes = marks.complete(
            line
            for paragraph in wikitext.paragraphs(page.text, site, page.title)
            for line in prose.tidied(sentences.split(paragraph, language))
        )
    except (ValueError, RecursionError, AttributeError, mwparser_error()) as error:
        message = "%s: %s" % (type(error).__name__, error)
        return Article(page.title, "unparsable", [message], 0, {})
    return Article(page.title, None if lines else "empty", lines, dropped, holes)


def mwparser_error():
    """The parser's own exception class."""
    import mwparserfromhell.parser

    return mwparserfromhell.parser.ParserError


def extract(
    dump_path,
    output_dir,
    num_workers,
    part=workers.WHOLE,
    streams_per_block=_STREAMS_PER_BLOCK,
    pages_per_block=_PAGES_PER_BLOCK,
    language=None,
    log=sys.stderr,
):
    """Extracts one part of a dump.

    Args:
        dump_path: the .xml.bz2 file, multistream or not.
        output_dir: folder for wiki_<block>.txt and wiki_<block>.json; made when missing.
        num_workers: int ≥ 1, processes that parse.
        part: workers.Part, which share of the blocks to do.
        language: str, one of sentences.LANGUAGES; None: the dump's own.

    Returns:
        Counter over the blocks of this part, done now or found done: articles, sentences, words or characters (as
        sentences.unit says), dropped_<reason>, and hole_<name>: sentences dropped for a template without a known text.

    Raises:
        DataError: the dump cannot be read, its language has no sentence splitter, or blocks made with other settings are
            in the way.
    """
    os.makedirs(output_dir, exist_ok=True)
    site = siteinfo.read(dump_path)
    if language:
        site = site._replace(language=language)
    language = language or _splitter_language(dump_path, site.language)
    settings = {
        "language": language,
        "format": _FORMAT,
        "dump": os.path.basename(dump_path),
        "dump_bytes": pieces.size_of(dump_path),
        "streams_per_block": streams_per_block,
        "pages_per_block": pages_per_block,
    }
    totals = collections.Counter()
    wanted = functools.partial(
        _is_wanted, part=part, output_dir=output_dir, settings=settings, totals=totals
    )
    started = time.monotonic()
    with workers.worker_pool(num_workers) as pool:
        for block, pages in dump.blocks(dump_path, streams_per_block, pages_per_block, wanted):
            counts = _extract_block(block, pages, pool, site, output_dir, settings, log)
            totals.update(counts)
            seconds, unit = time.monotonic() - started, sentences.unit(language)
            log.write(
                "block %d: %d articles, %d sentences; %.0f %s/s so far\n"
                % (
                    block,
                    counts["articles"],
                    counts["sentences"],
                    totals[unit] / max(seconds, 1e-9),
                    unit,
                )
            )
            log.flush()
    return totals


def _splitter_language(dump_path, code):
    """The language of sentences.LANGUAGES for a dump in the language `code`."""
    try:
        return sentences.known_language(code)
    except sentences.UnknownLanguage as error:
        raise DataError(
            "%s is in %r: %s; pass the --language of a similar one" % (dump_path, code, error)
        )


def _block_name(output_dir, block, ending):
    return os.path.join(output_dir, "wiki_%05d.%s" % (block, ending))


def _is_wanted(block, part, output_dir, settings, totals):
    """True where this part must make the block; a block that is there is added to `totals` instead."""
    if not part.has(block):
        return False
    counts = pieces.finished_counts(_block_name(output_dir, block, "json"), settings)
    if counts is None:
        return True
    totals.update(counts)
    return False


def _extract_block(block, pages, pool, site, output_dir, settings, log):
    counts, language = collections.Counter(), settings["language"]
    extract_one = functools.partial(extract_article, site=site, language=language)
    with whole_file(_block_name(output_dir, block, "txt")) as output:
        # imap keeps the order of the dump; the bounded window keeps the reader from running ahead of the workers.
        for title, reason, lines, dropped, holes in workers.ordered_map(pool, extract_one, pages):
            counts["pages"] += 1
            counts["dropped_sentences"] += dropped
            counts.update({"hole_" + name: number for name, number in holes.items()})
            if reason is None:
                counts["articles"] += 1
                counts["sentences"] += len(lines)
                counts[sentences.unit(language)] += sentences.count_words(lines, language)
                counts["unsplit"] += sentences.count_unsplit(lines, language)
                output.write(joined(lines))
            else:
                counts["dropped_" + reason] += 1
                if reason == "unparsable":
                    log.write("warning: article %r dropped: %s\n" % (title, lines[0]))
    counts = +counts
    pieces.write_counts(_block_name(output_dir, block, "json"), settings, counts)
    return counts


def _print_holes(totals):
    """Prints the names of the most frequent templates for which sentences were dropped."""
    holes = collections.Counter(
        {name[len("hole_") :]: totals[name] for name in totals if name.startswith("hole_")}
    )
    if holes:
        most = sorted(holes.items(), key=lambda hole: (-hole[1], hole[0]))[:_HOLES_SHOWN]
        print(
            "  sentences were dropped for the unknown text of %s%s"
            % (
                ", ".join("%s %d" % (_shown(name), count) for name, count in most),
                ", ..." if len(holes) > _HOLES_SHOWN else "",
            )
        )


def _shown(name):
    return name if name.startswith("<") else "{{%s}}" % name


def main():
    parser = Parser("data.wikipedia_corpus.extract", __doc__)
    parser.add_argument(
        "--dump", required=True, metavar="FILE", help="pages-articles….xml.bz2, multistream or not"
    )
    parser.add_argument("--output_dir", required=True, metavar="DIR", help="output directory")
    sentences.add_language(parser, default=None, otherwise="the dump's own")
    pieces.add_num_workers(parser)
    pieces.add_part(parser, "blocks")
    options = parser.parse_args()
    started = time.monotonic()
    totals = extract(
        options.dump,
        options.output_dir,
        options.num_workers,
        options.part,
        language=options.language,
    )
    sentences.warn_if_unsplit(totals)
    pieces.print_totals(options.dump, "articles", totals, time.monotonic() - started)
    _print_holes(totals)


if __name__ == "__main__":
    run_program(main)
