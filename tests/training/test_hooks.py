# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/hooks.py: throughput without start-up, latency, summary lines, the stop on divergence, and their order."""

import os
import re

import pytest
import tensorflow.compat.v1 as tf

from squad.batches import Batch
from tests.jobs import make_job
from training import hooks, metrics, progress
from training.train_op import TrainStep

COLUMNS = [progress.Column("rank", "rank", "%4d"), progress.Column("step", "step", "%6d")]


class Clock:
    """Seconds that pass only when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Results:
    def __init__(self, results):
        self.results = results


def run_throughput(durations, sequences=4, graph_seconds=30.0, closing_seconds=5.0):
    clock = Clock()
    hook = hooks.ThroughputHook(sequences, clock=clock)
    clock.now += graph_seconds
    for duration in durations:
        hook.before_run(None)
        clock.now += duration
        hook.after_run(None, None)
    clock.now += closing_seconds
    hook.end(None)
    return hook


def test_throughput_excludes_startup():
    hook = run_throughput([20.0, 8.0] + [0.5] * 10)
    assert hook.total_seconds == 30 + 28 + 5 + 5
    assert hook.steady_seconds == 5.0
    assert hook.sentences == 48
    assert hook.sentences_per_second() == 10 * 4 / 5.0


def test_throughput_of_a_loop_within_startup():
    hook = run_throughput([20.0])
    assert (hook.steady_seconds, hook.sentences_per_second()) == (20.0, 4 / 20.0)


def test_throughput_of_no_run():
    hook = hooks.ThroughputHook(4)
    assert (
        hook.total_seconds,
        hook.steady_seconds,
        hook.sentences,
        hook.sentences_per_second(),
    ) == (0, 0, 0, 0)


def test_last_batch_not_full():
    assert run_throughput([20.0, 8.0] + [0.5] * 10).sentences_per_second(sentences=46) == 38 / 5.0


def test_batches_of_different_sizes():
    hook = run_throughput([20.0, 8.0] + [0.5] * 2, sequences=[9, 1, 5, 3, 100])
    assert (hook.sentences, hook.sentences_per_second()) == (18, 8.0)


def test_summary_lines_word_for_word():
    hook = run_throughput([20.0, 8.0] + [0.5] * 10)
    assert hooks.summary_lines("Training", 3, hook) == [
        "3 Total Training Time = 68.00 Training Time W/O start up overhead = 5.00 Sentences processed = 48",
        "3 Training Performance = 8.0000 sentences/sec",
    ]
    assert hooks.summary_lines("Inference", 0, hook, sentences=46) == [
        "0 Total Inference Time = 68.00 Inference Time W/O start up overhead = 5.00 Sentences processed = 46",
        "0 Inference Performance = 7.6000 sentences/sec",
    ]


def test_figures_say_what_the_summary_lines_say():
    figures = run_throughput([20.0, 8.0] + [0.5] * 10).figures(46)
    assert dict(figures) == {
        "total_seconds": 68.0,
        "steady_seconds": 5.0,
        "sentences": 46,
        "sentences_per_second": 7.6,
    }


def test_latency_of_every_batch():
    clock = Clock()
    hook = hooks.LatencyHook(clock)
    for seconds in (9.0, 3.0, 0.25, 0.5):
        clock.now += 1.0  # between two batches: not of either
        hook.before_run(None)
        clock.now += seconds
        hook.after_run(None, None)
    batches = [
        Batch(list(range(size)), length) for size, length in ((8, 24), (8, 16), (8, 8), (3, 8))
    ]
    assert hook.rows(batches) == [
        {"batch": 0, "sequences": 8, "length": 24, "seconds": 9.0, "startup": True},
        {"batch": 1, "sequences": 8, "length": 16, "seconds": 3.0, "startup": True},
        {"batch": 2, "sequences": 8, "length": 8, "seconds": 0.25, "startup": False},
        {"batch": 3, "sequences": 3, "length": 8, "seconds": 0.5, "startup": False},
    ]


def train_to(output_dir, gradient_at, steps=12, every=5, **more):
    """Trains one variable by Estimator through training_spec; gradient_at: step -> factor of the loss.

    more: further scalars of the training step, name -> number.
    """
    job = make_job(output_dir, save_checkpoints_steps=every, optimizer={"num_train_steps": steps})

    def model_fn(features, labels, mode):
        del features, labels
        step = tf.train.get_or_create_global_step()
        theta = tf.get_variable("theta", initializer=1.0)
        loss = theta * tf.gather(tf.constant(gradient_at), tf.cast(step, tf.int32))
        (gradient,) = tf.gradients(loss, [theta])
        with tf.control_dependencies([tf.assign_sub(theta, 0.1 * gradient)]):
            update = tf.assign_add(step, 1).op
        with tf.control_dependencies([update]):
            after = tf.identity(step.read_value())
        scalars = {
            "learning_rate": tf.constant(0.1),
            "grad_norm": tf.abs(gradient),
            "global_step": after,
        }
        scalars.update((name, tf.constant(value)) for name, value in more.items())
        return hooks.training_spec(job, TrainStep(update, loss, {}, scalars, None, {}, {}), COLUMNS)

    estimator = tf.estimator.Estimator(
        model_fn,
        config=tf.estimator.RunConfig(
            model_dir=output_dir,
            save_checkpoints_steps=every,
            save_summary_steps=5,
            keep_checkpoint_max=1,
            log_step_count_steps=None,
        ),
    )
    estimator.train(lambda: tf.data.Dataset.from_tensors({"x": [0]}).repeat(), max_steps=steps)


def test_training_spec_keeps_the_last_checkpoint_and_shows_every_figure(tmp_path, capsys):
    train_to(str(tmp_path), [1.0] * 12, loss_scale=1024.0, skipped_steps=3.0)
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-12")
    assert sorted(name for name in os.listdir(str(tmp_path)) if name.endswith(".index")) == [
        "model.ckpt-12.index"
    ]
    header, first, tenth = capsys.readouterr().out.splitlines()
    assert re.split("  +", header.strip()) == ["rank", "step", "loss scale", "tokens/sec", "ETA"]
    assert first.split() == ["0", "1", "1024", "-", "-"]  # nothing is measured within start-up
    assert (
        tenth.split()[:3] == ["0", "10", "1024"]
        and float(tenth.split()[3]) > 0
        and tenth.split()[4] == "0:00:00"
    )

    rows = metrics.read_steps(str(tmp_path / metrics.STEPS_FILE))
    assert [row["step"] for row in rows] == [1, 10]
    assert rows[1]["tokens_per_second"] == pytest.approx(16 * rows[1]["sequences_per_second"])
    assert sorted(rows[1]) == [
        "eta_seconds",
        "grad_norm",
        "learning_rate",
        "loss",
        "loss_scale",
        "sequences_per_second",
        "skipped_steps",
        "step",
        "time",
        "tokens_per_second",
    ]
    seen = scalars_in_events(str(tmp_path))
    assert len(seen["loss"]) == 3  # Estimator's summaries come at steps 1, 6 and 11
    for name in (
        "learning_rate",
        "grad_norm",
        "loss_scale",
        "skipped_steps",
        "sequences_per_second",
    ):
        assert seen[name][-1] == pytest.approx(rows[1][name], rel=1e-5), name
    assert seen["tokens_per_second"] == [pytest.approx(rows[1]["tokens_per_second"], rel=1e-5)]
    assert len([name for name in os.listdir(str(tmp_path)) if name.startswith("events.")]) == 1


def test_no_loss_scale_no_column(tmp_path, capsys):
    train_to(str(tmp_path), [1.0] * 12, steps=1)
    assert re.split("  +", capsys.readouterr().out.splitlines()[0].strip()) == [
        "rank",
        "step",
        "tokens/sec",
        "ETA",
    ]


def scalars_in_events(directory):
    """tag -> values of a directory's TensorBoard files."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.startswith("events."):
            for event in tf.train.summary_iterator(os.path.join(directory, name)):
                for value in event.summary.value:
                    if value.HasField("simple_value"):
                        found.setdefault(value.tag, []).append(value.simple_value)
    return found


