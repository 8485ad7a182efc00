# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""--replay_step: computes one training step of a run again and prints the largest values of layers and gradients.

The run's directory stays as it is: a temporary directory takes its place, with links to the newest checkpoint before the
step. Since a resumed training is that which was not interrupted, the steps in between come out as they did.
"""

import contextlib
import os
import shutil
from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

from program import temporary
from program.errors import UserError
from program.options import OptionError
from training import checkpoint_files, magnitudes, metrics, position, run_record
from training.precision import precision_hooks

_FETCHED = "replayed_step"  # the collection of the graph with what is fetched
_GRADIENTS_SHOWN = 10
_AFTER_TRAINING = {
    "do_eval": False,
    "do_predict": False,
    "do_export": False,
    "export_dir": None,
    "freeze_export": False,
}


class ReproducedError(UserError):
    """The step that was computed again diverged again; the message is one line."""

    exit_code = 3


# --------------------------------------------------------------------------------------------------------
# The directory


@contextlib.contextmanager
def prepared(job):
    """The job that computes a step again, in a temporary directory; without --replay_step, the job as it is.

    Args:
      job: job.Job.

    Raises:
      OptionError, CheckpointError: the step cannot be computed as the run computed it.
    """
    if job.run.replay_step is None:
        yield job
        return
    step, output_dir = job.run.replay_step, job.run.output_dir
    if not job.task.do_train:
        raise OptionError(
            "--replay_step=%d computes a training step again: pass --do_train and the other options of the run"
            % step
        )
    task = job.task.to_dict()
    job = job._replace(
        task=job.task.replace(
            **{name: off for name, off in _AFTER_TRAINING.items() if name in task}
        )
    )
    if not job.runtime.is_chief:  # works in a directory of its own anyway
        yield job
        return
    prefix = _checkpoint_before(output_dir, step)
    _check_same_steps(job, prefix)
    directory, verbosity = temporary.make_directory("replay"), tf.logging.get_verbosity()
    # What is logged of a start has been said of the run itself.
    tf.logging.set_verbosity(tf.logging.WARN)
    try:
        _fill(directory, output_dir, prefix)
        begin = checkpoint_files.step_of(prefix)
        print(
            "computing step %d again, from %s%s; %s is not changed"
            % (
                step,
                prefix or "the initial values",
                " (steps before it that are computed again, too: %d)" % (step - 1 - begin),
                output_dir,
            ),
            flush=True,
        )
        yield job._replace(run=job.run.replace(output_dir=directory))
    except UserError as error:
        error.args = tuple(str(text).replace(directory, output_dir) for text in error.args)
        raise
    finally:
        tf.logging.set_verbosity(verbosity)
        shutil.rmtree(directory, ignore_errors=True)


def _checkpoint_before(output_dir, step):
    """Prefix of the newest good checkpoint before a step, or None if there are no checkpoints at all."""
    there = checkpoint_files.on_disk(output_dir)
    problems = []
    for prefix in there:
        if checkpoint_files.step_of(prefix) < step:
            try:
                checkpoint_files.verify(prefix)
            except checkpoint_files.CheckpointError as error:
                problems.append(str(error))
                continue
            for problem in problems:
                tf.logging.warning("%s; going back to %s", problem, prefix)
            return prefix
    if problems:
        raise checkpoint_files.CheckpointError(
            "--replay_step=%d: no checkpoint before that step can be read (%s)"
            % (step, problems[0])
        )
    if there:
        raise OptionError(
            "--replay_step=%d: %s is the oldest checkpoint in --output_dir=%s: steps from %d on can be computed again "
            "(--keep_checkpoint_max keeps more)"
            % (
                step,
                os.path.basename(there[-1]),
                output_dir,
                checkpoint_files.step_of(there[-1]) + 1,
            )
        )
    return None


def _check_same_steps(job, prefix):
    """Refuses what would not compute the run's own steps; warns of options that change their results."""
    step, output_dir, given = job.run.replay_step, job.run.output_dir, job.run.random_seed
    option = "--replay_step=%d: " % step
    part = position.part_of_step(output_dir, step)
    if part is None:
        raise OptionError(
            option
            + "--output_dir=%s contains no run, or one of a version that did not record its input (%s is missing or does "
            "not reach back to that step)" % (output_dir, position.INPUT_FILE)
        )
    if part.ranks != job.runtime.size:
        raise OptionError(
            option
            + "the run had %d ranks, which decides the records of each batch, this one has %d: start as many"
            % (part.ranks, job.runtime.size)
        )
    if part.sequences_per_step != job.sequences_per_step:
        raise OptionError(
            option
            + "the run computed %d sequences per step, this one %d: pass its --train_batch_size and "
            "--num_accumulation_steps" % (part.sequences_per_step, job.sequences_per_step)
        )
    if given is not None and given != part.seed:
        raise OptionError(
            option + "the run had --random_seed=%d, this one has %d" % (part.seed, given)
        )
    if given is None and prefix is None:
        raise OptionError(
            option
            + "--output_dir=%s contains no checkpoint, and the initial values of a run without a fixed seed are unknown"
            % output_dir
        )
    for change in _changes(job):
        tf.logging.warning("not as in the run that is computed again: %s", change)


