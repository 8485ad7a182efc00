# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""AdamW and LAMB over many steps against float64 NumPy; their slot variables; plain and fused."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import optimization
from fused_ops import selection
from tests.reference.numpy_optimizers import FLOAT32_ROUNDING, NumpyLamb, NumpyRecipe, expected_rate

pytestmark = pytest.mark.usefixtures("fresh_graph")


@pytest.fixture(params=[False, True], ids=["ref_variables", "resource_variables"])
def use_resource(request):
    return request.param


SHAPES = {
    "bert/embeddings/word_embeddings": [11, 4],
    "bert/encoder/layer_0/output/dense/kernel": [4, 3],
    "bert/encoder/layer_0/output/dense/bias": [3],
    "bert/embeddings/LayerNorm/gamma": [4],
    "bert/embeddings/LayerNorm/beta": [4],
    "old/layer_norm/gamma": [2],
    "cls/squad/output_weights": [2, 4],
    "cls/squad/output_bias": [2],
}
DECAYING = (
    "bert/embeddings/word_embeddings",
    "bert/encoder/layer_0/output/dense/kernel",
    "cls/squad/output_weights",
)
STEPS, WARMUP, RATE = 60, 12, 0.02


class Problem:
    """Variables whose gradients are fed; the word table's is sparse, through a lookup, when asked for."""

    def __init__(self, use_resource, sparse, seed=0):
        self.random = np.random.RandomState(seed)
        self.variables = {}
        for name in sorted(SHAPES):
            initial = self.random.normal(size=SHAPES[name]).astype(np.float32)
            self.variables[name] = tf.get_variable(
                name, initializer=initial, use_resource=use_resource
            )
        self.table = "bert/embeddings/word_embeddings"
        self.sparse = sparse
        self.ids = tf.placeholder(tf.int32, [None])
        self.factors = {
            name: tf.placeholder(tf.float32, [None, 4] if sparse and name == self.table else shape)
            for name, shape in SHAPES.items()
        }
        # d loss / d variable is the factor that is fed.
        used = dict(self.variables)
        if sparse:
            used[self.table] = tf.gather(self.variables[self.table], self.ids)
        self.loss = tf.add_n(
            [tf.reduce_sum(used[name] * self.factors[name]) for name in sorted(SHAPES)]
        )

    def draw(self, scale):
        """Returns (feed, dense gradients by name in float64); ids repeat, and some rows get no gradient."""
        ids = self.random.choice([0, 2, 2, 5, 7, 10], size=9)
        feed, gradients = {self.ids: ids}, {}
        for name in sorted(SHAPES):
            shape = [9, 4] if self.sparse and name == self.table else SHAPES[name]
            value = (scale * self.random.normal(size=shape)).astype(np.float32)
            feed[self.factors[name]] = value
            gradients[name] = value.astype(np.float64)
        if self.sparse:
            dense = np.zeros(SHAPES[self.table])
            with np.errstate(invalid="ignore"):  # infinite draws: inf - inf
                for row, identity in enumerate(ids):
                    dense[identity] += gradients[self.table][row]
            gradients[self.table] = dense
        return feed, gradients


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_sixty_steps_equal_numpy(use_resource, sparse):
    problem = Problem(use_resource, sparse)
    train_op = optimization.create_optimizer(problem.loss, RATE, STEPS, WARMUP)
    step = tf.train.get_global_step()
    slots = {
        name: [tf.global_variables(name + "/" + slot)[0] for slot in ("adam_m", "adam_v")]
        for name in SHAPES
    }
    assert (
        isinstance(
            tf.gradients(problem.loss, problem.variables[problem.table])[0], tf.IndexedSlices
        )
        == sparse
    )
    norms = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        truth = NumpyRecipe(session.run(problem.variables), DECAYING)
        for done in range(STEPS):
            # Norms from about 0.1 to about 15: some steps are clipped and some are not.
            feed, gradients = problem.draw(scale=0.01 * 10 ** (done % 4 / 1.5))
            norms.append(truth.step(gradients, expected_rate(RATE, STEPS, WARMUP, done)))
            session.run(train_op, feed)
            assert session.run(step) == done + 1
        values, moments = session.run([problem.variables, slots])
    assert 10 < sum(norm > 1.0 for norm in norms) < STEPS - 10
    for name in SHAPES:
        # Each step rounds a value below 4 once, by at most 2 * 2^-24, and nothing amplifies an error that is there:
        # 60 steps cannot be further off than this. Measured: 16 * 2^-24.
        assert np.abs(values[name] - truth.values[name]).max() < 2 * STEPS * FLOAT32_ROUNDING, name
        np.testing.assert_allclose(moments[name][0], truth.first[name], rtol=0, atol=1e-6)
        np.testing.assert_allclose(moments[name][1], truth.second[name], rtol=1e-4, atol=1e-9)
    # The sparse case is one: rows 1, 3, 4, 6, 8 and 9 never had a gradient (their decay is compared above).
    assert sparse == bool(np.all(moments[problem.table][0][[1, 3, 4, 6, 8, 9]] == 0))


