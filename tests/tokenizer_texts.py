# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Texts that stress every rule of the tokenizer, fuzzed and real, and the special tokens."""

import bz2
import functools
import glob
import io
import json
import os
import random
import sys
import unicodedata

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def shared_texts(shared_data):
    """Every text of the shared data, in pieces as a user would hand them over: lines, questions, contexts."""
    for path in sorted(glob.glob(os.path.join(shared_data, "books", "*.txt"))):
        with open(path, "rb") as reader:
            for line in reader:
                yield line.decode("utf-8", "ignore")
    with io.open(
        os.path.join(shared_data, "text", "wikitext-2-valid.txt"), encoding="utf-8"
    ) as reader:
        for line in reader:
            yield line
    for path in sorted(glob.glob(os.path.join(shared_data, "squad", "*.json"))):
        with io.open(path, encoding="utf-8") as reader:
            for article in json.load(reader)["data"]:
                for paragraph in article["paragraphs"]:
                    yield paragraph["context"]
                    for question in paragraph["qas"]:
                        yield question["question"]
    for path in sorted(glob.glob(os.path.join(shared_data, "wikipedia", "*.bz2"))):
        with bz2.open(path, "rt", encoding="utf-8") as reader:
            for line in reader:
                yield line


@functools.lru_cache(maxsize=None)
def alphabets():
    """Sets of characters that stress different rules; each fuzzed string draws from a few of them."""
    by_category = {}
    for code in range(sys.maxunicode + 1):
        by_category.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    sets = [by_category[category] for category in sorted(by_category)]
    marks = [c for c in by_category["Mn"] + by_category["Mc"] if unicodedata.combining(c)]
    kept_marks = [c for c in by_category["Mc"] if unicodedata.combining(c)]
    decomposing = [
        chr(code)
        for code in range(0x30000)
        if unicodedata.decomposition(chr(code))[:1] not in ("", "<")
    ]
    ranges = [
        (0x20, 0x7F),
        (0xA0, 0x250),
        (0x370, 0x400),
        (0x590, 0x700),
        (0x900, 0xE00),
        (0x1100, 0x1200),
        (0x2000, 0x2070),
        (0x3000, 0x3100),
        (0x4E00, 0x5000),
        (0xAC00, 0xAE00),
        (0xD800, 0xE010),
        (0xF900, 0xFB00),
        (0xFE00, 0xFE10),
        (0x1F300, 0x1F650),
        (0x20000, 0x20100),
        (0x2F800, 0x2FA20),
    ]
    sets += [marks, kept_marks, decomposing] + [
        [chr(code) for code in range(*pair)] for pair in ranges
    ]
    sets += [
        list("\u03a3\u03c3\u03c2\u0391'\u2019.:\u00ad\u0345\u0301"),
        list(" \t\n\r\x0b\x0c\x1c\x85\u00a0\u2028\u3000"),
        list("abcdefgABCDEFG"),
        list("I\u0130\u0131iK\u212a\u00df\u1e9e\ufb01\u01c5"),
    ]
    return sets


WORDS = [
    "[MASK]",
    "[SEP]",
    "[CLS]",
    "[PAD]",
    "[UNK]",
    "##ing",
    "the",
    "The",
    "unaffable",
    "don't",
    "2019-03-01",
    "http://x.y/z?q=1",
    "\u039f\u0394\u039f\u03a3",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
]
# Around both limits: 200 characters in the recipe, 100 in transformers' whole tokenizer.
LONG_WORDS = ["a" * 150, "b" * 199, "b" * 200, "c" * 201, "d" * 250]


def fuzzed(count, seed):
    """`count` strings of mixed scripts, marks, spaces and spelled-out special tokens; the same for the same seed."""
    rng = random.Random(seed)
    sets = alphabets()
    for _ in range(count):
        chosen = [rng.choice(sets) for _ in range(rng.randint(1, 4))]
        parts = []
        for _ in range(rng.randint(1, 14)):
            draw = rng.random()
            parts.append(
                rng.choice(LONG_WORDS)
                if draw < 0.0005
                else (
                    rng.choice(WORDS)
                    if draw < 0.06
                    else " " if draw < 0.16 else rng.choice(rng.choice(chosen))
                )
            )
        yield "".join(parts)
