# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Trained here and opened there; trained there and scored here: real weights, real questions, through the launchers.

The sizes are those of a test; benchmarks/parity.md has the figures.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from conversion import from_hugging_face
from scripts.tools import squad_sample
from squad.evaluate import evaluate_v1
from squad.examples import read_squad_examples
from squad.features import convert_examples
from squad.predictions import RawResult, compute_predictions
from squad.questions import iterate_questions, load_articles
from tokenization import FullTokenizer
from training import checkpoint_files
from training.span_head import span_logits

tf.disable_v2_behavior()

NUM_QUESTIONS, NUM_STEPS, BATCH = 24, 12, 4
LENGTH, STRIDE, QUERY = 96, 48, 24
# Both compute in float32; logits are of order 1. Of start and end logits at real tokens, the largest difference.
TOLERANCE = 1e-5


def launch(repo_root, script, *arguments, **environment):
    """What a launcher prints."""
    done = subprocess.run(
        ["bash", os.path.join(repo_root, "scripts", script)] + [str(word) for word in arguments],
        env=dict(os.environ, PYTHON=sys.executable, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-3000:]
    return done.stdout.decode("utf-8")


def run_there(python, script, *arguments):
    done = subprocess.run(
        [python, os.path.join(os.path.dirname(os.path.abspath(__file__)), script)]
        + [str(word) for word in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, OMP_WAIT_POLICY="PASSIVE"),
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]


@pytest.fixture(scope="module", name="questions")
def fixture_questions(shared_data, tmp_path_factory):
    """Path of a SQuAD file with the first NUM_QUESTIONS questions of real articles."""
    source = os.path.join(shared_data, "squad", "xquad-en-36.json")
    assert len(list(iterate_questions(load_articles(source), source))) >= NUM_QUESTIONS
    path = str(tmp_path_factory.mktemp("questions") / "questions.json")
    squad_sample.write_sample(source, path, NUM_QUESTIONS)
    return path


def windows_of(questions, vocab_file, is_training):
    """(examples, features) of a SQuAD file."""
    examples = read_squad_examples(questions, is_training)
    tokenizer = FullTokenizer(vocab_file)
    return examples, list(convert_examples(examples, tokenizer, LENGTH, STRIDE, QUERY, is_training))


def arrays_of(features):
    return {
        name: np.array([getattr(feature, name) for feature in features])
        for name in ("input_ids", "input_mask", "segment_ids")
    }


def our_logits(prefix, config_file, arrays):
    """[2, N, S]: start and end logits of a checkpoint, by plain TensorFlow ops."""
    with tf.Graph().as_default(), tf.Session() as session:
        config = modeling.BertConfig.from_json_file(config_file)
        inputs = [tf.placeholder(tf.int32, [None, LENGTH]) for _ in range(3)]
        model = modeling.BertModel(config, False, *inputs)
        logits = span_logits(config, model.get_sequence_output())
        tf.train.Saver(tf.trainable_variables()).restore(session, prefix)
        values = [arrays[name] for name in ("input_ids", "input_mask", "segment_ids")]
        return np.array(session.run(logits, dict(zip(inputs, values))))


def test_trained_here_and_opened_there(
    repo_root, minilm_dir, parity_python, questions, tmp_path, capsys
):
    model, results, top = tmp_path / "model", tmp_path / "results", tmp_path / "top"
    from_hugging_face.convert(minilm_dir, str(model))
    epochs = NUM_STEPS * BATCH / NUM_QUESTIONS
    launch(
        repo_root,
        "run_squad.sh",
        *[BATCH, "5e-5", "fp32", "false", 0, model, epochs, "--max_seq_length", LENGTH],
        *["--doc_stride", STRIDE, "--", "--do_predict=false", "--max_query_length=%d" % QUERY],
        *["--train_file=" + questions, "--predict_file=" + questions],
        BERT_DIR=str(model),
        RESULTS_DIR=str(results),
    )
    assert checkpoint_files.step_of(checkpoint_files.latest(str(results))) == NUM_STEPS
    config_file, vocab_file = str(model / "bert_config.json"), str(model / "vocab.txt")
    launch(
        repo_root,
        "convert.sh",
        *[results, top / "hf", "--bert_config_file", config_file, "--vocab_file", vocab_file],
    )
    arrays = arrays_of(windows_of(questions, vocab_file, False)[1])
    np.savez(str(top / "hf" / "inputs.npz"), **arrays)
    (top / "hf" / "texts.json").write_text(json.dumps(["Who was the river's?"]))
    run_there(parity_python, "transformers_side.py", top)
    report = json.loads((top / "hf" / "report.json").read_text())
    assert report["name"] == "BertForQuestionAnswering" and report["said"] == []
    assert not report["missing_keys"] and not report["unexpected_keys"]
    ours = our_logits(checkpoint_files.latest(str(results)), config_file, arrays)
    largest = np.abs(ours).max()
    assert (
        largest > 0.1
    ), "the logits of a head that was not trained are near zero: they would agree anyway"
    with np.load(str(top / "hf" / "outputs.npz")) as outputs:
        theirs = np.array([outputs["start_logits"], outputs["end_logits"]])
    real = arrays["input_mask"] == 1
    difference = np.abs(ours - theirs)[:, real].max()
    with capsys.disabled():
        print(
            "\ninterchange: %d windows, start and end logits (up to %.2f) at real tokens: max abs difference %.1e"
            % (len(real), largest, difference)
        )
    assert 0 < difference <= TOLERANCE


def test_trained_there_and_scored_here(
    repo_root, minilm_dir, parity_python, questions, tmp_path, capsys
):
    vocab_file = os.path.join(minilm_dir, "vocab.txt")
    _, training = windows_of(questions, vocab_file, True)
    training = [feature for feature in training if feature.start_position]
    order = np.random.RandomState(0).permutation(len(training) * 99)[: NUM_STEPS * BATCH]
    training = [training[index % len(training)] for index in order]
    np.savez(
        str(tmp_path / "training.npz"),
        start_positions=[feature.start_position for feature in training],
        end_positions=[feature.end_position for feature in training],
        batch_size=BATCH,
        learning_rate=1e-4,
        **arrays_of(training),
    )
    examples, features = windows_of(questions, vocab_file, False)
    np.savez(str(tmp_path / "windows.npz"), **arrays_of(features))
    run_there(parity_python, "span_training_side.py", minilm_dir, tmp_path)
    launch(repo_root, "convert.sh", tmp_path / "trained", tmp_path / "tf1")
    with open(vocab_file, "rb") as source:
        assert (tmp_path / "tf1" / "vocab.txt").read_bytes() == source.read()
    out = launch(
        repo_root,
        "run_squad_inference.sh",
        *[tmp_path / "tf1", 8, "fp32", "false", "--predict_file", questions],
        *["--max_seq_length", LENGTH, "--doc_stride", STRIDE],
        *["--", "--max_query_length=%d" % QUERY],
        BERT_DIR=str(tmp_path / "tf1"),
        RESULTS_DIR=str(tmp_path / "results"),
    )
    scores = json.loads(out.splitlines()[-1])
    with np.load(str(tmp_path / "logits.npz")) as logits:
        results = [
            RawResult(feature.unique_id, start, end)
            for feature, start, end in zip(features, logits["start_logits"], logits["end_logits"])
        ]
    theirs, _, _ = compute_predictions(examples, features, results)
    ours = json.loads((tmp_path / "results" / "predictions.json").read_text(encoding="utf-8"))
    expected = evaluate_v1(load_articles(questions), theirs)
    with capsys.disabled():
        same = sum(ours[key] == theirs[key] for key in theirs)
        print("\ninterchange: %s here, %s from PyTorch's logits" % (scores, dict(expected)))
        print("interchange: %d of %d answers are the same" % (same, len(theirs)))
    assert scores == {name: expected[name] for name in ("exact_match", "f1")}
    assert ours == theirs and len(ours) == NUM_QUESTIONS
    assert scores["f1"] > 0, "zeros would be equal, too"
