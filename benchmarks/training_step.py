# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times a BERT-base training step of 8 x 384 tokens: TensorFlow's own kernels, the fused ones, and those without padding.

    PYTHONPATH=. python benchmarks/training_step.py [--rounds N] [--threads N] [--layers N] [--xla]

The three take turns in one process; the first round does not count. The sequences have the lengths of eight windows of
real questions (XQuAD English in SQuAD's format, max_seq_length 384, doc_stride 128); their words are random. Memory that is
freed stays with the process, as in the runners. With --xla TensorFlow compiles what it can of all three.
"""

import argparse
import os
import statistics
import time

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
import optimization
from training import host_memory

LENGTHS = np.array([164, 130, 177, 237, 219, 124, 221, 133])
WIDTH = 384
SIDES = ("plain", "fused", "packed")


def build(side, layers, threads, xla):
    """(session, op of one step)."""
    mask = (np.arange(WIDTH)[None, :] < LENGTHS[:, None]).astype(np.int32)
    ids = (np.random.RandomState(0).randint(1000, 30000, mask.shape) * mask).astype(np.int32)
    types = ((np.arange(WIDTH)[None, :] > 14) * mask).astype(np.int32)
    config = modeling.BertConfig.from_json_file("configs/bert_base.json")
    config.num_hidden_layers = layers
    with tf.Graph().as_default():
        model = modeling.BertModel(
            config,
            True,
            tf.constant(ids),
            tf.constant(mask),
            tf.constant(types),
            use_fused_ops=side != "plain",
            remove_padding=side == "packed",
        )
        weights = tf.get_variable("cls/squad/output_weights", [2, config.hidden_size])
        logits = tf.transpose(
            tf.tensordot(model.get_sequence_output(), weights, [[2], [1]]), [2, 0, 1]
        )
        answers = tf.constant(LENGTHS // 2, tf.int32)
        loss = sum(
            tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=answers, logits=ends)
            )
            for ends in tf.unstack(logits)
        )
        step = tf.train.get_or_create_global_step()
        optimizer = optimization.make_optimizer("adamw", tf.constant(1e-5), step, side != "plain")
        variables = tf.trainable_variables()
        update, _ = optimization.clip_and_apply(
            optimizer, tf.gradients(loss, variables), variables, step
        )
        session_config = tf.ConfigProto(
            intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1
        )
        if xla:
            session_config.graph_options.optimizer_options.global_jit_level = (
                tf.OptimizerOptions.ON_1
            )
        session = tf.Session(config=session_config)
        session.run(tf.global_variables_initializer())
    return session, update


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--xla", action="store_true", help="compile what can be compiled")
    options = parser.parse_args()
    if options.xla:  # read when the first session starts; without it nothing is compiled for a CPU
        os.environ["TF_XLA_FLAGS"] = "--tf_xla_cpu_global_jit"
    host_memory.keep_freed(os.environ)
    tf.disable_v2_behavior()
    steps = [(side, build(side, options.layers, options.threads, options.xla)) for side in SIDES]
    seconds = {side: [] for side in SIDES}
    for number in range(-1, options.rounds):
        for side, (session, update) in steps:
            start = time.perf_counter()
            session.run(update)
            if number >= 0:
                seconds[side].append(time.perf_counter() - start)
    for side in SIDES:
        median = statistics.median(seconds[side])
        print(
            "%s: %.2f s a step (%.2f to %.2f), %.2f x plain"
            % (
                side,
                median,
                min(seconds[side]),
                max(seconds[side]),
                statistics.median(seconds["plain"]) / median,
            )
        )


if __name__ == "__main__":
    main()
