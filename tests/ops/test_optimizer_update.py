# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""optimizer_update: AdamW and LAMB in place, against float64 NumPy, for every instruction set of the CPU kernels."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from fused_ops import optimizer_update
from tests.ops import harness, reference

RULE = {"weight_decay_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-6}
SCALE, RATE = 0.37, 0.02
STEP = 3  # of LAMB
NAMES = ("parameter", "m", "v")


def _inputs(shape, dtype=np.float32, seed=0):
    """parameter, m, v and gradient."""
    rng = np.random.RandomState(seed)
    values = [rng.randn(*shape).astype(np.float32) for _ in range(2)] + [
        np.square(rng.randn(*shape)).astype(np.float32)
    ]
    return values + [(5.0 * rng.randn(*shape)).astype(dtype)]


def _exact(values, lamb, adapts=False, rule=RULE):
    parameter, m, v, g = [np.asarray(value, np.float64) for value in values]
    g = g * np.float64(np.float32(SCALE))
    beta_1, beta_2 = rule["beta_1"], rule["beta_2"]
    m, v = beta_1 * m + (1.0 - beta_1) * g, beta_2 * v + (1.0 - beta_2) * g * g
    m_hat, v_hat = (m / (1.0 - beta_1**STEP), v / (1.0 - beta_2**STEP)) if lamb else (m, v)
    u = m_hat / (np.sqrt(v_hat) + rule["epsilon"]) + rule["weight_decay_rate"] * parameter
    norms = [np.sqrt(np.sum(np.square(array))) for array in (parameter, u)]
    ratio = norms[0] / norms[1] if adapts and norms[0] > 0.0 and norms[1] > 0.0 else 1.0
    return parameter - RATE * ratio * u, m, v


def _run(
    values, lamb=False, adapts=False, fused=True, static_shapes=True, threads=0, steps=1, rule=RULE
):
    """The variables after `steps` updates with the same gradient."""
    with tf.Graph().as_default():
        variables = [tf.Variable(value, use_resource=False) for value in values[:3]]
        gradient = tf.placeholder(values[3].dtype, values[3].shape if static_shapes else None)
        parameter, m, v = variables
        extra = {"step": tf.constant(STEP, tf.int64), "adapts": adapts} if lamb else {}
        step = (optimizer_update.fused if fused else optimizer_update.plain)(
            parameter,
            gradient,
            m,
            v,
            tf.constant(SCALE),
            tf.constant(RATE),
            optimizer_update.Rule(**dict(rule, **extra)),
        )
        with tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=threads)) as session:
            session.run(tf.global_variables_initializer())
            for _ in range(steps):
                session.run(step, {gradient: values[3]})
            return session.run(variables)


RULES = ((False, False), (True, False), (True, True))  # lamb, adapts


def _check(shape, lamb, adapts, dtype=np.float32):
    values = _inputs(shape, dtype)
    fused, plain = _run(values, lamb, adapts), _run(values, lamb, adapts, fused=False)
    for name, f, p, e in zip(NAMES, fused, plain, _exact(values, lamb, adapts)):
        reference.assert_as_good_as_plain("%s %s" % (name, shape), f, p, e, units=2)


@pytest.mark.parametrize("lamb, adapts", RULES)
@pytest.mark.parametrize("size", reference.EDGE_COLS)
def test_matches_reference_at_edge_sizes(cpu_isa, size, lamb, adapts):
    _check((size,), lamb, adapts)


@pytest.mark.parametrize("lamb, adapts", RULES)
@pytest.mark.parametrize("dtype", harness.FLOAT_TYPES)
def test_matches_reference_over_several_chunks(lamb, adapts, dtype):
    _check((41, 1003), lamb, adapts, dtype)


