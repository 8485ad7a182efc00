# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Command lines: the flags both runners share, --help, and how errors become exit codes.

Flags are defined inside functions, never on import: two runners can then be imported by one process.
"""


import sys
import textwrap

from absl import flags

from program import interrupts

USER_ERROR = 2
_required = []  # names, in the order of definition
_HELP_FLAGS = ("help", "helpfull", "helpshort", "h", "?")


def define_shared_flags(max_seq_length, train_batch_size, learning_rate):
    """Defines the flags that run_pretraining.py and run_squad.py have in common (INTERFACE §2).

    Args:
      max_seq_length, train_batch_size, learning_rate: defaults, where the two programs differ.
    """
    define_required("bert_config_file", "JSON file that describes the architecture.")
    define_required(
        "output_dir", "Directory for checkpoints and results; a run found there is continued."
    )
    flags.DEFINE_string(
        "init_checkpoint",
        None,
        "Checkpoint to start from (a prefix such as bert_model.ckpt, or a directory: its latest). "
        "Ignored when output_dir already holds one.",
    )
    flags.DEFINE_integer(
        "max_seq_length", max_seq_length, "Tokens in a sequence, padding included.", lower_bound=1
    )
    flags.DEFINE_boolean("do_train", False, "Train.")
    flags.DEFINE_integer(
        "train_batch_size",
        train_batch_size,
        "Sequences in a training batch of one process.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "learning_rate",
        learning_rate,
        "Peak learning rate of one process; with Horovod multiplied by the number of ranks.",
    )
    flags.DEFINE_enum(
        "optimizer",
        "adamw",
        ["adamw", "lamb"],
        "Update rule: Adam with decoupled weight decay, or LAMB for very large batches.",
    )
    flags.DEFINE_integer(
        "num_accumulation_steps",
        1,
        "Batches of train_batch_size that a process computes for one step, as if they were one.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "save_checkpoints_steps", 1000, "Steps between checkpoints.", lower_bound=1
    )
    flags.DEFINE_integer(
        "keep_checkpoint_max", 1, "How many checkpoints stay on disk; 0 keeps all.", lower_bound=0
    )
    flags.DEFINE_integer(
        "iterations_per_loop",
        1000,
        "Steps between log lines at most; kept for compatibility.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "random_seed",
        12345,
        "Seed of initial values, dropout and the order of training records.",
        lower_bound=0,
    )
    flags.DEFINE_boolean("horovod", False, "Run as one of several processes started by mpirun.")
    flags.DEFINE_boolean(
        "compress_gradients",
        False,
        "With Horovod: send gradients between ranks as float16, half the bytes.",
    )
    flags.DEFINE_boolean(
        "use_fp16", False, "Compute in float16 with float32 variables and loss scaling (manual)."
    )
    flags.DEFINE_boolean("amp", False, "Automatic mixed precision, where this TensorFlow has it.")
    flags.DEFINE_boolean(
        "use_fused_ops",
        None,
        "Use the kernels of fused_ops/. Default: where they are built for this TensorFlow.",
    )
    flags.DEFINE_boolean(
        "remove_padding", False, "Compute nothing for padding; needs the fused ops."
    )
    flags.DEFINE_boolean("use_xla", False, "Compile with XLA.")


def define_required(name, text):
    """Defines a string flag that must be given."""
    flags.DEFINE_string(name, None, text + " Required.")
    flags.mark_flag_as_required(name)
    _required.append(name)


def run_entry(main, errors, argv=None):
    """Parses the command line, runs `main([program])` and exits: the last line of every entry point.

    Exit codes: 0 done or help; 2 the user's error, one line on stderr, no traceback; an error class may set
    its own `exit_code` (a diverged training is not the user's mistake on the command line); 130 after Ctrl-C and 143
    after SIGTERM, when `finally` blocks have run. Exceptions not in `errors` are bugs and keep their traceback.

    Args:
      main: function of one argument, the list of remaining arguments (only the program's name).
      errors: tuple of exception classes whose message is the line to show.
      argv: list of str, default sys.argv.
    """
    argv = list(sys.argv if argv is None else argv)
    if _asks_for_help(argv):
        print(help_text(argv[0], main))
        sys.exit(0)
    try:
        rest = flags.FLAGS(argv)
        if len(rest) > 1:
            raise flags.Error(
                "unexpected argument '%s' (write --flag=value; switches: --flag or --noflag)"
                % rest[1]
            )
    except flags.Error as error:
        _fail("%s; see --help" % _one_line(_plain_flag_error(error)), USER_ERROR)
    try:
        interrupts.run(lambda: main(rest))
    except errors + (interrupts.Interrupted,) as error:
        _fail(_one_line(str(error)), getattr(error, "exit_code", USER_ERROR))
    sys.exit(0)


def help_text(program, main):
    """All flags of the project with their defaults, as --help prints them."""
    summary = (sys.modules[main.__module__].__doc__ or "").strip()
    lines = [summary, "", "usage: %s --flag=value ..." % program, ""]
    for name, flag in sorted(_project_flags().items()):
        head = "--[no]%s" % name if flag.boolean else "--%s" % name
        default = "no default" if flag.default is None else "default: %s" % _shown(flag.default)
        lines.append("  %s  (%s)" % (head, default))
        lines.extend(
            textwrap.wrap(flag.help, 96, initial_indent=" " * 6, subsequent_indent=" " * 6)
        )
    return "\n".join(lines).strip()


def _asks_for_help(argv):
    for argument in argv[1:]:
        if argument == "--":
            return False
        if argument.startswith("-") and argument.lstrip("-").split("=")[0] in _HELP_FLAGS:
            return True
    return False


def _project_flags():
    """name -> Flag of those that this project's modules define, without absl's and TensorFlow's own."""
    found = {}
    for module, module_flags in flags.FLAGS.flags_by_module_dict().items():
        if module.split(".")[0] not in (
            "absl",
            "tensorflow",
            "tensorflow_core",
            "pytest",
            "_pytest",
        ):
            found.update((flag.name, flag) for flag in module_flags)
    return found


def _shown(value):
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("e-0", "e-") if isinstance(value, float) else text


def _plain_flag_error(error):
    """absl's sentence, except where required flags are missing: it names one of them and speaks of None."""
    if "must have a value other than None" not in str(error):
        return str(error)
    missing = [name for name in _required if flags.FLAGS[name].value is None]
    return "required and not given: %s" % ", ".join("--" + name for name in missing)


def _one_line(text):
    return " ".join(text.split())


def _fail(line, code):
    sys.stdout.flush()
    sys.stderr.write("error: %s\n" % line)
    sys.stderr.flush()
    sys.exit(code)
