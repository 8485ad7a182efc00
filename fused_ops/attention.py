# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Multi-head self-attention (Vaswani et al., arXiv:1706.03762) as one op, and its gradient as one.

The [B, heads, S, S] matrix is never in memory: softmax is made online over blocks of keys (arXiv:1805.02867), and the
gradient makes the probabilities again from two numbers a row (after arXiv:2205.14135).

Shapes: B sequences of at most S tokens, N heads of D.
"""
import math

import tensorflow.compat.v1 as tf

from fused_ops import dropout, loader

MASKED_SCORE = -10000.0


def attention(qkv, mask, dropout_rate=0.0, seed=None, name=None):
    """dropout(softmax(Q K^T / sqrt(D) + (1 - mask) * -10000)) V for each head of sequences of equal length.

    Every row of the result is that of `attention_reference`, also at tokens that the mask hides as keys. Keys whose mask
    is lower than the sequence's highest have probability 0 exactly; in the reference they have it as long as the scores
    of a row differ by less than about 9,890.

    Args:
      qkv: [B * S, 3, N, D], float32 or float16: query, key and value of every token, biases added. Any D; on a GPU
        Tensor Cores are used for float16 with D of 32, 64 or 128. Arithmetic is float32 otherwise.
      mask: int32 [B, S], 1 for a real token and 0 for padding. Defines B and S.
      dropout_rate: of the probabilities, in [0, 1).
      seed: op-level seed of the dropout.
      name: of the op.

    Returns:
      [B * S, N, D] of qkv's type.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      ValueError: dropout_rate is not in [0, 1), or static shapes do not fit.
      tf.errors.InvalidArgumentError: shapes do not fit.
    """
    return loader.library().bert_attention(
        qkv=qkv,
        mask=mask,
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        rate=dropout_rate,
        name=name,
    )[0]


def packed_attention(qkv, cu_seqlens, max_length, dropout_rate=0.0, seed=None, name=None):
    """The same for sequences that lie one behind the other without padding.

    Equal to `attention` of the padded sequences at every real token, with dropout too: an element is dropped or not by
    its sequence, head, query and key, and by max_length, which must then be the S of the padded form.

    Args:
      qkv: [tokens, 3, N, D], float32 or float16.
      cu_seqlens: int32 [B + 1], from 0 to tokens: sequence b is the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1. May
        be empty. Values are checked on the CPU; on a GPU they must be right.
      max_length: int32 scalar, no sequence is longer.
      dropout_rate, seed, name: as in `attention`.

    Returns:
      [tokens, N, D] of qkv's type.

    Raises:
      As `attention`.
    """
    with tf.device("/cpu:0"):
        max_length = tf.convert_to_tensor(max_length, tf.int32)
    return loader.library().bert_packed_attention(
        qkv=qkv,
        cu_seqlens=cu_seqlens,
        max_length=max_length,
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        rate=dropout_rate,
        name=name,
    )[0]


def attention_reference(qkv, mask, dropout_rate=0.0, seed=None):
    """`attention` from TensorFlow's own ops, softmax in float32, products in qkv's type."""
    batch, length = [tf.shape(mask)[i] for i in range(2)]
    heads, head_size = tf.shape(qkv)[2], qkv.shape[3].value
    split = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, head_size]), [2, 0, 3, 1, 4])
    query, key, value = tf.unstack(split, num=3)  # each [B, N, S, D]
    scores = tf.matmul(query * (1.0 / math.sqrt(head_size)), key, transpose_b=True)
    bias = (1.0 - tf.cast(mask, tf.float32)) * MASKED_SCORE
    probabilities = tf.nn.softmax(tf.cast(scores, tf.float32) + bias[:, tf.newaxis, tf.newaxis, :])
    if dropout_rate > 0.0:
        probabilities = tf.nn.dropout(probabilities, keep_prob=1.0 - dropout_rate, seed=seed)
    context = tf.matmul(tf.cast(probabilities, qkv.dtype), value)
    return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [batch * length, heads, head_size])


@tf.RegisterGradient("BertAttention")
def _attention_gradient(op, dout, unused_dstatistics):
    qkv, mask, random_state = op.inputs
    dqkv = loader.library().bert_attention_grad(
        dout=dout,
        qkv=qkv,
        out=op.outputs[0],
        statistics=op.outputs[1],
        mask=mask,
        random_state=random_state,
        rate=op.get_attr("rate"),
    )
    return dqkv, None, None


@tf.RegisterGradient("BertPackedAttention")
def _packed_attention_gradient(op, dout, unused_dstatistics):
    qkv, cu_seqlens, max_length, random_state = op.inputs
    dqkv = loader.library().bert_packed_attention_grad(
        dout=dout,
        qkv=qkv,
        out=op.outputs[0],
        statistics=op.outputs[1],
        cu_seqlens=cu_seqlens,
        max_length=max_length,
        random_state=random_state,
        rate=op.get_attr("rate"),
    )
    return dqkv, None, None, None
