# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times every fused op, forward and backward together, against TensorFlow's own ops and PyTorch's, side by side.

    python -m fused_ops.benchmark [--pytorch PYTHON] [--rounds N] [--clock wall|cpu] [--ops NAME ...]
                                  [--sizes base large] [--xla] [--output FILE]

The sides take turns, one run each a round, in two processes (PyTorch has its own, benchmarks/fused_ops_pytorch.py, under
the Python that --pytorch names): what else the machine does then slows all of them alike. Reported are the median of the
rounds and the quartiles; ratios are those of the medians. Inputs are normal random numbers, never zeros. On a machine that
others use, --clock cpu --threads 1 counts the processor time of each side's process instead of the wall's.

With --xla TensorFlow's just-in-time compiler is on for both of TensorFlow's sides: the plain ops are compiled together, the
fused ones stand between what is compiled. For a CPU it compiles only with TF_XLA_FLAGS=--tf_xla_cpu_global_jit in the environment.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections import OrderedDict, namedtuple

import numpy as np
import tensorflow.compat.v1 as tf

from fused_ops import (
    attention,
    bias_gelu,
    embedding,
    layer_norm,
    loader,
    optimizer_update,
    softmax_cross_entropy,
)
from fused_ops import bias_dropout_residual_layer_norm as residual

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RATE = 0.1  # of every dropout

# batch, length, heads, head: of attention; hidden, inner, vocabulary: of the model; predictions: masked words a batch.
Size = namedtuple(
    "Size", ["batch", "length", "heads", "head", "inner", "vocabulary", "predictions"]
)
SIZES = OrderedDict(
    [
        ("base", Size(8, 384, 12, 64, 3072, 30522, 160)),
        ("large", Size(4, 384, 16, 64, 4096, 30522, 640)),
        ("tiny", Size(2, 9, 2, 8, 40, 50, 6)),
    ]
)


def _normal(*shape):
    return np.random.randn(*shape).astype(np.float32)


# A case: shape -> (arrays, function of them by the fused op, function by plain ops, which arrays to differentiate by).
# The first result is differentiated, with a random upstream gradient.


def _layer_norm(size):
    rows, width = size.batch * size.length, size.heads * size.head
    return (
        [_normal(rows, width), _normal(width), _normal(width)],
        layer_norm.layer_norm,
        layer_norm.layer_norm_reference,
        (0, 1, 2),
    )


def _residual(size):
    rows, width = size.batch * size.length, size.heads * size.head
    arrays = [
        _normal(rows, width),
        _normal(width),
        _normal(rows, width),
        _normal(width),
        _normal(width),
    ]
    return (
        arrays,
        lambda *a: residual.bias_dropout_residual_layer_norm(*a, rate=RATE),
        lambda *a: residual.bias_dropout_residual_layer_norm_reference(*a, rate=RATE),
        (0, 1, 2, 3, 4),
    )


def _bias_gelu(size):
    return (
        [_normal(size.batch * size.length, size.inner), _normal(size.inner)],
        bias_gelu.bias_gelu,
        bias_gelu.bias_gelu_reference,
        (0, 1),
    )


def _attention(size, rate=0.0):
    arrays = [
        _normal(size.batch * size.length, 3, size.heads, size.head),
        np.ones([size.batch, size.length], np.int32),
    ]
    return (
        arrays,
        lambda qkv, mask: attention.attention(qkv, mask, rate),
        lambda qkv, mask: attention.attention_reference(qkv, mask, rate),
        (0,),
    )


def _cross_entropy(size):
    rows, width = size.predictions, size.vocabulary
    arrays = [
        _normal(rows, width),
        np.random.randint(0, width, rows).astype(np.int32),
        np.ones(rows, np.float32),
    ]
    return (
        arrays,
        softmax_cross_entropy.softmax_cross_entropy,
        softmax_cross_entropy.softmax_cross_entropy_reference,
        (0,),
    )


def _embedding(size):
    width, shape = size.heads * size.head, (size.batch, size.length)
    ids = [
        np.random.randint(0, size.vocabulary, shape),
        np.tile(np.arange(shape[1]), [shape[0], 1]),
        np.random.randint(0, 2, shape),
    ]
    arrays = [array.astype(np.int32) for array in ids]
    arrays += [
        _normal(size.vocabulary, width),
        _normal(512, width),
        _normal(2, width),
        _normal(width),
        _normal(width),
    ]
    return (
        arrays,
        lambda *a: embedding.embedding(*a, rate=RATE),
        lambda *a: embedding.embedding_reference(*a, rate=RATE),
        (3, 4, 5, 6, 7),
    )


