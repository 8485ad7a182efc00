# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""fused_ops/tensorflow_versions.py: what it says of the TensorFlow that runs these tests."""

import os

import pytest
import tensorflow.compat.v1 as tf

from fused_ops import tensorflow_versions


def test_the_rewrite_came_with_1_14():
    old = tf.__version__.startswith("1.13.")
    assert tensorflow_versions.has_amp_rewrite() is not old


def test_functions_of_data_sets_run_as_they_are_written():
    """AutoGraph would turn the branch into an op, whose condition has no value while the graph is built."""

    def branch(number):
        if isinstance(number, tf.Tensor) and number is not None:
            seen.append(type(number < 1))
        try:
            return number if number < 1 else number + 1
        except TypeError:
            return number

    seen = []
    with tf.Graph().as_default():
        data = tf.data.Dataset.range(3).map(tensorflow_versions.do_not_convert(branch))
        following = tf.data.make_one_shot_iterator(data).get_next()
        with tf.Session() as session:
            assert [session.run(following) for _ in range(3)] == [0, 1, 2]
    assert seen


@pytest.mark.parametrize("what", ["bit", "cut", "absent", "index cut", "index bit"])
def test_damage_raises_what_is_listed(tmp_path, what):
    prefix = str(tmp_path / "model.ckpt")
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("a", [1000], initializer=tf.ones_initializer())
        session.run(variable.initializer)
        tf.train.Saver([variable]).save(session, prefix, write_meta_graph=False)
    tf.train.NewCheckpointReader(prefix).get_tensor("a")
    path = prefix + (".index" if what.startswith("index") else ".data-00000-of-00001")
    with open(path, "rb") as stream:
        content = stream.read()
    if what == "absent":
        os.remove(path)
    else:
        with open(path, "wb") as stream:
            cut = what.endswith("cut")
            stream.write(content[:5] + (b"" if cut else b"\xff" + content[6:]))
    with pytest.raises(tensorflow_versions.READ_ERRORS):
        tf.train.NewCheckpointReader(prefix).get_tensor("a")
