# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Standard output and error that take every text, whatever the locale."""

import codecs
import io
import sys

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


def _names_or_escapes(error):
    """Error handler of codecs: the bytes that surrogates of a file name stand for, escapes for all else."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
