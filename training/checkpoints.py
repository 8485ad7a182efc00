# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Checkpoints: finding, checking and restoring them."""


import os

import tensorflow.compat.v1 as tf

import modeling
from program.errors import UserError

# A collection: training variables that a checkpoint of the same model may lack (from a run in another precision).
MAY_BE_MISSING = "variables_a_checkpoint_may_lack"

_OTHER_CONFIG = "pass the --bert_config_file of this checkpoint"
_OTHER_RUN = "--output_dir contains the checkpoint of another model: choose another directory, or pass that model's --bert_config_file"


class CheckpointError(UserError):
    """An unusable checkpoint; the message names it and the problem."""


def latest(output_dir):
    """Prefix of the latest checkpoint in a directory, or None."""
    return tf.train.latest_checkpoint(output_dir)


def step_of(prefix):
    """The global step in the name of a checkpoint that a run wrote; 0 for None or another name."""
    suffix = os.path.basename(prefix or "").rpartition("-")[2]
    return int(suffix) if suffix.isdigit() else 0


def resolve(path):
    """The prefix of a checkpoint given as its prefix, one of its files, or a directory (its latest).

    Raises:
      CheckpointError: there is no checkpoint.
    """
    if os.path.isdir(path):
        prefix = latest(path)
        if prefix is None:
            raise CheckpointError(
                "%s: the directory contains no 'checkpoint' file: pass the prefix of a checkpoint, such as %s"
                % (path, os.path.join(path, "bert_model.ckpt"))
            )
        return resolve(prefix)
    for ending in (".index", ".meta", ".data-00000-of-00001"):
        if path.endswith(ending):
            path = path[: -len(ending)]
    if not _exists(path):
        raise CheckpointError("%s: no such checkpoint (%s.index is missing)" % (path, path))
    return path


def _exists(prefix):
    try:
        return tf.train.checkpoint_exists(prefix)
    except tf.errors.NotFoundError:  # TensorFlow 1.13.1 if the directory does not exist
        return False


def give_initial_values(start, is_training, keep_checkpoint_max=1):
    """Gives the graph's variables the values they start from; call it when the graph is complete.

    Either Estimator restores output_dir's own checkpoint, which is only checked here, or the values come from
    another checkpoint, or they are the variables' own initial values.

    Args:
      start: start.Start.
      is_training: bool. Training may start variables from initial values, and logs where each comes from; otherwise the
        checkpoint must have them all.
      keep_checkpoint_max: number of most recent checkpoints that training keeps; 0 keeps all.

    Raises:
      CheckpointError: see init_from_checkpoint; or output_dir contains the checkpoint of another model.
    """
    if start.resumes:
        _check_complete(start.checkpoint, tf.trainable_variables(), _OTHER_RUN)
    elif not is_training:
        _check_complete(start.checkpoint, tf.trainable_variables(), _OTHER_CONFIG)
    init_from_checkpoint(None if start.resumes else start.checkpoint, log_variables=is_training)
    if is_training and tf.get_collection(MAY_BE_MISSING):
        # Estimator and its saving hook take the graph's saver from here.
        tf.add_to_collection(
            tf.GraphKeys.SAVERS,
            LenientSaver(tf.get_collection(MAY_BE_MISSING), max_to_keep=keep_checkpoint_max),
        )


def init_from_checkpoint(init_checkpoint, log_variables=True):
    """Gives the graph's trainable variables the values of a checkpoint, by name, and logs each variable.

    Variables that the checkpoint lacks keep their own initial value (a new head on a pre-trained body).

    Args:
      init_checkpoint: prefix, or None: only the log.
      log_variables: bool, whether to log the list of variables.

    Raises:
      CheckpointError: it does not exist or cannot be read, has none of the model's bert/ variables, or a variable
        in another shape.
    """
    variables = tf.trainable_variables()
    initialized = {}
    if init_checkpoint:
        _check_initializes(init_checkpoint, variables)
        assignment, initialized = modeling.get_assignment_map_from_checkpoint(
            variables, init_checkpoint
        )
        tf.train.init_from_checkpoint(init_checkpoint, assignment)
    if not log_variables:
        return
    tf.logging.info("**** Trainable variables ****")
    for variable in variables:
        tf.logging.info(
            "  name = %s, shape = %s%s",
            variable.op.name,
            variable.shape,
            ", *INIT_FROM_CKPT*" if variable.op.name in initialized else "",
        )


