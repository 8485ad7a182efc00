# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A small question answerer with random weights, its exports, and what a process without this project's code makes of them."""

import collections
import os
import subprocess
import sys

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
from tests.squad_runs import CONFIG, LENGTHS, write_files
from training import checkpoints, span_head

# Loads exports as any user does: argv are an .npz with batches, the .npz to write, and the exports.
LOADER = r"""
import sys
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.ERROR)
batches, written, exports = dict(np.load(sys.argv[1])), sys.argv[2], sys.argv[3:]
results = {}
for number, export in enumerate(exports):
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        loaded = tf.saved_model.loader.load(sess, ["serve"], export)
        signature = loaded.signature_def["serving_default"]
        assert signature.method_name == "tensorflow/serving/predict"
        for infos, kind in ((signature.inputs, tf.int32), (signature.outputs, tf.float32)):
            for info in infos.values():
                shape = [dim.size for dim in info.tensor_shape.dim]
                assert info.dtype == kind and shape == [-1, -1], info
        results["ops/%d" % number] = np.array(sorted({op.type for op in graph.get_operations()}))
        for which in sorted({name.split("/")[0] for name in batches}, key=int):
            for name in ("start_logits", "end_logits"):
                feed = {info.name: batches[which + "/" + key] for key, info in signature.inputs.items()}
                try:
                    got = sess.run(signature.outputs[name].name, feed)
                except tf.errors.InvalidArgumentError as error:
                    got = np.array(error.message)
                results["%s/%d/%s" % (name, number, which)] = got
own = [name for name in sys.modules if name.split(".")[0] in
       ("modeling", "bert_layers", "tokenization", "fused_ops", "training", "serving", "squad", "program")]
assert not own, own
np.savez(written, **results)
"""

Loaded = collections.namedtuple("Loaded", ["logits", "ops"])


def write_checkpoint(config, prefix):
    """A checkpoint of the encoder and the span head with random weights, large enough that logits differ."""
    with tf.Graph().as_default(), tf.Session() as sess:
        _model(config)
        rng = np.random.RandomState(7)
        for variable in tf.trainable_variables():
            value = rng.normal(scale=0.15, size=variable.shape.as_list())
            variable.load(value + variable.op.name.endswith("/gamma"), sess)
        tf.train.Saver(tf.trainable_variables()).save(sess, prefix, write_meta_graph=False)
    return prefix


def _model(config, compute_type=tf.float32):
    inputs = [tf.placeholder(tf.int32, [None, None]) for _ in range(3)]
    model = modeling.BertModel(config, False, *inputs, scope="bert", compute_type=compute_type)
    return inputs, span_head.span_logits(config, model.get_sequence_output())


def logits_of_checkpoint(config, prefix, batches, compute_type=tf.float32):
    """[(start logits, end logits)] of the graph that run_squad.py predicts with, for each of `batches`."""
    with tf.Graph().as_default(), tf.Session() as sess:
        inputs, outputs = _model(config, compute_type)
        checkpoints.PathSaver(tf.trainable_variables()).restore(sess, prefix)
        return [sess.run(outputs, dict(zip(inputs, batch))) for batch in batches]


def random_batch(config, shape, seed=0):
    """int32 input_ids, input_mask and segment_ids; the rows end in padding of different lengths."""
    rng = np.random.RandomState(seed)
    ids = rng.randint(0, config.vocab_size, shape)
    lengths = rng.randint(1, shape[1] + 1, shape[0])
    lengths[0] = shape[1]
    mask = np.arange(shape[1])[None, :] < lengths[:, None]
    segments = rng.randint(0, 2, shape) * mask
    return [x.astype(np.int32) for x in (ids * mask, mask, segments)]


def load_elsewhere(folder, exports, batches, python=sys.executable):
    """What a fresh process in another directory, without PYTHONPATH, computes with exports.

    Args:
      folder: pathlib.Path, an empty directory to work in.
      exports: list of str.
      batches: list of three int32 arrays each.
      python: of any TensorFlow.

    Returns:
      list of Loaded, one for each export. logits: a list, for each batch [start logits, end logits]; in their place the message
      (str) where the graph refuses a batch. ops: set of str, the types of the graph's ops.
    """
    names = ("input_ids", "input_mask", "segment_ids")
    arrays = {
        "%d/%s" % (number, name): array
        for number, batch in enumerate(batches)
        for name, array in zip(names, batch)
    }
    np.savez(str(folder / "in.npz"), **arrays)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", LOADER, "in.npz", "out.npz"] + list(exports),
        cwd=str(folder),
        env=dict(environment, TF_CPP_MIN_LOG_LEVEL="2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with np.load(str(folder / "out.npz")) as found:
        values = {
            name: str(value) if value.dtype.kind == "U" and not value.shape else value
            for name, value in found.items()
        }
    return [
        Loaded(
            [
                [values["%s/%d/%d" % (name, one, which)] for name in ("start_logits", "end_logits")]
                for which in range(len(batches))
            ],
            set(values["ops/%d" % one].tolist()),
        )
        for one in range(len(exports))
    ]


def small_model(folder):
    """dict: the files of squad_runs.write_files, a "checkpoint" with random weights and its "bert" BertConfig."""
    files = write_files(folder)
    (folder / "trained").mkdir()
    config = modeling.BertConfig.from_dict(CONFIG)
    prefix = write_checkpoint(config, str(folder / "trained" / "model.ckpt-5"))
    return dict(files, bert=config, checkpoint=prefix)


def export_flags(files, output_dir):
    """The command line of an export alone."""
    return [
        "--do_export",
        "--bert_config_file=" + files["config"],
        "--vocab_file=" + files["vocab"],
        "--init_checkpoint=" + files["checkpoint"],
        "--output_dir=" + str(output_dir),
    ] + LENGTHS
