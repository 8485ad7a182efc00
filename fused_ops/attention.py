# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Multi-head self-attention (Vaswani et al., arXiv:1706.03762).

Shapes: B sequences of at most S tokens, N heads of D.
"""
import math

import tensorflow.compat.v1 as tf

from fused_ops import dropout, loader

# Added to the score of a padding position: exp(score - 10000) is exactly 0 in float32, and -10000 still
# fits into float16.
MASKED_SCORE = -10000.0


def plain(qkv, mask, dropout_rate=0.0, seed=None):
    """dropout(softmax(Q K^T / sqrt(D) + (1 - mask) * -10000)) V for each head.

    Args:
      qkv: query, key and value of every token, biases added, float32 or float16: one tensor [B * S, 3, N, D] or a
        list of three [B * S, N, D].
      mask: int32 [B, S], 1 at real tokens and 0 at padding. Defines B and S.
      dropout_rate: of the probabilities, in [0, 1); 0 outside training.
      seed: op-level seed of the dropout.

    Returns:
      [B * S, N, D] of qkv's type: products in that type, softmax in float32. Rows of padding are computed too.
    """
    query, key, value = qkv if _is_list(qkv) else tf.unstack(qkv, num=3, axis=1)
    num_heads, head_size = query.shape.as_list()[1:]
    batch_size, length = [
        tf.shape(mask)[axis] if size is None else size
        for axis, size in enumerate(mask.shape.as_list())
    ]

    def split_heads(x):  # [B * S, N, D] -> [B, N, S, D]
        return tf.transpose(tf.reshape(x, [batch_size, length, num_heads, head_size]), [0, 2, 1, 3])

    # The scale goes onto Q, which is smaller than the S x S scores.
    scores = tf.matmul(
        split_heads(query * (1.0 / math.sqrt(head_size))), split_heads(key), transpose_b=True
    )
    mask_scores = (1.0 - tf.cast(mask, tf.float32)) * MASKED_SCORE
    mask_scores = tf.reshape(mask_scores, [batch_size, 1, 1, length])
    probabilities = tf.nn.softmax(tf.cast(scores, tf.float32) + mask_scores)
    probabilities = dropout.plain(tf.cast(probabilities, query.dtype), dropout_rate, seed)
    context = tf.matmul(probabilities, split_heads(value))
    return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [-1, num_heads, head_size])


def fused(qkv, mask, dropout_rate=0.0, seed=None):
    """`plain` as one op and its gradient as one, with other random numbers. Sums are float32.

    The [B, N, S, S] matrix is never in memory: softmax is computed online over blocks of keys (arXiv:1805.02867), and
    the gradient recomputes the probabilities from two numbers per row (after arXiv:2205.14135). Keys whose mask is
    lower than the highest of their sequence have probability exactly 0; in `plain` they have it as long as the
    scores of a row differ by less than about 9,890. On a GPU, float16 with D of 32, 64 or 128 uses Tensor Cores.

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      ValueError: dropout_rate is not in [0, 1), or static shapes do not match.
      tf.errors.InvalidArgumentError: shapes do not match.
    """
    return loader.library().bert_attention(
        qkv=_stacked(qkv),
        mask=mask,
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        dropout_rate=dropout_rate,
    )[0]


def fused_packed(qkv, cu_seqlens, max_length, dropout_rate=0.0, seed=None):
    """`fused` for sequences that are concatenated without padding.

    Equals `fused` on the padded sequences at every real token, with dropout too: whether an element is dropped
    depends on its sequence, head, query and key, and on max_length, which must then be the S of the padded form.

    Args:
      qkv: one tensor [tokens, 3, N, D] or a list of three [tokens, N, D], float32 or float16.
      cu_seqlens: int32 [B + 1], from 0 to tokens: sequence b is the tokens cu_seqlens[b] .. cu_seqlens[b + 1] - 1,
        possibly none. Wrong values are an error on the CPU; on a GPU, tokens that no sequence has get zeros.
      max_length: int32 scalar; no sequence is longer.
      dropout_rate, seed: as in `fused`.

    Returns:
      [tokens, N, D] of qkv's type.

    Raises:
      As `fused`.
    """
    with tf.device("/cpu:0"):
        max_length = tf.convert_to_tensor(max_length, tf.int32)
    return loader.library().bert_packed_attention(
        qkv=_stacked(qkv),
        cu_seqlens=cu_seqlens,
        max_length=max_length,
        random_state=dropout.state_or_zeros(dropout_rate, seed),
        dropout_rate=dropout_rate,
    )[0]


def _is_list(qkv):
    return isinstance(qkv, (list, tuple))


def _stacked(qkv):
    return tf.stack(qkv, axis=1) if _is_list(qkv) else qkv


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
        dropout_rate=op.get_attr("dropout_rate"),
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
        dropout_rate=op.get_attr("dropout_rate"),
    )
    return dqkv, None, None, None
