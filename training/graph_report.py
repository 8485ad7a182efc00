# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Reports what AMP's rewrite and XLA did to a graph: nodes converted to float16, clusters compiled.

Neither has an interface that reports it, and both silently do nothing on an unsuitable device, so the executed
graph is inspected.
"""


import tensorflow.compat.v1 as tf

_XLA_OPS = ("_XlaRun", "XlaLaunch", "_XlaLaunch")


class GraphReportHook(tf.train.SessionRunHook):
    """Logs one line for AMP and one for XLA after the first session run.

    Args:
      amp, xla: bool, what to report.
    """

    def __init__(self, amp, xla):
        self._amp = amp
        self._xla = xla
        self._done = False

    def before_run(self, run_context):
        if self._done:
            return None
        return tf.train.SessionRunArgs(None, options=tf.RunOptions(output_partition_graphs=True))

    def after_run(self, run_context, run_values):
        if self._done:
            return
        self._done = True
        nodes = [node for graph in run_values.run_metadata.partition_graphs for node in graph.node]
        if self._amp:
            tf.logging.info("AMP: %s", amp_line(nodes))
        if self._xla:
            tf.logging.info("XLA: %s", xla_line(nodes))


def amp_line(nodes):
    """What the rewrite did, according to the executed NodeDefs."""
    converted = sum(1 for node in nodes if _is_float16(node))
    if converted:
        return "the graph rewrite converted %d of %d nodes to float16" % (converted, len(nodes))
    if _on_gpu(nodes):
        return (
            "the graph rewrite converted none of %d nodes to float16, so this run is fp32: it requires a GPU with "
            "compute capability 7.0 or later" % len(nodes)
        )
    return "the graph rewrite has no effect on a CPU: this run is fp32"


def xla_line(nodes):
    """What XLA compiled, according to the executed NodeDefs."""
    clusters = sum(1 for node in nodes if node.op in _XLA_OPS)
    if clusters:
        return "compiled %d clusters of the graph" % clusters
    if _on_gpu(nodes):
        return "compiled nothing of this graph"
    return "compiled nothing: on CPUs, global JIT requires --tf_xla_cpu_global_jit in TF_XLA_FLAGS"


def _is_float16(node):
    return node.op != "Cast" and any(
        attribute.type == tf.float16.as_datatype_enum for attribute in node.attr.values()
    )


def _on_gpu(nodes):
    return any("GPU" in node.device.upper() for node in nodes)
