# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""run_squad.py: its head and pipeline in this process, and end to end through the real command line."""

import io
import json
import os
import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import run_squad
import tokenization
from program.records import fields
from program.records.index import scan
from squad import evaluate, windows
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.options import SquadOptions
from tests.jobs import make_job
from tests.squad_runs import (
    CONFIG,
    VOCABULARY,
    document,
    required,
    started_command,
    write,
    write_bad_checkpoints,
    write_files,
)
from training import checkpoint_files, checkpoints, inputs, metrics, run_record
from training.reading import Reader

_RECIPE = ["--train_batch_size=16", "--learning_rate=2e-3", "--num_train_epochs=25"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("squad"))


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with started_command(tmp_path_factory.mktemp("streams")) as run:
        yield run


def _load(path):
    with io.open(str(path), encoding="utf-8") as stream:
        return json.load(stream)


def _metrics(output_dir):
    with io.open(os.path.join(str(output_dir), "metrics.jsonl")) as stream:
        return [json.loads(line) for line in stream]


@pytest.fixture(scope="module")
def trained(files, command):
    """A run that trains on the v1.1 questions and answers them: (output directory, outcome)."""
    output_dir = files["folder"] / "trained"
    outcome = command(
        "--do_train",
        "--do_predict",
        "--train_file=" + files["v1"],
        "--predict_file=" + files["v1"],
        *(required(files, output_dir) + _RECIPE),
    )
    assert outcome.code == 0, outcome.err
    return output_dir, outcome


def test_trains_answers_and_scores(files, trained):
    output_dir, _ = trained
    scores = evaluate.evaluate_v1(
        _load(files["v1"])["data"], _load(output_dir / "predictions.json")
    )
    assert scores["exact_match"] >= 90.0
    nbest = _load(output_dir / "nbest_predictions.json")
    assert len(nbest) == 64 and all(1 < len(entries) <= 20 for entries in nbest.values())
    assert not (output_dir / "null_odds.json").exists()
    assert not [name for name in os.listdir(str(output_dir)) if ".tmp-" in name]


