# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/precision.py: what is asked for is what is used, or an error."""

import pytest
import tensorflow.compat.v1 as tf

from training import precision as precisions
from training.options import OptionError
from training.options import PrecisionOptions


@pytest.fixture(autouse=True)
def no_amp_in_environment(monkeypatch):
  for name in ("TF_ENABLE_AUTO_MIXED_PRECISION", "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE",
               "TF_ENABLE_AUTO_MIXED_PRECISION_LOSS_SCALING", "NVIDIA_TENSORFLOW_VERSION"):
    monkeypatch.delenv(name, raising=False)


def test_fp32():
  precision = precisions.resolve(PrecisionOptions())
  assert (precision.compute_type, precision.loss_scale, precision.use_xla) == (tf.float32, None, False)
  assert precision.description == "precision: fp32"


def test_xla_is_passed_on_and_said():
  precision = precisions.resolve(PrecisionOptions(use_xla=True))
  assert precision.use_xla and "XLA" in precision.description


def test_fp16_is_refused_with_one_line():
  with pytest.raises(OptionError, match="--use_fp16 is not built yet"):
    precisions.resolve(PrecisionOptions(use_fp16=True))


def test_amp_on_a_stock_build_without_it_names_use_fp16(monkeypatch):
  monkeypatch.setattr(precisions, "amp_support", lambda: None)
  with pytest.raises(OptionError, match="stock TensorFlow %s has no automatic mixed precision.*--use_fp16"
                     % tf.__version__.replace(".", r"\.")):
    precisions.resolve(PrecisionOptions(amp=True))


def test_amp_support_of_this_build(monkeypatch):
  expected = None if tf.__version__.startswith("1.13.") else "api"
  assert precisions.amp_support() == expected
  monkeypatch.setenv("NVIDIA_TENSORFLOW_VERSION", "19.03")
  assert precisions.amp_support() == "environment"


@pytest.mark.parametrize("name", ["TF_ENABLE_AUTO_MIXED_PRECISION", "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE"])
def test_amp_by_environment_is_not_silent(monkeypatch, name):
  monkeypatch.setenv(name, "1")
  with pytest.raises(OptionError, match="%s is set" % name):
    precisions.resolve(PrecisionOptions())
  monkeypatch.setenv(name, "0")
  assert precisions.resolve(PrecisionOptions()).compute_type == tf.float32
