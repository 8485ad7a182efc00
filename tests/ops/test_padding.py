# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Packing and unpacking of padded batches, with gradients."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import padding
from tests.ops import harness

LENGTHS = (1, 7, 63, 64, 65, 384, 512)


def _prefix_mask(lengths, width):
    return (np.arange(width)[None, :] < np.array(lengths)[:, None]).astype(np.int32)


def _find(mask):
    return harness.evaluate(padding.find_padding, [mask], static_shapes=False)


@pytest.mark.parametrize("width", LENGTHS)
def test_indices_of_prefix_masks(width):
    lengths = [width, 1, 0, (width + 1) // 2]
    token_index, row_index, cu_seqlens = _find(_prefix_mask(lengths, width))
    expected = [b * width + s for b, length in enumerate(lengths) for s in range(length)]
    np.testing.assert_array_equal(token_index, expected)
    np.testing.assert_array_equal(cu_seqlens, np.cumsum([0] + lengths))
    inverse = np.full(4 * width, -1)
    inverse[expected] = np.arange(len(expected))
    np.testing.assert_array_equal(row_index, inverse)


def test_indices_of_a_mask_with_holes_and_other_values():
    token_index, row_index, cu_seqlens = _find(
        np.array([[0, 2, 0, -1], [0, 0, 0, 0], [1, 0, 0, 1]], np.int32)
    )
    np.testing.assert_array_equal(token_index, [1, 3, 8, 11])
    np.testing.assert_array_equal(cu_seqlens, [0, 2, 2, 4])
    np.testing.assert_array_equal(row_index, [-1, 0, -1, 1, -1, -1, -1, -1, 2, -1, -1, 3])


@pytest.mark.parametrize("shape", ((0, 5), (3, 0)))
def test_empty_batch(shape):
    token_index, row_index, cu_seqlens = _find(np.ones(shape, np.int32))
    assert token_index.shape == row_index.shape == (0,)
    np.testing.assert_array_equal(cu_seqlens, np.zeros(shape[0] + 1))


@pytest.mark.parametrize("dtype", (np.int32, np.int64))
def test_positions_are_found_among_the_real_tokens(dtype):
    mask = _prefix_mask([4, 1, 0, 5], 5)
    positions = np.array([[3, 1, 3], [0, 4, 0], [2, 2, 2], [4, 0, 1]], dtype)

    def find(positions, mask):
        return padding.find_positions(positions, 5, padding.find_padding(mask))

    token_index, row_index, cu_seqlens = harness.evaluate(
        find, [positions, mask], static_shapes=False
    )
    # The tokens are those of positions 0 to 3 of the first sequence, 0 of the second, 0 to 4 of the last.
    np.testing.assert_array_equal(token_index, [0, 1, 3, 4, 5, 6, 9])
    np.testing.assert_array_equal(row_index, [0, 1, -1, 2, 3, 4, 5, -1, -1, 6])
    np.testing.assert_array_equal(cu_seqlens, [0, 7])


def _pack(x, mask):
    return padding.pack(x, padding.find_padding(mask))


def _unpack(x, mask):
    return padding.unpack(x, padding.find_padding(mask))


@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
@pytest.mark.parametrize("tail", ((1,), (33,), (4, 16), ()))
@pytest.mark.parametrize("static_shapes", (True, False))
def test_pack_and_unpack_with_gradients(cpu_isa, dtype, tail, static_shapes):
    mask = _prefix_mask([5, 0, 65, 12], 65)
    rng = np.random.RandomState(0)
    real = mask.reshape(-1) != 0
    padded, packed = rng.randn(*((260,) + tail)).astype(dtype), rng.randn(*((82,) + tail)).astype(
        dtype
    )

    def spread(rows):
        out = np.zeros((260,) + tail, dtype)
        out[real] = rows
        return out

    y, dx = harness.evaluate(_pack, [padded, mask], packed, (0,), static_shapes)
    np.testing.assert_array_equal(y, padded[real])
    np.testing.assert_array_equal(dx, spread(packed))
    y, dx = harness.evaluate(_unpack, [packed, mask], padded, (0,), static_shapes)
    np.testing.assert_array_equal(y, spread(packed))
    np.testing.assert_array_equal(dx, padded[real])


def _pack_with_tensorflow(x, mask):
    return tf.boolean_mask(x, tf.reshape(tf.not_equal(mask, 0), [-1]))


def _unpack_with_tensorflow(x, mask):
    places = tf.where(tf.reshape(tf.not_equal(mask, 0), [-1]))
    shape = tf.concat([[tf.size(mask, out_type=tf.int64)], tf.shape(x, out_type=tf.int64)[1:]], 0)
    return tf.scatter_nd(places, x, shape)


def test_agrees_with_tensorflows_own_ops():
    mask = _prefix_mask([3, 0, 8], 8)
    rng = np.random.RandomState(1)
    padded, packed = rng.randn(24, 5).astype(np.float32), rng.randn(11, 5).astype(np.float32)
    for fused, plain, x, dy in (
        (_pack, _pack_with_tensorflow, padded, packed),
        (_unpack, _unpack_with_tensorflow, packed, padded),
    ):
        for a, b in zip(
            harness.evaluate(fused, [x, mask], dy, (0,)),
            harness.evaluate(plain, [x, mask], dy, (0,)),
        ):
            np.testing.assert_array_equal(a, b)


def test_static_shapes_are_inferred():
    with tf.Graph().as_default():
        found = padding.find_padding(tf.placeholder(tf.int32, [4, 16]))
        assert found.row_index.shape.as_list() == [64] and found.cu_seqlens.shape.as_list() == [5]
        packed = padding.pack(tf.placeholder(tf.float32, [64, 8]), found)
        assert packed.shape.as_list() == [None, 8]
        assert padding.unpack(packed, found).shape.as_list() == [64, 8]


def test_wrong_arguments_are_refused_with_a_message():
    mask = np.ones((2, 3), np.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"mask must have shape \[B, S\]"):
        harness.evaluate(padding.find_padding, [mask[0]], static_shapes=False)
    with pytest.raises(ValueError, match="must be rank 2"):
        harness.evaluate(padding.find_padding, [mask[0]])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"inverse_index must have shape \[5\]"
    ):
        harness.evaluate(_pack, [np.ones((5, 2), np.float32), mask], static_shapes=False)
    with pytest.raises(TypeError, match="float64"):
        harness.evaluate(_pack, [np.ones((6, 2)), mask])
    bad = padding.Padding(np.array([0, 6], np.int32), np.zeros(6, np.int32), None)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"index\[1\] = 6 is not in \[-1, 6\)"):
        harness.evaluate(lambda x: padding.pack(x, bad), [np.ones((6, 2), np.float32)])
