# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/command_line.py: help, exit codes and one-line errors, through a small program of its own."""

import os
import subprocess
import sys
import textwrap

import pytest

import create_pretraining_data
import run_pretraining
import run_squad

PROGRAM = """
'''A program for tests.'''
import sys
sys.path.insert(0, %r)
from absl import flags
from program import command_line
from program.options import Option, OptionGroup

class Refused(ValueError):
  pass

class Broken(RuntimeError):
  exit_code = 3

def main(argv):
  assert len(argv) == 1, argv
  what = flags.FLAGS.what
  if what == "refuse":
    raise Refused("cannot use\\n  this file")
  if what == "break":
    raise Broken("it broke")
  if what == "bug":
    raise KeyError("a bug")
  if flags.FLAGS.init_checkpoint:
    print(flags.FLAGS.init_checkpoint)
  print("ran with %%s %%s %%s" %% (what, flags.FLAGS.max_seq_length, flags.FLAGS.learning_rate))

class Options(OptionGroup):
  OPTIONS = (
    Option("bert_config_file", None, "Model.", required=True),
    Option("what", "run", "What to do.", choices=("run", "refuse", "break", "bug")),
    Option("init_checkpoint", None, "Start.", is_path=True),
    Option("max_seq_length", 77, "Length.", minimum=1),
    Option("learning_rate", 5e-6, "Rate.", above=0.0),
    Option("use_fp16", False, "Half."),
    Option("clip_norm", 1.0, "Norm.", is_flag=False),
  )

class MoreOptions(OptionGroup):
  OPTIONS = (Option("output_dir", None, "Results.", required=True),)

command_line.define_flags(Options, MoreOptions)
command_line.run_entry(main, (Refused, Broken))
"""


@pytest.fixture(name="program", scope="module")
def fixture_program(tmp_path_factory, repo_root):
    path = tmp_path_factory.mktemp("flags") / "program.py"
    path.write_text(textwrap.dedent(PROGRAM % repo_root))

    def call(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, str(path)] + list(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=60,
            env=dict(os.environ, **environment),
        )
        return done.returncode, done.stdout, done.stderr

    return call


REQUIRED = ("--bert_config_file=c", "--output_dir=o")


def test_runs_with_its_defaults(program):
    assert program(*REQUIRED) == (0, "ran with run 77 5e-06\n", "")


def test_required_flags_are_all_named(program):
    code, out, err = program()
    assert (code, out) == (2, "")
    assert err == "error: missing required flags: --bert_config_file, --output_dir; see --help\n"


@pytest.mark.parametrize(
    "argument, message",
    [
        ("--wath=run", "Unknown command line flag 'wath'"),
        ("--learning_rate=fast", "error: --learning_rate=fast: must be a number greater than 0;"),
        ("--max_seq_length=0", "error: --max_seq_length=0: must be an integer of at least 1; see"),
        ("--max_seq_length=7.5", "error: --max_seq_length=7.5: must be an integer of at least 1;"),
        ("--what=rest", "error: --what=rest: must be run or refuse or break or bug; see --help"),
        ("--clip_norm=2", "Unknown command line flag 'clip_norm'"),
        ("--use_fp16=perhaps", "use_fp16"),
        ("true", "unexpected argument 'true'"),
    ],
)
def test_wrong_command_line(program, argument, message):
    code, out, err = program(*(REQUIRED + (argument,)))
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and message in err


def test_user_error_is_one_line_and_2(program):
    assert program("--what=refuse", *REQUIRED) == (2, "", "error: cannot use this file\n")


def test_error_class_may_choose_its_exit_code(program):
    assert program("--what=break", *REQUIRED) == (3, "", "error: it broke\n")


def test_bug_keeps_its_traceback(program):
    code, _, err = program("--what=bug", *REQUIRED)
    assert code == 1 and "Traceback" in err and "KeyError" in err


@pytest.mark.parametrize("argument", ["--help", "-help", "--helpfull", "--helpshort", "-h"])
def test_help_lists_flags_with_defaults(program, argument):
    code, out, err = program(argument)
    assert (code, err) == (0, "")
    assert out.startswith("A program for tests.")
    for line in (
        "--max_seq_length  (default: 77)",
        "--learning_rate  (default: 5e-6)",
        "--[no]use_fp16  (default: false)",
        "--init_checkpoint  (no default)",
        "--what  (default: run)",
    ):
        assert "  %s\n" % line in out
    assert "      What to do. One of: run, refuse, break, bug.\n" in out
    assert "      Results. Required.\n" in out
    assert "clip_norm" not in out  # set by the program, not a flag
    assert "--verbosity" not in out  # absl's own


def test_help_after_double_dash_is_not_help(program):
    code, _, err = program(*(REQUIRED + ("--", "--help")))
    assert code == 2 and "unexpected argument '--help'" in err


def test_importing_runners_defines_no_flag(repo_root):
    """Two runners can be imported by one process: nothing is defined before define_flags."""
    code = (
        "import run_pretraining; from absl import flags; "
        "assert 'max_seq_length' not in flags.FLAGS; run_pretraining.define_flags(); "
        "assert flags.FLAGS['max_seq_length'].default == 512"
    )
    environment = dict(os.environ, PYTHONPATH=repo_root, PYTHONWARNINGS="ignore")
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)


def test_a_tilde_is_the_home_directory(program):
    code, out, _ = program("--init_checkpoint=~/a,~/b*,c~/d", *REQUIRED, HOME="/somewhere")
    assert code == 0 and out.splitlines()[0] == "/somewhere/a,/somewhere/b*,c~/d"


@pytest.mark.parametrize("module", [create_pretraining_data, run_pretraining, run_squad])
def test_options_that_name_files_are_paths(module):
    for option in [option for group in module.GROUPS for option in group.OPTIONS]:
        is_named_so = option.name.endswith(("_file", "_dir", "_checkpoint"))
        assert option.is_path == is_named_so, option.name


def test_text_that_the_locale_cannot_encode_is_printed(program, tmp_path):
    c_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    code, out, err = program("--init_checkpoint=caf\u00e9", *REQUIRED, **c_locale)
    assert (code, out.splitlines()[0], err) == (0, "caf\u00e9", "")
    code, out, err = program("--caf\u00e9", *REQUIRED, **c_locale)
    assert (code, out) == (2, "") and "caf\u00e9" in err and err.count("\n") == 1
