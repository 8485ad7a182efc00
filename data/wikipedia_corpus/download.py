# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads a Wikipedia pages-articles multistream dump; verifies the checksum that the dump's site lists.

    python -m data.wikipedia_corpus.download --date 20240101         # or: latest

The recipe's dump (enwiki, 20190301) is no longer on the main site: choose another --date, or a --mirror that has it.
"""

import os
import re

from data import download, pieces
from program.arguments import Parser
from program.errors import DataError, run_program

SITE = "https://dumps.wikimedia.org"
MIRROR_VARIABLE = "BERT_MIRROR_WIKIPEDIA"


def item(output_dir, wiki="enwiki", date="latest", mirror=None):
    """The dump to fetch, as a download.Item with its published sha1. `mirror` replaces the site, same folders below.

    Raises:
        DataError: the list of checksums cannot be downloaded or does not list the dump.
    """
    folder = "%s/%s/%s" % ((mirror or SITE).rstrip("/"), wiki, date)
    name = "%s-%s-pages-articles-multistream.xml.bz2" % (wiki, date)
    sums = "%s/%s-%s-sha1sums.txt" % (folder, wiki, date)
    listed = download.fetch_text(sums)
    # The list of "latest" has file names with the actual date.
    pattern = re.compile(
        r"^([0-9a-f]{40})\s+\*?%s-(?:%s|\d{8})-pages-articles-multistream\.xml\.bz2\s*$"
        % (re.escape(wiki), re.escape(date)),
        re.MULTILINE,
    )
    match = pattern.search(listed)
    if not match:
        raise DataError(
            "%s: does not list %s: the dump is incomplete; choose an earlier --date" % (sums, name)
        )
    return download.Item(
        "%s/%s" % (folder, name), os.path.join(output_dir, name), "sha1", match.group(1)
    )


def main():
    parser = Parser("data.wikipedia_corpus.download", __doc__)
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "wikipedia_corpus", "download"),
        metavar="DIR",
        help="output directory (default: %(default)s)",
    )
    parser.add_argument(
        "--wiki", default="enwiki", help="database name of the wiki (default: %(default)s)"
    )
    parser.add_argument(
        "--date",
        default="latest",
        help="date of the dump, yyyymmdd, or latest (default: %(default)s)",
    )
    pieces.add_mirror(parser, MIRROR_VARIABLE, SITE)
    options = parser.parse_args()
    download.fetch_all([item(options.output_dir, options.wiki, options.date, options.mirror)])


if __name__ == "__main__":
    run_program(main)
