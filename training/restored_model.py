# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT with the values of a checkpoint, in a session of its own: extract_features.py and the question service compute with it."""

from collections import OrderedDict, namedtuple

import tensorflow.compat.v1 as tf

import modeling
from training import checkpoints, model_match, session
from training.options import RuntimeOptions
from training.runtime import create_runtime


class Computation(namedtuple("Computation", "session inputs outputs")):
    """A graph in a session: tf.Session, its input_ids, input_mask and segment_ids, and tensors that follow from them."""

    def run(self, *arrays):
        """The values of the outputs, for the inputs as integer arrays [B, S]."""
        return self.session.run(self.outputs, dict(zip(self.inputs, arrays)))


def restore(config, checkpoint, precision, kernels, outputs_of):
    """The Computation of a model that does not train.

    Args:
      config: BertConfig.
      checkpoint: prefix.
      precision: precision.Precision.
      kernels: kernels.Kernels.
      outputs_of: function of the BertModel that returns a list or tuple of tensors; it may add a head to the graph.

    Raises:
      CheckpointError: the checkpoint lacks a variable of the model or has it in another shape, or has more layers. The pooler is
        not asked for.
    """
    with tf.Graph().as_default():
        inputs = [tf.placeholder(tf.int32, [None, None]) for _ in range(3)]
        model = modeling.BertModel(
            config,
            False,
            *inputs,
            scope="bert",
            compute_type=precision.compute_type,
            ops=kernels.ops,
            remove_padding=kernels.remove_padding,
        )
        outputs = outputs_of(model)
        used = [v for v in tf.global_variables() if not v.op.name.startswith("bert/pooler/")]
        wanted = OrderedDict((v.op.name, v.shape.as_list()) for v in used)
        model_match.check_complete(checkpoint, wanted, checkpoints.variable_shapes(checkpoint))
        saver = checkpoints.PathSaver(used)
        runtime = create_runtime(RuntimeOptions())
        running = tf.Session(config=session.session_config(precision, runtime))
    saver.restore(running, checkpoint)
    return Computation(running, inputs, outputs)
