# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A text in which every word is a token that says where it stood, and create_pretraining_data.py run on it.

Records can be traced back to the text by their tokens.
"""

import hashlib
import os
import random
import re
import subprocess
import sys

import numpy as np

import tokenization
from data import inspect_records
from tests.conftest import ROOT
from tests.tokenizer_texts import SPECIAL

S, P = 32, 5

# The program with blocks of a few thousand bytes, so that a small corpus is many of them.
SMALL_BLOCKS = """
import sys
import create_pretraining_data as program
from pretraining import blocks
from program import command_line
blocks.BLOCK_BYTES, blocks.BLOCK_DOCUMENTS = 2500, 5
program._TASK_BYTES = 6000
sys.argv[0] = 'create_pretraining_data.py'
program.define_flags()
command_line.run_entry(program.main, (program.OptionError,))
"""


class Program:
    """Runs create_pretraining_data.py on the traced corpus in `folder`."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(str(self.folder), name)

    def command(self, small_blocks=False, **given):
        values = dict(
            input_file=self.path("corpus.txt"),
            vocab_file=self.path("vocab.txt"),
            max_seq_length=S,
            max_predictions_per_seq=P,
            dupe_factor=3,
            num_workers=1,
        )
        values.update(given)
        start = ["-c", SMALL_BLOCKS] if small_blocks else ["create_pretraining_data.py"]
        return (
            [sys.executable]
            + start
            + ["--%s=%s" % item for item in sorted(values.items()) if item[1] is not None]
        )

    def __call__(self, fails=False, **given):
        """Standard output of a run that ends well; with `fails` the one line of a run that must not."""
        done = subprocess.run(
            self.command(**given), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        if not fails:
            assert done.returncode == 0, err
            return out
        assert done.returncode == 2, (done.returncode, out, err)
        assert err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n"), err
        return err


def place(document, sentence, word):
    return "d%02ds%02dw%02d" % (document, sentence, word)


def traced_corpus(num_documents, seed):
    """Documents as lists of sentences as lists of words."""
    generator = random.Random(seed)
    return [
        [
            [place(document, sentence, word) for word in range(generator.randint(2, 9))]
            for sentence in range(generator.randint(2, 20))
        ]
        for document in range(num_documents)
    ]


def as_text(corpus):
    return (
        "\n\n".join("\n".join(" ".join(words) for words in document) for document in corpus) + "\n"
    )


def make_program(folder):
    """A Program with corpus.txt and vocab.txt in `folder`, a pathlib.Path."""
    corpus = traced_corpus(70, seed=1)
    words = [word for document in corpus for sentence in document for word in sentence]
    (folder / "corpus.txt").write_text(as_text(corpus))
    (folder / "vocab.txt").write_text("\n".join(SPECIAL + words + ["##x", "##y"]) + "\n")
    return Program(folder)


def sha256(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def read(path):
    """The records of a file as one dict of arrays."""
    batches = list(inspect_records.read_batches([path]))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


class Traced:
    """A record, unmasked and traced back: places are (document, sentence, word)."""

    def __init__(self, batch, row, tokens):
        ids = batch["input_ids"][row].copy()
        count = int(batch["masked_lm_weights"][row].sum())
        self.masked = batch["masked_lm_positions"][row, :count].tolist()
        ids[self.masked] = batch["masked_lm_ids"][row, :count]
        length = int(batch["input_mask"][row].sum())
        second = int(batch["segment_ids"][row].sum())
        self.tokens = [tokens[index] for index in ids[:length]]
        self.sides = [
            self.tokens[1 : length - second - 1],
            self.tokens[length - second : length - 1],
        ]
        self.is_random = bool(batch["next_sentence_labels"][row, 0])

    def places(self, side):
        found = [
            re.match(r"d(\d\d)s(\d\d)w(\d\d)$", token)
            for token in self.sides[side]
            if not token.startswith("##")
        ]
        return [tuple(int(number) for number in match.groups()) for match in found]


def traced(path, vocab_file):
    tokens = list(tokenization.load_vocab(vocab_file))
    batch = read(path)
    return [Traced(batch, row, tokens) for row in range(len(batch["input_ids"]))]
