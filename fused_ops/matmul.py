# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Products of two matrices. On a CPU, TensorFlow 1's are compiled for AVX without FMA."""

import tensorflow.compat.v1 as tf

from fused_ops import loader


def plain(a, b, transpose_a=False, transpose_b=False):
    """op(a) op(b), where op transposes if asked to.

    Args:
      a: float32 or float16 [M, K], or [K, M] if transpose_a.
      b: [K, N] of a's type, or [N, K] if transpose_b.

    Returns:
      [M, N] of a's type.
    """
    return tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def fused(a, b, transpose_a=False, transpose_b=False):
    """`plain` by the CPU kernel, with sums in float32; a library with CUDA kernels leaves the product to TensorFlow (cuBLAS).

    For products with many columns: few columns are padded to a tile of 16 (AVX-512: 64).

    Raises:
      fused_ops.loader.FusedOpsError: the library is not built for this TensorFlow.
      tf.errors.InvalidArgumentError (ValueError where the static shapes show it): a and b do not fit.
    """
    library = loader.library()
    if loader.flavour() != "CPU":
        return plain(a, b, transpose_a, transpose_b)
    return library.bert_mat_mul(a=a, b=b, transpose_a=transpose_a, transpose_b=transpose_b)


@tf.RegisterGradient("BertMatMul")
def _matmul_gradient(op, dc):
    """Of c = op(a) op(b): d op(a) = dc op(b)^T and d op(b) = op(a)^T dc, each transposed where its operand is."""
    a, b = op.inputs
    a_is_transposed, b_is_transposed = op.get_attr("transpose_a"), op.get_attr("transpose_b")
    if a_is_transposed:
        da = fused(b, dc, transpose_a=b_is_transposed, transpose_b=True)
    else:
        da = fused(dc, b, transpose_b=not b_is_transposed)
    if b_is_transposed:
        db = fused(dc, a, transpose_a=True, transpose_b=a_is_transposed)
    else:
        db = fused(a, dc, transpose_a=not a_is_transposed)
    return da, db
