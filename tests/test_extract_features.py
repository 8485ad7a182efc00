# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""extract_features.py: hidden states against NumPy float64, pairs, truncation, files, kernels, refusals.

tests/test_google_programs.py compares its output with that of Google's program.
"""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import extract_features
import modeling
import tokenization
from extract_features import FeatureOptions
from program.errors import DataError
from program.options import OptionError
from tests.conftest import ROOT
from tests.jobs import FP32
from tests.reference import numpy_bert
from training import kernels
from training.checkpoints import CheckpointError
from training.options import KernelOptions, PrecisionOptions
from training.precision import resolve_precision

CONFIG = dict(numpy_bert.CONFIG, max_position_embeddings=16)
WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the cat dog saw a red house ? . ##s and blue river of".split()
)
VOCABULARY = WORDS + ["[unused%d]" % number for number in range(CONFIG["vocab_size"] - len(WORDS))]
LINES = [
    "The cat saw a red house.",
    "Cats ||| and dogs",
    "",
    "a",
    "the dog ||| saw ||| the river of the blue house .",
    "zebra of the house, the cat and the dog and the river and the cat and the dog",
]
TOKENS = [
    "[CLS] the cat saw a red house . [SEP]",
    "[CLS] cat ##s [SEP] and dog ##s [SEP]",
    "[CLS] [SEP]",
    "[CLS] a [SEP]",
    "[CLS] the dog [UNK] [UNK] [UNK] saw [SEP] the river of the blue house . [SEP]",
    "[CLS] [UNK] of the house [UNK] the cat and the dog and the river and [SEP]",
]


class Place:
    """A directory with a model of random weights, its vocabulary and a text."""

    def __init__(self, directory):
        self.directory = directory
        self.weights = numpy_bert.random_weights(CONFIG, seed=1)
        self.config = modeling.BertConfig.from_dict(CONFIG)
        (directory / "bert_config.json").write_text(json.dumps(CONFIG))
        (directory / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
        (directory / "lines.txt").write_text("\n".join(LINES) + "\n")
        self.save(self.weights, "model.ckpt")

    def path(self, name):
        return str(self.directory / name)

    def save(self, weights, name):
        with tf.Graph().as_default(), tf.Session() as session:
            for variable, value in weights.items():
                tf.get_variable(variable, initializer=value.astype(np.float32))
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, self.path(name), write_meta_graph=False)

    def options(self, **changes):
        values = {
            "input_file": self.path("lines.txt"),
            "vocab_file": self.path("vocab.txt"),
            "init_checkpoint": self.path("model.ckpt"),
            "max_seq_length": 16,
            "layers": "-1,0",
            "batch_size": 2,
        }
        return FeatureOptions(**dict(values, **changes))

    def run(self, precision=FP32, chosen=kernels.PLAIN, config=None, **changes):
        extract_features.run(config or self.config, self.options(**changes), precision, chosen)

    def truth(self):
        """For each line the float64 states [tokens, H] of each layer."""
        found = []
        for tokens in TOKENS:
            words = tokens.split()
            ids = np.array([[VOCABULARY.index(word) for word in words]])
            end = words.index("[SEP]") + 1
            types = np.array([[0] * end + [1] * (len(words) - end)])
            states = numpy_bert.forward(CONFIG, self.weights, ids, np.ones_like(ids), types)
            found.append([layer[0] for layer in states["layers"]])
        return found


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("features"))


def read_json(path):
    with open(path) as reader:
        return [json.loads(line) for line in reader]


def of_archive(path, layer):
    """The lines' states of one layer in an .npz."""
    archive = np.load(path)
    offsets = archive["offsets"]
    return [archive["layer_%d" % layer][a:b] for a, b in zip(offsets, offsets[1:])]


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_states_are_numpys(place, tmp_path, batch_size):
    """Order, tokens and values, whatever lines are in a batch together; text and archive agree."""
    text, archive = str(tmp_path / "o.jsonl"), str(tmp_path / "o.npz")
    place.run(output_file=text, output_npz=archive, batch_size=batch_size)
    rows, truth = read_json(text), place.truth()
    assert [row["linex_index"] for row in rows] == list(range(len(LINES)))
    assert [" ".join(f["token"] for f in row["features"]) for row in rows] == TOKENS
    for row, states in zip(rows, truth):
        for place_in_line, feature in enumerate(row["features"]):
            assert [layer["index"] for layer in feature["layers"]] == [-1, 0]
            for layer, state in zip(feature["layers"], (states[-1], states[0])):
                np.testing.assert_allclose(layer["values"], state[place_in_line], atol=1e-5)
    arrays = np.load(archive)
    assert sorted(arrays) == ["layer_-1", "layer_0", "layers", "offsets", "tokens"]
    assert arrays["layers"].tolist() == [-1, 0] and arrays["layer_0"].dtype == np.float32
    assert arrays["tokens"].tolist() == " ".join(TOKENS).split()
    for layer in (-1, 0):
        for states, exact in zip(of_archive(archive, layer), truth):
            np.testing.assert_allclose(states, exact[layer], atol=1e-5)