def _changes(job):
    record = run_record.trained(job.run.output_dir) or {}
    options = record.get("options", {})
    pairs = [
        ("--" + name, options[name], value)
        for name, value in job.optimizer.to_dict().items()
        if name in options
    ]
    for name in ("kernels", "precision"):
        if name in record:
            pairs.append((name, record[name], getattr(job, name).description))
    return ["%s was %s, is %s" % change for change in pairs if change[1] != change[2]]


def _fill(directory, output_dir, prefix):
    """Puts into a directory what training needs to go on from a checkpoint."""
    for name in sorted(os.listdir(output_dir)):
        of_checkpoint = prefix and name.startswith(os.path.basename(prefix) + ".")
        # Whoever writes such a file writes a new one in its place.
        if of_checkpoint or name.endswith(".index.json"):
            os.symlink(
                os.path.abspath(os.path.join(output_dir, name)), os.path.join(directory, name)
            )
        elif name in (position.INPUT_FILE, run_record.RUN_FILE):
            shutil.copy(os.path.join(output_dir, name), os.path.join(directory, name))
    if prefix:
        checkpoint_files.write_note(directory, [os.path.join(directory, os.path.basename(prefix))])


# --------------------------------------------------------------------------------------------------------
# The graph and its loop


def training_spec(job, step, losses, finite):
    """The EstimatorSpec of a step that is computed again: nothing is saved and nothing is logged.

    Args:
      job: job.Job.
      step: train_op.TrainStep with magnitudes.
      losses: dict, name -> scalar tensor.
      finite: dict, description -> scalar tensor that must be finite.
    """
    scaling = step.loss_scale
    scale = 1.0 if scaling is None else scaling.value
    gradients = OrderedDict(
        (name, magnitudes.of(gradient / scale)) for name, gradient in step.gradients.items()
    )
    always = {
        "step": step.scalars["global_step"],
        "finite": finite,
        "diverged": tf.constant(False) if scaling is None else scaling.has_diverged(),
    }
    scalars = {name: value for name, value in step.scalars.items() if name != "global_step"}
    largest = {"layers": step.magnitudes, "gradients": gradients}
    once = dict(always, scalars=dict(scalars, **losses), **largest)
    tf.add_to_collection(_FETCHED, (always, once))
    return tf.estimator.EstimatorSpec(
        mode=tf.estimator.ModeKeys.TRAIN,
        loss=tf.zeros([]),  # Estimator would stop at a NaN
        train_op=step.train_op,
        training_hooks=precision_hooks(job.precision) + job.runtime.hooks(),
    )


