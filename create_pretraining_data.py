# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Converts text to pre-training instances (masked words, next sentence): the TFRecords that run_pretraining.py reads.

Input: UTF-8 text, one sentence per line, a blank line between documents; files, patterns or directories; plain, .gz or .bz2.
The text is streamed in blocks (a megabyte, at least sixteen documents), so memory use does not grow with the corpus. Random
next sentences come from other documents of the same block, not of the whole corpus: if neighbouring documents are similar,
shuffle them first (data.shards). Instances are shuffled within their block.

With --output_file, instances are dealt round-robin to the given files; with --output_dir, each input file gets a .tfrecord of
its own; one with a single document draws random next sentences from the files after it. The output depends on input, vocabulary and options only, not on --num_workers, nor on how many machines share the
work (--part i/n, with --output_dir). Beside each output file is a .json with counts, options and checksums; finished files
are not made again. Files appear under their names only once they are complete.
"""


import functools
import os
import sys
import time
from collections import namedtuple

from absl import flags

import tokenization
from pretraining import blocks, few_documents
from pretraining.maker import InstanceMaker, Task
from pretraining.options import DataOptions, FileOptions
from pretraining.summary import Summary
from program import command_line, manifests, workers
from program.errors import DataError
from program.files import comma_separated, digest, name_as_text
from program.options import OptionError
from program.records.files import dealt_to, is_finished

_FORMAT = 1  # of the manifests; another number means that the bytes changed
_TASK_BYTES = 5 << 20  # text times passes over it in one task: bounds what a task returns
_SECONDS_BETWEEN_REPORTS = 5.0
_MOST_OUTPUT_FILES = 800  # open at a time

# Input files whose instances are dealt to output files. key: str, goes into the seed, so that files made apart draw apart.
# loan: few_documents.Loan, or None.
Job = namedtuple("Job", "inputs outputs key loan")

GROUPS = (FileOptions, DataOptions)


_makers = {}


def _maker(options):
    """This process's InstanceMaker for `options`. Forked workers have the one that their parent made."""
    key = tuple(options.to_dict().items())
    if key not in _makers:
        _makers.clear()
        _makers[key] = InstanceMaker(options, _splitter(options))
    return _makers[key]


def _splitter(options):
    """The function that splits lines into sentences; None if they are sentences."""
    if not options.split_sentences:
        return None
    from data import sentences  # the extra of this option: imported where it is used

    return functools.partial(sentences.split, language=sentences.known_language(options.language))


def make_task(options, task):
    """Task -> Result, in any process."""
    return _maker(options)(task)


