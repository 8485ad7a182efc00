# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A small model trained in fp16, or with products in bfloat16, learns what it learns in fp32."""

import math

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
from fused_ops import selection
from tests.conftest import TINY_CONFIG
from training import train_op
from training.kernels import PLAIN
from training.options import OptimizerOptions, PrecisionOptions
from training.precision import FP32, resolve_precision
from training.runtime import SingleProcess

BATCH, LENGTH, PREDICTIONS, STEPS = 8, 12, 2, 300
CONFIG = modeling.BertConfig.from_dict(dict(TINY_CONFIG, num_hidden_layers=1))


def batches():
    """STEPS batches in which the word to predict is the one that stands there plus 1, but for every third, which is drawn
    by lot: so the loss neither stays where knowing the words' frequencies brings it nor goes to 0.
    """
    random = np.random.RandomState(4)
    ids = random.randint(10, 20, [STEPS, BATCH, LENGTH])
    labels = random.randint(0, 2, [STEPS, BATCH, 1])
    ids[:, :, :1] = 5 + labels
    positions = np.tile([3, 7], [STEPS, BATCH, 1])
    targets = 1 + np.take_along_axis(ids, positions, 2)
    targets = np.where(
        random.random_sample(targets.shape) < 1.0 / 3.0,
        random.randint(11, 21, targets.shape),
        targets,
    )
    return {
        name: value.astype(np.int32)
        for name, value in {
            "input_ids": ids,
            "input_mask": np.ones_like(ids),
            "segment_ids": np.zeros_like(ids),
            "masked_lm_positions": positions,
            "masked_lm_ids": targets,
            "next_sentence_labels": labels,
        }.items()
    }


def give_initial_values(session):
    """The same for both graphs, in which a seed would make different ones."""
    random = np.random.RandomState(6)
    for variable in sorted(tf.trainable_variables(), key=lambda v: v.op.name):
        drawn = random.normal(scale=0.02, size=variable.shape.as_list())
        variable.load(drawn + (1.0 if variable.op.name.endswith("gamma") else 0.0), session)


def train(precision, kernels=PLAIN):
    """Returns (losses of STEPS steps made, how many were skipped)."""
    with tf.Graph().as_default():
        made = (
            tf.train.get_or_create_global_step()
        )  # a step that was skipped is made again, from the same batch
        features = {name: tf.constant(value)[made] for name, value in batches().items()}
        features["masked_lm_weights"] = tf.ones([BATCH, PREDICTIONS])

        def loss_fn(micro_batch):
            outputs = run_pretraining.build_losses(
                CONFIG, micro_batch, True, precision.compute_type, kernels
            )
            return outputs["masked_lm_loss"] + outputs["next_sentence_loss"], {}

        step = train_op.make_train_op(
            loss_fn,
            features,
            OptimizerOptions(learning_rate=5e-3, num_train_steps=STEPS, num_warmup_steps=30),
            SingleProcess(),
            precision,
        )
        losses = {}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            give_initial_values(session)
            while len(losses) < STEPS:
                _, loss, scalars = session.run([step.train_op, step.loss, step.scalars])
                if scalars["global_step"]:
                    losses[int(scalars["global_step"])] = loss
        return [losses[number + 1] for number in range(STEPS)], scalars.get("skipped_steps", 0)


def test_fp16_reaches_the_loss_of_fp32_in_300_steps():
    """Within 2 percent, the mean of the last fifty steps and that of each fifty before."""
    wide, _ = train(resolve_precision(PrecisionOptions()))
    half, skipped = train(resolve_precision(PrecisionOptions(use_fp16=True)))
    wide, half = [np.reshape(losses, [-1, 50]).mean(axis=1) for losses in (wide, half)]
    print("fp32", wide, "fp16", half, "skipped", skipped)
    assert 5 < skipped < 32  # 2^32 overflows float16 at first, and halves until it does not
    assert wide[-1] < 2.0 < math.log(10) < wide[0]
    np.testing.assert_allclose(half, wide, rtol=0.02)


def test_bfloat16_products_reach_the_loss_of_fp32_in_300_steps(fused_library):
    """Like fp16, within 2 percent. On processors without AVX512_BF16 its instruction is emulated."""
    losses = []
    for ops in (selection.FUSED, selection.FUSED_BFLOAT16):
        made, skipped = train(FP32, PLAIN._replace(ops=ops))
        assert not skipped
        losses.append(made)
    assert losses[0] != losses[1]
    wide, rounded = [np.reshape(made, [-1, 50]).mean(axis=1) for made in losses]
    print("fp32", wide, "bfloat16 products", rounded)
    assert wide[-1] < 2.0 < math.log(10) < wide[0]
    np.testing.assert_allclose(rounded, wide, rtol=0.02)
