# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""attention and packed_attention: outputs and gradients against float64 NumPy, with masks, dropout and packing."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import attention, loader
from tests.ops import harness, reference

EDGE_LENGTHS = (1, 7, 63, 64, 65, 384, 512)
STATE = (1234567890123456789, -987654321)  # seed and offset of a dropout mask


def exact_attention(qkv, mask, dout, keep=None):
    """float64 attention and its gradient, one matrix at a time.

    Args:
      qkv: [B * S, 3, N, D]. mask: [B, S]. dout: [B * S, N, D].
      keep: [B, N, S, S] factors on the probabilities (0 or the inverse of the kept fraction); None: all 1.

    Returns:
      (out [B * S, N, D], dqkv like qkv).
    """
    batch, length = mask.shape
    heads, size = qkv.shape[2:]
    qkv = np.float64(qkv).reshape(batch, length, 3, heads, size)
    dout = np.float64(dout).reshape(batch, length, heads, size)
    out, dqkv = np.zeros_like(dout), np.zeros_like(qkv)
    for b in range(batch):
        for h in range(heads):
            q, k, v, do = qkv[b, :, 0, h], qkv[b, :, 1, h], qkv[b, :, 2, h], dout[b, :, h]
            scores = q.dot(k.T) / np.sqrt(size) - 10000.0 * (1.0 - mask[b])
            p = np.exp(scores - scores.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            z = 1.0 if keep is None else keep[b, h]
            out[b, :, h] = (p * z).dot(v)
            dp = do.dot(v.T) * z
            ds = p * (dp - (dp * p).sum(1, keepdims=True)) / np.sqrt(size)
            dqkv[b, :, 0, h], dqkv[b, :, 1, h], dqkv[b, :, 2, h] = (
                ds.dot(k),
                ds.T.dot(q),
                (p * z).T.dot(do),
            )
    return out.reshape(-1, heads, size), dqkv.reshape(-1, 3, heads, size)


def _inputs(batch, length, heads, size, dtype=np.float32, seed=0):
    rng = np.random.RandomState(seed)
    qkv = (1.5 * rng.randn(batch * length, 3, heads, size)).astype(dtype)
    dout = rng.randn(batch * length, heads, size).astype(dtype)
    lengths = rng.randint(1, length + 1, size=batch)
    lengths[0] = length
    mask = (np.arange(length) < lengths[:, np.newaxis]).astype(np.int32)
    return qkv, mask, dout


def _check(qkv, mask, dout):
    fused = harness.evaluate(attention.fused, [qkv, mask], dout, (0,))
    plain = harness.evaluate(attention.plain, [qkv, mask], dout, (0,))
    exact = exact_attention(qkv, mask, dout)
    reference.assert_as_good_as_plain("out", fused[0], plain[0], exact[0])
    # The op takes sum(p dp) as sum(dout out). Where few keys make p dp exact and a gradient cancels to nothing (one key:
    # to 0), the plain op is exact and this one is off by rounding.
    reference.assert_as_good_as_plain(
        "dqkv", fused[1], plain[1], exact[1], units=16 if qkv.dtype == np.float32 else 1
    )


@pytest.mark.parametrize("length", EDGE_LENGTHS)
def test_matches_reference_at_edge_lengths(cpu_isa, length):
    _check(*_inputs(2, length, 2, 64))


@pytest.mark.parametrize("length", EDGE_LENGTHS)
def test_half_matches_reference_at_edge_lengths(length):
    _check(*_inputs(1, length, 1, 32, np.float16))  # small: the plain op's half products are slow


@pytest.mark.parametrize("size", (1, 3, 16, 32, 40, 64, 80, 128, 130))
def test_any_head_size(cpu_isa, size):
    _check(*_inputs(2, 21, 3, size))


def test_longer_than_bert(cpu_isa):
    _check(*_inputs(1, 1100, 1, 64))


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_unknown_static_shape(dtype):
    qkv, mask, dout = _inputs(2, 9, 2, 8, dtype)
    fused = harness.evaluate(attention.fused, [qkv, mask], dout, (0,), static_shapes=False)
    for f, e in zip(fused, harness.evaluate(attention.fused, [qkv, mask], dout, (0,))):
        np.testing.assert_array_equal(f, e)


def test_static_shapes_are_inferred():
    with tf.Graph().as_default():
        qkv = tf.placeholder(tf.float32, [None, 3, 12, 64])
        assert attention.fused(qkv, tf.placeholder(tf.int32, [2, None])).shape.as_list() == [
            None,
            12,
            64,
        ]
        assert attention.fused_packed(qkv, tf.placeholder(tf.int32, [None]), 5).shape.as_list() == [
            None,
            12,
            64,
        ]
        unknown = tf.placeholder(tf.float32)
        assert attention.fused(unknown, tf.placeholder(tf.int32)).shape.as_list() == [
            None,
            None,
            None,
        ]


@pytest.mark.parametrize(
    "mask",
    (
        [
            [1, 1, 0, 1, 1, 0, 0, 1, 0, 0],
            [0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
        ],  # holes, and padding in front
        [
            [0] * 10,
            [0] * 9 + [1],
        ],  # no real token: softmax over all, as if none were masked; and one real token
        [
            [2, 1, 1, 2, 0, 1, 1, 2, 1, 0],
            [-1, 0, 1, 1, 1, 0, -1, 1, 1, 1],
        ],  # the formula, literally
    ),
)
def test_masks(cpu_isa, mask):
    qkv, _, dout = _inputs(2, 10, 2, 16)
    mask = np.array(mask, np.int32)
    out, dqkv = harness.evaluate(attention.fused, [qkv, mask], dout, (0,))
    exact_out, exact_dqkv = exact_attention(qkv, mask, dout)
    np.testing.assert_allclose(out, exact_out, atol=2e-6)
    np.testing.assert_allclose(dqkv, exact_dqkv, atol=4e-6)


def test_masked_keys_have_no_influence_and_no_gradient():
    qkv, mask, dout = _inputs(3, 70, 2, 32, seed=5)
    hidden = mask.reshape(-1) == 0
    other = qkv.copy()
    other[hidden, 1:] = 30.0 * np.random.RandomState(1).randn(*other[hidden, 1:].shape)
    first = harness.evaluate(attention.fused, [qkv, mask], dout, (0,))
    second = harness.evaluate(attention.fused, [other, mask], dout, (0,))
    assert hidden.any()
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    np.testing.assert_array_equal(first[1][hidden, 1:], 0.0)


def test_large_scores_neither_overflow_nor_lose_accuracy():
    qkv, mask, dout = _inputs(1, 80, 1, 64)
    qkv[:, :2] *= 12.0  # scores of some thousands
    _check(qkv, mask, dout)


def test_not_a_number_is_passed_on():
    qkv, mask, _ = _inputs(1, 20, 1, 16)
    qkv[3, 0, 0, 5] = np.nan
    out = harness.evaluate(attention.fused, [qkv, mask])[0]
    assert np.isnan(out[3]).all() and np.isfinite(np.delete(out, 3, 0)).all()
    qkv[4, 1, 0, 5] = np.nan
    assert np.isnan(harness.evaluate(attention.fused, [qkv, mask])[0]).all()


# ---- packed ----


def _packed_with_state(rate):
    """packed_attention with the dropout mask of STATE."""
    return lambda qkv, cu_seqlens, max_length: loader.library().bert_packed_attention(
        qkv=qkv,
        cu_seqlens=cu_seqlens,
        max_length=max_length,
        random_state=np.array(STATE, np.int64),
        dropout_rate=rate,
    )[0]


def _padded_with_state(rate):
    return lambda qkv, mask: loader.library().bert_attention(
        qkv=qkv, mask=mask, random_state=np.array(STATE, np.int64), dropout_rate=rate
    )[0]


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("rate", (0.0, 0.2))
def test_packed_equals_padded_at_every_real_token(cpu_isa, dtype, rate):
    length, lengths = 150, np.array([150, 1, 64, 131, 0, 49])
    rng = np.random.RandomState(3)
    mask = (np.arange(length) < lengths[:, np.newaxis]).astype(np.int32)
    real = mask.reshape(-1) == 1
    qkv = rng.randn(mask.size, 3, 2, 32).astype(dtype)
    dout = rng.randn(mask.size, 2, 32).astype(dtype)
    dout[~real] = 0.0
    padded = harness.evaluate(_padded_with_state(rate), [qkv, mask], dout, (0,))
    cu_seqlens = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    packed = harness.evaluate(
        _packed_with_state(rate), [qkv[real], cu_seqlens, np.int32(length)], dout[real], (0,)
    )
    np.testing.assert_array_equal(packed[0], padded[0][real])
    np.testing.assert_array_equal(packed[1], padded[1][real])


def test_packed_matches_reference():
    qkv, _, dout = _inputs(1, 200, 2, 64)
    pieces = [(0, 77), (77, 78), (78, 200)]
    cu_seqlens = np.int32([0, 77, 78, 200])
    out, dqkv = harness.evaluate(
        lambda x, cu: attention.fused_packed(x, cu, 122), [qkv, cu_seqlens], dout, (0,)
    )
    for begin, end in pieces:
        mask = np.ones([1, end - begin])
        exact_out, exact_dqkv = exact_attention(qkv[begin:end], mask, dout[begin:end])
        np.testing.assert_allclose(out[begin:end], exact_out, atol=5e-6)
        np.testing.assert_allclose(dqkv[begin:end], exact_dqkv, atol=2e-5)


# ---- nothing to do ----


def test_empty_batch_and_no_tokens():
    qkv, dout = np.zeros([0, 3, 2, 8], "f"), np.zeros([0, 2, 8], "f")
    for mask_shape in ((0, 5), (3, 0)):
        out, dqkv = harness.evaluate(
            attention.fused, [qkv, np.zeros(mask_shape, np.int32)], dout, (0,), static_shapes=False
        )
        assert out.shape == (0, 2, 8) and dqkv.shape == (0, 3, 2, 8)
    for cu_seqlens in ([0], [0, 0, 0]):
        out, dqkv = harness.evaluate(
            lambda x, cu: attention.fused_packed(x, cu, 4), [qkv, np.int32(cu_seqlens)], dout, (0,)
        )
        assert out.shape == (0, 2, 8) and dqkv.shape == (0, 3, 2, 8)


# ---- gradients, reproducibility ----


def test_numeric_gradient():
    qkv, _, _ = _inputs(2, 3, 1, 4)
    mask = np.array([[1, 1, 1], [1, 1, 0]], np.int32)
    assert harness.gradient_error(lambda x: attention.fused(x, mask), [qkv]) < 2e-3


def test_numeric_gradient_with_dropout():
    qkv, _, _ = _inputs(1, 4, 2, 3)
    mask = np.ones([1, 4], np.int32)
    assert harness.gradient_error(lambda x: _padded_with_state(0.4)(x, mask), [qkv]) < 2e-3


@pytest.mark.parametrize("rate", (0.0, 0.1))
def test_bit_equal_from_run_to_run_and_for_any_number_of_threads(rate):
    qkv, mask, dout = _inputs(3, 210, 4, 64)
    function = _padded_with_state(rate)
    runs = harness.evaluate(function, [qkv, mask], dout, (0,), threads=2, runs=2)
    runs.append(harness.evaluate(function, [qkv, mask], dout, (0,), threads=1))
    runs.append(harness.evaluate(function, [qkv, mask], dout, (0,), threads=7))
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


# ---- dropout ----


def _keep(batch, heads, length, rate):
    mask = reference.keep_mask(STATE[0], STATE[1], batch * heads * length, length, rate)
    return mask.reshape(batch, heads, length, length) * reference.keep_scale(rate)


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("length", (1, 65, 200))
def test_dropout_forward_and_backward_use_the_documented_mask(cpu_isa, dtype, length):
    rate = 0.15
    qkv, mask, dout = _inputs(2, length, 3, 20, dtype)
    out, dqkv = harness.evaluate(_padded_with_state(rate), [qkv, mask], dout, (0,))
    exact_out, exact_dqkv = exact_attention(qkv, mask, dout, _keep(2, 3, length, rate))
    unit = 4e-6 if dtype == np.float32 else 4e-3
    np.testing.assert_allclose(out, exact_out, atol=unit)
    np.testing.assert_allclose(dqkv, exact_dqkv, atol=4 * unit)


def _dropped_fraction_and_scale(seed, rate=0.1, runs=2):
    """Uniform probabilities over 256 keys and V the unit matrix: the op's result is its dropout mask."""
    length = 256
    qkv = np.zeros([length, 3, 1, length], "f")
    qkv[:, 2, 0, :] = np.eye(length)
    mask = np.ones([1, length], np.int32)
    return [
        run[0][:, 0, :] * length
        for run in harness.evaluate(
            lambda x, m: attention.fused(x, m, rate, seed=seed), [qkv, mask], runs=runs
        )
    ]


def test_dropout_statistics_and_seeds():
    first, second = _dropped_fraction_and_scale(seed=11)
    for run in (first, second):
        kept = run != 0.0
        # 65536 independent elements: the standard error of the fraction is 0.0012.
        assert abs(kept.mean() - 0.9) < 0.006
        np.testing.assert_allclose(run[kept], reference.keep_scale(0.1), rtol=1e-6)
        # Rows and columns are as different as independent draws: each mean is within 5.5 standard errors.
        assert np.abs(kept.mean(0) - 0.9).max() < 0.104 and np.abs(kept.mean(1) - 0.9).max() < 0.104
    assert (first != second).mean() > 0.1  # another step, another mask
    again = _dropped_fraction_and_scale(seed=11)
    np.testing.assert_array_equal(first, again[0])
    np.testing.assert_array_equal(second, again[1])
    assert (first != _dropped_fraction_and_scale(seed=12)[0]).mean() > 0.1


def test_heads_and_sequences_drop_different_elements():
    keep = _keep(2, 2, 40, 0.5).reshape(4, -1)
    for i in range(4):
        for j in range(i):
            assert 0.4 < (keep[i] != keep[j]).mean() < 0.6


# ---- arguments ----


def test_wrong_arguments_are_refused_with_a_message():
    qkv, mask, dout = _inputs(2, 6, 2, 4)
    invalid = tf.errors.InvalidArgumentError

    def refused(match, function, inputs, error=invalid, static_shapes=False):
        with pytest.raises(error, match=match):
            harness.evaluate(function, inputs, static_shapes=static_shapes)

    refused(
        r"mask must have shape \[B, S\] with B \* S the 12 tokens.*\[2,5\]",
        attention.fused,
        [qkv, mask[:, :5]],
    )
    refused(r"mask must have shape", attention.fused, [qkv, mask.reshape(-1)])
    refused(
        r"qkv must have shape \[tokens, 3, heads, head_size\].*\[12,2,2,4\]",
        attention.fused,
        [qkv[:, :2], mask],
    )
    refused(r"qkv must have shape", attention.fused, [qkv[0], mask])
    refused("must be 3", attention.fused, [qkv[:, :2], mask], ValueError, True)
    refused("must be rank 4", attention.fused, [qkv[0], mask], ValueError, True)
    refused("int32", attention.fused, [qkv, mask.astype(np.float32)], TypeError)
    refused("float64", attention.fused, [qkv.astype(np.float64), mask], TypeError)
    refused(
        r"rate 1\.0 is not in \[0, 1\)",
        lambda x, m: attention.fused(x, m, 1.0),
        [qkv, mask],
        ValueError,
    )
    refused(
        r"random_state must have shape \[2\]",
        lambda x, m, state: loader.library().bert_attention(
            qkv=x, mask=m, random_state=state, dropout_rate=0.1
        )[0],
        [qkv, mask, np.int64([1, 2, 3])],
    )

    def packed(cu_seqlens, max_length=12):
        return lambda x: attention.fused_packed(
            x, tf.placeholder_with_default(np.int32(cu_seqlens), None), max_length
        )

    refused(r"cu_seqlens must go from 0 to the 12 tokens.*from 0 to 11", packed([0, 11]), [qkv])
    refused(r"from 1 to 12", packed([1, 12]), [qkv])
    refused(r"cu_seqlens has no sequence for the 12 tokens", packed([0]), [qkv])
    refused(r"sequence 1 has -2 tokens", packed([0, 8, 6, 12]), [qkv])
    refused(
        r"sequence 0 has 8 tokens; it must have 0 to max_length = 7", packed([0, 8, 12], 7), [qkv]
    )
    refused(r"max_length must be a scalar of at least 1", packed([0, 12], 0), [qkv])
    refused(r"cu_seqlens must have shape \[B \+ 1\]", packed([[0, 12]]), [qkv])


def test_gradient_refuses_foreign_shapes():
    qkv, mask, dout = _inputs(2, 6, 2, 4)
    state = np.zeros(2, np.int64)
    statistics = np.zeros([2, 2, 12], np.float32)

    def gradient(**changed):
        values = dict(
            dict(dout=dout, qkv=qkv, out=dout, statistics=statistics, mask=mask), **changed
        )
        names = sorted(values)

        def call(*tensors):
            return loader.library().bert_attention_grad(
                random_state=state, dropout_rate=0.0, **dict(zip(names, tensors))
            )

        harness.evaluate(call, [values[name] for name in names], static_shapes=False)

    gradient()
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="dout and out must have the same shape"
    ):
        gradient(dout=dout[:5])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"out must have shape \[12,2,4\]"):
        gradient(out=dout[:, :1])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"statistics must have shape \[2,2,12\]"
    ):
        gradient(statistics=statistics[:, :1])
