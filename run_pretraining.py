# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Pre-trains BERT: masked language model and next sentence prediction, from TFRecords to a checkpoint.

Objectives: Devlin et al. 2018, section 3.1 (https://arxiv.org/abs/1810.04805). Records: create_pretraining_data.py.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
import functools
import math
import os
from collections import OrderedDict

import tensorflow.compat.v1 as tf
from absl import flags

import modeling
from fused_ops import selection
from fused_ops.padding import rows_at
from fused_ops.weights import cast
from pretraining.training_options import PretrainingOptions
from program import command_line
from program.files import comma_separated, expand, write_whole
from program.options import OptionError
from program.records import fields
from training import (
    checkpoints,
    data_record,
    feed,
    held_out,
    hooks,
    inputs,
    loop,
    magnitudes,
    position,
    progress,
    run_directory,
    session,
    train_op,
)
from training.job import USER_ERRORS, check_length, option_groups, run_program, say
from training.kernels import PLAIN
from training.precision import precision_hooks
from training.start import after_training, find_start

EVAL_RESULTS_FILE = "eval_results.txt"

CONSOLE_COLUMNS = [
    progress.Column("rank", "rank", "%4d"),
    progress.Column("step", "step", "%9d"),
    progress.Column("sequences/sec", "sequences_per_second", "%13.2f"),
    progress.Column("MLM loss", "masked_lm_loss", "%9.4f"),
    progress.Column("NSP loss", "next_sentence_loss", "%9.4f"),
    progress.Column("total loss", "loss", "%10.4f"),
    progress.Column("learning rate", "learning_rate", "%13.6e"),
]


GROUPS = option_groups(PretrainingOptions)

# Shapes below: B sequences, S tokens in each, P masked positions in each, H hidden width, V vocabulary.


def masked_lm(
    config,
    sequence_output,
    embedding_table,
    positions,
    ops=selection.PLAIN,
    compute_type=tf.float32,
):
    """The masked language model head: predicts the tokens at `positions` (Devlin et al. 2018, task 1).

    The positions are gathered first: the vocabulary product then has B*P rows instead of B*S.

    Args:
      config: BertConfig.
      sequence_output: [B, S, H].
      embedding_table: [V, H], tied: it is the output matrix, too.
      positions: int32 [B, P].
      ops: fused_ops.selection.Ops.
      compute_type: of the dense products and the logits; whatever sums over the vocabulary does so in float32.

    Returns:
      Logits, compute_type [B*P, V].
    """
    width = config.hidden_size
    with tf.variable_scope("cls/predictions"):
        hidden = tf.cast(gather_positions(sequence_output, positions), compute_type)
        with tf.variable_scope("transform"):
            with tf.variable_scope("dense"):
                kernel = tf.get_variable(
                    "kernel",
                    [width, width],
                    initializer=modeling.create_initializer(config.initializer_range),
                )
                bias = tf.get_variable("bias", [width], initializer=tf.zeros_initializer())
            hidden = modeling.bias_activation(
                ops.matmul(hidden, cast(kernel, compute_type)),
                bias,
                config.hidden_act,
                ops,
            )
            with tf.variable_scope("LayerNorm"):
                gamma = tf.get_variable("gamma", [width], initializer=tf.ones_initializer())
                beta = tf.get_variable("beta", [width], initializer=tf.zeros_initializer())
            hidden = ops.layer_norm(hidden, gamma, beta)
        output_bias = tf.get_variable(
            "output_bias", [config.vocab_size], initializer=tf.zeros_initializer()
        )
        logits = ops.matmul(hidden, cast(embedding_table, compute_type), transpose_b=True)
        return tf.nn.bias_add(logits, cast(output_bias, compute_type))


def gather_positions(sequence, positions):
    """Vectors [B*P, H] of `sequence` [B, S, H] at `positions` [B, P]."""
    _, length, width = modeling.get_shape_list(sequence, expected_rank=3)
    return tf.gather(tf.reshape(sequence, [-1, width]), rows_at(positions, length))


def next_sentence(config, pooled_output):
    """The next sentence head: is segment B the text after segment A (Devlin et al. 2018, task 2)?

    Args:
      config: BertConfig.
      pooled_output: [B, H].

    Returns:
      Logits, float32 [B, 2]: 0 is next, 1 random.
    """
    with tf.variable_scope("cls/seq_relationship"):
        weights = tf.get_variable(
            "output_weights",
            [2, config.hidden_size],
            initializer=modeling.create_initializer(config.initializer_range),
        )
        bias = tf.get_variable("output_bias", [2], initializer=tf.zeros_initializer())
        return tf.nn.bias_add(tf.matmul(pooled_output, weights, transpose_b=True), bias)


def num_predictions(features):
    """The weight of all masked positions of a batch, float32 scalar."""
    # The small constant keeps a batch without any prediction from dividing by zero.
    return tf.reduce_sum(features["masked_lm_weights"]) + 1e-5


def build_losses(
    config,
    features,
    is_training,
    compute_type=tf.float32,
    kernels=PLAIN,
    lm_divisor=None,
):
    """The model, both heads and their losses.

    Args:
      config: BertConfig.
      features: dict of a batch, see fields.pretraining_schema.
      is_training: bool, whether dropout acts.
      compute_type: see modeling.BertModel.
      kernels: kernels.Kernels.
      lm_divisor: float32 scalar that the sum of masked LM losses is divided by; None: num_predictions(features).

    Returns:
      dict: "model", the modeling.BertModel; "masked_lm_logits" [B*P, V], "masked_lm_losses" [B*P] (weight times cross entropy of each prediction,
      so 0 at padding), "masked_lm_loss" (scalar, mean over those with weight), "next_sentence_logits" [B, 2],
      "next_sentence_losses" [B], "next_sentence_loss" (scalar mean); the tensors are float32.
    """
    model = modeling.BertModel(
        config,
        is_training,
        features["input_ids"],
        input_mask=features["input_mask"],
        token_type_ids=features["segment_ids"],
        scope="bert",
        compute_type=compute_type,
        ops=kernels.ops,
        remove_padding=kernels.remove_padding,
        output_positions=features["masked_lm_positions"],
    )
    lm_logits = masked_lm(
        config,
        model.get_sequence_output(),
        model.get_embedding_table(),
        features["masked_lm_positions"],
        kernels.ops,
        compute_type,
    )
    weights = tf.reshape(features["masked_lm_weights"], [-1])
    lm_losses = kernels.ops.softmax_cross_entropy(
        lm_logits, tf.reshape(features["masked_lm_ids"], [-1]), weights
    )
    ns_logits = next_sentence(config, model.get_pooled_output())
    ns_losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.reshape(features["next_sentence_labels"], [-1]), logits=ns_logits
    )
    return {
        "model": model,
        "masked_lm_logits": lm_logits,
        "masked_lm_losses": lm_losses,
        "masked_lm_loss": tf.reduce_sum(lm_losses)
        / (num_predictions(features) if lm_divisor is None else lm_divisor),
        "next_sentence_logits": ns_logits,
        "next_sentence_losses": ns_losses,
        "next_sentence_loss": tf.reduce_mean(ns_losses),
    }


