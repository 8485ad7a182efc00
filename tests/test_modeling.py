# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The BERT graph against an independent NumPy BERT, its variables, checks and imported names."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from fused_ops import loader, selection
from tests.reference import numpy_bert
from tests.reference.numpy_bert import CONFIG

pytestmark = pytest.mark.usefixtures("fresh_graph")

IDS = np.array([[5, 0, 22, 7, 7, 1], [3, 9, 4, 0, 0, 0], [11, 2, 2, 8, 14, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]])
TYPES = np.array([[0, 0, 0, 1, 1, 1], [0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0]])


def config_of(**changes):
    return modeling.BertConfig.from_dict(dict(CONFIG, **changes))


def build(is_training=False, ids=IDS, mask=MASK, types=TYPES, **options):
    config = options.pop("config", None) or config_of()

    def as_tensor(value):
        return None if value is None else tf.constant(value, tf.int32)

    return modeling.BertModel(
        config, is_training, as_tensor(ids), as_tensor(mask), as_tensor(types), **options
    )


def run(fetches, weights=None, feed=None):
    """Runs `fetches` with the given weights, or with freshly initialised ones."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables():
            if weights is not None:
                variable.load(weights[variable.op.name], session)
        return session.run(fetches, feed)


def outputs(model):
    return {
        "embedding": model.get_embedding_output(),
        "layers": model.get_all_encoder_layers(),
        "pooled": model.get_pooled_output(),
    }


def flatten(states):
    return [states["embedding"]] + list(states["layers"]) + [states["pooled"]]


def error_message(fetch, feed=None):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(fetch, feed=feed)
    return str(caught.value)


# ------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize("activation", ["gelu", "relu", "tanh", "linear"])
def test_every_output_equals_numpy_float64(activation):
    config = dict(CONFIG, hidden_act=activation)
    fetches = outputs(build(config=config_of(hidden_act=activation)))
    our_errors, numpy32_errors = [], []
    for seed in range(4):
        weights = numpy_bert.random_weights(config, seed)
        exact = flatten(numpy_bert.forward(config, weights, IDS, MASK, TYPES))
        rounded = {name: value.astype(np.float32) for name, value in weights.items()}
        numpy32 = flatten(numpy_bert.forward(config, rounded, IDS, MASK, TYPES))
        computed = flatten(run(fetches, weights))
        assert [value.shape for value in computed] == [value.shape for value in exact]
        assert all(value.dtype == np.float32 for value in computed)
        # The comparison means something only if the weights make the layers differ.
        assert np.abs(exact[1] - exact[2]).max() > 0.5
        our_errors.append([((ours - truth) ** 2).mean() for ours, truth in zip(computed, exact)])
        numpy32_errors.append(
            [((theirs - truth) ** 2).mean() for theirs, truth in zip(numpy32, exact)]
        )
    # Both round to float32 equally often, in another order: neither may be much further from the truth than the
    # other. Measured ratios of the root mean squares are 0.8 to 1.3 for the layers; up to 2 for the pooled output,
    # of few values and through TensorFlow 1's tanh, which is itself good to 3e-7 only.
    ratios = np.sqrt(np.mean(our_errors, axis=0) / np.mean(numpy32_errors, axis=0))
    assert ratios.max() <= 3.0, ratios
    assert np.sqrt(np.max(our_errors)) < 3e-6


def test_every_gradient_equals_numeric_differentiation_in_float64():
    weights = numpy_bert.random_weights(CONFIG, seed=4)
    random = np.random.RandomState(5)
    sequence_factor, pooled_factor = random.normal(size=[3, 6, 12]), random.normal(size=[3, 12])

    def numpy_loss():
        states = numpy_bert.forward(CONFIG, weights, IDS, MASK, TYPES)
        return (states["layers"][-1] * sequence_factor).sum() + (
            states["pooled"] * pooled_factor
        ).sum()

    model = build()
    loss = tf.reduce_sum(
        model.get_sequence_output() * sequence_factor.astype(np.float32)
    ) + tf.reduce_sum(model.get_pooled_output() * pooled_factor.astype(np.float32))
    variables = tf.trainable_variables()
    gradients = run(
        [tf.convert_to_tensor(gradient) for gradient in tf.gradients(loss, variables)], weights
    )
    for variable, gradient in zip(variables, gradients):
        values = weights[variable.op.name]
        # At most 24 entries of each variable, zeros (unused rows) among them.
        for entry in random.permutation(values.size)[:24]:
            place = np.unravel_index(entry, values.shape)
            kept, differences = values[place], []
            for shift in (1e-5, -1e-5):
                values[place] = kept + shift
                differences.append(numpy_loss())
            values[place] = kept
            numeric = (differences[0] - differences[1]) / 2e-5
            # Central differences in float64 are good to about 1e-8 here; the rest is float32 (24 bits) over some
            # hundred roundings, relative to the variable's largest gradient.
            scale = max(np.abs(gradient).max(), 1.0)
            assert abs(gradient[place] - numeric) <= 100 * 2.0**-24 * scale, (
                variable.op.name,
                place,
            )
    assert all(
        np.abs(gradient).max() > 1e-3
        for variable, gradient in zip(variables, gradients)
        # softmax does not change when the same number is added to all scores of a query
        if not variable.op.name.endswith("key/bias")
    )


def test_padding_changes_nothing_at_real_tokens():
    states = build().get_sequence_output()
    with tf.variable_scope("", reuse=True):
        other_ids = np.where(MASK == 1, IDS, 21)
        garbage = build(ids=other_ids, scope="bert").get_sequence_output()
        short = build(
            ids=IDS[1:2, :3], mask=None, types=TYPES[1:2, :3], scope="bert"
        ).get_sequence_output()
    states, garbage, short = run(
        [states, garbage, short], numpy_bert.random_weights(CONFIG, seed=6)
    )
    np.testing.assert_array_equal(states[MASK == 1], garbage[MASK == 1])
    assert np.abs(states[MASK == 0] - garbage[MASK == 0]).max() > 0.1
    np.testing.assert_allclose(states[1, :3], short[0], rtol=0, atol=1e-5)


def test_mask_and_types_left_out_are_ones_and_zeros():
    plain = build(mask=None, types=None).get_pooled_output()
    with tf.variable_scope("", reuse=True):
        explicit = build(
            mask=np.ones_like(IDS), types=np.zeros_like(IDS), scope="bert"
        ).get_pooled_output()
    plain, explicit = run([plain, explicit])
    np.testing.assert_array_equal(plain, explicit)


def test_unknown_shapes_and_int64_give_the_same():
    static = build().get_all_encoder_layers()
    ids, mask, types = [tf.placeholder(tf.int64, [None, None]) for _ in range(3)]
    with tf.variable_scope("", reuse=True):
        model = modeling.BertModel(config_of(), False, ids, mask, types, scope="bert")
    assert model.get_sequence_output().shape.as_list() == [None, None, 12]
    assert model.get_pooled_output().shape.as_list() == [None, 12]
    assert static[0].shape.as_list() == [3, 6, 12]
    static, dynamic = run(
        [static, model.get_all_encoder_layers()], feed={ids: IDS, mask: MASK, types: TYPES}
    )
    np.testing.assert_array_equal(static, dynamic)


def test_layer_norm_with_a_mean_far_from_zero():
    x = (np.random.RandomState(0).normal(size=[4, 64]) + 3000.0).astype(np.float32)
    truth = x.astype(np.float64)
    truth = (truth - truth.mean(1, keepdims=True)) / np.sqrt(truth.var(1, keepdims=True) + 1e-12)
    # The mean itself is rounded, by 2^-24 * 3000 or a few times that.
    assert np.abs(run(modeling.layer_norm(tf.constant(x))) - truth).max() < 4 * 2.0**-24 * 3000
    assert sorted(v.op.name for v in tf.trainable_variables()) == [
        "LayerNorm/beta",
        "LayerNorm/gamma",
    ]


# ----------------------------------------------------------------------------------------- dropout


def test_no_dropout_outside_training():
    config = config_of()
    model = build(is_training=False, config=config)
    assert config.to_dict() == config_of().to_dict(), "the caller's configuration stays as it is"
    kinds = {operation.type for operation in tf.get_default_graph().get_operations()}
    assert not kinds & {"RandomUniform", "StatelessRandomUniform", "RandomStandardNormal"}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, second = [session.run(model.get_sequence_output()) for _ in range(2)]
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("where", ["hidden_dropout_prob", "attention_probs_dropout_prob"])
def test_dropout_in_training_is_new_in_every_step(where):
    rates = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    rates[where] = 0.5
    config = config_of(**rates)
    model = build(is_training=True, config=config)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, second = [session.run(model.get_sequence_output()) for _ in range(2)]
    assert np.abs(first - second).max() > 1e-6
    assert getattr(config, where) == 0.5


def test_dropout_keeps_the_mean_and_zeroes_the_rate():
    dropped = run(modeling.dropout(tf.ones([200000]), 0.3))
    zeros = (dropped == 0).mean()
    # Five standard deviations of a binomial with 200,000 draws.
    assert abs(zeros - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 200000)
    np.testing.assert_allclose(dropped[dropped != 0], 1 / 0.7, rtol=1e-6)
    x = tf.ones([2])
    assert modeling.dropout(x, 0.0) is x and modeling.dropout(x, None) is x


# ------------------------------------------------------------------------------- variables and types


@pytest.mark.parametrize("compute_type", [tf.float32, tf.float16])
def test_variables_are_those_of_published_checkpoints(compute_type):
    build(is_training=True, compute_type=compute_type)
    shapes = {variable.op.name: variable.shape.as_list() for variable in tf.global_variables()}
    assert shapes == numpy_bert.variable_shapes(CONFIG)
    assert {variable.dtype.base_dtype for variable in tf.global_variables()} == {tf.float32}


def test_initial_values():
    values = run(
        {
            variable.op.name: variable
            for variable in [build(config=config_of(hidden_size=96, initializer_range=0.05))]
            and tf.global_variables()
        }
    )
    for name, value in values.items():
        if name.endswith(("kernel", "embeddings")):
            assert np.abs(value).max() <= 0.1 + 1e-6, name
        else:
            np.testing.assert_array_equal(
                value, np.full_like(value, 1.0 if name.endswith("gamma") else 0.0), name
            )
    # A normal cut at two deviations has 0.88 of its deviation.
    assert abs(values["bert/pooler/dense/kernel"].std() - 0.05 * 0.8796) < 0.001


def test_float16_keeps_softmax_and_layer_norm_in_float32():
    weights = numpy_bert.random_weights(CONFIG, seed=8, deviation=0.2)
    model = build(compute_type=tf.float16)
    for operation in tf.get_default_graph().get_operations():
        if operation.type in ("Softmax", "Rsqrt", "Mean"):
            assert operation.outputs[0].dtype == tf.float32, operation.name
        if (
            operation.type in ("MatMul", "BatchMatMul", "BatchMatMulV2")
            and "/encoder/" in operation.name
        ):
            assert operation.outputs[0].dtype == tf.float16, operation.name
    exact = flatten(numpy_bert.forward(CONFIG, weights, IDS, MASK, TYPES))
    for half, truth in zip(flatten(run(outputs(model), weights)), exact):
        assert half.dtype == np.float32
        # float16 has 11 bits; about twenty roundings lie between the input and the last layer.
        assert np.abs(half - truth).max() <= 20 * 2.0**-11 * np.abs(truth).max()


def test_outputs_are_attributes_as_well():
    model = build()
    assert model.pooled_output is model.get_pooled_output()
    assert model.sequence_output is model.get_sequence_output()
    assert model.all_encoder_layers == model.get_all_encoder_layers()
    assert model.sequence_output is model.all_encoder_layers[-1]
    assert model.embedding_output is model.get_embedding_output()
    assert model.embedding_table is model.get_embedding_table()


def test_scope_and_one_hot_embeddings_by_position():
    ids, mask, types = (tf.constant(value, tf.int32) for value in (IDS, MASK, TYPES))
    model = modeling.BertModel(config_of(), False, ids, mask, types, True, "mine")
    assert model.embedding_table.op.name == "mine/embeddings/word_embeddings"


def test_embedding_table_and_scopes():
    first, second = build(), build(scope="other")
    assert first.get_embedding_table().op.name == "bert/embeddings/word_embeddings"
    assert second.get_embedding_table().op.name == "other/embeddings/word_embeddings"
    assert first.get_sequence_output() is first.get_all_encoder_layers()[-1]


# ------------------------------------------------------------------------------------------- seams


def test_replaceable_operations_all_go_through_one_object():
    calls = []

    def recorded(name):
        def call(*args):
            calls.append(name)
            return getattr(selection.PLAIN, name)(*args)

        return call

    build(ops=selection.Ops(*[recorded(name) for name in selection.Ops._fields]))
    assert {name: calls.count(name) for name in set(calls)} == {
        "embedding": 1,
        "qkv_projection": 2,
        "matmul": 6,
        "attention": 2,
        "bias_gelu": 2,
        "bias_dropout_residual_layer_norm": 4,
    }


def test_float16_weights_are_cast_once_and_the_biases_of_fused_ops_not_at_all(fused_library):
    model = build(use_fused_ops=True, compute_type=tf.float16)
    gradients = tf.gradients(model.get_pooled_output(), tf.trainable_variables())
    assert None not in gradients
    cast = [
        op.inputs[0].op.name[: -len("/read")]
        for op in tf.get_default_graph().get_operations()
        if op.type == "Cast" and op.inputs[0].op.name.endswith("/read")
    ]
    names = [v.op.name for v in tf.trainable_variables()]
    kernels = [name for name in names if name.endswith("/kernel")]
    # No fused op adds the biases of the projections, nor, before its tanh, the pooler's.
    biases = [name for name in names if "/self/" in name and name.endswith("/bias")]
    assert len(biases) == 6
    assert sorted(cast) == sorted(kernels + biases + ["bert/pooler/dense/bias"])


def test_fused_ops_that_are_not_built_are_an_error(monkeypatch):
    monkeypatch.setattr(loader, "unavailable_reason", lambda: "fused ops are not built: run make")
    with pytest.raises(modeling.ConfigError, match="fused ops are not built: run make"):
        build(use_fused_ops=True)
    build(use_fused_ops=False)


# --------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("bad_id", [23, -1, 2**31 - 1])
def test_token_id_outside_the_vocabulary(bad_id):
    ids = IDS.copy()
    ids[1, 2] = bad_id
    message = error_message(build(ids=ids).get_pooled_output())
    assert "vocabulary of 23 entries" in message and str(bad_id) in message


@pytest.mark.parametrize("bad_type", [2, -1])
def test_token_type_outside_the_types(bad_type):
    types = TYPES.copy()
    types[0, 0] = bad_type
    assert "2 segment types" in error_message(build(types=types).get_sequence_output())


def test_checks_run_on_the_cpu_whatever_the_device():
    with tf.device("/gpu:0"):
        build()
    checks = [
        operation
        for operation in tf.get_default_graph().get_operations()
        if operation.type == "Assert"
    ]
    assert len(checks) == 2 and all("CPU:0" in operation.device.upper() for operation in checks)


def test_sequence_longer_than_the_positions():
    ids = np.zeros([1, 10], np.int32)
    with pytest.raises(modeling.ConfigError, match="max_position_embeddings 9.*10"):
        build(ids=ids, mask=None, types=None)
    placeholder = tf.placeholder(tf.int32, [None, None])
    model = modeling.BertModel(config_of(), False, placeholder)
    message = error_message(model.get_pooled_output(), feed={placeholder: ids})
    assert "max_position_embeddings 9" in message
    assert run(model.get_pooled_output(), feed={placeholder: ids[:, :9]}).shape == (1, 12)


def test_inputs_of_another_rank():
    with pytest.raises(ValueError, match="input_ids has shape .*rank 2"):
        build(ids=IDS[0])
    with pytest.raises(ValueError, match="input_mask has shape"):
        build(mask=MASK[0])


def test_other_arguments_refused():
    with pytest.raises(modeling.ConfigError, match="compute_type must be float32 or float16"):
        build(compute_type=tf.float64)


def test_config_changed_after_construction_is_checked_again():
    config = config_of()
    config.num_attention_heads = 5
    with pytest.raises(modeling.ConfigError, match="not divisible"):
        build(config=config)


# -------------------------------------------------------------------------------- what users import


def test_activations():
    assert modeling.get_activation("linear") is None and modeling.get_activation(None) is None
    assert modeling.get_activation("") is None and modeling.get_activation("GELU") is modeling.gelu
    assert modeling.get_activation(tf.nn.elu) is tf.nn.elu
    x = np.array([-3.0, -1.0, 0.0, 0.5, 2.0], np.float32)
    # x * Phi(x) with Phi from a table of the normal distribution.
    table = [-3.0 * 0.0013498980, -1.0 * 0.1586552539, 0.0, 0.5 * 0.6914624613, 2.0 * 0.9772498681]
    np.testing.assert_allclose(run(modeling.gelu(tf.constant(x))), table, atol=2e-7)


def test_get_shape_list():
    assert modeling.get_shape_list(tf.zeros([2, 3])) == [2, 3]
    mixed = modeling.get_shape_list(
        tf.placeholder(tf.float32, [None, 3], name="mixed"), expected_rank=[2, 3]
    )
    assert mixed[1] == 3 and isinstance(mixed[0], tf.Tensor)
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\), expected rank 3"):
        modeling.get_shape_list(tf.zeros([2, 3]), expected_rank=3, name="x")
    with pytest.raises(ValueError, match="unknown rank"):
        modeling.get_shape_list(tf.placeholder(tf.float32), expected_rank=3)


def test_assignment_map_initialises_what_the_checkpoint_has(tmp_path):
    prefix = str(tmp_path / "model.ckpt")
    weights = numpy_bert.random_weights(CONFIG, seed=9)
    build()
    tf.get_variable("only/in/checkpoint", [2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables()[:-1]:
            variable.load(weights[variable.op.name], session)
        tf.train.Saver().save(session, prefix)
    with tf.Graph().as_default():
        model = build()
        head = tf.get_variable("cls/squad/output_bias", [2], initializer=tf.ones_initializer())
        assignment_map, names = modeling.get_assignment_map_from_checkpoint(
            tf.trainable_variables(), prefix
        )
        assert set(assignment_map) == set(numpy_bert.variable_shapes(CONFIG))
        # Google's map: users' code handles its values as names.
        assert all(assignment_map[name] == name for name in assignment_map)
        assert set(names) == set(assignment_map) | {name + ":0" for name in assignment_map}
        tf.train.init_from_checkpoint(prefix, assignment_map)
        states, bias = run([outputs(model), head])
    truth = flatten(numpy_bert.forward(CONFIG, weights, IDS, MASK, TYPES))
    np.testing.assert_allclose(states["pooled"], truth[-1], atol=1e-5)
    np.testing.assert_array_equal(bias, [1, 1])


def test_assignment_map_without_a_checkpoint(tmp_path):
    prefix = str(tmp_path / "none.ckpt")
    with pytest.raises(modeling.ConfigError) as caught:
        modeling.get_assignment_map_from_checkpoint([], prefix)
    assert prefix + ".index" in str(caught.value) and "\n" not in str(caught.value)
