# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a training run reads before it builds a graph, as a program: python -m tests.faults.readers WHAT PATH.

Prints what was read. Errors end as in the entry points.
"""

import hashlib
import json
import logging
import os
import sys

import tensorflow.compat.v1 as tf

import modeling
import tokenization
from program.errors import run_program
from program.records.files import check_size
from squad import examples
from training import checkpoint_files, data_record

VOCAB_SIZE = 1000


def checkpoint(directory):
    """A run's own checkpoint: which it goes on with, and the values of all variables."""
    found = checkpoint_files.find_own(directory)
    for line in found.warnings:
        tf.logging.warning(line)
    print(found.prefix and os.path.basename(found.prefix))
    if found.prefix:
        reader = checkpoint_files.reader(found.prefix)
        for name in sorted(reader.get_variable_to_shape_map()):
            print(name, hashlib.sha256(reader.get_tensor(name).tobytes()).hexdigest())


def config(path):
    print(modeling.BertConfig.from_json_file(path).to_json_string())


def vocabulary(path):
    found = tokenization.load_vocab(path)
    tokenization.check_vocab_size(found, VOCAB_SIZE, path)
    print(json.dumps(found))


def questions(path):
    version_2 = os.path.basename(path).startswith("v2")
    for is_training in (True, False):
        print(ascii(examples.read_squad_examples(path, is_training, version_2)))


def manifest(path):
    check_size(path)
    print(data_record.lower_cased([path]))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    tf.logging.set_verbosity(tf.logging.INFO)
    run_program(
        lambda: globals()[sys.argv[1]](sys.argv[2]),
        (modeling.ConfigError, tokenization.VocabularyError),
    )