def test_twenty_steps_of_lamb_equal_numpy(use_resource):
    steps = 20
    problem = Problem(use_resource, sparse=True)
    global_step = tf.train.get_or_create_global_step()
    optimizer = optimization.make_optimizer(
        "lamb", optimization.learning_rate_schedule(RATE, STEPS, WARMUP, global_step), global_step
    )
    variables = [problem.variables[name] for name in sorted(SHAPES)]
    train_op, _ = optimization.clip_and_apply(
        optimizer, tf.gradients(problem.loss, variables), variables, global_step
    )
    assert {slot for name in SHAPES for slot in (name + "/adam_m", name + "/adam_v")} < {
        variable.op.name for variable in tf.global_variables()
    }
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        # A variable that starts at 0 has no trust ratio: it must move all the same.
        problem.variables["cls/squad/output_weights"].load(np.zeros([2, 4]), session)
        truth = NumpyLamb(session.run(problem.variables), DECAYING)
        initial = dict(truth.values)
        for done in range(steps):
            feed, gradients = problem.draw(scale=0.01 * 10 ** (done % 4 / 1.5))
            truth.step(gradients, expected_rate(RATE, STEPS, WARMUP, done))
            session.run(train_op, feed)
        values = session.run(problem.variables)
    for name in SHAPES:
        assert np.abs(truth.values[name] - initial[name]).max() > 1e-3, name
        # As for AdamW, plus the roundings of two norms and a quotient in each step's update, which is below 0.1.
        assert np.abs(values[name] - truth.values[name]).max() < 4 * steps * FLOAT32_ROUNDING, name


