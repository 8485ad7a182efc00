# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Puts an export into a model repository of NVIDIA's Triton Inference Server.

    python -m serving.triton --export DIR --model_repository DIR [--name NAME] [--platform onnx]

Writes MODEL_REPOSITORY/NAME/config.pbtxt and MODEL_REPOSITORY/NAME/<version>/, which holds model.savedmodel/ or model.onnx:
version 1, or the next if the model is there already. The server batches requests of equal length that arrive together.
"""

import os
import re
import shutil

from program import directory_lock
from program.arguments import Parser, positive_int
from program.errors import DataError, run_program
from program.files import write_whole
from serving import export_settings
from serving.export_settings import INPUTS, OUTPUTS
from serving.onnx_export import MODEL_FILE
from serving.whole_directory import whole_directory

CONFIG_FILE = "config.pbtxt"
PLATFORMS = {"savedmodel": "tensorflow_savedmodel", "onnx": "onnxruntime_onnx"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_QUEUE_MICROSECONDS = 2000  # how long a request waits for others


def config_text(name, platform, max_batch_size):
    """The config.pbtxt of a model: Triton's ModelConfig in protocol buffers' text format.

    Args:
      name: str, of the model; must be that of its directory.
      platform: a key of PLATFORMS.
      max_batch_size: int; dims are those of one request, without the batch.
    """
    lines = [
        'name: "%s"' % name,
        'platform: "%s"' % PLATFORMS[platform],
        "max_batch_size: %d" % max_batch_size,
    ]
    for kind, names, data_type in (("input", INPUTS, "INT32"), ("output", OUTPUTS, "FP32")):
        tensors = [
            '  { name: "%s" data_type: TYPE_%s dims: [ -1 ] }' % (tensor, data_type)
            for tensor in names
        ]
        lines += ["%s [" % kind, ",\n".join(tensors), "]"]
    lines.append("dynamic_batching { max_queue_delay_microseconds: %d }" % _QUEUE_MICROSECONDS)
    return "\n".join(lines) + "\n"


def add(export, repository, name, platform, max_batch_size):
    """Adds a version of a model to a repository; returns its path.

    Args:
      export: str, the directory of an export.
      repository: str, created if missing.
      name: str, of the model.
      platform: a key of PLATFORMS.
      max_batch_size: int.

    Raises:
      DataError: the model is there with another configuration, or a file is missing or cannot be written.
      LockedError: another program adds to this model.
    """
    if not _NAME.match(name):
        raise DataError(
            "--name=%s: must be letters, digits, '.', '_' and '-', the first a letter or a digit"
            % name
        )
    export_settings.read_settings(export)
    source = os.path.join(export, MODEL_FILE)
    if platform == "onnx" and not os.path.isfile(source):
        raise DataError(
            "%s: No such file; convert the export first (scripts/export_squad.sh --onnx)" % source
        )
    model = os.path.join(repository, name)
    config = os.path.join(model, CONFIG_FILE)
    text = config_text(name, platform, max_batch_size)
    try:
        os.makedirs(model, exist_ok=True)
    except OSError as error:
        raise DataError("%s: cannot be created (%s)" % (model, error.strerror))
    with directory_lock.held(model, print):
        if os.path.exists(config):
            with open(config, "rb") as stream:
                if stream.read() != text.encode("ascii"):
                    raise DataError(
                        "%s: has other contents than this model would have: choose another name for it, or remove the "
                        "directory %s" % (config, model)
                    )
        path = export_settings.next_version(model)
        with whole_directory(path) as temporary:
            os.makedirs(temporary)
            if platform == "onnx":
                shutil.copyfile(source, os.path.join(temporary, MODEL_FILE))
            else:
                _copy_saved_model(export, os.path.join(temporary, "model.savedmodel"))
            # Before the version has its name: a server that polls loads no version without it.
            write_whole(config, text)
    return path


def _copy_saved_model(export, target):
    os.makedirs(target)
    shutil.copyfile(
        os.path.join(export, export_settings.GRAPH_FILE),
        os.path.join(target, export_settings.GRAPH_FILE),
    )
    for folder in ("variables", export_settings.ASSETS):
        shutil.copytree(os.path.join(export, folder), os.path.join(target, folder))


def main():
    parser = Parser("serving.triton", __doc__)
    parser.add_argument(
        "--export",
        required=True,
        metavar="DIR",
        help="export: a version, or the directory of versions, whose highest is taken",
    )
    parser.add_argument(
        "--model_repository", required=True, metavar="DIR", help="repository; created if missing"
    )
    parser.add_argument(
        "--name", default="bert_squad", help="name of the model (default: %(default)s)"
    )
    parser.add_argument(
        "--platform",
        choices=sorted(PLATFORMS),
        default="savedmodel",
        help="what Triton runs: the SavedModel, or the export's model.onnx (default: %(default)s)",
    )
    parser.add_argument(
        "--max_batch_size",
        type=positive_int,
        default=8,
        metavar="N",
        help="largest batch the server makes (default: %(default)s)",
    )
    options = parser.parse_args()
    export = export_settings.version_directory(options.export)
    path = add(
        export, options.model_repository, options.name, options.platform, options.max_batch_size
    )
    print("added %s, of %s; %s beside it" % (path, export, CONFIG_FILE))


if __name__ == "__main__":
    run_program(main)
