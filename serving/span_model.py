# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A fine-tuned model in a session: windows of tokens to start and end logits, from a checkpoint or from an export."""

import os

import tensorflow.compat.v1 as tf

from program.errors import DataError
from serving.export_settings import GRAPH_FILE, INPUTS, OUTPUTS, SIGNATURE, TAG
from training import checkpoint_files, checkpoints, restored_model, span_head

# Shapes below: B windows in a batch, S tokens in each.


class SpanModel:
    """What computes logits; subclasses bring the restored_model.Computation.

    `skips_padding`: bool, whether a batch costs as much as its tokens, and not as its longest window for each.
    """

    skips_padding = False
    _computation = None

    def logits(self, input_ids, input_mask, segment_ids):
        """(start logits, end logits), float32 [B, S] each, of int arrays [B, S]."""
        return self._computation.run(input_ids, input_mask, segment_ids)


def check_has_head(checkpoint):
    """Raises CheckpointError unless a checkpoint has a span head."""
    if span_head.WEIGHTS not in checkpoints.variable_shapes(checkpoint):
        raise checkpoints.CheckpointError(
            "%s: has no variable %s, so its answers would be random: fine-tune it on questions first "
            "(scripts/run_squad.sh)" % (checkpoint, span_head.WEIGHTS)
        )


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
        check_has_head(checkpoint)
        self.skips_padding = kernels.remove_padding
        self._computation = restored_model.restore(
            config,
            checkpoint,
            precision,
            kernels,
            lambda model: span_head.span_logits(config, model.get_sequence_output()),
        )


class ExportedModel(SpanModel):
    """The graph of an export.

    Args:
      directory: str, of one version.

    Raises:
      DataError: it cannot be loaded, or has no signature with these inputs and outputs.
    """

    def __init__(self, directory):
        graph = tf.Graph()
        running = tf.Session(graph=graph)
        # Where the directory's name looks like a pattern, through a link.
        place = os.path.dirname(checkpoint_files.plain(os.path.join(directory, GRAPH_FILE)))
        try:
            with graph.as_default():
                loaded = tf.saved_model.loader.load(running, [TAG], place)
            signature = loaded.signature_def[SIGNATURE]
            inputs = [signature.inputs[name].name for name in INPUTS]
            outputs = [signature.outputs[name].name for name in OUTPUTS]
            # A map of protocol buffers makes what it lacks.
            if not all(inputs + outputs):
                raise KeyError("its signature %s is another" % SIGNATURE)
        except (tf.errors.OpError, EnvironmentError, KeyError, RuntimeError, ValueError) as error:
            raise DataError(
                "%s: %s cannot be loaded (%s): export the model again"
                % (directory, GRAPH_FILE, getattr(error, "message", "") or error)
            )
        self._computation = restored_model.Computation(running, inputs, outputs)

    def close(self):
        """Ends the session."""
        self._computation.session.close()
