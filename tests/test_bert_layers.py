# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The layers that users' models call: values in NumPy float64, variables, shapes, errors, Google's signatures."""

import inspect

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import bert_layers
import modeling
from tests.reference import numpy_bert
from tests.reference.numpy_bert import CONFIG

pytestmark = pytest.mark.usefixtures("fresh_graph")

# Google's names, argument order and defaults; an argument without a default stands alone.
SIGNATURES = {
    "assert_rank": "tensor expected_rank name=None",
    "get_shape_list": "tensor expected_rank=None name=None",
    "reshape_to_matrix": "input_tensor",
    "reshape_from_matrix": "output_tensor orig_shape_list",
    "create_initializer": "initializer_range=0.02",
    "get_activation": "activation_string",
    "gelu": "x",
    "dropout": "input_tensor dropout_prob",
    "layer_norm": "input_tensor name=None",
    "layer_norm_and_dropout": "input_tensor dropout_prob name=None",
    "get_assignment_map_from_checkpoint": "tvars init_checkpoint",
    "create_attention_mask_from_input_mask": "from_tensor to_mask",
    "embedding_lookup": "input_ids vocab_size embedding_size=128 initializer_range=0.02 "
    "word_embedding_name='word_embeddings' use_one_hot_embeddings=False",
    "embedding_postprocessor": "input_tensor use_token_type=False token_type_ids=None token_type_vocab_size=16 "
    "token_type_embedding_name='token_type_embeddings' use_position_embeddings=True "
    "position_embedding_name='position_embeddings' initializer_range=0.02 max_position_embeddings=512 "
    "dropout_prob=0.1",
    "attention_layer": "from_tensor to_tensor attention_mask=None num_attention_heads=1 size_per_head=512 "
    "query_act=None key_act=None value_act=None attention_probs_dropout_prob=0.0 initializer_range=0.02 "
    "do_return_2d_tensor=False batch_size=None from_seq_length=None to_seq_length=None",
    "transformer_model": "input_tensor attention_mask=None hidden_size=768 num_hidden_layers=12 "
    "num_attention_heads=12 intermediate_size=3072 intermediate_act_fn=gelu hidden_dropout_prob=0.1 "
    "attention_probs_dropout_prob=0.1 initializer_range=0.02 do_return_all_layers=False",
}


def shown(parameter):
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    return "%s=%s" % (
        parameter.name,
        getattr(parameter.default, "__name__", repr(parameter.default)),
    )


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signature_is_googles(name):
    parameters = inspect.signature(getattr(modeling, name)).parameters.values()
    assert " ".join(shown(parameter) for parameter in parameters) == SIGNATURES[name]


def test_positional_arguments_of_the_model_are_googles():
    names = list(inspect.signature(modeling.BertModel).parameters)
    assert (
        names[:7]
        == (
            "config is_training input_ids input_mask token_type_ids use_one_hot_embeddings scope"
        ).split()
    )


def evaluate(fetches, seed=5, feed=None):
    """(values of fetches, {name: float64 value of each variable}); variables are random, biases too."""
    random = np.random.RandomState(seed)
    with tf.Session() as session:
        weights = {}
        for variable in tf.global_variables():
            value = random.normal(0.0, 0.3, variable.shape.as_list()).astype(np.float32)
            variable.load(value, session)
            weights[variable.op.name] = value.astype(np.float64)
        return session.run(fetches, feed), weights


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def normalized(x, gamma, beta):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * gamma + beta


# ------------------------------------------------------------------------------------------- shapes


def test_assert_rank():
    matrix = tf.zeros([2, 3], name="matrix")
    assert bert_layers.assert_rank(matrix, 2) is None
    bert_layers.assert_rank(matrix, [2, 3])
    bert_layers.assert_rank(matrix, {2: True, 4: True})
    with pytest.raises(ValueError, match=r"matrix:0 has shape \(2, 3\), expected rank 3"):
        bert_layers.assert_rank(matrix, 3)
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\), expected rank 1 or 3"):
        bert_layers.assert_rank(matrix, (3, 1), name="x")
    with pytest.raises(ValueError, match="unknown rank"):
        bert_layers.assert_rank(tf.placeholder(tf.float32), 2)


