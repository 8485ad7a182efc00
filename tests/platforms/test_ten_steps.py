# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The same training on each TensorFlow that is set up: losses, resuming in another one, answers. See benchmarks/platforms.md."""

import contextlib
import itertools

import pytest
import tensorflow.compat.v1 as tf

from tests.platforms import environments, ten_steps

# Of a loss. float32 rounds to 1.2e-7 of a value, and TensorFlows add in different orders; on other processors their libraries
# choose other kernels. Another mask, record or learning rate changes a loss by more than 1e-3.
BOUND = 1e-5
RUNNING = tf.VERSION
FOUND = environments.pythons(RUNNING)
PAIRS = list(itertools.permutations(environments.VERSIONS, 2))
ANSWERING = [("1.13.1", "1.15.5"), ("1.13.1", "2.15.1"), ("2.15.1", "1.13.1")]
DROPPING = [name for name in ten_steps.TRAININGS if name.endswith("dropout")]


def version_parameter(versions):
    """A parameter of a test that is skipped where one of these versions is not set up."""
    reason = environments.missing(set(FOUND) | (set(environments.VERSIONS) - set(versions)))
    return pytest.param(versions, marks=pytest.mark.skipif(bool(reason), reason=reason))


class Trainings:
    """Trainings below a folder, each run when a test first asks for it."""

    def __init__(self, folder, platforms):
        self.platforms = platforms  # dict, version -> Platform
        self.place = ten_steps.Place(folder)
        self.place.make_checkpoint(platforms[min(platforms)])
        self._outs = {}

    def out(self, training, version):
        """The directory of a training."""
        key = training, version
        if key not in self._outs:
            name = "%s %s" % key
            self._outs[key] = self.place.train(self.platforms[version], training, name)
        return self._outs[key]

    def losses(self, training, version):
        return ten_steps.losses(self.out(training, version))


@pytest.fixture(name="trainings", scope="module")
def fixture_trainings(tmp_path_factory):
    if not FOUND:
        pytest.skip("TensorFlow %s is none of %s" % (RUNNING, ", ".join(environments.VERSIONS)))
    with contextlib.ExitStack() as stack:
        yield Trainings(
            tmp_path_factory.mktemp("platforms"),
            {
                version: stack.enter_context(environments.Platform(path))
                for version, path in FOUND.items()
            },
        )


@pytest.mark.parametrize(
    "pair", [version_parameter(("1.13.1", later)) for later in ("1.15.5", "2.15.1")], ids="-".join
)
@pytest.mark.parametrize("training", DROPPING)
def test_losses_are_those_of_the_reference(trainings, training, pair):
    reference, later = [trainings.losses(training, version) for version in pair]
    assert ten_steps.difference(reference, later) < BOUND
    assert reference[-1] < 0.9 * reference[0]  # it has learnt something


@pytest.mark.parametrize("training", ["pre-training, fused", "SQuAD, fused"])
def test_fused_ops_train_as_plain_ones(trainings, training):
    """Without dropout, whose masks differ: the bound tells trainings apart, and dropout is on in the trainings above."""
    version = min(trainings.platforms)
    fused = trainings.losses(training, version)
    plain = trainings.losses(training.replace("fused", "plain"), version)
    assert ten_steps.difference(fused, plain) < BOUND
    dropping = trainings.losses(training + ", dropout", version)
    assert ten_steps.difference(fused, dropping) > 100 * BOUND


@pytest.mark.parametrize("pair", [version_parameter(pair) for pair in PAIRS], ids="-to-".join)
def test_a_training_goes_on_in_another_tensorflow(trainings, pair):
    """With its variables, moments, order of records and masks: its losses are those of the one that never stopped."""
    training, (writer, reader) = "pre-training, fused, dropout", pair
    name = "%s to %s" % pair
    trainings.place.half_of(trainings.out(training, writer), name)
    went_on = trainings.place.train(trainings.platforms[reader], training, name)
    whole = trainings.losses(training, writer)
    assert ten_steps.difference(whole, ten_steps.losses(went_on)) < BOUND
    log = (trainings.place.folder / (name + ".log")).read_text()
    assert "training from step %d to %d" % (ten_steps.HALF, ten_steps.STEPS) in log


@pytest.mark.parametrize("pair", [version_parameter(pair) for pair in ANSWERING], ids="-to-".join)
def test_answers_are_the_same(trainings, pair):
    """One model, trained by the first, answers in both."""
    trained_by_first = trainings.out("SQuAD, fused, dropout", pair[0])
    found = [
        trainings.place.predict(
            trainings.platforms[version], trained_by_first, "%s answers in %s" % (pair, version)
        )
        for version in pair
    ]
    assert found[0][0] == found[1][0] and len(found[0][0]) == 40
    for key, best in found[0][1].items():
        others = dict(found[1][1][key])
        for text, probability in best[:5]:
            assert abs(others[text] - probability) < BOUND