def build_model(config):
    """Adds the model and both heads to the graph, for one sequence of one token: which variables there are."""
    names = ("input_ids", "input_mask", "segment_ids", "masked_lm_positions", "masked_lm_ids")
    features = {name: tf.zeros([1, 1], tf.int32) for name in names + ("next_sentence_labels",)}
    features["masked_lm_weights"] = tf.ones([1, 1])
    build_losses(config, features, False)


def eval_metrics(features, outputs):
    """Streaming metrics over all predictions and all pairs evaluated, whatever the batches.

    Args:
      features: dict of a batch, see fields.pretraining_schema.
      outputs: see build_losses.

    Returns:
      dict, name -> (value, update op).
    """
    weights = tf.reshape(features["masked_lm_weights"], [-1])
    labels = tf.reshape(features["next_sentence_labels"], [-1])
    return {
        "masked_lm_accuracy": tf.metrics.accuracy(
            tf.reshape(features["masked_lm_ids"], [-1]),
            tf.argmax(outputs["masked_lm_logits"], axis=-1, output_type=tf.int32),
            weights=weights,
        ),
        "masked_lm_loss": tf.metrics.mean(
            tf.div_no_nan(outputs["masked_lm_losses"], weights), weights=weights
        ),
        "next_sentence_accuracy": tf.metrics.accuracy(
            labels, tf.argmax(outputs["next_sentence_logits"], axis=-1, output_type=tf.int32)
        ),
        "next_sentence_loss": tf.metrics.mean(outputs["next_sentence_losses"]),
        "eval_sequences": _count(tf.size(labels)),
    }