def test_reshape_to_matrix_and_back():
    x = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    tensor = tf.constant(x)
    matrix = bert_layers.reshape_to_matrix(tensor)
    assert matrix.shape.as_list() == [6, 4]
    back = bert_layers.reshape_from_matrix(matrix, bert_layers.get_shape_list(tensor))
    wider = bert_layers.reshape_from_matrix(tf.concat([matrix, matrix], axis=1), [2, 3, 4])
    (rows, same, wide), _ = evaluate([matrix, back, wider])
    np.testing.assert_array_equal(rows, x.reshape(6, 4))
    np.testing.assert_array_equal(same, x)
    np.testing.assert_array_equal(wide, np.concatenate([x, x], axis=2))
    assert bert_layers.reshape_to_matrix(matrix) is matrix
    assert bert_layers.reshape_from_matrix(matrix, [6, 4]) is matrix
    for refused in (tf.zeros([3]), tf.placeholder(tf.float32)):
        with pytest.raises(ValueError, match="expected rank 2 or more"):
            bert_layers.reshape_to_matrix(refused)


def test_reshapes_of_a_batch_of_unknown_size():
    tensor = tf.placeholder(tf.float32, [None, None, 2, 4])
    matrix = bert_layers.reshape_to_matrix(tensor)
    back = bert_layers.reshape_from_matrix(matrix, bert_layers.get_shape_list(tensor))
    x = np.random.RandomState(0).normal(size=[3, 5, 2, 4])
    (rows, same), _ = evaluate([matrix, back], feed={tensor: x})
    assert rows.shape == (30, 4) and matrix.shape.as_list() == [None, 4]
    np.testing.assert_array_equal(same, x.astype(np.float32))


# --------------------------------------------------------------------------- LayerNorm, dropout


def test_layer_norm_takes_a_new_scope_each_time_unless_named():
    x = tf.ones([2, 4])
    for name in (None, None, "mine"):
        bert_layers.layer_norm(x, name)
    names = [variable.op.name for variable in tf.global_variables()]
    assert names == [
        scope + "/" + name
        for scope in ("LayerNorm", "LayerNorm_1", "mine")
        for name in ("gamma", "beta")
    ]


@pytest.mark.parametrize("shape", [[5, 8], [2, 3, 8], [2, 2, 3, 8]])
def test_layer_norm_and_dropout(shape):
    x = np.random.RandomState(1).normal(3.0, 2.0, shape)
    tensor = tf.constant(x, tf.float32)
    whole = bert_layers.layer_norm_and_dropout(tensor, 0.0, "n")
    with tf.variable_scope("", reuse=True):
        dropped = bert_layers.layer_norm_and_dropout(tensor, 0.5, "n")
    (kept, half), weights = evaluate([whole, dropped])
    np.testing.assert_allclose(
        kept, normalized(x, weights["n/gamma"], weights["n/beta"]), atol=1e-5
    )
    # Dropout comes after LayerNorm: each entry is twice that of the whole, or 0.
    zero = half == 0
    assert 0.1 < zero.mean() < 0.9
    np.testing.assert_allclose(half[~zero], 2.0 * kept[~zero], rtol=1e-6)


# -------------------------------------------------------------------------------------- embeddings


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize("shape", [[2, 3], [2, 3, 2]])
def test_embedding_lookup(shape, one_hot):
    ids = np.random.RandomState(2).randint(0, 11, shape)
    output, table = bert_layers.embedding_lookup(
        tf.constant(ids), 11, 4, word_embedding_name="words", use_one_hot_embeddings=one_hot
    )
    assert table.op.name == "words" and table.shape.as_list() == [11, 4]
    found, weights = evaluate(output)
    rows = weights["words"][ids]
    np.testing.assert_allclose(found, rows.reshape(2, 3, -1), rtol=1e-6)


TYPES = np.array([[0, 1, 1], [0, 0, 1]])


