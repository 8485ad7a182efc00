# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A TensorFlow 1 checkpoint to a Hugging Face folder: opened by transformers, both ways bit for bit, every refusal."""

import json
import os
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import tokenization
from conversion import from_hugging_face, to_hugging_face
from conversion.safetensors_files import SafetensorsFile
from program.errors import DataError
from tests.conversion.models import read_checkpoint
from tests.reference import numpy_bert, numpy_pretraining

tf.disable_v2_behavior()

CONFIG = numpy_bert.CONFIG
WIDTH, ROWS = CONFIG["hidden_size"], CONFIG["vocab_size"]
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "river",
    "bank",
    "##s",
    "The",
    "the",
    "caf\u00e9",
]
GROUPS = {
    "pretraining": {
        "cls/predictions/transform/dense/kernel": [WIDTH, WIDTH],
        "cls/predictions/transform/dense/bias": [WIDTH],
        "cls/predictions/transform/LayerNorm/gamma": [WIDTH],
        "cls/predictions/transform/LayerNorm/beta": [WIDTH],
        "cls/predictions/output_bias": [ROWS],
        "cls/seq_relationship/output_weights": [2, WIDTH],
        "cls/seq_relationship/output_bias": [2],
    },
    "span": {"cls/squad/output_weights": [2, WIDTH], "cls/squad/output_bias": [2]},
}
EVERYTHING = dict(numpy_bert.variable_shapes(CONFIG), **GROUPS["pretraining"])


def write_checkpoint(folder, shapes):
    """A checkpoint of random variables, as a run leaves them: with the optimizer's slots and the global step."""
    os.makedirs(str(folder))
    random = np.random.RandomState(3)
    with tf.Graph().as_default(), tf.Session() as session:
        for name, shape in sorted(shapes.items()):
            values = random.normal(scale=0.4, size=shape).astype(np.float32)
            tf.get_variable(name, initializer=values)
            for slot in ("adam_m", "adam_v"):
                tf.get_variable("%s/%s" % (name, slot), initializer=values)
        tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, str(folder / "model.ckpt"), 7)


@pytest.fixture
def vocab_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("".join(word + "\n" for word in WORDS).encode("utf-8"))
    return str(path)


def export(prefix, folder, vocab_file, head=None, do_lower_case=True, **changes):
    config = modeling.BertConfig.from_dict(dict(CONFIG, **changes))
    return to_hugging_face.convert(prefix, config, vocab_file, do_lower_case, str(folder), head)


def batch():
    random = np.random.RandomState(4)
    lengths = np.array([9, 4, 6])
    mask = (np.arange(9)[None, :] < lengths[:, None]).astype(np.int64)
    return {
        "input_ids": random.randint(ROWS, size=[3, 9]) * mask,
        "input_mask": mask,
        "segment_ids": (np.arange(9)[None, :] > 2) * mask,
    }


def expected_outputs(prefix, arrays):
    """The float64 outputs of every head, under transformers' names."""
    rows = [{name: values[row] for name, values in arrays.items()} for row in range(3)]
    for row in rows:
        row["masked_lm_positions"] = np.arange(9)
    words, pairs, _ = numpy_pretraining.numpy_logits(prefix, rows, CONFIG)
    weights = {name: value.astype(np.float64) for name, value in read_checkpoint(prefix).items()}
    states = numpy_bert.forward(CONFIG, weights, *[arrays[name] for name in sorted(arrays)])
    sequence = states["layers"][-1]
    spans = sequence.dot(weights["cls/squad/output_weights"].T) + weights["cls/squad/output_bias"]
    return {
        "none": {"last_hidden_state": sequence, "pooler_output": states["pooled"]},
        "pretraining": {"prediction_logits": words, "seq_relationship_logits": pairs},
        "masked_lm": {"logits": words},
        "next_sentence": {"logits": pairs},
        "span": {"start_logits": spans[..., 0], "end_logits": spans[..., 1]},
    }


