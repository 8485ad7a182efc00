# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Removing the padding of a batch and putting it back.

Without padding, everything but attention works on [tokens, H] instead of [B * S, H]; attention takes the
offsets cu_seqlens (`attention.fused_packed`, which has no plain form, hence neither have these).
"""
from collections import namedtuple

import tensorflow.compat.v1 as tf

from fused_ops import loader

# token_index: int32 [tokens], the rows b * S + s of the real tokens, ascending.
# row_index: int32 [B * S], the inverse, -1 at padding.
# cu_seqlens: int32 [B + 1]; sequence b is the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1.
Padding = namedtuple("Padding", ["token_index", "row_index", "cu_seqlens"])


def find_padding(mask):
    """Locates the real tokens.

    Args:
      mask: [B, S] integers, nonzero at real tokens, anywhere in a row.

    Returns:
      Padding; computed on the CPU.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shape shows it): mask is not [B, S].
    """
    with tf.device("/cpu:0"):
        return Padding(*loader.library().bert_padding_indices(mask=tf.cast(mask, tf.int32)))


def rows_at(positions, seq_length):
    """The rows b * S + s at the positions s of each sequence b.

    Args:
      positions: integers [B, K] in [0, S).
      seq_length: S.

    Returns:
      int32 [B * K].
    """
    positions = tf.cast(positions, tf.int32)
    starts = tf.range(tf.shape(positions)[0]) * seq_length
    return tf.reshape(positions + tf.expand_dims(starts, 1), [-1])


def find_positions(positions, seq_length, padding):
    """Locates the first token of each sequence and those at `positions` among the real tokens, as if all others were padding.

    Args:
      positions: integers [B, K] in [0, S); those of padding are left out.
      seq_length: S.
      padding: Padding of a [B, S] mask.

    Returns:
      Padding of a [1, tokens] mask; computed on the CPU.
    """
    with tf.device("/cpu:0"):
        rows = rows_at(tf.pad(positions, [[0, 0], [1, 0]]), seq_length)  # with position 0
        num_rows = tf.size(padding.row_index)
        counts = tf.scatter_nd(tf.expand_dims(rows, 1), tf.ones_like(rows), [num_rows])
        return find_padding(tf.expand_dims(tf.gather(counts, padding.token_index), 0))


def pack(x, padding):
    """The rows of the real tokens.

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
    """The inverse of `pack`, with zeros at padding.

    Args:
      x: [tokens, ...], float32 or float16.
      padding: of a [B, S] mask.

    Returns:
      [B * S, ...] of x's type.
    """
    return loader.library().bert_gather_tokens(
        x=x, index=padding.row_index, inverse_index=padding.token_index
    )


@tf.RegisterGradient("BertGatherTokens")
def _gather_tokens_gradient(op, dy):
    _, index, inverse_index = op.inputs
    dx = loader.library().bert_gather_tokens(x=dy, index=inverse_index, inverse_index=index)
    return [dx, None, None]


tf.NotDifferentiable("BertPaddingIndices")
