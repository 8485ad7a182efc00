# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The vector functions under the CPU kernels: the errors their comments state, tails, half conversion, dropout bits."""

import ctypes
import os
import subprocess

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.ops import reference

FLAGS = {
    "baseline": ["-msse2"],
    "avx2": ["-mavx2", "-mfma", "-mf16c"],
    "avx512": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx2", "-mfma", "-mf16c"],
}
WIDTH = {"baseline": 4, "avx2": 8, "avx512": 16}


@pytest.fixture(scope="module", params=sorted(FLAGS))
def probe(request, tmp_path_factory):
    """The functions compiled for one instruction set."""
    with open("/proc/cpuinfo") as cpuinfo:
        flags = cpuinfo.read()
    if {"baseline": "sse2", "avx2": "avx2", "avx512": "avx512bw"}[request.param] not in flags:
        pytest.skip("this processor has no " + request.param)
    path = str(tmp_path_factory.mktemp(request.param) / "probe.so")
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(
        ["g++", "-std=c++14", "-O2", "-shared", "-fPIC", "-ffp-contract=fast", "-w"]
        + FLAGS[request.param]
        + [
            "-I" + os.path.join(ROOT, "fused_ops", "csrc"),
            "-o",
            path,
            os.path.join(here, "simd_probe.cc"),
        ],
        check=True,
    )
    library = ctypes.CDLL(path)
    library.probe_keep_bytes.restype = ctypes.c_int64
    library.probe_sum_max.restype = ctypes.c_float
    assert library.probe_width() == WIDTH[request.param]
    return library


def _apply(function, x, *types):
    """Calls a probe that maps an array to arrays of the given types."""
    x = np.ascontiguousarray(x)
    results = [np.full(x.shape, 77, dtype) for dtype in types]
    function(
        *(
            [x.ctypes.data_as(ctypes.c_void_p)]
            + [y.ctypes.data_as(ctypes.c_void_p) for y in results]
            + [ctypes.c_int64(x.size)]
        )
    )
    return results if len(results) > 1 else results[0]


def test_exp_is_as_exact_as_its_comment_says(probe):
    x = np.linspace(-87.33, 88.37, 400001).astype(np.float32)
    exact = np.exp(np.float64(x))
    assert np.max(np.abs(_apply(probe.probe_exp, x, np.float32) / exact - 1.0)) < 2e-7


def test_exp_beyond_its_range(probe):
    x = np.array([-np.inf, -1e4, -104.0, -87.34, 88.73, 1e4, np.inf, np.nan, 0.0], np.float32)
    y = _apply(probe.probe_exp, x, np.float32)
    np.testing.assert_array_equal(y, [0.0, 0.0, 0.0, 0.0, np.inf, np.inf, np.inf, np.nan, 1.0])


def test_normal_distribution_is_as_exact_as_its_comment_says(probe):
    x = np.linspace(-9.0, 9.0, 100001).astype(np.float32)
    exact = reference.normal_cdf(np.float64(x))
    cdf, density = _apply(probe.probe_normal, x, np.float32, np.float32)
    assert np.max(np.abs(cdf - exact)) < 2.5e-7
    assert np.max(np.abs(cdf / exact - 1.0)[x > -6.0]) < 3e-6
    assert np.max(np.abs(density - reference.normal_density(np.float64(x)))) < 1e-7


def test_half_conversion_of_every_half(probe):
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    with np.errstate(invalid="ignore"):
        floats = _apply(probe.probe_from_half, halves, np.float32)
        np.testing.assert_array_equal(floats, halves.astype(np.float32))
        np.testing.assert_array_equal(_apply(probe.probe_to_half, floats, np.float16), halves)


def test_half_conversion_rounds_to_nearest_even(probe):
    halves = np.arange(0, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    middles = ((halves[1:] + halves[:-1]) / 2.0).astype(np.float32)
    x = np.concatenate(
        [
            middles,
            np.nextafter(middles, np.float32(0)),
            np.nextafter(middles, np.float32(1e9)),
            [65519.0, 65520.0, 1e9, 1e-9, -1e-9, -65520.0],
        ]
    ).astype(np.float32)
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16)
    np.testing.assert_array_equal(
        _apply(probe.probe_to_half, x, np.float16).view(np.uint16), expected.view(np.uint16)
    )


@pytest.mark.parametrize("size", range(1, 34))
def test_tails_touch_only_their_elements(probe, size):
    for dtype in (np.float32, np.float16):
        function = probe.probe_to_half if dtype == np.float16 else probe.probe_exp
        x = np.linspace(-1.0, 1.0, 64).astype(np.float32)
        y = np.full(64, 77.0, dtype)
        function(
            x.ctypes.data_as(ctypes.c_void_p),
            y.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int64(size),
        )
        np.testing.assert_array_equal(y[size:], np.full(64 - size, 77.0, dtype))
        expected = x if dtype == np.float16 else np.exp(x)
        np.testing.assert_allclose(y[:size], expected[:size], rtol=1e-3)


def test_sum_and_largest_lane(probe):
    x = np.arange(1.0, 17.0, dtype=np.float32)[::-1].copy()[-probe.probe_width() :]
    pointer = x.ctypes.data_as(ctypes.c_void_p)
    assert probe.probe_sum_max(pointer, 0) == x.sum() and probe.probe_sum_max(pointer, 1) == x.max()


# The third row's groups are numbered across 2^32: the carry into the counter's second word.
@pytest.mark.parametrize("row", (0, 1, 5, 2**32 // 5, 2**40))
@pytest.mark.parametrize("cols", (1, 8, 39, 128, 129, 768, 1000))
@pytest.mark.parametrize("rate", (0.1, 0.5, 0.0))
def test_dropout_bits_are_those_of_the_paper(probe, row, cols, rate):
    seed, offset = -1234567890123456789, 9876543210987654321 - 2**64
    bits = np.zeros(probe.probe_keep_bytes(ctypes.c_int64(cols)), np.uint8)
    kept = np.full(cols, 77.0, np.float32)
    probe.probe_keep(
        ctypes.c_int64(seed),
        ctypes.c_int64(offset),
        ctypes.c_float(rate),
        ctypes.c_int64(row),
        ctypes.c_int64(cols),
        bits.ctypes.data_as(ctypes.c_void_p),
        kept.ctypes.data_as(ctypes.c_void_p),
    )
    np.testing.assert_array_equal(
        kept != 0.0, reference.keep_mask(seed, offset, 1, cols, rate, first_row=row)[0]
    )


def test_reference_philox_gives_the_published_numbers():
    # Known answers of the authors' Random123 distribution (kat_vectors), 7 and 10 rounds.
    def words(seed, offset, index, rounds):
        return [
            "%08x" % word
            for word in reference.philox(seed, offset, np.array(index, np.uint64), rounds)
        ]

    assert words(0, 0, 0, 7) == ["5f6fb709", "0d893f64", "4f121f81", "4f730a48"]
    assert words(0, 0, 0, 10) == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]
    ones = 2**64 - 1
    assert words(ones, ones, ones, 10) == ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]
