# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times the fused form of every op, forward and backward together, against its plain form and PyTorch, on a CPU.

    python -m benchmarks.fused_ops_cpu [--pytorch PYTHON] [--rounds N] [--clock wall|cpu] [--ops NAME ...]
                                       [--sizes base large] [--xla] [--output FILE]

The plain form is what the model runs without the fused ops: `plain` of the module of that name in fused_ops/. The sides
take turns, one run each per round, in two processes (PyTorch has its own, benchmarks/fused_ops_pytorch.py, run by the
Python that --pytorch names), so that other load on the machine slows all of them alike. Reported are medians and quartiles
over the rounds; ratios are those of the medians. Inputs are normal random numbers, never zeros. On a shared machine,
--clock cpu --threads 1 counts the processor time of each side's process instead of wall time.

--xla enables TensorFlow's just-in-time compiler for both TensorFlow sides: it compiles the plain ops together, and what is
around the fused ones. On a CPU it compiles only with TF_XLA_FLAGS=--tf_xla_cpu_global_jit in the environment.
"""

import argparse
import os
import platform
import sys
import time
from collections import OrderedDict, namedtuple

import numpy as np
import tensorflow.compat.v1 as tf

from benchmarks.side_process import SideProcess
from fused_ops import embedding, loader, optimizer_update, selection
from program.files import write_whole

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DROPOUT_RATE = 0.1

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


# A case: size -> (arrays, function of them and of an Ops, the arrays to differentiate with respect to). The first result
# is differentiated, with a random upstream gradient.


def _matmul(size):
    """The first product of a feed-forward half."""
    rows, width = size.batch * size.length, size.heads * size.head
    arrays = [_normal(rows, width), _normal(width, size.inner)]
    return arrays, lambda ops, *inputs: ops.matmul(*inputs), (0, 1)


def _layer_norm(size):
    rows, width = size.batch * size.length, size.heads * size.head
    arrays = [_normal(rows, width), _normal(width), _normal(width)]
    return arrays, lambda ops, *inputs: ops.layer_norm(*inputs), (0, 1, 2)


def _bias_dropout_residual_layer_norm(size):
    shape, width = (size.batch * size.length, size.heads * size.head), size.heads * size.head
    arrays = [_normal(*shape), _normal(width), _normal(*shape), _normal(width), _normal(width)]
    return (
        arrays,
        lambda ops, *inputs: ops.bias_dropout_residual_layer_norm(
            *inputs, dropout_rate=DROPOUT_RATE
        ),
        (0, 1, 2, 3, 4),
    )


def _bias_gelu(size):
    arrays = [_normal(size.batch * size.length, size.inner), _normal(size.inner)]
    return arrays, lambda ops, *inputs: ops.bias_gelu(*inputs), (0, 1)


def _attention(size, dropout_rate=0.0):
    """Query, key and value as the model passes them: three tensors to the plain op, one to the fused op."""
    tokens = size.batch * size.length
    parts = [_normal(tokens, size.heads, size.head) for _ in range(3)]
    mask = np.ones([size.batch, size.length], np.int32)

    def function(ops, whole, query, key, value, mask):
        qkv = [query, key, value] if ops is selection.PLAIN else whole
        return ops.attention(qkv, mask, dropout_rate)

    return [np.stack(parts, axis=1)] + parts + [mask], function, (0, 1, 2, 3)


def _softmax_cross_entropy(size):
    rows, width = size.predictions, size.vocabulary
    labels = np.random.randint(0, width, rows).astype(np.int32)
    arrays = [_normal(rows, width), labels, np.ones(rows, np.float32)]
    return arrays, lambda ops, *inputs: ops.softmax_cross_entropy(*inputs), (0,)


def _embedding(size):
    width, shape = size.heads * size.head, (size.batch, size.length)
    ids = [np.random.randint(0, limit, shape).astype(np.int32) for limit in (size.vocabulary, 2)]
    tables = [_normal(rows, width) for rows in (size.vocabulary, 2, 512)]

    def function(ops, words, types, word_table, type_table, position_table, gamma, beta):
        return ops.embedding(
            embedding.Ids(words, types, None),
            embedding.Tables(word_table, type_table, position_table),
            gamma,
            beta,
            DROPOUT_RATE,
        )

    return ids + tables + [_normal(width), _normal(width)], function, (2, 3, 4, 5, 6)


def _adamw(size):
    """One layer's weights as one variable; nothing to differentiate."""
    width = size.heads * size.head
    shape = (4 * width + 2 * size.inner, width)
    rule = optimizer_update.Rule(0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-6)

    def function(ops, parameter, gradient, m, v):
        return ops.optimizer_update(
            parameter, gradient.read_value(), m, v, tf.constant(0.5), tf.constant(1e-5), rule
        )

    return [_normal(*shape) for _ in range(3)] + [np.square(_normal(*shape))], function, None


