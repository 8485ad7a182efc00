# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The choice of a run's kernels, made once: by default the fused ones if they are built, without padding; the log says which."""


from collections import namedtuple

import tensorflow.compat.v1 as tf

from fused_ops import dropout, loader, selection
from program.options import OptionError
from training.precision import FP32, xla_compiles

# ops: fused_ops.selection.Ops, for the model, its heads and the optimizer. remove_padding: bool, for BertModel.
# description: the log line.
Kernels = namedtuple("Kernels", ["ops", "remove_padding", "description"])

PLAIN = Kernels(selection.PLAIN, False, "kernels: TensorFlow's own")


def resolve_kernels(options, precision=FP32):
    """Turns what is asked for into what is used.

    Args:
      options: KernelOptions.
      precision: precision.Precision. Where XLA compiles parts of the graph, it does so for each shape anew, and without
        padding every batch has another shape.

    Returns:
      Kernels.

    Raises:
      OptionError: fused ops, or an option that requires them, are asked for and not available.
    """
    reason = loader.unavailable_reason()
    if options.use_fused_ops and reason:
        raise OptionError("--use_fused_ops: %s" % reason)
    use_fused_ops = reason is None if options.use_fused_ops is None else options.use_fused_ops
    for name in ("remove_padding", "cpu_bf16"):
        if getattr(options, name) and not use_fused_ops:
            raise OptionError(
                "--%s requires the fused ops%s"
                % (name, ": " + reason if reason else ", which --nouse_fused_ops disables")
            )
    if options.cpu_bf16:
        _check_cpu_bf16(precision)
    if not use_fused_ops:
        return PLAIN._replace(
            description="%s, padding computed (%s)"
            % (PLAIN.description, reason or "--nouse_fused_ops")
        )
    remove_padding = options.remove_padding
    if remove_padding is None:
        remove_padding = not xla_compiles(precision)
    if remove_padding:
        padding = "removed"
    elif options.remove_padding is None:
        padding = "computed (XLA compiles each shape anew; --remove_padding removes it)"
    else:
        padding = "computed (--noremove_padding)"
    return Kernels(
        selection.FUSED_BFLOAT16 if options.cpu_bf16 else selection.FUSED,
        remove_padding,
        "kernels: fused ops (%s%s), padding %s"
        % (loader.flavour(), ", matrix products in bfloat16" if options.cpu_bf16 else "", padding),
    )


def _check_cpu_bf16(precision):
    if precision.compute_type != tf.float32 or precision.amp:
        raise OptionError("--cpu_bf16 is mutually exclusive with --use_fp16 and --amp")
    reason = loader.cpu_bfloat16_unavailable_reason()
    if reason:
        raise OptionError("--cpu_bf16: %s" % reason)


def drawing(kernels, seed, place):
    """Kernels for one micro-batch, whose dropout masks are functions of the seed, the operation and the place.

    Args:
      kernels: Kernels.
      seed: int.
      place: int64 scalar tensor, the number of the micro-batch's first sample, which no other micro-batch has.
    """
    return kernels._replace(ops=selection.drawing(kernels.ops, dropout.Draws(seed, place)))
