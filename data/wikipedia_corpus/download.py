# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PROGRAM: fetches a Wikipedia pages-articles multistream dump, verified against the dump's own list of checksums.

    python -m data.wikipedia_corpus.download --date 20240101         # or: latest

The recipe's dump (enwiki, 20190301) is no longer on the main site, hence the date is an option; a mirror that still has
it is named by --mirror.
"""

import argparse
import os
import re

from data import download
from program.errors import DataError, run_program

SITE = "https://dumps.wikimedia.org"
MIRROR_VARIABLE = "BERT_MIRROR_WIKIPEDIA"


def item(output_dir, wiki="enwiki", date="latest", mirror=None):
    """The dump to fetch, as a download.Item with its published sha1. `mirror` replaces the site, same folders below.

    Raises:
        DataError: the list of checksums cannot be had or does not name the dump.
    """
    folder = "%s/%s/%s" % ((mirror or SITE).rstrip("/"), wiki, date)
    name = "%s-%s-pages-articles-multistream.xml.bz2" % (wiki, date)
    sums = "%s/%s-%s-sha1sums.txt" % (folder, wiki, date)
    listed = download.fetch_text(sums)
    # The list of "latest" names the files by their date.
    pattern = re.compile(
        r"^([0-9a-f]{40})\s+\*?%s-(?:%s|\d{8})-pages-articles-multistream\.xml\.bz2\s*$"
        % (re.escape(wiki), re.escape(date)),
        re.MULTILINE,
    )
    match = pattern.search(listed)
    if not match:
        raise DataError(
            "%s: does not name %s: the dump is not finished yet; choose an earlier --date"
            % (sums, name)
        )
    return download.Item(
        "%s/%s" % (folder, name), os.path.join(output_dir, name), "sha1", match.group(1)
    )


def main():
    parser = argparse.ArgumentParser(
        prog="python -m data.wikipedia_corpus.download", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "wikipedia_corpus", "download"),
        help="default: %(default)s",
    )
    parser.add_argument("--wiki", default="enwiki", help="default: %(default)s")
    parser.add_argument(
        "--date", default="latest", help="yyyymmdd or latest (default: %(default)s)"
    )
    parser.add_argument(
        "--mirror",
        default=os.environ.get(MIRROR_VARIABLE),
        metavar="URL",
        help="site to use instead of %s (default: $%s)" % (SITE, MIRROR_VARIABLE),
    )
    options = parser.parse_args()
    download.fetch_all([item(options.output_dir, options.wiki, options.date, options.mirror)])


if __name__ == "__main__":
    run_program(main)
