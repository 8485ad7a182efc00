# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The choice between plain and fused ops, made once per graph and passed down as one `Ops`."""
from collections import namedtuple

from fused_ops import (
    attention,
    bias_dropout_residual_layer_norm,
    bias_gelu,
    embedding,
    layer_norm,
    loader,
    matmul,
    optimizer_update,
    qkv_projection,
    softmax_cross_entropy,
)

_MODULES = (
    matmul,
    embedding,
    layer_norm,
    bias_gelu,
    bias_dropout_residual_layer_norm,
    qkv_projection,
    attention,
    softmax_cross_entropy,
    optimizer_update,
)

# One function for each module of the same name, see there; packed_attention is `attention.fused_packed`, or None:
# without fused ops there is no attention for sequences without padding.
Ops = namedtuple(
    "Ops", [module.__name__.split(".")[-1] for module in _MODULES] + ["packed_attention"]
)

PLAIN = Ops(*([module.plain for module in _MODULES] + [None]))
FUSED = Ops(*([module.fused for module in _MODULES] + [attention.fused_packed]))
# FUSED with the operands of dense products rounded to bfloat16; attention stays float32.
FUSED_BFLOAT16 = FUSED._replace(
    matmul=matmul.fused_bfloat16, qkv_projection=qkv_projection.fused_bfloat16
)


# The members of Ops that have a dropout, all with an argument `seed`.
_WITH_DROPOUT = ("embedding", "bias_dropout_residual_layer_norm", "attention", "packed_attention")


def drawing(ops, draws):
    """An Ops whose dropouts take their seeds from `draws`, a dropout.Draws, in the order in which the graph is built."""

    def drawn(function):
        return lambda *args, **kwargs: function(*args, seed=draws(), **kwargs)

    return ops._replace(
        **{name: drawn(getattr(ops, name)) for name in _WITH_DROPOUT if getattr(ops, name)}
    )


def select(use_fused_ops):
    """FUSED or PLAIN.

    Raises:
      loader.FusedOpsError: fused ops are requested but not built. There is no silent fallback.
    """
    if not use_fused_ops:
        return PLAIN
    reason = loader.unavailable_reason()
    if reason:
        raise loader.FusedOpsError(reason)
    return FUSED
