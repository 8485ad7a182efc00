# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Where the milliseconds of a training step go: TensorFlow's trace of each op, added up by what the op is for.

    python -m benchmarks.step_profile [--config configs/bert_base.json] [--layers N] [--batch_size N]
        [--rounds N] [--threads N] [--sides plain fused packed]

Fine-tuning steps on windows of real questions (384 tokens, stride 128), random weights. One op runs at a time, on all
threads, so that the times add up to the step's. Prints a Markdown table: for each part of the step the median over the rounds, in
milliseconds; "between ops" is the rest of the wall time.
"""

import argparse
import os
import re
import statistics
import time
from collections import Counter, OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
from benchmarks.gpu import model_inputs
from benchmarks.training_step import SIDES
from training import session, timed_steps

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# part: what its ops look like, as "type name"; the first that matches counts. Names of gradients begin with "gradients".
PARTS = [
    (
        "optimizer: clipping and AdamW",
        r"global_norm|clip|[Aa]damw|optimizer|[Ww]eight_?[Dd]ecay| Assign",
    ),
    ("span head and loss", r"cls/squad|span_loss|SoftmaxCrossEntropy"),
    ("embeddings", r"/embeddings/"),
    (
        "attention: products for query, key, value",
        r"^((Bert)?MatMul|BiasAdd|BiasAddGrad) .*/attention/self/",
    ),
    ("attention: scores to context", r"/attention/self/"),
    ("attention: output product", r"^(Bert)?MatMul .*/attention/output/"),
    ("attention: bias, dropout, residual, LayerNorm", r"/attention/output/"),
    ("feed-forward: first product", r"^(Bert)?MatMul .*/intermediate/"),
    ("feed-forward: bias, GELU", r"/intermediate/"),
    ("feed-forward: second product", r"^(Bert)?MatMul .*/output/"),
    ("feed-forward: bias, dropout, residual, LayerNorm", r"/output/"),
    ("padding out and in", r"GatherTokens|PaddingIndices"),
]
OTHER = "other"


def part_of(kind, name):
    """(part, whether it is of the backward pass) of an op."""
    backward = name.startswith("gradients")
    for part, pattern in PARTS:
        if re.search(pattern, "%s %s" % (kind, name)):
            return part, backward
    return OTHER, backward


def _kind(node):
    """The type of a traced op, which its label has: name = type(inputs)."""
    return node.timeline_label.partition(" = ")[2].partition("(")[0]


def traced_step(step):
    """One step: (wall ms, Counter of ms by (part, backward), Counter of ms by name of what is OTHER)."""
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    begin = time.perf_counter()
    step(options=options, run_metadata=metadata)
    wall = 1e3 * (time.perf_counter() - begin)
    parts, others = Counter(), Counter()
    for device in metadata.step_stats.dev_stats:
        for node in device.node_stats:
            name, milliseconds = node.node_name, 1e-3 * (
                node.op_end_rel_micros - node.op_start_rel_micros
            )
            part = part_of(_kind(node), name)
            parts[part] += milliseconds
            if part[0] == OTHER:
                others[name] += milliseconds
    return wall, parts, others


def profile(step, rounds):
    """Medians over the rounds, after one that does not count: (wall ms, dict of ms by (part, backward), its largest others)."""
    step()
    found = [traced_step(step) for _ in range(rounds)]
    keys = {key for _, parts, _ in found for key in parts}
    medians = {key: statistics.median(parts[key] for _, parts, _ in found) for key in keys}
    return statistics.median(wall for wall, _, _ in found), medians, found[-1][2].most_common(5)


def table(profiles):
    """Markdown: a row for each part, two columns (forward, backward) for each side.

    Args:
      profiles: OrderedDict, name of a side -> what profile returns.
    """
    names = list(profiles)
    header = ["part"] + [
        "%s, %s, ms" % (name, way) for name in names for way in ("forward", "backward")
    ]
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    for part in [part for part, _ in PARTS] + [OTHER]:
        cells = [
            (
                "%.1f" % profiles[name][1][part, backward]
                if (part, backward) in profiles[name][1]
                else "–"
            )
            for name in names
            for backward in (False, True)
        ]
        lines.append("| " + " | ".join([part] + cells) + " |")
    for label, value in (
        ("between ops", lambda wall, parts: wall - sum(parts.values())),
        ("step", lambda wall, parts: wall),
    ):
        cells = ["%.1f | " % value(*profiles[name][:2]) for name in names]
        lines.append("| " + " | ".join([label] + cells) + " |")
    return "\n".join(lines)


def main(arguments=None):
    options = _parse(arguments)
    session.start()
    config = modeling.BertConfig.from_json_file(options.config)
    if options.layers:
        config.num_hidden_layers = options.layers
    windows = model_inputs.squad_windows(
        options.questions, options.vocab_file, options.batch_size, np.random.RandomState(0)
    )
    one_at_a_time = tf.ConfigProto(
        intra_op_parallelism_threads=options.threads,
        inter_op_parallelism_threads=1,
        use_per_session_threads=True,
    )
    profiles = OrderedDict()
    for side in options.sides:
        step = timed_steps.fine_tuning_step(config, windows, SIDES[side], one_at_a_time)
        profiles[side] = profile(step, options.rounds)
        del step
    print(
        "%d layers, hidden size %d, %d windows of %d, %.0f %% filled; TensorFlow %s, threads: %s"
        % (
            (config.num_hidden_layers, config.hidden_size)
            + windows["input_ids"].shape
            + (100 * windows["input_mask"].mean(), tf.VERSION, options.threads or os.cpu_count())
        )
    )
    print(table(profiles))
    for side, (_, _, others) in profiles.items():
        print(
            "%s, largest of the others: %s" % (side, ", ".join("%s %.1f" % pair for pair in others))
        )
    return profiles


def _parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = os.path.join(ROOT, "..", "shared", "data", "squad", "xquad-en-36.json")
    parser.add_argument("--config", default=os.path.join(ROOT, "configs", "bert_base.json"))
    parser.add_argument("--questions", default=shared)
    parser.add_argument("--vocab_file", default=os.path.join(ROOT, ".cache", "minilm", "vocab.txt"))
    parser.add_argument("--layers", type=int, help="instead of the configuration's")
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: one per core")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
