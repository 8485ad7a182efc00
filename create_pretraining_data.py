# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts text to pre-training instances (masked words, next sentence): the TFRecords that run_pretraining.py reads.

Input: UTF-8 text, one sentence per line, a blank line between documents; files, patterns or directories; plain, .gz or .bz2.
The text is streamed in blocks (a megabyte, at least sixteen documents), so memory use does not grow with the corpus. Random
next sentences come from other documents of the same block, not of the whole corpus: if neighbouring documents are similar,
shuffle them first (data.shards). Instances are shuffled within their block.

With --output_file, instances are dealt round-robin to the given files; with --output_dir, each input file gets a .tfrecord of
its own. The output depends on input, vocabulary and options only, not on --num_workers, nor on how many machines share the
work (--part i/n, with --output_dir). Beside each output file is a .json with counts, options and checksums; finished files
are not made again. Files appear under their names only once they are complete.
"""


import functools
import hashlib
import os
import random
import sys
import time
from collections import Counter, namedtuple

import numpy as np
from absl import flags

import tokenization
from pretraining import blocks
from pretraining.block_tokenizer import BlockTokenizer
from pretraining.instances import Masking, Vocabulary, choose_pairs, make_instances
from program import command_line, shared_options, workers
from program.errors import DataError
from program.files import comma_separated, digest
from program.options import Option, OptionError, OptionGroup
from program.records import encoding
from program.records.files import dealt_to, is_finished

_FORMAT = 1  # of the manifests; another number means that the bytes changed
_TASK_BYTES = 5 << 20  # text times passes over it in one task: bounds what a task returns
_SECONDS_BETWEEN_REPORTS = 5.0
_MOST_OUTPUT_FILES = 800  # open at a time
_EXAMPLES_SHOWN = 2

Task = namedtuple("Task", "key block duplicates")
Result = namedtuple(
    "Result", "content sizes counts examples offset"
)  # sizes: bytes of each record in content


class DataOptions(OptionGroup):
    """What determines the instances."""

    OPTIONS = (
        shared_options.VOCAB_FILE,
        shared_options.DO_LOWER_CASE,
        Option("do_whole_word_mask", False, "Mask whole words: all WordPieces of a word or none."),
        # The shortest sequence is [CLS] a [SEP] b [SEP].
        shared_options.MAX_SEQ_LENGTH._replace(default=128, minimum=5),
        shared_options.MAX_PREDICTIONS_PER_SEQ._replace(default=20),
        shared_options.RANDOM_SEED,
        Option("dupe_factor", 10, "Passes over the text, each with different masks.", minimum=1),
        Option("masked_lm_prob", 0.15, "Fraction of tokens to mask.", minimum=0.0, maximum=1.0),
        Option(
            "short_seq_prob",
            0.1,
            "Fraction of sequences made shorter than the maximum length.",
            minimum=0.0,
            maximum=1.0,
        ),
    )

    def validate(self):
        if self.max_predictions_per_seq > self.max_seq_length - 3:
            raise OptionError(
                "--max_predictions_per_seq=%d: a sequence of %d has at most %d tokens to predict"
                % (self.max_predictions_per_seq, self.max_seq_length, self.max_seq_length - 3)
            )


class FileOptions(OptionGroup):
    """Where the text is and where the instances go, and which worker processes make them."""

    OPTIONS = (
        Option(
            "input_file",
            None,
            "Input text: comma-separated files, glob patterns and directories.",
            required=True,
            is_path=True,
        ),
        Option(
            "output_file",
            None,
            "Output TFRecord files, comma-separated; instances are dealt to them round-robin.",
            is_path=True,
        ),
        Option(
            "output_dir",
            None,
            "Output directory, as an alternative to --output_file: one .tfrecord per input file.",
            is_path=True,
        ),
        Option(
            "num_workers",
            len(os.sched_getaffinity(0)),
            "Worker processes; the output does not depend on it.",
            minimum=1,
        ),
        Option("part", "1/1", "With --output_dir, process part i/n of the input files."),
    )


GROUPS = (FileOptions, DataOptions)


class InstanceMaker:
    """Makes the records of a task; holds the vocabulary, so one is kept in each process.

    Args:
        options: DataOptions.
    """

    def __init__(self, options):
        tokenizer = tokenization.FullTokenizer(options.vocab_file, options.do_lower_case)
        vocab = tokenizer.vocab
        self._options = options
        self._tokenizer = tokenizer
        self._tokenize = BlockTokenizer(tokenizer)
        self._last_name = self._last = None
        self._masking = Masking(
            options.max_seq_length,
            options.max_predictions_per_seq,
            options.masked_lm_prob,
            options.do_whole_word_mask,
        )
        self._vocabulary = Vocabulary(
            len(vocab),
            vocab["[CLS]"],
            vocab["[SEP]"],
            vocab["[MASK]"],
            np.array([token.startswith("##") for token in vocab]),
        )

    def __call__(self, task):
        """Task -> Result: framed records in a drawn order, and what was counted."""
        counts = Counter()
        name = (task.key, task.block.number)
        if name != self._last_name:  # a large block comes several times, for different passes
            self._last_name, self._last = name, self._tokenize(task.block.documents)
        documents, text_counts = self._last
        if task.duplicates[0] == 0:
            counts.update(text_counts)
        if len(documents) < 2:
            return Result(b"", [], counts, [], task.block.offset)
        options, framed, examples = self._options, [], []
        for duplicate in task.duplicates:
            seed = hashlib.sha256(
                (
                    "%d/%s/%d/%d" % (options.random_seed, task.key, task.block.number, duplicate)
                ).encode("utf-8")
            )
            generator = random.Random(seed.hexdigest())
            pairs = choose_pairs(
                documents, options.max_seq_length - 3, options.short_seq_prob, generator
            )
            instances = make_instances(
                documents,
                pairs,
                self._vocabulary,
                self._masking,
                np.random.RandomState(np.frombuffer(seed.digest(), "<u4").astype(np.int64)),
            )
            _count(instances, counts)
            if task.block.number == 0 and duplicate == 0:
                examples = [
                    self._shown(instances, row) for row in range(min(_EXAMPLES_SHOWN, len(pairs)))
                ]
            framed.extend(encoding.frame(encoding.serialize_rows(instances)))
        order = sorted(range(len(framed)), key=[generator.random() for _ in framed].__getitem__)
        framed = [framed[place] for place in order]
        return Result(b"".join(framed), list(map(len, framed)), counts, examples, task.block.offset)

    def _shown(self, instances, row):
        length = int(instances["input_mask"][row].sum())
        count = int(instances["masked_lm_weights"][row].sum())
        tokens = self._tokenizer.convert_ids_to_tokens(
            instances["input_ids"][row, :length].tolist()
        )
        labels = self._tokenizer.convert_ids_to_tokens(
            instances["masked_lm_ids"][row, :count].tolist()
        )
        return "%s\n  to predict: %s\n  next sentence: %s" % (
            " ".join(tokens),
            " ".join(labels),
            "random" if instances["next_sentence_labels"][row, 0] else "the next one",
        )


def _count(instances, counts):
    counts["instances"] += len(instances["input_ids"])
    counts["random_next"] += int(instances["next_sentence_labels"].sum())
    counts["tokens_in_instances"] += int(instances["input_mask"].sum())
    counts["predictions"] += int(instances["masked_lm_weights"].sum())


_makers = {}


def _maker(options):
    """This process's InstanceMaker for `options`. Forked workers have the one that their parent made."""
    key = tuple(options.to_dict().items())
    if key not in _makers:
        _makers.clear()
        _makers[key] = InstanceMaker(options)
    return _makers[key]


