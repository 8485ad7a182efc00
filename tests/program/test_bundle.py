# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/bundle.py: the index as TensorFlow reads it; every damage is found, whichever byte it is in."""

import random
import re

import pytest
import tensorflow.compat.v1 as tf

from program import bundle


@pytest.fixture(name="prefix", scope="module")
def fixture_prefix(tmp_path_factory):
    """A checkpoint of sixty variables, a scalar and a partitioned variable among them."""
    directory = tmp_path_factory.mktemp("bundle")
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.get_or_create_global_step()
        for number in range(58):
            tf.get_variable("bert/layer_%d/kernel" % number, [3, number + 1])
        tf.get_variable("parts", [6, 2], partitioner=tf.fixed_size_partitioner(2))
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver(sharded=True).save(sess, str(directory / "model.ckpt"))


@pytest.fixture(name="copy")
def fixture_copy(prefix, tmp_path):
    """The prefix of a copy that a test may damage."""
    for ending in (".index", ".data-00000-of-00001"):
        with open(prefix + ending, "rb") as stream:
            (tmp_path / ("model.ckpt" + ending)).write_bytes(stream.read())
    return str(tmp_path / "model.ckpt")


def test_it_reads_what_tensorflow_reads(prefix):
    entries = bundle.read_index(prefix)
    assert {name: entry.shape for name, entry in entries.items()} == {
        name: list(shape) for name, shape in tf.train.list_variables(prefix)
    }
    assert entries["global_step"].shape == [] and entries["global_step"].size == 8
    assert entries["parts"].shape == [6, 2]
    bundle.check_files(prefix)


def test_any_flipped_bit_of_the_index_is_found(copy):
    with open(copy + ".index", "rb") as stream:
        content = stream.read()
    rng = random.Random(5)
    whole = bundle.read_index(copy)
    for _ in range(120):
        changed = bytearray(content)
        changed[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        with open(copy + ".index", "wb") as stream:
            stream.write(changed)
        try:
            found = bundle.read_index(copy)
        except bundle.BundleError as error:
            assert copy + ".index" in str(error)
        else:  # in the padding of the footer, or in the meta block, which nothing uses
            assert found == whole


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda content: content[:-1], "cut off"),
        (lambda content: content[: len(content) // 2], "cut off"),
        (lambda content: b"", r"model.ckpt.index is empty"),
        (lambda content: b"\n".join([content[:100]] * 9), "not the index"),
        (lambda content: bytes(len(content) - 48) + content[-48:], "damaged"),
        (lambda content: b"\xff" * (len(content) - 8) + content[-8:], "damaged"),
    ],
)
def test_damaged_index(copy, damage, message):
    with open(copy + ".index", "rb") as stream:
        content = stream.read()
    with open(copy + ".index", "wb") as stream:
        stream.write(damage(content))
    for function in (bundle.read_index, bundle.check_files):
        with pytest.raises(bundle.BundleError, match=message):
            function(copy)


def test_missing_and_short_files(copy, tmp_path):
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    size = data.stat().st_size
    with open(str(data), "r+b") as stream:
        stream.truncate(size - 1)
    with pytest.raises(
        bundle.BundleError, match=re.escape("is cut off: %d bytes of %d" % (size - 1, size))
    ):
        bundle.check_files(copy)
    data.unlink()
    with pytest.raises(bundle.BundleError, match="data-00000-of-00001 is missing"):
        bundle.check_files(copy)
    (tmp_path / "model.ckpt.index").unlink()
    with pytest.raises(bundle.BundleError, match="model.ckpt.index is missing"):
        bundle.check_files(copy)
    (tmp_path / "model.ckpt.index").mkdir()
    with pytest.raises(bundle.BundleError, match="cannot be read"):
        bundle.read_index(copy)