class ReplayHook(tf.train.SessionRunHook):
    """Fetches everything in each try of one step, little in the steps before, and ends training when it has diverged.

    Args:
      first: int, the step at which training starts.
      step: int, the one to compute.
    """

    def __init__(self, first, step):
        self._done, self._step = first, step
        self.runs = 0
        self.result = None

    def begin(self):
        ((self._always, self._once),) = tf.get_collection(_FETCHED)

    def before_run(self, run_context):
        wanted = self._once if self._done == self._step - 1 else self._always
        return tf.train.SessionRunArgs(wanted)

    def after_run(self, run_context, run_values):
        self.runs += 1
        self.result = run_values.results
        self._done = int(self.result["step"])
        if self.problem():
            run_context.request_stop()

    def problem(self):
        """What diverged in the last run: str, or None."""
        if self.result["diverged"]:
            return "the gradients are not finite at loss scale 1"
        for what, value in sorted(self.result["finite"].items()):
            if not metrics.is_finite(float(value)):
                return "%s is %s" % (what, float(value))
        return None


# --------------------------------------------------------------------------------------------------------
# The table


def report(job, hook):
    """Prints the table of the step, on the first rank. All ranks must call this.

    Args:
      job: job.Job of this rank.
      hook: ReplayHook, when training has ended.

    Raises:
      ReproducedError: the step, or one before it, diverged.
    """
    step, result, problem = job.run.replay_step, hook.result, hook.problem()
    if "layers" not in result:
        raise ReproducedError(
            "--replay_step=%d: step %d before it diverges (%s): pass --replay_step=%d"
            % (step, result["step"], problem, result["step"])
        )
    layers, gradients = [_over_ranks(job.runtime, result[name]) for name in ("layers", "gradients")]
    if not job.runtime.is_chief:
        if problem:
            raise ReproducedError("step %d diverges again" % step)
        return
    bad = [name for name, figures in layers.items() if figures[1] or figures[2]]
    bad += [
        "gradient of " + name for name, figures in gradients.items() if figures[1] or figures[2]
    ]
    for line in _table(result["scalars"], layers, gradients):
        print(line, flush=True)
    first = "; first not finite: %s" % bad[0] if bad else ""
    if problem:
        raise ReproducedError("step %d diverges again: %s%s" % (step, problem, first))
    print("step %d is finite%s" % (step, first), flush=True)


def _over_ranks(runtime, values):
    """OrderedDict, name -> [largest value, 1 if NaN, 1 if infinite] over all ranks."""
    own = [[name, [float(number) for number in figures]] for name, figures in values.items()]
    gathered = [OrderedDict(rows) for rows in runtime.gather(own)]
    return OrderedDict(
        (name, np.max([rows[name] for rows in gathered], axis=0).tolist()) for name, _ in own
    )


def _table(scalars, layers, gradients):
    """List of lines. Of a tensor with NaN or infinity the largest of the finite values is shown, too."""
    rows = [("largest absolute value", "finite", "and")]
    rows += [_row(name, figures) for name, figures in layers.items()]
    # Those that are not finite first, then by size.
    ordered = sorted(gradients.items(), key=lambda item: (-item[1][1] - item[1][2], -item[1][0]))
    rows += [_row("gradient of " + name, figures) for name, figures in ordered[:_GRADIENTS_SHOWN]]
    if len(ordered) > _GRADIENTS_SHOWN:
        rows.append(("gradients of %d more variables" % (len(ordered) - _GRADIENTS_SHOWN), "", ""))
    rows.append(("figures of the step", "", ""))
    # 9 digits tell all float32 apart.
    rows += [(name, "%.9g" % value, "") for name, value in sorted(scalars.items())]
    width = max(len(name) for name, _, _ in rows)
    return [("%-*s  %14s  %s" % ((width,) + row)).rstrip() for row in rows]


def _row(name, figures):
    others = [word for word, found in zip(("NaN", "inf"), figures[1:]) if found]
    return name, "%.6g" % figures[0], " and ".join(others)
