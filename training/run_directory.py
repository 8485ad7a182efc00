# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The directory of a run: what it holds, who works in it, and whether this run may go on in it.

run.json says which program trained there, which model and on which data. Another program or model is refused before
anything is computed, other data unless --allow_new_data is given. Where there is no run.json, the variables decide.
"""

import contextlib
import os

import tensorflow.compat.v1 as tf

from program import directory_lock
from program.options import OptionError
from training import (
    checkpoint_files,
    checkpoints,
    data_record,
    model_match,
    run_record,
    session,
)

# Of bert_config.json: what makes another model. The rates of dropout and the initializer's range may change in a run.
_MAY_CHANGE = ("hidden_dropout_prob", "attention_probs_dropout_prob", "initializer_range")


@contextlib.contextmanager
def opened(program, job, find_start, build, data):
    """Prepares the output directory, checks that this run may work in it, and records the run.

    All ranks must call this; only the first looks at the directory. It is locked meanwhile.

    Args:
      program: str, such as "run_squad".
      job: job.Job.
      find_start: function of this rank's Job, such as start.find_start.
      build: function of a BertConfig that adds the model with its heads to the default graph.
      data: function without arguments: what the run trains on, a dict as data_record.differences compares it, and whether
        its text is lower-cased (bool or None); None without training.

    Yields:
      (this rank's Job, Start, run_record.RunRecord).

    Raises:
      OptionError, CheckpointError, DataError, LockedError: this run cannot work there; the directory is as before.
    """
    with contextlib.ExitStack() as stack:
        if job.runtime.is_chief:
            session.make_output_dir(job.run.output_dir)
            stack.enter_context(directory_lock.held(job.run.output_dir, tf.logging.warning))
            _check_program(program, job)
        job = job._replace(run=session.options_of_rank(job.run, job.runtime))
        start = find_start(job)
        tf.logging.info(job.precision.description)
        tf.logging.info(job.kernels.description)
        facts = {}
        if job.runtime.is_chief:
            _check_variables(job, start, build)
            facts = _check_data(job, start, data) if job.task.do_train else {}
            _clean(job)
        yield job, start, stack.enter_context(run_record.recorded(program, job, facts))


def _check_program(program, job):
    """Refuses the directory of another program or model, as its run.json says."""
    directory = job.run.output_dir
    if run_record.is_damaged(directory):
        tf.logging.warning(
            "%s is damaged and begun anew: what it said of earlier runs is lost, and this run is not compared with it",
            os.path.join(directory, run_record.RUN_FILE),
        )
    record = run_record.trained(directory)
    if record is None or not _has_checkpoint(directory):
        return
    if record.get("program") != program:
        raise OptionError(
            "--output_dir=%s contains a run of %s, not of %s: choose another directory; to start from its weights, pass it "
            "as --init_checkpoint" % (directory, record.get("program"), program)
        )
    model, config = record.get("model"), job.config
    if not isinstance(model, dict) or config is None:
        return
    changes = [
        "%s is %s there, %s here" % (name, model[name], value)
        for name, value in config.to_dict().items()
        if name in model and model[name] != value
    ]
    other = [change for change in changes if change.split(" ")[0] not in _MAY_CHANGE]
    own = job.task.do_train or not job.run.init_checkpoint
    if other and own:
        raise OptionError(
            "--output_dir=%s contains the run of another model (%s): choose another directory, or pass the "
            "--bert_config_file of that run" % (directory, "; ".join(other))
        )
    if changes and own:
        tf.logging.warning("%s: %s", directory, "; ".join(changes))


def _has_checkpoint(directory):
    return (
        bool(checkpoint_files.on_disk(directory)) or checkpoint_files.latest(directory) is not None
    )


def _check_variables(job, start, build):
    """Compares the model's variables with those of the checkpoint that the run starts from."""
    if start.checkpoint is None:
        return
    prefix = start.checkpoint
    shapes = checkpoints.variable_shapes(prefix)
    wanted = model_match.trainable_shapes(job.config, build)
    if start.resumes:
        model_match.check_same_model(prefix, wanted, shapes)
        if run_record.trained(job.run.output_dir) is None:
            tf.logging.info(
                "%s has no %s of a training; the variables of %s are those of this model: continuing it at step %d",
                job.run.output_dir,
                run_record.RUN_FILE,
                prefix,
                start.step,
            )
        return
    if job.task.do_train:
        model_match.check_initializes(prefix, wanted, shapes, job.run.allow_partial_init)
    else:
        model_match.check_complete(prefix, wanted, shapes)
    try:
        checkpoint_files.verify(prefix, wanted)
    except checkpoint_files.CheckpointError as error:
        raise checkpoint_files.CheckpointError(
            "%s: get its files again, or pass another checkpoint" % error
        )
    tf.logging.info(model_match.description(prefix, wanted, shapes))


def _check_data(job, start, data):
    """Refuses other data than the directory's run was trained on; returns the facts for run.json."""
    now, is_lower_cased = data()
    facts = {"data": now, "do_lower_case": is_lower_cased, "data_changed": []}
    record = run_record.trained(job.run.output_dir) if start.resumes else None
    if record is None:
        return facts
    before = record.get("data")
    if not isinstance(before, dict):  # of an older version
        options = record["options"]
        before = {name: options[name] for name in now if isinstance(options.get(name), bool)}
        tf.logging.info(
            "%s: %s does not say which files this run was trained on: they are not compared",
            job.run.output_dir,
            run_record.RUN_FILE,
        )
    changes = data_record.differences(before, now)
    if changes and not job.run.allow_new_data:
        raise OptionError(
            "--output_dir=%s contains a run that was trained on other data (%s): choose another directory, or pass "
            "--allow_new_data" % (job.run.output_dir, "; ".join(changes))
        )
    for change in changes:
        tf.logging.warning("--allow_new_data: going on with other data: %s", change)
    return dict(facts, data_changed=changes)


def _clean(job):
    if job.task.do_train:
        removed = checkpoint_files.remove_leftovers(job.run.output_dir)
        if removed:
            tf.logging.info("removed what a stopped run left unfinished: %s", ", ".join(removed))


def check_casing(do_lower_case, prefix):
    """Warns if the run of a checkpoint was trained on text of the other casing, as its run.json says.

    Args:
      do_lower_case: bool.
      prefix: of the checkpoint; None: nothing to check.
    """
    record = run_record.trained(os.path.dirname(prefix)) if prefix else None
    if record is None:
        return
    trained = record.get("do_lower_case", record["options"].get("do_lower_case"))
    if isinstance(trained, bool) and trained != do_lower_case:
        tf.logging.warning(
            "--do_lower_case=%s, but %s was trained with %s (%s beside it): many words will be [UNK]",
            str(do_lower_case).lower(),
            prefix,
            str(trained).lower(),
            run_record.RUN_FILE,
        )
