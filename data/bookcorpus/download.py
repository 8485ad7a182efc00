# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads an archive of plain-text books from a URL that you choose.

    python -m data.bookcorpus.download --url https://…/books.tar.gz [--sha256 HEX]

BooksCorpus itself is no longer distributed, so there is no default URL. If the books are on your disk, pass their directory
to data.bookcorpus.prepare instead. Without --sha256, the size and checksum are printed but not verified.
"""

import os

from data import download, pieces
from program.arguments import Parser
from program.errors import DataError, run_program

URL_VARIABLE = "BERT_BOOKS_URL"
MIRROR_VARIABLE = "BERT_MIRROR_BOOKS"


def main():
    parser = Parser("data.bookcorpus.download", __doc__)
    parser.add_argument(
        "--url",
        default=os.environ.get(URL_VARIABLE),
        help="archive of .txt books (default: $%s)" % URL_VARIABLE,
    )
    pieces.add_mirror(parser, MIRROR_VARIABLE, "the URL itself")
    parser.add_argument("--sha256", metavar="HEX", help="expected SHA-256 of the archive")
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "bookcorpus", "download"),
        metavar="DIR",
        help="output directory (default: %(default)s)",
    )
    options = parser.parse_args()
    if not options.url:
        raise DataError(
            "--url (or $%s) is required: an archive of plain-text books; BooksCorpus has no public URL"
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
