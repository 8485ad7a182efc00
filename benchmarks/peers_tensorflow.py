# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The TensorFlow sides of peers.py, one a process: this toolkit without padding, or Google's files on the same TensorFlow.

    python -m benchmarks.peers_tensorflow ours|ours-bf16|google [FOLDER_OF_THE_PACKAGE_BERT]
"""

import os
import sys
import tempfile
from collections import namedtuple

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import tensorflow.compat.v1 as tf  # noqa: E402
from absl import flags  # noqa: E402

import modeling  # noqa: E402
import run_pretraining  # noqa: E402
import tokenization  # noqa: E402
from benchmarks import side_process  # noqa: E402
from program.workers import available_cores  # noqa: E402
from squad import examples as squad_examples  # noqa: E402
from squad import windows  # noqa: E402
from training import kernels, session, timed_steps  # noqa: E402
from training.options import KernelOptions  # noqa: E402

Lengths = namedtuple("Lengths", ["max_seq_length", "doc_stride", "max_query_length"])


class Ours:
    """Fused ops, padding removed; freed memory kept, as in a run."""

    def __init__(self, cpu_bf16=False):
        session.start()
        self.kernels = kernels.resolve_kernels(KernelOptions(cpu_bf16=cpu_bf16))
        self.about = "this toolkit, TensorFlow %s, %s" % (tf.VERSION, self.kernels.description)

    def step(self, kind, config_file, arrays, threads):
        config = modeling.BertConfig.from_json_file(config_file)
        session_config = threads_of(threads)
        if kind.startswith("pretraining"):

            def loss():
                features = {name: tf.constant(value) for name, value in arrays.items()}
                outputs = run_pretraining.build_losses(config, features, True, kernels=self.kernels)
                return outputs["masked_lm_loss"] + outputs["next_sentence_loss"]

            return timed_steps.training_step(loss, self.kernels.ops, session_config)
        if kind == "inference":
            return forward(
                lambda: timed_steps.span_model(config, arrays, self.kernels, False), session_config
            )
        return timed_steps.fine_tuning_step(config, arrays, self.kernels, session_config)

    def featurise(self, questions, vocab_file, lengths):
        tokenizer = tokenization.FullTokenizer(vocab_file, do_lower_case=True)
        examples = squad_examples.read_squad_examples(questions, False)
        options = Lengths(*lengths)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "eval.tf_record")
            cores = available_cores()
            return len(windows.write_windows(path, examples, tokenizer, options, False, cores))


class Google:
    """Google's graph, optimizer and featuriser, in a session with the default settings of its programs."""

    def __init__(self, folder):
        sys.path.insert(0, folder)
        from bert import modeling as google_modeling
        from bert import optimization as google_optimization
        from bert import run_pretraining as google_pretraining

        for name in list(flags.FLAGS):  # the next program has flags of the same names
            if flags.FLAGS.find_module_defining_flag(name) == google_pretraining.__name__:
                delattr(flags.FLAGS, name)
        from bert import run_squad as google_squad
        from bert import tokenization as google_tokenization

        self.modeling, self.optimization = google_modeling, google_optimization
        self.pretraining, self.squad = google_pretraining, google_squad
        self.tokenization = google_tokenization
        flags.FLAGS(["peers"], known_only=True)
        tf.logging.set_verbosity(tf.logging.ERROR)
        self.about = "bert-tensorflow 1.0.1 (google-research/bert), TensorFlow %s" % tf.VERSION

    def step(self, kind, config_file, arrays, threads):
        config = self.modeling.BertConfig.from_json_file(config_file)
        inputs = [tf_constants(arrays, name) for name in ("input_ids", "input_mask", "segment_ids")]

        def spans(is_training):
            return self.squad.create_model(config, is_training, *[make() for make in inputs], False)

        if kind == "inference":
            return forward(lambda: spans(False), threads_of(threads))
        with tf.Graph().as_default():
            if kind.startswith("pretraining"):
                loss = self._pretraining_loss(config, arrays, [make() for make in inputs])
            else:
                loss = self._span_loss(spans(True), arrays)
            train = self.optimization.create_optimizer(loss, 1e-5, 1000, 100, False)
            running = tf.Session(config=threads_of(threads))
            running.run(tf.global_variables_initializer())
        return lambda: running.run([loss, train])[0]

    @staticmethod
    def _span_loss(logits, arrays):
        """The losses that run_squad.py computes within its model function."""
        losses = []
        for scores, name in zip(logits, ("start_positions", "end_positions")):
            chosen = tf.one_hot(arrays[name], depth=scores.shape.as_list()[1], dtype=tf.float32)
            products = tf.reduce_sum(chosen * tf.nn.log_softmax(scores, axis=-1), axis=-1)
            losses.append(-tf.reduce_mean(products))
        return (losses[0] + losses[1]) / 2.0

    def _pretraining_loss(self, config, arrays, inputs):
        model = self.modeling.BertModel(config, True, *inputs, use_one_hot_embeddings=False)
        masked = self.pretraining.get_masked_lm_output(
            config,
            model.get_sequence_output(),
            model.get_embedding_table(),
            tf.constant(arrays["masked_lm_positions"]),
            tf.constant(arrays["masked_lm_ids"]),
            tf.constant(arrays["masked_lm_weights"]),
        )
        pairs = self.pretraining.get_next_sentence_output(
            config, model.get_pooled_output(), tf.constant(arrays["next_sentence_labels"])
        )
        return masked[0] + pairs[0]

    def featurise(self, questions, vocab_file, lengths):
        tokenizer = self.tokenization.FullTokenizer(vocab_file, do_lower_case=True)
        found = []
        self.squad.convert_examples_to_features(
            self.squad.read_squad_examples(questions, False),
            tokenizer,
            *lengths,
            False,
            found.append,
        )
        return len(found)


def tf_constants(arrays, name):
    """A function that adds the array to the current graph."""
    return lambda: tf.constant(arrays[name])


def threads_of(threads):
    return tf.ConfigProto(intra_op_parallelism_threads=threads)


def forward(make_logits, session_config):
    """A function that computes the logits once."""
    with tf.Graph().as_default():
        logits = make_logits()
        running = tf.Session(config=session_config)
        running.run(tf.global_variables_initializer())
    return lambda: running.run(logits)


class Side:
    """Answers peers.py."""

    def __init__(self, toolkit):
        self.toolkit, self.call = toolkit, None

    def about(self):
        return self.toolkit.about

    def prepare(self, kind, config_file, inputs, threads):
        self.call = None  # frees the graph before
        arrays = dict(np.load(inputs))
        if kind == "inference":
            arrays = {name: value for name, value in arrays.items() if "position" not in name}
        self.call = self.toolkit.step(kind, config_file, arrays, threads)
        return len(arrays["input_ids"])

    def prepare_features(self, questions, vocab_file, lengths):
        self.call = lambda: self.toolkit.featurise(questions, vocab_file, lengths)
        return self.call()

    def run(self, mode):
        del mode
        return side_process.measured(self.call)


def main():
    if sys.argv[1] == "google":
        side = Side(Google(sys.argv[2]))
    else:
        side = Side(Ours(cpu_bf16=sys.argv[1] == "ours-bf16"))
    side_process.serve(
        {name: getattr(side, name) for name in ("about", "prepare", "prepare_features", "run")}
    )


if __name__ == "__main__":
    main()
