# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/hooks.py: tables, throughput without start-up, summary lines, and the stop on divergence."""

import io
import json
import os
import re

import pytest
import tensorflow.compat.v1 as tf

from training import hooks
from training.options import RunOptions
from training.runtime import SingleProcess

COLUMNS = [
    hooks.Column("rank", "rank", "%4d"),
    hooks.Column("step", "step", "%6d"),
    hooks.Column("sequences/sec", "sequences_per_second", "%9.2f"),
    hooks.Column("loss", "loss", "%9.4f"),
]


class Clock(object):
  """Seconds that pass only when told."""

  def __init__(self):
    self.now = 1000.0

  def __call__(self):
    return self.now


class Results(object):
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
  assert (hook.total_seconds, hook.steady_seconds, hook.sentences, hook.sentences_per_second()) == (0, 0, 0, 0)


def test_last_batch_not_full():
  assert run_throughput([20.0, 8.0] + [0.5] * 10).sentences_per_second(sentences=46) == 38 / 5.0


def test_summary_lines_word_for_word():
  hook = run_throughput([20.0, 8.0] + [0.5] * 10)
  assert hooks.summary_lines("Training", 3, hook) == [
      "3 Total Training Time = 68.00 Training Time W/O start up overhead = 5.00 Sentences processed = 48",
      "3 Training Performance = 8.0000 sentences/sec"]
  assert hooks.summary_lines("Inference", 0, hook, sentences=46) == [
      "0 Total Inference Time = 68.00 Inference Time W/O start up overhead = 5.00 Sentences processed = 46",
      "0 Inference Performance = 7.6000 sentences/sec"]


def run_console(steps, every=10, start=0, **options):
  clock, out = Clock(), io.StringIO()
  hook = hooks.ConsoleLogHook({"loss": "loss tensor"}, "step tensor", COLUMNS, every, 4, rank=2, out=out,
                              clock=clock, **options)
  for step in range(start + 1, start + steps + 1):
    asked = hook.before_run(None).fetches
    assert asked == {"loss": "loss tensor", "step": "step tensor"}  # the same at every step
    clock.now += 0.5
    hook.after_run(None, Results({"loss": 100.0 / step, "step": step}))
  return out.getvalue().splitlines()


def test_table_has_a_header_and_a_row_every_ten_steps():
  lines = run_console(35)
  assert lines[0].split() == ["rank", "step", "sequences/sec", "loss"]
  rows = [line.split() for line in lines[1:]]
  assert [row[1] for row in rows] == ["1", "10", "20", "30"]
  assert rows[0] == ["2", "1", "-", "100.0000"]  # nothing measured yet: the first step is start-up
  assert rows[1] == ["2", "10", "8.00", "10.0000"]


def test_columns_end_where_their_headings_end():
  lines = run_console(35)
  ends = lambda line: [match.end() for match in re.finditer(r"\S+", line)]
  assert len({tuple(ends(line)) for line in lines}) == 1


def test_continued_run_keeps_to_multiples_of_ten():
  rows = [line.split()[1] for line in run_console(20, start=17)[1:]]
  assert rows == ["18", "20", "30"]


def test_header_comes_again_in_a_long_table():
  assert sum("loss" in line for line in run_console(900)) == 3


def test_rank_that_prints_nothing_still_writes_metrics(tmp_path):
  path = str(tmp_path / "metrics.jsonl")
  assert run_console(20, prints=False, metrics_path=path) == []
  rows = [json.loads(line) for line in open(path)]
  assert [row["step"] for row in rows] == [1, 10, 20]
  assert rows[0]["sequences_per_second"] is None and rows[2]["sequences_per_second"] == 8.0
  assert sorted(rows[0]) == ["loss", "sequences_per_second", "step", "time"]
  assert rows[1]["loss"] == 10.0 and rows[1]["time"] == 1005.0


def test_metrics_are_valid_json_whatever_the_number(tmp_path):
  path = str(tmp_path / "metrics.jsonl")
  hooks.append_json_line(path, {"a": float("nan"), "b": float("-inf"), "c": 1})
  assert open(path).read() == '{"a": null, "b": null, "c": 1}\n'


def train_to(output_dir, gradient_at, steps=12, every=5):
  """Trains one variable by Estimator through training_spec; gradient_at: step -> factor of the loss."""
  options = RunOptions(output_dir=output_dir, save_checkpoints_steps=every)

  def model_fn(features, labels, mode):
    del features, labels
    step = tf.train.get_or_create_global_step()
    theta = tf.get_variable("theta", initializer=1.0)
    loss = theta * tf.gather(tf.constant(gradient_at), tf.cast(step, tf.int32))
    gradient, = tf.gradients(loss, [theta])
    with tf.control_dependencies([tf.assign_sub(theta, 0.1 * gradient)]):
      update = tf.assign_add(step, 1).op
    with tf.control_dependencies([update]):
      after = tf.identity(step.read_value())
    scalars = {"learning_rate": tf.constant(0.1), "grad_norm": tf.abs(gradient), "global_step": after}
    return hooks.training_spec(loss, update, scalars, {}, COLUMNS, options, SingleProcess(), batch_size=4)

  estimator = tf.estimator.Estimator(model_fn, config=tf.estimator.RunConfig(
      model_dir=output_dir, save_checkpoints_steps=every, save_summary_steps=5, keep_checkpoint_max=1,
      log_step_count_steps=None))
  estimator.train(lambda: tf.data.Dataset.from_tensors({"x": [0]}).repeat(), max_steps=steps)


def test_training_spec_keeps_the_last_checkpoint_and_writes_tensorboard(tmp_path, capsys):
  train_to(str(tmp_path), [1.0] * 12)
  assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-12")
  assert sorted(name for name in os.listdir(str(tmp_path)) if name.endswith(".index")) == ["model.ckpt-12.index"]
  assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["step", "1", "10"]
  seen = scalars_in_events(str(tmp_path))
  assert set(seen) >= {"loss", "learning_rate", "grad_norm"}
  assert seen["learning_rate"][-1] == pytest.approx(0.1)


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
@pytest.mark.parametrize("bad_step, good", [(7, "model.ckpt-5"), (10, "model.ckpt-5"), (11, "model.ckpt-10")])
def test_divergence_stops_before_the_checkpoint(tmp_path, bad, what, bad_step, good):
  """Also where the bad step is one at which a checkpoint is due (10)."""
  factors = [1.0] * 12
  factors[bad_step - 1] = bad
  with pytest.raises(hooks.DivergedError) as caught:
    train_to(str(tmp_path), factors)
  message = str(caught.value)
  assert re.match(r"the (loss|gradient norm) is -?%s at step %d: training stopped" % (what, bad_step), message)
  assert "Last good checkpoint: %s." % (tmp_path / good) in message
  prefix = tf.train.latest_checkpoint(str(tmp_path))
  assert prefix.endswith(good)
  assert -1.0 < tf.train.load_checkpoint(prefix).get_tensor("theta") < 1.0  # and finite


def test_divergence_before_any_checkpoint_says_so(tmp_path):
  hook = hooks.DivergenceHook({"the loss": None}, None, str(tmp_path))
  with pytest.raises(hooks.DivergedError, match="Last good checkpoint: none was written yet"):
    hook.after_run(None, Results({"step": 1, "values": {"the loss": float("nan")}}))


def test_diverged_is_not_the_exit_code_of_a_user_error():
  assert hooks.DivergedError.exit_code not in (0, 2)
