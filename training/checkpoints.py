# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Checkpoints in a graph: what a path names, which values variables start from, saving and restoring."""


import os
import re

import tensorflow.compat.v1 as tf

import modeling
from program import bundle
from program.files import write_whole
from training import checkpoint_files, model_match, other_weights
from training.checkpoint_files import CheckpointError

# A collection: training variables that a checkpoint of the same model may lack (from a run in another precision).
MAY_BE_MISSING = "variables_a_checkpoint_may_lack"

_ENDING = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")


def resolve(path):
    """The prefix of a checkpoint given as its prefix, one of its files, or a directory (its latest); its files are there.

    Raises:
      CheckpointError: there is no checkpoint, its files are not whole, or it is in another format.
    """
    return _resolved(path)[0]


def _resolved(path):
    """As resolve: (prefix, OrderedDict name -> bundle.Entry)."""
    prefix = _in_directory(path) if os.path.isdir(path) else _ENDING.sub("", path)
    if not checkpoint_files.exists(prefix):
        advice = other_weights.advice(path)
        if advice:
            raise CheckpointError("%s: %s" % (path, advice))
        raise CheckpointError("%s: no such checkpoint (%s.index is missing)" % (prefix, prefix))
    try:
        return prefix, bundle.check_files(prefix)
    except bundle.BundleError as error:
        raise CheckpointError(
            "%s: the checkpoint is incomplete: get its files again, or pass another checkpoint"
            % error
        )


def _in_directory(path):
    """The prefix of the latest checkpoint of a directory, or of the only one."""
    prefix = checkpoint_files.latest(path)
    if prefix is not None:
        return prefix
    named, _ = checkpoint_files.noted(path)
    if named is not None:
        raise CheckpointError(
            "%s names %s, but its files are gone: get them again, or pass another checkpoint"
            % (os.path.join(path, checkpoint_files.NOTE), named)
        )
    found = sorted(
        _ENDING.sub("", name) for name in os.listdir(path) if name.endswith(bundle.INDEX)
    )
    if len(found) == 1:
        return os.path.join(path, found[0])
    advice = other_weights.advice(path)
    if advice:
        raise CheckpointError("%s: %s" % (path, advice))
    raise CheckpointError(
        "%s: the directory contains %s: pass the prefix of a checkpoint, such as %s"
        % (
            path,
            "several checkpoints (%s)" % ", ".join(found[:3]) if found else "no checkpoint",
            os.path.join(path, found[0] if found else "bert_model.ckpt"),
        )
    )


def give_initial_values(start, is_training, run_options=None):
    """Gives the graph's variables the values they start from; call it when the graph is complete.

    Either Estimator restores output_dir's own checkpoint, or the values come from another checkpoint, or they are the
    variables' own initial values.

    Args:
      start: start.Start; its checkpoint has been compared with the model (training.run_directory).
      is_training: bool, whether to log where each variable's value comes from.
      run_options: options.RunOptions, which say what training keeps; None: the latest checkpoint.

    Raises:
      CheckpointError: see init_from_checkpoint.
    """
    init_from_checkpoint(None if start.resumes else start.checkpoint, log_variables=is_training)
    # Estimator and its saving hook take the graph's saver from here.
    tf.add_to_collection(
        tf.GraphKeys.SAVERS,
        RunSaver(
            tf.get_collection(MAY_BE_MISSING),
            run_options.keep_checkpoint_max if run_options else 1,
            run_options.keep_checkpoint_every_n_steps if run_options else 0,
        ),
    )


def init_from_checkpoint(init_checkpoint, log_variables=True):
    """Gives the graph's trainable variables the values of a checkpoint, by name, and logs each variable.

    Variables that the checkpoint lacks keep their own initial value (a new head on a pre-trained body).

    Args:
      init_checkpoint: prefix, or None: only the log.
      log_variables: bool, whether to log the list of variables.

    Raises:
      CheckpointError: it does not exist or cannot be read, or has a variable in another shape.
    """
    variables = tf.trainable_variables()
    initialized = {}
    if init_checkpoint:
        held = variable_shapes(init_checkpoint)
        model_match.check_shapes(
            init_checkpoint, _shapes_of(variables), held, model_match.OTHER_CONFIG
        )
        path = checkpoint_files.plain(init_checkpoint)
        assignment, initialized = modeling.get_assignment_map_from_checkpoint(variables, path)
        tf.train.init_from_checkpoint(path, assignment)
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


