# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/precision.py: what is asked for is what is used, or an error."""

import os

import pytest
import tensorflow.compat.v1 as tf

from program.options import OptionError
from training.options import PrecisionOptions
from training.precision import (
    _FUSED_OPS,
    amp_support,
    configure_session,
    precision_hooks,
    resolve_precision,
    xla_compiles,
)

BOTH, REWRITE, SCALING = [
    "TF_ENABLE_AUTO_MIXED_PRECISION" + suffix for suffix in ("", "_GRAPH_REWRITE", "_LOSS_SCALING")
]
WHITE, GRAY, CLEAR = [
    "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_%sLIST_ADD" % color
    for color in ("WHITE", "GRAY", "CLEAR")
]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No AMP variable at first, and none left behind."""
    for name in (BOTH, REWRITE, SCALING, WHITE, GRAY, CLEAR, "NVIDIA_TENSORFLOW_VERSION"):
        monkeypatch.setenv(name, "")  # so that what the program sets is undone
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture(params=["api", "environment"])
def support(request, monkeypatch):
    """As if this TensorFlow had the rewrite, in either way."""
    monkeypatch.setattr("training.precision.amp_support", lambda: request.param)
    return request.param


def test_fp32():
    precision = resolve_precision(PrecisionOptions())
    assert precision == (tf.float32, None, False, "precision: fp32", None)
    assert precision_hooks(precision) == []


@pytest.mark.parametrize("cuda", [False, True])
@pytest.mark.parametrize("xla_flags", ["", "--tf_xla_cpu_global_jit"])
def test_xla_compiles_nothing_on_a_cpu_unless_the_environment_says_so(monkeypatch, cuda, xla_flags):
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: cuda)
    monkeypatch.setenv("TF_XLA_FLAGS", xla_flags)
    requested = resolve_precision(PrecisionOptions(use_xla=True))
    assert xla_compiles(requested) == (cuda or bool(xla_flags))
    assert not xla_compiles(resolve_precision(PrecisionOptions()))


def test_fp16_is_manual_with_loss_scaling():
    precision = resolve_precision(PrecisionOptions(use_fp16=True))
    assert (precision.compute_type, precision.loss_scale, precision.amp) == (
        tf.float16,
        2.0**32,
        None,
    )
    assert precision.description == (
        "precision: fp16, manual (float32 variables), dynamic loss scaling from 4294967296"
    )


def test_xla_is_passed_on_and_said():
    precision = resolve_precision(PrecisionOptions(use_xla=True))
    assert precision.description == "precision: fp32, XLA requested (global JIT level 1)"
    config = tf.ConfigProto()
    configure_session(config, precision)
    assert config.graph_options.optimizer_options.global_jit_level == tf.OptimizerOptions.ON_1
    assert len(precision_hooks(precision)) == 1


def test_amp_on_a_build_without_it_says_why_and_names_use_fp16(monkeypatch):
    monkeypatch.setattr("training.precision.amp_support", lambda: None)
    with pytest.raises(
        OptionError,
        match="--amp: stock TensorFlow %s has no automatic mixed precision.*--use_fp16"
        % tf.__version__.replace(".", r"\."),
    ):
        resolve_precision(PrecisionOptions(amp=True))


def test_amp_support_of_this_build(monkeypatch):
    old = tf.__version__.startswith("1.13.")
    assert amp_support() == (None if old else "api")
    monkeypatch.setenv("NVIDIA_TENSORFLOW_VERSION", "19.03")
    assert amp_support() == ("environment" if old else "api")


def test_amp(support):
    precision = resolve_precision(PrecisionOptions(amp=True))
    assert (precision.compute_type, precision.loss_scale, precision.amp) == (
        tf.float32,
        2.0**32,
        support,
    )
    assert (
        "AMP, graph rewrite by" in precision.description
        and "loss scaling from 4294967296" in precision.description
    )
    assert os.environ.get(REWRITE) == ("1" if support == "environment" else None)
    assert len(precision_hooks(precision)) == 1


@pytest.mark.skipif(amp_support() != "api", reason="this TensorFlow has no graph rewrite")
def test_rewrite_is_switched_on_in_the_session():
    config = tf.ConfigProto()
    configure_session(config, resolve_precision(PrecisionOptions(amp=True)))
    assert config.graph_options.rewrite_options.auto_mixed_precision == 1  # RewriterConfig.ON


def test_fused_ops_join_what_the_user_put_on_the_list(support, monkeypatch):
    monkeypatch.setenv(GRAY, "MyOp,BertAttention")
    resolve_precision(PrecisionOptions(amp=True))
    names = os.environ[GRAY].split(",")
    assert names[:4] == ["MyOp", "BertAttention", "BertAttentionGrad", "BertPackedAttention"]
    assert {"BertLayerNorm", "BertLayerNormGrad"} <= set(names) and len(set(names)) == len(names)
    assert os.environ[CLEAR] == "Unpack"
    assert WHITE not in os.environ  # ops with a float32 output make the rewrite fail there


def test_every_fused_op_with_a_type_is_on_the_list(repo_root):
    """A new op that the rewrite does not know would keep its neighbours in float32, silently."""
    typed = set()
    for name in os.listdir(os.path.join(repo_root, "fused_ops", "csrc", "ops")):
        if name.endswith("_op.cc") and name not in ("embedding_op.cc",):
            with open(os.path.join(repo_root, "fused_ops", "csrc", "ops", name)) as stream:
                text = stream.read()
            for part in text.split('REGISTER_OP("')[1:]:
                if "Attr(FUSED_OPS_T)" in part:
                    typed.add(part.split('"')[0])
    listed = {name + suffix for name in _FUSED_OPS for suffix in ("", "Grad")}
    assert typed and typed <= listed, typed - listed


@pytest.mark.parametrize("name", [BOTH, REWRITE])
def test_exported_variable_gives_amp_without_a_flag_and_is_said(support, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    precision = resolve_precision(PrecisionOptions())
    assert precision.amp == support and precision.loss_scale
    assert precision.description.endswith("; %s=1 is set in the environment" % name)
    # NVIDIA's own loss scaling would act on gradients that this program has scaled already.
    assert BOTH not in os.environ and os.environ[SCALING] == "0"
    if support == "environment":
        assert os.environ[REWRITE] == "1"


def test_exported_loss_scaling_alone_scales_the_loss_in_fp32(monkeypatch):
    monkeypatch.setenv(SCALING, "1")
    precision = resolve_precision(PrecisionOptions())
    assert (precision.compute_type, precision.loss_scale, precision.amp) == (
        tf.float32,
        2.0**32,
        None,
    )
    assert (
        "fp32, dynamic loss scaling" in precision.description
        and SCALING + "=1 is set" in precision.description
    )
    assert os.environ[SCALING] == "0"


@pytest.mark.parametrize("name", [BOTH, REWRITE])
def test_exported_variable_where_there_is_no_amp_is_not_silent(monkeypatch, name):
    monkeypatch.setattr("training.precision.amp_support", lambda: None)
    monkeypatch.setenv(name, "1")
    with pytest.raises(OptionError, match="^%s: stock TensorFlow .* use --use_fp16 instead" % name):
        resolve_precision(PrecisionOptions())
    monkeypatch.setenv(name, "0")
    assert resolve_precision(PrecisionOptions()).description == "precision: fp32"


def test_fp16_by_flag_and_amp_by_environment_exclude_each_other(support, monkeypatch):
    monkeypatch.setenv(BOTH, "1")
    with pytest.raises(
        OptionError, match="--use_fp16 and %s=1 in the environment are mutually exclusive" % BOTH
    ):
        resolve_precision(PrecisionOptions(use_fp16=True))