@pytest.mark.parametrize("bad, what", [(float("nan"), "nan"), (float("inf"), "inf")])
@pytest.mark.parametrize(
    "bad_step, good", [(7, "model.ckpt-5"), (10, "model.ckpt-5"), (11, "model.ckpt-10")]
)
def test_divergence_stops_before_the_checkpoint(tmp_path, bad, what, bad_step, good):
    """Also where the bad step is one at which a checkpoint is due (10)."""
    factors = [1.0] * 12
    factors[bad_step - 1] = bad
    with pytest.raises(hooks.DivergedError) as caught:
        train_to(str(tmp_path), factors)
    message = str(caught.value)
    assert re.match(
        r"the (loss|gradient norm) is -?%s at step %d: training stopped" % (what, bad_step), message
    )
    assert "Last good checkpoint: %s." % (tmp_path / good) in message
    prefix = tf.train.latest_checkpoint(str(tmp_path))
    assert prefix.endswith(good)
    assert -1.0 < tf.train.load_checkpoint(prefix).get_tensor("theta") < 1.0  # and finite


def test_divergence_before_any_checkpoint_says_so(tmp_path):
    hook = hooks.DivergenceHook({"the loss": None}, None, str(tmp_path))
    with pytest.raises(hooks.DivergedError, match="Last good checkpoint: none\\."):
        hook.after_run(None, Results({"step": 1, "values": {"the loss": float("nan")}}))


def test_diverged_is_not_the_exit_code_of_a_user_error():
    assert hooks.DivergedError.exit_code not in (0, 2)
