# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_pretraining.py end to end through its real command line, and its heads against NumPy."""

import json
import math
import os
import re
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import optimization
import run_pretraining
from fused_ops import selection
from program.options import OptionError
from program.records.decoding import RecordError
from tests.pretraining_runs import CONFIG, LENGTH, PEAK, PREDICTIONS, SCHEMA, WARMUP, Place
from tests.reference import numpy_bert
from tests.reference.numpy_pretraining import numpy_figures
from training import checkpoint_files, checkpoints, metrics, records, run_record
from training.kernels import PLAIN, Kernels

FIGURES = [
    "eval_sequences",
    "global_step",
    "loss",
    "masked_lm_accuracy",
    "masked_lm_loss",
    "masked_lm_perplexity",
    "next_sentence_accuracy",
    "next_sentence_loss",
]


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("pretraining"))


class Finished:
    """What a successful run left."""

    def __init__(self, out, stdout, stderr):
        self.out, self.stdout, self.stderr = str(out), stdout, stderr
        with open(os.path.join(self.out, metrics.STEPS_FILE)) as stream:
            self.metrics = [json.loads(line) for line in stream]

    def rows(self):
        """Cells of the table's rows."""
        return [line.split() for line in self.stdout.splitlines() if re.match(r" *0 +\d+ ", line)]


@pytest.fixture(name="first", scope="module")
def fixture_first(place):
    """30 steps, checkpoints every 10, then evaluation on other records."""
    out = place.directory / "first"
    code, stdout, stderr = place.command(
        out,
        "--do_train",
        "--do_eval",
        "--eval_input_file=" + place.eval_file,
        "--num_train_steps=30",
        "--save_checkpoints_steps=10",
    )
    assert code == 0, stderr
    return Finished(out, stdout, stderr)


@pytest.fixture(name="resumed", scope="module")
def fixture_resumed(place, first):
    """The first run's directory, continued to step 60."""
    out = str(place.directory / "resumed")
    shutil.copytree(first.out, out)
    code, stdout, stderr = place.command(
        out,
        "--do_train",
        "--num_train_steps=60",
        "--init_checkpoint=" + first.out,
        "--iterations_per_loop=7",
    )
    assert code == 0, stderr
    return Finished(out, stdout, stderr)


def interface_rate(step, steps):
    """docs/interface.md §3 in plain numbers: the rate of the update that follows `step` earlier ones."""
    return (
        PEAK * step / WARMUP if step < WARMUP else PEAK * (1 - step / steps) / (1 - WARMUP / steps)
    )


def test_loss_falls(first):
    losses = [row["masked_lm_loss"] for row in first.metrics]
    assert abs(losses[0] - math.log(64)) < 0.3  # an untrained model knows nothing about 64 words
    assert losses[-1] < 2.0  # four of them occur: log 4 = 1.39 is the floor


def test_table_every_ten_steps_under_its_header(first):
    header = [line for line in first.stdout.splitlines() if line.split()[:2] == ["rank", "step"]]
    assert len(header) == 1
    assert re.split(r"  +", header[0].strip()) == [
        "rank",
        "step",
        "sequences/sec",
        "MLM loss",
        "NSP loss",
        "total loss",
        "learning rate",
        "tokens/sec",
        "ETA",
    ]
    rows = first.rows()
    assert [row[1] for row in rows] == ["1", "10", "20", "30"]
    for row in rows:
        assert len(row) == 9 and abs(float(row[3]) + float(row[4]) - float(row[5])) < 2e-4
    ends = {
        len(line)
        for line in first.stdout.splitlines()
        if line in header or re.match(r" *0 +\d+ ", line)
    }
    assert len(ends) == 1


def test_metrics_hold_what_the_table_shows(first):
    assert [row["step"] for row in first.metrics] == [1, 10, 20, 30]
    for row, cells in zip(first.metrics, first.rows()):
        assert abs(row["masked_lm_loss"] - float(cells[3])) < 1e-4
        assert abs(row["learning_rate"] - interface_rate(row["step"] - 1, 30)) < 1e-8


def test_run_json_tells_what_ran_and_what_came_out(first, resumed):
    record = run_record.read(os.path.join(first.out, run_record.RUN_FILE))
    assert (record["program"], record["status"], record["precision"]) == (
        "run_pretraining",
        "done",
        "precision: fp32",
    )
    assert record["options"]["learning_rate"] == PEAK and record["options"]["num_train_steps"] == 30
    assert record["model"]["hidden_size"] == 16 and "--num_train_steps=30" in record["command"]
    assert record["results"]["training"]["sentences"] == 30 * 16
    assert {name: str(value) for name, value in record["results"]["evaluation"].items()} == dict(
        eval_results(first.out)
    )
    again = run_record.read(os.path.join(resumed.out, run_record.RUN_FILE))
    assert again["options"]["num_train_steps"] == 60
    assert [earlier["options"]["num_train_steps"] for earlier in again["earlier"]] == [30]


