# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/span_model.py: logits of a checkpoint, alone and batched, with fused ops and without padding; of a SavedModel."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import modeling
from program.errors import DataError
from serving.span_model import CheckpointModel, ExportedModel
from tests.jobs import FP32
from tests.reference import numpy_bert
from tests.serving.tiny import write_model
from tests.squad_runs import CONFIG
from training import kernels
from training.checkpoints import CheckpointError
from training.options import KernelOptions

IDS = np.array([[2, 9, 5, 3, 11, 12, 13, 3], [2, 5, 3, 20, 3, 0, 0, 0]])
MASK = (IDS > 0).astype(np.int64)
SEGMENTS = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0, 0]])


@pytest.fixture(name="prefix", scope="module")
def fixture_prefix(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model"))


def config(**changes):
    return modeling.BertConfig.from_dict(dict(CONFIG, **changes))


def truth(prefix):
    """float64 logits [2, B, S] from the values in the checkpoint."""
    reader = tf.train.load_checkpoint(prefix)
    values = {
        name: reader.get_tensor(name).astype(np.float64)
        for name in reader.get_variable_to_shape_map()
    }
    states = numpy_bert.forward(CONFIG, values, IDS, MASK, SEGMENTS)["layers"][-1]
    logits = states.dot(values["cls/squad/output_weights"].T) + values["cls/squad/output_bias"]
    return np.transpose(logits, [2, 0, 1])


def test_logits_against_numpy(prefix):
    model = CheckpointModel(config(), prefix, FP32, kernels.PLAIN)
    assert not model.skips_padding
    exact = truth(prefix)
    for got, wanted in zip(model.logits(IDS, MASK, SEGMENTS), exact):
        np.testing.assert_allclose(got * MASK, wanted * MASK, atol=2e-4)
    alone = model.logits(IDS[1:, :5], MASK[1:, :5], SEGMENTS[1:, :5])
    for got, wanted in zip(alone, exact):
        np.testing.assert_allclose(got[0], wanted[1, :5], atol=2e-4)


def test_fused_ops_without_padding(prefix, fused_library):
    chosen = kernels.resolve_kernels(KernelOptions(use_fused_ops=True, remove_padding=True))
    model = CheckpointModel(config(), prefix, FP32, chosen)
    assert model.skips_padding
    for got, wanted in zip(model.logits(IDS, MASK, SEGMENTS), truth(prefix)):
        np.testing.assert_allclose(got * MASK, wanted * MASK, atol=2e-4)


@pytest.mark.parametrize("changes", [{"num_hidden_layers": 3}, {"intermediate_size": 48}])
def test_another_model_is_refused(prefix, changes):
    with pytest.raises(CheckpointError):
        CheckpointModel(config(**changes), prefix, FP32, kernels.PLAIN)


def save(directory, outputs=("start_logits", "end_logits"), tag="serve"):
    """A SavedModel whose start logits are the ids, and whose end logits are the segments times a variable that is 1."""
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = {
            name: tf.placeholder(tf.int32, [None, None])
            for name in ("input_ids", "input_mask", "segment_ids")
        }
        one = tf.get_variable("one", initializer=1.0)
        session.run(one.initializer)
        values = [tf.to_float(inputs["input_ids"]), tf.to_float(inputs["segment_ids"]) * one]
        signature = tf.saved_model.signature_def_utils.build_signature_def(
            {name: tf.saved_model.utils.build_tensor_info(x) for name, x in inputs.items()},
            {
                name: tf.saved_model.utils.build_tensor_info(value)
                for name, value in zip(outputs, values)
            },
            "tensorflow/serving/predict",
        )
        builder = tf.saved_model.builder.SavedModelBuilder(directory)
        builder.add_meta_graph_and_variables(
            session, [tag], signature_def_map={"serving_default": signature}
        )
        builder.save()
    return directory


@pytest.mark.parametrize("folder", [".", "run[1]", "a*b?"])
def test_an_export_by_its_signature(tmp_path, folder):
    """TensorFlow takes * ? [ ] in the path of variables for parts of a pattern."""
    model = ExportedModel(save(str(tmp_path / folder / "1")))
    start, end = model.logits(IDS, MASK, SEGMENTS)
    assert start.tolist() == IDS.tolist() and end.tolist() == SEGMENTS.tolist()


def test_what_is_no_export_of_ours(tmp_path):
    damaged = save(str(tmp_path / "damaged"))
    with open(os.path.join(damaged, "saved_model.pb"), "r+b") as stream:
        stream.write(b"\xff" * 40)
    for directory in (
        save(str(tmp_path / "outputs"), outputs=("start", "end")),
        save(str(tmp_path / "tag"), tag="train"),
        damaged,
        str(tmp_path / "none"),
    ):
        with pytest.raises(DataError) as caught:
            ExportedModel(directory)
        assert directory in str(caught.value) and "export the model again" in str(caught.value)