class LenientSaver(tf.train.Saver):
    """A Saver of all variables that restores checkpoints without some of them: those get their initial values.

    Args:
      optional: list of variables; all are restored, or none if one is missing.
      max_to_keep: number of most recent checkpoints to keep; 0 keeps all.
    """

    def __init__(self, optional, max_to_keep):
        self._optional = list(optional)
        self._required_saver = None
        # The other settings are those of Estimator's own saver.
        super().__init__(
            sharded=True, max_to_keep=max_to_keep, defer_build=True, save_relative_paths=True
        )

    def build(self):
        if self._required_saver is None:
            names = {variable.op.name for variable in self._optional}
            self._required_saver = tf.train.Saver(
                [v for v in tf.global_variables() if v.op.name not in names]
            )
            self._initialize = tf.variables_initializer(self._optional)
        super().build()

    def restore(self, sess, save_path):
        held = variable_shapes(save_path)
        missing = [variable.op.name for variable in self._optional if variable.op.name not in held]
        if not missing:
            super().restore(sess, save_path)
            return
        tf.logging.info("%s lacks %s: using initial values", save_path, ", ".join(missing))
        self._required_saver.restore(sess, save_path)
        sess.run(self._initialize)


def prediction_scaffold(prefix):
    """A Scaffold that restores exactly the model's variables, for prediction with any checkpoint that has them.

    Estimator's own would also require a global_step, which converted checkpoints lack. Call it when the model's
    graph is complete; `Estimator.predict(checkpoint_path=prefix)` then restores them.

    Args:
      prefix: of the checkpoint.

    Raises:
      CheckpointError: it lacks one of the model's variables (random values would give random answers), or has it
        in another shape.
    """
    variables = tf.trainable_variables()
    _check_complete(prefix, variables, _OTHER_CONFIG)
    others = [v for v in tf.global_variables() if v not in variables]
    return tf.train.Scaffold(
        saver=tf.train.Saver(variables),
        ready_for_local_init_op=tf.report_uninitialized_variables(variables),
        local_init_op=tf.group(
            tf.variables_initializer(others),
            tf.local_variables_initializer(),
            tf.tables_initializer(),
        ),
    )


def variable_shapes(prefix):
    """dict, variable name -> shape (list of int) of a checkpoint.

    Raises:
      CheckpointError: it does not exist or cannot be read.
    """
    try:
        return {name: list(shape) for name, shape in tf.train.list_variables(resolve(prefix))}
    except (tf.errors.OpError, RuntimeError) as error:
        raise CheckpointError(
            "%s: cannot be read as a checkpoint (%s)" % (prefix, str(error).splitlines()[0])
        )


def _check_initializes(prefix, variables):
    shapes = variable_shapes(prefix)
    found = [v for v in variables if v.op.name in shapes]
    _check_shapes(prefix, found, shapes, _OTHER_CONFIG)
    if not any(v.op.name.startswith("bert/") for v in found):
        raise CheckpointError(
            "%s: none of the model's bert/ variables found: not a BERT checkpoint" % prefix
        )


def _check_complete(prefix, variables, fix):
    shapes = variable_shapes(prefix)
    # Shapes first: they show a wrong configuration more clearly than a missing variable does.
    _check_shapes(prefix, [v for v in variables if v.op.name in shapes], shapes, fix)
    for variable in variables:
        if variable.op.name not in shapes:
            raise CheckpointError(
                "%s: variable %s is missing: %s" % (prefix, variable.op.name, fix)
            )


def _check_shapes(prefix, variables, shapes, fix):
    for variable in variables:
        held, wanted = shapes[variable.op.name], variable.shape.as_list()
        if held != wanted:
            raise CheckpointError(
                "%s: variable %s has shape %s, the model requires %s: %s"
                % (prefix, variable.op.name, held, wanted, fix)
            )
