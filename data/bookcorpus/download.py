# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PROGRAM: fetches an archive of plain-text books from an address of your choice.

    python -m data.bookcorpus.download --url https://…/books.tar.gz [--sha256 HEX]

BooksCorpus itself is no longer distributed, so there is no default address. A folder of books on your disk needs no
download: give it to data.bookcorpus.prepare. Without --sha256 the file's size and checksum are reported, not judged.
"""

import argparse
import os

from data import download
from program.errors import DataError, run_program

URL_VARIABLE = "BERT_BOOKS_URL"
MIRROR_VARIABLE = "BERT_MIRROR_BOOKS"


def main():
    parser = argparse.ArgumentParser(
        prog="python -m data.bookcorpus.download", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument(
        "--url",
        default=os.environ.get(URL_VARIABLE),
        help="archive of .txt books (default: $%s)" % URL_VARIABLE,
    )
    parser.add_argument(
        "--mirror",
        default=os.environ.get(MIRROR_VARIABLE),
        metavar="URL",
        help="folder that holds an archive of that name (default: $%s, else the address itself)"
        % MIRROR_VARIABLE,
    )
    parser.add_argument("--sha256", help="its checksum, where you know it")
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "bookcorpus", "download"),
        help="default: %(default)s",
    )
    options = parser.parse_args()
    if not options.url:
        raise DataError(
            "--url (or $%s) must name an archive of plain-text books: BooksCorpus has no public address"
            % URL_VARIABLE
        )
    name = options.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    url = (
        download.mirrored(options.url.split("?")[0], options.mirror)
        if options.mirror
        else options.url
    )
    download.fetch_all(
        [download.Item(url, os.path.join(options.output_dir, name), "sha256", options.sha256)]
    )


if __name__ == "__main__":
    run_program(main)
