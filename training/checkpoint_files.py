# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The checkpoint files of a run's directory: which are there, which are whole, TensorFlow's note of the latest, leftovers.

The note (the file `checkpoint`) is written by every save, but a copied, cleaned or damaged directory may have lost it, or it
may name what is gone. What is on disk counts.
"""

import codecs
import os
import re
import shutil
from collections import namedtuple

import tensorflow.compat.v1 as tf

from fused_ops.tensorflow_versions import READ_ERRORS
from program import bundle, temporary
from program.errors import UserError
from program.files import write_whole

NOTE = "checkpoint"
NAME = "model.ckpt"

_STEP = re.compile(r"^model\.ckpt-(\d{1,18})(\.index|\.data-\d{5}-of-\d{5})$")
_NOTED = re.compile(rb'^\s*(model_checkpoint_path|all_model_checkpoint_paths):\s*"(.*)"\s*$', re.M)
# What a killed run leaves: parts of an unfinished checkpoint, and files before their renaming.
_LEFTOVER = re.compile(
    r"^(model\.ckpt-\d+_temp(?:_[0-9a-f]+)?|.*\.tempstate\d+|(checkpoint|graph\.pbtxt|model\.ckpt-\d+\.meta)\.tmp[0-9a-f]*"
    r"|.*\.tmp-\d+|(run\.json|checkpoint|predictions\.json|nbest_predictions\.json|null_odds\.json|latency\.jsonl"
    r"|eval_results\.txt|(train|eval)\.tf_record(\.windows)?)\.tmp|train\.tf_record\.(own|in_file_order(\.own|\.tmp)?))$"
)

_PATTERN = re.compile(r"[*?\[\]\\]")
_links = {}  # directory -> a link to it, see `plain`

# prefix: of the checkpoint to continue, or None if there is none. warnings: list of str.
Found = namedtuple("Found", ["prefix", "warnings"])


class CheckpointError(UserError):
    """An unusable checkpoint; the message names it and the problem."""


def step_of(prefix):
    """The global step in the name of a checkpoint that a run wrote; 0 for None or another name."""
    suffix = os.path.basename(prefix or "").rpartition("-")[2]
    return int(suffix) if suffix.isdigit() else 0


def exists(prefix):
    """Whether there is an index file; the directory may have any name (TensorFlow's function expands * ? [ ] and \\)."""
    return os.path.isfile(prefix + bundle.INDEX)


def on_disk(directory):
    """Prefixes of the model.ckpt-STEP of a directory, whole or not, the latest step first."""
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    steps = {int(match.group(1)) for match in map(_STEP.match, names) if match}
    return [os.path.join(directory, "%s-%d" % (NAME, step)) for step in sorted(steps)[::-1]]


def noted(directory):
    """(the latest, all) checkpoints that the note names: a prefix or None, and a list, oldest first.

    A note that cannot be read names nothing. A path of another directory counts as one of this directory if it exists
    here: the directory was moved.
    """
    try:
        with open(os.path.join(directory, NOTE), "rb") as stream:
            content = stream.read(1 << 20)
    except OSError:
        return None, []
    latest, every = None, []
    for key, value in _NOTED.findall(content):
        try:
            path = codecs.escape_decode(value)[0].decode("utf-8")
        except ValueError:
            continue
        if "\0" in path:  # in no name of a file
            continue
        here = os.path.join(directory, os.path.basename(path))
        path = here if exists(here) else os.path.join(directory, path)
        if key == b"model_checkpoint_path":
            latest = path
        else:
            every.append(path)
    return latest, every


def write_note(directory, prefixes):
    """Writes the note: of checkpoints in this directory, oldest first; the last is the latest."""
    names = [os.path.basename(prefix) for prefix in prefixes]
    lines = ['model_checkpoint_path: "%s"' % names[-1]]
    lines += ['all_model_checkpoint_paths: "%s"' % name for name in names]
    write_whole(os.path.join(directory, NOTE), "".join(line + "\n" for line in lines))


def record(prefix, keep, milestones=0):
    """Makes a checkpoint the latest in the note of its directory, and removes the oldest ones of the note beyond `keep`.

    Args:
      prefix: of the checkpoint that was just written.
      keep: number of checkpoints to keep; 0 keeps all.
      milestones: the files of steps that are a multiple of it stay, though the note no longer names them; 0: none.
    """
    directory = os.path.dirname(prefix)
    _, every = noted(directory)
    here = [p for p in every if os.path.dirname(p) == directory and p != prefix and exists(p)]
    kept = (here + [prefix])[-keep if keep else 0 :]
    # What is to be removed stays in the note until it is gone: after a kill in between, the next save removes it.
    write_note(directory, here + [prefix])
    for old in here:
        if old not in kept and not (milestones and step_of(old) % milestones == 0):
            remove(old)
    if kept != here + [prefix]:
        write_note(directory, kept)


def latest(directory):
    """Prefix of the latest checkpoint of a directory, or None: the one in the note if it is there, else the highest step."""
    prefix, _ = noted(directory)
    if prefix is not None and exists(prefix):
        return prefix
    there = [prefix for prefix in on_disk(directory) if exists(prefix)]
    return there[0] if there else None


def reader(prefix):
    """TensorFlow's reader of a checkpoint at any path."""
    return tf.train.NewCheckpointReader(plain(prefix))


def plain(prefix):
    """A path of the same checkpoint without * ? [ ] and \\, which TensorFlow's readers take for parts of a pattern.

    Where needed it goes through a link in a temporary directory, which is there until the process ends.
    """
    directory = os.path.dirname(os.path.abspath(prefix))
    if not _PATTERN.search(prefix):
        return prefix
    if directory not in _links:
        place = temporary.make_directory("checkpoint")
        _links[directory] = os.path.join(place, "directory")
        os.symlink(directory, _links[directory])
    return os.path.join(_links[directory], os.path.basename(prefix))


def verify(prefix, names=None):
    """Reads variables of a checkpoint back; TensorFlow compares the checksum of each (0.55 s per GB in the page cache).

    Args:
      prefix: of the checkpoint.
      names: iterable of variables; None: all.

    Raises:
      CheckpointError: a file is missing, cut off or damaged.
    """
    try:
        entries = bundle.check_files(prefix)
    except bundle.BundleError as error:
        raise CheckpointError(str(error))
    name = None
    try:
        opened = reader(prefix)
        for name in entries if names is None else names:
            if name in entries:
                opened.get_tensor(name)
    except READ_ERRORS as error:
        raise CheckpointError(
            "%s: damaged (%s: %s)"
            % (prefix, name or bundle.INDEX, (str(error).splitlines() or ["unreadable"])[0])
        )


def find_own(directory):
    """Finds the checkpoint with which a run's own directory goes on: the noted one, else the newest that is whole.

    Returns:
      Found, with a warning for each that was passed over.

    Raises:
      CheckpointError: there are checkpoints, but none can be read; or the note names one and there is none at all.
    """
    named, _ = noted(directory)
    there = on_disk(directory)
    elsewhere = named is not None and named != os.path.join(directory, os.path.basename(named))
    if named is not None and named not in there and exists(named) and not (elsewhere and there):
        there = [named] + there  # of another name, or the only one
    note = os.path.join(directory, NOTE)
    if not there:
        if named is not None:
            raise CheckpointError(
                "%s names %s, but its files are gone: put them back, or remove %s to start anew"
                % (note, named, note)
            )
        return Found(None, [])
    tried = [prefix for prefix in there if prefix == named]
    problems = []
    for prefix in tried + [prefix for prefix in there if prefix != named]:
        try:
            verify(prefix)
        except CheckpointError as error:
            problems.append((prefix, str(error)))
            continue
        return Found(prefix, _warnings(note, named, tried, problems, prefix))
    raise CheckpointError(
        "%s: %s: restore a copy of it, or choose another --output_dir"
        % (
            directory,
            (
                "none of its %d checkpoints can be read (the newest: %s)"
                % (len(problems), problems[0][1])
                if len(problems) > 1
                else "its only checkpoint cannot be read (%s)" % problems[0][1]
            ),
        )
    )


def _warnings(note, named, tried, problems, prefix):
    lines = ["%s; going back to %s" % (problem, prefix) for _, problem in problems]
    if not tried:
        state = "names no checkpoint"
        if named:
            where = "in another directory" if exists(named) else "gone"
            state = "names %s, which is %s" % (named, where)
        if not os.path.exists(note):
            state = "is missing"
        lines.insert(0, "%s %s; found %s" % (note, state, prefix))
    return lines


def adopt(directory, prefix):
    """Makes a checkpoint of a directory the one that TensorFlow restores: writes the note if it says something else."""
    named, every = noted(directory)
    is_here = prefix == os.path.join(directory, os.path.basename(prefix))  # it may end with /
    if not is_here or (named == prefix and prefix in every):
        return
    older = [p for p in on_disk(directory) if step_of(p) < step_of(prefix) and exists(p)]
    write_note(directory, older[::-1] + [prefix])


def remove(prefix):
    """Removes the files of a checkpoint; the index last, without which it no longer counts as one."""
    directory, name = os.path.split(prefix)
    own = re.compile(re.escape(name) + r"\.(index|meta|data-\d{5}-of-\d{5})$")
    for found in sorted(os.listdir(directory), key=lambda found: found.endswith(bundle.INDEX)):
        if own.match(found):
            os.remove(os.path.join(directory, found))


def remove_leftovers(directory):
    """Removes what a killed run left unfinished in its directory; returns the names. No other run may be at work there."""
    names = sorted(filter(_LEFTOVER.match, os.listdir(directory)))
    for name in names:
        path = os.path.join(directory, name)
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.remove(path)
    return names + _remove_remains(directory)


def _remove_remains(directory):
    """Removes what is left of older checkpoints whose removal was cut short; returns their names."""
    names, newest = [], step_of(latest(directory))
    data = re.compile(r"(.*)\.data-\d{5}-of-\d{5}$")
    whole = {found.group(1) for found in map(data.match, os.listdir(directory)) if found}
    for prefix in on_disk(directory):
        if step_of(prefix) < newest and os.path.basename(prefix) not in whole:
            remove(prefix)
            names.append(os.path.basename(prefix))
    return names