def test_transformers_opens_every_head(repo_root, parity_python, tmp_path, vocab_file):
    prefix = write_checkpoint(tmp_path / "run", dict(EVERYTHING, **GROUPS["span"]))
    arrays, top = batch(), tmp_path / "exported"
    texts = ["The river banks", "caf\u00e9 THE \u6cb3", ""]
    for head in to_hugging_face.HEADS:
        for cased in (False, True):
            folder = top / ("%s-%s" % (head, "cased" if cased else "uncased"))
            export(prefix, folder, vocab_file, head, do_lower_case=not cased)
            np.savez(str(folder / "inputs.npz"), **arrays)
            (folder / "texts.json").write_text(json.dumps(texts))
    script = os.path.join(repo_root, "tests", "conversion", "transformers_side.py")
    done = subprocess.run(
        [parity_python, script, str(top)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode("utf-8")[-2000:]
    expected = expected_outputs(prefix, arrays)
    for head in to_hugging_face.HEADS:
        for cased in (False, True):
            folder = top / ("%s-%s" % (head, "cased" if cased else "uncased"))
            report = json.loads((folder / "report.json").read_text())
            assert report["said"] == [], head
            for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
                assert report[kind] == [], (head, kind)
            tokenizer = tokenization.FullTokenizer(vocab_file, do_lower_case=not cased)
            assert report["tokens"] == [tokenizer.tokenize(text) for text in texts], head
            outputs = np.load(str(folder / "outputs.npz"))
            real = arrays["input_mask"].astype(bool)
            for name, truth in expected[head].items():
                found = outputs[name]
                # At padding the two programs need not agree: no token attends to it.
                if truth.shape[:2] == real.shape:
                    found, truth = found[real], truth[real]
                # Both compute in float32 with values of order 1; float64's distance to either is a few 1e-6.
                np.testing.assert_allclose(found, truth, atol=2e-5, err_msg="%s %s" % (head, name))


def test_there_and_back_bit_for_bit(tmp_path, vocab_file):
    prefix = write_checkpoint(tmp_path / "run", EVERYTHING)
    done = export(prefix, tmp_path / "exported", vocab_file)
    assert done.architecture == "BertForPreTraining" and done.num_tensors == len(EVERYTHING)
    assert done.left_out == [] and done.unused == []
    from_hugging_face.convert(str(tmp_path / "exported"), str(tmp_path / "back"))
    before, after = read_checkpoint(prefix), read_checkpoint(str(tmp_path / "back"))
    assert sorted(after) == sorted(EVERYTHING)
    for name in after:
        np.testing.assert_array_equal(after[name], before[name], name)
    with open(vocab_file, "rb") as source:
        assert (tmp_path / "back" / "vocab.txt").read_bytes() == source.read()
    config = modeling.BertConfig.from_json_file(str(tmp_path / "back" / "bert_config.json"))
    assert config.to_dict() == modeling.BertConfig.from_dict(CONFIG).to_dict()


def test_a_directory_whose_name_looks_like_a_pattern(tmp_path, vocab_file):
    prefix = write_checkpoint(tmp_path / "run", EVERYTHING)
    (tmp_path / "run").rename(tmp_path / "a[bc]")
    prefix = prefix.replace(str(tmp_path / "run"), str(tmp_path / "a[bc]"))
    assert export(prefix, tmp_path / "out", vocab_file).num_tensors == len(EVERYTHING)


def test_the_real_weights_there_and_back(minilm_dir, tmp_path):
    from_hugging_face.convert(minilm_dir, str(tmp_path / "tf"))
    config = modeling.BertConfig.from_json_file(str(tmp_path / "tf" / "bert_config.json"))
    done = to_hugging_face.convert(
        str(tmp_path / "tf" / "bert_model.ckpt"),
        config,
        str(tmp_path / "tf" / "vocab.txt"),
        True,
        str(tmp_path / "hf"),
    )
    assert done.architecture == "BertModel" and done.num_tensors == 103
    published, written = [
        SafetensorsFile(os.path.join(str(folder), "model.safetensors"))
        for folder in (minilm_dir, tmp_path / "hf")
    ]
    # The published file also has a buffer of position numbers.
    assert set(published.names()) - set(written.names()) == {"embeddings.position_ids"}
    for name in written.names():
        np.testing.assert_array_equal(
            written.read_float32(name), published.read_float32(name), name
        )


@pytest.mark.parametrize(
    "groups, architecture, left_out",
    [
        ([], "BertModel", []),
        (["pretraining"], "BertForPreTraining", []),
        (["span"], "BertForQuestionAnswering", ["pooler"]),
    ],
)
def test_the_class_follows_from_the_heads(tmp_path, vocab_file, groups, architecture, left_out):
    shapes = numpy_bert.variable_shapes(CONFIG)
    for group in groups:
        shapes = dict(shapes, **GROUPS[group])
    done = export(write_checkpoint(tmp_path / "run", shapes), tmp_path / "out", vocab_file)
    assert done.architecture == architecture and done.left_out == left_out
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["architectures"] == [architecture] and config["pad_token_id"] == 0


def test_variables_that_are_not_converted_are_named(tmp_path, vocab_file):
    shapes = dict(numpy_bert.variable_shapes(CONFIG), output_weights=[3, WIDTH], output_bias=[3])
    done = export(write_checkpoint(tmp_path / "run", shapes), tmp_path / "out", vocab_file)
    assert done.unused == ["output_bias", "output_weights"]


# ----------------------------------------------------------------------------------------------- refusals


def refused(tmp_path, vocab_file, shapes, message, **options):
    prefix = write_checkpoint(tmp_path / "run", shapes)
    with pytest.raises((DataError, tokenization.VocabularyError), match=message) as caught:
        export(prefix, tmp_path / "out", vocab_file, **options)
    assert "\n" not in str(caught.value) and not (tmp_path / "out").exists()


def test_two_heads_that_no_class_combines(tmp_path, vocab_file):
    shapes = dict(EVERYTHING, **GROUPS["span"])
    refused(tmp_path, vocab_file, shapes, "answer span, masked language model, next.*--head")


def test_a_head_that_is_not_there(tmp_path, vocab_file):
    shapes = numpy_bert.variable_shapes(CONFIG)
    message = "has no answer span, which BertForQuestionAnswering needs"
    refused(tmp_path, vocab_file, shapes, message, head="span")


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"num_hidden_layers": 3},
            "lacks bert/encoder/layer_2.* and 13 more; pass the --bert_config_file",
        ),
        (
            {"num_hidden_layers": 1},
            r"has more layers than the configuration says \(num_hidden_layers 1\)",
        ),
        (
            {"vocab_size": 24},
            r"word_embeddings has shape \[23, 12\], the configuration says \[24, 12\]",
        ),
        ({"intermediate_size": 21}, "intermediate/dense/kernel has shape"),
        ({"vocab_size": 10}, "gives caf\u00e9 the id 10, but the model has only 10"),
    ],
)
def test_the_configuration_of_another_model(tmp_path, vocab_file, changes, message):
    refused(tmp_path, vocab_file, EVERYTHING, message, **changes)


