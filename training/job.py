# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A job: everything that was asked for, in one immutable object; and what the programs do before their own work."""

from collections import namedtuple

import modeling
import tokenization
from program import console
from program.options import OptionError
from training import failures, replay, session
from training.kernels import resolve_kernels
from training.options import (
    KernelOptions,
    ModelOptions,
    OptimizerOptions,
    PrecisionOptions,
    RunOptions,
    RuntimeOptions,
)
from training.precision import resolve_precision
from training.runtime import create_runtime

# User errors that are no errors.UserError.
USER_ERRORS = (modeling.ConfigError,)


class Job(namedtuple("Job", "config task run optimizer precision kernels runtime")):
    """What a run does, on one rank.

    config: modeling.BertConfig. task: the option group of the program, with `max_seq_length`, `do_train` and
    `train_batch_size`. run: RunOptions. optimizer: OptimizerOptions. precision: precision.Precision. kernels:
    kernels.Kernels. runtime: of training.runtime.
    """

    __slots__ = ()

    @property
    def sequences_per_process(self):
        """Sequences of a training step that one process computes."""
        return self.task.train_batch_size * self.optimizer.num_accumulation_steps

    @property
    def sequences_per_step(self):
        """Sequences of a training step of all ranks: the global batch size."""
        return self.sequences_per_process * self.runtime.size

    @property
    def options(self):
        """The option groups that run.json records."""
        return [self.task, self.run, self.optimizer]


def option_groups(task_options, optimizer_options=OptimizerOptions):
    """The option groups of a program: a tuple of classes.

    Args:
      task_options: OptionGroup class of what only this program needs.
      optimizer_options: OptimizerOptions, or a subclass with other defaults.
    """
    return (
        ModelOptions,
        task_options,
        RunOptions,
        optimizer_options,
        PrecisionOptions,
        KernelOptions,
        RuntimeOptions,
    )


def run_program(run, values, task_options, optimizer_options=OptimizerOptions):
    """Makes the Job that the flags ask for and runs it; nothing below reads a flag.

    Args:
      run: function of a Job.
      values: dict of all flags, name -> value.
      task_options, optimizer_options: as in option_groups.
    """
    session.start()
    runtime = create_runtime(RuntimeOptions.pick(values))
    with runtime.job():
        precision = resolve_precision(PrecisionOptions.pick(values))
        job = Job(
            modeling.BertConfig.from_json_file(ModelOptions.pick(values).bert_config_file),
            task_options.pick(values),
            RunOptions.pick(values),
            optimizer_options.pick(values),
            precision,
            resolve_kernels(KernelOptions.pick(values), precision),
            runtime,
        )
        with failures.explained(job.run.output_dir), replay.prepared(job) as job:
            run(job)


def check_length(job):
    """Raises OptionError if the model has fewer positions than a sequence has tokens."""
    _check_length(job.task, job.config)


def _check_length(options, config):
    if options.max_seq_length > config.max_position_embeddings:
        raise OptionError(
            "--max_seq_length=%d exceeds the model's %d positions (max_position_embeddings in --bert_config_file)"
            % (options.max_seq_length, config.max_position_embeddings)
        )


def checked_tokenizer(options, config, init_checkpoint, runtime=None):
    """Checks length, vocabulary and casing against the model; returns the tokenization.FullTokenizer.

    Args:
      options: option group with `max_seq_length`, `vocab_file` and `do_lower_case`.
      config: modeling.BertConfig.
      init_checkpoint: str or None; the name of a published checkpoint tells its casing.
      runtime: as in say.

    Raises:
      OptionError: the model has fewer positions than a sequence has tokens.
      tokenization.VocabularyError: the vocabulary cannot be used, or is not of this model.
    """
    _check_length(options, config)
    tokenization.validate_case_matches_checkpoint(options.do_lower_case, init_checkpoint)
    tokenizer = tokenization.FullTokenizer(options.vocab_file, do_lower_case=options.do_lower_case)
    tokenization.check_vocab_size(tokenizer.vocab, config.vocab_size, options.vocab_file)
    problem = tokenization.casing_problem(
        tokenizer.vocab, options.do_lower_case, options.vocab_file
    )
    if problem:
        say("warning: " + problem, runtime)
    return tokenizer


def say(line, runtime=None):
    """Prints a line; with a runtime, on the first rank only."""
    if runtime is None or runtime.is_chief:
        console.write_line(line)
