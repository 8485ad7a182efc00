# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/model_match.py: a checkpoint of another model is refused by the names of bert_config.json."""

import re

import pytest
import tensorflow.compat.v1 as tf

import modeling
import run_pretraining
import run_squad
from tests.conftest import TINY_CONFIG
from training import model_match
from training.checkpoint_files import CheckpointError


def variables(build=run_squad.build_model, **config):
    config = modeling.BertConfig.from_dict(dict(TINY_CONFIG, **config))
    return model_match.trainable_shapes(config, build)


@pytest.fixture(name="wanted", scope="module")
def fixture_wanted():
    return variables()


@pytest.mark.parametrize("build", [run_squad.build_model, run_pretraining.build_model])
@pytest.mark.parametrize("layers", [1, 2, 12])
def test_variables_are_those_of_the_whole_model(build, layers):
    config = modeling.BertConfig.from_dict(dict(TINY_CONFIG, num_hidden_layers=layers))
    with tf.Graph().as_default():
        build(config)
        whole = [(v.op.name, v.shape.as_list()) for v in tf.trainable_variables()]
    assert list(model_match.trainable_shapes(config, build).items()) == whole
    assert config.num_hidden_layers == layers and len(whole) > 16 * layers


def trained(shapes):
    """The variables of a checkpoint that training wrote."""
    with_slots = dict(shapes, global_step=[])
    for name, shape in shapes.items():
        with_slots[name + "/adam_m"] = with_slots[name + "/adam_v"] = shape
    return dict(with_slots, **{"loss_scale/scale": [], "loss_scale/good_steps": []})


SIZES = {
    "num_hidden_layers": (3, 1),
    "hidden_size": (32, 8),
    "vocab_size": (65, 63),
    "intermediate_size": (48, 16),
    "max_position_embeddings": (512, 32),
    "type_vocab_size": (16, 1),
}


@pytest.mark.parametrize("name", list(SIZES))
def test_sizes_that_differ_are_named_with_both_numbers(wanted, name):
    for size in SIZES[name]:
        held = trained(variables(**{name: size}))
        said = "%s is %d in the checkpoint, %d in the configuration" % (
            name,
            size,
            TINY_CONFIG[name],
        )
        for check in (
            lambda: model_match.check_same_model("p", wanted, held),
            lambda: model_match.check_complete("p", wanted, held),
            lambda: model_match.check_initializes("p", wanted, held, False),
        ):
            with pytest.raises(CheckpointError, match="^p: .*" + said):
                check()


def test_layers_may_differ_in_part(wanted):
    for layers in (1, 3):
        held = trained(variables(num_hidden_layers=layers))
        with pytest.raises(CheckpointError, match="bert_config_file.*, or --allow_partial_init"):
            model_match.check_initializes("p", wanted, held, False)
        model_match.check_initializes("p", wanted, held, True)
        with pytest.raises(CheckpointError) as caught:  # nothing to allow in a prediction
            model_match.check_complete("p", wanted, held)
        assert "allow" not in str(caught.value)
    held = trained(variables(num_hidden_layers=3, hidden_size=32))
    with pytest.raises(CheckpointError) as caught:
        model_match.check_initializes("p", wanted, held, False)
    assert "num_hidden_layers" in str(caught.value) and "allow" not in str(caught.value)
    with pytest.raises(CheckpointError, match="hidden_size"):
        model_match.check_initializes("p", wanted, held, True)


@pytest.mark.parametrize(
    "name",
    [
        "bert/embeddings/word_embeddings",
        "bert/embeddings/LayerNorm/beta",
        "bert/encoder/layer_1/attention/self/value/bias",
        "bert/encoder/layer_0/output/dense/kernel",
    ],
)
def test_the_whole_encoder_is_wanted(wanted, name):
    held = {key: shape for key, shape in wanted.items() if key != name}
    with pytest.raises(
        CheckpointError, match="lacks %s of the encoder.*--allow_partial_init" % name
    ):
        model_match.check_initializes("p", wanted, held, False)
    model_match.check_initializes("p", wanted, held, True)
    for check in (model_match.check_complete, model_match.check_same_model):
        with pytest.raises(CheckpointError, match=name):
            check("p", wanted, held)