def _count(number):
    """A metric that sums an int scalar over batches."""
    total = tf.get_variable(
        "eval_sequences",
        [],
        tf.int64,
        initializer=tf.zeros_initializer(),
        trainable=False,
        collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES],
    )
    update = tf.assign_add(total, tf.cast(number, tf.int64))
    return tf.identity(total), update


def make_model_fn(job, start, at=None):
    """The Estimator model function for training and evaluation.

    The masked LM loss is the mean over all predictions that one process computes in a step. So K accumulated
    micro-batches equal one batch of K times the size exactly, however unevenly predictions are spread over them; over
    ranks it is the mean of such means, which weighs a prediction more on a rank whose sequences have fewer.

    Args:
      job: job.Job with PretrainingOptions.
      start: start.Start.
      at: position.Position at which training starts; None: dropout masks come from the graph's generator.
    """
    build = functools.partial(build_losses, job.config, compute_type=job.precision.compute_type)

    def model_fn(features, labels, mode):
        del labels
        if mode != tf.estimator.ModeKeys.TRAIN:
            outputs = build(features, False, kernels=job.kernels)
            checkpoints.give_initial_values(start, is_training=False)
            return tf.estimator.EstimatorSpec(
                mode=mode,
                loss=outputs["masked_lm_loss"] + outputs["next_sentence_loss"],
                evaluation_hooks=precision_hooks(job.precision),
                eval_metric_ops=eval_metrics(features, outputs),
            )

        lm_divisor = num_predictions(features) / job.optimizer.num_accumulation_steps

        def loss_fn(micro_batch):
            kernels = position.kernels_of(job, at, micro_batch)
            outputs = build(micro_batch, True, kernels=kernels, lm_divisor=lm_divisor)
            shown = OrderedDict(
                (name, outputs[name]) for name in ("masked_lm_loss", "next_sentence_loss")
            )
            total = tf.add_n(list(shown.values()), name="total_loss")
            if job.run.replay_step:
                logits = [
                    ("masked LM logits", outputs["masked_lm_logits"]),
                    ("next sentence logits", outputs["next_sentence_logits"]),
                ]
                shown.update(magnitudes.of_model(outputs["model"], logits))
            return total, shown

        step = train_op.make_train_op(
            loss_fn,
            features,
            job.optimizer,
            job.runtime,
            job.precision,
            job.kernels.ops,
        )
        checkpoints.give_initial_values(start, True, job.run)
        return hooks.training_spec(job, step, CONSOLE_COLUMNS, job.task.report_loss)

    return model_fn


def run(job):
    """Trains, evaluates, or both; of several ranks the first evaluates.

    Args:
      job: job.Job with PretrainingOptions.

    Returns:
      The evaluation's figures (dict), or None without evaluation.

    Raises:
      OptionError, RecordError, CheckpointError: an input is invalid. Nothing has been trained yet,
        except where a record in the middle of a file is invalid.
      hooks.DivergedError: the loss became infinite or NaN.
    """
    check_length(job)
    task = job.task
    schema = fields.pretraining_schema(
        task.max_seq_length,
        task.max_predictions_per_seq,
        job.config.vocab_size,
        job.config.type_vocab_size,
    )
    train_files = _files("input_file", task.input_file, schema) if task.do_train else None
    eval_files = _eval_files(job, schema, train_files or []) if task.do_eval else None

    def data():
        return {"input_file": data_record.of_files(train_files)}, data_record.lower_cased(
            train_files
        )

    with run_directory.opened("run_pretraining", job, _find_start, build_model, data) as opened:
        job, start, record = opened
        if task.do_train:
            _train(job, start, train_files, schema, record)
            start = after_training(job)
        # The other ranks are done: none waits for the evaluation, which needs no communication.
        if task.do_eval and job.runtime.is_chief:
            return _evaluate(job, start, eval_files, schema, record)
        return None