def test_tensorboard_holds_training_and_evaluation(first):
    training, evaluation = events(first.out), events(os.path.join(first.out, "eval"))
    for tag in (
        "loss",
        "masked_lm_loss",
        "next_sentence_loss",
        "learning_rate",
        "grad_norm",
        "sequences_per_second",
        "tokens_per_second",
    ):
        assert tag in training, tag
    # Estimator counts from the first step of a run: 1, 11, 21; throughput is measured at the rows of the table.
    assert [step for step, _ in training["masked_lm_loss"]] == [1, 11, 21]
    assert [step for step, _ in training["sequences_per_second"]] == [10, 20, 30]
    for row, (step, value) in zip(first.metrics[1:], training["tokens_per_second"]):
        assert step == row["step"] and value == pytest.approx(LENGTH * row["sequences_per_second"])
    for name in ("masked_lm_loss", "next_sentence_accuracy"):
        assert evaluation[name] == [(30, pytest.approx(float(dict(eval_results(first.out))[name])))]


def events(directory):
    """tag -> [(step, value), ...] of the TensorBoard files of a directory."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.startswith("events."):
            for event in tf.train.summary_iterator(os.path.join(directory, name)):
                for value in event.summary.value:
                    if value.HasField("simple_value"):
                        found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_summary_lines_are_those_of_the_interface(first):
    training = re.search(
        r"^0 Total Training Time = (\d+\.\d\d) Training Time W/O start up overhead = (\d+\.\d\d) Sentences processed = (\d+)\n"
        r"0 Training Performance = (\d+\.\d{4}) sentences/sec$",
        first.stdout,
        re.MULTILINE,
    )
    assert training
    total, steady, sentences, performance = map(float, training.groups())
    assert 0 < steady < total and sentences == 30 * 16 and performance > 0
    inference = re.search(
        r"^0 Total Inference Time = \d+\.\d\d Inference Time W/O start up overhead = \d+\.\d\d Sentences processed = (\d+)\n"
        r"0 Inference Performance = \d+\.\d{4} sentences/sec$",
        first.stdout,
        re.MULTILINE,
    )
    assert int(inference.group(1)) == 21


def test_only_the_latest_checkpoint_stays_and_there_is_one_at_the_end(first):
    assert [name for name in sorted(os.listdir(first.out)) if name.endswith(".index")] == [
        "model.ckpt-30.index"
    ]


def test_checkpoint_has_the_names_of_the_interface(first):
    shapes = checkpoints.variable_shapes(first.out)
    heads = {
        "cls/predictions/transform/dense/kernel": [16, 16],
        "cls/predictions/transform/dense/bias": [16],
        "cls/predictions/transform/LayerNorm/gamma": [16],
        "cls/predictions/transform/LayerNorm/beta": [16],
        "cls/predictions/output_bias": [64],
        "cls/seq_relationship/output_weights": [2, 16],
        "cls/seq_relationship/output_bias": [2],
    }
    expected = dict(numpy_bert.variable_shapes(CONFIG), **heads)
    for name, shape in list(expected.items()):
        expected[name + "/adam_m"] = expected[name + "/adam_v"] = shape
    assert shapes == dict(expected, global_step=[])


def eval_results(out):
    with open(os.path.join(str(out), "eval_results.txt")) as stream:
        return [line.rstrip("\n").split(" = ") for line in stream]


def test_the_log_says_which_records_are_evaluated(place, first):
    line = "evaluating %s/model.ckpt-30: at most 100 batches of 8 sequences, records of 1 file of --eval_input_file: %s\n"
    assert line % (first.out, place.eval_file) in first.stdout
    assert "trained on as well" not in first.stderr


def test_eval_figures_are_those_of_numpy(place, first):
    """21 sequences in batches of 8, the last of 5: figures must not depend on how they were batched."""
    printed = eval_results(first.out)
    assert [name for name, _ in printed] == FIGURES
    expected = numpy_figures(tf.train.latest_checkpoint(first.out), place.eval_rows, CONFIG, 30)
    assert 0.0 < expected["masked_lm_accuracy"] < 1.0
    for name, value in printed:
        assert abs(float(value) - expected[name]) < 1e-5 * max(1.0, abs(expected[name])), name
        assert "  %s = %s\n" % (name, value) in first.stdout


def test_padded_predictions_have_no_weight(place, first):
    """The same records with other targets behind weight 0: same training loss, same gradients' norm."""
    changed = [
        dict(
            row,
            masked_lm_ids=np.where(
                np.array(row["masked_lm_weights"]) == 0, 63, row["masked_lm_ids"]
            ),
            masked_lm_positions=np.where(
                np.array(row["masked_lm_weights"]) == 0, 5, row["masked_lm_positions"]
            ),
        )
        for row in place.eval_rows
    ]
    assert any(0 in row["masked_lm_weights"] for row in place.eval_rows)
    values = [training_values(first.out, rows) for rows in (place.eval_rows, changed)]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


