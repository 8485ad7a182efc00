# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The same training on each TensorFlow that is set up: losses, resuming in another one, answers. See benchmarks/platforms.md."""

import concurrent.futures
import contextlib
import itertools

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from tests.platforms import environments, ten_steps

# Of a loss. float32 rounds to 1.2e-7 of a value, and TensorFlows add in different orders; on other processors their libraries
# choose other kernels. Another mask, record or learning rate changes a loss by more than 1e-3.
BOUND = 1e-5
RUNNING = tf.VERSION
FOUND = environments.pythons(RUNNING)
PAIRS = list(itertools.permutations(environments.VERSIONS, 2))
DROPPING = [name for name in ten_steps.TRAININGS if name.endswith("dropout")]


def version_parameter(version):
    """A parameter of a test that is skipped where that version is not set up."""
    versions = version if isinstance(version, tuple) else (version,)
    reason = environments.missing(set(FOUND) | (set(environments.VERSIONS) - set(versions)))
    return pytest.param(version, marks=pytest.mark.skipif(bool(reason), reason=reason))


@pytest.fixture(name="trained", scope="module")
def fixture_trained(tmp_path_factory):
    """(Place, dict of Platforms, dict (training, version) -> directory): all trainings with dropout on all that are set up."""
    with contextlib.ExitStack() as stack:
        platforms = {
            version: stack.enter_context(environments.Platform(path))
            for version, path in FOUND.items()
        }
        place = ten_steps.Place(tmp_path_factory.mktemp("platforms"))
        place.make_checkpoint(platforms[min(platforms)])

        def train(version):
            return {
                (name, version): place.train(platforms[version], name, "%s %s" % (name, version))
                for name in DROPPING
            }

        outs = {}
        with concurrent.futures.ThreadPoolExecutor(len(platforms)) as threads:
            for made in threads.map(train, platforms):
                outs.update(made)
        yield place, platforms, outs


@pytest.mark.parametrize("version", [version_parameter(one) for one in environments.VERSIONS[1:]])
@pytest.mark.parametrize("training", DROPPING)
def test_losses_are_those_of_the_reference(trained, training, version):
    if environments.VERSIONS[0] not in FOUND:
        pytest.skip(environments.missing(set(environments.VERSIONS[1:])))
    outs = trained[2]
    reference = ten_steps.losses(outs[training, environments.VERSIONS[0]])
    assert ten_steps.difference(reference, ten_steps.losses(outs[training, version])) < BOUND
    assert reference[-1] < 0.9 * reference[0]  # it has learnt something


@pytest.mark.parametrize("training", ["pre-training, fused", "SQuAD, fused"])
def test_fused_ops_train_as_plain_ones(trained, training):
    """Without dropout, whose masks differ: the bound sees what it is for, and dropout is on in the trainings above."""
    place, platforms, outs = trained
    (platform,) = [one for one in platforms.values() if one.version == RUNNING] or list(
        platforms.values()
    )[:1]
    plain = training.replace("fused", "plain")
    found = [
        ten_steps.losses(place.train(platform, name, name + " here")) for name in (training, plain)
    ]
    assert ten_steps.difference(*found) < BOUND
    dropping = ten_steps.losses(outs[training + ", dropout", platform.version])
    assert ten_steps.difference(found[0], dropping) > 100 * BOUND


@pytest.mark.parametrize("pair", [version_parameter(pair) for pair in PAIRS], ids="-to-".join)
def test_a_training_goes_on_in_another_tensorflow(trained, pair):
    """With its variables, moments, order of records and masks: its losses are those of the one that never stopped."""
    place, platforms, outs = trained
    training, (writer, reader) = "pre-training, fused, dropout", pair
    name = "%s to %s" % pair
    place.half_of(outs[training, writer], name)
    went_on = place.train(platforms[reader], training, name)
    whole = ten_steps.losses(outs[training, writer])
    assert ten_steps.difference(whole, ten_steps.losses(went_on)) < BOUND
    log = (place.folder / (name + ".log")).read_text()
    assert "model.ckpt-%d" % ten_steps.HALF in log and "next sample" in log


@pytest.mark.parametrize("pair", [version_parameter(pair) for pair in PAIRS[:4]], ids="-to-".join)
def test_answers_are_the_same(trained, pair):
    """One model, trained by the first, answers in both."""
    place, platforms, outs = trained
    trained_by_first = outs["SQuAD, fused, dropout", pair[0]]
    found = [
        place.predict(platforms[version], trained_by_first, "%s answers in %s" % (pair, version))
        for version in pair
    ]
    assert found[0][0] == found[1][0] and len(found[0][0]) == 40
    for key, best in found[0][1].items():
        texts, probabilities = zip(*best)
        others = dict(found[1][1][key])
        np.testing.assert_allclose(
            [others[text] for text in texts[:5]], probabilities[:5], rtol=0, atol=BOUND
        )


def test_the_bound_tells_trainings_apart(trained):
    one, other = (
        ten_steps.losses(trained[2][name, min(trained[1])])
        for name in ("pre-training, plain, dropout", "pre-training, fused, dropout")
    )
    assert ten_steps.difference(one, other) > 100 * BOUND  # other masks
    assert ten_steps.difference(one, one) == 0.0
