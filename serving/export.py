# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A trained question answerer as a TensorFlow SavedModel, which any TensorFlow loads without this project's code.

`EXPORT_DIR/<version>/`: saved_model.pb and variables/, of TensorFlow's own ops; assets.extra/ (serving.export_settings). Tag
"serve", signature "serving_default", method tensorflow/serving/predict:

    input_ids, input_mask, segment_ids: int32 [B, S]    start_logits, end_logits: float32 [B, S]

B and S are free; S is at most max_position_embeddings. Ids outside the vocabulary are an InvalidArgumentError.
"""

import contextlib
import os
from collections import namedtuple

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
from program import directory_lock
from program.errors import DataError
from program.files import human, write_whole
from program.options import OptionError
from serving import export_settings, span_model
from serving.export_settings import INPUTS, OUTPUTS, SIGNATURE, TAG, ExportSettings
from serving.whole_directory import whole_directory
from training import checkpoint_files, checkpoints, model_match, session, span_head
from training.failures import RunError, checkpoint_bytes
from training.job import say

_LARGEST_GRAPH = 2**31 - 1  # bytes of a protocol buffer
# Of the same graph loaded again, in which constants may be folded before they are used.
_TOLERANCE = 1e-4


# What to export. settings: ExportSettings. config: BertConfig. vocab_file: path. model: prefix of the checkpoint.
Trained = namedtuple("Trained", ["settings", "config", "vocab_file", "model"])


def check_job(job):
    """Checks before anything is computed that run_squad.py --do_export can export.

    Args:
      job: job.Job with SquadOptions, of the first rank.

    Raises:
      OptionError: it cannot; says why and what to use.
    """
    if job.precision.amp and not job.task.do_train:
        raise OptionError(
            "--do_export: automatic mixed precision is a rewrite of a running graph and not part of a SavedModel: use "
            "--use_fp16, or neither for fp32"
        )
    directory = _export_dir(job)
    if job.task.export_dir or os.path.exists(directory):
        session.make_output_dir(directory, "export_dir")
    check_size(job.config, _precision(job), job.task.freeze_export)


def check_size(config, precision, freeze):
    """Raises OptionError if the weights are too large for the file of a graph and are to be frozen."""
    size = _bytes_of_variables(config, precision) if freeze else 0
    if size > _LARGEST_GRAPH:
        raise OptionError(
            "--freeze_export: the weights have %s, and a graph file at most 2.15 GB: omit the flag"
            % human(size)
        )


def export_job(job, checkpoint, record):
    """Exports what run_squad.py has trained or was given, and says where.

    Args:
      job: job.Job with SquadOptions, of the first rank; its config is the checkpoint's.
      checkpoint: prefix, with the encoder and the span head.
      record: run_record.RunRecord, which notes the path.
    """
    options = job.task.to_dict()
    settings = ExportSettings(
        precision=_precision(job),
        checkpoint=checkpoint,
        **{name: options[name] for name in export_settings.OPTIONS},
    )
    directory = _export_dir(job)
    session.make_output_dir(directory, "export_dir")
    with contextlib.ExitStack() as stack:
        if not os.path.samefile(directory, job.run.output_dir):  # whose lock is held
            stack.enter_context(directory_lock.held(directory, tf.logging.warning))
        trained = Trained(settings, job.config, job.task.vocab_file, checkpoint)
        path = export(trained, directory, job.task.freeze_export)
    if job.precision.amp:
        say("the export computes in fp32: AMP is not part of a SavedModel; --use_fp16 exports fp16")
    record.note(export=path)


def _export_dir(job):
    return job.task.export_dir or os.path.join(job.run.output_dir, "export")


def _precision(job):
    return "fp16" if job.precision.compute_type == tf.float16 else "fp32"


def export(trained, directory, freeze):
    """Writes the next version into a directory, whole or not at all, and says where.

    Args:
      trained: Trained.
      directory: str, exists; the caller holds its lock.
      freeze: bool, whether variables become constants.

    Returns:
      str, the path of the version.

    Raises:
      CheckpointError: a variable is missing or has another shape.
      DataError, RunError: it cannot be written, or does not compute the same when it is read back.
    """
    path = export_settings.next_version(directory)
    with whole_directory(path) as temporary:
        with _Model(trained) as model:
            model.save(temporary, freeze)
            _check_the_same(model, temporary)
        _write_assets(temporary, trained)
    say(
        "exported %s: %s, %s, %s%s"
        % (
            path,
            trained.model,
            trained.settings.precision,
            human(_bytes_below(path)),
            ", variables as constants" if freeze else "",
        )
    )
    return path


class _Model:
    """The graph to export, with the values of a checkpoint; to be used in a `with` statement.

    In fp16 the kernels of the dense layers, which are cast to float16 before each use, are stored as float16: the
    results are the same and the file is half as large. Embeddings, biases, LayerNorm and the span head are float32.
    """

    def __init__(self, trained):
        config, precision = trained.config, trained.settings.precision
        self._graph = tf.Graph()
        with self._graph.as_default():
            with tf.variable_scope("", custom_getter=_storage(precision)):
                self.inputs = [tf.placeholder(tf.int32, [None, None], name) for name in INPUTS]
                model = modeling.BertModel(
                    config,
                    False,
                    self.inputs[0],
                    input_mask=self.inputs[1],
                    token_type_ids=self.inputs[2],
                    scope="bert",
                    compute_type=tf.float16 if precision == "fp16" else tf.float32,
                )
                logits = span_head.span_logits(config, model.get_sequence_output())
            self.outputs = [tf.identity(tensor, name) for name, tensor in zip(OUTPUTS, logits)]
            self._variables = tf.trainable_variables()
        self._session = tf.Session(graph=self._graph)
        self._checkpoint = trained.model
        self._vocab_size = config.vocab_size
        self._longest = config.max_position_embeddings

    def __enter__(self):
        wanted = {v.op.name: v.shape.as_list() for v in self._variables}
        held = checkpoints.variable_shapes(self._checkpoint)
        model_match.check_complete(self._checkpoint, wanted, held)
        reader = checkpoint_files.reader(self._checkpoint)
        for variable in self._variables:
            value = reader.get_tensor(variable.op.name)
            kind = variable.dtype.base_dtype.as_numpy_dtype
            if not np.isfinite(value.astype(kind)).all():
                raise DataError(
                    "%s: %s has values that %s cannot hold: export in fp32, without --use_fp16"
                    % (self._checkpoint, variable.op.name, np.dtype(kind).name)
                )
            variable.load(value.astype(kind), self._session)
        return self

    def __exit__(self, *unused_error):
        self._session.close()

    def save(self, directory, freeze):
        """Writes the SavedModel into a directory that does not exist yet."""
        if not freeze:
            with self._graph.as_default():
                _write(directory, self._session, self.inputs, self.outputs)
            return
        frozen = tf.graph_util.convert_variables_to_constants(
            self._session, self._graph.as_graph_def(), list(OUTPUTS)
        )
        _pack_float16(frozen)
        with tf.Graph().as_default() as graph, tf.Session() as empty:
            tf.import_graph_def(frozen, name="")
            tensors = [
                [graph.get_tensor_by_name(tensor.name) for tensor in tensors]
                for tensors in (self.inputs, self.outputs)
            ]
            _write(directory, empty, *tensors)

    def sample(self):
        """int32 arrays for the inputs [2, S]: ids of all the vocabulary, with padding in the second row."""
        length = min(8, self._longest)  # CPUs are slow at float16
        ids = np.linspace(0, self._vocab_size - 1, 2 * length).astype(np.int32)
        mask = np.ones([2, length], np.int32)
        mask[1, length // 2 :] = 0
        segments = np.zeros([2, length], np.int32)
        return [ids.reshape(2, length), mask, segments]

    def logits(self, arrays):
        """[start logits, end logits], float32 [B, S] each."""
        return self._session.run(self.outputs, dict(zip(self.inputs, arrays)))


def _storage(precision):
    """A getter of variables: the types they are stored in; no initial values."""

    def stored(getter, name, **kwargs):
        kwargs["initializer"] = tf.zeros_initializer()
        if precision == "fp16" and name.endswith("/kernel"):
            kwargs["dtype"] = tf.float16
        return getter(name, **kwargs)

    return stored


def _pack_float16(graph_def):
    """Stores float16 constants as bytes, as TensorFlow does others: as a number each, of up to three bytes, they take minutes to parse."""
    for node in graph_def.node:
        tensor = node.attr["value"].tensor if node.op == "Const" else None
        if tensor is not None and tensor.half_val:
            content = tf.make_ndarray(tensor).astype("<f2").tobytes()
            tensor.ClearField("half_val")
            tensor.tensor_content = content


def _write(directory, sess, inputs, outputs):
    """A SavedModel of the default graph."""
    signature = tf.saved_model.build_signature_def(
        {name: tf.saved_model.build_tensor_info(x) for name, x in zip(INPUTS, inputs)},
        {name: tf.saved_model.build_tensor_info(x) for name, x in zip(OUTPUTS, outputs)},
        tf.saved_model.signature_constants.PREDICT_METHOD_NAME,
    )
    with _quiet():
        builder = tf.saved_model.Builder(directory)
        builder.add_meta_graph_and_variables(
            sess,
            [TAG],
            {SIGNATURE: signature},
            strip_default_attrs=True,  # attributes that older TensorFlows do not know
        )
        builder.save()


def _check_the_same(model, directory):
    """Loads what was written as others do, and compares its logits with the model's."""
    arrays = model.sample()
    expected = model.logits(arrays)
    with _quiet(), contextlib.closing(span_model.ExportedModel(directory)) as exported:
        found = exported.logits(*arrays)
    difference = max(np.abs(a - b).max() for a, b in zip(expected, found))
    if not difference <= _TOLERANCE:
        raise RunError(
            "%s: what was written computes other logits than the model (difference %.3g): the disk or the memory may be "
            "damaged" % (directory, difference)
        )


def _write_assets(directory, trained):
    os.makedirs(os.path.join(directory, export_settings.ASSETS))
    with open(trained.vocab_file, "rb") as source:
        vocabulary = source.read()
    for name, content in (
        (export_settings.VOCAB_FILE, vocabulary),
        (export_settings.CONFIG_FILE, trained.config.to_json_string()),
    ):
        write_whole(export_settings.asset_path(directory, name), content)
    export_settings.write_settings(directory, trained.settings)


@contextlib.contextmanager
def _quiet():
    """TensorFlow tells of each step of saving and loading a SavedModel."""
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.WARN)
    try:
        yield
    finally:
        tf.logging.set_verbosity(verbosity)


def _bytes_of_variables(config, precision):
    """Bytes of the weights as they are stored."""
    with tf.Graph().as_default() as graph:
        with tf.variable_scope("", custom_getter=_storage(precision)):
            model = modeling.BertModel(config, False, tf.zeros([1, 1], tf.int32), scope="bert")
            span_head.span_logits(config, model.get_sequence_output())
        return checkpoint_bytes(graph)


def _bytes_below(directory):
    return sum(
        os.path.getsize(os.path.join(folder, name))
        for folder, _, names in os.walk(directory)
        for name in names
    )
