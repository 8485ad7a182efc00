# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What a path names that questions are to be answered with: a fine-tuned checkpoint or an export, and how text becomes its input.

A checkpoint's configuration, vocabulary and lengths are those that are given; else those beside it; else those of its
training, which run.json says; lengths else are the defaults of run_squad.py. An export has all of it in assets.extra/.
"""

import os
from collections import OrderedDict, namedtuple

import modeling
import tokenization
from program.arguments import add_options, boolean
from program.errors import DataError
from program.options import OptionError
from serving import export_settings, span_model
from serving.export_settings import ExportSettings
from squad.features import check_lengths
from squad.options import SquadOptions
from training import checkpoints, run_record
from training.job import checked_tokenizer
from training.kernels import resolve_kernels
from training.precision import resolve_precision

# The options that say how a checkpoint is read; an export has them fixed.
OF_CHECKPOINTS = ("bert_config_file", "vocab_file", "do_lower_case")
SETTINGS = tuple(
    option._replace(default=None)
    for option in SquadOptions.OPTIONS
    if option.name in export_settings.OPTIONS and option.name not in OF_CHECKPOINTS
)

# settings: ExportSettings. config: BertConfig. vocab_file: path. model: str, the prefix of a checkpoint or the directory of an
# export. is_export: bool. origins: OrderedDict, what -> where it comes from, for the log.
Source = namedtuple("Source", ["settings", "config", "vocab_file", "model", "is_export", "origins"])


# A model that is ready. model: span_model.SpanModel. settings: ExportSettings. description: list of str for the log. facts:
# OrderedDict, what the service says of it.
Loaded = namedtuple("Loaded", ["model", "tokenizer", "settings", "description", "facts"])


def add_arguments(parser, default):
    """Adds arguments for the options of OF_CHECKPOINTS and SETTINGS.

    Args:
      parser: arguments.Parser.
      default: str, for the help: what applies where one of SETTINGS is not given.
    """
    parser.add_argument(
        "--bert_config_file",
        metavar="FILE",
        help="configuration of a checkpoint (default: bert_config.json beside it, else that of its run.json)",
    )
    parser.add_argument(
        "--vocab_file",
        metavar="FILE",
        help="vocabulary of a checkpoint (default: vocab.txt beside it, else that of its run.json)",
    )
    parser.add_argument(
        "--do_lower_case",
        type=boolean,
        metavar="BOOL",
        help="whether a checkpoint is uncased (default: as in run.json, else by its name or its vocabulary)",
    )
    add_options(parser, SETTINGS, default)


def given(options):
    """What `find` takes, of a command line with the arguments of add_arguments."""
    names = OF_CHECKPOINTS + tuple(option.name for option in SETTINGS)
    return {name: getattr(options, name) for name in names}


def find(path, given):
    """Finds everything that a path names.

    Args:
      path: str, a checkpoint (prefix, one of its files, directory) or an export (version, or directory of versions).
      given: dict, name of an option of OF_CHECKPOINTS or SETTINGS -> value; None or absent: not given.

    Returns:
      Source.

    Raises:
      DataError, CheckpointError, ConfigError, OptionError: something cannot be found or used.
    """
    given = {name: value for name, value in given.items() if value is not None}
    for option in SETTINGS:
        option.check(given.get(option.name))
    if _holds_export(path):
        return _find_export(export_settings.version_directory(path), given)
    if os.path.isfile(os.path.join(path, export_settings.GRAPH_FILE)):
        raise DataError(
            "%s: is a SavedModel without %s/%s, which says how text becomes its input: export the model with "
            "scripts/export_squad.sh"
            % (path, export_settings.ASSETS, export_settings.SETTINGS_FILE)
        )
    try:
        prefix = checkpoints.resolve(path)
    except checkpoints.CheckpointError:
        below = os.path.join(path, "export")  # where run_squad.py puts them
        if not _holds_export(below):
            raise
        raise DataError("%s: has no checkpoint, but an export: pass %s" % (path, below))
    return _find_checkpoint(prefix, given)


def _holds_export(path):
    return export_settings.is_export(path) or any(
        export_settings.is_export(os.path.join(path, str(number)))
        for number in export_settings.versions(path)
    )


def _find_export(directory, given):
    for name in OF_CHECKPOINTS:
        if name in given:
            raise OptionError(
                "--%s is for checkpoints; the export %s has its own" % (name, directory)
            )
    settings = export_settings.read_settings(directory)
    settings = settings._replace(
        **{option.name: given[option.name] for option in SETTINGS if option.name in given}
    )
    config = modeling.BertConfig.from_json_file(
        export_settings.asset_path(directory, export_settings.CONFIG_FILE)
    )
    vocab_file = export_settings.asset_path(directory, export_settings.VOCAB_FILE)
    return Source(settings, config, vocab_file, directory, True, OrderedDict())


def _find_checkpoint(prefix, given):
    folder = os.path.dirname(prefix)
    record = run_record.trained(folder) or {}
    trained = record.get("options", {})
    origins = OrderedDict()
    config = _config(folder, given, record, origins)
    vocab_file = _vocab_file(folder, given, trained, origins)
    values = {}
    for option in SETTINGS:
        values[option.name] = given.get(option.name, _trained_with(option.name, trained))
    _fill_in(values, config)
    values["do_lower_case"] = _casing(vocab_file, given, record)
    origins["options"] = run_record.RUN_FILE if trained else "defaults"
    settings = ExportSettings(precision="", checkpoint=prefix, **values)
    return Source(settings, config, vocab_file, prefix, False, origins)


def _config(folder, given, record, origins):
    beside = os.path.join(folder, export_settings.CONFIG_FILE)
    path = given.get("bert_config_file") or (beside if os.path.exists(beside) else None)
    if path:
        origins["configuration"] = path
        return modeling.BertConfig.from_json_file(path)
    if isinstance(record.get("model"), dict):
        origins["configuration"] = os.path.join(folder, run_record.RUN_FILE)
        return modeling.BertConfig.from_dict(record["model"])
    raise DataError("%s: no such file; pass --bert_config_file" % beside)


def _vocab_file(folder, given, trained, origins):
    beside = os.path.join(folder, export_settings.VOCAB_FILE)
    path = given.get("vocab_file") or (beside if os.path.exists(beside) else None)
    if path is None:
        path = trained.get("vocab_file")
        if not isinstance(path, str) or not os.path.exists(path):
            of_training = " (and %s, which it was trained with, is gone)" % path if path else ""
            raise DataError("%s: no such file%s; pass --vocab_file" % (beside, of_training))
    origins["vocabulary"] = path
    return path


def _casing(vocab_file, given, record):
    """Whether text is lower-cased: as given, else as in training, else by the vocabulary."""
    for value in (
        given.get("do_lower_case"),
        record.get("do_lower_case", record.get("options", {}).get("do_lower_case")),
    ):
        if isinstance(value, bool):
            return value
    return tokenization.vocabulary_is_uncased(vocab_file)


def _trained_with(name, trained):
    """The value of an option of SETTINGS in a training; None if it is not known."""
    value = trained.get(name)
    (row,) = [option for option in SETTINGS if option.name == name]
    return None if row.problem(value) else value


def _fill_in(values, config):
    """Gives options that nobody set run_squad.py's defaults, or less where the model has fewer positions."""
    defaults = {option.name: option.default for option in SquadOptions.OPTIONS}
    defaults["max_seq_length"] = min(defaults["max_seq_length"], config.max_position_embeddings)
    for name in sorted(values, key=lambda name: name == "max_query_length"):  # that comes last
        if values[name] is None:
            values[name] = defaults[name]
            if name == "max_query_length":
                values[name] = max(min(values[name], values["max_seq_length"] // 2), 1)


class _TokenizerOptions(namedtuple("_TokenizerOptions", "max_seq_length vocab_file do_lower_case")):
    """What training.job.checked_tokenizer reads."""

    __slots__ = ()


def tokenizer_of(source):
    """Checks lengths, vocabulary and casing against the model; returns the tokenization.FullTokenizer.

    Raises:
      OptionError, SquadDataError, VocabularyError: they do not fit.
    """
    settings = source.settings
    check_lengths(settings.max_seq_length, settings.doc_stride, settings.max_query_length)
    return checked_tokenizer(
        _TokenizerOptions(settings.max_seq_length, source.vocab_file, settings.do_lower_case),
        source.config,
        source.model,
    )


def load(source, precision_options, kernel_options):
    """Loads what was found.

    Args:
      source: Source.
      precision_options: PrecisionOptions.
      kernel_options: KernelOptions.

    Returns:
      Loaded.

    Raises:
      OptionError, DataError, CheckpointError, SquadDataError, VocabularyError: it cannot be used.
    """
    settings = source.settings
    tokenizer = tokenizer_of(source)
    description = _description(source)
    if source.is_export:
        model = span_model.ExportedModel(source.model)
    else:
        precision = resolve_precision(precision_options)
        kernels = resolve_kernels(kernel_options, precision)
        description += [precision.description, kernels.description]
        model = span_model.CheckpointModel(source.config, source.model, precision, kernels)
    facts = OrderedDict(
        [
            ("name", _name(source.model)),
            ("squad_version", "2.0" if settings.version_2_with_negative else "1.1"),
            ("max_seq_length", settings.max_seq_length),
            ("do_lower_case", settings.do_lower_case),
        ]
    )
    return Loaded(model, tokenizer, settings, description, facts)


def _name(path):
    """The last two parts of a model's path, such as squad/model.ckpt-228: where on the machine it is concerns no client."""
    return "/".join(os.path.abspath(path).split(os.sep)[-2:])


def _description(source):
    settings = source.settings
    lines = [
        "model: %s%s" % (source.model, " (%s)" % settings.precision if source.is_export else "")
    ]
    lines += ["%s: %s" % item for item in source.origins.items() if item[0] != "options"]
    lines.append(
        "%s, windows of %d tokens, stride %d, questions of at most %d, answers of at most %d, SQuAD v%s%s"
        % (
            "uncased" if settings.do_lower_case else "cased",
            settings.max_seq_length,
            settings.doc_stride,
            settings.max_query_length,
            settings.max_answer_length,
            "2.0" if settings.version_2_with_negative else "1.1",
            " (%s)" % source.origins["options"] if source.origins else "",
        )
    )
    return lines
