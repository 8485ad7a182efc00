# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts the output of an evaluation script into the launchers' last line and scores.json.

Reads the output from stdin: one JSON object on one or more lines, possibly after other lines. Prints
{"exact_match": ..., "f1": ...} unless the object already has this form (v1.1 has it, v2.0 says "exact").

usage: score_line.py RESULTS_DIR
"""

import json
import os
import sys
from collections import OrderedDict

from program.files import write_whole

SCORES_FILE = "scores.json"


def main(directory):
    text = "\n" + sys.stdin.read()
    scores, _ = json.JSONDecoder().raw_decode(text[text.rindex("\n{") + 1 :])
    line = json.dumps(
        OrderedDict(
            [
                (
                    "exact_match",
                    scores["exact_match"] if "exact_match" in scores else scores["exact"],
                ),
                ("f1", scores["f1"]),
            ]
        )
    )
    if "exact_match" not in scores:
        print(line)
    write_whole(os.path.join(directory, SCORES_FILE), line + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
