# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Removing the padding of a batch and putting it back.

With padding removed, everything but attention works on [tokens, H] instead of [B * S, H]; attention takes the
offsets cu_seqlens (the packed form of fused_ops.attention).
"""
import collections

import tensorflow.compat.v1 as tf

from fused_ops import loader

# token_index [tokens] int32: places b * S + s of the real tokens, ascending.
# row_index [B * S] int32: the inverse, -1 at padding.
# cu_seqlens [B + 1] int32: sequence b has the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1.
Padding = collections.namedtuple("Padding", ["token_index", "row_index", "cu_seqlens"])


def find_padding(mask):
    """Where the real tokens are.

    Args:
      mask: [B, S] integers, not 0 at real tokens (anywhere in the row, usually its beginning).

    Returns:
      Padding; computed on the CPU.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shape shows it): mask has not two dimensions.
    """
    with tf.device("/cpu:0"):
        return Padding(*loader.library().bert_padding_indices(mask=tf.cast(mask, tf.int32)))


def pack(x, padding):
    """The real tokens' rows.

    Args:
      x: [B * S, ...], float32 or float16.
      padding: of a [B, S] mask.

    Returns:
      [tokens, ...] of x's type.
    """
    return loader.library().bert_gather_tokens(
        x=x, index=padding.token_index, inverse_index=padding.row_index
    )


def unpack(x, padding):
    """The reverse of pack, with zeros at padding.

    Args:
      x: [tokens, ...], float32 or float16.
      padding: of a [B, S] mask.

    Returns:
      [B * S, ...] of x's type.
    """
    return loader.library().bert_gather_tokens(
        x=x, index=padding.row_index, inverse_index=padding.token_index
    )


def pack_reference(x, mask):
    """pack from TensorFlow's own ops; x [B * S, ...], mask [B, S]."""
    return tf.boolean_mask(x, tf.reshape(tf.not_equal(mask, 0), [-1]))


def unpack_reference(x, mask):
    """unpack from TensorFlow's own ops; x [tokens, ...], mask [B, S]."""
    places = tf.where(tf.reshape(tf.not_equal(mask, 0), [-1]))
    shape = tf.concat([[tf.size(mask, out_type=tf.int64)], tf.shape(x, out_type=tf.int64)[1:]], 0)
    return tf.scatter_nd(places, x, shape)


@tf.RegisterGradient("BertGatherTokens")
def _gather_tokens_gradient(op, dy):
    _, index, inverse_index = op.inputs
    dx = loader.library().bert_gather_tokens(x=dy, index=inverse_index, inverse_index=index)
    return [dx, None, None]


tf.NotDifferentiable("BertPaddingIndices")