def test_half_a_head_is_refused(tmp_path, vocab_file):
    shapes = dict(EVERYTHING)
    del shapes["cls/predictions/output_bias"]
    refused(tmp_path, vocab_file, shapes, "lacks cls/predictions/output_bias")


def test_damaged_data_leaves_nothing(tmp_path, vocab_file):
    prefix = write_checkpoint(tmp_path / "run", EVERYTHING)
    path = prefix + ".data-00000-of-00001"
    with open(path, "r+b") as data:
        data.truncate(os.path.getsize(path) // 2)
    with pytest.raises(DataError, match="cannot be read"):
        export(prefix, tmp_path / "out", vocab_file)
    assert os.listdir(str(tmp_path / "out")) == []


def test_numbers_that_are_not_finite(tmp_path, vocab_file):
    shapes = numpy_bert.variable_shapes(CONFIG)
    folder = tmp_path / "run"
    os.makedirs(str(folder))
    with tf.Graph().as_default(), tf.Session() as session:
        for name, shape in shapes.items():
            tf.get_variable(name, initializer=np.full(shape, np.nan, np.float32))
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(folder / "model.ckpt"))
    with pytest.raises(DataError, match="holds NaN or infinity"):
        export(prefix, tmp_path / "out", vocab_file)
    assert os.listdir(str(tmp_path / "out")) == []
