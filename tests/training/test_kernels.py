# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/kernels.py: what is asked for is used or refused, and the log line says which."""

from inspect import signature

import pytest
import tensorflow.compat.v1 as tf

from fused_ops import loader, selection
from program.options import OptionError
from training import kernels
from training.kernels import PLAIN, drawing, resolve_kernels
from training.options import KernelOptions
from training.precision import FP32

XLA = FP32._replace(use_xla=True)
MISSING = "fused ops are not built: run make -C fused_ops"


@pytest.fixture(params=[True, False])
def built(request, monkeypatch):
    """Whether the library is there, as the loader would tell."""
    monkeypatch.setattr(loader, "unavailable_reason", lambda: None if request.param else MISSING)
    monkeypatch.setattr(loader, "flavour", lambda: "CPU")
    return request.param


def test_the_default_is_fused_ops_without_padding_where_they_are_built(built):
    found = resolve_kernels(KernelOptions())
    assert (found.ops, found.remove_padding) == (
        (selection.FUSED, True) if built else (selection.PLAIN, False)
    )
    assert found.description == (
        "kernels: fused ops (CPU), padding removed"
        if built
        else "kernels: TensorFlow's own, padding computed (%s)" % MISSING
    )


def test_switched_off_is_off_and_said(built):
    found = resolve_kernels(KernelOptions(use_fused_ops=False))
    assert found.ops is selection.PLAIN and not found.remove_padding
    assert "TensorFlow's own, padding computed" in found.description


@pytest.mark.parametrize(
    "remove_padding,removed,said",
    [
        (None, False, "padding computed (XLA compiles each shape anew; --remove_padding"),
        (True, True, "padding removed"),
        (False, False, "padding computed (--noremove_padding)"),
    ],
)
def test_xla_gets_batches_of_one_shape_unless_asked_otherwise(
    monkeypatch, remove_padding, removed, said
):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: None)
    monkeypatch.setattr(loader, "flavour", lambda: "CPU")
    monkeypatch.setattr(kernels, "xla_compiles", lambda precision: precision.use_xla)
    found = resolve_kernels(KernelOptions(remove_padding=remove_padding), XLA)
    assert found.ops is selection.FUSED and found.remove_padding == removed
    assert said in found.description


@pytest.mark.parametrize("remove_padding", [False, True])
def test_asked_for_and_not_there_is_an_error_with_the_command(built, remove_padding):
    options = KernelOptions(use_fused_ops=True, remove_padding=remove_padding)
    if built:
        found = resolve_kernels(options)
        assert found.ops is selection.FUSED and found.remove_padding == remove_padding
        assert ("padding removed" in found.description) == remove_padding
    else:
        with pytest.raises(OptionError, match="make -C fused_ops"):
            resolve_kernels(options)


@pytest.mark.parametrize("use_fused_ops", [None, False])
def test_padding_is_not_removed_without_fused_ops(built, use_fused_ops):
    options = KernelOptions(use_fused_ops=use_fused_ops, remove_padding=True)
    if built and use_fused_ops is None:
        assert resolve_kernels(options).remove_padding
    else:
        with pytest.raises(OptionError, match="--remove_padding requires the fused ops"):
            resolve_kernels(options)


def test_bfloat16_products_where_the_processor_has_them(built, monkeypatch):
    monkeypatch.setattr(loader, "cpu_bfloat16_unavailable_reason", lambda: None)
    if built:
        found = resolve_kernels(KernelOptions(cpu_bf16=True))
        assert found.ops is selection.FUSED_BFLOAT16
        assert found.description == (
            "kernels: fused ops (CPU, matrix products in bfloat16), padding removed"
        )
    else:
        with pytest.raises(OptionError, match="--cpu_bf16 requires the fused ops: " + MISSING):
            resolve_kernels(KernelOptions(cpu_bf16=True))


@pytest.mark.parametrize(
    "options,precision,said",
    [
        ({}, FP32, "--cpu_bf16: no instructions"),
        ({"use_fused_ops": False}, FP32, "fused ops, which --nouse_fused_ops disables"),
        ({}, FP32._replace(compute_type=tf.float16), "exclusive with --use_fp16 and --amp"),
        ({}, FP32._replace(amp="api"), "exclusive with --use_fp16 and --amp"),
    ],
)
def test_bfloat16_products_are_refused_where_they_cannot_be(monkeypatch, options, precision, said):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: None)
    monkeypatch.setattr(loader, "cpu_bfloat16_unavailable_reason", lambda: "no instructions")
    with pytest.raises(OptionError, match=said):
        resolve_kernels(KernelOptions(cpu_bf16=True, **options), precision)


@pytest.mark.parametrize("ops", [selection.PLAIN, selection.FUSED])
def test_drawing_gives_every_dropout_a_seed_in_the_order_of_the_graph(ops):
    given = []

    def note(*unused, **kwargs):
        given.append(kwargs.get("seed"))

    noting = ops._replace(**{name: note for name, op in ops._asdict().items() if op is not None})
    with tf.Graph().as_default(), tf.Session() as session:
        made = drawing(PLAIN._replace(ops=noting), 5, tf.constant(9, tf.int64)).ops
        for name, op in made._asdict().items():
            if op is not None:
                op("x", 0.1)
        seeds = [session.run(seed).tolist() for seed in given if seed is not None]
    with_dropout = [
        op for op in ops if op is not None and "dropout_rate" in signature(op).parameters
    ]
    assert len(seeds) == len(with_dropout) == (3 if ops is selection.PLAIN else 4)
    assert len({key for key, _ in seeds}) == len(seeds) and {place for _, place in seeds} == {9}
