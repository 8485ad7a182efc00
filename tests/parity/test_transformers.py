# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The whole model compared with transformers' on published weights and real text: states, logits, gradients, training.

PyTorch runs in an environment and a process of its own (parity/environment.py), in float32 and in float64. float64
is the reference: two float32 computations are each about 1e-6 away from it (benchmarks/parity.md explains why), so
their difference alone does not tell which of them is wrong.
"""

import glob
import io
import json
import os
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import optimization
import run_squad
from conversion import from_hugging_face as converter
from conversion import names
from squad.examples import read_squad_examples
from squad.features import convert_examples
from tokenization import FullTokenizer

tf.disable_v2_behavior()

PARAGRAPHS, SHORTEST, LONGEST, BATCH = 100, 8, 384, 10
STEPS, WARMUP, RATE, TRAIN_BATCH, TRAIN_LENGTH = 50, 5, 5e-5, 4, 64
# float64 takes PyTorch several times longer: the first steps show where the truth lies.
EXACT_STEPS = 5
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def real_model(minilm_dir, tmp_path_factory):
    """(directory in safetensors form, directory with the TensorFlow checkpoint, span head weights [2, H])."""
    directory = str(tmp_path_factory.mktemp("checkpoint"))
    converter.convert(minilm_dir, directory)
    head = np.random.RandomState(0).normal(scale=0.02, size=[2, 384]).astype(np.float32)
    return minilm_dir, directory, head


@pytest.fixture
def report(capsys):
    """Prints a line whatever pytest captures: the measured figures belong into every log."""

    def say(line, *values):
        with capsys.disabled():
            print("\nparity: " + line % values)

    return say


def run_pytorch(python, repo_root, what, model_dir, work_dir):
    """Runs the other half; returns its versions."""
    script = os.path.join(repo_root, "tests", "parity", "pytorch_side.py")
    # Waiting threads sleep: on a machine that is shared they would otherwise burn the time of those that work.
    done = subprocess.run(
        [python, script, what, model_dir, work_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, OMP_WAIT_POLICY="PASSIVE"),
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    versions = json.loads(done.stdout.decode("utf-8").splitlines()[-1])
    assert versions["torch"].split("+")[0] == "2.13.0" and versions["transformers"].startswith(
        "5."
    ), versions
    return versions


class SpanModel:
    """Graph and session: the model with the runner's own span head, on the real weights."""

    def __init__(self, checkpoint_dir, head, is_training=False):
        tf.reset_default_graph()
        self.config = modeling.BertConfig.from_json_file(
            os.path.join(checkpoint_dir, "bert_config.json")
        )
        self.config.hidden_dropout_prob = self.config.attention_probs_dropout_prob = 0.0
        self.ids, self.mask, self.types = [tf.placeholder(tf.int32, [None, None]) for _ in range(3)]
        self.model = modeling.BertModel(self.config, is_training, self.ids, self.mask, self.types)
        self.start_logits, self.end_logits = run_squad.span_logits(
            self.config, self.model.get_sequence_output()
        )
        self.prefix, self.head = os.path.join(checkpoint_dir, "bert_model.ckpt"), head

    def session(self):
        variables = tf.trainable_variables()
        assignment_map, _ = modeling.get_assignment_map_from_checkpoint(variables, self.prefix)
        # All but the head: nothing of the encoder may be left at random.
        assert len(assignment_map) == len(variables) - 2
        tf.train.init_from_checkpoint(self.prefix, assignment_map)
        session = tf.Session()
        session.run(tf.global_variables_initializer())
        weights = [
            variable for variable in variables if variable.op.name == "cls/squad/output_weights"
        ]
        weights[0].load(self.head, session)
        return session

    def feed(self, arrays, chosen=slice(None)):
        return {
            self.ids: arrays["input_ids"][chosen],
            self.mask: arrays["input_mask"][chosen],
            self.types: arrays["segment_ids"][chosen],
        }


# ------------------------------------------------------------------------------------------- states


