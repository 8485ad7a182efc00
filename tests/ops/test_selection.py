# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""fused_ops/selection.py: each function of the chosen object is that of its module, with one signature in both forms."""

import importlib
import inspect

import pytest

from fused_ops import attention, loader, selection

NAMES = [name for name in selection.Ops._fields if name != "packed_attention"]


@pytest.mark.parametrize("name", NAMES)
def test_plain_and_fused_stand_in_one_module_with_one_signature(name):
    module = importlib.import_module("fused_ops." + name)
    plain, fused = getattr(selection.PLAIN, name), getattr(selection.FUSED, name)
    assert plain is module.plain and fused is module.fused
    assert inspect.signature(plain) == inspect.signature(fused)


def test_only_the_fused_ops_have_attention_without_padding():
    assert selection.PLAIN.packed_attention is None
    assert selection.FUSED.packed_attention is attention.fused_packed


def test_with_bfloat16_products_only_these_differ():
    for name, fused in selection.FUSED._asdict().items():
        bfloat16 = getattr(selection.FUSED_BFLOAT16, name)
        if name in ("matmul", "qkv_projection"):
            module = importlib.import_module("fused_ops." + name)
            assert bfloat16 is module.fused_bfloat16
            assert inspect.signature(bfloat16) == inspect.signature(fused)
        else:
            assert bfloat16 is fused


def test_select():
    assert selection.select(False) is selection.PLAIN
    assert selection.select(True) is selection.FUSED


def test_fused_ops_that_are_not_built_are_an_error(monkeypatch):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: "fused ops are not built: run make")
    with pytest.raises(loader.FusedOpsError, match="fused ops are not built: run make"):
        selection.select(True)
    assert selection.select(False) is selection.PLAIN
