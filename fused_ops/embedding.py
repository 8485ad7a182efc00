# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT's embedding as one op: three lookups, their sum, LayerNorm and dropout.

The gradient of each table is a dense sum in the order of the tokens: the same bits at every run, on the GPU too
(where tf.gather's gradient adds atomically, in any order).
"""
import tensorflow.compat.v1 as tf

from fused_ops import dropout, loader
from fused_ops.layer_norm import layer_norm_reference


def embedding(
    word_ids,
    position_ids,
    type_ids,
    word_table,
    position_table,
    type_table,
    gamma,
    beta,
    rate,
    epsilon=1e-12,
    dtype=tf.float32,
    seed=None,
    random_state=None,
    name=None,
):
    """dropout(LayerNorm(word_table[word_ids] + position_table[position_ids] + type_table[type_ids])).

    Args:
      word_ids: [...] integers in [0, rows of word_table); so for the others. A wrong id is an error on the CPU; on the
        GPU, where it cannot be reported, it adds nothing.
      position_ids: [...] of the same shape.
      type_ids: [...] of the same shape.
      word_table: [V, C] float32, C >= 1; like all float arguments cast to float32 if it is not.
      position_table: [P, C].
      type_table: [Y, C].
      gamma: [C].
      beta: [C].
      rate: fraction dropped, in [0, 1), rounded to a multiple of 1/65536; 0 in evaluation.
      epsilon: added to the variance.
      dtype: of the result, tf.float32 or tf.float16; arithmetic is float32 in both cases.
      seed: op-level seed of the mask.
      random_state: int64 [2] from fused_ops.dropout.random_state, to use instead of making one.
      name: of the op.

    Returns:
      [..., C] of `dtype`.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): shapes that do not fit together, or an
        id outside its table.
      ValueError: rate outside [0, 1).
    """
    ops = loader.library()
    if random_state is None:
        random_state = dropout.state_or_zeros(rate, seed)
    ids = [tf.cast(ids, tf.int32) for ids in (word_ids, position_ids, type_ids)]
    floats = [
        tf.cast(array, tf.float32)
        for array in (word_table, position_table, type_table, gamma, beta)
    ]
    return ops.bert_embedding(
        word_ids=ids[0],
        position_ids=ids[1],
        type_ids=ids[2],
        word_table=floats[0],
        position_table=floats[1],
        type_table=floats[2],
        gamma=floats[3],
        beta=floats[4],
        random_state=random_state,
        rate=rate,
        epsilon=epsilon,
        T=dtype,
        name=name,
    )[0]


def embedding_reference(
    word_ids,
    position_ids,
    type_ids,
    word_table,
    position_table,
    type_table,
    gamma,
    beta,
    rate,
    epsilon=1e-12,
    dtype=tf.float32,
    seed=None,
):
    """The same (with another random mask) from TensorFlow's own ops."""
    total = sum(
        tf.gather(tf.cast(table, dtype), ids)
        for table, ids in (
            (word_table, word_ids),
            (position_table, position_ids),
            (type_table, type_ids),
        )
    )
    y = layer_norm_reference(total, gamma, beta, epsilon)
    return tf.nn.dropout(y, keep_prob=1.0 - rate, seed=seed) if rate > 0.0 else y


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
        rate=op.get_attr("rate"),
        **inputs,
    )
    return [None, None, None] + list(gradients) + [None]
