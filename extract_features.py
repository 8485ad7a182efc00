# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Writes the hidden states of BERT for each line of a text: contextual vectors of its tokens.

Input: UTF-8, on each line a text or a pair of texts, `first ||| second`; longer ones are truncated. Output: with
--output_file JSON lines as Google's extract_features.py writes them, values rounded to six decimals; with --output_npz a NumPy
archive in float32 (keys: layers, offsets, tokens, layer_<index>; line i has the rows offsets[i] to offsets[i + 1]).

Lines are sorted by length within blocks of batches, so that little is computed for padding; results are in the order of the
input. The text is streamed, and a file gets its name only when it is complete.
"""

import program.numpy_warnings  # noqa: F401 (before TensorFlow is imported)

# isort: split
import contextlib
import io
import json
import os
import struct
import tempfile
import time
import zipfile
from collections import OrderedDict, namedtuple

import numpy as np
import tensorflow.compat.v1 as tf
from absl import flags

import modeling
import tokenization
from program import command_line, shared_options
from program.errors import DataError
from program.files import path_problem, whole_files
from program.options import Option, OptionError, OptionGroup
from training import checkpoints, restored_model, session
from training.job import USER_ERRORS, checked_tokenizer, say
from training.kernels import resolve_kernels
from training.options import KernelOptions, ModelOptions, PrecisionOptions
from training.precision import resolve_precision

_BATCHES_PER_BLOCK = 64  # sorted by length together
_SECONDS_BETWEEN_REPORTS = 5.0
_SEPARATOR = " ||| "


class FeatureOptions(OptionGroup):
    """What to read, which layers to write, and where."""

    OPTIONS = (
        Option(
            "input_file",
            None,
            "Text file (UTF-8): on each line a text, or a pair 'first ||| second'.",
            required=True,
            is_path=True,
        ),
        Option("output_file", None, "File to write as JSON lines.", is_path=True),
        Option("output_npz", None, "NumPy archive to write (.npz), float32.", is_path=True),
        Option(
            "layers",
            "-1,-2,-3,-4",
            "Layers to write, comma-separated: 0 is the first, -1 the last.",
        ),
        shared_options.VOCAB_FILE,
        shared_options.DO_LOWER_CASE,
        shared_options.MAX_SEQ_LENGTH._replace(
            help="Maximum sequence length in tokens; longer lines are truncated.", minimum=3
        ),
        Option(
            "init_checkpoint",
            None,
            "Checkpoint: a prefix such as bert_model.ckpt, or a directory (its latest checkpoint).",
            required=True,
            is_path=True,
        ),
        Option("batch_size", 32, "Sequences per batch.", minimum=1),
        Option(
            "use_one_hot_embeddings",
            False,
            "Accepted for compatibility; has no effect (a TPU's way to look up embeddings).",
        ),
    )

    def validate(self):
        if not self.output_file and not self.output_npz:
            raise OptionError("nothing to write: pass --output_file, --output_npz or both")
        if self.output_file and self.output_file == self.output_npz:
            raise OptionError("--output_file and --output_npz name the same file")

    def layer_indexes(self, num_layers):
        """--layers as a list of int.

        Raises:
          OptionError: one is no integer, given twice, or not a layer of a model of num_layers.
        """
        indexes = []
        for text in self.layers.split(","):
            try:
                index = int(text)
            except ValueError:
                raise OptionError("--layers=%s: '%s' is not an integer" % (self.layers, text))
            if not -num_layers <= index < num_layers:
                raise OptionError(
                    "--layers=%s: the model has no layer %d; its %d layers are 0 to %d, or -%d to -1"
                    % (self.layers, index, num_layers, num_layers - 1, num_layers)
                )
            if index in indexes:
                raise OptionError("--layers=%s: %d is given twice" % (self.layers, index))
            indexes.append(index)
        return indexes


GROUPS = (ModelOptions, FeatureOptions, PrecisionOptions, KernelOptions)

# A line of the input. tokens: list of str; num_first: how many of them belong to the first text.
Line = namedtuple("Line", ["tokens", "num_first"])


def make_line(text, tokenizer, max_seq_length):
    """The tokens of one line of the input: [CLS] first [SEP], or [CLS] first [SEP] second [SEP].

    Args:
      text: str; the last ` ||| ` divides a pair.
      tokenizer: tokenization.FullTokenizer.
      max_seq_length: at most so many tokens; of a pair the longer text loses its last tokens first.
    """
    first, separator, second = text.strip().rpartition(_SEPARATOR)
    first, second = (first, second) if separator else (second, "")
    first, second = tokenizer.tokenize(first), tokenizer.tokenize(second)
    room = max_seq_length - (3 if second else 2)
    excess = max(len(first) + len(second) - room, 0)
    while excess:
        longer, other = (first, second) if len(first) > len(second) else (second, first)
        # Down to the other's length at once, then in turns.
        dropped = min(excess, max(len(longer) - len(other), 1))
        del longer[len(longer) - dropped :]
        excess -= dropped
    tokens = ["[CLS]"] + first + ["[SEP]"]
    return Line(tokens + (second + ["[SEP]"] if second else []), len(tokens))


def check_readable(path):
    """Raises DataError unless a file can be read."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise DataError("--input_file=%s: cannot be read (%s)" % (path, error.strerror or error))


