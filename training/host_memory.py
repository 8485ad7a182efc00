# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Keeps freed memory in the process, in large pages. No TensorFlow.

TensorFlow's CPU allocator is malloc. glibc's returns large blocks to the kernel as soon as they are freed, so for
every activation of every step the kernel clears pages: for a block of 40 MB that takes longer than most operations on
it. A training step requests the same sizes again and again, so blocks that are kept are reused.

A matrix product reads rows that are kilobytes apart, each on a page of its own. Where the kernel gives pages of 2 MB to those
who ask (Linux: transparent huge pages, "madvise"), addresses in them are translated without the misses that, on a virtual machine,
are a fifth of a product's time (benchmarks/fused_ops.md).
"""


import ctypes
import os
import resource

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
# Every block from the heap and none from a mapping of its own; a single heap (others are limited to 64 MB, and larger
# blocks would be mapped again); and none of it returned (-1: unlimited).
_SETTINGS = ((_M_MMAP_MAX, 0), (_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, -1))
_MADV_HUGEPAGE = 14  # Linux, <sys/mman.h>
_LARGE_PAGE, _LEAST_HEAP = 2 << 20, 1 << 30
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
    library = library or ctypes.CDLL(None)
    mallopt = getattr(library, "mallopt", None)
    if mallopt is None or not all([mallopt(name, value) for name, value in _SETTINGS]):
        return False
    _use_large_pages(library)
    return True


def _use_large_pages(library):
    """Extends the heap by addresses for most of the machine's memory and asks for large pages there; memory comes with their first use.

    Left out where addresses count as memory: with a limit of this process's, or of the machine's (vm.overcommit_memory=2).
    """
    names = ("malloc", "free", "madvise")
    if not all(hasattr(library, name) for name in names) or _addresses_are_limited():
        return
    malloc, free, madvise = [getattr(library, name) for name in names]
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.argtypes, madvise.argtypes = (
        [ctypes.c_void_p],
        [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int],
    )
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    while size >= _LEAST_HEAP:
        block = malloc(size)
        if block:
            first = -(-block // _LARGE_PAGE) * _LARGE_PAGE
            madvise(first, (block + size - first) // _LARGE_PAGE * _LARGE_PAGE, _MADV_HUGEPAGE)
            free(block)  # stays part of the heap: nothing is trimmed
            return
        size //= 2


def _addresses_are_limited():
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    if any(limit != resource.RLIM_INFINITY for limit in limits):
        return True
    try:
        with open("/proc/sys/vm/overcommit_memory") as setting:
            return setting.read().strip() == "2"
    except OSError:
        return True
