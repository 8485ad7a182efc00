# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The whole model with fused ops against the plain one, from one checkpoint: outputs, all gradients, padding removed."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from fused_ops import selection
from tests.ops import reference

CONFIG = modeling.BertConfig(
    vocab_size=97,
    hidden_size=64,
    num_hidden_layers=3,
    num_attention_heads=2,
    intermediate_size=136,
    max_position_embeddings=40,
    type_vocab_size=2,
)
LENGTHS = (37, 5, 1, 22)
BATCH, WIDTH = len(LENGTHS), 37
MASK = (np.arange(WIDTH)[None, :] < np.array(LENGTHS)[:, None]).astype(np.int32)

pytestmark = pytest.mark.usefixtures("fused_library")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A checkpoint of a plain model whose weights, biases and LayerNorm parameters included, are all random."""
    prefix = str(tmp_path_factory.mktemp("checkpoint") / "bert_model.ckpt")
    rng = np.random.RandomState(11)
    with tf.Graph().as_default(), tf.Session() as session:
        _model()
        for variable in tf.trainable_variables():
            value = rng.randn(*variable.shape.as_list()) * (
                0.3 if "embeddings" in variable.name else 0.12
            )
            variable.load(value + (1.0 if "gamma" in variable.name else 0.0), session)
        tf.train.Saver().save(session, prefix)
    return prefix


def _batch():
    rng = np.random.RandomState(3)
    ids = rng.randint(0, CONFIG.vocab_size, (BATCH, WIDTH)) * MASK
    types = (np.arange(WIDTH)[None, :] > 12).astype(np.int32) * MASK
    return ids.astype(np.int32), types


def _model(is_training=False, static_shapes=True, **options):
    ids, types = _batch()
    inputs = [ids, MASK, types]
    if static_shapes:
        tensors = [tf.constant(array) for array in inputs]
    else:
        tensors = [tf.placeholder_with_default(array, [None, None]) for array in inputs]
    return modeling.BertModel(CONFIG, is_training, *tensors, **options)


def _loss(model, mask):
    """A scalar that the tokens of a mask [B, S] and the pooled output enter, each element with its own weight."""
    rng = np.random.RandomState(5)
    token_weights = rng.randn(BATCH, WIDTH, CONFIG.hidden_size) * mask[:, :, None]
    pooled_weights = rng.randn(BATCH, CONFIG.hidden_size)
    return tf.reduce_sum(
        model.get_sequence_output() * token_weights.astype(np.float32)
    ) + tf.reduce_sum(model.get_pooled_output() * pooled_weights.astype(np.float32))


def _evaluate(checkpoint, runs=1, seed=None, loss_mask=MASK, **options):
    """Outputs and gradients by name; a list of them for several runs."""
    with tf.Graph().as_default(), tf.Session() as session:
        if seed is not None:
            tf.set_random_seed(seed)
        model = _model(**options)
        variables = tf.trainable_variables()
        loss = _loss(model, loss_mask)
        fetches = {
            "loss": loss,
            "embedding": model.get_embedding_output(),
            "pooled": model.get_pooled_output(),
        }
        for i, layer in enumerate(model.get_all_encoder_layers()):
            fetches["layer_%d" % i] = layer
        for variable, gradient in zip(variables, tf.gradients(loss, variables)):
            assert gradient is not None, variable.name
            fetches["gradient of " + variable.op.name] = tf.convert_to_tensor(gradient)
        tf.train.Saver(variables).restore(session, checkpoint)
        values = [session.run(fetches) for _ in range(runs)]
    return values if runs > 1 else values[0]


def _real(name, value):
    """Only the rows of real tokens, where the array has one row a token."""
    return value[MASK != 0] if name == "embedding" or name.startswith("layer_") else value


def _assert_close(actual, expected, tolerance):
    """Equal names; errors relative to the largest element of each array."""
    assert sorted(actual) == sorted(expected)
    assert (
        len([name for name in actual if name.startswith("gradient")])
        == 5 + 16 * CONFIG.num_hidden_layers + 2
    )
    for name in sorted(expected):
        a, e = _real(name, actual[name]), _real(name, expected[name])
        assert a.shape == e.shape, name
        # A key's bias adds the same to all scores of a query: its gradient is 0 but for rounding of terms like the query's.
        scale = np.max(np.abs(expected[name.replace("key/bias", "query/bias")]))
        assert scale > 0.0, "%s is 0: nothing would be compared" % name
        error = np.max(np.abs(np.float64(a) - e)) / scale
        assert error <= tolerance, "%s: relative error %g" % (name, error)


@pytest.fixture(scope="module")
def plain(checkpoint):
    return _evaluate(checkpoint)


def test_fused_model_equals_plain_model(checkpoint, plain):
    _assert_close(_evaluate(checkpoint, use_fused_ops=True), plain, 2e-5)


def test_fused_model_with_unknown_batch_and_length(checkpoint, plain):
    _assert_close(_evaluate(checkpoint, use_fused_ops=True, static_shapes=False), plain, 2e-5)


@pytest.mark.parametrize("static_shapes", (True, False))
def test_without_padding_every_real_token_is_the_same(checkpoint, plain, static_shapes):
    packed = _evaluate(
        checkpoint, use_fused_ops=True, remove_padding=True, static_shapes=static_shapes
    )
    _assert_close(packed, plain, 2e-5)
    for i in range(CONFIG.num_hidden_layers):
        np.testing.assert_array_equal(packed["layer_%d" % i][MASK == 0], 0.0)


# Repeated ones, the first token, the last, and one that is padding in the third sequence.
POSITIONS = np.array([[36, 2, 2, 0], [4, 1, 4, 3], [0, 0, 0, 9], [7, 21, 20, 7]], np.int32)


def _wanted():
    """MASK where it is a first token or at POSITIONS."""
    mask = np.zeros_like(MASK)
    mask[:, 0] = 1
    np.put_along_axis(mask, POSITIONS, 1, axis=1)
    return mask * MASK


@pytest.mark.parametrize("static_shapes", (True, False))
def test_output_positions_leave_out_rows_that_a_loss_does_not_read(checkpoint, static_shapes):
    wanted = _wanted()
    plain = _evaluate(checkpoint, loss_mask=wanted)
    limited = _evaluate(
        checkpoint,
        loss_mask=wanted,
        use_fused_ops=True,
        remove_padding=True,
        static_shapes=static_shapes,
        output_positions=POSITIONS,
    )
    last = "layer_%d" % (CONFIG.num_hidden_layers - 1)
    assert 0 < wanted.sum() < MASK.sum()
    np.testing.assert_array_equal(limited[last][wanted == 0], 0.0)
    plain[last] = plain[last] * wanted[:, :, None]
    _assert_close(limited, plain, 2e-5)


def test_second_half_of_the_last_block_has_the_rows_at_output_positions_only():
    rows = []

    def counted(x, kernel, **others):
        rows.append(tf.shape(x)[0])
        return selection.FUSED.matmul(x, kernel, **others)

    with tf.Graph().as_default(), tf.Session() as session:
        ops = selection.FUSED._replace(matmul=counted)
        model = _model(ops=ops, remove_padding=True, output_positions=tf.constant(POSITIONS))
        session.run(tf.global_variables_initializer())
        counts, _ = session.run([rows, model.get_sequence_output()])
    products = 3 * (CONFIG.num_hidden_layers - 1)  # output, and two of the feed-forward half
    assert counts == [MASK.sum()] * products + [_wanted().sum()] * 3


def test_half_is_as_good_as_plain_half(checkpoint, plain):
    half_plain = _evaluate(checkpoint, compute_type=tf.float16)
    for options in ({}, {"remove_padding": True}):
        half_fused = _evaluate(checkpoint, compute_type=tf.float16, use_fused_ops=True, **options)
        for name in sorted(plain):
            if name == "loss" or name.endswith(
                "key/bias"
            ):  # sums that cancel: chance decides which is closer
                continue
            exact = _real(name, plain[name])
            error = np.max(np.abs(_real(name, half_fused[name]) - exact))
            plain_error = np.max(np.abs(_real(name, half_plain[name]) - exact))
            assert error <= reference.FACTOR * plain_error, "%s: error %g, plain half %g" % (
                name,
                error,
                plain_error,
            )


@pytest.mark.parametrize("remove_padding", (False, True))
def test_bfloat16_products_err_as_rounding_to_eight_bits_does(checkpoint, plain, remove_padding):
    """Relative to the largest element of each array: above what float32 errs, below a few times bfloat16's unit of 2^-8."""
    options = {"ops": selection.FUSED_BFLOAT16, "remove_padding": remove_padding}
    rounded = _evaluate(checkpoint, **options)
    for name in sorted(plain):
        exact = _real(name, plain[name])
        scale = np.max(np.abs(plain[name.replace("key/bias", "query/bias")]))
        error = np.max(np.abs(_real(name, rounded[name]) - exact)) / scale
        assert error < 6 * 2.0**-8, "%s: %g" % (name, error)
        if name.startswith("layer_") or name.endswith("/kernel"):
            assert error > 2e-4, "%s is not rounded: %g" % (name, error)
    again = _evaluate(checkpoint, **options)
    for name in sorted(rounded):
        np.testing.assert_array_equal(rounded[name], again[name], err_msg=name)


