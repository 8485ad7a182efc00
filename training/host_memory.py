# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Keeps freed memory in the process. No TensorFlow.

TensorFlow's allocator for the CPU is malloc. glibc's hands large blocks back to the kernel as soon as they are free, so
every activation of every step begins with the kernel clearing its pages: for a block of 40 MB that takes longer than the
arithmetic of most operations on it. A training step asks for the same sizes again and again; kept blocks are found again.
"""


import ctypes

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
# Each block from the heap and not from a mapping of its own, one heap (others are of 64 MB at most, larger blocks would be
# mapped again), and none of it given back (-1: unlimited).
_SETTINGS = ((_M_MMAP_MAX, 0), (_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, -1))
# With one of these the user has chosen an allocator or its settings.
_CHOICES = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")


def keep_freed(environment, library=None):
    """Tells malloc to keep what is freed, unless the user has set malloc up; to be called before threads start.

    The process's memory stays at its peak until it ends. A C library that has no mallopt is left as it is.

    Args:
      environment: mapping, the environment's variables.
      library: what has the C library's functions as attributes; default: those of this process.

    Returns:
      Whether malloc was told so.
    """
    if any(name.startswith(_CHOICES) for name in environment):
        return False
    mallopt = getattr(library or ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(name, value) for name, value in _SETTINGS])