@pytest.mark.parametrize("types", [False, True])
@pytest.mark.parametrize("positions", [False, True])
def test_embedding_postprocessor(types, positions):
    x = np.random.RandomState(3).normal(size=[2, 3, 4])
    output = bert_layers.embedding_postprocessor(
        tf.constant(x, tf.float32),
        use_token_type=types,
        token_type_ids=tf.constant(TYPES),
        token_type_vocab_size=2,
        use_position_embeddings=positions,
        max_position_embeddings=5,
        dropout_prob=0.0,
    )
    found, weights = evaluate(output)
    total = x.copy()
    if types:
        total += weights.pop("token_type_embeddings")[TYPES]
    if positions:
        total += weights.pop("position_embeddings")[:3]
    truth = normalized(total, weights.pop("LayerNorm/gamma"), weights.pop("LayerNorm/beta"))
    np.testing.assert_allclose(found, truth, atol=1e-5)
    assert not weights, "variables of embeddings that were not asked for"


def test_embedding_postprocessor_drops_out():
    x = tf.constant(np.random.RandomState(4).normal(size=[8, 16, 4]), tf.float32)
    found, _ = evaluate(bert_layers.embedding_postprocessor(x, dropout_prob=0.25))
    assert 0.15 < (found == 0).mean() < 0.35


def test_embedding_postprocessor_refuses():
    x = tf.zeros([2, 6, 4])
    with pytest.raises(ValueError, match="needs token_type_ids"):
        bert_layers.embedding_postprocessor(x, use_token_type=True)
    with pytest.raises(ValueError, match="expected rank 3"):
        bert_layers.embedding_postprocessor(tf.zeros([6, 4]))
    with pytest.raises(ValueError, match="6 positions, but max_position_embeddings is 5"):
        bert_layers.embedding_postprocessor(x, max_position_embeddings=5)
    unknown = tf.placeholder(tf.float32, [2, None, 4])
    output = bert_layers.embedding_postprocessor(unknown, max_position_embeddings=5, dropout_prob=0)
    with pytest.raises(tf.errors.InvalidArgumentError):
        evaluate(output, feed={unknown: np.zeros([2, 6, 4])})


# --------------------------------------------------------------------------------------- attention


def test_attention_mask():
    mask = np.array([[1, 1, 0], [1, 0, 0]])
    found, _ = evaluate(
        [
            bert_layers.create_attention_mask_from_input_mask(tf.zeros(shape), tf.constant(mask))
            for shape in ([2, 4], [2, 4, 7])
        ]
    )
    for value in found:
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, np.repeat(mask[:, None, :], 4, axis=1))
    with pytest.raises(ValueError, match="expected rank 2"):
        bert_layers.create_attention_mask_from_input_mask(tf.zeros([2, 4]), tf.zeros([2, 4, 3]))


def attention_truth(source, target, mask, weights, acts=(None, None, None)):
    """Attention in float64 with loops over sequences and heads: 2 heads of 3."""

    def project(x, name, act):
        y = np.dot(x, weights[name + "/kernel"]) + weights[name + "/bias"]
        return np.maximum(y, 0) if act else y

    batches = []
    for b in range(len(source)):
        query, key, value = (
            project(x[b], name, act)
            for x, name, act in zip((source, target, target), ("query", "key", "value"), acts)
        )
        heads = []
        for columns in (slice(0, 3), slice(3, 6)):
            scores = np.dot(query[:, columns], key[:, columns].T) / np.sqrt(3.0)
            if mask is not None:
                scores += (1.0 - mask[b]) * -10000.0
            heads.append(np.dot(softmax(scores), value[:, columns]))
        batches.append(np.concatenate(heads, axis=1))
    return np.stack(batches)


FROM = np.random.RandomState(6).normal(size=[2, 4, 5])
TO = np.random.RandomState(7).normal(size=[2, 3, 7])
# Each token has a mask row of its own: more than padding.
FREE_MASK = np.array([[[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 0, 1]]] * 2)