CASES = OrderedDict(
    [
        ("matmul", _matmul),
        ("layer_norm", _layer_norm),
        ("bias_dropout_residual_layer_norm", _bias_dropout_residual_layer_norm),
        ("bias_gelu", _bias_gelu),
        ("attention", _attention),
        ("attention_dropout", lambda size: _attention(size, DROPOUT_RATE)),
        ("softmax_cross_entropy", _softmax_cross_entropy),
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
        arrays, function, differentiate = CASES[case](size)
        graph = tf.Graph()
        with graph.as_default():
            tf.set_random_seed(1)
            # Variables, not constants, which TensorFlow would fold, nor feeds, which it would copy.
            feeds = [tf.placeholder(array.dtype, array.shape) for array in arrays]
            inputs = [tf.Variable(feed, trainable=False) for feed in feeds]
            self._steps = {
                side: _step(lambda *inputs: function(ops, *inputs), inputs, differentiate)
                for side, ops in (("fused", selection.FUSED), ("plain", selection.PLAIN))
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
                "--xla: TensorFlow compiled nothing; on a CPU, set TF_XLA_FLAGS=--tf_xla_cpu_global_jit"
            )

    def run(self, side):
        """Seconds of one forward and backward pass."""
        start = self._clock()
        self._session.run(self._steps[side])
        return self._clock() - start

    def close(self):
        self._session.close()


def _step(function, inputs, differentiate):
    """The fetches that make TensorFlow compute the result and the gradients: one element of each.

    (A tf.group of them is not enough: TensorFlow's graph optimizer removes what is only waited for.)
    """
    result = function(*inputs)
    if differentiate is None:
        return result
    upstream = tf.Variable(tf.random_normal(result.shape, dtype=result.dtype), trainable=False)
    gradients = tf.gradients(
        result, [inputs[i] for i in differentiate], grad_ys=upstream.read_value()
    )
    # None: an input that this side does not use. A sparse gradient is summed to a dense one, as the optimizer needs it.
    used = [tf.convert_to_tensor(gradient) for gradient in gradients if gradient is not None]
    return [tf.reshape(tensor, [-1])[0] for tensor in [result] + used]


class PyTorchSide:
    """The process that runs PyTorch: given a case, then asked for one run after another."""

    def __init__(self, python, threads, clock):
        self._clock = clock
        program = os.path.join(ROOT, "benchmarks", "fused_ops_pytorch.py")
        self._process = SideProcess([python, program, "--threads", str(threads)])
        self.version = self._process.ask("version")
        self.close = self._process.close

    def prepare(self, case, size):
        self._process.ask("prepare", case=case, size=size._asdict(), dropout_rate=DROPOUT_RATE)

    def run(self, unused_side):
        return self._process.ask("run")[self._clock]


def measure(case, size, rounds, threads, clock="wall", pytorch=None, xla=False):
    """Seconds of `rounds` runs of each side, in turns.

    Args:
      case: a key of CASES.
      size: a Size.
      rounds: runs of each side, after two for warm-up.
      threads: number of threads of each side.
      clock: a key of CLOCKS.
      pytorch: a PyTorchSide or None.
      xla: bool, just-in-time compilation of both TensorFlow sides.

    Returns:
      OrderedDict: "fused", "plain" and, if given, "pytorch" to a list of seconds.
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
        "--pytorch", help="Python executable that has PyTorch; without it the column says not run"
    )
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", default="wall", choices=sorted(CLOCKS))
    parser.add_argument("--ops", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--sizes", nargs="+", default=["base", "large"], choices=list(SIZES))
    parser.add_argument("--xla", action="store_true", help="enable just-in-time compilation")
    parser.add_argument("--output", help="also write the table to this file")
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
        write_whole(options.output, text)
    return results


if __name__ == "__main__":
    main()