def test_lamb_bias_correction_is_right_from_the_first_step():
    """A constant gradient: with the correction every step of an excluded variable is the sign of the gradient."""
    variable = tf.get_variable("bias", initializer=np.zeros(2, np.float32))
    step = tf.train.get_or_create_global_step()
    optimizer = optimization.make_optimizer("lamb", tf.constant(1.0), step)
    train_op, _ = optimization.clip_and_apply(
        optimizer, [tf.constant([0.5, -0.25])], [variable], step
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for done in range(1, 4):
            session.run(train_op)
            # epsilon is 4e-6 of the smaller gradient; float32 bias correction alone would be off by 6e-6.
            np.testing.assert_allclose(
                session.run(variable), [-done / (1 + 2e-6), done / (1 + 4e-6)], rtol=4e-7
            )


def updated(rule, ops, steps=4):
    """Variables and slots by name after steps with loss scaling and clipping, one of them skipped."""
    with tf.Graph().as_default(), tf.Session() as session:
        problem = Problem(use_resource=False, sparse=True)
        global_step = tf.train.get_or_create_global_step()
        variables = [problem.variables[name] for name in sorted(SHAPES)]
        optimizer = optimization.make_optimizer(rule, tf.constant(0.01), global_step, ops)
        train_op, _ = optimization.clip_and_apply(
            optimizer,
            tf.gradients(problem.loss * 8.0, variables),
            variables,
            global_step,
            loss_scale=tf.constant(8.0),
        )
        session.run(tf.global_variables_initializer())
        for number in range(steps):
            feed, _ = problem.draw(scale=np.inf if number == 2 else 1.0)
            session.run(train_op, feed)
        return {variable.op.name: session.run(variable) for variable in tf.global_variables()}


@pytest.mark.parametrize("rule", ["adamw", "lamb"])
def test_fused_kernels_make_the_same_steps(fused_library, rule):
    plain, fused = updated(rule, selection.PLAIN), updated(rule, selection.FUSED)
    assert sorted(plain) == sorted(fused) and plain["global_step"] == fused["global_step"] == 3
    for name in plain:
        # A unit or two of float32 a step: contracted multiply-adds round once where the plain ops round twice.
        np.testing.assert_allclose(fused[name], plain[name], rtol=2e-6, atol=1e-6, err_msg=name)


def test_unknown_rule():
    with pytest.raises(ValueError, match="unknown optimizer 'sgd': use adamw or lamb"):
        optimization.make_optimizer("sgd", 0.1, tf.train.get_or_create_global_step())


def test_sparse_equals_dense_bit_for_bit():
    results = []
    for sparse in (True, False):
        with tf.Graph().as_default():
            table = tf.get_variable(
                "table", initializer=np.arange(12, dtype=np.float32).reshape([6, 2])
            )
            ids, factor = np.array([4, 1, 4]), np.array([[1, 2], [3, 4], [5, 6]], np.float32)
            looked_up = tf.gather(table, ids) if sparse else tf.matmul(tf.one_hot(ids, 6), table)
            train_op = optimization.create_optimizer(tf.reduce_sum(looked_up * factor), 0.1, 10, 0)
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                for _ in range(3):
                    session.run(train_op)
                results.append(session.run(table))
    np.testing.assert_array_equal(results[0], results[1])
    assert np.all(results[0][[0, 2, 3, 5]] < np.arange(12).reshape([6, 2])[[0, 2, 3, 5]] + 1e-9)
    assert np.all(results[0][2] < [4, 5]), "rows without a gradient decay too"


def test_slot_variables_carry_the_names_of_published_checkpoints(tmp_path, use_resource):
    problem = Problem(use_resource, sparse=True)
    train_op = optimization.create_optimizer(problem.loss, RATE, STEPS, WARMUP)
    expected = set(SHAPES) | {"global_step"}
    for slot in ("adam_m", "adam_v"):
        expected |= {name + "/" + slot for name in SHAPES}
    assert {variable.op.name for variable in tf.global_variables()} == expected
    assert {variable.op.name for variable in tf.trainable_variables()} == set(SHAPES)
    # What decides is the name in the checkpoint, and that slots come back.
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train_op, problem.draw(1.0)[0])
        prefix = tf.train.Saver().save(session, str(tmp_path / "model.ckpt"))
        before = session.run(tf.global_variables())
        assert {name for name, _ in tf.train.list_variables(prefix)} == expected
        session.run(tf.global_variables_initializer())
        tf.train.Saver().restore(session, prefix)
        for old, new in zip(before, session.run(tf.global_variables())):
            np.testing.assert_array_equal(old, new)


def test_small_decay_is_not_rounded_away():
    """At fine-tuning rates lr * 0.01 * theta alone is below half a float32 step of theta."""
    size, rate, steps = 20000, 1e-6, 40
    random = np.random.RandomState(0)
    initial = random.uniform(1.0, 2.0, size).astype(np.float32)
    variable = tf.get_variable("kernel", initializer=initial)
    gradient = tf.placeholder(tf.float32, [size])
    train_op = optimization.create_optimizer(tf.reduce_sum(variable * gradient), rate, 10**6, 0)
    truth = NumpyRecipe({"kernel": initial}, ["kernel"])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for done in range(steps):
            value = random.normal(scale=1e-3, size=size).astype(np.float32)
            session.run(train_op, {gradient: value})
            truth.step({"kernel": value.astype(np.float64)}, expected_rate(rate, 10**6, 0, done))
        error = (session.run(variable) - truth.values["kernel"]).mean()
    decayed = rate * 0.01 * initial.mean() * steps
    # Roundings are even-handed: over 20,000 weights their mean is a thousandth of the decay. Lost decay is all of it.
    assert abs(error) < 0.05 * decayed