def _adamw(size):
    """One layer's weights as one variable; there is nothing to differentiate."""
    width = size.heads * size.head
    shape = (4 * width + 2 * size.inner, width)
    return (
        [_normal(*shape), _normal(*shape), _normal(*shape), np.square(_normal(*shape))],
        None,
        None,
        None,
    )


CASES = OrderedDict(
    [
        ("layer_norm", _layer_norm),
        ("bias_dropout_residual_layer_norm", _residual),
        ("bias_gelu", _bias_gelu),
        ("attention", _attention),
        ("attention_dropout", lambda size: _attention(size, RATE)),
        ("softmax_cross_entropy", _cross_entropy),
        ("embedding", _embedding),
        ("adamw", _adamw),
    ]
)
_XLA_OPS = ("_XlaRun", "XlaLaunch", "_XlaLaunch")
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


class TensorFlowSides:
    """One case's fused and plain graph, in one session."""

    def __init__(self, case, size, threads, clock, xla=False):
        self._clock = CLOCKS[clock]
        np.random.seed(0)
        arrays, fused, plain, differentiate = CASES[case](size)
        graph = tf.Graph()
        with graph.as_default():
            tf.set_random_seed(1)
            # Variables, not constants, which TensorFlow would fold, nor feeds, which it would copy.
            feeds = [tf.placeholder(array.dtype, array.shape) for array in arrays]
            inputs = [tf.Variable(feed, trainable=False) for feed in feeds]
            if case == "adamw":
                self._steps = {
                    "fused": _update(optimizer_update.adamw, inputs),
                    "plain": _update(optimizer_update.adamw_reference, inputs),
                }
            else:
                self._steps = {
                    "fused": _step(fused, inputs, differentiate),
                    "plain": _step(plain, inputs, differentiate),
                }
            config = tf.ConfigProto(
                intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1
            )
            if xla:
                config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
            self._session = tf.Session(config=config)
            self._session.run(tf.global_variables_initializer(), dict(zip(feeds, arrays)))
        if xla:
            self._require_compiled()

    def _require_compiled(self):
        metadata = tf.RunMetadata()
        self._session.run(
            self._steps["plain"],
            options=tf.RunOptions(output_partition_graphs=True),
            run_metadata=metadata,
        )
        if not any(
            node.op in _XLA_OPS for graph in metadata.partition_graphs for node in graph.node
        ):
            raise SystemExit(
                "--xla: TensorFlow compiled nothing; on a CPU set TF_XLA_FLAGS=--tf_xla_cpu_global_jit"
            )

    def run(self, side):
        """Seconds of one forward and backward pass."""
        start = self._clock()
        self._session.run(self._steps[side])
        return self._clock() - start

    def close(self):
        self._session.close()


def _step(function, inputs, differentiate):
    """What to fetch for the results and the gradients to be made: one element of each.

    (A group of them would not do: TensorFlow's optimizer removes what is only waited for.)
    """
    result = function(*inputs)
    upstream = tf.Variable(tf.random_normal(result.shape, dtype=result.dtype), trainable=False)
    gradients = tf.gradients(
        result, [inputs[i] for i in differentiate], grad_ys=upstream.read_value()
    )
    # A sparse gradient as the optimizer needs it: summed to a dense one.
    return [
        tf.reshape(tensor, [-1])[0]
        for tensor in [result] + [tf.convert_to_tensor(g) for g in gradients]
    ]


def _update(rule, variables):
    parameter, gradient, m, v = variables
    return rule(
        parameter,
        gradient.read_value(),
        m,
        v,
        tf.constant(0.5),
        tf.constant(1e-5),
        weight_decay=0.01,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-6,
    )


