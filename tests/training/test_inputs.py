# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/inputs.py: which records reach which rank, in what batches, and errors that name the file."""

import functools
import os
from collections import Counter

import pytest
import tensorflow.compat.v1 as tf

from program import manifests
from program.records.decoding import RecordError
from program.records.fields import squad_schema
from training import inputs

SCHEMA = squad_schema(2, is_training=False)
VALUES = {"input_ids": [1, 2], "input_mask": [1, 1], "segment_ids": [0, 0]}


def write(path, ids):
    """A file of records that carry the given numbers."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in ids:
            writer.write(SCHEMA.serialize(dict(VALUES, unique_ids=number)))
    return str(path)


def batches(make_dataset, count=None, seed=1):
    """The unique_ids of `count` batches (all, for None), as lists."""
    found = []
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        following = tf.data.make_one_shot_iterator(make_dataset()).get_next()["unique_ids"]
        while count is None or len(found) < count:
            try:
                found.append(sess.run(following).tolist())
            except tf.errors.OutOfRangeError:
                break
    return found


def flat(lists):
    return [number for numbers in lists for number in numbers]


def test_empty_files_are_left_out_and_all_empty_is_an_error(tmp_path):
    full, empty = write(tmp_path / "full", [1]), write(tmp_path / "empty", [])
    assert inputs.usable_files([empty, full], SCHEMA) == [full]
    with pytest.raises(RecordError, match="empty and 1 more: the input files contain no records"):
        inputs.usable_files([empty, empty], SCHEMA)


def test_usable_files_checks_every_file(tmp_path):
    good = write(tmp_path / "good", [1])
    with tf.io.TFRecordWriter(str(tmp_path / "long")) as writer:
        writer.write(
            squad_schema(3, is_training=False).serialize(
                {
                    "unique_ids": 1,
                    "input_ids": [1] * 3,
                    "input_mask": [1] * 3,
                    "segment_ids": [0] * 3,
                }
            )
        )
    with pytest.raises(RecordError, match="long: holds sequences of 3, asked for 2"):
        inputs.usable_files([good, str(tmp_path / "long")], SCHEMA)


def test_a_file_cut_between_two_records_is_refused_where_its_manifest_tells(tmp_path):
    whole = write(tmp_path / "whole", range(6))
    cut = write(tmp_path / "cut", range(3))  # the first three records of the other
    assert inputs.usable_files([cut], SCHEMA) == [cut]
    manifests.write(cut + ".json", {"bytes": os.path.getsize(whole), "records": 6})
    with pytest.raises(RecordError, match="cut: holds .* bytes, but .*cut.json says"):
        inputs.usable_files([whole, cut], SCHEMA)
    write(cut, [])
    with pytest.raises(RecordError, match="cut: holds 0 bytes, but .*cut.json says"):
        inputs.usable_files([whole, cut], SCHEMA)


def test_training_visits_every_record_and_shuffles(tmp_path):
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 40)) for n in range(3)]
    seen = batches(lambda: inputs.training_dataset(files, SCHEMA, 8), count=30)
    assert all(len(batch) == 8 for batch in seen)
    numbers = flat(seen)
    # 240 drawn from 120 records behind a shuffle buffer of several epochs: nearly all are seen, in no order.
    assert len(set(numbers)) > 90
    assert numbers != sorted(numbers)
    assert any(len({number // 100 for number in batch}) > 1 for batch in seen)  # files are mixed


def test_training_has_a_static_batch(tmp_path):
    files = [write(tmp_path / "a", range(5))]
    with tf.Graph().as_default():
        batch = tf.data.make_one_shot_iterator(inputs.training_dataset(files, SCHEMA, 4)).get_next()
    assert batch["input_ids"].shape.as_list() == [4, 2] and batch["unique_ids"].shape.as_list() == [
        4
    ]


def test_training_order_follows_the_graph_seed(tmp_path):
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 40)) for n in range(3)]

    def order(seed):
        make_dataset = functools.partial(inputs.training_dataset, files, SCHEMA, 8)
        return flat(batches(make_dataset, count=5, seed=seed))

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_fewer_records_than_a_batch_still_train(tmp_path):
    assert (
        len(
            flat(
                batches(
                    lambda: inputs.training_dataset([write(tmp_path / "a", [7])], SCHEMA, 4),
                    count=2,
                )
            )
        )
        == 8
    )


@pytest.mark.parametrize("num_files, size", [(4, 2), (5, 2), (3, 3), (1, 2), (2, 3), (3, 8)])
def test_ranks_share_no_record_and_none_starves(tmp_path, monkeypatch, num_files, size):
    monkeypatch.setattr(
        inputs, "_SHUFFLE_RECORDS", 8
    )  # filling the real buffer from four records takes long
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 4)) for n in range(num_files)]
    shares = []
    for rank in range(size):
        seen = Counter(
            flat(
                batches(
                    lambda: inputs.training_dataset(files, SCHEMA, 4, rank=rank, size=size),
                    count=40,
                    seed=rank,
                )
            )
        )
        shares.append(set(seen))
    everything = {100 * n + k for n in range(num_files) for k in range(4)}
    assert all(shares)
    assert set().union(*shares) == everything
    assert sum(len(share) for share in shares) == len(everything)  # disjoint


def test_fewer_records_than_ranks_are_refused(tmp_path):
    files = [write(tmp_path / "a", [1]), write(tmp_path / "b", [2, 3])]
    inputs.check_shares(files, 3)
    inputs.check_shares(files[:1], 1)
    with pytest.raises(
        RecordError,
        match="a and 1 more: 3 records cannot be divided among 4 ranks: start fewer processes",
    ):
        inputs.check_shares(files, 4)


def test_evaluation_reads_each_record_once_in_order(tmp_path):
    files = [write(tmp_path / "a", range(5)), write(tmp_path / "b", range(5, 7))]
    seen = batches(lambda: inputs.evaluation_dataset(files, SCHEMA, 3))
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]


def test_record_errors_name_the_file(tmp_path):
    good = write(tmp_path / "good", range(4))
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "good").read_bytes()[:-5])
    with pytest.raises(RecordError, match="cut: record 3 cannot be read"):
        with inputs.named_record_errors([good, str(cut)], SCHEMA):
            batches(lambda: inputs.evaluation_dataset([good, str(cut)], SCHEMA, 1))


def test_a_record_that_is_no_example_does_not_crash_tensorflow(tmp_path, capfd):
    """TensorFlow 1.13.1 dies of SIGSEGV where its own parser refuses bytes that are not UTF-8."""
    bad = tmp_path / "bad"
    with tf.io.TFRecordWriter(str(bad)) as writer:
        writer.write(SCHEMA.serialize(dict(VALUES, unique_ids=1)))
        writer.write(b"\xff" * 100)
    with pytest.raises(RecordError, match="bad: record 1: not a tf.train.Example"):
        with inputs.named_record_errors([str(bad)], SCHEMA):
            batches(lambda: inputs.evaluation_dataset([str(bad)], SCHEMA, 2))
    assert "Traceback" not in capfd.readouterr().err  # TensorFlow's log, of an exception in Python


def test_other_errors_stay_what_they_are(tmp_path):
    good = write(tmp_path / "good", range(4))
    with pytest.raises(tf.errors.InvalidArgumentError):
        with inputs.named_record_errors(
            [good], SCHEMA
        ), tf.Graph().as_default(), tf.Session() as sess:
            sess.run(tf.reshape(tf.placeholder_with_default([1.0, 2.0, 3.0], [None]), [2]))
