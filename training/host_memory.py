# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Keeps freed memory in the process. No TensorFlow.

TensorFlow's CPU allocator is malloc. glibc's returns large blocks to the kernel as soon as they are freed, so for
every activation of every step the kernel clears pages: for a block of 40 MB that takes longer than most operations on
it. A training step requests the same sizes again and again, so blocks that are kept are reused.
"""


import ctypes

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
# Every block from the heap and none from a mapping of its own; a single heap (others are limited to 64 MB, and larger
# blocks would be mapped again); and none of it returned (-1: unlimited).
_SETTINGS = ((_M_MMAP_MAX, 0), (_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, -1))
# With one of these set, the user has chosen an allocator or its settings.
_CHOICES = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")


def keep_freed(environment, library=None):
    """Makes malloc keep freed memory, unless the user has configured malloc; call it before threads start.

    The memory of the process stays at its peak until it ends. A C library without mallopt is left as it is.

    Args:
      environment: mapping, the environment variables.
      library: object with the C library's functions as attributes; default: those of this process.

    Returns:
      Whether malloc was configured.
    """
    if any(name.startswith(_CHOICES) for name in environment):
        return False
    mallopt = getattr(library or ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(name, value) for name, value in _SETTINGS])