def read_lines(path, tokenizer, max_seq_length):
    """Yields a Line for each line of a file; bytes that are not UTF-8 are dropped."""
    with open(path, "rb") as source:
        for raw in source:
            yield make_line(tokenization.convert_to_unicode(raw), tokenizer, max_seq_length)


def make_batch(lines, tokenizer):
    """int32 arrays input_ids, input_mask and segment_ids [B, S] of some lines; S is the length of the longest."""
    shape = [len(lines), max(len(line.tokens) for line in lines)]
    ids, mask, segments = (np.zeros(shape, np.int32) for _ in range(3))
    for row, line in enumerate(lines):
        length = len(line.tokens)
        ids[row, :length] = tokenizer.convert_tokens_to_ids(line.tokens)
        mask[row, :length] = 1
        segments[row, line.num_first : length] = 1
    return ids, mask, segments


class Model:
    """BERT with the values of a checkpoint.

    Args:
      config: BertConfig.
      layers: list of int, the layers to compute, see FeatureOptions.
      checkpoint: prefix.
      precision: precision.Precision.
      kernels: kernels.Kernels.

    Raises:
      CheckpointError: the checkpoint lacks a variable of the encoder or has it in another shape, or has more layers.
    """

    def __init__(self, config, layers, checkpoint, precision, kernels):
        def states_of(model):
            all_layers = model.get_all_encoder_layers()
            return [all_layers[index] for index in layers]

        self._computation = restored_model.restore(
            config, checkpoint, precision, kernels, states_of
        )

    def states(self, batch):
        """float32 [B, S, H] for each of the layers, of what make_batch returns."""
        return self._computation.run(*batch)


def blocks_of(lines, size):
    """Yields lists of `size` consecutive items, the last one shorter."""
    block = []
    for line in lines:
        block.append(line)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def compute(block, batch_size, tokenizer, model):
    """The states of a block of lines: for each line a list of float32 [tokens, H], one for each layer."""
    by_length = sorted(range(len(block)), key=lambda index: len(block[index].tokens))
    found = [None] * len(block)
    for start in range(0, len(block), batch_size):
        chosen = by_length[start : start + batch_size]
        states = model.states(make_batch([block[index] for index in chosen], tokenizer))
        for row, index in enumerate(chosen):
            found[index] = [layer[row, : len(block[index].tokens)] for layer in states]
    return found


def json_line(number, tokens, layers, states):
    """Google's line: {"linex_index": ..., "features": [{"token": ..., "layers": [{"index": ..., "values": [...]}]}]}."""
    features = [
        OrderedDict(
            [
                ("token", token),
                (
                    "layers",
                    [
                        OrderedDict(
                            [
                                ("index", layer),
                                ("values", [round(value, 6) for value in state[place].tolist()]),
                            ]
                        )
                        for layer, state in zip(layers, states)
                    ],
                ),
            ]
        )
        for place, token in enumerate(tokens)
    ]
    return json.dumps(OrderedDict([("linex_index", number), ("features", features)])) + "\n"