class PathSaver(tf.train.Saver):
    """A Saver that restores from any path; TensorFlow's own takes * ? [ ] and \\ in it for parts of a pattern."""

    def restore(self, sess, save_path):
        tf.logging.info("restoring %s", save_path)
        path = checkpoint_files.plain(save_path)
        sess.run(self.saver_def.restore_op_name, {self.saver_def.filename_tensor_name: path})


class RunSaver(PathSaver):
    """The Saver of a run: a checkpoint is read back before the note names it and an older one is removed.

    Args:
      optional: list of variables that a checkpoint may lack; they then get their initial values, all or none.
      max_to_keep: number of most recent checkpoints to keep; 0 keeps all.
      milestones: steps whose multiples are kept for good; 0: none.
    """

    def __init__(self, optional, max_to_keep, milestones=0):
        self._optional = list(optional)
        self._required_saver = None
        self._keep = max_to_keep
        self._milestones = milestones
        self._described, self._description = None, None
        # The other settings are those of Estimator's own saver. Files are removed here, not there.
        super().__init__(sharded=True, max_to_keep=0, defer_build=True, save_relative_paths=True)

    def build(self):
        if self._optional and self._required_saver is None:
            names = {variable.op.name for variable in self._optional}
            self._required_saver = PathSaver(
                [v for v in tf.global_variables() if v.op.name not in names]
            )
            self._initialize = tf.variables_initializer(self._optional)
        super().build()

    def restore(self, sess, save_path):
        held = variable_shapes(save_path)
        optional = [variable.op.name for variable in self._optional]
        absent = [v.op.name for v in tf.global_variables() if v.op.name not in held]
        missing = [name for name in absent if name not in optional]
        if missing:
            raise CheckpointError(
                "%s: cannot be continued, it lacks %s%s: choose another --output_dir and pass it as --init_checkpoint"
                % (
                    save_path,
                    ", ".join(missing[:3]),
                    " and %d more" % (len(missing) - 3) if len(missing) > 3 else "",
                )
            )
        if not absent:
            super().restore(sess, save_path)
            return
        tf.logging.info("%s lacks %s: using initial values", save_path, ", ".join(absent))
        self._required_saver.restore(sess, save_path)
        sess.run(self._initialize)

    def save(
        self, sess, save_path, global_step=None, write_meta_graph=True, write_state=True, **kwargs
    ):
        prefix = super().save(
            sess, save_path, global_step, write_meta_graph=False, write_state=False, **kwargs
        )
        if write_meta_graph:
            write_whole(prefix + ".meta", self._meta_graph(sess.graph))
        if write_state:
            try:
                checkpoint_files.verify(prefix)
            except CheckpointError as error:
                raise CheckpointError("just written, but not as it should be: %s" % error)
            checkpoint_files.record(prefix, self._keep, self._milestones)
        return prefix

    def _meta_graph(self, graph):
        """The content of a checkpoint's .meta. Making it takes seconds of a large model, so it is kept while the graph is the same."""
        if self._described != (graph, graph.version):
            with graph.as_default():
                self._description = self.export_meta_graph().SerializeToString()
            self._described = graph, graph.version
        return self._description


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
    held = variable_shapes(prefix)
    model_match.check_complete(prefix, _shapes_of(tf.trainable_variables()), held)
    variables = [v for v in tf.trainable_variables() if v.op.name in held]
    others = [v for v in tf.global_variables() if v not in variables]
    return tf.train.Scaffold(
        saver=PathSaver(variables),
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
    prefix, entries = _resolved(prefix)
    shapes = {name: entry.shape for name, entry in entries.items()}
    advice = other_weights.object_graph(shapes)
    if advice:
        raise CheckpointError("%s: %s" % (prefix, advice))
    return shapes


def _shapes_of(variables):
    return {variable.op.name: variable.shape.as_list() for variable in variables}
