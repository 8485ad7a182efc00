# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times BERT-base encoder blocks with the query, key and value projections as three products and as one, on a CPU.

    python -m benchmarks.qkv_projection --vocab_file VOCAB --text_file TEXT [--rounds N] [--threads N] [--layers N]
                                        [--lengths 384 128]

Forward and backward without dropout, 8 sequences of real text without padding. Four sides, the plain ops and the fused
ones with either projection, take turns in one process; the first round does not count. Freed memory is kept, as in a run.
Reported are medians and quartiles over the rounds of the process's processor time, which other load on the machine affects
less than wall time.
"""

import argparse
import os
import time

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
import tokenization
from fused_ops import loader, qkv_projection, selection
from training import host_memory

BATCH = 8
SIDES = [
    (kernels, products, ops._replace(qkv_projection=projection))
    for kernels, ops in (("plain", selection.PLAIN), ("fused", selection.FUSED))
    for products, projection in (
        ("three products", qkv_projection.plain),
        ("one product", qkv_projection.fused),
    )
]


def token_ids(vocab_file, text_file, length):
    """int32 [BATCH, length]: consecutive pieces of a text between [CLS] and [SEP]."""
    tokenizer = tokenization.FullTokenizer(vocab_file, do_lower_case=True)
    with open(text_file, encoding="utf-8") as text:
        pieces = tokenizer.tokenize(text.read(8 * BATCH * length))
    inner = length - 2
    rows = [["[CLS]"] + pieces[row * inner : (row + 1) * inner] + ["[SEP]"] for row in range(BATCH)]
    return np.array([tokenizer.convert_tokens_to_ids(row) for row in rows], np.int32)


def build(ops, ids, layers, threads):
    """(session, fetches of one forward and backward pass)."""
    config = modeling.BertConfig.from_json_file("configs/bert_base.json")
    config.num_hidden_layers = layers
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        model = modeling.BertModel(config, False, tf.constant(ids), ops=ops)
        output = model.get_sequence_output()
        variables = [v for v in tf.trainable_variables() if "/encoder/" in v.name]
        gradients = tf.gradients(tf.reduce_sum(output * output[:, ::-1]), variables)
        session = tf.Session(
            config=tf.ConfigProto(
                intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1
            )
        )
        session.run(tf.global_variables_initializer())
    # One element of each: a tf.group would let TensorFlow remove what is only waited for.
    return session, [tf.reshape(gradient, [-1])[0] for gradient in gradients]


def measure(length, options):
    """Processor seconds of each side, an array [len(SIDES), rounds]."""
    ids = token_ids(options.vocab_file, options.text_file, length)
    built = [build(ops, ids, options.layers, options.threads) for _, _, ops in SIDES]
    seconds = np.zeros([len(SIDES), options.rounds + 1])
    for number in range(options.rounds + 1):
        for side, (session, fetches) in enumerate(built):
            start = time.process_time()
            session.run(fetches)
            seconds[side, number] = time.process_time() - start
    for session, _ in built:
        session.close()
    return seconds[:, 1:]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vocab_file", required=True, help="vocab.txt of an uncased model")
    parser.add_argument("--text_file", required=True, help="English text, UTF-8")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--lengths", type=int, nargs="+", default=[384, 128])
    options = parser.parse_args()
    loader.library()
    host_memory.keep_freed(os.environ)
    print("| ops | shape | three products, ms | one product, ms | gain |\n|---|---|---|---|---|")
    for length in options.lengths:
        percentiles = 1e3 * np.percentile(measure(length, options), [50, 25, 75], axis=1).T
        for first in (0, 2):
            cells = ["%.0f (%.0f to %.0f)" % tuple(row) for row in percentiles[first : first + 2]]
            gain = percentiles[first, 0] / percentiles[first + 1, 0]
            print(
                "| %s | %d x %d | %s | %s | %.3f x |"
                % (SIDES[first][0], BATCH, length, cells[0], cells[1], gain),
                flush=True,
            )


if __name__ == "__main__":
    main()
