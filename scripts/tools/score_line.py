# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Turns what an evaluation script printed into the launchers' last line and into scores.json.

Reads the output on stdin: one JSON object, over one line or many, perhaps after other lines. Prints
{"exact_match": ..., "f1": ...} unless the object is that line already (v1.1's is, v2.0's names it "exact").

usage: score_line.py RESULTS_DIR
"""

from __future__ import absolute_import, division, print_function

import json
import os
import sys
from collections import OrderedDict

from training import metrics

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
    metrics.write_whole(os.path.join(directory, SCORES_FILE), line + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