def _files(flag, patterns, schema):
    files = expand("--" + flag, comma_separated(patterns), ignored_endings=(".json",))
    return inputs.usable_files(files, schema)


def _eval_files(job, schema, train_files):
    if not job.task.eval_input_file:
        return train_files or _files("input_file", job.task.input_file, schema)
    files = _files("eval_input_file", job.task.eval_input_file, schema)
    warning = held_out.overlap_warning(files, train_files)
    if warning and job.runtime.is_chief:
        tf.logging.warning("%s", warning)
    return files


def _find_start(job):
    start = find_start(job)
    if job.runtime.is_chief and not job.task.do_train and start.checkpoint is None:
        raise OptionError(
            "--do_eval: nothing to evaluate: --output_dir=%s contains no checkpoint and --init_checkpoint is not given"
            % job.run.output_dir
        )
    return start


def _train(job, start, files, schema, record):
    last_step, runtime = job.optimizer.num_train_steps, job.runtime
    loop.check_replay(job)
    if start.step >= last_step:
        say(
            "already trained to step %d of --num_train_steps=%d: nothing to train%s"
            % (start.step, last_step, record.data_note("--num_train_steps")),
            runtime,
        )
        return
    source, at = feed.open_records(job, start, files, schema)
    if not job.run.replay_step:
        say(
            "training from step %d to %d: %d sequences per step, %d input files"
            % (start.step, last_step, job.sequences_per_step, len(files)),
            runtime,
        )
    loop.train(job, start, source, at, make_model_fn(job, start, at), record)


def _evaluate(job, start, files, schema, record):
    task = job.task
    say(
        "evaluating %s: at most %d batches of %d sequences, %s"
        % (
            start.checkpoint,
            task.max_eval_steps,
            task.eval_batch_size,
            held_out.described(files, bool(task.eval_input_file), task.do_train),
        )
    )
    throughput = hooks.ThroughputHook(task.eval_batch_size)
    estimator = session.make_estimator(job, make_model_fn(job, start))
    with inputs.named_record_errors(files, schema):
        figures = estimator.evaluate(
            lambda: inputs.evaluation_dataset(files, schema, task.eval_batch_size),
            steps=task.max_eval_steps,
            hooks=[throughput],
            checkpoint_path=start.checkpoint if start.resumes else None,
        )
    figures = complete_figures(figures)
    lines = ["%s = %s" % (name, value) for name, value in sorted(figures.items())]
    path = os.path.join(job.run.output_dir, EVAL_RESULTS_FILE)
    write_whole(path, "".join(line + "\n" for line in lines))
    say("***** Eval results *****")
    for line in lines:
        say("  " + line)
    processed = figures["eval_sequences"]
    for line in hooks.summary_lines("Inference", 0, throughput, sentences=processed):
        say(line)
    record.result("evaluation", figures)
    return figures


def complete_figures(figures):
    """The eight figures, from Estimator's.

    Estimator's own loss is a mean over batches, in which a small last batch counts as much as a full one; here
    `loss` is the sum of the two losses, each over everything that was evaluated.

    Args:
      figures: dict that Estimator.evaluate returned.
    """
    result = {
        name: float(figures[name])
        for name in (
            "masked_lm_accuracy",
            "masked_lm_loss",
            "next_sentence_accuracy",
            "next_sentence_loss",
        )
    }
    result["loss"] = result["masked_lm_loss"] + result["next_sentence_loss"]
    result["masked_lm_perplexity"] = math.exp(
        min(result["masked_lm_loss"], 700.0)
    )  # exp(710) overflows
    result["global_step"] = int(figures["global_step"])
    result["eval_sequences"] = int(figures["eval_sequences"])
    return result


def define_flags():
    """The flags of docs/interface.md §2 for this program, and its own."""
    command_line.define_flags(*GROUPS)


def main(_):
    """Flags to options; nothing below reads a flag."""
    run_program(run, flags.FLAGS.flag_values_dict(), PretrainingOptions)


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(main, USER_ERRORS)
