# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The choice of a run's kernels, made once: by default the fused ones if they are built, without padding; the log says which."""


from collections import namedtuple

from fused_ops import dropout, loader, selection
from program.options import OptionError

# ops: fused_ops.selection.Ops, for the model, its heads and the optimizer. remove_padding: bool, for BertModel.
# description: the log line.
Kernels = namedtuple("Kernels", ["ops", "remove_padding", "description"])

PLAIN = Kernels(selection.PLAIN, False, "kernels: TensorFlow's own")


def resolve_kernels(options, xla_compiles=False):
    """Turns what is asked for into what is used.

    Args:
      options: KernelOptions.
      xla_compiles: bool, XLA will compile parts of the graph, for each shape anew (precision.xla_compiles): without
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
    if options.remove_padding and not use_fused_ops:
        raise OptionError(
            "--remove_padding requires the fused ops%s"
            % (": " + reason if reason else ", which --nouse_fused_ops disables")
        )
    if not use_fused_ops:
        return PLAIN._replace(
            description="%s, padding computed (%s)"
            % (PLAIN.description, reason or "--nouse_fused_ops")
        )
    remove_padding = not xla_compiles if options.remove_padding is None else options.remove_padding
    if remove_padding:
        padding = "removed"
    elif options.remove_padding is None:
        padding = "computed (XLA compiles each shape anew; --remove_padding removes it)"
    else:
        padding = "computed (--noremove_padding)"
    return Kernels(
        selection.FUSED,
        remove_padding,
        "kernels: fused ops (%s), padding %s" % (loader.flavour(), padding),
    )


def drawing(kernels, seed, place):
    """Kernels for one micro-batch, whose dropout masks are functions of the seed, the operation and the place.

    Args:
      kernels: Kernels.
      seed: int.
      place: int64 scalar tensor, the number of the micro-batch's first sample, which no other micro-batch has.
    """
    return kernels._replace(ops=selection.drawing(kernels.ops, dropout.Draws(seed, place)))