@pytest.mark.parametrize("lamb, adapts", RULES)
def test_several_steps_and_unknown_static_shape(lamb, adapts):
    values = _inputs((7, 5))
    after = _run(values, lamb, adapts, static_shapes=False, steps=3)
    expected = values[:3]
    for _ in range(3):
        expected = _exact(list(expected) + values[3:], lamb, adapts)
    for name, actual, exact in zip(NAMES, after, expected):
        np.testing.assert_allclose(actual, exact, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_norm_of_zero_makes_the_ratio_one():
    parameter, m, v, gradient = _inputs((40,))
    zeros = np.zeros_like(parameter)
    no_decay = dict(RULE, weight_decay_rate=0.0)
    for values in (
        [zeros, m, v, gradient],
        [parameter, zeros, v, zeros],
    ):  # parameter of norm 0, direction of norm 0
        after = _run(values, True, True, rule=no_decay)
        np.testing.assert_allclose(after[0], _exact(values, True, True, no_decay)[0], rtol=1e-6)
        assert np.isfinite(after[0]).all()


def test_empty_variable():
    for lamb, adapts in RULES:
        assert [value.shape for value in _run(_inputs((0, 3)), lamb, adapts)] == [(0, 3)] * 3


def test_not_a_number_is_passed_on():
    values = _inputs((50,))
    values[3][7] = np.nan
    after = _run(values)
    assert np.isnan(after[0][7]) and np.isfinite(np.delete(after[0], 7)).all()
    assert np.isnan(_run(values, True, True)[1][7])


@pytest.mark.parametrize("lamb, adapts", RULES)
def test_bit_equal_from_run_to_run_and_for_any_number_of_threads(lamb, adapts):
    values = _inputs((90, 700))
    runs = [_run(values, lamb, adapts, threads=threads) for threads in (2, 2, 1, 5)]
    for other in runs[1:]:
        for first, second in zip(runs[0], other):
            np.testing.assert_array_equal(first, second)


def test_works_inside_a_conditional():
    """As in a step that is skipped when a gradient is not finite."""
    values = _inputs((33,))
    with tf.Graph().as_default():
        variables = [tf.Variable(value, use_resource=False) for value in values[:3]]
        go = tf.placeholder(tf.bool, [])

        def update():
            return optimizer_update.fused(
                variables[0],
                tf.constant(values[3]),
                variables[1],
                variables[2],
                tf.constant(SCALE),
                tf.constant(RATE),
                optimizer_update.Rule(**RULE),
            )

        step = tf.cond(go, update, tf.no_op)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(step, {go: False})
            for value, before in zip(session.run(variables), values):
                np.testing.assert_array_equal(value, before)
            session.run(step, {go: True})
            np.testing.assert_allclose(
                session.run(variables[0]), _exact(values, False)[0], rtol=1e-5, atol=1e-6
            )


def test_wrong_arguments_are_refused_with_a_message():
    values = _inputs((4, 6))
    invalid = tf.errors.InvalidArgumentError
    with pytest.raises(
        invalid, match=r"gradient and parameter must have the same shape, not \[4,5\] and \[4,6\]"
    ):
        _run(values[:3] + [values[3][:, :5]], static_shapes=False)
    with pytest.raises(ValueError, match="must be equal"):
        _run(values[:3] + [values[3][:, :5]])
    with pytest.raises(TypeError, match="float64"):
        _run(values[:3] + [np.float64(values[3])])
    with tf.Graph().as_default():
        variables = [tf.Variable(value, use_resource=False) for value in values[:3]]
        step = optimizer_update.fused(
            variables[0],
            values[3],
            variables[1],
            variables[2],
            1.0,
            tf.placeholder_with_default(np.ones([2], "f"), None),
            optimizer_update.Rule(**RULE),
        )
        with tf.Session() as session:
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value"):
                session.run(step)
            session.run(tf.global_variables_initializer())
            with pytest.raises(
                invalid, match=r"learning_rate must be a scalar, not of shape \[2\]"
            ):
                session.run(step)
        resource = tf.Variable(values[0], use_resource=True)
        with pytest.raises(ValueError, match="is a resource variable"):
            optimizer_update.fused(
                resource,
                values[3],
                variables[1],
                variables[2],
                None,
                0.1,
                optimizer_update.Rule(**RULE),
            )
