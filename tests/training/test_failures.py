# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/failures.py: TensorFlow's errors that a machine causes, as one line; all others stay as they are."""

import os

import pytest
import tensorflow.compat.v1 as tf

from training import failures

tf.disable_v2_behavior()


def error_of(build, feed=None):
    """The error of TensorFlow's that running a graph raises."""
    with tf.Graph().as_default(), tf.Session() as session:
        with pytest.raises(tf.errors.OpError) as caught:
            fetches = build()
            session.run(tf.global_variables_initializer())
            session.run(fetches)
    return caught.value


def line_of(error, output_dir="/results"):
    line = failures.explanation(error, output_dir)
    assert "\n" not in line
    return line


def test_too_little_memory_names_device_and_options():
    error = error_of(lambda: tf.reduce_sum(tf.random_normal([1 << 20, 1 << 20])))
    line = line_of(error)
    assert line.startswith("out of memory on CPU:0 for a tensor of shape [1048576,1048576]: reduce")
    assert "--train_batch_size" in line and "--num_accumulation_steps" in line
    assert line_of(MemoryError()).startswith("out of memory on the host: reduce")
    bare = tf.errors.ResourceExhaustedError(None, None, "Failed to allocate memory")
    assert line_of(bare).startswith("out of memory: reduce")


def test_a_data_file_that_vanished(tmp_path):
    path = str(tmp_path / "a b.tfrecord")
    dataset = tf.data.TFRecordDataset
    error = error_of(lambda: dataset(path).make_one_shot_iterator().get_next())
    assert line_of(error) == "%s: no such file; it was there when the run began" % path


@pytest.mark.parametrize(
    "message, path",
    [
        (
            "{0}/model.ckpt-20_temp_0a1b2c/part-00000-of-00001.data-00000-of-00001.tempstate12; {1}",
            "model.ckpt-20",
        ),
        (  # TensorFlow 2
            "{0}/model.ckpt-20_temp/part-00000-of-00001.data-00000-of-00001.tempstate12; {1}",
            "model.ckpt-20",
        ),
        (
            "{0}/model.ckpt-20.data-00000-of-00001.tempstate123; {1}\n\t [[node save/SaveV2]]",
            "model.ckpt-20",
        ),
        ("{0}/events.out.tfevents.1.host; {1}", "events.out.tfevents.1.host"),
    ],
)
@pytest.mark.parametrize("reason, said", [(reason, said) for reason, said in failures._DISK])
def test_a_disk_that_does_not_take_more(tmp_path, message, path, reason, said):
    text = message.format(tmp_path, reason)
    line = line_of(tf.errors.UnknownError(None, None, text), str(tmp_path))
    assert line.startswith("%s: cannot be written: %s (" % (tmp_path / path, said))
    assert " free); free some space and run the same command again" in line


def test_a_full_disk_without_a_path_names_the_output_directory(tmp_path):
    error = tf.errors.ResourceExhaustedError(None, None, "No space left on device")
    assert line_of(error, str(tmp_path)).startswith("%s: cannot be written" % tmp_path)


def test_what_a_checkpoint_needs_is_counted_from_its_graph(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.get_variable("a", [250, 1000])
        tf.get_variable("b", [], tf.int64)
        operation = tf.no_op(name="save/SaveV2")
        assert failures.checkpoint_bytes(graph) == 1000008
        text = "%s/model.ckpt-1.data-00000-of-00001.tempstate1; No space left on device [[save]]"
        error = tf.errors.ResourceExhaustedError(None, operation, text % tmp_path)
        assert "(a checkpoint needs 1 MB, " in line_of(error, str(tmp_path))


def test_other_errors_keep_their_traceback():
    error = tf.errors.InvalidArgumentError(None, None, "Incompatible shapes: [2] vs. [3]")
    assert failures.explanation(error, "/results") is None
    with pytest.raises(tf.errors.InvalidArgumentError):
        with failures.explained("/results"):
            raise error
    with pytest.raises(failures.RunError, match="out of memory"):
        with failures.explained("/results"):
            raise MemoryError
    with pytest.raises(KeyError):
        with failures.explained("/results"):
            raise KeyError("x")


@pytest.mark.parametrize(
    "count, text", [(0, "0 B"), (999, "999 B"), (12345678, "12.3 MB"), (4 * 10**12, "4 TB")]
)
def test_sizes(count, text):
    assert failures.human(count) == text
    assert os.linesep not in text