def real_paragraphs(shared_data):
    """PARAGRAPHS pairs (question or "", text) from all kinds of real text, each long enough to be cut."""
    pairs = []
    for name in ("xquad-en-36.json", "policyqa-dev.json"):
        with io.open(os.path.join(shared_data, "squad", name), encoding="utf-8") as reader:
            paragraphs = [
                paragraph
                for article in json.load(reader)["data"]
                for paragraph in article["paragraphs"]
            ]
        pairs.append(
            [(paragraph["qas"][0]["question"], paragraph["context"]) for paragraph in paragraphs]
        )
    with io.open(
        os.path.join(shared_data, "text", "wikitext-2-valid.txt"), encoding="utf-8"
    ) as reader:
        pairs.append([("", line) for line in reader if len(line) > 200])
    for path in sorted(glob.glob(os.path.join(shared_data, "books", "*.txt")))[:2]:
        with io.open(path, encoding="utf-8") as reader:
            pairs.append([("", text) for text in reader.read().split("\n\n") if len(text) > 200])
    quarter = PARAGRAPHS // len(pairs)
    return [pair for kind in pairs for pair in kind[:: len(kind) // quarter][:quarter]]


def encode(tokenizer, question, text, length):
    """(ids, types) of exactly `length` tokens; text that is too short is repeated."""
    first = ["[CLS]"] + (
        tokenizer.tokenize(question)[: length // 4] + ["[SEP]"] if question else []
    )
    room = length - len(first) - 1
    body = tokenizer.tokenize(text)
    body = (body * (room // len(body) + 1))[:room]
    types = [0] * len(first) + [1 if question else 0] * (room + 1)
    return tokenizer.convert_tokens_to_ids(first + body + ["[SEP]"]), types


def batches(shared_data, vocab_file):
    """Batches of BATCH paragraphs, padded to the longest in each; lengths SHORTEST to LONGEST over all."""
    tokenizer = FullTokenizer(vocab_file)
    paragraphs = real_paragraphs(shared_data)
    assert len(paragraphs) == PARAGRAPHS and len(set(text for _, text in paragraphs)) == PARAGRAPHS
    # Dealt like cards, so that every length meets every kind of text.
    paragraphs = [paragraphs[index * 37 % PARAGRAPHS] for index in range(PARAGRAPHS)]
    lengths = np.linspace(SHORTEST, LONGEST, PARAGRAPHS).astype(int)
    encoded = [
        encode(tokenizer, question, text, length)
        for (question, text), length in zip(paragraphs, lengths)
    ]
    for first in range(0, PARAGRAPHS, BATCH):
        rows = encoded[first : first + BATCH]
        width = max(len(ids) for ids, _ in rows)
        yield {
            "input_ids": padded([ids for ids, _ in rows], width),
            "input_mask": padded([[1] * len(ids) for ids, _ in rows], width),
            "segment_ids": padded([types for _, types in rows], width),
        }


def padded(rows, width):
    """Lists of integers as an array [len(rows), width], with zeros at their ends."""
    return np.array([row + [0] * (width - len(row)) for row in rows])


PAIRS = ("TensorFlow - PyTorch", "TensorFlow - float64", "PyTorch - float64")


def saved_batches(shared_data, vocab_file, directory):
    """The batches, after writing them to batch_NN.npz for the other half."""
    inputs = list(batches(shared_data, vocab_file))
    lengths = [int(row.sum()) for arrays in inputs for row in arrays["input_mask"]]
    assert (len(lengths), min(lengths), max(lengths)) == (PARAGRAPHS, SHORTEST, LONGEST)
    assert (
        sum(int((arrays["input_mask"] == 0).sum()) for arrays in inputs) > 1000
    ), "padding is part of the test"
    for index, arrays in enumerate(inputs):
        np.savez(os.path.join(directory, "batch_%02d.npz" % index), **arrays)
    return inputs


def test_hidden_states_and_span_logits(
    repo_root, shared_data, parity_python, real_model, tmp_path, report
):
    model_dir, checkpoint_dir, head = real_model
    np.save(str(tmp_path / "head.npy"), head)
    inputs = saved_batches(shared_data, os.path.join(model_dir, "vocab.txt"), str(tmp_path))
    run_pytorch(parity_python, repo_root, "forward", model_dir, str(tmp_path))

    span_model = SpanModel(checkpoint_dir, head)
    fetches = {
        "states": [span_model.model.get_embedding_output()]
        + span_model.model.get_all_encoder_layers(),
        "start_logits": span_model.start_logits,
        "end_logits": span_model.end_logits,
    }
    worst = {
        (pair, name): 0.0
        for pair in PAIRS
        for name in ("layers", "padding", "start_logits", "end_logits")
    }
    values = beyond = 0
    with span_model.session() as session:
        for index, arrays in enumerate(inputs):
            ours = session.run(fetches, span_model.feed(arrays))
            ours["states"] = np.stack(ours["states"])
            path = str(tmp_path / ("states_%02d.npz" % index))
            with np.load(path) as other:
                theirs = {name: other[name] for name in fetches}
                exact = {name: other["exact_" + name] for name in fetches}
            os.remove(path)
            assert (
                ours["states"].shape
                == exact["states"].shape
                == (7,) + arrays["input_ids"].shape + (384,)
            )
            for pair, (one, two) in zip(PAIRS, ((ours, theirs), (ours, exact), (theirs, exact))):
                for name, figure in _largest_differences(
                    one, two, arrays["input_mask"] == 1
                ).items():
                    worst[pair, name] = np.maximum(worst[pair, name], figure)
            difference = np.abs(ours["states"] - theirs["states"])[:, arrays["input_mask"] == 1]
            values, beyond = values + difference.size, beyond + int((difference > TOLERANCE).sum())
    report_worst(report, worst)
    report("%d of %d values are more than %g from PyTorch's", beyond, values, TOLERANCE)
    for name in ("layers", "start_logits", "end_logits"):
        assert np.max(worst["TensorFlow - float64", name]) <= TOLERANCE, name
        # Beside PyTorch in float32 as well, but for what its own distance from float64 adds in single places.
        assert np.max(worst["TensorFlow - PyTorch", name]) <= TOLERANCE + np.max(
            worst["PyTorch - float64", name]
        ), name
    assert beyond <= 1e-7 * values
    # float32 cannot agree to the bit in another order of sums: zeros would mean that nothing was compared.
    assert np.min(worst["TensorFlow - PyTorch", "layers"]) > 0
    # Padding tokens can be ill-conditioned: PyTorch in float32 is 1e-4 away from PyTorch in float64 there. A wrong
    # mask or position would show as a difference a thousand times larger.
    assert worst["TensorFlow - float64", "padding"] <= 1e-3


def report_worst(report, worst):
    report("%d paragraphs of %d to %d tokens, max abs differences", PARAGRAPHS, SHORTEST, LONGEST)
    for pair in PAIRS:
        report(
            "%-20s embeddings, layers 1 to 6: %s; start, end logits: %.1e, %.1e; at padding, which nothing reads: %.1e",
            pair,
            " ".join("%.1e" % value for value in worst[pair, "layers"]),
            worst[pair, "start_logits"],
            worst[pair, "end_logits"],
            worst[pair, "padding"],
        )


def _largest_differences(one, two, real):
    """Max abs differences: "layers" [7] and logits at real tokens, "padding" of all layers; `real` is bool [B, S]."""
    states = np.abs(one["states"] - two["states"])
    return {
        "layers": states[:, real].max(axis=(1, 2)),
        "padding": states[:, ~real].max() if not real.all() else 0.0,
        "start_logits": np.abs(one["start_logits"] - two["start_logits"])[real].max(),
        "end_logits": np.abs(one["end_logits"] - two["end_logits"])[real].max(),
    }


# ----------------------------------------------------------------------------------------- training


def training_data(shared_data, vocab_file):
    """Real questions with their answer in the window, in one fixed order."""
    examples = read_squad_examples(os.path.join(shared_data, "squad", "xquad-en-36.json"), True)
    features = [
        feature
        for feature in convert_examples(
            examples, FullTokenizer(vocab_file), TRAIN_LENGTH, TRAIN_LENGTH // 2, 24, True
        )
        if feature.start_position
    ]
    order = np.random.RandomState(1).permutation(len(features))[: STEPS * TRAIN_BATCH]
    assert len(order) == STEPS * TRAIN_BATCH
    chosen = [features[index] for index in order]
    arrays = {
        name: np.array([getattr(feature, name) for feature in chosen])
        for name in ("input_ids", "input_mask", "segment_ids")
    }
    arrays["start_positions"] = np.array([feature.start_position for feature in chosen])
    arrays["end_positions"] = np.array([feature.end_position for feature in chosen])
    return arrays


def gradients_by_variable(trained, config, prefix):
    """The other half's gradients under our names and in our layout."""
    found = {}
    for weights in names.groups_of(config).values():
        for variable, source in weights.items():
            for name in source.tensors:
                for key in (
                    "%sgradient/bert.%s" % (prefix, name),
                    "%sgradient/%s" % (prefix, name),
                ):
                    if key in trained:
                        found[variable] = trained[key].T if source.transposed else trained[key]
    return found


def test_fifty_fine_tuning_steps(
    repo_root, shared_data, parity_python, real_model, tmp_path, report
):
    model_dir, checkpoint_dir, head = real_model
    np.save(str(tmp_path / "head.npy"), head)
    arrays = training_data(shared_data, os.path.join(model_dir, "vocab.txt"))
    np.savez(
        str(tmp_path / "training.npz"),
        exact_steps=EXACT_STEPS,
        batch_size=TRAIN_BATCH,
        num_steps=STEPS,
        num_warmup_steps=WARMUP,
        learning_rate=RATE,
        **arrays,
    )
    run_pytorch(parity_python, repo_root, "training", model_dir, str(tmp_path))

    span_model = SpanModel(checkpoint_dir, head, is_training=True)
    positions = {
        name: tf.placeholder(tf.int32, [None]) for name in ("start_positions", "end_positions")
    }
    loss = run_squad.span_loss(span_model.start_logits, span_model.end_logits, positions)
    variables = [
        variable for variable in tf.trainable_variables() if "pooler" not in variable.op.name
    ]
    gradients = [
        optimization.densify(gradient, variable)
        for gradient, variable in zip(tf.gradients(loss, variables), variables)
    ]
    train_op = optimization.create_optimizer(loss, RATE, STEPS, WARMUP)
    losses = np.zeros(STEPS)
    with span_model.session() as session:
        for step in range(STEPS):
            chosen = slice(step * TRAIN_BATCH, (step + 1) * TRAIN_BATCH)
            feed = span_model.feed(arrays, chosen)
            feed.update({positions[name]: arrays[name][chosen] for name in positions})
            if step == 0:
                first_gradients = session.run(gradients, feed)
            losses[step] = session.run([loss, train_op], feed)[0]

    with np.load(str(tmp_path / "trained.npz")) as trained:
        theirs = gradients_by_variable(trained, span_model.config, "")
        exact = gradients_by_variable(trained, span_model.config, "exact_")
        their_losses, exact_losses = trained["losses"], trained["exact_losses"]
    assert set(theirs) == {variable.op.name for variable in variables}
    ours = {variable.op.name: gradient for variable, gradient in zip(variables, first_gradients)}

    def worst(one, other):
        return max(np.abs(one[name] - other[name]).max() for name in ours)

    largest = max(np.abs(value).max() for value in exact.values())
    report(
        "gradients of step 1 (largest entry %.2f), max abs: TensorFlow - PyTorch %.1e; against float64 TensorFlow "
        "%.1e, PyTorch %.1e",
        largest,
        worst(ours, theirs),
        worst(ours, exact),
        worst(theirs, exact),
    )
    report_losses(report, losses, their_losses, exact_losses)
    difference = np.abs(losses - their_losses)
    assert worst(ours, theirs) <= 1e-5
    # At 5e-5, the published fine-tuning rate, nothing amplifies a rounding much (4e-6 measured). At 2e-4 training itself
    # does: PyTorch in float32 is then as far from PyTorch in float64 as we are (benchmarks/parity.md).
    assert difference[:EXACT_STEPS].max() <= 1e-5
    assert difference.max() <= 1e-4
    # The run must have been one: the loss moves by much more than the tolerance.
    assert largest > 1e-3 and np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.3


def report_losses(report, losses, their_losses, exact_losses):
    report(
        "losses of %d steps (%.3f to %.3f), max abs: TensorFlow - PyTorch %.1e; first %d steps against float64: "
        "TensorFlow %.1e, PyTorch %.1e",
        STEPS,
        losses[0],
        losses[-1],
        np.abs(losses - their_losses).max(),
        EXACT_STEPS,
        np.abs(losses[:EXACT_STEPS] - exact_losses).max(),
        np.abs(their_losses[:EXACT_STEPS] - exact_losses).max(),
    )