@pytest.mark.parametrize("mask", [None, FREE_MASK])
def test_attention_between_two_sequences(mask):
    output = bert_layers.attention_layer(
        tf.constant(FROM, tf.float32),
        tf.constant(TO, tf.float32),
        attention_mask=None if mask is None else tf.constant(mask),
        num_attention_heads=2,
        size_per_head=3,
        query_act=tf.nn.relu,
        value_act=tf.nn.relu,
    )
    assert output.shape.as_list() == [2, 4, 6]
    found, weights = evaluate(output)
    assert set(weights) == {n + k for n in ("query", "key", "value") for k in ("/kernel", "/bias")}
    truth = attention_truth(FROM, TO, mask, weights, acts=(True, False, True))
    np.testing.assert_allclose(found, truth, atol=1e-5)


def test_attention_of_matrices():
    sizes = {"batch_size": 2, "from_seq_length": 4, "to_seq_length": 3}
    matrices = tf.constant(FROM.reshape(8, 5), tf.float32), tf.constant(
        TO.reshape(6, 7), tf.float32
    )
    rows = bert_layers.attention_layer(
        *matrices, num_attention_heads=2, size_per_head=3, do_return_2d_tensor=True, **sizes
    )
    with tf.variable_scope("", reuse=True):
        cube = bert_layers.attention_layer(
            *matrices, num_attention_heads=2, size_per_head=3, **sizes
        )
    (flat, deep), weights = evaluate([rows, cube])
    truth = attention_truth(FROM, TO, None, weights)
    np.testing.assert_allclose(deep, truth, atol=1e-5)
    np.testing.assert_array_equal(flat, deep.reshape(8, 6))


def test_attention_drops_probabilities():
    output = bert_layers.attention_layer(
        tf.ones([4, 16, 4]), tf.ones([4, 16, 4]), None, 1, 2, attention_probs_dropout_prob=0.5
    )
    found, _ = evaluate(output)
    # All values are equal, so a row is that value times the mean of its dropout mask.
    assert np.unique(np.round(found[:, :, 0], 4)).size > 3


def test_attention_refuses():
    x, matrix = tf.zeros([2, 4, 5]), tf.zeros([8, 5])
    with pytest.raises(ValueError, match="same rank"):
        bert_layers.attention_layer(x, matrix)
    with pytest.raises(ValueError, match="need batch_size, from_seq_length and to_seq_length"):
        bert_layers.attention_layer(matrix, matrix, batch_size=2, from_seq_length=4)
    with pytest.raises(ValueError, match="expected rank 2 or 3"):
        bert_layers.attention_layer(tf.zeros([1, 2, 3, 4]), x)


# ----------------------------------------------------------------------------------------- encoder

