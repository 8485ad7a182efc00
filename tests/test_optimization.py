# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Schedule, update and clipping against independent float64 NumPy versions, over many steps."""

import math

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import optimization
from fused_ops import selection

tf.disable_v2_behavior()

FLOAT32_ROUNDING = 2.0**-24


@pytest.fixture(autouse=True)
def fresh_graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture(params=[False, True], ids=["ref_variables", "resource_variables"])
def use_resource(request):
    return request.param


# ----------------------------------------------------------------------------------------- schedule


def expected_rate(init_lr, total, warmup, step):
    """The update of docs/interface.md §3 in double precision."""
    if step >= total:
        return 0.0
    if step < warmup:
        return init_lr * step / warmup
    return init_lr * (1.0 - step / float(total)) / (1.0 - warmup / float(total))


def rates(init_lr, total, warmup, steps):
    step = tf.placeholder(tf.int64, [])
    rate = optimization.learning_rate_schedule(init_lr, total, warmup, step)
    assert rate.dtype == tf.float32 and rate.shape.as_list() == []
    with tf.Session() as session:
        return [session.run(rate, {step: value}) for value in steps]


@pytest.mark.parametrize(
    "total, warmup", [(50, 10), (50, 0), (50, 1), (50, 49), (50, 50), (1, 0), (7, 20)]
)
def test_schedule_at_every_step(total, warmup):
    steps = list(range(total + 5))
    expected = [expected_rate(3e-4, total, warmup, step) for step in steps]
    # The float32 constant, a division and a product: three roundings.
    np.testing.assert_allclose(
        rates(3e-4, total, warmup, steps), expected, rtol=4 * FLOAT32_ROUNDING, atol=0
    )


def test_schedule_of_the_recipe_has_no_jump():
    total, warmup = 1144000, 10000
    steps = [0, 1, 9998, 9999, 10000, 10001, 600000, total - 1, total, total + 1000]
    computed = rates(1e-4, total, warmup, steps)
    np.testing.assert_allclose(
        computed,
        [expected_rate(1e-4, total, warmup, step) for step in steps],
        rtol=4 * FLOAT32_ROUNDING,
        atol=0,
    )
    assert computed[0] == 0.0 and computed[-1] == 0.0 and computed[-2] == 0.0
    assert abs(computed[4] - 1e-4) < 1e-11, "the peak is reached at W, from both sides"
    assert computed[4] - computed[3] < 1.1e-8 and computed[4] > computed[5]


def test_schedule_follows_a_variable_and_a_tensor_rate():
    step = tf.train.get_or_create_global_step()
    rate = optimization.learning_rate_schedule(tf.constant(2.0) * 0.5, 4, 2, step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = []
        for _ in range(5):
            values.append(float(session.run(rate)))
            session.run(tf.assign_add(step, 1))
    assert values == [0.0, 0.5, 1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    "total, warmup, message",
    [
        (0, 0, "num_train_steps must be at least 1, got 0"),
        (10, -1, "num_warmup_steps must not be negative, got -1"),
    ],
)
def test_schedule_refuses(total, warmup, message):
    with pytest.raises(ValueError, match=message):
        optimization.learning_rate_schedule(1e-4, total, warmup, tf.constant(0))


# ------------------------------------------------------------------------- the update, many steps


class NumpyRecipe:
    """Clip, Adam without bias correction, decoupled decay, in float64, one number at a time where it matters."""

    def __init__(self, values, decaying):
        self.values = {name: np.array(value, np.float64) for name, value in values.items()}
        self.first = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.decaying = decaying

    def step(self, gradients, rate):
        norm = math.sqrt(
            math.fsum(
                float(entry) ** 2 for gradient in gradients.values() for entry in gradient.flat
            )
        )
        for name, gradient in gradients.items():
            gradient = gradient / norm if norm > 1.0 else gradient
            self.first[name] = 0.9 * self.first[name] + 0.1 * gradient
            self.second[name] = 0.999 * self.second[name] + 0.001 * gradient**2
            update = self.first[name] / (np.sqrt(self.second[name]) + 1e-6)
            if name in self.decaying:
                update = update + 0.01 * self.values[name]
            self.values[name] = self.values[name] - rate * update
        return norm


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


class NumpyLamb:
    """Algorithm 2 of arXiv 1904.00962 with phi the identity, behind a clip by the global norm; in float64."""

    def __init__(self, values, adapting):
        self.values = {name: np.array(value, np.float64) for name, value in values.items()}
        self.first = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.values.items()}
        self.adapting = adapting
        self.time = 0

    def step(self, gradients, rate):
        self.time += 1
        norm = math.sqrt(
            math.fsum(
                float(entry) ** 2 for gradient in gradients.values() for entry in gradient.flat
            )
        )
        for name, gradient in gradients.items():
            gradient = gradient / max(norm, 1.0)
            self.first[name] = 0.9 * self.first[name] + 0.1 * gradient
            self.second[name] = 0.999 * self.second[name] + 0.001 * gradient**2
            first = self.first[name] / (1 - 0.9**self.time)
            second = self.second[name] / (1 - 0.999**self.time)
            update, ratio = first / (np.sqrt(second) + 1e-6), 1.0
            if name in self.adapting:
                update = update + 0.01 * self.values[name]
                sizes = [
                    math.sqrt(math.fsum(entry**2 for entry in array.flat))
                    for array in (self.values[name], update)
                ]
                if min(sizes) > 0:
                    ratio = sizes[0] / sizes[1]
            self.values[name] = self.values[name] - rate * ratio * update


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


