# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/position.py: how far a training has come at a checkpoint, and what is said where something has changed."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from tests.jobs import FP32, SecondRank, make_job
from training import position
from training.inputs import SAMPLE
from training.position import Position
from training.runtime import SingleProcess
from training.start import Start

FILES = position.digest([40, 2])
BEGIN = Start(0, None, False)


class TwoRanks(SingleProcess):
    size = 2


def trained(job, step, skipped=None):
    """Writes the checkpoint of a step; returns the Start of a training that goes on with it."""
    with tf.Graph().as_default(), tf.Session() as session:
        if skipped is not None:
            tf.get_variable("loss_scale/skipped_steps", initializer=tf.constant(skipped, tf.int64))
        tf.get_variable("global_step", initializer=tf.constant(step, tf.int64))
        session.run(tf.global_variables_initializer())
        path = job.run.output_dir + "/model.ckpt"
        return Start(step, tf.train.Saver().save(session, path, global_step=step), True)


def test_a_training_begins_at_the_beginning(tmp_path):
    job = make_job(tmp_path, random_seed=5)
    beginning = (Position(0, 0, 5, FILES), [])
    assert position.find_position(job, BEGIN, FILES) == beginning
    # A checkpoint to start from is none to go on with, whatever was in the directory before.
    prefix = trained(job, 70).checkpoint
    assert position.find_position(job, Start(0, prefix, False), FILES) == beginning


def test_it_goes_on_after_the_steps_of_the_checkpoint(tmp_path):
    job = make_job(tmp_path, random_seed=5, optimizer={"num_accumulation_steps": 3})
    position.find_position(job, BEGIN, FILES)
    for step in (3, 5, 5, 4):  # the last one after going back to an older checkpoint
        found = position.find_position(job, trained(job, step), FILES)
        assert found == (Position(12 * step, 0, 5, FILES), [])


def test_skipped_steps_took_samples_too(tmp_path):
    scaling = FP32._replace(loss_scale=256.0)
    job = make_job(tmp_path, precision=scaling, random_seed=5)
    position.find_position(job, BEGIN, FILES)
    assert position.find_position(job, trained(job, 10, 2), FILES)[0].samples == 48
    assert position.find_position(job, trained(job, 20, 2), FILES)[0].samples == 88
    assert position.find_position(job, trained(job, 20, 5), FILES)[0].samples == 100
    # Without loss scaling the count is no longer in the checkpoint; with it again, it begins anew.
    plain = make_job(tmp_path, random_seed=5)
    assert position.find_position(plain, trained(job, 20, 5), FILES)[0].samples == 100
    assert position.find_position(job, trained(job, 30), FILES)[0].samples == 140
    assert position.find_position(job, trained(job, 40, 1), FILES)[0].samples == 184


def test_without_a_fixed_seed_the_first_one_stays(tmp_path):
    job = make_job(tmp_path, random_seed=None)
    other, _ = position.find_position(job, BEGIN, FILES)
    at, _ = position.find_position(job, BEGIN, FILES)
    assert at.seed != other.seed
    found = position.find_position(job, trained(job, 1), FILES)
    assert found == (at._replace(samples=4), [])


def test_other_files_or_another_seed_begin_an_epoch_and_are_said(tmp_path):
    job = make_job(tmp_path, random_seed=5)
    position.find_position(job, BEGIN, FILES)
    start, other = trained(job, 3), position.digest([40, 3])
    found, (line,) = position.find_position(job, start, other)
    assert found == Position(12, 12, 5, other)
    assert line == "the input files are not those of %s: a new epoch begins" % start.checkpoint
    job = make_job(tmp_path, random_seed=6)
    start = trained(job, 5)
    found, (line,) = position.find_position(job, start, other)
    assert found == Position(20, 20, 6, other)
    assert line == "--random_seed is not that of %s: a new epoch begins" % start.checkpoint
    assert position.find_position(job, trained(job, 6), other) == (found._replace(samples=24), [])


def test_another_number_of_ranks_goes_on_at_the_same_sample_and_is_said(tmp_path):
    two = make_job(tmp_path, TwoRanks(), random_seed=5)
    position.find_position(two, BEGIN, FILES)
    start = trained(two, 3)
    assert position.find_position(two, start, FILES) == (Position(24, 0, 5, FILES), [])
    one = make_job(tmp_path, random_seed=5)
    found, (line,) = position.find_position(one, start, FILES)
    assert found.samples == 24 and "is from a run of 2 ranks, this one has 1: going on" in line
    assert position.find_position(one, trained(one, 4), FILES) == (Position(28, 0, 5, FILES), [])