def training_values(out, rows, kernels=PLAIN):
    """(MLM loss, NSP loss, norm of the gradients) of a batch at a checkpoint."""
    with tf.Graph().as_default(), tf.Session() as sess:
        features = records.parse(SCHEMA, tf.constant([SCHEMA.serialize(row) for row in rows]))
        outputs = run_pretraining.build_losses(
            modeling.BertConfig.from_dict(CONFIG), features, True, tf.float32, kernels
        )
        loss = outputs["masked_lm_loss"] + outputs["next_sentence_loss"]
        variables = tf.trainable_variables()
        # Dense: the norm of slices that are not yet summed is another number, and only plain lookups give slices.
        norm = tf.global_norm(
            [
                optimization.densify(gradient, variable)
                for gradient, variable in zip(tf.gradients(loss, variables), variables)
            ]
        )
        tf.train.Saver().restore(sess, tf.train.latest_checkpoint(out))
        return sess.run([outputs["masked_lm_loss"], outputs["next_sentence_loss"], norm])


def test_training_losses_are_those_of_numpy(place, first):
    expected = numpy_figures(tf.train.latest_checkpoint(first.out), place.eval_rows, CONFIG, 30)
    lm_loss, ns_loss, _ = training_values(first.out, place.eval_rows)
    assert (
        abs(lm_loss - expected["masked_lm_loss"]) < 1e-5
        and abs(ns_loss - expected["next_sentence_loss"]) < 1e-5
    )


@pytest.mark.parametrize("remove_padding", (False, True))
def test_fused_heads_train_on_the_same_losses_and_gradients(
    place, first, fused_library, remove_padding
):
    plain = training_values(first.out, place.eval_rows)
    fused = training_values(
        first.out, place.eval_rows, Kernels(selection.FUSED, remove_padding, "")
    )
    np.testing.assert_allclose(fused, plain, rtol=1e-5)


def test_without_padding_the_last_layer_is_computed_where_something_is_predicted(
    place, fused_library
):
    """Its other rows are 0; what the first token and the predictions read is not."""
    with tf.Graph().as_default(), tf.Session() as session:
        features = records.parse(
            SCHEMA, tf.constant([SCHEMA.serialize(row) for row in place.eval_rows])
        )
        kernels = Kernels(selection.FUSED, True, "")
        config = modeling.BertConfig.from_dict(CONFIG)
        outputs = run_pretraining.build_losses(config, features, True, tf.float32, kernels)
        session.run(tf.global_variables_initializer())
        rows, positions, logits = session.run(
            [
                tf.reduce_max(tf.abs(outputs["model"].get_sequence_output()), axis=2),
                features["masked_lm_positions"],
                outputs["masked_lm_logits"],
            ]
        )
    expected = np.zeros(rows.shape, bool)
    expected[:, 0] = True
    np.put_along_axis(expected, positions, True, axis=1)
    np.testing.assert_array_equal(rows > 0.0, expected)
    assert 0.0 < expected.mean() < 0.5 and np.isfinite(logits).all()


def test_batch_without_predictions_has_loss_zero(place, first):
    rows = [dict(row, masked_lm_weights=np.zeros(PREDICTIONS)) for row in place.eval_rows]
    lm_loss, _, norm = training_values(first.out, rows)
    assert lm_loss == 0.0 and np.isfinite(norm)


def test_resumed_run_goes_on_at_the_right_step_and_rate(first, resumed):
    metrics = resumed.metrics[len(first.metrics) :]
    assert [row["step"] for row in metrics] == [
        31,
        35,
        42,
        49,
        56,
    ]  # --iterations_per_loop=7 instead of ten
    for row in metrics:
        assert abs(row["learning_rate"] - interface_rate(row["step"] - 1, 60)) < 1e-8, row
    assert checkpoint_files.latest(resumed.out).endswith("-60")
    assert "training from step 30 to 60" in resumed.stdout
    assert re.search(
        r"Sentences processed = %d\n" % (30 * 16), resumed.stdout
    )  # this run's, not the first one's


