# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A tiny question answerer: a random checkpoint with its files, the questions of tests/squad_runs.py, and stand-ins."""

import os

import numpy as np

import tokenization
from serving import questions
from serving.export_settings import ExportSettings
from tests.squad_runs import CONFIG, VOCABULARY, document, write

SETTINGS = ExportSettings(
    do_lower_case=True,
    max_seq_length=32,
    doc_stride=10,
    max_query_length=8,
    version_2_with_negative=False,
    n_best_size=5,
    max_answer_length=6,
    null_score_diff_threshold=0.0,
    precision="fp32",
    checkpoint="",
)
FLAGS = ["--max_seq_length=32", "--doc_stride=10", "--max_query_length=8"]


def write_model(folder, seed=1):
    """Writes model.ckpt, bert_config.json and vocab.txt into a directory; returns the prefix.

    The weights are large, so that answers differ from question to question.
    """
    import tensorflow.compat.v1 as tf  # the rest of this module is also for tests without it

    import modeling
    from training import span_head

    config = modeling.BertConfig.from_dict(dict(CONFIG, initializer_range=0.4))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        model = modeling.BertModel(config, False, tf.zeros([1, 1], tf.int32), scope="bert")
        span_head.span_logits(config, model.get_sequence_output())
        session.run(tf.global_variables_initializer())
        prefix = os.path.join(str(folder), "model.ckpt")
        tf.train.Saver().save(session, prefix, write_meta_graph=False)
    write(folder / "bert_config.json", CONFIG)
    write_vocabulary(folder)
    return prefix


def write_vocabulary(folder):
    """Writes vocab.txt; returns its tokenizer."""
    path = write(folder / "vocab.txt", "\n".join(VOCABULARY) + "\n")
    return tokenization.FullTokenizer(path)


def asked(count, seed=3):
    """List of dict with id, question and context; the contexts take one window or several."""
    found = []
    for article in document(count, seed)["data"]:
        for paragraph in article["paragraphs"]:
            (qa,) = paragraph["qas"]
            found.append(
                {"id": qa["id"], "question": qa["question"], "context": paragraph["context"]}
            )
    return found


def parsed(count, seed=3):
    """The same as list of questions.Question."""
    return [questions.parse(one) for one in asked(count, seed)]


class HashModel:
    """A model without TensorFlow: logits are functions of a window's tokens alone, so that batches do not matter.

    `batches` has the shape and the number of real tokens of each batch.
    """

    def __init__(self, skips_padding=False):
        self.skips_padding = skips_padding
        self.batches = []

    def logits(self, input_ids, input_mask, segment_ids):
        self.batches.append((input_ids.shape, int(input_mask.sum())))
        start, end = [], []
        for ids, mask, segments in zip(input_ids, input_mask, segment_ids):
            row = ids[: mask.sum()]
            random = np.random.RandomState(
                (int((row * np.arange(1, len(row) + 1)).sum()) + segments.sum()) % 2**31
            )
            padding = [-1e4] * (len(ids) - len(row))
            start.append(np.append(random.normal(size=len(row)), padding))
            end.append(np.append(random.normal(size=len(row)), padding))
        return np.array(start, np.float32), np.array(end, np.float32)
