# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The windows of a run's questions as files: made by worker processes, or by all ranks, or found where a run before left them."""

import itertools
import os
import random
from collections import namedtuple

import numpy as np
import tensorflow.compat.v1 as tf

from program.unknown_words import UnknownWords
from squad import window_files, windows
from squad.features import convert_examples
from squad.options import VERBOSE_WINDOWS
from squad.questions import SquadDataError
from training import exchange, progress
from training.job import say

_IN_FILE_ORDER = ".in_file_order"

# What a run trains on. path: str, a file of windows. examples: list of SquadExample, in the order of the file. question_of: int
# array, the number of each window's example.
TrainingWindows = namedtuple("TrainingWindows", "path examples question_of")


def of_training(job, seed, examples, tokenizer):
    """The TrainingWindows of all examples, in an order that follows from a seed: windows of one text are far apart.

    The file is the same on every rank, for any number of ranks and processes. All ranks must call this.

    Args:
        job: job.Job of this rank.
        seed: int.
        examples: list of SquadExample, in the order of their file.
        tokenizer: FullTokenizer.

    Raises:
        DataError: a file cannot be read or written.
        SquadDataError: no question has a window.
    """
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)
    order, runtime = np.array(order), job.runtime
    path = os.path.join(job.run.output_dir, "train.tf_record")
    store, facts = _store_and_facts(job, job.task.train_file, True)
    found = window_files.load(path, _in_order(facts, order), job.task) if facts else None
    if runtime.from_chief(found is not None):
        made = _given_by_chief(runtime, path, found, job.task)
        _say_reused(job, made, path)
    else:
        whole = path + _IN_FILE_ORDER
        made = _fetched(job, store, facts, whole) or _made_by_all(job, whole, examples, tokenizer)
        if facts:
            store.keep(whole, made, facts)
        windows.write_in_order(path, whole, made, order)
        os.remove(whole)
        if facts:
            window_files.describe(path, made, _in_order(facts, order))
    _report(job, made.unknown, job.task.train_file)
    for qas_id in windows.left_out(examples, made) if runtime.is_chief else ():
        tf.logging.warning("question %s skipped: its answer has no tokens", qas_id)
    examples = [examples[number] for number in order.tolist()]
    _show(job, examples, tokenizer, True)
    return TrainingWindows(path, examples, made.question_numbers(order))


def of_prediction(job, questions, tokenizer):
    """The windows of this rank's questions. All ranks must call this, best before they train: workers are forked.

    Args:
        job: job.Job of this rank.
        questions: list of SquadExample.
        tokenizer: FullTokenizer.

    Returns:
        (path of their file, windows.Windows).

    Raises:
        DataError: a file cannot be read or written.
    """
    path, runtime = os.path.join(job.run.output_dir, "eval.tf_record"), job.runtime
    store, facts = _store_and_facts(job, job.task.predict_file, False)
    if runtime.size > 1:  # a share of the questions, which no other run has
        store, facts = window_files.Store(None), None
    made = window_files.load(path, facts, job.task) if facts else None
    if made is None:
        made = store.fetch(path, facts, job.task)
        if made is None:
            made = _write(job, path, questions, tokenizer, False)
            if facts:
                store.keep(path, made, facts)
        else:
            _say_reused(job, made, store.directory)
        if facts:
            window_files.describe(path, made, facts)
    else:
        _say_reused(job, made, path)
    _report(job, _of_all_ranks(runtime, made.unknown), job.task.predict_file)
    _show(job, questions, tokenizer, False)
    return path, made


def _store_and_facts(job, question_file, is_training):
    """(the Store, what decides the windows) on the first rank, which alone has files of earlier runs; (None, None) on others."""
    if not job.runtime.is_chief:
        return window_files.Store(None), None
    facts = window_files.made_from(question_file, job.task, is_training)
    return window_files.Store(job.task.windows_cache_dir), facts


def _in_order(facts, order):
    return facts and window_files.in_order(facts, order)


def _fetched(job, store, facts, path):
    """The Windows that the first rank has found in its store, with the file at `path` on every rank; None: there are none."""
    found = store.fetch(path, facts, job.task)
    if not job.runtime.from_chief(found is not None):
        return None
    made = _given_by_chief(job.runtime, path, found, job.task)
    _say_reused(job, made, store.directory)
    return made


def _given_by_chief(runtime, path, found, options):
    """The first rank's Windows, and its file at `path`, on every rank."""
    if runtime.size == 1:
        return found
    content = None
    if runtime.is_chief:
        content = [found.counts.tolist(), found.sizes.tolist(), _as_list(found.unknown)]
    counts, sizes, unknown = runtime.from_chief(content)
    exchange.give_file(runtime, path)
    return windows.Windows(np.array(counts), np.array(sizes), UnknownWords(*unknown), None, options)


def _made_by_all(job, path, examples, tokenizer):
    """The Windows of all examples, of which each rank has made its share, in a file that every rank gets."""
    runtime = job.runtime
    begin, end = windows.share_of(examples, runtime.rank, runtime.size)
    own = path if runtime.size == 1 else path + exchange.OWN
    made = _write(job, own, examples[begin:end], tokenizer, True)
    counts = [number for share in runtime.gather(made.counts.tolist()) for number in share]
    if not any(counts):
        os.remove(own)
        raise SquadDataError("%s: no question produces a training window" % job.task.train_file)
    if runtime.size == 1:
        return made
    sizes = [number for share in runtime.gather(made.sizes.tolist()) for number in share]
    exchange.gather_file(runtime, path)
    unknown = _of_all_ranks(runtime, made.unknown)
    return windows.Windows(np.array(counts), np.array(sizes), unknown, None, job.task)


def _write(job, path, examples, tokenizer, is_training):
    task = job.task
    report = progress.EveryFewSeconds(
        lambda done: say("windows made of %d of %d questions" % (done, len(examples)))
    )
    return windows.write_windows(
        path,
        examples,
        tokenizer,
        task,
        is_training,
        task.num_workers if job.runtime.may_fork else 1,
        report,
    )


def _say_reused(job, made, place):
    say(
        "reusing %d windows of %s: same questions, vocabulary and options" % (len(made), place),
        job.runtime,
    )


def _as_list(unknown):
    return [unknown.num_tokens, unknown.num_unknown, dict(unknown.most_common())]


def _of_all_ranks(runtime, unknown):
    """The UnknownWords of all ranks."""
    if runtime.size == 1:
        return unknown
    counts = UnknownWords()
    for share in runtime.gather(_as_list(unknown)):
        counts.add(UnknownWords(*share))
    return counts


def _report(job, unknown, path):
    """Says, on the first rank, what share of the tokens the vocabulary has no piece for."""
    say("%s: %d tokens, %s" % (path, unknown.num_tokens, unknown.summary()), job.runtime)
    warning = unknown.warning(path, job.task.vocab_file, job.task.do_lower_case)
    if warning and job.runtime.is_chief:
        tf.logging.warning("%s", warning)


def _show(job, examples, tokenizer, is_training):
    """Logs the first windows if that was asked for."""
    task = job.task
    if not task.verbose_logging or not job.runtime.is_chief:
        return
    first = convert_examples(
        examples,
        tokenizer,
        task.max_seq_length,
        task.doc_stride,
        task.max_query_length,
        is_training,
    )
    for feature in itertools.islice(first, VERBOSE_WINDOWS):
        tf.logging.info(
            "window %d (question %s, part %d): %s",
            feature.unique_id,
            examples[feature.example_index].qas_id,
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