def test_values_are_rounded_to_six_decimals(place, tmp_path):
    text, archive = str(tmp_path / "o.jsonl"), str(tmp_path / "o.npz")
    place.run(output_file=text, output_npz=archive, layers="1")
    (states, *_) = of_archive(archive, 1)
    (row, *_) = read_json(text)
    for feature, state in zip(row["features"], states):
        assert feature["layers"][0]["values"] == [round(float(value), 6) for value in state]


def test_fused_kernels_and_no_padding_change_nothing(place, tmp_path, fused_library):
    found = []
    for number, changes in enumerate(
        [{"use_fused_ops": False}, {"use_fused_ops": True}, {"remove_padding": True}]
    ):
        path = str(tmp_path / ("%d.npz" % number))
        place.run(chosen=kernels.resolve_kernels(KernelOptions(**changes)), output_npz=path)
        found.append(np.load(path)["layer_-1"])
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-5)


def test_float16(place, tmp_path):
    path = str(tmp_path / "o.npz")
    place.run(precision=resolve_precision(PrecisionOptions(use_fp16=True)), output_npz=path)
    states = np.load(path)["layer_-1"]
    exact = np.concatenate([layers[-1] for layers in place.truth()])
    assert states.dtype == np.float32 and 1e-6 < np.abs(states - exact).max() < 0.1


# ------------------------------------------------------------------------------------ lines


@pytest.fixture(name="tokenizer", scope="module")
def fixture_tokenizer(place):
    return tokenization.FullTokenizer(place.path("vocab.txt"))


@pytest.mark.parametrize(
    "text, tokens, num_first",
    [
        ("the ||| cat", "[CLS] the [SEP] cat [SEP]", 3),
        ("  the cat \n", "[CLS] the cat [SEP]", 4),
        ("the ||| cat ||| dog", "[CLS] the [UNK] [UNK] [UNK] cat [SEP] dog [SEP]", 7),
        ("the||| cat", "[CLS] the [UNK] [UNK] [UNK] cat [SEP]", 7),
        ("the ||| ", "[CLS] the [UNK] [UNK] [UNK] [SEP]", 6),
        ("the ||| \x00", "[CLS] the [SEP]", 3),
        ("\u3000\u2028", "[CLS] [SEP]", 2),
    ],
)
def test_make_line(tokenizer, text, tokens, num_first):
    line = extract_features.make_line(text, tokenizer, 16)
    assert (" ".join(line.tokens), line.num_first) == (tokens, num_first)


def test_truncation_is_googles(tokenizer):
    """Token by token from the longer text, from the second where they are equally long."""
    for num_first in range(1, 12):
        for num_second in range(0, 12):
            for length in (3, 4, 5, 8, 13):
                first, second = ["the"] * num_first, ["dog"] * num_second
                text = " ".join(first) + (" ||| " + " ".join(second) if second else "")
                line = extract_features.make_line(text, tokenizer, length)
                while len(first) + len(second) > length - (3 if num_second else 2):
                    (first if len(first) > len(second) else second).pop()
                truth = ["[CLS]"] + first + ["[SEP]"] + (second + ["[SEP]"] if second else [])
                assert line.tokens == truth, (num_first, num_second, length)


def test_bytes_that_are_not_utf8_are_dropped(place, tmp_path, tokenizer):
    path = tmp_path / "in.txt"
    path.write_bytes(b"\xef\xbb\xbfthe c\xffat\r\nthe dog")
    lines = extract_features.read_lines(str(path), tokenizer, 16)
    assert [" ".join(line.tokens) for line in lines] == [
        "[CLS] the cat [SEP]",
        "[CLS] the dog [SEP]",
    ]


def test_blocks_keep_the_order_of_the_input(place, tmp_path, monkeypatch):
    """Several blocks, each sorted by itself."""
    monkeypatch.setattr(extract_features, "_BATCHES_PER_BLOCK", 1)
    path = str(tmp_path / "o.jsonl")
    place.run(output_file=path)
    assert [" ".join(f["token"] for f in row["features"]) for row in read_json(path)] == TOKENS


