# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fine-tunes BERT on SQuAD v1.1 or v2.0 and answers questions with it.

Method: Devlin et al. 2018, sections 4.2 and 4.3 (https://arxiv.org/abs/1810.04805). Writes
predictions.json, nbest_predictions.json and, for v2.0, null_odds.json into output_dir; score them
with `python -m squad.evaluate`.
"""


import functools
import os
import random
import time
from collections import OrderedDict

import tensorflow.compat.v1 as tf
from absl import flags

import modeling
import tokenization
from program import command_line
from program.options import OptionError, with_changes
from program.records import fields
from squad import examples as squad_examples
from squad import predictions as squad_predictions
from squad import windows
from squad.features import check_lengths
from squad.options import VERBOSE_WINDOWS, SquadOptions
from training import (
    checkpoints,
    hooks,
    inputs,
    metrics,
    progress,
    records,
    run_record,
    session,
    train_op,
)
from training import kernels as kernel_choice
from training import precision as precisions
from training import runtime as runtimes
from training.options import (
    KernelOptions,
    ModelOptions,
    OptimizerOptions,
    PrecisionOptions,
    RunOptions,
    RuntimeOptions,
)

CONSOLE_COLUMNS = [
    progress.Column("rank", "rank", "%4d"),
    progress.Column("step", "step", "%9d"),
    progress.Column("sequences/sec", "sequences_per_second", "%13.2f"),
    progress.Column("loss", "loss", "%9.4f"),
    progress.Column("learning rate", "learning_rate", "%13.6e"),
]

_HEAD = "cls/squad"
_SHUFFLE_WINDOWS = 20000  # some 50 MB of serialized windows of 384 tokens
_SECONDS_BETWEEN_REPORTS = 5.0


class FineTuningOptions(OptimizerOptions):
    """The optimizer's options for fine-tuning, where the numbers of steps follow from the epochs."""

    OPTIONS = with_changes(
        OptimizerOptions.OPTIONS,
        learning_rate={"default": 5e-6},
        num_train_steps={"is_flag": False},
        num_warmup_steps={"is_flag": False},
    )


GROUPS = (
    ModelOptions,
    SquadOptions,
    RunOptions,
    FineTuningOptions,
    PrecisionOptions,
    KernelOptions,
    RuntimeOptions,
)

# Shapes below: B windows in a batch, S tokens in each, H hidden width.


def span_logits(config, sequence_output):
    """The span head: how well each token starts, and how well it ends, the answer.

    Args:
      config: BertConfig.
      sequence_output: float32 [B, S, H].

    Returns:
      (start logits, end logits), float32 [B, S] each.
    """
    batch_size, length, width = modeling.get_shape_list(sequence_output, expected_rank=3)
    with tf.variable_scope(_HEAD):
        weights = tf.get_variable(
            "output_weights",
            [2, width],
            initializer=modeling.create_initializer(config.initializer_range),
        )
        bias = tf.get_variable("output_bias", [2], initializer=tf.zeros_initializer())
        logits = tf.matmul(tf.reshape(sequence_output, [-1, width]), weights, transpose_b=True)
        logits = tf.reshape(tf.nn.bias_add(logits, bias), [batch_size, length, 2])
        start_logits, end_logits = tf.unstack(logits, axis=2)
        return start_logits, end_logits


def span_loss(start_logits, end_logits, features):
    """The mean of the cross entropies of the answer's first and last token over all S positions.

    Args:
      start_logits, end_logits: float32 [B, S].
      features: dict with "start_positions" and "end_positions", int32 [B]; 0 where the window has no
        answer.

    Returns:
      float32 scalar.
    """
    losses = [
        tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        for labels, logits in (
            (features["start_positions"], start_logits),
            (features["end_positions"], end_logits),
        )
    ]
    return tf.multiply(0.5, losses[0] + losses[1], name="span_loss")


def make_model_fn(
    config,
    options,
    run_options,
    optimizer_options,
    precision,
    runtime,
    kernels,
    prediction_checkpoint=None,
):
    """The Estimator model function for training and prediction.

    Args:
      config: BertConfig.
      options: SquadOptions.
      run_options, optimizer_options: RunOptions, OptimizerOptions.
      precision: precision.Precision.
      runtime: a runtime.
      kernels: kernels.Kernels.
      prediction_checkpoint: str, prefix of the checkpoint to predict with; None where the variables come from
        another rank.
    """

    def model_fn(features, labels, mode):
        del labels
        is_training = mode == tf.estimator.ModeKeys.TRAIN

        def answer(features):
            model = modeling.BertModel(
                config,
                is_training,
                features["input_ids"],
                input_mask=features["input_mask"],
                token_type_ids=features["segment_ids"],
                scope="bert",
                compute_type=precision.compute_type,
                ops=kernels.ops,
                remove_padding=kernels.remove_padding,
            )
            return span_logits(config, model.get_sequence_output())

        def loss_fn(features):
            start_logits, end_logits = answer(features)
            return span_loss(start_logits, end_logits, features), OrderedDict()

        if not is_training:
            start_logits, end_logits = answer(features)
            return tf.estimator.EstimatorSpec(
                mode=mode,
                scaffold=(
                    checkpoints.prediction_scaffold(prediction_checkpoint)
                    if prediction_checkpoint
                    else None
                ),
                prediction_hooks=precisions.hooks(precision),
                predictions={
                    "unique_id": features["unique_ids"],
                    "start_logits": start_logits,
                    "end_logits": end_logits,
                },
            )
        step = train_op.make_train_op(
            loss_fn, features, optimizer_options, runtime, precision, kernels.ops
        )
        checkpoints.give_initial_values(run_options, is_training)
        return hooks.training_spec(
            step.loss,
            step.train_op,
            step.scalars,
            step.values,
            CONSOLE_COLUMNS,
            run_options,
            runtime,
            progress.Pace(
                options.train_batch_size * optimizer_options.num_accumulation_steps * runtime.size,
                options.max_seq_length,
                optimizer_options.num_train_steps,
            ),
            loss_scale=step.loss_scale,
            extra_hooks=precisions.hooks(precision),
        )

    return model_fn


def run(
    config, options, run_options, optimizer_options, precision, runtime, kernels=kernel_choice.PLAIN
):
    """Trains, answers questions, or both.

    Args:
      config: BertConfig.
      options: SquadOptions.
      run_options: RunOptions.
      optimizer_options: OptimizerOptions; the numbers of steps are worked out here.
      precision: precision.Precision.
      runtime: a runtime.
      kernels: kernels.Kernels.

    Returns:
      list of str, the paths of the files with the answers; empty without prediction, and on ranks
      other than the first.

    Raises:
      OptionError, ConfigError, VocabularyError, SquadDataError, CheckpointError: what the user gave
        cannot work; nothing was trained yet.
      hooks.DivergedError: the loss became infinite or NaN.
    """
    # All that can be wrong with files and flags comes to light here, before hours of training.
    tokenizer = _checked_tokenizer(config, options, run_options)
    training_examples = (
        _read(options.train_file, True, options, runtime) if options.do_train else None
    )
    questions = _read(options.predict_file, False, options, runtime) if options.do_predict else None
    if runtime.is_chief:
        session.make_output_dir(run_options.output_dir)
        if not options.do_train:
            prediction_checkpoint(run_options)
        elif run_options.init_checkpoint:
            checkpoints.initial_checkpoint(run_options)
    run_options = session.options_of_rank(run_options, runtime)
    tf.logging.info(precision.description)
    tf.logging.info(kernels.description)

    with run_record.recorded(
        "run_squad",
        run_options.output_dir,
        [options, run_options, optimizer_options],
        config.to_dict(),
        runtime,
        {"precision": precision.description, "kernels": kernels.description},
    ) as record:
        if options.do_train:
            _train(
                config,
                options,
                run_options,
                optimizer_options,
                precision,
                runtime,
                kernels,
                tokenizer,
                training_examples,
                record,
            )
        if questions is None:
            return []
        checkpoint = None  # other ranks get the variables from the first
        if runtime.is_chief:
            checkpoint = (
                tf.train.latest_checkpoint(run_options.output_dir)
                if options.do_train
                else prediction_checkpoint(run_options)
            )
        return _predict(
            config,
            options,
            run_options,
            precision,
            runtime,
            kernels,
            tokenizer,
            questions,
            checkpoint,
            record,
        )


def _checked_tokenizer(config, options, run_options):
    """Checks lengths, vocabulary and casing against the model; returns the tokenizer."""
    check_lengths(options.max_seq_length, options.doc_stride, options.max_query_length)
    if options.max_seq_length > config.max_position_embeddings:
        raise OptionError(
            "--max_seq_length=%d is more than the %d positions (max_position_embeddings) of "
            "--bert_config_file" % (options.max_seq_length, config.max_position_embeddings)
        )
    tokenization.validate_case_matches_checkpoint(
        options.do_lower_case, run_options.init_checkpoint
    )
    tokenizer = tokenization.FullTokenizer(options.vocab_file, do_lower_case=options.do_lower_case)
    if len(tokenizer.vocab) > config.vocab_size:
        raise OptionError(
            "--vocab_file=%s has %d tokens, but the model of --bert_config_file only %d "
            "(vocab_size): they do not belong together"
            % (options.vocab_file, len(tokenizer.vocab), config.vocab_size)
        )
    return tokenizer


def _read(path, is_training, options, runtime):
    read = squad_examples.read_squad_examples(path, is_training, options.version_2_with_negative)
    _say("%s: %d questions" % (path, len(read)), runtime)
    if len(read) < runtime.size:
        raise OptionError(
            "%s: %d questions cannot be shared by %d ranks: start fewer processes"
            % (path, len(read), runtime.size)
        )
    return read


def prediction_checkpoint(run_options):
    """The checkpoint to answer with, when this run did not train one.

    It is init_checkpoint if that can answer questions, else the latest of output_dir: people name the
    pre-trained checkpoint they began with when they predict again from a trained output_dir.

    Raises:
      CheckpointError: neither there nor here is one with a span head.
    """
    tried = []
    for path in (run_options.init_checkpoint, tf.train.latest_checkpoint(run_options.output_dir)):
        if path:
            prefix = checkpoints.resolve(path)
            if _HEAD + "/output_weights" in checkpoints.variable_shapes(prefix):
                return prefix
            tried.append(prefix)
    if tried:
        raise checkpoints.CheckpointError(
            "%s: has no span head (%s/output_weights), so its answers would be random: train it first "
            "with --do_train, or name a checkpoint trained on SQuAD" % (tried[0], _HEAD)
        )
    raise checkpoints.CheckpointError(
        "--do_predict: --output_dir=%s holds no checkpoint and there is no --init_checkpoint"
        % run_options.output_dir
    )


def _train(
    config,
    options,
    run_options,
    optimizer_options,
    precision,
    runtime,
    kernels,
    tokenizer,
    examples,
    record,
):
    """Trains on this rank's share of the examples, up to the step where the epochs end.

    The ranks make the windows of the whole data once between them: each those of its own share, which it keeps.
    """
    per_process = options.train_batch_size * optimizer_options.num_accumulation_steps
    batch_size = per_process * runtime.size
    num_steps = int(len(examples) / batch_size * options.num_train_epochs)
    if num_steps < 1:
        raise OptionError(
            "%s: %d questions do not make one batch of %d: lower --train_batch_size or "
            "--num_accumulation_steps, or raise --num_train_epochs"
            % (options.train_file, len(examples), batch_size)
        )
    optimizer_options = optimizer_options.replace(
        num_train_steps=num_steps, num_warmup_steps=int(num_steps * options.warmup_proportion)
    )
    record.note(num_train_steps=num_steps, num_warmup_steps=optimizer_options.num_warmup_steps)
    done = session.start_step(run_options, runtime)
    if done >= num_steps:
        _say("already trained to step %d of %d: nothing to train" % (done, num_steps), runtime)
        return
    # All ranks shuffle alike, then each takes its share: windows of one text end up far apart.
    examples = list(examples)
    random.Random(run_options.random_seed).shuffle(examples)
    schema = fields.squad_schema(options.max_seq_length, is_training=True)
    path = os.path.join(run_options.output_dir, "train.tf_record")
    _, num_windows = _write_windows(
        path, examples[runtime.rank :: runtime.size], tokenizer, options, True
    )
    num_windows = sum(
        runtime.gather(num_windows)
    )  # and none begins to train while another is not ready
    _say(
        "training from step %d to %d: %d questions, %d windows, %d windows a step"
        % (done, num_steps, len(examples), num_windows, batch_size),
        runtime,
    )
    throughput = hooks.ThroughputHook(batch_size)
    estimator = session.make_estimator(
        make_model_fn(config, options, run_options, optimizer_options, precision, runtime, kernels),
        run_options,
        precision,
        runtime,
    )
    with inputs.named_record_errors([path], schema):
        estimator.train(
            lambda: training_dataset(path, schema, per_process),
            hooks=[throughput],
            max_steps=num_steps,
        )
    for line in hooks.summary_lines("Training", runtime.rank, throughput):
        _say(line)
    record.result("training", throughput.figures())


def training_dataset(path, schema, batch_size):
    """Endless batches in which every window comes once before any comes again (data sets are small).

    Args:
      path: str, a file of `windows.write_windows`.
      schema: fields.Schema.
      batch_size: int.

    Returns:
      tf.data.Dataset of dicts, feature name -> [batch_size, ...].
    """
    dataset = tf.data.TFRecordDataset(path).shuffle(_SHUFFLE_WINDOWS).repeat()
    return (
        dataset.batch(batch_size, drop_remainder=True)
        .map(functools.partial(records.parse, schema))
        .prefetch(2)
    )


def _write_windows(path, examples, tokenizer, options, is_training):
    """As windows.write_windows, with progress and, if asked for, the first windows shown."""
    report = _Progress("windows made of %%d of %d questions" % len(examples))
    left_to_show = list(range(VERBOSE_WINDOWS if options.verbose_logging else 0))

    def on_window(feature):
        if left_to_show:
            left_to_show.pop()
            _log_window(feature, examples[feature.example_index], is_training)
        report(feature.example_index + 1)

    return windows.write_windows(path, examples, tokenizer, options, is_training, on_window)


def _log_window(feature, example, is_training):
    tf.logging.info(
        "window %d (question %s, part %d): %s",
        feature.unique_id,
        example.qas_id,
        feature.window_index,
        " ".join(feature.tokens),
    )
    if is_training:
        tf.logging.info(
            "  answer: tokens %d to %d: %s",
            feature.start_position,
            feature.end_position,
            " ".join(feature.tokens[feature.start_position : feature.end_position + 1]),
        )


def _predict(
    config,
    options,
    run_options,
    precision,
    runtime,
    kernels,
    tokenizer,
    questions,
    checkpoint,
    record,
):
    """Answers questions with a checkpoint, each rank its share; returns the paths of the files that the first writes."""
    own = questions[runtime.rank :: runtime.size]
    path = os.path.join(run_options.output_dir, "eval.tf_record")
    features, num_windows = _write_windows(path, own, tokenizer, options, False)
    all_windows = sum(runtime.gather(num_windows))
    _say(
        "predicting with %s: %d questions, %d windows, %d windows a batch%s"
        % (
            checkpoint,
            len(questions),
            all_windows,
            options.predict_batch_size,
            " on each of %d ranks" % runtime.size if runtime.size > 1 else "",
        ),
        runtime,
    )
    results, throughput, latency = _raw_results(
        config, options, run_options, precision, runtime, kernels, path, num_windows, checkpoint
    )
    for line in hooks.summary_lines("Inference", runtime.rank, throughput, sentences=num_windows):
        _say(line)
    if runtime.is_chief:
        _record_latency(run_options, options, latency, throughput, num_windows, record)
    answered = squad_predictions.compute_predictions(
        own,
        features,
        results,
        options.n_best_size,
        options.max_answer_length,
        options.version_2_with_negative,
        options.null_score_diff_threshold,
    )
    answers, nbest_lists, null_odds = merge_shares(questions, runtime.gather(answered))
    if not runtime.is_chief:
        return []
    paths = squad_predictions.write_predictions(
        run_options.output_dir,
        answers,
        nbest_lists,
        null_odds if options.version_2_with_negative else None,
    )
    _say("answers to %d questions: %s" % (len(answers), " ".join(paths)))
    return paths


def _record_latency(run_options, options, latency, throughput, num_windows, record):
    """Writes latency.jsonl; the figures of the batches after start-up go into run.json."""
    batches = latency.rows(options.predict_batch_size, num_windows)
    metrics.write_json_lines(os.path.join(run_options.output_dir, metrics.LATENCY_FILE), batches)
    steady = [batch["seconds"] for batch in batches if not batch["startup"]]
    figures = throughput.figures(num_windows)
    if steady:
        figures["batch_latency_seconds"] = metrics.percentiles(steady)
    record.result("inference", figures)


def _raw_results(
    config, options, run_options, precision, runtime, kernels, path, num_windows, checkpoint
):
    """(list of RawResult, the ThroughputHook, the LatencyHook) for the windows in a file."""
    schema = fields.squad_schema(options.max_seq_length, is_training=False)
    throughput, latency = hooks.ThroughputHook(options.predict_batch_size), hooks.LatencyHook()
    estimator = session.make_estimator(
        make_model_fn(config, options, run_options, None, precision, runtime, kernels, checkpoint),
        run_options,
        precision,
        runtime,
    )
    report = _Progress("predicted %%d of %d windows" % num_windows, runtime)
    results = []
    with inputs.named_record_errors([path], schema):
        for number, result in enumerate(
            estimator.predict(
                lambda: inputs.evaluation_dataset([path], schema, options.predict_batch_size),
                hooks=[latency, throughput] + runtime.hooks(),
                checkpoint_path=checkpoint,
            )
        ):
            results.append(
                squad_predictions.RawResult(
                    int(result["unique_id"]), result["start_logits"], result["end_logits"]
                )
            )
            report(number + 1)
    return results, throughput, latency


def merge_shares(questions, shares):
    """One answer to what the ranks answered, in the order of the questions.

    Args:
      questions: list of SquadExample; rank r of n answered r, r + n, r + 2n, ...
      shares: list, for each rank, of the dicts by question id that compute_predictions returns.

    Returns:
      list of as many OrderedDicts.
    """
    merged = [OrderedDict() for _ in shares[0]]
    for number, question in enumerate(questions):
        for whole, part in zip(merged, shares[number % len(shares)]):
            if question.qas_id in part:  # null odds are kept for v2.0 only
                whole[question.qas_id] = part[question.qas_id]
    return merged


class _Progress:
    """Prints how far a loop is every few seconds."""

    def __init__(self, pattern, runtime=None):
        self._pattern = pattern
        self._runtime = runtime
        self._last = time.time()

    def __call__(self, number):
        now = time.time()
        if now - self._last >= _SECONDS_BETWEEN_REPORTS:
            self._last = now
            _say(self._pattern % number, self._runtime)


def _say(line, runtime=None):
    """Prints a line; with a runtime, the first rank only."""
    if runtime is None or runtime.is_chief:
        print(line, flush=True)


def define_flags():
    """The flags of docs/interface.md §2 for this program, and its own."""
    command_line.define_flags(*GROUPS)


def main(_):
    """Flags to options; nothing below reads a flag."""
    values = flags.FLAGS.flag_values_dict()
    session.start()
    runtime = runtimes.create_runtime(RuntimeOptions.pick(values))
    with runtime.job():
        run(
            modeling.BertConfig.from_json_file(values["bert_config_file"]),
            SquadOptions.pick(values),
            RunOptions.pick(values),
            FineTuningOptions.pick(values),
            precisions.resolve(PrecisionOptions.pick(values)),
            runtime,
            kernel_choice.resolve(KernelOptions.pick(values)),
        )


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(
        main,
        (
            modeling.ConfigError,
            tokenization.VocabularyError,
            checkpoints.CheckpointError,
            hooks.DivergedError,
        ),
    )
