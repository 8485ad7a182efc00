# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Which arithmetic a run really uses: asked for and not there is an error, never a silent fallback."""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from collections import namedtuple
import os

import tensorflow.compat.v1 as tf

from training.options import OptionError

# NVIDIA's builds rewrite the graph when one of these is set, without any flag (INTERFACE §5).
_AMP_VARIABLES = ("TF_ENABLE_AUTO_MIXED_PRECISION",
                  "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE",
                  "TF_ENABLE_AUTO_MIXED_PRECISION_LOSS_SCALING")

# compute_type: dtype of matrix products. loss_scale: None where gradients need no scaling. use_xla: bool.
# description: the log line that says what is active.
Precision = namedtuple("Precision", ["compute_type", "loss_scale", "use_xla", "description"])


def resolve(options):
  """Turns what was asked for into what is used.

  Args:
    options: PrecisionOptions.

  Returns:
    A Precision.

  Raises:
    OptionError: this precision cannot be had; says why and what to use.
  """
  if options.amp:
    _refuse_amp()
  if options.use_fp16:
    raise OptionError("--use_fp16 is not built yet: leave it out to run in fp32")
  exported = [name for name in _AMP_VARIABLES if os.environ.get(name, "0") not in ("", "0")]
  if exported:
    raise OptionError("%s is set in the environment but automatic mixed precision is not built yet: unset it "
                      "to run in fp32" % exported[0])
  return Precision(
      compute_type=tf.float32, loss_scale=None, use_xla=options.use_xla,
      description="precision: fp32%s" % (", XLA requested (global JIT level 1)" if options.use_xla else ""))


def amp_support():
  """How this TensorFlow does AMP: "environment" (NVIDIA's builds), "api" (1.14 and later) or None."""
  if os.environ.get("NVIDIA_TENSORFLOW_VERSION"):
    return "environment"
  experimental = getattr(tf.train, "experimental", None)
  return "api" if hasattr(experimental, "enable_mixed_precision_graph_rewrite") else None


def _refuse_amp():
  if amp_support() is None:
    raise OptionError(
        "--amp: stock TensorFlow %s has no automatic mixed precision graph rewrite (NVIDIA's 19.03 build and "
        "TensorFlow 1.14 or later have it): use --use_fp16 instead" % tf.__version__)
  raise OptionError("--amp is not built yet: leave it out to run in fp32")