# ------------------------------------------------------------------------------ clip_and_apply


class Recorder:
    """Stands for an optimizer: remembers what it was given and the global step at the time."""

    def __init__(self, global_step):
        self.global_step = global_step
        self.pairs, self.scale, self.seen = (
            None,
            None,
            tf.get_variable("seen", initializer=tf.constant(-1, tf.int64)),
        )

    def apply_gradients(self, pairs, gradient_scale):
        self.pairs, self.scale = pairs, tf.ones([]) if gradient_scale is None else gradient_scale
        with tf.control_dependencies([gradient for gradient, _ in pairs]):
            return tf.assign(self.seen, tf.identity(self.global_step)).op


def clip(gradients, clip_norm=1.0):
    """Runs clip_and_apply once; returns (clipped gradients, norm, step seen by the optimizer, step after)."""
    variables = [
        tf.get_variable("v%d" % index, [3], use_resource=False) for index in range(len(gradients))
    ]
    global_step = tf.train.get_or_create_global_step()
    recorder = Recorder(global_step)
    train_op, norm = optimization.clip_and_apply(
        recorder, gradients, variables, global_step, clip_norm
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        clipped, norm, _ = session.run(
            [[gradient * recorder.scale for gradient, _ in recorder.pairs], norm, train_op]
        )
        return clipped, norm, session.run(recorder.seen), session.run(global_step)


def test_norm_below_the_limit_changes_no_bit():
    gradient = np.array([0.1, -0.2, 0.3], np.float32)
    clipped, norm, seen, after = clip([tf.constant(gradient), None])
    assert len(clipped) == 1, "variables without a gradient are left out"
    np.testing.assert_array_equal(clipped[0], gradient)
    assert abs(norm - math.sqrt(0.14)) < 1e-7
    assert (seen, after) == (0, 1), "the step advances, and only after the update"


def test_norm_above_the_limit_is_scaled_to_it():
    clipped, norm, _, _ = clip(
        [tf.constant([3.0, 0.0, 0.0]), tf.constant([0.0, 4.0, 0.0])], clip_norm=2.5
    )
    assert norm == 5.0
    np.testing.assert_array_equal(clipped, [[1.5, 0, 0], [0, 2.0, 0]])


def test_norm_of_repeated_rows_is_that_of_their_sum():
    slices = tf.IndexedSlices(tf.constant([3.0, 5.0]), tf.constant([1, 1]), tf.constant([3]))
    clipped, norm, _, _ = clip([slices, tf.constant([0.0, 0.0, 6.0])])
    assert norm == 10.0
    np.testing.assert_allclose(clipped, [[0, 0.8, 0], [0, 0, 0.6]], rtol=1e-7)


def test_no_clipping_when_switched_off():
    clipped, norm, _, after = clip([tf.constant([3.0, 4.0, 0.0])], clip_norm=None)
    np.testing.assert_array_equal(clipped, [[3, 4, 0]])
    assert norm == 5.0 and after == 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_shows_in_the_norm(bad):
    _, norm, _, _ = clip([tf.constant([1.0, bad, 0.0]), tf.constant([1.0, 0.0, 0.0])])
    assert not np.isfinite(norm)


@pytest.mark.parametrize("clip_norm", [2.5, None])
def test_loss_scale_is_taken_out_in_one_with_the_clip(clip_norm):
    """Powers of two: scaled and not scaled differ in no bit."""
    results = []
    for scale in (None, 2.0**20):
        with tf.Graph().as_default():
            variable = tf.get_variable("kernel", initializer=np.array([1.0, 2.0], np.float32))
            step = tf.train.get_or_create_global_step()
            optimizer = optimization.AdamWeightDecayOptimizer(0.1, weight_decay_rate=0.01)
            train_op, norm = optimization.clip_and_apply(
                optimizer,
                [tf.constant([3.0, 4.0]) * (scale or 1.0)],
                [variable],
                step,
                clip_norm,
                loss_scale=None if scale is None else tf.constant(scale),
            )
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                _, norm = session.run([train_op, norm])
                assert norm == 5.0 and session.run(step) == 1
                results.append(session.run(variable))
    np.testing.assert_array_equal(results[0], results[1])


def test_clip_and_apply_refuses():
    step = tf.train.get_or_create_global_step()
    variable = tf.get_variable("v", [3])
    with pytest.raises(ValueError, match="no gradient for any of the 1 variables"):
        optimization.clip_and_apply(None, [None], [variable], step)
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="clip_norm must be positive or None"):
            optimization.clip_and_apply(None, [tf.zeros([3])], [variable], step, clip_norm=bad)