@pytest.mark.parametrize("remove_padding", (False, True))
def test_training_is_reproducible_and_drops_anew_at_each_step(checkpoint, remove_padding):
    options = {
        "is_training": True,
        "use_fused_ops": True,
        "remove_padding": remove_padding,
        "runs": 2,
    }
    first, second = _evaluate(checkpoint, seed=1, **options)
    again, _ = _evaluate(checkpoint, seed=1, **options)
    other, _ = _evaluate(checkpoint, seed=2, **options)
    for name in sorted(first):
        np.testing.assert_array_equal(first[name], again[name], err_msg=name)
    assert first["loss"] != second["loss"] and first["loss"] != other["loss"]


def test_dropout_leaves_the_expected_output_alone(checkpoint, plain):
    # The mean of many draws is the plain output, up to what the non-linear parts do to the noise: for the embeddings, where
    # dropout is the last operation, exactly; a mask that is scaled wrongly or never drawn shows.
    draws = _evaluate(checkpoint, is_training=True, use_fused_ops=True, runs=40)
    embeddings = np.stack([draw["embedding"] for draw in draws])
    dropped = np.mean(embeddings == 0.0)
    assert abs(dropped - 0.1) < 0.01
    np.testing.assert_allclose(
        np.mean(embeddings, 0),
        plain["embedding"],
        atol=6 * 0.34 / np.sqrt(40) * np.abs(plain["embedding"]).max(),
    )


def test_variables_are_the_same_with_and_without_fused_ops():
    names = []
    for options in ({}, {"use_fused_ops": True}, {"use_fused_ops": True, "remove_padding": True}):
        with tf.Graph().as_default():
            _model(**options)
            names.append(
                [(v.op.name, v.dtype, v.shape.as_list()) for v in tf.trainable_variables()]
            )
    assert names[0] == names[1] == names[2]