class Archive:
    """Collects states for an .npz file, on disk: they may be larger than the memory. To be used in a `with` statement.

    Args:
      path: of the .npz; its directory has the space for temporary files.
      layers: list of int.
      hidden_size: H.
    """

    _HEADER_BYTES = 128

    def __init__(self, path, layers, hidden_size):
        self._layers, self._hidden_size = layers, hidden_size
        self._tokens, self._offsets = [], [0]
        self._stack = contextlib.ExitStack()
        directory = os.path.dirname(os.path.abspath(path))
        self._files = [
            self._stack.enter_context(
                tempfile.NamedTemporaryFile(prefix=".vectors-", suffix=".tmp", dir=directory)
            )
            for _ in layers
        ]
        for stream in self._files:
            stream.write(b"\0" * self._HEADER_BYTES)

    def __enter__(self):
        return self

    def __exit__(self, *unused_error):
        self._stack.close()

    def add(self, tokens, states):
        """One line: its tokens, and float32 [tokens, H] for each layer."""
        self._tokens.extend(tokens)
        self._offsets.append(len(self._tokens))
        for stream, state in zip(self._files, states):
            stream.write(np.ascontiguousarray(state, "<f4").tobytes())

    def save(self, output):
        """Writes the archive to a binary file object."""
        with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, value in (
                ("layers", np.array(self._layers, np.int64)),
                ("offsets", np.array(self._offsets, np.int64)),
                ("tokens", np.array(self._tokens)),
            ):
                content = io.BytesIO()
                np.save(content, value)
                archive.writestr(name + ".npy", content.getvalue())
            for layer, stream in zip(self._layers, self._files):
                stream.seek(0)
                stream.write(self._header())
                stream.flush()
                archive.write(stream.name, "layer_%d.npy" % layer)

    def _header(self):
        """The head of a .npy file, format 1.0: magic, version, length, a dictionary padded with blanks."""
        shape = (len(self._tokens), self._hidden_size)
        text = repr({"descr": "<f4", "fortran_order": False, "shape": shape}).encode("ascii")
        length = self._HEADER_BYTES - 10
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", length) + text.ljust(length - 1) + b"\n"


class Writer:
    """Writes lines' states to the outputs that were asked for.

    Args:
      layers: list of int.
      text: binary file for JSON lines, or None.
      archive: Archive, or None.
    """

    def __init__(self, layers, text, archive):
        self._layers, self._text, self._archive = layers, text, archive
        self.num_lines = self.num_tokens = 0

    def write(self, line, states):
        if self._text:
            row = json_line(self.num_lines, line.tokens, self._layers, states)
            self._text.write(row.encode("ascii"))
        if self._archive:
            self._archive.add(line.tokens, states)
        self.num_lines += 1
        self.num_tokens += len(line.tokens)


def extract(options, tokenizer, model, writer):
    """Reads, computes and writes everything; says every few seconds how far it is."""
    lines = read_lines(options.input_file, tokenizer, options.max_seq_length)
    reported = time.monotonic()
    for block in blocks_of(lines, options.batch_size * _BATCHES_PER_BLOCK):
        for line, states in zip(block, compute(block, options.batch_size, tokenizer, model)):
            writer.write(line, states)
        if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            say("%d lines, %d tokens" % (writer.num_lines, writer.num_tokens))
    if not writer.num_lines:
        raise DataError("--input_file=%s: is empty" % options.input_file)


def run(config, options, precision, kernels):
    """Checks everything that can be checked, then extracts.

    Args:
      config: BertConfig.
      options: FeatureOptions.
      precision: precision.Precision.
      kernels: kernels.Kernels.
    """
    for name in ("output_file", "output_npz"):
        problem = path_problem(getattr(options, name))
        if problem:
            raise OptionError("--%s: %s" % (name, problem))
    layers = options.layer_indexes(config.num_hidden_layers)
    tokenizer = checked_tokenizer(options, config, options.init_checkpoint)
    check_readable(options.input_file)
    began = time.monotonic()
    model = Model(config, layers, checkpoints.resolve(options.init_checkpoint), precision, kernels)
    tf.logging.info(precision.description)
    tf.logging.info(kernels.description)
    named = [path for path in (options.output_file, options.output_npz) if path]
    with contextlib.ExitStack() as stack:
        outputs = dict(zip(named, stack.enter_context(whole_files(named, "wb"))))
        archive = None
        if options.output_npz:
            archive = stack.enter_context(Archive(options.output_npz, layers, config.hidden_size))
        writer = Writer(layers, outputs.get(options.output_file), archive)
        extract(options, tokenizer, model, writer)
        if archive:
            archive.save(outputs[options.output_npz])
    say(
        "%d lines, %d tokens, layers %s, %.1f s: %s"
        % (
            writer.num_lines,
            writer.num_tokens,
            options.layers,
            time.monotonic() - began,
            " ".join(named),
        )
    )


def define_flags():
    """The flags of docs/interface.md §2 for this program, and its own."""
    command_line.define_flags(*GROUPS)


def main(_):
    """Flags to options; nothing below reads a flag."""
    values = flags.FLAGS.flag_values_dict()
    session.start()
    precision = resolve_precision(PrecisionOptions.pick(values))
    run(
        modeling.BertConfig.from_json_file(ModelOptions.pick(values).bert_config_file),
        FeatureOptions.pick(values),
        precision,
        resolve_kernels(KernelOptions.pick(values), precision),
    )


if __name__ == "__main__":
    define_flags()
    command_line.run_entry(main, USER_ERRORS + (tokenization.VocabularyError,))