def test_a_span_model_predicts_without_a_pooler(wanted):
    held = {name: shape for name, shape in wanted.items() if "pooler" not in name}
    assert len(held) == len(wanted) - 2
    model_match.check_complete("p", wanted, held)
    google = variables(run_pretraining.build_model)
    held = {name: shape for name, shape in google.items() if "pooler" not in name}
    with pytest.raises(CheckpointError, match="bert/pooler/dense/bias"):
        model_match.check_complete("p", google, held)


def test_heads_and_pooler_may_be_new_in_training_only(wanted):
    google = variables(run_pretraining.build_model)
    no_pooler = {name: shape for name, shape in google.items() if "pooler" not in name}
    for held in (google, no_pooler):
        model_match.check_initializes("p", wanted, held, False)
        with pytest.raises(CheckpointError, match="cls/squad/output_weights"):
            model_match.check_complete("p", wanted, held)
    with pytest.raises(CheckpointError) as caught:
        model_match.check_complete("p", wanted, google)
    assert "config" not in str(caught.value)  # which is right


def test_own_checkpoint_is_of_exactly_this_model(wanted):
    model_match.check_same_model("p", wanted, trained(wanted))
    model_match.check_same_model("p", wanted, dict(wanted, global_step=[], beta1_power=[]))
    for others in (
        trained(variables(run_pretraining.build_model)),
        dict(trained(wanted), output_weights=[3, 16]),  # of Google's run_classifier.py
        dict(trained(wanted), **{"bert/adapter/kernel": [16, 4]}),
    ):
        with pytest.raises(CheckpointError, match="p: (lacks|has variables of another model)"):
            model_match.check_same_model("p", wanted, others)


@pytest.mark.parametrize("scope", ["electra", "roberta", "module/bert", "resnet"])
def test_other_models_are_not_bert(wanted, scope):
    held = {name.replace("bert/", scope + "/"): shape for name, shape in wanted.items()}
    held = {name: shape for name, shape in held.items() if not name.startswith("cls/")}
    with pytest.raises(CheckpointError) as caught:
        model_match.check_initializes("p", wanted, held, True)
    assert re.search(r"not a BERT checkpoint", str(caught.value))
    assert scope.split("/")[0] + "/" in str(caught.value)


def test_albert_is_not_bert(wanted):
    held = {
        "bert/embeddings/word_embeddings": [64, 4],
        "bert/encoder/embedding_hidden_mapping_in/kernel": [4, 16],
        "bert/encoder/transformer/group_0/inner_group_0/attention_1/self/query/kernel": [16, 16],
    }
    with pytest.raises(CheckpointError, match="hidden_size is 4 in the checkpoint, 16"):
        model_match.check_initializes("p", wanted, held, False)


def test_other_shapes_are_named(wanted):
    held = dict(wanted, **{"bert/pooler/dense/bias": [17]})
    with pytest.raises(CheckpointError, match=r"bias has shape \[17\], the model requires \[16\]"):
        model_match.check_initializes("p", wanted, held, True)


def test_one_line_says_what_is_loaded(wanted):
    google = trained(variables(run_pretraining.build_model))
    assert model_match.description("p", wanted, google) == (
        "initial values from p: bert/embeddings, bert/pooler, 2 of 2 encoder layers; new, with random values: cls/squad (2); "
        "in the checkpoint, not used: cls/predictions (5), cls/seq_relationship (2)"
    )
    part = variables(num_hidden_layers=1)
    assert model_match.description("p", wanted, part) == (
        "initial values from p: bert/embeddings, bert/pooler, cls/squad, 1 of 2 encoder layers; new, with random values: "
        "bert/encoder/layer_1 (16)"
    )


def test_a_graph_is_left_as_it_was():
    with tf.Graph().as_default() as graph:
        variables()
        assert graph.get_operations() == []
