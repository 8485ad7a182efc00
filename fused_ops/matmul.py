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
    loader.library()
    if loader.flavour() != "CPU":
        return plain(a, b, transpose_a, transpose_b)
    return _op(a, b, transpose_a, transpose_b, False)


def fused_bfloat16(a, b, transpose_a=False, transpose_b=False):
    """`fused` with a and b, float32, rounded to bfloat16 (to nearest even), also in its gradient's products; c is float32.

    Slow where loader.cpu_bfloat16_unavailable_reason() gives a reason: the processor's instruction is then emulated.

    Raises:
      fused_ops.loader.FusedOpsError: also for a library with CUDA kernels.
    """
    loader.library()
    if loader.flavour() != "CPU":
        raise loader.FusedOpsError(loader.cpu_bfloat16_unavailable_reason())
    return _op(a, b, transpose_a, transpose_b, True)


def _op(a, b, transpose_a, transpose_b, bfloat16):
    return loader.library().bert_mat_mul(
        a=a, b=b, transpose_a=transpose_a, transpose_b=transpose_b, round_to_bfloat16=bfloat16
    )


@tf.RegisterGradient("BertMatMul")
def _matmul_gradient(op, dc):
    """Of c = op(a) op(b): d op(a) = dc op(b)^T and d op(b) = op(a)^T dc, each transposed where its operand is."""
    a, b = op.inputs
    a_is_transposed, b_is_transposed = op.get_attr("transpose_a"), op.get_attr("transpose_b")
    product = fused_bfloat16 if op.get_attr("round_to_bfloat16") else fused
    if a_is_transposed:
        da = product(b, dc, b_is_transposed, True)
    else:
        da = product(dc, b, False, not b_is_transposed)
    if b_is_transposed:
        db = product(dc, a, True, a_is_transposed)
    else:
        db = product(a, dc, not a_is_transposed)
    return da, db