def test_latency_of_every_batch_and_the_record_of_the_run(trained):
    output_dir, _ = trained
    batches = metrics.read_json_lines(str(output_dir / metrics.LATENCY_FILE))
    record = run_record.read(str(output_dir / run_record.RUN_FILE))
    inference = record["results"]["inference"]
    assert sum(batch["sequences"] for batch in batches) == inference["sentences"] >= 64
    assert [batch["batch"] for batch in batches] == list(range(-(-inference["sentences"] // 8)))
    steady = [batch["seconds"] for batch in batches if not batch["startup"]]
    assert len(steady) == len(batches) - 2 and min(steady) > 0
    assert inference["batch_latency_seconds"] == metrics.percentiles(steady)
    # Time between batches belongs to the loop, not to the latency.
    assert sum(steady) <= inference["steady_seconds"] + 0.001
    assert (record["program"], record["status"], record["num_train_steps"]) == (
        "run_squad",
        "done",
        100,
    )


def test_steps_count_questions_as_the_recipe_does(trained):
    output_dir, outcome = trained
    assert checkpoint_files.latest(str(output_dir)).endswith("-%d" % int(64 / 16 * 25))
    assert re.search(
        r"training from step 0 to 100: 64 questions, \d+ windows, 16 windows per step", outcome.out
    )
    rows = {row["step"]: row for row in _metrics(output_dir)}
    assert rows[100]["loss"] < 0.3 < rows[1]["loss"]
    # Step t is taken with the rate of t - 1; warm-up is a tenth.
    assert rows[1]["learning_rate"] == 0.0
    assert rows[10]["learning_rate"] == pytest.approx(2e-3 * 9 / 10, rel=1e-5)
    assert rows[100]["learning_rate"] == pytest.approx(2e-3 * (1 - 99 / 100.0) / 0.9, rel=1e-4)


def test_summary_lines_and_table(trained):
    _, outcome = trained
    number = r"\d+\.\d\d"
    assert re.search(
        r"^0 Total Training Time = %s Training Time W/O start up overhead = %s "
        r"Sentences processed = 1600$" % (number, number),
        outcome.out,
        re.M,
    )
    assert re.search(r"^0 Training Performance = \d+\.\d{4} sentences/sec$", outcome.out, re.M)
    windows = int(
        re.search(r"64 questions, (\d+) windows, 8 windows per batch", outcome.out).group(1)
    )
    assert windows > 64 and windows % 8  # the last batch is not full, and none of it is lost
    assert re.search(
        r"^0 Total Inference Time = %s Inference Time W/O start up overhead = %s "
        r"Sentences processed = %d$" % (number, number, windows),
        outcome.out,
        re.M,
    )
    assert re.search(r"^0 Inference Performance = \d+\.\d{4} sentences/sec$", outcome.out, re.M)
    assert re.search(
        r"^rank +step +sequences/sec +loss +learning rate +tokens/sec +ETA$", outcome.out, re.M
    )
    assert len(re.findall(r"^ +0 +\d+0 ", outcome.out, re.M)) == 10  # every ten steps


def test_the_share_of_unknown_tokens_is_said(files, trained):
    _, outcome = trained
    # One line for the training windows, one for the prediction's: the vocabulary has every word.
    assert len(re.findall(r"%s: \d+ tokens, 0\.0 %% \[UNK\]" % files["v1"], outcome.out)) == 2
    assert "of the tokens are" not in outcome.err


def test_test_files_of_any_form_are_answered(files, command, trained):
    """Without answers, with Hugging Face's, with null; and a context that the vocabulary does not know."""
    forms = [
        {},
        {"answers": None},
        {"answers": []},
        {"answers": {"text": ["red"], "answer_start": [8]}},
        {"answers": {"text": [], "answer_start": []}},
        {"is_impossible": None},
        {"is_impossible": 0, "answers": [{"text": "red"}]},
        {"is_impossible": 1},
    ]
    qas = [
        dict({"id": "t%d" % number, "question": "Which colour?"}, **form)
        for number, form in enumerate(forms)
    ]
    content = {"data": [{"paragraphs": [{"context": "gibberish red nonsense", "qas": qas}]}]}
    path = write(files["folder"] / "test.json", content)
    output_dir = files["folder"] / "of_any_form"
    outcome = command(
        "--do_predict",
        "--predict_file=" + path,
        "--init_checkpoint=" + str(trained[0]),
        *required(files, output_dir),
    )
    assert outcome.code == 0, outcome.err
    assert list(_load(output_dir / "predictions.json")) == [qa["id"] for qa in qas]
    # Each question is "which", "colour", "?"; the context once: 2 of its 3 words are unknown.
    tokens = 8 * 3 + 3
    assert "%s: %d tokens, %.1f %% [UNK]" % (path, tokens, 200.0 / tokens) in outcome.out
    warnings = [line for line in outcome.err.splitlines() if "of the tokens are [UNK]" in line]
    assert len(warnings) == 1 and "words such as gibberish, nonsense" in warnings[0]


def test_checkpoint_has_the_recipe_s_names(trained):
    shapes = checkpoints.variable_shapes(str(trained[0]))
    assert shapes["cls/squad/output_weights"] == [2, 32]
    assert shapes["cls/squad/output_bias"] == [2]
    assert "cls/squad/output_weights/adam_m" in shapes and "global_step" in shapes


def test_prediction_alone_gives_the_same_answers(files, command, trained):
    """Another directory, another batch size, a named checkpoint: the same logits to rounding."""
    output_dir = files["folder"] / "predicted"
    outcome = command(
        "--do_predict",
        "--predict_file=" + files["v1"],
        "--predict_batch_size=7",
        "--init_checkpoint=" + str(trained[0]),
        *required(files, output_dir),
    )
    assert outcome.code == 0, outcome.err
    assert _load(output_dir / "predictions.json") == _load(trained[0] / "predictions.json")
    again, before = (
        _load(folder / "nbest_predictions.json") for folder in (output_dir, trained[0])
    )
    assert list(again) == list(before)
    for qas_id in before:
        assert again[qas_id][0]["start_logit"] == pytest.approx(
            before[qas_id][0]["start_logit"], abs=1e-4
        )


def test_a_checkpoint_without_pooler_gives_the_same_answers(files, command, trained, tmp_path):
    """Models for question answering that were trained in PyTorch have none."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(trained[0])))
    with tf.Graph().as_default(), tf.Session() as session:
        for name in reader.get_variable_to_shape_map():
            if name.startswith(("bert/", "cls/")) and "pooler" not in name:
                tf.get_variable(name, initializer=reader.get_tensor(name))
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(tmp_path / "bert_model.ckpt"))
    outcome = command(
        "--do_predict",
        "--predict_file=" + files["v1"],
        "--init_checkpoint=" + prefix,
        *required(files, tmp_path / "predicted"),
    )
    assert outcome.code == 0, outcome.err
    found = _load(tmp_path / "predicted" / "predictions.json")
    assert found == _load(trained[0] / "predictions.json")


def test_training_resumes_and_extends(files, command, trained):
    output_dir = files["folder"] / "resumed"
    files = dict(files, config=files["small_config"])  # three start-ups: this model's are quicker
    arguments = (
        ["--do_train", "--train_file=" + files["v1"]]
        + required(files, output_dir)
        + ["--train_batch_size=16", "--learning_rate=1e-3"]
    )
    first = command("--num_train_epochs=5", *arguments)
    assert first.code == 0, first.err
    second = command("--num_train_epochs=10", "--init_checkpoint=" + str(trained[0]), *arguments)
    assert second.code == 0, second.err
    assert "training from step 20 to 40" in second.out
    rows = _metrics(output_dir)
    assert [row["step"] for row in rows] == [1, 10, 20, 21, 30, 40]
    assert rows[3]["learning_rate"] == pytest.approx(1e-3 * (1 - 20 / 40.0) / 0.9, rel=1e-4)
    third = command("--num_train_epochs=10", *arguments)
    assert (
        third.code == 0
        and "already trained to step 40 of 40 (--num_train_epochs=10): " in third.out
    )


def test_the_loss_without_padding_is_over_tokens(files, command, tmp_path, fused_library):
    """Weights that know nothing choose among all positions alike: 32, or as many as a window has tokens."""
    first = {}
    for padding in ("remove_padding", "noremove_padding"):
        outcome = command(
            "--do_train",
            "--%s" % padding,
            "--train_file=" + files["v1"],
            "--train_batch_size=64",
            "--num_train_epochs=1",
            *required(files, tmp_path / padding),
        )
        assert outcome.code == 0, outcome.err
        first[padding] = _metrics(tmp_path / padding)[0]["loss"]
    tokenizer = tokenization.FullTokenizer(files["vocab"])
    examples = read_squad_examples(files["v1"], True)
    lengths = [len(f.tokens) for f in convert_examples(examples, tokenizer, 32, 10, 8, True)]
    assert first["noremove_padding"] == pytest.approx(np.log(32), abs=0.1)
    assert first["remove_padding"] == pytest.approx(np.log(lengths).mean(), abs=0.1)
    assert np.log(lengths).mean() < np.log(32) - 0.3


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--train_file={v2}", "--version_2_with_negative"], "--version_2_with_negative was false"),
        (
            ["--train_file={other}"],
            "--train_file: new: {other}; --train_file: no longer there: {v1}",
        ),
        (["--train_file={v1}", "--vocab_file={vocab2}"], "--vocab_file: new: {vocab2}"),
        (
            ["--train_file={v1}", "--bert_config_file={small_config}"],
            "num_hidden_layers is 2 there",
        ),
    ],
)
def test_another_run_is_not_already_trained(files, command, trained, arguments, message):
    """With fewer epochs than the directory has, which would be "already trained"."""
    names = dict(files, other=str(files["folder"] / "other.json"))
    names["vocab2"] = str(files["folder"] / "vocab2.txt")
    write(names["other"], document(64, 7))
    write(names["vocab2"], "\n".join(VOCABULARY[:-2] + VOCABULARY[:-3:-1]) + "\n")
    before = sorted(os.listdir(str(trained[0])))
    outcome = command(
        *(required(files, trained[0]) + ["--do_train", "--num_train_epochs=1"])
        + [argument.format(**names) for argument in arguments]
    )
    assert outcome.code == 2 and "Traceback" not in outcome.err
    line = outcome.err.splitlines()[-1]
    assert line.startswith("error: ") and message.format(**names) in line, line
    assert sorted(os.listdir(str(trained[0]))) == before


@pytest.mark.parametrize(
    "layers, said", [(3, "2 in the checkpoint, 3"), (1, "2 in the checkpoint, 1")]
)
def test_prediction_needs_as_many_layers(files, command, trained, layers, said):
    config = write(files["folder"] / "layers.json", dict(CONFIG, num_hidden_layers=layers))
    outcome = command(
        *required(dict(files, config=config), files["folder"] / "layers")
        + ["--do_predict", "--predict_file=" + files["v1"], "--init_checkpoint=%s" % trained[0]]
    )
    assert outcome.code == 2 and "num_hidden_layers is " + said in outcome.err.splitlines()[-1]
    assert os.listdir(str(files["folder"] / "layers")) == []


def test_prediction_with_another_casing_warns(files, command, trained):
    outcome = command(
        *required(files, files["folder"] / "cased")
        + ["--do_predict", "--predict_file=" + files["v1"], "--init_checkpoint=%s" % trained[0]]
        + ["--do_lower_case=false"]
    )
    assert outcome.code == 0, outcome.err
    assert re.search("W --do_lower_case=false, but .* was trained with true", outcome.err)


def test_v2(files, command):
    output_dir = files["folder"] / "v2"
    outcome = command(
        "--version_2_with_negative",
        "--do_train",
        "--do_predict",
        "--train_file=" + files["v2"],
        "--predict_file=" + files["v2"],
        *(required(files, output_dir) + _RECIPE),
    )
    assert outcome.code == 0, outcome.err
    answers, odds = _load(output_dir / "predictions.json"), _load(output_dir / "null_odds.json")
    scores = evaluate.evaluate_v2(_load(files["v2"])["data"], answers, odds, threshold=1e9)
    assert scores["NoAns_total"] > 10 and scores["HasAns_total"] > 10
    assert scores["HasAns_exact"] >= 80.0 and scores["NoAns_exact"] >= 80.0
    assert scores["best_exact"] >= scores["exact"]
    assert all((answers[qas_id] == "") == (odds[qas_id] > 0.0) for qas_id in answers)


@pytest.fixture(scope="module")
def bad_checkpoints(files):
    return write_bad_checkpoints(files["folder"])


def _squad_options(files, **changes):
    values = dict(
        vocab_file=files["vocab"],
        train_file=files["v1"],
        do_train=True,
        max_seq_length=32,
        max_query_length=8,
        doc_stride=10,
    )
    values.update(changes)
    return SquadOptions(**values)


def test_written_windows_are_the_features(files, tmp_path):
    """The file holds every window in order, and training reads each once before any again."""
    tokenizer = tokenization.FullTokenizer(files["vocab"])
    examples = read_squad_examples(files["v1"], True)
    expected = list(convert_examples(examples, tokenizer, 32, 10, 8, True))
    path = str(tmp_path / "train.tf_record")
    made = windows.write_windows(path, examples, tokenizer, _squad_options(files), True)
    count = len(made)
    assert count == len(expected) and os.listdir(str(tmp_path)) == ["train.tf_record"]

    schema = fields.squad_schema(32, is_training=True)
    source = inputs.TrainingInput(Reader([scan(path)], seed=1), schema)
    with tf.Graph().as_default(), tf.Session() as sess:
        iterator = tf.data.make_initializable_iterator(source.dataset(5))
        batch = iterator.get_next()
        sess.run(iterator.initializer)
        seen = []
        while len(seen) < 2 * count:
            values = sess.run(batch)
            seen.extend(
                tuple(
                    values[name][i] for name in ("unique_ids", "start_positions", "end_positions")
                )
                for i in range(5)
            )
    wanted = sorted((f.unique_id, f.start_position, f.end_position) for f in expected)
    assert sorted(seen[:count]) == wanted and seen[:count] != wanted  # shuffled
    assert sorted(seen[count : 2 * count]) == wanted and seen[count : 2 * count] != seen[:count]
    assert sum(f.start_position > 0 for f in expected) >= len(examples)


def test_prediction_alone_needs_a_span_head(trained, bad_checkpoints, tmp_path):
    """Users name the checkpoint they began with when they predict again from a trained directory."""
    own = tf.train.latest_checkpoint(str(trained[0]))

    def choose(output_dir, init_checkpoint):
        return run_squad.find_trained(
            make_job(output_dir, init_checkpoint=init_checkpoint)
        ).checkpoint

    assert choose(trained[0], None) == own
    assert choose(trained[0], bad_checkpoints["headless"]) == own
    assert choose(trained[0], bad_checkpoints["other"]) == bad_checkpoints["other"]
    assert choose(tmp_path, own) == own