# --------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "changes, error, said",
    [
        ({"layers": "-1,x"}, OptionError, "--layers=-1,x: 'x' is not an integer"),
        ({"layers": "2"}, OptionError, "has no layer 2; its 2 layers are 0 to 1, or -2 to -1"),
        ({"layers": "-3"}, OptionError, "has no layer -3"),
        ({"layers": "0,0"}, OptionError, "0 is given twice"),
        ({"max_seq_length": 17}, OptionError, "--max_seq_length=17 exceeds the model's 16"),
        ({"input_file": "none.txt"}, DataError, "--input_file=none.txt: cannot be read"),
        ({"input_file": "empty.txt"}, DataError, "empty.txt: is empty"),
        ({"init_checkpoint": "none.ckpt"}, CheckpointError, "none.ckpt"),
        (
            {"init_checkpoint": "short.ckpt"},
            CheckpointError,
            "num_hidden_layers is 1 in the checkpoint, 2 in",
        ),
        (
            {"init_checkpoint": "lacks.ckpt"},
            CheckpointError,
            "embeddings/LayerNorm/beta is missing",
        ),
        (
            {"init_checkpoint": "shape.ckpt"},
            CheckpointError,
            "type_vocab_size is 3 in the checkpoint, 2",
        ),
        ({"vocab_file": "large.txt"}, tokenization.VocabularyError, "large.txt: line 24 gives"),
        ({"vocab_file": "lacks.txt"}, tokenization.VocabularyError, "lacks [CLS]"),
        (
            {"output_npz": "gs://bucket/o.npz"},
            OptionError,
            "--output_npz: gs://bucket/o.npz is an address",
        ),
        ({"output_npz": "no/such/o.npz"}, DataError, "no/such/o.npz: cannot be written"),
    ],
)
def test_refuses(place, tmp_path, monkeypatch, changes, error, said):
    """One line, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    one_layer = {k: v for k, v in place.weights.items() if "layer_1" not in k}
    without_beta = {k: v for k, v in place.weights.items() if k != "bert/embeddings/LayerNorm/beta"}
    types = np.zeros([3, 12])
    other_shape = dict(place.weights, **{"bert/embeddings/token_type_embeddings": types})
    made = Place(tmp_path)
    for name, weights in (
        ("short.ckpt", one_layer),
        ("lacks.ckpt", without_beta),
        ("shape.ckpt", other_shape),
    ):
        if name in changes.values():
            made.save(weights, name)
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "large.txt").write_text("\n".join(VOCABULARY + ["more"]) + "\n")
    (tmp_path / "lacks.txt").write_text("\n".join(VOCABULARY).replace("[CLS]", "[cls]") + "\n")
    before = sorted(os.listdir(str(tmp_path)))
    with pytest.raises(error) as caught:
        made.run(**dict({"output_file": "o.jsonl"}, **changes))
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert sorted(os.listdir(str(tmp_path))) == before


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, "pass --output_file, --output_npz or both"),
        ({"output_file": "x", "output_npz": "x"}, "name the same file"),
        ({"output_file": "x", "batch_size": 0}, "--batch_size=0: must be an integer of at least 1"),
        ({"output_file": "x", "max_seq_length": 2}, "must be an integer of at least 3"),
    ],
)
def test_options_refused(place, changes, said):
    with pytest.raises(OptionError, match=said):
        place.options(**changes)


def test_a_failure_leaves_what_was_there(place, tmp_path, monkeypatch):
    path = tmp_path / "o.jsonl"
    path.write_text("yesterday's")
    monkeypatch.setattr(extract_features, "json_line", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        place.run(output_file=str(path), output_npz=str(tmp_path / "o.npz"))
    assert os.listdir(str(tmp_path)) == ["o.jsonl"] and path.read_text() == "yesterday's"


def test_without_a_pooler(place, tmp_path):
    """Weights converted from a masked language model have none, and none is needed."""
    weights = {k: v for k, v in place.weights.items() if "pooler" not in k}
    made = Place(tmp_path)
    made.save(weights, "no_pooler.ckpt")
    made.run(init_checkpoint=made.path("no_pooler.ckpt"), output_npz=made.path("o.npz"))
    assert np.load(made.path("o.npz"))["layer_-1"].shape[0] == len(" ".join(TOKENS).split())


def test_a_checkpoint_in_a_directory_that_looks_like_a_pattern(place, tmp_path):
    directory = tmp_path / "a[bc]"
    directory.mkdir()
    for path in place.directory.glob("model.ckpt.*"):
        shutil.copy(str(path), str(directory))
    for checkpoint, out in ((None, "plain"), (str(directory / "model.ckpt"), "other")):
        changes = {"init_checkpoint": checkpoint} if checkpoint else {}
        place.run(output_npz=str(tmp_path / out), **changes)
    for there, here in zip(*[of_archive(str(tmp_path / out), -1) for out in ("plain", "other")]):
        np.testing.assert_array_equal(here, there)


def test_command_line(place, tmp_path):
    """As Google's users type it."""
    command = [sys.executable, "-W", "ignore", os.path.join(ROOT, "extract_features.py")]
    command += [
        "--input_file=" + place.path("lines.txt"),
        "--output_file=%s" % (tmp_path / "o.jsonl"),
        "--vocab_file=" + place.path("vocab.txt"),
        "--bert_config_file=" + place.path("bert_config.json"),
        "--init_checkpoint=" + place.path("model.ckpt"),
        "--max_seq_length=16",
        "--batch_size=8",
        "--use_tpu=False",
    ]

    def call(*more):
        return subprocess.run(
            command + list(more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"),
        )

    refused = call()
    assert refused.returncode == 2, "the tiny model has two layers, the default are four"
    assert refused.stderr.splitlines()[-1].startswith("error: --layers=-1,-2,-3,-4: the model has")
    done = call("--layers=-1,-2")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("6 lines, ")
    assert len(read_json(str(tmp_path / "o.jsonl"))) == 6
