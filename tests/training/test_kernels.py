# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/kernels.py: what is asked for is used or refused, and the log line says which."""

import pytest

from fused_ops import loader, selection
from program.options import OptionError
from training.kernels import resolve_kernels
from training.options import KernelOptions

MISSING = "fused ops are not built: run make -C fused_ops"


@pytest.fixture(params=[True, False])
def built(request, monkeypatch):
    """Whether the library is there, as the loader would tell."""
    monkeypatch.setattr(loader, "unavailable_reason", lambda: None if request.param else MISSING)
    monkeypatch.setattr(loader, "flavour", lambda: "CPU")
    return request.param


def test_the_default_is_fused_ops_where_they_are_built(built):
    found = resolve_kernels(KernelOptions())
    assert (found.ops, found.remove_padding) == (
        selection.FUSED if built else selection.PLAIN,
        False,
    )
    assert ("fused ops (CPU)" in found.description) == built
    assert (MISSING in found.description) == (not built)


def test_switched_off_is_off_and_said(built):
    found = resolve_kernels(KernelOptions(use_fused_ops=False))
    assert found.ops is selection.PLAIN and "TensorFlow's own" in found.description


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