class PyTorchSide:
    """The other process: told a case, then asked for one run after another."""

    def __init__(self, python, threads, clock):
        self._clock = clock
        self._process = subprocess.Popen(
            [
                python,
                os.path.join(ROOT, "benchmarks", "fused_ops_pytorch.py"),
                "--threads",
                str(threads),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
        self.version = self._ask({"ask": "version"})

    def prepare(self, case, size):
        self._ask({"ask": "prepare", "case": case, "size": size._asdict(), "rate": RATE})

    def run(self, unused_side):
        return self._ask({"ask": "run"})[self._clock]

    def close(self):
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the PyTorch side ended: exit status %s" % self._process.wait())
        return json.loads(answer)


def measure(case, size, rounds, threads, clock="wall", pytorch=None, xla=False):
    """Seconds of `rounds` runs of each side, taken in turns.

    Args:
      case: a key of CASES.
      size: a Size.
      rounds: runs of each side after two that do not count.
      threads: of each side.
      clock: a key of CLOCKS.
      pytorch: a PyTorchSide or None.
      xla: whether TensorFlow compiles both of its sides.

    Returns:
      OrderedDict, "fused", "plain" and, if asked for, "pytorch" -> list of seconds.
    """
    tensorflow_sides = TensorFlowSides(case, size, threads, clock, xla)
    sides = OrderedDict([("fused", tensorflow_sides), ("plain", tensorflow_sides)])
    if pytorch:
        pytorch.prepare(case, size)
        sides["pytorch"] = pytorch
    seconds = OrderedDict((side, []) for side in sides)
    for number in range(-2, rounds):
        for side, runner in sides.items():
            elapsed = runner.run(side)
            if number >= 0:
                seconds[side].append(elapsed)
    tensorflow_sides.close()
    return seconds


def table(results):
    """Markdown of {(size name, case): measure's result}: milliseconds as median (quartile to quartile), and ratios."""
    lines = [
        "| op | size | fused, ms | plain TensorFlow, ms | PyTorch, ms | against plain | against PyTorch |",
        "|---|---|---|---|---|---|---|",
    ]
    for (size_name, case), seconds in results.items():
        cells = [_milliseconds(seconds.get(side)) for side in ("fused", "plain", "pytorch")]
        ratios = [_ratio(seconds, side) for side in ("plain", "pytorch")]
        lines.append("| %s |" % " | ".join(["`%s`" % case, size_name] + cells + ratios))
    return "\n".join(lines) + "\n"


def _milliseconds(seconds):
    if not seconds:
        return "not run"
    return "%.2f (%.2f to %.2f)" % tuple(1e3 * np.percentile(seconds, q) for q in (50, 25, 75))


def _ratio(seconds, side):
    return (
        "%.1f ×" % (np.median(seconds[side]) / np.median(seconds["fused"]))
        if side in seconds
        else "not run"
    )


def _machine(threads, pytorch):
    with open("/proc/cpuinfo") as cpuinfo:
        text = cpuinfo.read()
    model = text.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip()
    sets = [name for name in ("avx2", "avx512f") if " %s " % name in text]
    return "%s (%s), %d threads; Python %s, TensorFlow %s%s" % (
        model,
        ", ".join(sets),
        threads,
        platform.python_version(),
        tf.VERSION,
        ", PyTorch %s" % pytorch.version if pytorch else "",
    )


def main(arguments=None):
    """The command line; returns the results as `table` takes them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pytorch", help="a Python that has PyTorch; without it that column says not run"
    )
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", default="wall", choices=sorted(CLOCKS))
    parser.add_argument("--ops", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--sizes", nargs="+", default=["base", "large"], choices=list(SIZES))
    parser.add_argument("--xla", action="store_true", help="compile what can be compiled")
    parser.add_argument("--output", help="file for the table, which is printed in any case")
    options = parser.parse_args(arguments)
    loader.library()
    pytorch = (
        PyTorchSide(options.pytorch, options.threads, options.clock) if options.pytorch else None
    )
    results = OrderedDict()
    for size_name in options.sizes:
        for case in options.ops:
            results[size_name, case] = measure(
                case,
                SIZES[size_name],
                options.rounds,
                options.threads,
                options.clock,
                pytorch,
                options.xla,
            )
            sys.stderr.write("%s %s done\n" % (case, size_name))
    text = "%s; %s time, medians of %d rounds (quartiles)%s\n\n%s" % (
        _machine(options.threads, pytorch),
        options.clock,
        options.rounds,
        ", XLA on" if options.xla else "",
        table(results),
    )
    if pytorch:
        pytorch.close()
    print(text)
    if options.output:
        temporary = options.output + ".tmp-%d" % os.getpid()
        with open(temporary, "w") as stream:
            stream.write(text)
        os.rename(temporary, options.output)
    return results


if __name__ == "__main__":
    main()