def test_resumed_run_has_the_first_one_s_weights_and_moments(first, resumed):
    metrics = resumed.metrics[len(first.metrics) :]
    assert (
        metrics[0]["masked_lm_loss"] < first.metrics[-1]["masked_lm_loss"] + 0.5
    )  # 4.2 from new weights
    # adam_v forgets by 0.999 a step: from zero, 30 more steps could not hold more than this share of it.
    first_v, resumed_v = [
        tf.train.load_checkpoint(run.out).get_tensor("cls/predictions/output_bias/adam_v").sum()
        for run in (first, resumed)
    ]
    assert resumed_v > 0.9 * 0.999**30 * first_v


def test_init_checkpoint_is_ignored_where_output_dir_has_one(first, resumed):
    assert re.search(
        r"resuming from \S*model.ckpt-30; --init_checkpoint=%s is ignored" % re.escape(first.out),
        resumed.stderr,
    )
    assert "*INIT_FROM_CKPT*" not in resumed.stderr


def test_training_that_is_done_is_not_repeated(place, first, capsys):
    before = sorted(os.listdir(first.out))
    assert place.run(first.out, steps=30) is None
    assert (
        "already trained to step 30 of --num_train_steps=30: nothing to train"
        in capsys.readouterr().out
    )
    assert sorted(os.listdir(first.out)) == before


def test_init_checkpoint_starts_a_new_run(place, first, tmp_path):
    place.run(tmp_path / "out", steps=2, init_checkpoint=first.out)
    with open(str(tmp_path / "out" / metrics.STEPS_FILE)) as stream:
        start = json.loads(stream.readline())
    assert start["step"] == 1 and start["masked_lm_loss"] < 2.2  # 4.2 from new weights


def test_evaluation_of_an_init_checkpoint_alone(place, first, tmp_path):
    figures = place.run(
        tmp_path / "out",
        init_checkpoint=first.out,
        do_train=False,
        do_eval=True,
        eval_input_file=place.eval_file,
    )
    expected = dict(eval_results(first.out), global_step=0)  # an initial value is not a step
    for name in FIGURES:
        assert figures[name] == pytest.approx(float(expected[name]), rel=1e-5), name


def test_evaluation_stops_at_max_eval_steps_and_reads_input_file_by_default(place, first, capsys):
    figures = place.run(first.out, do_train=False, do_eval=True, max_eval_steps=2)
    assert figures["eval_sequences"] == 16 and figures["global_step"] == 30
    assert "at most 2 batches of 8 sequences, records of 3 files of --input_file: " in (
        capsys.readouterr().out
    )


def test_tensorboard_scalars(first):
    tags = set()
    for name in os.listdir(first.out):
        if name.startswith("events."):
            for event in tf.train.summary_iterator(os.path.join(first.out, name)):
                tags.update(value.tag for value in event.summary.value)
    assert tags >= {"loss", "learning_rate", "grad_norm", "masked_lm_loss", "next_sentence_loss"}


def test_log_names_each_variable_and_the_precision(first):
    assert "precision: fp32" in first.stderr
    assert "name = cls/predictions/output_bias, shape = (64,)" in first.stderr
    assert "Instructions for updating" not in first.stderr


def test_damaged_record_in_the_middle_names_file_and_record(place, first, tmp_path):
    damaged = tmp_path / "damaged.tfrecord"
    content = bytearray((place.directory / "train-0.tfrecord").read_bytes())
    content[len(content) // 2] ^= 255
    damaged.write_bytes(bytes(content))
    with pytest.raises(RecordError, match=r"damaged.tfrecord: record \d+ cannot be read"):
        place.run(first.out, do_train=False, do_eval=True, eval_input_file=str(damaged))


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 4},
        {"hidden_act": "relu"},
        {"num_hidden_layers": 2},
        {"hidden_size": 8},
    ],
)
@pytest.mark.parametrize("steps", [10, 40])  # fewer than there are, and more
def test_output_dir_of_another_model_is_not_continued(place, first, changes, steps):
    before = sorted(os.listdir(first.out))
    (name,) = changes
    said = "contains the run of another model .*%s is %s there, %s here" % (
        name,
        CONFIG[name],
        changes[name],
    )
    with pytest.raises(OptionError, match=said):
        place.run(first.out, config=dict(CONFIG, **changes), steps=steps)
    assert sorted(os.listdir(first.out)) == before


def test_other_records_need_a_flag(place, first, capsys):
    more = place.train_files + "," + place.eval_file
    with pytest.raises(OptionError, match="--input_file: new: .*eval.tfrecord.*--allow_new_data"):
        place.run(first.out, steps=10, input_file=more)
    place.run(first.out, steps=10, input_file=place.train_files)
    assert "already trained to step 30 of --num_train_steps=10: nothing to train\n" in (
        capsys.readouterr().out
    )
