# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/inputs.py: which records reach which rank, in what batches, and errors that name the file."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from program import manifests
from program.records.decoding import RecordError, read_records
from program.records.encoding import frame
from program.records.fields import squad_schema
from program.records.index import index_files
from squad.batches import Batch, Stretch
from training import inputs
from training.reading import Reader

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


def training_input(files, rank=0, size=1, first=0, seed=5, schema=SCHEMA):
    reader = Reader(index_files(files), seed, first + rank, size)
    return inputs.TrainingInput(reader, schema, 1000 + first + rank, size)


def trained(source, batch_size, count):
    """[(samples, unique_ids)] of `count` batches."""
    found = []
    with tf.Graph().as_default(), tf.Session() as sess:
        iterator = tf.data.make_initializable_iterator(source.dataset(batch_size))
        following = iterator.get_next()
        sess.run(iterator.initializer)
        for _ in range(count):
            batch = sess.run(following)
            assert batch["input_ids"].tolist() == [[1, 2]] * batch_size
            found.append((batch[inputs.SAMPLE].tolist(), batch["unique_ids"].tolist()))
    return found


def test_training_reads_each_record_once_an_epoch_and_numbers_the_samples(tmp_path):
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 40)) for n in range(3)]
    found = trained(training_input(files), 8, count=30)  # two epochs
    assert [len(ids) for _, ids in found] == [8] * 30
    numbers = flat(ids for _, ids in found)
    everything = {100 * n + k for n in range(3) for k in range(40)}
    assert sorted(numbers[:120]) == sorted(numbers[120:]) == sorted(everything)
    assert numbers[:120] != numbers[120:] and numbers[:120] != sorted(everything)
    assert all(len({number // 100 for number in ids}) > 1 for _, ids in found)  # files are mixed
    assert flat(samples for samples, _ in found) == list(range(1000, 1240))


def test_training_has_a_static_batch(tmp_path):
    files = [write(tmp_path / "a", range(5))]
    with tf.Graph().as_default():
        source = training_input(files).dataset(4)
        batch = tf.data.make_initializable_iterator(source).get_next()
    assert {name: tensor.shape.as_list() for name, tensor in batch.items()} == {
        "unique_ids": [4],
        "input_ids": [4, 2],
        "input_mask": [4, 2],
        "segment_ids": [4, 2],
        inputs.SAMPLE: [4],
    }


@pytest.mark.parametrize("batch_size", [1, 3, 7, 300])
def test_training_goes_on_anywhere(tmp_path, batch_size):
    files = [write(tmp_path / str(n), range(300 * n, 300 * n + 290)) for n in range(2)]
    whole = flat(ids for _, ids in trained(training_input(files), 10, count=250))
    for first in (0, 1, 255, 579, 580, 1300):
        source = training_input(files, first=first)
        samples, ids = trained(source, batch_size, count=2)[1]
        begin = first + batch_size
        assert ids == whole[begin : begin + batch_size]
        assert samples == list(range(1000 + begin, 1000 + begin + batch_size))


def test_fewer_records_than_a_batch_still_train(tmp_path):
    source = training_input([write(tmp_path / "a", [7])])
    assert [ids for _, ids in trained(source, 4, count=2)] == [[7] * 4] * 2


@pytest.mark.parametrize("num_files, size", [(4, 2), (5, 2), (3, 3), (1, 2), (2, 3), (3, 8)])
def test_ranks_together_read_what_one_rank_reads(tmp_path, num_files, size):
    files = [write(tmp_path / str(n), range(100 * n, 100 * n + 4)) for n in range(num_files)]
    count = 2 * num_files * 4
    shares = [
        flat(ids for _, ids in trained(training_input(files, rank, size), 1, count))
        for rank in range(size)
    ]
    alone = flat(ids for _, ids in trained(training_input(files), size, count))
    assert flat(zip(*shares)) == alone


def test_fewer_records_than_ranks_are_refused(tmp_path):
    files = index_files([write(tmp_path / "a", [1]), write(tmp_path / "b", [2, 3])])
    inputs.check_shares(files, 3)
    inputs.check_shares(files[:1], 1)
    with pytest.raises(
        RecordError,
        match="a and 1 more: 3 records cannot be divided among 4 ranks: start fewer processes",
    ):
        inputs.check_shares(files, 4)


def test_training_errors_name_file_and_record(tmp_path):
    files = [write(tmp_path / "a", range(300)), write(tmp_path / "b", range(300))]
    with open(files[1], "r+b") as stream:  # the body of record 290
        size = os.path.getsize(files[1]) // 300
        stream.seek(299 * size - 6)
        stream.write(b"\xff\xfe")
    source = training_input(files)
    with pytest.raises(
        RecordError, match="b: record 29. is damaged .wrong checksum"
    ), source.named_errors():
        trained(source, 4, count=300)


def test_training_refuses_a_well_framed_record_that_is_no_example(tmp_path):
    files = [write(tmp_path / "a", range(3))]
    with tf.io.TFRecordWriter(str(tmp_path / "b")) as writer:
        writer.write(SCHEMA.serialize(dict(VALUES, unique_ids=1)))
        writer.write(b"\xff\xfe no example")
    source = training_input(files + [str(tmp_path / "b")])
    with pytest.raises(RecordError, match="b: record 1: not a tf.train.Example"):
        with source.named_errors():
            trained(source, 2, count=10)


def test_errors_that_are_none_of_the_input_stay_what_they_are(tmp_path):
    source = training_input([write(tmp_path / "a", range(3))])
    with pytest.raises(tf.errors.ResourceExhaustedError), source.named_errors():
        raise tf.errors.ResourceExhaustedError(None, None, "no memory")


def test_evaluation_reads_each_record_once_in_order(tmp_path):
    files = [write(tmp_path / "a", range(5)), write(tmp_path / "b", range(5, 7))]
    seen = batches(lambda: inputs.evaluation_dataset(files, SCHEMA, 3))
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]


LONGER = squad_schema(4, is_training=False)
PLAN = [
    Stretch(0, 5, [Batch([4, 1], 4), Batch([0, 2, 3], 2)]),
    Stretch(5, 7, [Batch([1, 0], 3)]),
]


def write_longer(path, count):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(count):
            values = {"input_ids": [number] * 4, "input_mask": [1] * 4, "segment_ids": [0] * 4}
            writer.write(LONGER.serialize(dict(values, unique_ids=number)))
    return str(path)


def planned(source):
    """All batches: list of dicts of arrays."""
    found = []
    with tf.Graph().as_default(), tf.Session() as sess:
        following = tf.data.make_one_shot_iterator(source.dataset()).get_next()
        while True:
            try:
                found.append(sess.run(following))
            except tf.errors.OutOfRangeError:
                return found


def shape_of_ids(source):
    return tf.data.make_one_shot_iterator(source.dataset()).get_next()["input_ids"].shape.as_list()


def test_planned_batches_come_in_their_order_and_length(tmp_path):
    source = inputs.PlannedInput(write_longer(tmp_path / "a", 7), LONGER, PLAN)
    found = planned(source)
    assert [one["unique_ids"].tolist() for one in found] == [[4, 1], [0, 2, 3], [6, 5]]
    assert [one["input_ids"].tolist() for one in found] == [
        [[4] * 4, [1] * 4],
        [[0] * 2, [2] * 2, [3] * 2],
        [[6] * 3, [5] * 3],
    ]
    assert [one["input_mask"].shape for one in found] == [(2, 4), (3, 2), (2, 3)]
    assert {array.dtype for one in found for array in one.values()} == {np.dtype("int32")}
    with tf.Graph().as_default():
        assert shape_of_ids(source) == [None, None]
        whole = inputs.PlannedInput("a", LONGER, [Stretch(0, 2, [Batch([0], 4), Batch([1], 4)])])
        assert shape_of_ids(whole) == [None, 4]


def test_planned_batches_are_read_a_stretch_at_a_time(tmp_path, monkeypatch):
    path, read = write_longer(tmp_path / "a", 600), []

    def counted(path):
        for record in read_records(path):
            read.append(len(record))
            yield record

    monkeypatch.setattr(inputs, "read_records", counted)
    stretches = [
        Stretch(begin, begin + 20, [Batch([row], 4) for row in range(20)])
        for begin in range(0, 600, 20)
    ]
    source = inputs.PlannedInput(path, LONGER, stretches)
    with tf.Graph().as_default(), tf.Session() as sess:
        following = tf.data.make_one_shot_iterator(source.dataset()).get_next()
        for number in range(41):
            assert sess.run(following)["unique_ids"].tolist() == [number]
        assert 60 <= len(read) <= 80


def test_planned_batches_name_the_record_that_is_refused(tmp_path):
    path = write_longer(tmp_path / "a", 7)
    good = (tmp_path / "a").read_bytes()
    for content, message in (
        (good[:-5], "a: record 6 cannot be read"),
        (good[: len(good) * 5 // 7], "a: has fewer records than were written: make it again"),
        (
            good[: len(good) * 6 // 7] + frame([b"\xff\xfe"])[0],
            "a: record 6: not a tf.train.Example",
        ),
    ):
        (tmp_path / "a").write_bytes(content)
        source = inputs.PlannedInput(path, LONGER, PLAN)
        with pytest.raises(RecordError, match=message), source.named_errors():
            # Batches before the bad one come.
            assert len(planned(source)) == 2


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