IDS = np.array([[5, 0, 22, 7, 7, 1], [3, 9, 4, 0, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
SEGMENTS = np.array([[0, 0, 0, 1, 1, 1], [0, 1, 1, 0, 0, 0]])


def encoder(return_all, batch_size=None):
    """BERT put together from the functions, as a user's model does it."""
    config = CONFIG
    ids, mask, types = (tf.placeholder(tf.int32, [batch_size, None]) for _ in range(3))
    with tf.variable_scope("bert"):
        with tf.variable_scope("embeddings"):
            words, _ = bert_layers.embedding_lookup(
                ids, config["vocab_size"], config["hidden_size"]
            )
            embedded = bert_layers.embedding_postprocessor(
                words,
                use_token_type=True,
                token_type_ids=types,
                token_type_vocab_size=config["type_vocab_size"],
                max_position_embeddings=config["max_position_embeddings"],
                dropout_prob=0.0,
            )
        with tf.variable_scope("encoder"):
            layers = bert_layers.transformer_model(
                embedded,
                bert_layers.create_attention_mask_from_input_mask(ids, mask),
                hidden_size=config["hidden_size"],
                num_hidden_layers=config["num_hidden_layers"],
                num_attention_heads=config["num_attention_heads"],
                intermediate_size=config["intermediate_size"],
                intermediate_act_fn=modeling.get_activation(config["hidden_act"]),
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                do_return_all_layers=return_all,
            )
    return embedded, layers, {ids: IDS, mask: MASK, types: SEGMENTS}


def test_functions_put_together_are_bert():
    """The same variables and hidden states as BertModel's, whose truth is NumPy float64."""
    embedded, layers, feed = encoder(return_all=True)
    with tf.variable_scope("", reuse=True):
        _, last, feed_of_last = encoder(return_all=False)
    names = {v.op.name for v in tf.global_variables()}
    expected = set(numpy_bert.variable_shapes(CONFIG))
    assert names == {
        name for name in expected if name.startswith(("bert/embeddings", "bert/encoder"))
    }
    weights = numpy_bert.random_weights(CONFIG, seed=3)
    feed.update(feed_of_last)
    with tf.Session() as session:
        for variable in tf.global_variables():
            variable.load(weights[variable.op.name], session)
        embedding, states, final = session.run([embedded, layers, last], feed)
    truth = numpy_bert.forward(CONFIG, weights, IDS, MASK, SEGMENTS)
    np.testing.assert_allclose(embedding, truth["embedding"], atol=1e-5)
    assert len(states) == len(truth["layers"]) == CONFIG["num_hidden_layers"]
    for state, true_state in zip(states, truth["layers"]):
        np.testing.assert_allclose(state, true_state, atol=1e-5)
    np.testing.assert_array_equal(final, states[-1])


def test_transformer_model_drops_out_where_told():
    x = tf.constant(np.random.RandomState(8).normal(size=[2, 3, 4]), tf.float32)
    sizes = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2}
    rates = ("hidden_dropout_prob", "attention_probs_dropout_prob")
    for number, rate in enumerate(rates):
        with tf.variable_scope("m%d" % number):
            chosen = {name: 0.5 if name == rate else 0.0 for name in rates}
            output = bert_layers.transformer_model(x, intermediate_size=5, **dict(sizes, **chosen))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert np.abs(session.run(output) - session.run(output)).max() > 1e-6, rate


def test_transformer_model_refuses():
    x = tf.zeros([2, 3, 8])
    with pytest.raises(ValueError, match="hidden_size 8 is not divisible by num_attention_heads 3"):
        bert_layers.transformer_model(x, hidden_size=8, num_attention_heads=3)
    with pytest.raises(ValueError, match="input_tensor has width 8, but hidden_size is 12"):
        bert_layers.transformer_model(x, hidden_size=12, num_attention_heads=3)
    with pytest.raises(ValueError, match="expected rank 3"):
        bert_layers.transformer_model(tf.zeros([6, 8]), hidden_size=8, num_attention_heads=2)


def initial_values(seed, ops_before=0):
    """Of two variables of one shape; float32 [2, 50, 40]."""
    with tf.Graph().as_default(), tf.Session() as session:
        if seed is not None:
            tf.set_random_seed(seed)
        for _ in range(ops_before):
            tf.constant(1.0)
        made = [
            bert_layers.new_variable(name, [50, 40], bert_layers.create_initializer(0.05))
            for name in ("a", "b")
        ]
        session.run(tf.global_variables_initializer())
        return np.array(session.run(made))


def test_initial_values_follow_from_the_seed_and_not_from_the_ops():
    """The span head of a pre-trained model starts alike with plain and fused ops, and on all TensorFlows."""
    values = initial_values(7)
    np.testing.assert_array_equal(values, initial_values(7, ops_before=5))
    assert np.all(np.abs(values[0] - values[1]).max(axis=1) > 1e-3)  # no row of one is the other's
    assert not np.array_equal(values, initial_values(8))
    # The first three of each, computed with 1.13.1; 1.15.5 and 2.15.1 have the same.
    np.testing.assert_array_equal(
        values[:, 0, :3],
        np.float32(
            [
                [0.017684554681181908, 0.0331793837249279, -0.04887497052550316],
                [-0.02704027108848095, 0.05610164999961853, 0.05870869755744934],
            ]
        ),
    )


def test_without_a_seed_initial_values_differ_from_run_to_run():
    assert not np.array_equal(initial_values(None), initial_values(None))
