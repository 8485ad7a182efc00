# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Downloads SQuAD v1.1 and v2.0 and the official evaluation scripts; verifies checksums.

    python -m data.squad.download                    # into data/squad/v1.1 and data/squad/v2.0
"""

import os

from data import download, pieces
from program.arguments import Parser
from program.errors import run_program

_DATASET = "https://rajpurkar.github.io/SQuAD-explorer/dataset/"
_BUNDLE = "https://worksheets.codalab.org/rest/bundles/%s/contents/blob/"
MIRROR_VARIABLE = "BERT_MIRROR_SQUAD"
FILES = (
    ("v1.1", "train-v1.1.json", _DATASET + "train-v1.1.json", "981b29407e0affa3b1b156f72073b945"),
    ("v1.1", "dev-v1.1.json", _DATASET + "dev-v1.1.json", "3e85deb501d4e538b6bc56f786231552"),
    (
        "v1.1",
        "evaluate-v1.1.py",
        _BUNDLE % "0xbcd57bee090b421c982906709c8c27e1",
        "afb04912d18ff20696f7f88eed49bea9",
    ),
    ("v2.0", "train-v2.0.json", _DATASET + "train-v2.0.json", "62108c273c268d70893182d5cf8df740"),
    ("v2.0", "dev-v2.0.json", _DATASET + "dev-v2.0.json", "246adae8b7002f8679c027697b0b7cf8"),
    (
        "v2.0",
        "evaluate-v2.0.py",
        _BUNDLE % "0x6b567e1cf2e041ec80d7098f031c5c9e",
        "ff23213bed5516ea4a6d9edb6cd7d627",
    ),
)


def items(output_dir, mirror=None):
    """What to fetch, as a list of download.Item; a mirror holds the six files side by side."""
    return [
        download.Item(
            mirror.rstrip("/") + "/" + name if mirror else url,
            os.path.join(output_dir, folder, name),
            "md5",
            md5,
        )
        for folder, name, url, md5 in FILES
    ]


def main():
    parser = Parser("data.squad.download", __doc__)
    parser.add_argument(
        "--output_dir",
        default=os.path.join("data", "squad"),
        metavar="DIR",
        help="output directory (default: %(default)s)",
    )
    pieces.add_mirror(parser, MIRROR_VARIABLE, "the original sites")
    options = parser.parse_args()
    download.fetch_all(items(options.output_dir, options.mirror))


if __name__ == "__main__":
    run_program(main)