# ------------------------------------------------------------------------ names and call forms


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


def test_defaults_of_the_class_decay_nothing():
    variable = tf.get_variable("kernel", initializer=np.array([1.0, 2.0], np.float32))
    optimizer = optimization.AdamWeightDecayOptimizer(learning_rate=0.5)
    update = optimizer.apply_gradients([(tf.zeros([2]), variable)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        np.testing.assert_array_equal(session.run(variable), [1.0, 2.0])


def test_apply_gradients_does_not_advance_the_step_it_is_given():
    """Existing training code passes global_step and then assigns global_step + 1 itself."""
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    step = tf.train.get_or_create_global_step()
    optimizer = optimization.AdamWeightDecayOptimizer(
        0.5, weight_decay_rate=0.01, exclude_from_weight_decay=["bias"]
    )
    update = optimizer.apply_gradients(
        zip([tf.ones([1]), None], [variable, step]), global_step=step
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        assert session.run(step) == 0
        # m = 0.1, v = 0.001: by hand.
        by_hand = 1.0 - 0.5 * (0.1 / (math.sqrt(0.001) + 1e-6) + 0.01)
        assert abs(session.run(variable)[0] - by_hand) < 4 * FLOAT32_ROUNDING


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


@pytest.mark.parametrize(
    "call",
    [
        lambda loss: optimization.create_optimizer(loss, 0.1, 10, 0, False),
        lambda loss: optimization.create_optimizer(
            loss=loss, init_lr=0.1, num_train_steps=10, num_warmup_steps=0, use_tpu=False
        ),
    ],
)
def test_calls_written_for_other_bert_code(call):
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    train_op = call(tf.reduce_sum(variable))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        assert session.run(variable)[0] < 0.9, "use_tpu=False must not be taken for clip_norm=0"


def test_tpu_refused():
    with pytest.raises(ValueError, match="TPUs are not supported"):
        optimization.create_optimizer(tf.zeros([]), 0.1, 10, 0, use_tpu=True)


def test_step_with_the_learning_rate_of_the_step_before_it_is_done():
    """The first step of a warm-up has rate 0: it fills the moments and moves nothing."""
    variable = tf.get_variable("kernel", initializer=np.array([1.0], np.float32))
    train_op = optimization.create_optimizer(tf.reduce_sum(variable), 0.1, 10, 5)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        assert session.run(variable)[0] == 1.0
        assert session.run(tf.global_variables("kernel/adam_m")[0])[0] > 0