def test_samples_of_steps_of_several_sizes(tmp_path):
    def samples(job, start):
        return position.samples_trained(job, start)

    four = make_job(tmp_path, precision=FP32._replace(loss_scale=256.0), random_seed=5)
    assert samples(four, trained(four, 10)) == 40  # nothing says how they were
    position.find_position(four, BEGIN, FILES)
    start = trained(four, 10, 3)
    assert samples(four, start) == 40  # skipped steps have not trained
    eight = make_job(tmp_path, TwoRanks(), random_seed=5)
    assert samples(eight, start) == 40 and samples(eight, BEGIN) == 0
    position.find_position(eight, start, FILES)
    assert samples(eight, start) == 40  # a start at the same step again
    assert samples(four, trained(eight, 15)) == 80
    position.find_position(four, trained(eight, 15), FILES)
    assert samples(eight, trained(four, 17)) == 88
    assert samples(eight, trained(four, 12)) == 56  # back to an older checkpoint


def test_samples_before_the_first_note_count_as_steps_of_this_size(tmp_path):
    two = make_job(tmp_path, TwoRanks(), random_seed=5)
    position.find_position(two, trained(two, 5), FILES)
    assert position.samples_trained(two, trained(two, 7)) == 56


@pytest.mark.parametrize("note", [None, "", "{", "[1]", '{"parts": [{"step": 0}]}', '{"parts": 3}'])
@pytest.mark.parametrize("skipped", [None, 2])
def test_checkpoints_of_earlier_versions_say_their_sample_by_their_steps(tmp_path, skipped, note):
    job = make_job(tmp_path, optimizer={"num_accumulation_steps": 3}, random_seed=5)
    if note is not None:
        (tmp_path / position.INPUT_FILE).write_text(note)
    start, steps = trained(job, 30, skipped), 30 + (skipped or 0)
    found, (line,) = position.find_position(job, start, FILES)
    assert found == Position(12 * steps, 0, 5, FILES)
    assert "going on at sample %d, after %d steps of 12" % (12 * steps, steps) in line
    later = position.find_position(job, trained(job, 31), FILES)
    assert later == (found._replace(samples=12 * (steps + 1)), [])


def test_only_the_first_rank_reads_the_checkpoint(tmp_path):
    told = Position(44, 4, 3, FILES)

    class Told(SecondRank):
        def from_chief(self, value):
            assert value == [None, []]
            return [list(told), ["line"]]

    job = make_job(tmp_path, Told())
    assert position.find_position(job, Start(9, "nowhere", True), 1) == (told, ["line"])


def test_where_it_goes_on_in_words():
    line = position.describe(Position(1030, 1000, 5, FILES), 20)
    assert line == "next sample: 1030, record 10 of 20 of epoch 1"


def test_without_a_position_the_graph_draws(tmp_path):
    job = make_job(tmp_path)
    assert position.kernels_of(job, None, {}) is job.kernels


def test_masks_follow_the_first_sample_of_a_batch(tmp_path):
    job, at = make_job(tmp_path), Position(0, 0, 5, FILES)

    def masks(samples):
        with tf.Graph().as_default(), tf.Session() as session:
            ops = position.kernels_of(job, at, {SAMPLE: tf.constant(samples, tf.int64)}).ops
            x, ones, zeros = tf.ones([64, 8]), tf.ones([8]), tf.zeros([8])
            layer = ops.bias_dropout_residual_layer_norm
            return session.run([layer(x, ones, x, ones, zeros, 0.5) for _ in range(2)])

    first, second = masks([7, 8])
    np.testing.assert_array_equal(first, masks([7, 9])[0])
    assert not np.array_equal(first, second) and not np.array_equal(first, masks([8, 9])[0])


def test_digests_tell_numbers_and_their_order_apart():
    digests = {position.digest(numbers) for numbers in ([1, 2], [2, 1], [3], [], [1, 2, 0])}
    assert len(digests) == 5 and all(0 <= one < 2**63 for one in digests)
