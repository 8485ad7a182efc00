# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Independent float64 NumPy references for the fused ops, and how far an op may be from them."""

import math

import numpy as np
import tensorflow.compat.v1 as tf

# How many times the plain op's error a fused op's may be, and how many units of precision anyway. The bounds are for TensorFlow
# 1.13.1. The plain ops of later ones sum in another order and happen to be closer in places: with 2, four comparisons fail on
# 1.15.5 and seven on 2.15.1, by 3 to 40 %; with 3 and one unit, a sum of 21 rows fails on 1.15.5, by 3 %.
FACTOR, UNITS = (2.0, 1.0) if tf.VERSION.startswith("1.13.") else (3.0, 2.0)

EDGE_COLS = (1, 31, 32, 33, 768, 1023, 1024, 1025)


def rounded(array, dtype):
    """`array` as it is stored in `dtype`, in float64."""
    return np.asarray(array, np.float64).astype(dtype).astype(np.float64)


def assert_as_good_as_plain(name, fused, plain, exact, units=1.0, magnitude=None):
    """The fused op's largest error is at most FACTOR times the plain op's, or UNITS * `units` units of the type's precision.

    Args:
      name: of the result, for the message.
      fused: array of the op under test, float16 or float32.
      plain: array of the same type, from TensorFlow's own ops.
      exact: float64 reference from the same inputs.
      units: allowed anyway, in rounding units of the largest exact value.
      magnitude: what one unit of precision is relative to: for a sum that cancels, the sum of the terms' magnitudes;
        default the largest result.
    """
    fused, plain = np.asarray(fused), np.asarray(plain)
    assert fused.shape == exact.shape, "%s: shape %s, not %s" % (name, fused.shape, exact.shape)
    if exact.size == 0:
        return
    assert np.all(np.isfinite(fused)), name + " is not finite"
    error = np.max(np.abs(fused.astype(np.float64) - exact))
    plain_error = np.max(np.abs(plain.astype(np.float64) - exact))
    precision = (
        UNITS
        * units
        * np.finfo(fused.dtype).eps
        * (np.max(np.abs(exact)) if magnitude is None else magnitude)
    )
    allowed = max(FACTOR * plain_error, precision)
    assert error <= allowed, "%s: error %g, plain op %g, allowed %g" % (
        name,
        error,
        plain_error,
        allowed,
    )


def philox(seed, offset, index, rounds=7):
    """Philox4x32 blocks (Salmon et al., SC 2011), written from the paper.

    Args:
      seed: 64-bit key. offset: upper 64 bits of the counter. index: uint64 array, lower 64 bits of the counters.

    Returns:
      uint32 array of index's shape + [4].
    """
    low32, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    index = np.asarray(index, np.uint64)
    counter = [
        index & low32,
        index >> shift,
        np.full_like(index, int(offset) & 0xFFFFFFFF),
        np.full_like(index, (int(offset) >> 32) & 0xFFFFFFFF),
    ]
    key = [int(seed) & 0xFFFFFFFF, (int(seed) >> 32) & 0xFFFFFFFF]
    for _ in range(rounds):
        first = np.uint64(0xD2511F53) * counter[0]
        second = np.uint64(0xCD9E8D57) * counter[2]
        counter = [
            (second >> shift) ^ counter[1] ^ np.uint64(key[0]),
            second & low32,
            (first >> shift) ^ counter[3] ^ np.uint64(key[1]),
            first & low32,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(counter, axis=-1).astype(np.uint32)


def dropout_threshold(rate):
    """The rate in units of 1 / 65536, as the kernels round it."""
    return min(int(np.float32(rate) * np.float32(65536.0) + np.float32(0.5)), 65535)


def keep_mask(seed, offset, rows, cols, rate, first_row=0):
    """The mask that the kernels draw: bool [rows, cols], of the rows from first_row on."""
    groups = (cols + 7) // 8
    words = philox(
        seed,
        offset,
        np.arange(rows * groups, dtype=np.uint64).reshape(rows, groups)
        + np.uint64(first_row * groups),
    )
    parts = np.stack([words & np.uint32(0xFFFF), words >> np.uint32(16)], axis=-1)
    return parts.reshape(rows, groups * 8)[:, :cols] >= dropout_threshold(rate)


def keep_scale(rate):
    """The factor of kept elements: the inverse of the kept fraction."""
    return 65536.0 / (65536.0 - dropout_threshold(rate))


def layer_norm(x, gamma, beta, epsilon=1e-12):
    """LayerNorm over the last dimension, and what its gradient needs.

    Returns:
      (y [.., C], normalised x [.., C], rstd [.., 1]).
    """
    mean = x.mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + epsilon)
    normal = (x - mean) * rstd
    return normal * gamma + beta, normal, rstd


def layer_norm_gradient(dy, normal, rstd, gamma):
    """Gradients of sum(dy * y) by x, gamma and beta, from the Jacobian's closed form.

    Returns:
      (dx [.., C], dgamma [C], dbeta [C]).
    """
    g = dy * gamma
    dx = rstd * (g - g.mean(-1, keepdims=True) - normal * (g * normal).mean(-1, keepdims=True))
    rows = tuple(range(dy.ndim - 1))
    return dx, (dy * normal).sum(rows), dy.sum(rows)


def layer_norm_gradient_magnitudes(x, gamma, dy):
    """Of dx, dgamma and dbeta: all three are sums that cancel, and a rounding is relative to the sum of the terms' magnitudes.

    Returns:
      Three numbers, the largest such sum of each; Nones where there are no rows.
    """
    x, gamma, dy = [np.asarray(array, np.float64) for array in (x, gamma, dy)]
    if x.size == 0:
        return None, None, None
    _, normal, rstd = layer_norm(x, gamma, 0.0)
    g, rows = dy * gamma, tuple(range(x.ndim - 1))

    def mean(values):
        return np.mean(np.abs(values), axis=-1, keepdims=True)

    dx = rstd * (np.abs(g) + mean(g) + np.abs(normal) * mean(g * normal))
    return np.max(dx), np.max(np.abs(dy * normal).sum(rows)), np.max(np.abs(dy).sum(rows))


def normal_cdf(z):
    """P(Z <= z) of a standard normal, accurate in both tails."""
    return 0.5 * np.vectorize(math.erfc, otypes=[np.float64])(-z / math.sqrt(2.0))


def normal_density(z):
    """Density of a standard normal."""
    return np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
