# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TensorFlow's AMP rewrite makes the fused ops compute in float16, like the matrix products around them.

The rewrite is run on the graph alone, for a GPU that is only described, so no GPU is needed. But it asks whether an op has a
float16 kernel for GPUs: TensorFlow must be a GPU build that has the rewrite (1.14 and later), and the library built with CUDA.
"""

from collections import Counter

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import config_pb2, device_properties_pb2, rewriter_config_pb2
from tensorflow.python.grappler import cluster as grappler_cluster
from tensorflow.python.grappler import tf_optimizer

import modeling
from fused_ops import loader, softmax_cross_entropy
from training.options import PrecisionOptions
from training.precision import amp_support, configure_session, resolve_precision

_VOLTA = "/job:localhost/replica:0/task:0/device:GPU:0"


@pytest.fixture
def amp(fused_library, monkeypatch):
    """The Precision of AMP, with the environment that its resolution leaves."""
    if amp_support() != "api":
        pytest.skip("TensorFlow %s has no graph rewrite for mixed precision" % tf.__version__)
    if not tf.test.is_built_with_cuda():
        pytest.skip(
            "this TensorFlow was built without CUDA, so the rewrite finds no float16 kernels for a GPU around ours"
        )
    if not loader.flavour().startswith("CUDA"):
        pytest.skip(
            "the fused ops were built without CUDA, so the rewrite finds no float16 kernels of theirs for a GPU"
        )
    for color in ("GRAY", "CLEAR"):  # so that what the program sets is undone
        monkeypatch.setenv("TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_%sLIST_ADD" % color, "")
    return resolve_precision(PrecisionOptions(amp=True))


def training_graph(remove_padding):
    """MetaGraphDef of a small model's loss over a vocabulary and of its gradients."""
    config = modeling.BertConfig(
        vocab_size=100,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=64,
    )
    graph = tf.Graph()
    with graph.as_default(), tf.device("/device:GPU:0"):
        ids, mask = tf.placeholder(tf.int32, [4, 16]), tf.placeholder(tf.int32, [4, 16])
        model = modeling.BertModel(
            config, True, ids, mask, use_fused_ops=True, remove_padding=remove_padding
        )
        logits = tf.matmul(
            tf.reshape(model.get_sequence_output(), [-1, 64]),
            model.get_embedding_table(),
            transpose_b=True,
        )
        losses = softmax_cross_entropy.fused(logits, tf.reshape(ids, [-1]), tf.ones([64]))
        gradients = tf.gradients(tf.reduce_sum(losses), tf.trainable_variables())
        for output in [losses] + [gradient for gradient in gradients if gradient is not None]:
            # What is fetched the rewrite must keep as it is: not the ops of interest themselves.
            graph.add_to_collection("train_op", tf.add(tf.convert_to_tensor(output), 1.0).op)
    return tf.train.export_meta_graph(graph=graph)


def rewritten(meta_graph, precision):
    """The GraphDef that the rewrite makes of it for a Volta."""
    gpu = device_properties_pb2.NamedDevice(name=_VOLTA)
    gpu.properties.type, gpu.properties.frequency, gpu.properties.num_cores = "GPU", 1000, 80
    gpu.properties.environment.update({"architecture": "7.0", "cuda": "10000", "cudnn": "7600"})
    config = config_pb2.ConfigProto()
    configure_session(config, precision)
    options = config.graph_options.rewrite_options
    options.optimizers[:] = ["auto_mixed_precision"]
    options.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    options.min_graph_nodes = -1
    options.fail_on_optimizer_errors = True
    cluster = grappler_cluster.Cluster(devices=[gpu])
    return tf_optimizer.OptimizeGraph(config, meta_graph, cluster=cluster)


@pytest.mark.parametrize("remove_padding", [False, True])
def test_fused_ops_become_float16(amp, remove_padding):
    nodes = rewritten(training_graph(remove_padding), amp).node
    types = Counter(
        (node.op, tf.as_dtype(node.attr["T"].type).name)
        for node in nodes
        if node.op.startswith("Bert") and "T" in node.attr
    )
    assert types
    attention = "BertPackedAttention" if remove_padding else "BertAttention"
    for op, layers in (
        (attention, 2),
        ("BertBiasGelu", 2),
        ("BertBiasDropoutResidualLayerNorm", 4),
    ):
        for name in (op, op + "Grad"):
            assert types[name, "float16"] == layers, types
