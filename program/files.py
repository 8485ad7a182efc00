# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Files: their names, writing them whole or not at all, patterns, digests."""

import contextlib
import glob
import hashlib
import io
import os
import re
import stat

from program.errors import DataError

_TEMPORARY = ".tmp"
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


@contextlib.contextmanager
def whole_files(paths, mode="w"):
    """Opens files for writing that get their names together, when the `with` block ends without an exception.

    Until then each is `<path>.tmp`: one name, so that a rerun after a kill overwrites it. On an exception they are
    removed, and what had the names before stays. Content reaches the disk before the names do.

    Args:
        paths: list of str.
        mode: "w" for UTF-8 text with \\n line ends, "wb" for bytes.

    Yields:
        list of file objects.

    Raises:
        DataError: a file cannot be written.
    """
    temporary = [path + _TEMPORARY for path in paths]
    try:
        with contextlib.ExitStack() as stack:
            outputs = [stack.enter_context(_open(name, mode)) for name in temporary]
            yield outputs
            for output in outputs:
                output.flush()
                os.fsync(output.fileno())
        for name, path in zip(temporary, paths):
            os.replace(name, path)
    except OSError as error:
        if error.filename is not None and error.filename not in temporary:
            raise  # of another file that the block uses
        name = (error.filename or ", ".join(temporary))[: -len(_TEMPORARY)]
        raise DataError("%s: cannot be written (%s)" % (name, error.strerror or error))
    finally:
        for name in temporary:
            if os.path.exists(name):
                os.remove(name)


def _open(path, mode):
    if mode == "wb":
        return io.open(path, mode)
    return io.open(path, mode, encoding="utf-8", newline="\n")


@contextlib.contextmanager
def whole_file(path, mode="w"):
    """As whole_files, for one file: yields the file object."""
    with whole_files([path], mode) as (output,):
        yield output


def write_whole(path, content):
    """Writes a file, whole or not at all: str as UTF-8, or bytes.

    Raises:
        DataError: it cannot be written.
    """
    with whole_file(path, "wb" if isinstance(content, bytes) else "w") as output:
        output.write(content)


def digest(path, algorithm="sha256"):
    """Hexadecimal digest of a file, which is read in pieces. `algorithm`: as hashlib names it.

    Raises:
        DataError: the file cannot be read.
    """
    state = hashlib.new(algorithm)
    try:
        with open(path, "rb") as source:
            for chunk in iter(lambda: source.read(1 << 20), b""):
                state.update(chunk)
    except OSError as error:
        raise DataError("%s: cannot be read (%s)" % (path, error.strerror or error))
    return state.hexdigest()


def expand_home(paths):
    """'~/a,~/b' with the home directory in place of each `~`. Bash leaves them as they are in `--input_file=~/a`.

    Args:
        paths: str, or what is no text and is returned as it is.
    """
    if not isinstance(paths, str):
        return paths
    return re.sub(
        r"(^|,)(\s*)(~[^/,]*)",
        lambda match: match.group(1) + match.group(2) + os.path.expanduser(match.group(3)),
        paths,
    )


def path_problem(paths):
    """Why a path on the command line can be neither read nor written: one line, or None.

    A pipe or a socket would be waited for without end, and input is read more than once; a device has no end. Of an address
    such as gs://bucket/x, Python would make a local folder `gs:`.

    Args:
        paths: str, one or several between commas; None and "" are no paths.
    """
    for path in [paths] + comma_separated(paths):
        try:
            mode = os.stat(path).st_mode if path else 0
        except (OSError, ValueError):  # not there, or no name at all: whoever opens it says so
            if _ADDRESS.match(path.strip()):
                return (
                    "%s is an address, and files are read and written on this machine only: copy remote files here, or "
                    "mount their place" % path
                )
            continue
        if mode and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return "%s is a pipe, socket or device: save its contents to a file first" % path
    return None


def require_regular(path):
    """Raises DataError for a pipe, a socket or a device."""
    problem = path_problem(path)
    if problem:
        raise DataError(problem)


def name_as_text(path):
    """A file name as the system gives it -> the same text under every locale, for what is stored or hashed.

    Where the locale is plain C and UTF-8 mode is off, Python reads the bytes of a name as ASCII, with surrogates for the
    others; TensorFlow takes names in UTF-8. Bytes that are not UTF-8 stay surrogates.
    """
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def name_from_text(text):
    """The inverse of `name_as_text`: a name that was stored as text -> what `open` takes under this locale."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def human(count):
    """A number of bytes in words: 12345678 -> "12.3 MB"."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return "%.3g %s" % (size, unit)
        size /= 1000
    return "%.3g TB" % size


def comma_separated(text):
    """'a, b,' -> ['a', 'b']; None -> []."""
    return [piece for piece in (piece.strip() for piece in (text or "").split(",")) if piece]


def expand(flag, patterns, folder_endings=(), ignored_endings=()):
    """The files that names, glob patterns and folders stand for, each once, in the order given.

    A name of something that exists stands for itself, even if it looks like a pattern.

    Args:
        flag: str, such as "--input_file"; for messages.
        patterns: list of str.
        folder_endings: tuple of str; a folder stands for its files with these endings, by name. Without any, a folder
            stands for itself.
        ignored_endings: tuple of str; such files do not count as matches of a pattern.

    Raises:
        DataError: one of them stands for no file, or there is none.
    """
    found = []
    for pattern in patterns:
        if folder_endings and os.path.isdir(pattern):
            names = [
                os.path.join(pattern, name)
                for name in sorted(os.listdir(pattern))
                if name.endswith(tuple(folder_endings))
            ]
        elif os.path.exists(pattern):
            names = [pattern]
        else:
            names = [
                name
                for name in sorted(glob.glob(pattern))
                if os.path.isfile(name) and not name.endswith(tuple(ignored_endings))
            ]
        if not names:
            raise DataError("%s: '%s' matches no file" % (flag, pattern))
        for name in names:
            require_regular(name)
        found.extend(name for name in names if name not in found)
    if not found:
        raise DataError("%s names no file" % flag)
    return found
