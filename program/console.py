# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Programs under every locale and without their terminal: output that takes all text, and names of files that TensorFlow takes."""

import codecs
import errno
import io
import os
import subprocess
import sys
import termios

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_RESTARTED = "bert_restarted"  # option -X of the second start: there is no third
_ERRORS = "bytes_of_names_or_escapes"


def accept_all_text():
    """Makes sys.stdout and sys.stderr print any text instead of failing on what the locale cannot encode.

    Where the locale is plain C and UTF-8 mode is off, Python would write ASCII only: UTF-8 is written instead. Names of
    files come out as the bytes that they are, whatever these are. Other encodings stay, with escapes for what they lack.
    """
    codecs.register_error(_ERRORS, _names_or_escapes)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue  # a stand-in, such as io.StringIO, takes all text
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        encoding = "utf-8" if is_ascii else stream.encoding
        stream.flush()
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=encoding, errors=_ERRORS)
        elif is_ascii:  # before Python 3.7
            wrapped = io.TextIOWrapper(
                stream.buffer, encoding, _ERRORS, line_buffering=stream.line_buffering
            )
            setattr(sys, name, wrapped)


def write_line(line, stream=None):
    """Writes a line at once, so that it is seen through a pipe, too; drops it if the terminal has been closed.

    Args:
        line: str.
        stream: text file; None: sys.stdout.
    """
    stream = sys.stdout if stream is None else stream
    try:
        stream.write(line + "\n")
        stream.flush()
    except OSError as error:
        if error.errno != errno.EIO or not leave_lost_terminal():
            raise


def leave_lost_terminal():
    """Drops all later output if the terminal that it goes to has been closed, where every write would fail.

    Returns:
        bool: whether that was so.
    """
    lost = [descriptor for descriptor in (1, 2) if _is_lost_terminal(descriptor)]
    for descriptor in lost:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
    return bool(lost)


def _is_lost_terminal(descriptor):
    try:
        termios.tcgetattr(descriptor)
    except termios.error as error:
        return error.args[0] == errno.EIO
    return False


def restart_in_utf8():
    """Starts a program of this project that uses TensorFlow again, if its arguments have names that TensorFlow refuses.

    Where the locale is plain C and UTF-8 mode is off, Python holds the bytes of a name that ASCII lacks as surrogates, and
    its own `open` gives them back; TensorFlow takes names in UTF-8 and refuses surrogates. With UTF-8 both agree. The
    process keeps its number.
    """
    start = _start_of(sys.modules["__main__"])
    if (
        start
        and "tensorflow" in sys.modules
        and _RESTARTED not in sys._xoptions
        and codecs.lookup(sys.getfilesystemencoding()).name == "ascii"
        and any("\udc80" <= char <= "\udcff" for char in "".join(sys.argv) + os.getcwd())
    ):
        command = [sys.executable] + subprocess._args_from_interpreter_flags()
        command += ["-X", _RESTARTED]
        if sys.version_info >= (3, 7):
            command += ["-X", "utf8"]
        else:
            command = ["env", "LC_ALL=C.UTF-8"] + command
        sys.stdout.flush()
        sys.stderr.flush()
        os.execvp(command[0], command + start + sys.argv[1:])


def _start_of(main):
    """How Python was told to start the module __main__: list of arguments; None if it is no program of this project."""
    path, spec = getattr(main, "__file__", None), getattr(main, "__spec__", None)
    if path is None:
        return None
    if spec:
        is_own = os.path.isdir(os.path.join(_ROOT, spec.name.split(".")[0]))
        return ["-m", spec.name] if is_own else None
    return [path] if os.path.dirname(os.path.abspath(path)) == _ROOT else None


def _names_or_escapes(error):
    """Error handler of codecs: the bytes that surrogates of a file name stand for, escapes for all else."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
