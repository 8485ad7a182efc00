# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A fine-tuned model in a session: windows of tokens to start and end logits, from a checkpoint or from an export."""

import os

import tensorflow.compat.v1 as tf

import modeling
from program.errors import DataError
from serving.export_settings import GRAPH_FILE, INPUTS, OUTPUTS, SIGNATURE, TAG
from training import checkpoint_files, checkpoints, model_match, session, span_head
from training.options import RuntimeOptions
from training.runtime import create_runtime

# Shapes below: B windows in a batch, S tokens in each.


class SpanModel:
    """What computes logits; subclasses fill the graph and the session.

    `skips_padding`: bool, whether a batch costs as much as its tokens, and not as its longest window for each.
    """

    skips_padding = False
    _session = _inputs = _outputs = None

    def logits(self, input_ids, input_mask, segment_ids):
        """(start logits, end logits), float32 [B, S] each, of int arrays [B, S]."""
        return self._session.run(
            self._outputs, dict(zip(self._inputs, (input_ids, input_mask, segment_ids)))
        )


def check_has_head(checkpoint):
    """Raises CheckpointError unless a checkpoint has a span head; returns its variables: dict, name -> shape."""
    held = checkpoints.variable_shapes(checkpoint)
    if span_head.WEIGHTS not in held:
        raise checkpoints.CheckpointError(
            "%s: has no variable %s, so its answers would be random: fine-tune it on questions first "
            "(scripts/run_squad.sh)" % (checkpoint, span_head.WEIGHTS)
        )
    return held


class CheckpointModel(SpanModel):
    """The model of a checkpoint, in the graph that run_squad.py predicts with.

    Args:
      config: BertConfig.
      checkpoint: prefix.
      precision: precision.Precision.
      kernels: kernels.Kernels.

    Raises:
      CheckpointError: the checkpoint has no span head, or lacks a variable of the model or has it in another shape.
    """

    def __init__(self, config, checkpoint, precision, kernels):
        held = check_has_head(checkpoint)
        self.skips_padding = kernels.remove_padding
        with tf.Graph().as_default():
            self._inputs = [tf.placeholder(tf.int32, [None, None], name) for name in INPUTS]
            model = modeling.BertModel(
                config,
                False,
                *self._inputs,
                scope="bert",
                compute_type=precision.compute_type,
                ops=kernels.ops,
                remove_padding=kernels.remove_padding,
            )
            self._outputs = span_head.span_logits(config, model.get_sequence_output())
            used = [v for v in tf.global_variables() if not v.op.name.startswith("bert/pooler/")]
            wanted = {v.op.name: v.shape.as_list() for v in used}
            model_match.check_complete(checkpoint, wanted, held)
            saver = checkpoints.PathSaver(used)
            runtime = create_runtime(RuntimeOptions())
            self._session = tf.Session(config=session.session_config(precision, runtime))
        saver.restore(self._session, checkpoint)


class ExportedModel(SpanModel):
    """The graph of an export.

    Args:
      directory: str, of one version.

    Raises:
      DataError: it cannot be loaded, or has no signature with these inputs and outputs.
    """

    def __init__(self, directory):
        graph = tf.Graph()
        self._session = tf.Session(graph=graph)
        # Where the directory's name looks like a pattern, through a link.
        place = os.path.dirname(checkpoint_files.plain(os.path.join(directory, GRAPH_FILE)))
        try:
            with graph.as_default():
                loaded = tf.saved_model.loader.load(self._session, [TAG], place)
            signature = loaded.signature_def[SIGNATURE]
            self._inputs = [signature.inputs[name].name for name in INPUTS]
            self._outputs = [signature.outputs[name].name for name in OUTPUTS]
            # A map of protocol buffers makes what it lacks.
            if not all(self._inputs + self._outputs):
                raise KeyError("its signature %s is another" % SIGNATURE)
        except (tf.errors.OpError, EnvironmentError, KeyError, RuntimeError, ValueError) as error:
            raise DataError(
                "%s: %s cannot be loaded (%s): export the model again"
                % (directory, GRAPH_FILE, getattr(error, "message", "") or error)
            )

    def close(self):
        """Ends the session."""
        self._session.close()
