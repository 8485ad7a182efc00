# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""How far a training has come in its input: found from the step of a checkpoint, so that it goes on as if it had not stopped.

A checkpoint holds what Google's have. What is needed besides its step is in `input.json` beside it: a part for each start of
the training, with the step, the sample, and what may differ from the parts before.
"""

import hashlib
import json
import os
import random
from collections import OrderedDict, namedtuple

import numpy as np

from program import manifests
from program.files import write_whole
from training import checkpoint_files, kernels
from training.inputs import SAMPLE

INPUT_FILE = "input.json"
_SKIPPED = "loss_scale/skipped_steps"

# samples: sequences that all ranks have taken since the beginning of the training, those of skipped steps included. origin:
# the value of `samples` at which the present order began, other than 0 only after the files or the seed have changed. seed: of
# order and dropout. files: a digest of what the order depends on.
Position = namedtuple("Position", "samples origin seed files")

# A start of the training, at a Position: step: the global step. skipped_steps: those that the checkpoint counts (0 without
# loss scaling). ranks, sequences_per_step: with which it goes on.
_Part = namedtuple(
    "_Part", ("step", "skipped_steps") + Position._fields + ("ranks", "sequences_per_step")
)


def digest(numbers):
    """A digest, below 2**63, of the numbers that an order depends on (records of each file)."""
    content = np.asarray(numbers, "<i8").tobytes()
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "little") >> 1


def find_position(job, start, files):
    """The Position at which a training starts, the same on all ranks, which must all call this; the first one records it.

    Args:
      job: job.Job of this rank; its output_dir exists.
      start: start.Start.
      files: digest of the input.

    Returns:
      (Position, list of str: lines for the user).

    Raises:
      DataError: the record cannot be written.
    """
    found, lines = None, []
    if job.runtime.is_chief:
        path = os.path.join(job.run.output_dir, INPUT_FILE)
        before = _parts(path) if start.resumes else []
        skipped = _skipped_steps(start) if start.resumes else 0
        found, lines = _find(job, start, skipped, files, before)
        part = _Part(
            start.step,
            0 if job.precision.loss_scale is None else skipped,
            ranks=job.runtime.size,
            sequences_per_step=job.sequences_per_step,
            **found._asdict(),
        )
        kept = [earlier for earlier in before if earlier.step < start.step] + [part]
        content = {"parts": [OrderedDict(zip(_Part._fields, one)) for one in kept]}
        write_whole(path, json.dumps(content, indent=1) + "\n")
    found, lines = job.runtime.from_chief([found, lines])
    return Position(*found), lines


def part_of_step(directory, step):
    """The last start of the training in a directory before a step: a _Part, or None if there is none, or no record of it."""
    parts = [part for part in _parts(os.path.join(directory, INPUT_FILE)) if part.step < step]
    return parts[-1] if parts else None


def samples_trained(job, start):
    """Samples of the steps before a start of the training, those of skipped steps not included; the same on all ranks.

    All ranks must call this. Other than step * job.sequences_per_step where earlier starts had another batch size.
    """
    found = None
    if job.runtime.is_chief:
        parts = _parts(os.path.join(job.run.output_dir, INPUT_FILE)) if start.resumes else []
        parts = [part for part in parts if part.step < start.step]
        ends = [part.step for part in parts[1:]] + [start.step]
        found = sum((end - part.step) * part.sequences_per_step for part, end in zip(parts, ends))
        found += (parts[0].step if parts else start.step) * job.sequences_per_step
    return job.runtime.from_chief(found)


def _parts(path):
    """The list of _Part of an input.json; empty where there is none, or not one of this version."""
    try:
        parts = [_Part(**part) for part in manifests.read(path)["parts"]]
    except (KeyError, TypeError):
        return []
    return parts if all(isinstance(number, int) for part in parts for number in part) else []


def _skipped_steps(start):
    reader = checkpoint_files.reader(start.checkpoint)
    return int(reader.get_tensor(_SKIPPED)) if reader.has_tensor(_SKIPPED) else 0


def _find(job, start, skipped, files, before):
    """(the Position, lines for the user)."""
    given = job.run.random_seed
    parts = [part for part in before if part.step <= start.step]
    if not parts:
        seed = random.SystemRandom().getrandbits(62) if given is None else given
        samples = (start.step + skipped) * job.sequences_per_step
        line = (
            "%s is from a version that did not record its input (%s): going on at sample %d, after %d steps of %d"
            % (
                start.checkpoint,
                INPUT_FILE,
                samples,
                start.step + skipped,
                job.sequences_per_step,
            )
        )
        return Position(samples, 0, seed, files), [line] if samples else []
    part, lines, changed = parts[-1], [], []
    steps = start.step - part.step + max(skipped - part.skipped_steps, 0)
    at = Position(
        part.samples + steps * part.sequences_per_step, part.origin, part.seed, part.files
    )
    if at.files != files:
        changed.append("the input files are not those of %s" % start.checkpoint)
    if given is not None and at.seed != given:
        changed.append("--random_seed is not that of %s" % start.checkpoint)
        at = at._replace(seed=given)
    if changed:
        lines.append("%s: a new epoch begins" % " and ".join(changed))
        at = at._replace(origin=at.samples, files=files)
    if part.ranks != job.runtime.size:
        lines.append(
            "%s is from a run of %d ranks, this one has %d: going on at the same sample, with other dropout masks"
            % (start.checkpoint, part.ranks, job.runtime.size)
        )
    return at, lines


def describe(position, num_records):
    """A line for the user: the next sample.

    Args:
      position: Position.
      num_records: of an epoch.
    """
    epoch, record = divmod(position.samples - position.origin, num_records)
    return "next sample: %d, record %d of %d of epoch %d" % (
        position.samples,
        record,
        num_records,
        epoch,
    )


def kernels_of(job, position, features):
    """The job's kernels for a micro-batch; their dropout masks are functions of the position's seed and the samples.

    Args:
      job: job.Job.
      position: Position; None: the masks come from the graph's own generator.
      features: dict of the micro-batch, with inputs.SAMPLE.
    """
    if position is None:
        return job.kernels
    return kernels.drawing(job.kernels, position.seed, features[SAMPLE][0])
