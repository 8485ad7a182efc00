# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT's embedding: three lookups, their sum, LayerNorm and dropout."""
from collections import namedtuple

import tensorflow.compat.v1 as tf

from fused_ops import dropout, layer_norm, loader

# Integers of one shape. words: in [0, V). types: in [0, T). positions: in [0, P), or None: words and types are
# [B, S], and the positions are 0 .. S - 1 in every row.
Ids = namedtuple("Ids", ["words", "types", "positions"])

# words [V, C], types [T, C], positions [P, C]; cast to float32.
Tables = namedtuple("Tables", ["words", "types", "positions"])


def plain(ids, tables, gamma, beta, dropout_rate=0.0, compute_type=tf.float32, seed=None):
    """dropout(LayerNorm(word + segment type + position embedding)).

    Args:
      ids: Ids of N tokens.
      tables: Tables of C columns, C >= 1.
      gamma, beta: [C]; cast to float32.
      dropout_rate: in [0, 1); 0 outside training.
      compute_type: tf.float32 or tf.float16, the type of the result.
      seed: op-level seed of the dropout.

    Returns:
      [N, C] of compute_type. The sum is float32, then rounded to compute_type; LayerNorm is float32.
    """
    word_table, type_table, position_table = [tf.cast(table, tf.float32) for table in tables]
    words = tf.gather(word_table, ids.words)
    width, segment_types = tables.words.shape.as_list()[1], tables.types.shape.as_list()[0]
    # There are few segment types: as a matrix product the lookup has a dense product as its gradient, not a scatter
    # of N rows into two.
    one_hot = tf.one_hot(tf.reshape(ids.types, [-1]), depth=segment_types, dtype=tf.float32)
    types = tf.reshape(tf.matmul(one_hot, type_table), tf.shape(words))
    if ids.positions is None:
        positions = tf.slice(position_table, [0, 0], [_length(ids.words), width])
    else:
        positions = tf.gather(position_table, ids.positions)
    total = tf.cast(tf.reshape(words + types + positions, [-1, width]), compute_type)
    return dropout.plain(layer_norm.plain(total, gamma, beta), dropout_rate, seed)


def fused(ids, tables, gamma, beta, dropout_rate=0.0, compute_type=tf.float32, seed=None):
    """`plain` as one op and its gradient as one, with other random numbers. Arithmetic is float32.

    The gradient of each table is a dense sum in a fixed order: the same bits at every run, on the GPU too
    (where the gradient of tf.gather adds atomically, in any order). dropout_rate is rounded to a multiple of 1/65536.
    An id outside its table is an error on the CPU; on a GPU, which cannot report it, it adds nothing.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes do not match, or an id is
        outside its table.
      ValueError: dropout_rate is not in [0, 1).
    """
    words, types = [tf.cast(each, tf.int32) for each in (ids.words, ids.types)]
    if ids.positions is None:
        # The op counts itself: their gradient is then a sum over the sequences.
        positions = tf.zeros([0], tf.int32)
    else:
        positions = tf.cast(ids.positions, tf.int32)
    y = loader.library().bert_embedding(
        word_ids=words,
        position_ids=positions,
        type_ids=types,
        word_table=tf.cast(tables.words, tf.float32),
        position_table=tf.cast(tables.positions, tf.float32),
        type_table=tf.cast(tables.types, tf.float32),
        gamma=tf.cast(gamma, tf.float32),
        beta=tf.cast(beta, tf.float32),
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        dropout_rate=dropout_rate,
        epsilon=layer_norm.EPSILON,
        T=compute_type,
    )[0]
    return tf.reshape(y, [-1, tables.words.shape.as_list()[1]])


def _length(ids):
    """S of [B, S]: an int where the graph knows it, else an int32 scalar tensor."""
    length = ids.shape[1].value
    return tf.shape(ids)[1] if length is None else length


@tf.RegisterGradient("BertEmbedding")
def _embedding_gradient(op, dy, unused_dmean, unused_drstd):
    names = (
        "word_ids",
        "position_ids",
        "type_ids",
        "word_table",
        "position_table",
        "type_table",
        "gamma",
    )
    inputs = dict(zip(names, op.inputs))
    gradients = loader.library().bert_embedding_grad(
        mean=op.outputs[1],
        rstd=op.outputs[2],
        random_state=op.inputs[8],
        dy=dy,
        dropout_rate=op.get_attr("dropout_rate"),
        **inputs,
    )
    return [None, None, None] + list(gradients) + [None]
