# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fine-tunes BERT on SQuAD v1.1 or v2.0 and answers questions with it.

Method: Devlin et al. 2018, sections 4.2 and 4.3 (https://arxiv.org/abs/1810.04805). Writes
predictions.json, nbest_predictions.json and, for v2.0, null_odds.json into output_dir; score them
with `python -m squad.evaluate`.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
from collections import OrderedDict

import tensorflow.compat.v1 as tf
from absl import flags

import modeling
import tokenization
from program import command_line
from program.beside import consume_beside
from program.options import OptionError, with_changes
from program.records import fields
from serving import export
from squad.examples import read_squad_examples
from squad.features import check_lengths
from squad.options import SquadOptions
from squad.predictions import compute_predictions, merge_shares, write_predictions
from training import (
    checkpoints,
    data_record,
    feed,
    hooks,
    loop,
    magnitudes,
    position,
    prediction,
    progress,
    question_windows,
    run_directory,
    span_head,
    train_op,
)
from training.job import USER_ERRORS, checked_tokenizer, option_groups, run_program, say
from training.options import OptimizerOptions
from training.precision import precision_hooks
from training.span_head import span_logits, span_loss
from training.start import after_training, find_checkpoint_with, find_start

CONSOLE_COLUMNS = [
    progress.Column("rank", "rank", "%4d"),
    progress.Column("step", "step", "%9d"),
    progress.Column("sequences/sec", "sequences_per_second", "%13.2f"),
    progress.Column("loss", "loss", "%9.4f"),
    progress.Column("learning rate", "learning_rate", "%13.6e"),
]


class FineTuningOptions(OptimizerOptions):
    """The optimizer's options for fine-tuning, where the numbers of steps follow from the epochs."""

    OPTIONS = with_changes(
        OptimizerOptions.OPTIONS,
        learning_rate={"default": 5e-6},
        num_train_steps={"is_flag": False},
        num_warmup_steps={"is_flag": False},
    )


GROUPS = option_groups(SquadOptions, FineTuningOptions)


def build_model(config):
    """Adds the model and its head to the graph, for one window of one token: which variables there are."""
    model = modeling.BertModel(config, False, tf.zeros([1, 1], tf.int32), scope="bert")
    span_logits(config, model.get_sequence_output())


def make_model_fn(job, start, at=None):
    """The Estimator model function for training and prediction.

    Args:
      job: job.Job with SquadOptions.
      start: start.Start; prediction restores its checkpoint, or gets the variables from another rank without one.
      at: position.Position at which training starts; None: dropout masks come from the graph's generator.
    """

    def model_fn(features, labels, mode):
        del labels
        is_training = mode == tf.estimator.ModeKeys.TRAIN

        def answer(features, kernels):
            model = modeling.BertModel(
                job.config,
                is_training,
                features["input_ids"],
                input_mask=features["input_mask"],
                token_type_ids=features["segment_ids"],
                scope="bert",
                compute_type=job.precision.compute_type,
                ops=kernels.ops,
                remove_padding=kernels.remove_padding,
            )
            return model, span_logits(job.config, model.get_sequence_output())

        def loss_fn(features):
            kernels = position.kernels_of(job, at, features)
            model, logits = answer(features, kernels)
            shown = OrderedDict()
            if job.run.replay_step:
                shown = magnitudes.of_model(model, zip(("start logits", "end logits"), logits))
            return span_loss(logits[0], logits[1], features, kernels.remove_padding), shown

        if not is_training:
            _, (start_logits, end_logits) = answer(features, job.kernels)
            return tf.estimator.EstimatorSpec(
                mode=mode,
                scaffold=(
                    checkpoints.prediction_scaffold(start.checkpoint) if start.checkpoint else None
                ),
                prediction_hooks=precision_hooks(job.precision),
                predictions={
                    "unique_id": features["unique_ids"],
                    "start_logits": start_logits,
                    "end_logits": end_logits,
                },
            )
        step = train_op.make_train_op(
            loss_fn,
            features,
            job.optimizer,
            job.runtime,
            job.precision,
            job.kernels.ops,
        )
        checkpoints.give_initial_values(start, True, job.run)
        return hooks.training_spec(job, step, CONSOLE_COLUMNS)

    return model_fn


def run(job):
    """Trains, answers questions, exports the model: what was asked for, in this order.

    Args:
      job: job.Job with SquadOptions; the numbers of steps are computed here.

    Returns:
      list of str, the paths of the files with the answers; empty without prediction, and on ranks
      other than the first.

    Raises:
      OptionError, ConfigError, VocabularyError, SquadDataError, CheckpointError: an input is invalid;
        nothing has been trained yet.
      hooks.DivergedError: the loss became infinite or NaN.
    """
    # All inputs are checked here, before hours of training.
    task = job.task
    check_lengths(task.max_seq_length, task.doc_stride, task.max_query_length)
    tokenizer = checked_tokenizer(task, job.config, job.run.init_checkpoint, job.runtime)
    if task.do_export and job.runtime.is_chief:
        export.check_job(job)
    examples = _read(task.train_file, True, job) if task.do_train else None
    questions = _read(task.predict_file, False, job) if task.do_predict else None

    def data():
        files = {"train_file": task.train_file, "vocab_file": task.vocab_file}
        facts = {name: data_record.of_files([path], whole=True) for name, path in files.items()}
        facts["version_2_with_negative"] = task.version_2_with_negative
        return facts, task.do_lower_case

    find = find_start if task.do_train else find_trained
    with run_directory.opened("run_squad", job, find, build_model, data) as opened:
        job, start, record = opened
        run_directory.check_casing(task.do_lower_case, start.checkpoint)
        # Before training: workers are forked, which is safe while TensorFlow has no threads.
        if task.do_predict:
            own = questions[job.runtime.rank :: job.runtime.size]
            asked = question_windows.of_prediction(job, own, tokenizer)
        if task.do_train:
            _train(job, start, tokenizer, examples, record)
            start = after_training(job)
        answers = _predict(job, start, questions, own, asked, record) if task.do_predict else []
        if task.do_export and job.runtime.is_chief:
            export.export_job(job, start.checkpoint, record)
        return answers


def find_trained(job):
    """The Start of a prediction or an export without training: a checkpoint with a span head; see start.find_checkpoint_with."""
    return find_checkpoint_with(span_head.WEIGHTS, job)


def _read(path, is_training, job):
    read = read_squad_examples(path, is_training, job.task.version_2_with_negative)
    say("%s: %d questions" % (path, len(read)), job.runtime)
    if len(read) < job.runtime.size:
        raise OptionError(
            "%s: %d questions cannot be divided among %d ranks: start fewer processes"
            % (path, len(read), job.runtime.size)
        )
    return read


def _with_steps(job, start, num_questions):
    """The job with the numbers of steps that the epochs amount to; an epoch counts questions, as in Google's BERT.

    After steps of another batch size (more ranks, for example), the steps that remain are counted from the samples that do.
    """
    batch_size = job.sequences_per_step
    num_steps = int(num_questions / batch_size * job.task.num_train_epochs)
    trained = position.samples_trained(job, start)
    if num_steps and trained != start.step * batch_size:
        left = num_questions * job.task.num_train_epochs - trained
        num_steps = start.step + max(0, int(left / batch_size))
        say(
            "%d steps with other batches took %d samples: training ends at step %d"
            % (start.step, trained, num_steps),
            job.runtime,
        )
    if num_steps < 1:
        raise OptionError(
            "%s: %g epochs of %d questions are less than one batch of %d: reduce --train_batch_size or "
            "--num_accumulation_steps, or increase --num_train_epochs"
            % (job.task.train_file, job.task.num_train_epochs, num_questions, batch_size)
        )
    return job._replace(
        optimizer=job.optimizer.replace(
            num_train_steps=num_steps,
            num_warmup_steps=int(num_steps * job.task.warmup_proportion),
        )
    )


def _train(job, start, tokenizer, examples, record):
    """Trains on this rank's share of the windows, up to the step where the epochs end."""
    job = _with_steps(job, start, len(examples))
    num_steps, runtime = job.optimizer.num_train_steps, job.runtime
    loop.check_replay(job)
    record.note(num_train_steps=num_steps, num_warmup_steps=job.optimizer.num_warmup_steps)
    if start.step >= num_steps:
        say(
            "already trained to step %d of %d (--num_train_epochs=%g): nothing to train%s"
            % (
                start.step,
                num_steps,
                job.task.num_train_epochs,
                record.data_note("--num_train_epochs"),
            ),
            runtime,
        )
        return
    at = feed.find(job, start, [len(examples)] + _lengths(job.task))
    schema = fields.squad_schema(job.task.max_seq_length, is_training=True)
    made = question_windows.of_training(job, at.seed, examples, tokenizer)
    source = feed.open_windows(job, at, made.path, schema)
    if not job.run.replay_step:
        say(
            "training from step %d to %d: %d questions, %d windows, %d windows per step"
            % (start.step, num_steps, len(examples), len(made.question_of), job.sequences_per_step),
            runtime,
        )
    loop.train(
        job,
        start,
        source,
        at,
        make_model_fn(job, start, at),
        record,
        lambda window: made.examples[made.question_of[window]].qas_id,
    )


def _lengths(task):
    """What decides, with the questions, which windows there are."""
    return [task.max_seq_length, task.doc_stride, task.max_query_length]


def _predict(job, start, questions, own, asked, record):
    """Answers questions with a checkpoint, each rank its own; returns the paths of the files that the first writes.

    asked: what question_windows.of_prediction returned for this rank's.
    """
    task, runtime = job.task, job.runtime
    path, features = asked
    num_windows = len(features)
    all_windows = sum(runtime.gather(num_windows))
    say(
        "predicting with %s: %d questions, %d windows, %s"
        % (
            start.checkpoint,
            len(questions),
            all_windows,
            prediction.described(job),
        ),
        runtime,
    )
    predicted = prediction.Prediction(job, path, features)
    answered = consume_beside(
        lambda results: compute_predictions(
            own,
            features,
            results,
            task.n_best_size,
            task.max_answer_length,
            task.version_2_with_negative,
            task.null_score_diff_threshold,
        ),
        predicted.results(
            make_model_fn(job, start),
            fields.squad_schema(task.max_seq_length, is_training=False),
            start.checkpoint,
            progress.EveryFewSeconds(
                lambda done: say("predicted %d of %d windows" % (done, num_windows), runtime)
            ),
        ),
    )
    for line in predicted.summary_lines():
        say(line)
    if runtime.is_chief:
        predicted.record_times(record)
    answers, nbest_lists, null_odds = merge_shares(questions, runtime.gather(answered))
    if not runtime.is_chief:
        return []
    paths = write_predictions(
        job.run.output_dir,
        answers,
        nbest_lists,
        null_odds if task.version_2_with_negative else None,
    )
    say("answers to %d questions: %s" % (len(answers), " ".join(paths)))
    return paths


def define_flags():
    """The flags of docs/interface.md §2 for this program, and its own."""
    command_line.define_flags(*GROUPS)


def main(_):
    """Flags to options; nothing below reads a flag."""
    run_program(run, flags.FLAGS.flag_values_dict(), SquadOptions, FineTuningOptions)


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(main, USER_ERRORS + (tokenization.VocabularyError,))
