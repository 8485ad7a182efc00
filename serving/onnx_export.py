# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts an export (SavedModel) to ONNX, beside it: model.onnx.

    python -m serving.onnx_export --export DIR

Runs in the environment of requirements/onnx.txt, which scripts/export_squad.sh --onnx makes and uses. tf2onnx converts; then
ONNX Runtime computes the logits of sample batches, on the CPU, and they are compared with TensorFlow's before the file gets
its name. Inputs and outputs are those of the SavedModel, with dimensions "batch" and "length".
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np

from program.arguments import Parser
from program.errors import DataError, run_program
from program.files import human, whole_file
from serving import export_settings
from serving.export_settings import INPUTS, OUTPUTS, SIGNATURE, TAG

MODEL_FILE = "model.onnx"
OPSET = 17  # the first with everything that BERT needs in one op but LayerNorm, which tf2onnx leaves in parts
# Of logits, relative to the largest where that is above 1. On a CPU, ONNX Runtime computes float16 in float32 and rounds between
# ops, TensorFlow rounds each product: float16 has 11 bits.
TOLERANCES = {"fp32": 1e-4, "fp16": 2e-2}


def convert(export):
    """Converts one version; returns (path of model.onnx, largest difference of logits).

    Args:
      export: str, the directory of an export.

    Raises:
      DataError: it cannot be converted or written, or ONNX Runtime computes other logits.
    """
    settings = export_settings.read_settings(export)
    path = os.path.join(export, MODEL_FILE)
    with tempfile.TemporaryDirectory(prefix="bert-onnx-") as directory:
        temporary = os.path.join(directory, MODEL_FILE)
        _run_tf2onnx(export, temporary)
        _name_dimensions(temporary)
        found = difference(export, temporary)
        if not found <= TOLERANCES[settings.precision]:
            raise DataError(
                "%s: ONNX Runtime computes other logits than TensorFlow (difference %.3g, at most %.0e is expected)"
                % (export, found, TOLERANCES[settings.precision])
            )
        with whole_file(path, "wb") as output, open(temporary, "rb") as converted:
            shutil.copyfileobj(converted, output)
    return path, found


def _run_tf2onnx(export, written):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tf2onnx.convert", "--saved-model", export]
        + ["--tag", TAG, "--signature_def", SIGNATURE, "--opset", str(OPSET)]
        + ["--output", written],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if done.returncode or not os.path.exists(written):
        lines = done.stdout.strip().splitlines() or ["exit code %d" % done.returncode]
        raise DataError("%s: tf2onnx cannot convert it: %s" % (export, lines[-1]))


def _name_dimensions(path):
    """Gives the free dimensions their names and the outputs their order, and checks the model."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    outputs = sorted(graph.output, key=lambda value: OUTPUTS.index(value.name))
    del graph.output[:]
    graph.output.extend(outputs)
    for value in list(graph.input) + list(graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("batch", "length")):
            dimension.dim_param = name
    onnx.checker.check_model(model)
    onnx.save(model, path)


def difference(export, model):
    """The largest difference between the logits of a SavedModel and of an ONNX file, relative to the largest logit above 1.

    Args:
      export: str, directory of the SavedModel.
      model: str, path of the ONNX file.
    """
    batches = _samples(export)
    worst = 0.0
    for ours, theirs in zip(
        _logits_of_tensorflow(export, batches), _logits_of_onnx(model, batches)
    ):
        for expected, found in zip(ours, theirs):
            if expected.shape != found.shape or not np.isfinite(found).all():
                return float("inf")
            worst = max(worst, np.abs(expected - found).max() / max(1.0, np.abs(expected).max()))
    return float(worst)


def _samples(export):
    """Batches of several sizes, with padding: list of dict, name -> int32 [B, S]."""
    with io.open(export_settings.asset_path(export, export_settings.CONFIG_FILE)) as stream:
        config = json.load(stream)
    rng = np.random.RandomState(0)
    batches = []
    for size, length in ((1, 1), (1, 23), (2, 48)):
        length = min(length, config["max_position_embeddings"])
        lengths = rng.randint(1, length + 1, size)
        mask = np.arange(length)[None, :] < lengths[:, None]
        ids = rng.randint(0, config["vocab_size"], (size, length)) * mask
        segments = rng.randint(0, min(2, config["type_vocab_size"]), (size, length)) * mask
        batches.append(dict(zip(INPUTS, (x.astype(np.int32) for x in (ids, mask, segments)))))
    return batches


def _logits_of_tensorflow(export, batches):
    import tensorflow.compat.v1 as tf

    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    with tf.Graph().as_default(), tf.Session() as sess:
        loaded = tf.saved_model.loader.load(sess, [TAG], export)
        signature = loaded.signature_def[SIGNATURE]
        outputs = [signature.outputs[name].name for name in OUTPUTS]
        return [
            sess.run(outputs, {signature.inputs[name].name: x for name, x in batch.items()})
            for batch in batches
        ]


def _logits_of_onnx(model, batches):
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return [session.run(list(OUTPUTS), batch) for batch in batches]


def main():
    parser = Parser("serving.onnx_export", __doc__)
    parser.add_argument(
        "--export",
        required=True,
        metavar="DIR",
        help="export to convert: a version, or the directory of versions, whose highest is taken",
    )
    options = parser.parse_args()
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise DataError(
            "%s: use scripts/export_squad.sh --onnx, which makes the environment of requirements/onnx.txt"
            % error
        )
    export = export_settings.version_directory(options.export)
    path, found = convert(export)
    print(
        "converted %s: opset %d, %s; ONNX Runtime's logits differ from TensorFlow's by %.2g"
        % (path, OPSET, human(os.path.getsize(path)), found)
    )


if __name__ == "__main__":
    run_program(main)
