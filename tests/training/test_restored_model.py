# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/restored_model.py: outputs from the values of a checkpoint; one that is not of the model is refused."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from tests.jobs import FP32
from tests.reference import numpy_bert
from tests.serving.tiny import write_model
from tests.squad_runs import CONFIG
from training import kernels, restored_model
from training.checkpoints import CheckpointError

IDS = np.array([[2, 9, 5, 3, 11, 3], [2, 5, 3, 0, 0, 0]])
MASK = (IDS > 0).astype(np.int64)
SEGMENTS = np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]])


@pytest.fixture(name="prefix", scope="module")
def fixture_prefix(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model"))


def restore(prefix, outputs_of, **changes):
    config = modeling.BertConfig.from_dict(dict(CONFIG, **changes))
    return restored_model.restore(config, prefix, FP32, kernels.PLAIN, outputs_of)


def test_outputs_against_numpy(prefix):
    found = restore(prefix, lambda model: model.get_all_encoder_layers()[:2]).run(
        IDS, MASK, SEGMENTS
    )
    reader = tf.train.load_checkpoint(prefix)
    values = {
        name: reader.get_tensor(name).astype(np.float64)
        for name in reader.get_variable_to_shape_map()
    }
    layers = numpy_bert.forward(CONFIG, values, IDS, MASK, SEGMENTS)["layers"]
    assert len(found) == 2
    for got, wanted in zip(found, layers[-2:]):
        np.testing.assert_allclose(got * MASK[..., None], wanted * MASK[..., None], atol=2e-4)


def test_a_head_that_the_checkpoint_lacks_is_named(prefix):
    def with_another_head(model):
        weights = tf.get_variable("cls/other", [CONFIG["hidden_size"], 2])
        return [tf.matmul(model.get_pooled_output(), weights)]

    with pytest.raises(CheckpointError, match="has no cls/other"):
        restore(prefix, with_another_head)


def test_more_layers_than_the_checkpoint(prefix):
    with pytest.raises(CheckpointError, match="num_hidden_layers"):
        restore(
            prefix,
            lambda model: [model.get_sequence_output()],
            num_hidden_layers=CONFIG["num_hidden_layers"] + 1,
        )
