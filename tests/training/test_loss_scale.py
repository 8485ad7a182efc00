# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/loss_scale.py: the rule of the scale, its state in checkpoints, what is said and when it stops."""

import io

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from tests.jobs import FP32, make_job
from training import checkpoints, hooks, progress, train_op
from training.loss_scale import DynamicLossScale, OverflowHook
from training.session import make_estimator
from training.start import find_start


def test_scale_halves_doubles_after_a_thousand_good_steps_and_stays_above_one():
    with tf.Graph().as_default(), tf.Session() as session:
        scaling = DynamicLossScale(8.0)
        finite = tf.placeholder(tf.bool, [])
        update, scalars = scaling.update(finite, after=[])
        session.run(tf.global_variables_initializer())

        def steps(number, value):
            for _ in range(number):
                used = session.run([update, scalars], {finite: value})[1]
            return used["loss_scale"], used["skipped_steps"]

        assert steps(1, True) == (8, 0)
        assert steps(2, False) == (4, 2)  # used by the second of them
        assert steps(1000, True) == (2, 2)
        assert steps(999, True) == (4, 2)  # doubled after the thousandth
        assert steps(1, False) == (4, 3)  # its 999 good steps before are forgotten
        assert steps(1000, True) == (2, 3)
        assert steps(1, False) == (4, 4)
        assert steps(8, False) == (1, 12)


class Results:
    def __init__(self, results):
        self.results = results


def run_hook(overflows, output_dir="/nowhere"):
    """Feeds an OverflowHook; overflows: for each run (skipped, scale, overflows in a row at scale 1)."""
    out = io.StringIO()
    hook = OverflowHook({}, output_dir, out=out)
    total = 0
    for skipped, scale, hopeless in overflows:
        total += skipped
        hook.after_run(
            None,
            Results(
                {
                    "skipped": skipped,
                    "skipped_steps": 100 + total,
                    "hopeless": hopeless,
                    "scale": scale,
                    "next_scale": max(scale / 2, 1.0) if skipped else scale,
                    "step": 7,
                }
            ),
        )
    hook.end(None)
    return out.getvalue()


def test_skipped_steps_are_counted_at_the_end():
    assert run_hook([(True, 8.0, 0), (True, 4.0, 0), (False, 2.0, 0)]) == (
        "Skipped steps = 2 of 3 (gradient overflow), total over all runs = 102, loss scale = 2\n"
    )


def test_ten_overflows_in_a_row_at_scale_one_stop_the_training():
    at_one = [(True, 1.0, number) for number in range(1, 11)]
    assert run_hook(at_one[:9]).startswith("Skipped steps = 9 of 9")
    with pytest.raises(
        hooks.DivergedError,
        match="not finite in 10 consecutive steps at loss scale 1, after step 7.*: none\\. Reduce",
    ):
        run_hook(at_one)


def train(output_dir, slopes, steps, scaled=True, every=100):
    """Trains by Estimator with slopes[global step] (a list is worked off, one a run, at that step)."""
    job = make_job(
        output_dir,
        precision=FP32._replace(loss_scale=256.0 if scaled else None),
        optimizer=dict(learning_rate=0.01, num_train_steps=1000, num_warmup_steps=0),
        save_checkpoints_steps=every,
    )
    start = find_start(job)
    runs = iter(slopes)

    def model_fn(features, labels, mode):
        del labels, mode

        def loss_fn(features):
            theta = tf.get_variable("bert/theta", initializer=tf.constant([1.0, 2.0]))
            return tf.reduce_sum(theta * features["slope"]), {}

        step = train_op.make_train_op(loss_fn, features, job.optimizer, job.runtime, job.precision)
        checkpoints.give_initial_values(start, True)
        return hooks.training_spec(job, step, [progress.Column("step", "step", "%d")])

    def input_fn():
        return tf.data.Dataset.from_generator(
            lambda: ({"slope": [slope, 1.0]} for slope in runs),
            {"slope": tf.float32},
            {"slope": [2]},
        )

    make_estimator(job, model_fn).train(input_fn, max_steps=steps)
    return {
        name: tf.train.load_variable(output_dir, name)
        for name, _ in tf.train.list_variables(output_dir)
    }


@pytest.fixture(scope="module", name="first")
def fixture_first(tmp_path_factory):
    """(directory, variables) of four steps with two overflows."""
    directory = str(tmp_path_factory.mktemp("scaled"))
    return directory, train(directory, [np.inf, 1.0, np.inf, 1.0, 1.0, 1.0, 1.0], 4)


def test_max_steps_counts_steps_that_were_made(first):
    directory, variables = first
    assert variables["global_step"] == 4 and tf.train.latest_checkpoint(directory).endswith(
        "model.ckpt-4"
    )
    assert (variables["loss_scale/scale"], variables["loss_scale/skipped_steps"]) == (64, 2)
    assert variables["loss_scale/good_steps"] == 3


def test_resumed_run_keeps_scale_and_counts(first, capsys):
    directory, _ = first
    variables = train(directory, [1.0, np.nan, 1.0], 6)
    assert (variables["loss_scale/scale"], variables["loss_scale/skipped_steps"]) == (32, 3)
    assert variables["loss_scale/good_steps"] == 1
    out = capsys.readouterr().out
    assert (
        "Skipped steps = 1 of 3 (gradient overflow), total over all runs = 3, loss scale = 32"
        in out
    )
    rows = [line.split() for line in out.splitlines() if line.split()[0].isdigit()]
    assert [row[:2] for row in rows] == [
        ["5", "64"]
    ]  # only the first and every tenth are shown, and no skipped one


def test_checkpoints_without_a_scale_and_with_one_load_either_way(tmp_path):
    plain = train(str(tmp_path), [1.0] * 3, 3, scaled=False)
    assert not any(name.startswith("loss_scale") for name in plain)
    scaled = train(str(tmp_path), [1.0] * 2, 5)
    assert scaled["loss_scale/scale"] == 256 and scaled["loss_scale/good_steps"] == 2
    assert scaled["global_step"] == 5
    # v only grows with equal slopes, and starts from 0: the slots came from the first run.
    np.testing.assert_allclose(scaled["bert/theta/adam_v"], (1 - 0.999**5) / 2.0, rtol=1e-4)
    plain = train(str(tmp_path), [1.0], 6, scaled=False)
    assert plain["global_step"] == 6 and "loss_scale/scale" not in plain


def test_hopeless_training_stops_with_the_last_good_checkpoint(tmp_path):
    """Eight halvings from 256 to 1, then ten overflows there; checkpoint at step 2 was good."""
    with pytest.raises(
        hooks.DivergedError,
        match=r"10 consecutive steps at loss scale 1, after step 2.*model.ckpt-2\. Reduce",
    ):
        train(str(tmp_path), [1.0, 1.0] + [np.inf] * 30, 50, every=2)
    np.testing.assert_array_less(np.abs(tf.train.load_variable(str(tmp_path), "bert/theta")), 3.0)
