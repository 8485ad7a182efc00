# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Makes the inputs of model_gpu.py where TensorFlow is: real windows and instances as one small file.

    python -m benchmarks.gpu.model_inputs --questions SQUAD_JSON --text TEXT --vocab_file VOCAB --output FILE.npz

SQUAD_JSON is a file in the format of SQuAD v1.1; TEXT has one sentence a line and a blank line between documents, as
create_pretraining_data.py takes it. The arrays are named "squad/<feature>", "pretraining_<S>/<feature>" [rows, ...], by the
names of program/records/fields.py; rows are in a fixed random order, so that any first batch is a fair sample.
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

import tokenization  # noqa: E402
from squad import examples as squad_examples  # noqa: E402
from squad import features as squad_features  # noqa: E402

WINDOW = {"max_seq_length": 384, "doc_stride": 128, "max_query_length": 64}
PRETRAINING = {128: 20, 512: 80}  # tokens of a sequence: predictions of a sequence


def squad_windows(path, vocab_file, rows, generator):
    """dict of int32 arrays: `rows` windows drawn from the questions of a SQuAD file."""
    tokenizer = tokenization.FullTokenizer(vocab_file, do_lower_case=True)
    examples = squad_examples.read_squad_examples(path, True, False)
    windows = list(squad_features.convert_examples(examples, tokenizer, is_training=True, **WINDOW))
    chosen = [windows[i] for i in generator.permutation(len(windows))[:rows]]
    names = {
        "unique_ids": "unique_id",
        "input_ids": "input_ids",
        "input_mask": "input_mask",
        "segment_ids": "segment_ids",
        "start_positions": "start_position",
        "end_positions": "end_position",
    }
    return {
        key: np.array([getattr(w, name) for w in chosen], np.int32) for key, name in names.items()
    }


def pretraining_instances(path, vocab_file, length, rows, generator):
    """dict of arrays: `rows` instances that create_pretraining_data.py makes of a text."""
    import tensorflow.compat.v1 as tf

    from program.records.fields import pretraining_schema
    from training.records import parse

    schema = pretraining_schema(length, PRETRAINING[length])
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "instances.tfrecord")
        program = os.path.join(ROOT, "create_pretraining_data.py")
        arguments = [
            "--input_file",
            path,
            "--output_file",
            output,
            "--vocab_file",
            vocab_file,
            "--dupe_factor",
            "1",
        ]
        arguments += [
            "--max_seq_length",
            str(length),
            "--max_predictions_per_seq",
            str(PRETRAINING[length]),
        ]
        subprocess.check_call([sys.executable, program] + arguments, stdout=subprocess.DEVNULL)
        with tf.Graph().as_default(), tf.Session() as session:
            dataset = (
                tf.data.TFRecordDataset(output).batch(1 << 14).map(functools.partial(parse, schema))
            )
            arrays = session.run(tf.data.make_one_shot_iterator(dataset).get_next())
    chosen = generator.permutation(len(arrays["input_ids"]))[:rows]
    return {
        name: value[chosen].astype(np.float32 if value.dtype.kind == "f" else np.int32)
        for name, value in arrays.items()
    }


def padding(mask):
    """The part of [rows, S] that is padding."""
    return 1.0 - float(np.mean(mask))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("questions", "text", "vocab_file", "output"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rows", type=int, default=320, help="of each kind; default %(default)s")
    options = parser.parse_args()
    generator = np.random.RandomState(0)
    groups = {
        "squad": squad_windows(options.questions, options.vocab_file, options.rows, generator)
    }
    for length in sorted(PRETRAINING):
        groups["pretraining_%d" % length] = pretraining_instances(
            options.text, options.vocab_file, length, options.rows, generator
        )
    arrays = {
        "%s/%s" % (group, name): value
        for group, values in groups.items()
        for name, value in values.items()
    }
    np.savez_compressed(options.output, **arrays)
    for group, values in sorted(groups.items()):
        mask = values["input_mask"]
        print(
            "%s: %d rows of %d tokens, %.0f %% padding"
            % ((group,) + mask.shape + (100 * padding(mask),))
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
