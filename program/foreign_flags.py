# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Flags of other BERT programs that this project's programs do not have, and what to use instead.

Command lines come from Google's programs, whose TPU flags mean nothing here, and from later editions of NVIDIA's recipe, which
renamed flags of the edition that this project follows.
"""

import difflib

_NO_TPU = "this toolkit does not run on TPUs: omit the flag"
_NO_TENSORRT = "TensorRT is not supported: omit the flag; scripts/export_squad.sh exports to ONNX"
_EXPORT = "omit the flag; scripts/export_squad.sh exports a fine-tuned checkpoint for Triton"
_SCALE = "the loss scale of --use_fp16 and --amp starts at 2^32 and adapts: omit the flag"
_EVALUATE = "python -m squad.evaluate scores its predictions.json; scripts/run_squad.sh does both"

# (a flag of others, a flag that the program must have for the advice to fit it, or None, the advice); the first row that fits.
_ROWS = (
    # Google
    ("tpu_name", None, _NO_TPU),
    ("tpu_zone", None, _NO_TPU),
    ("gcp_project", None, _NO_TPU),
    ("master", None, _NO_TPU),
    ("num_tpu_cores", None, _NO_TPU),
    # NVIDIA, TensorFlow
    ("manual_fp16", "use_fp16", "use --use_fp16"),
    ("optimizer_type", "optimizer", "use --optimizer=adamw or --optimizer=lamb"),
    (
        "allreduce_post_accumulation",
        "num_accumulation_steps",
        "gradients are always reduced once per step, after --num_accumulation_steps micro-batches: omit the flag",
    ),
    (
        "dllog_path",
        "save_checkpoints_steps",
        "metrics go to metrics.jsonl in --output_dir: omit the flag",
    ),
    ("input_files_dir", "eval_input_file", "use --input_file='DIRECTORY/*'"),
    ("eval_files_dir", "eval_input_file", "use --eval_input_file='DIRECTORY/*'"),
    ("eval_script", "do_predict", "omit the flag; " + _EVALUATE),
    ("do_eval", "do_predict", "use --do_predict; " + _EVALUATE),
    ("init_loss_scale", "use_fp16", _SCALE),
    (
        "display_loss_steps",
        "iterations_per_loop",
        "use --iterations_per_loop, the maximum number of steps between log lines (at most 10)",
    ),
    ("report_loss", "do_predict", "the loss is always reported: omit the flag"),
    (
        "verbose_logging",
        "report_loss",
        "the variables of the model are always logged: omit the flag",
    ),
    ("num_eval_iterations", "max_eval_steps", "use --max_eval_steps"),
    ("use_trt", None, _NO_TENSORRT),
    ("predict_engine", None, _NO_TENSORRT),
    ("export_triton", None, _EXPORT),
    ("export_trtis", None, _EXPORT),
    ("precision", "use_fp16", "use --use_fp16 or --amp; neither for fp32"),
    ("hvd", "horovod", "use --horovod"),
    # NVIDIA, PyTorch
    ("fp16", "use_fp16", "use --use_fp16"),
    ("loss_scale", "use_fp16", _SCALE),
    ("gradient_accumulation_steps", "num_accumulation_steps", "use --num_accumulation_steps"),
    ("allreduce_post_accumulation_fp16", "compress_gradients", "use --compress_gradients"),
    ("input_dir", "eval_input_file", "use --input_file='DIRECTORY/*'"),
    ("config_file", "bert_config_file", "use --bert_config_file"),
    (
        "bert_model",
        "bert_config_file",
        "use --bert_config_file, such as configs/bert_large.json, and --init_checkpoint",
    ),
    ("seed", "random_seed", "use --random_seed"),
    ("max_steps", "num_train_steps", "use --num_train_steps"),
    ("max_steps", "num_train_epochs", "use --num_train_epochs"),
    # of another program of the same project
    ("warmup_proportion", "num_warmup_steps", "use --num_warmup_steps"),
    ("num_warmup_steps", "warmup_proportion", "use --warmup_proportion"),
    ("num_train_epochs", "num_train_steps", "use --num_train_steps"),
    ("num_train_steps", "num_train_epochs", "use --num_train_epochs"),
    ("eval_batch_size", "predict_batch_size", "use --predict_batch_size"),
)
_PREFIXES = (("triton_", _EXPORT), ("trtis_", _EXPORT))

_FALSE = ("false", "f", "0", "no", "n")
_TRUE = ("true", "t", "1", "yes", "y")


def screen(argv, known):
    """The command line without the flags of others that change nothing.

    Those are --use_tpu=False in every spelling, and TPU flags with an empty value, as scripts with an unset variable pass.

    Args:
      argv: list of str, the program first.
      known: collection of the names of the program's flags.

    Returns:
      (the remaining argv, a line that refuses the first flag that has another name here, or None).
    """
    kept, refusal = [], None
    for index, argument in enumerate(argv):
        if argument == "--":
            return kept + argv[index:], refusal
        name, value = _split(argument)
        if index == 0 or name is None or name in known:
            kept.append(argument)
        elif name in ("use_tpu", "nouse_tpu"):
            refusal = refusal or _refuse_tpu(argument, name, value)
        elif not (value == "" and advice(name, known) == _NO_TPU):
            kept.append(argument)
            said = advice(name, known)
            if said:
                refusal = refusal or "--%s: %s" % (name, said)
    return kept, refusal


def _split(argument):
    """(name, value or None) of an argument; (None, None) if it is no flag."""
    if not argument.startswith("-") or argument.strip("-") == "":
        return None, None
    name, equals, value = argument.lstrip("-").partition("=")
    return name, value if equals else None


def _refuse_tpu(argument, name, value):
    if name == "nouse_tpu" and value is None:
        return None
    value = "true" if value is None else value.lower()
    if name == "use_tpu" and value in _FALSE:
        return None
    if name == "use_tpu" and value in _TRUE:
        return "%s: this toolkit does not run on TPUs: omit the flag, or pass --use_tpu=False" % (
            argument
        )
    return "%s: must be true or false" % argument


def advice(name, known):
    """What to use instead of a flag that the program does not have; None if it is no flag of others.

    Args:
      name: str without dashes; for booleans `no` may stand before it.
      known: collection of the names of the program's flags.
    """
    for candidate in (name, name[2:] if name.startswith("no") else name):
        for foreign, needed, text in _ROWS:
            if candidate == foreign and (needed is None or needed in known):
                return text
        for prefix, text in _PREFIXES:
            if candidate.startswith(prefix):
                return text
    return None


def closest(name, known):
    """Names of the program's flags that a user may have meant, at most three: its words and more, else those spelled alike."""
    words = set(name.split("_"))
    containing = [flag for flag in sorted(known) if words < set(flag.split("_"))]
    if 0 < len(containing) <= 3:
        return containing
    alike = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.75)
    likeness = [difflib.SequenceMatcher(None, flag, name).ratio() for flag in alike]
    return [flag for flag, ratio in zip(alike, likeness) if ratio > likeness[0] - 0.05]
