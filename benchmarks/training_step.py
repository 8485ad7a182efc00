# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times a BERT-base training step of 8 x 384 tokens: TensorFlow's own kernels, the fused ones, and those without padding.

    python -m benchmarks.training_step [--rounds N] [--threads N] [--layers N] [--xla]

The three take turns in one process; the first round does not count. The sequences have the lengths of eight windows of
real questions (XQuAD English in SQuAD's format, max_seq_length 384, doc_stride 128); their words are random. Memory that is
freed stays with the process, as in the runners. With --xla TensorFlow compiles what it can of all three.
"""

import argparse
import os
import statistics
from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
from fused_ops import selection
from training import host_memory, timed_steps
from training.kernels import PLAIN, Kernels

LENGTHS = np.array([164, 130, 177, 237, 219, 124, 221, 133])
WIDTH = 384
SIDES = OrderedDict(
    [
        ("plain", PLAIN),
        ("fused", Kernels(selection.FUSED, False, "")),
        ("packed", Kernels(selection.FUSED, True, "")),
    ]
)


def windows():
    """A batch of windows with random words: dict of int32 arrays."""
    mask = (np.arange(WIDTH)[None, :] < LENGTHS[:, None]).astype(np.int32)
    words = np.random.RandomState(0).randint(1000, 30000, mask.shape)
    return {
        "input_ids": (words * mask).astype(np.int32),
        "input_mask": mask,
        "segment_ids": ((np.arange(WIDTH)[None, :] > 14) * mask).astype(np.int32),
        "start_positions": (LENGTHS // 2).astype(np.int32),
        "end_positions": (LENGTHS // 2).astype(np.int32),
    }


def session_options(threads, xla):
    options = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
    if xla:
        options.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    return options


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
    config = modeling.BertConfig.from_json_file("configs/bert_base.json")
    config.num_hidden_layers = options.layers
    batch, session_config = windows(), session_options(options.threads, options.xla)
    steps = OrderedDict(
        (side, timed_steps.fine_tuning_step(config, batch, kernels, session_config))
        for side, kernels in SIDES.items()
    )
    seconds = timed_steps.in_turns(steps, options.rounds)
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
