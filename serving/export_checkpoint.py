# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Exports a fine-tuned checkpoint as a SavedModel, with the settings of its training.

    python -m serving.export_checkpoint --checkpoint PATH --output_dir DIR [--precision fp16] [--freeze]

Configuration, vocabulary and settings are those given, else those beside the checkpoint, else those of its run.json; see
serving/README.md. run_squad.py --do_export does the same at the end of a run.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
import tensorflow.compat.v1 as tf

import modeling
import tokenization
from program import directory_lock
from program.arguments import Parser
from program.errors import DataError, run_program
from serving import export, export_settings, source, span_model
from training import session
from training.job import say


def make_parser():
    """The command line."""
    parser = Parser("serving.export_checkpoint", __doc__)
    parser.add_argument(
        "--checkpoint",
        required=True,
        metavar="PATH",
        help="fine-tuned checkpoint: its prefix, or a directory: its latest",
    )
    parser.add_argument(
        "--output_dir",
        required=True,
        metavar="DIR",
        help="directory of the exports, which are numbered from 1; created if missing",
    )
    parser.add_argument(
        "--precision",
        choices=export_settings.PRECISIONS,
        default="fp32",
        help="what the export computes in (default: %(default)s)",
    )
    parser.add_argument(
        "--freeze",
        action="store_true",
        help="export the variables as constants: one file, saved_model.pb",
    )
    source.add_arguments(parser, "that of the training")
    return parser


def find(options):
    """The source.Source of the command line, with the precision; its checkpoint has a span head."""
    found = source.find(options.checkpoint, source.given(options))
    if found.is_export:
        raise DataError("%s: is an export already; pass a checkpoint" % found.model)
    span_model.check_has_head(found.model)
    source.tokenizer_of(found)
    return found._replace(settings=found.settings._replace(precision=options.precision))


def main():
    options = make_parser().parse_args()
    session.start()
    tf.logging.set_verbosity(tf.logging.WARN)
    found = find(options)
    export.check_size(found.config, options.precision, options.freeze)
    for item in found.origins.items():
        say("%s: %s" % item)
    session.make_output_dir(options.output_dir)
    with directory_lock.held(options.output_dir, tf.logging.warning):
        export.export(found, options.output_dir, options.freeze)


if __name__ == "__main__":
    run_program(main, (modeling.ConfigError, tokenization.VocabularyError))
