# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts BERT between Hugging Face folders and TensorFlow 1 checkpoints, in either direction.

    python -m conversion.convert --input HUGGING_FACE_DIR --output_dir OUT
    python -m conversion.convert --input CHECKPOINT --output_dir OUT [--bert_config_file FILE] [--vocab_file FILE]

A Hugging Face folder has config.json, vocab.txt (or tokenizer.json) and model.safetensors, one file or shards;
pytorch_model.bin is read if PyTorch is installed. It becomes bert_model.ckpt.*, bert_config.json and vocab.txt, with the
names and the layout of Google's released checkpoints. float16 and bfloat16 are widened to float32. Heads (masked language
model, next sentence, answer span) and the pooler are converted if present.

A checkpoint is a prefix or a directory, whose latest is taken. It becomes config.json, model.safetensors, vocab.txt and
tokenizer_config.json, which transformers opens as BertModel, BertForPreTraining, BertForMaskedLM,
BertForNextSentencePrediction or BertForQuestionAnswering, by its heads.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
import os

import tensorflow.compat.v1 as tf

import modeling
import tokenization
from conversion import from_hugging_face, hugging_face_settings, to_hugging_face
from program.arguments import Parser, boolean
from program.errors import DataError, run_program
from training import checkpoints


def is_hugging_face(path):
    """Whether the input is a Hugging Face folder, and not a checkpoint."""
    return os.path.isfile(os.path.join(path, hugging_face_settings.CONFIG))


def to_tensorflow(options):
    """Converts a Hugging Face folder; prints what was done."""
    for name in ("bert_config_file", "vocab_file", "do_lower_case", "head"):
        if getattr(options, name) is not None:
            raise DataError("--%s is for checkpoints; %s has its own" % (name, options.input))
    done = from_hugging_face.convert(options.input, options.output_dir, options.sha256)
    print(
        "wrote %s: %d variables, %.1f million parameters"
        % (
            os.path.join(options.output_dir, from_hugging_face.CHECKPOINT_NAME),
            done.num_variables,
            done.num_parameters / 1e6,
        )
    )
    if done.absent:
        print(
            "not in the folder, so a model initializes them randomly: %s" % ", ".join(done.absent)
        )
    if done.unused:
        print("tensors that BERT does not use: %s" % ", ".join(done.unused))
    do_lower_case = done.do_lower_case
    if do_lower_case is None:
        do_lower_case = tokenization.vocabulary_is_uncased(
            os.path.join(options.output_dir, "vocab.txt")
        )
    print("the tokenizer is %s" % _casing(do_lower_case))
    for difference in done.tokenizer:
        print("warning: the folder's tokenizer %s; BERT's splits text differently" % difference)


def _casing(do_lower_case):
    if do_lower_case:
        return "uncased: --do_lower_case=true, the default"
    return "cased: pass --do_lower_case=false to the programs"


def to_transformers(options):
    """Converts a checkpoint; prints what was done."""
    if options.sha256 is not None:
        raise DataError("--sha256 is for %s" % hugging_face_settings.CONFIG)
    prefix = checkpoints.resolve(options.input)
    folder = os.path.dirname(prefix)
    config_file = options.bert_config_file or _beside(
        folder, "bert_config.json", "bert_config_file"
    )
    vocab_file = options.vocab_file or _beside(folder, "vocab.txt", "vocab_file")
    do_lower_case = options.do_lower_case
    if do_lower_case is None:
        do_lower_case = tokenization.vocabulary_is_uncased(vocab_file)
    done = to_hugging_face.convert(
        prefix,
        modeling.BertConfig.from_json_file(config_file),
        vocab_file,
        do_lower_case,
        options.output_dir,
        options.head,
    )
    print(
        "wrote %s: %s, %d tensors, %.1f million parameters, %s tokenizer"
        % (
            options.output_dir,
            done.architecture,
            done.num_tensors,
            done.num_parameters / 1e6,
            "uncased" if do_lower_case else "cased",
        )
    )
    if done.left_out:
        print("left out, as %s has none: %s" % (done.architecture, ", ".join(done.left_out)))
    if done.unused:
        print("variables that transformers' BERT does not have: %s" % ", ".join(done.unused))


def _beside(folder, name, flag):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise DataError("%s: No such file; pass --%s" % (path, flag))
    return path


def main():
    parser = Parser("conversion.convert", __doc__)
    parser.add_argument(
        "--input",
        required=True,
        metavar="PATH",
        help="Hugging Face folder; or checkpoint prefix, or directory of a checkpoint",
    )
    parser.add_argument(
        "--output_dir", required=True, metavar="DIR", help="output directory; created if missing"
    )
    parser.add_argument(
        "--bert_config_file",
        metavar="FILE",
        help="configuration of the checkpoint (default: bert_config.json beside it)",
    )
    parser.add_argument(
        "--vocab_file",
        metavar="FILE",
        help="vocabulary of the checkpoint (default: vocab.txt beside it)",
    )
    parser.add_argument(
        "--do_lower_case",
        type=boolean,
        metavar="BOOL",
        help="whether the checkpoint is uncased (default: by its name, else by its vocabulary)",
    )
    parser.add_argument(
        "--head",
        choices=to_hugging_face.HEADS,
        help="head of the checkpoint to convert (default: what it has)",
    )
    parser.add_argument("--sha256", metavar="HEX", help="expected SHA-256 of model.safetensors")
    options = parser.parse_args()
    tf.logging.set_verbosity(tf.logging.ERROR)
    if is_hugging_face(options.input):
        to_tensorflow(options)
    else:
        to_transformers(options)


if __name__ == "__main__":
    run_program(main, (modeling.ConfigError, tokenization.VocabularyError))
