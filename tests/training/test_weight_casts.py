# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""In float16 every weight is cast once a step: in the graph of a training step, whatever the kernels and the micro-batches."""

import contextlib
from collections import Counter, OrderedDict

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
import run_squad
from fused_ops import selection
from tests.conftest import TINY_CONFIG
from tests.jobs import FP32
from training import accumulation, train_op
from training.kernels import PLAIN, Kernels
from training.options import OptimizerOptions
from training.precision import Precision
from training.runtime import SingleProcess
from training.span_head import span_logits, span_loss

tf.disable_v2_behavior()

BATCH, LENGTH, PREDICTIONS, STEPS = 6, 8, 3, 3
CONFIG = modeling.BertConfig.from_dict(
    dict(
        TINY_CONFIG,
        num_hidden_layers=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
)
FP16 = Precision(tf.float16, 2.0**6, False, "precision: fp16")
AMP = Precision(tf.float32, 2.0**6, False, "precision: AMP", "api")
FUSED, PACKED = Kernels(selection.FUSED, False, ""), Kernels(selection.FUSED, True, "")
KERNELS = OrderedDict([("plain", PLAIN), ("fused", FUSED), ("packed", PACKED)])


def features():
    random = np.random.RandomState(3)
    ids = random.randint(0, 64, [BATCH, LENGTH])
    return {
        name: tf.constant(value, tf.float32 if name.endswith("weights") else tf.int32)
        for name, value in {
            "input_ids": ids,
            "input_mask": np.arange(LENGTH) < random.randint(4, LENGTH + 1, [BATCH, 1]),
            "segment_ids": random.randint(0, 2, [BATCH, LENGTH]),
            "masked_lm_positions": random.randint(0, 4, [BATCH, PREDICTIONS]),
            "masked_lm_ids": random.randint(0, 64, [BATCH, PREDICTIONS]),
            "masked_lm_weights": np.ones([BATCH, PREDICTIONS]),
            "next_sentence_labels": random.randint(0, 2, [BATCH, 1]),
            "start_positions": random.randint(0, 4, [BATCH]),
            "end_positions": random.randint(0, 4, [BATCH]),
        }.items()
    }


def pretraining_loss(precision, kernels, batch):
    outputs = run_pretraining.build_losses(CONFIG, batch, True, precision.compute_type, kernels)
    return outputs["masked_lm_loss"] + outputs["next_sentence_loss"]


def squad_loss(precision, kernels, batch):
    model = modeling.BertModel(
        CONFIG,
        True,
        batch["input_ids"],
        input_mask=batch["input_mask"],
        token_type_ids=batch["segment_ids"],
        scope="bert",
        compute_type=precision.compute_type,
        ops=kernels.ops,
        remove_padding=kernels.remove_padding,
    )
    return span_loss(*span_logits(CONFIG, model.get_sequence_output()), batch)


def make_step(precision, kernels, micro_batches, loss=pretraining_loss):
    return train_op.make_train_op(
        lambda batch: (loss(precision, kernels, batch), OrderedDict()),
        features(),
        OptimizerOptions(
            num_accumulation_steps=micro_batches, learning_rate=1e-2, num_train_steps=STEPS
        ),
        SingleProcess(),
        precision,
        kernels.ops,
    )


def variables_behind(tensor):
    """Names of the variables that a tensor is a copy or a concatenation of."""
    op = tensor.op
    if op.type == "VariableV2":
        return {op.name}
    if op.type in ("Identity", "Enter", "ConcatV2", "Reshape"):
        return {name for one in op.inputs for name in variables_behind(one)}
    return set()


def casts(*arguments):
    """(Counter: name of a variable -> casts of it in a step's graph; how many of those are in a loop)."""
    found, in_loop = Counter(), 0
    with tf.Graph().as_default() as graph:
        make_step(*arguments)
        for op in graph.get_operations():
            to_half = op.type == "Cast" and op.outputs[0].dtype == tf.float16
            names = variables_behind(op.inputs[0]) if to_half else ()
            found.update(names)
            in_loop += bool(names) and op._get_control_flow_context() is not None
    return found, in_loop


def expected_names(fused):
    """Every kernel; without fused ops, which take float32 biases, every bias; and the tied table and the bias of its output."""
    names = ["bert/embeddings/word_embeddings", "cls/predictions/output_bias"]
    layers = ["bert/encoder/layer_%d/" % i for i in range(CONFIG.num_hidden_layers)]
    projections = ["attention/self/" + name for name in ("query", "key", "value")]
    dense = ["attention/output/dense", "intermediate/dense", "output/dense"]
    matrices = ["bert/pooler/dense", "cls/predictions/transform/dense"]
    matrices += [layer + name for layer in layers for name in projections + dense]
    names += [name + "/kernel" for name in matrices]
    with_bias = [name for name in matrices if "/self/" in name or "pooler" in name]
    return set(names + [name + "/bias" for name in (with_bias if fused else matrices)])


@pytest.mark.parametrize("micro_batches", [1, 3])
@pytest.mark.parametrize("kind", list(KERNELS))
def test_every_weight_is_cast_once_a_step(kind, micro_batches, request):
    if kind != "plain":
        request.getfixturevalue("fused_library")
    found, in_loop = casts(FP16, KERNELS[kind], micro_batches)
    assert found == Counter(expected_names(kind != "plain"))
    assert in_loop == 0


@pytest.mark.parametrize("precision", [FP32, AMP], ids=["fp32", "amp"])
def test_graphs_in_float32_have_no_cast(precision):
    """AMP's rewrite puts its own casts into the float32 graph."""
    assert casts(precision, PLAIN, 3) == (Counter(), 0)


def test_casts_of_fine_tuning():
    assert run_squad.span_logits is span_logits
    found, in_loop = casts(FP16, PLAIN, 3, squad_loss)
    expected = {name for name in expected_names(False) if name.startswith("bert/encoder/")}
    assert found == Counter(expected | {"bert/pooler/dense/kernel", "bert/pooler/dense/bias"})
    assert in_loop == 0


def trained(kind):
    """(losses of STEPS, all variables, the first step's gradients)."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        step = make_step(FP16, KERNELS[kind], 3)
        session.run(tf.global_variables_initializer())
        gradients = session.run(step.gradients)
        losses = [session.run([step.train_op, step.loss])[1] for _ in range(STEPS)]
        variables = {v.op.name: session.run(v) for v in tf.global_variables()}
    return losses, variables, gradients


@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_training_is_the_same_as_with_a_cast_in_every_micro_batch(kind, request, monkeypatch):
    if kind != "plain":
        request.getfixturevalue("fused_library")
    once = trained(kind)
    monkeypatch.setattr(accumulation.weights, "casting_with", lambda _: contextlib.suppress())
    each = trained(kind)
    assert np.isfinite(once[0]).all() and once[0][-1] < once[0][0]
    np.testing.assert_allclose(once[0], each[0], rtol=0 if kind == "plain" else 1e-6)
    assert set(once[1]) == set(each[1]) and set(once[2]) == set(each[2])
    for name, value in once[2].items():
        # The table's gradient has two terms, which TensorFlow's optimizer may add to the total one after the other.
        units = 2 if name == "bert/embeddings/word_embeddings" else 0
        atol = units * 2.0**-23 * np.abs(value).max()
        np.testing.assert_allclose(value, each[2][name], rtol=0, atol=atol, err_msg=name)
        assert value.dtype == np.float32 and (np.abs(value).max() > 0 or "key/bias" in name)