def make_task(options, task):
    """Task -> Result, in any process."""
    return _maker(options)(task)


def convert(inputs, outputs, key, options, pool, num_workers, say):
    """Makes the records of some input files and deals them to some output files.

    Args:
        inputs, outputs: lists of paths.
        key: str, goes into the seed, so that files made apart draw apart.
        options: DataOptions.
        pool: of workers.worker_pool.
        num_workers: int.
        say: function of a str.

    Returns:
        Counter of what was made; None where manifests show that it is there already.

    Raises:
        OptionError: the input cannot be used, or an output cannot be written.
    """
    made_from = _made_from(inputs, outputs, key, options)
    if all(is_finished(path, made_from) for path in outputs):
        say("%s: already made from this input with these options" % ", ".join(outputs))
        return None
    progress = _Progress(sum(map(os.path.getsize, inputs)), say)
    totals = Counter()

    def tasks():
        for block in blocks.blocks(inputs, say):
            at_once = max(1, _TASK_BYTES // block.size)
            for first in range(0, options.dupe_factor, at_once):
                yield Task(key, block, range(options.dupe_factor)[first : first + at_once])

    with dealt_to(outputs, made_from, totals) as dealer:
        for result in workers.ordered_map(
            pool, functools.partial(make_task, options), tasks(), 2 * num_workers
        ):
            for example in result.examples:
                say("example: " + example)
            dealer.write(result.content, result.sizes)
            totals.update(result.counts)
            progress(result.offset, totals)
        if not totals["instances"]:
            raise DataError(
                "--input_file: %s: produced no instances: at least two non-empty documents are required"
                % ",".join(inputs)
            )
    return totals


def _made_from(inputs, outputs, key, options):
    """What decides the bytes of the outputs, as it stands in their manifests."""
    parameters = options.to_dict()
    vocabulary = parameters.pop("vocab_file")
    return {
        "format": _FORMAT,
        "key": key,
        "parameters": parameters,
        "vocabulary_sha256": digest(vocabulary),
        "inputs": [[os.path.basename(path), digest(path)] for path in inputs],
        "outputs": [os.path.basename(path) for path in outputs],
    }


class _Progress:
    """Prints progress, throughput and remaining time every few seconds."""

    def __init__(self, total_bytes, say):
        self._total, self._say = max(total_bytes, 1), say
        self._started = self._last = time.time()

    def __call__(self, offset, totals):
        now = time.time()
        if now - self._last < _SECONDS_BETWEEN_REPORTS:
            return
        self._last = now
        share, seconds = offset / self._total, now - self._started
        self._say(
            "%5.1f %%  %d sentences, %d instances, %.0f sentences/s, %.0f instances/s, %.0f s left"
            % (
                100 * share,
                totals["sentences"],
                totals["instances"],
                totals["sentences"] / seconds,
                totals["instances"] / seconds,
                seconds * (1 - share) / max(share, 1e-9),
            )
        )


def run(input_file, output_file, output_dir, options, num_workers, part, say):
    """Makes all records asked for.

    Args:
        input_file: str, comma separated files, patterns, directories.
        output_file: str, comma separated files, or None. output_dir: str, or None.
        options: DataOptions.
        num_workers: int.
        part: workers.Part.
        say: function of a str.

    Returns:
        Counter of what was made in this run.

    Raises:
        OptionError, VocabularyError.
    """
    if bool(output_file) == bool(output_dir):
        raise OptionError(
            "pass either --output_file (instances dealt round-robin) or --output_dir (one file per input file)"
        )
    if output_file and part.count > 1:
        raise OptionError("--part=%d/%d requires --output_dir" % part)
    inputs = blocks.input_files(input_file)
    _maker(
        options
    )  # a vocabulary that cannot be used is complained about here, not by every worker
    if output_file:
        outputs = comma_separated(output_file)
        jobs = [(inputs, outputs, "")]
    else:
        jobs = [
            ([path], [os.path.join(output_dir, _stem(path) + ".tfrecord")], _stem(path))
            for path in inputs
        ]
        jobs = [job for number, job in enumerate(jobs) if part.has(number)]
        outputs = [job[1][0] for job in jobs]
    if len(set(outputs)) < len(outputs) or len(outputs) > _MOST_OUTPUT_FILES and output_file:
        raise OptionError(
            "--output_file: %d files; they must be distinct and at most %d"
            % (len(outputs), _MOST_OUTPUT_FILES)
        )
    for path in outputs:
        _make_parent(path)
    totals = Counter()
    with workers.worker_pool(num_workers) as pool:
        for sources, targets, key in jobs:
            totals.update(convert(sources, targets, key, options, pool, num_workers, say) or {})
    return totals


def _stem(path):
    """wiki.txt.bz2 -> wiki."""
    name = os.path.basename(path)
    for ending in (".gz", ".bz2", ".txt"):
        if name.endswith(ending):
            name = name[: -len(ending)]
    return name


def _make_parent(path):
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OptionError("%s: cannot be created (%s)" % (folder, error.strerror))


def define_flags():
    """The flags of docs/interface.md §2 for this program, and its own."""
    command_line.define_flags(*GROUPS)


def main(_):
    """Flags to options; nothing below reads a flag."""
    values = flags.FLAGS.flag_values_dict()
    try:
        part = workers.parse_part(values["part"])
    except ValueError as error:
        raise OptionError("--part: %s" % error)
    started = time.time()
    totals = run(
        values["input_file"],
        values["output_file"],
        values["output_dir"],
        DataOptions.pick(values),
        values["num_workers"],
        part,
        functools.partial(print, flush=True),
    )
    seconds = time.time() - started
    for name, message in (
        ("lines_not_utf8", "lines contained bytes that are not UTF-8; those bytes were dropped"),
        ("sentences_without_tokens", "lines contained only control characters"),
    ):
        if totals[name]:
            sys.stderr.write("warning: %d %s\n" % (totals[name], message))
    print(
        "%d documents, %d sentences, %d tokens -> %d instances (%.1f %% random next, %.1f %% of tokens masked) "
        "in %.1f s: %.0f instances/s"
        % (
            totals["documents"],
            totals["sentences"],
            totals["tokens"],
            totals["instances"],
            100.0 * totals["random_next"] / max(totals["instances"], 1),
            100.0 * totals["predictions"] / max(totals["tokens_in_instances"], 1),
            seconds,
            totals["instances"] / seconds,
        )
    )


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(main, (tokenization.VocabularyError,))
