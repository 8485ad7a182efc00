# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/graph_report.py: what AMP and XLA really did to a graph, from the graph that was executed."""

import logging

import numpy as np
import tensorflow.compat.v1 as tf

from training import graph_report


def node(op="MatMul", device="/device:CPU:0", **types):
    result = tf.NodeDef(op=op, device=device)
    for name, dtype in types.items():
        result.attr[name].type = dtype.as_datatype_enum
    return result


def test_amp_line():
    gpu = [
        node(device="/device:GPU:0", T=tf.float32),
        node("Cast", "/device:GPU:0", DstT=tf.float16),
    ]
    assert graph_report.amp_line(gpu + [node(T=tf.float16)]) == (
        "the graph rewrite converted 1 of 3 nodes to float16"
    )
    assert "converted none of 2 nodes to float16, so this run is fp32" in graph_report.amp_line(gpu)
    assert "has no effect on a CPU: this run is fp32" in graph_report.amp_line([node(T=tf.float32)])


def test_xla_line():
    assert (
        graph_report.xla_line([node("_XlaRun"), node("_XlaCompile"), node()])
        == "compiled 1 clusters of the graph"
    )
    assert graph_report.xla_line([node(device="/device:GPU:0")]) == "compiled nothing of this graph"
    assert "compiled nothing: on CPUs" in graph_report.xla_line([node()])


def test_report_comes_once_and_is_true_of_a_training_step(caplog):
    """On this CPU: no cluster, no float16; but a graph built in float16 has float16 nodes."""
    caplog.set_level(logging.INFO, logger="tensorflow")
    logging.getLogger("tensorflow").propagate = True
    for dtype, said in (
        (tf.float32, "has no effect on a CPU"),
        (tf.float16, "nodes to float16"),
    ):
        caplog.clear()
        with tf.Graph().as_default():
            x = tf.placeholder(dtype, [2, 2])
            y = tf.matmul(x, x)
            with tf.train.MonitoredSession(
                hooks=[graph_report.GraphReportHook(True, True)]
            ) as session:
                for _ in range(3):
                    session.run(y, {x: np.ones([2, 2])})
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.getMessage().startswith(("AMP: ", "XLA: "))
        ]
        assert (
            len(lines) == 2
            and said in lines[0]
            and lines[1].startswith("XLA: compiled nothing: on CPUs")
        )
