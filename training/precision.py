# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The arithmetic a run uses; a request that cannot be met is an error, never a silent fallback.

fp32, manual float16 (the model casts its float32 variables, each once a step: fused_ops.weights), or automatic mixed
precision (AMP: TensorFlow rewrites the float32 graph). For AMP only TensorFlow's graph rewrite is used; loss scaling is
training.loss_scale for float16 and AMP alike. TensorFlow's loss scaling is part of Optimizer.compute_gradients and
apply_gradients: with our clipping and all-reduce between them it would clip scaled gradients, and decide per rank.
"""


import os
from collections import namedtuple

import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import rewriter_config_pb2

from fused_ops.tensorflow_versions import has_amp_rewrite
from program.options import OptionError
from training import graph_report

INITIAL_SCALE = 2.0**32  # NVIDIA's: so high that the first steps overflow, each halving it

# NVIDIA's builds enable the rewrite, loss scaling or both if these are set, without any flag (docs/interface.md §5).
_BOTH = "TF_ENABLE_AUTO_MIXED_PRECISION"
_REWRITE = "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE"
_LOSS_SCALING = "TF_ENABLE_AUTO_MIXED_PRECISION_LOSS_SCALING"

# The rewrite only knows TensorFlow's ops. Ours are added to its "gray" list: float16 between others in float16, like the
# matrix products around them. Of each, its gradient op too. "White", float16 always, would be wrong, also for
# attention: TensorFlow then tries to make float16 of an op's every output, fails on the statistics, which are float32
# whatever T is, and leaves the whole graph as it was. The embedding and optimizer ops work on float32 variables and are
# left alone. Unpack, the gradient of the stack of queries, keys and values, is one of the ops that only move values
# ("clear"), but TensorFlow's list of those has Pack alone, and attention's gradient would stay float32.
_GRAY, _CLEAR = [
    "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_%sLIST_ADD" % color for color in ("GRAY", "CLEAR")
]
_FUSED_OPS = (
    "BertAttention",
    "BertPackedAttention",
    "BertBiasDropoutResidualLayerNorm",
    "BertBiasGelu",
    "BertLayerNorm",
    "BertGatherTokens",
    "BertSoftmaxCrossEntropy",
)

# compute_type: dtype of matrix products in the graph as built. loss_scale: the initial one, None if gradients need no
# scaling. use_xla: bool. description: the log line. amp: how the graph rewrite is enabled,
# "api" or "environment"; None without AMP.
Precision = namedtuple("Precision", ["compute_type", "loss_scale", "use_xla", "description", "amp"])
Precision.__new__.__defaults__ = (None,)

FP32 = Precision(tf.float32, None, False, "precision: fp32")


def resolve_precision(options):
    """Turns what is asked for, by flag or by environment variable, into what is used.

    For AMP this changes the environment of the process: fused ops are added to the rewrite's lists, and in NVIDIA's
    builds only the rewrite stays enabled.

    Args:
      options: PrecisionOptions.

    Returns:
      A Precision.

    Raises:
      OptionError: this precision is not available; says why and what to use.
    """
    exported = [
        name
        for name in (_BOTH, _REWRITE, _LOSS_SCALING)
        if os.environ.get(name, "0") not in ("", "0")
    ]
    rewrites = [name for name in exported if name != _LOSS_SCALING]
    if options.use_fp16 and rewrites:
        raise OptionError(
            "--use_fp16 and %s=%s in the environment are mutually exclusive: unset the variable, or omit the "
            "flag for automatic mixed precision" % (rewrites[0], os.environ[rewrites[0]])
        )
    said = "".join(
        "; %s=%s is set in the environment" % (name, os.environ[name]) for name in exported
    )
    if options.use_fp16:
        what, compute_type, scale, amp = "fp16, manual (float32 variables)", tf.float16, True, None
    elif options.amp or rewrites:
        amp = _switch_on_rewrite("--amp" if options.amp else rewrites[0])
        what, compute_type, scale = "AMP, graph rewrite by %s" % _HOW[amp], tf.float32, True
    else:
        what, compute_type, scale, amp = "fp32", tf.float32, bool(exported), None
    if exported:
        _leave_loss_scaling_to_us()
    if scale:
        what += ", dynamic loss scaling from %.0f" % INITIAL_SCALE
    if options.use_xla:
        what += ", XLA requested (global JIT level 1)"
    return Precision(
        compute_type,
        INITIAL_SCALE if scale else None,
        options.use_xla,
        "precision: " + what + said,
        amp,
    )


_HOW = {
    "api": "TensorFlow %s (session configuration)" % tf.__version__,
    "environment": "NVIDIA's TensorFlow %s (%s=1)" % (tf.__version__, _REWRITE),
}


def amp_support():
    """How AMP is enabled in this TensorFlow: "api" (1.14 and later), "environment" (NVIDIA's 1.13.1) or None."""
    if has_amp_rewrite():
        return "api"
    return "environment" if os.environ.get("NVIDIA_TENSORFLOW_VERSION") else None


def configure_session(config, precision):
    """Enables what a Precision needs in a tf.ConfigProto; the same for training, evaluation and prediction."""
    if precision.use_xla:
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    if precision.amp == "api":
        # What tf.train.experimental.enable_mixed_precision_graph_rewrite sets, for this session instead of for the process.
        config.graph_options.rewrite_options.auto_mixed_precision = (
            rewriter_config_pb2.RewriterConfig.ON
        )


def xla_compiles(precision):
    """Whether XLA will compile parts of this run's graph: on a CPU, its global JIT does so only if TF_XLA_FLAGS requests it."""
    return precision.use_xla and (
        tf.test.is_built_with_cuda()
        or "tf_xla_cpu_global_jit" in os.environ.get("TF_XLA_FLAGS", "")
    )


def precision_hooks(precision):
    """SessionRunHooks that log after the first step what AMP and XLA did; none for fp32 and float16."""
    return (
        [graph_report.GraphReportHook(precision.amp is not None, precision.use_xla)]
        if (precision.amp or precision.use_xla)
        else []
    )


def _switch_on_rewrite(asked_by):
    """Prepares the environment for the rewrite; returns how it is enabled."""
    how = amp_support()
    if how is None:
        raise OptionError(
            "%s: stock TensorFlow %s has no automatic mixed precision graph rewrite (NVIDIA's 19.03 build and "
            "TensorFlow 1.14 or later have it): use --use_fp16 instead" % (asked_by, tf.__version__)
        )
    _add_to_list(_GRAY, [name + suffix for name in _FUSED_OPS for suffix in ("", "Grad")])
    _add_to_list(_CLEAR, ["Unpack"])
    if how == "environment":
        os.environ[_REWRITE] = "1"
    return how


def _add_to_list(variable, wanted):
    """Appends to one of the rewrite's lists what the user has not already put there."""
    names = [name for name in os.environ.get(variable, "").split(",") if name]
    os.environ[variable] = ",".join(names + [name for name in wanted if name not in names])


def _leave_loss_scaling_to_us():
    """NVIDIA's builds would scale the loss a second time, and divide gradients that are already unscaled."""
    os.environ.pop(_BOTH, None)
    os.environ[_LOSS_SCALING] = "0"