def convert(job, options, pool, num_workers, say):
    """Makes the records of a job.

    Args:
        job: Job.
        options: DataOptions.
        pool: of workers.worker_pool.
        num_workers: int.
        say: function of a str.

    Returns:
        Summary of what was made, or of what manifests show to be there already.

    Raises:
        DataError: the input cannot be used, or an output cannot be written.
    """
    made_from = _made_from(job, options)
    if all(is_finished(path, made_from) for path in job.outputs):
        say("%s: already made from this input with these options" % ", ".join(job.outputs))
        found = manifests.read(job.outputs[0] + ".json").get("counts_of_all_outputs", {})
        summary = Summary.from_dict(found)
        summary.num_found = len(job.outputs)
        return summary
    progress = _Progress(sum(map(os.path.getsize, job.inputs)), say)
    summary, written = Summary(), {}
    borrowed = job.loan.documents if job.loan else ()

    def tasks():
        for block in blocks.blocks(job.inputs, _warn, borrowed):
            at_once = max(1, _TASK_BYTES // block.size)
            for first in range(0, options.dupe_factor, at_once):
                yield Task(job.key, block, range(options.dupe_factor)[first : first + at_once])

    with dealt_to(job.outputs, made_from, written) as dealer:
        for result in workers.ordered_map(
            pool, functools.partial(make_task, options), tasks(), 2 * num_workers
        ):
            for example in result.examples:
                say("example: " + example)
            dealer.write(result.content, result.sizes)
            summary.counts.update(result.counts)
            summary.unknown.add(result.unknown)
            progress(result.offset, summary.counts)
        if not summary.counts["instances"]:
            raise DataError(
                "--input_file: %s: produced no instances: at least two non-empty documents are required"
                % ",".join(job.inputs)
            )
        written.update(summary.to_dict())
    summary.num_made, summary.instances_made = len(job.outputs), summary.counts["instances"]
    return summary


def _made_from(job, options):
    """What decides the bytes of the outputs, as it stands in their manifests."""
    parameters = options.to_dict()
    vocabulary = parameters.pop("vocab_file")
    language = parameters.pop("language")
    if parameters.pop("split_sentences"):
        parameters["split_sentences"] = language
    origin = {
        "format": _FORMAT,
        "key": job.key,
        "parameters": parameters,
        "vocabulary_sha256": digest(vocabulary),
        "inputs": _identities(job.inputs),
        "outputs": [os.path.basename(name_as_text(path)) for path in job.outputs],
    }
    if job.loan:
        origin["borrowed_from"] = _identities(job.loan.paths)
    return origin


def _identities(paths):
    return [[os.path.basename(name_as_text(path)), digest(path)] for path in paths]


class _Progress:
    """Prints progress, throughput and remaining time every few seconds."""

    def __init__(self, total_bytes, say):
        self._total, self._say = max(total_bytes, 1), say
        self._started = self._last = time.monotonic()

    def __call__(self, offset, totals):
        now = time.monotonic()
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


def run(files, options, part, say):
    """Makes all records asked for.

    Args:
        files: FileOptions.
        options: DataOptions.
        part: workers.Part.
        say: function of a str.

    Returns:
        Summary of all files of this part.

    Raises:
        OptionError, DataError, VocabularyError.
    """
    if bool(files.output_file) == bool(files.output_dir):
        raise OptionError(
            "pass either --output_file (instances dealt round-robin) or --output_dir (one file per input file)"
        )
    if files.output_file and part.count > 1:
        raise OptionError("--part=%d/%d requires --output_dir" % part)
    inputs = blocks.input_files(files.input_file)
    # A vocabulary that cannot be used is complained about here, not by every worker.
    maker = _maker(options)
    problem = tokenization.casing_problem(
        maker.tokenizer.vocab, options.do_lower_case, options.vocab_file
    )
    if problem:
        _warn(problem)
    if files.output_file:
        jobs = [_dealt(inputs, comma_separated(files.output_file))]
    else:
        jobs = _one_each(inputs, files.output_dir, part, maker.has_tokens, say)
    for job in jobs:
        for path in job.outputs:
            _make_parent(path)
    summary = Summary()
    with workers.worker_pool(files.num_workers) as pool:
        for job in jobs:
            summary.add(convert(job, options, pool, files.num_workers, say))
    return summary


def _dealt(inputs, outputs):
    """The Job of --output_file."""
    if len(set(outputs)) < len(outputs) or len(outputs) > _MOST_OUTPUT_FILES:
        raise OptionError(
            "--output_file: %d files; they must be distinct and at most %d"
            % (len(outputs), _MOST_OUTPUT_FILES)
        )
    return Job(inputs, outputs, "", None)


def _one_each(inputs, output_dir, part, has_tokens, say):
    """The Jobs of --output_dir, in this part; a file with one document borrows, one without any is left out."""
    outputs = [os.path.join(output_dir, _stem(path) + ".tfrecord") for path in inputs]
    first = dict(zip(reversed(outputs), reversed(inputs)))
    for path, output in zip(inputs, outputs):
        if first[output] != path:
            raise OptionError(
                "--output_dir: %s and %s would both be written to %s: rename one of them, or use --output_file"
                % (first[output], path, output)
            )
    jobs = []
    for number, (path, output) in enumerate(zip(inputs, outputs)):
        if not part.has(number):
            continue
        loan, count = None, few_documents.count_documents(path, has_tokens)
        if count == 1:
            loan = few_documents.loan(inputs, number, has_tokens)
            if loan.paths:
                say(
                    "%s: one document only: its random next sentences are drawn from %s"
                    % (path, ", ".join(map(os.path.basename, loan.paths)))
                )
        if count:
            jobs.append(Job([path], [output], name_as_text(_stem(path)), loan))
        else:
            _warn("%s: no text: %s is not made" % (path, output))
    if not jobs and part.count == 1:
        raise DataError("--input_file: %s: no text" % ",".join(inputs))
    return jobs


def _warn(message):
    sys.stderr.write("warning: %s\n" % message)


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
    started = time.monotonic()
    options = DataOptions.pick(values)
    summary = run(FileOptions.pick(values), options, part, functools.partial(print, flush=True))
    for message in summary.warnings("--input_file=%s" % values["input_file"], options):
        _warn(message)
    print(summary.line(time.monotonic() - started))


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(main, (tokenization.VocabularyError,))
