# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Freed memory stays with the process, unless the user has set malloc up."""

import subprocess
import sys

import pytest

from training import host_memory

_LARGE = 80 << 20  # more than the 64 MB of the heap that a thread has without M_ARENA_MAX

# Frees and takes a block as TensorFlow's allocator does; prints how many of its pages the kernel had to supply.
_PROGRAM = """
import ctypes, resource, sys, threading
from training import host_memory
if sys.argv[1] == "keep":
  assert host_memory.keep_freed({})
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def touch():
  block = libc.malloc(%d)
  ctypes.memset(block, 1, %d)
  libc.free(block)
def measure():
  touch()
  before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
  touch()
  print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize())
thread = threading.Thread(target=measure)
thread.start()
thread.join()
""" % (
    _LARGE,
    _LARGE,
)


class Library:

    def __init__(self, answer=1):
        self.calls = []
        self._answer = answer

    def mallopt(self, name, value):
        self.calls.append((name, value))
        return self._answer


def bytes_supplied_again(how, repo_root):
    return int(subprocess.check_output([sys.executable, "-c", _PROGRAM, how], cwd=repo_root))


def test_a_freed_block_is_found_again_also_in_another_thread(repo_root):
    kept = bytes_supplied_again("keep", repo_root)
    assert kept < _LARGE // 100
    # Else the line above says nothing. Only more: a huge page counts as one fault.
    assert bytes_supplied_again("as it is", repo_root) > kept


@pytest.mark.parametrize(
    "name", ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD"]
)
def test_what_the_user_has_chosen_stays(name):
    library = Library()
    assert not host_memory.keep_freed({name: "1", "PATH": "/bin"}, library)
    assert library.calls == []


def test_all_settings_are_made_and_a_refusal_is_said():
    library = Library()
    assert host_memory.keep_freed({"PATH": "/bin"}, library)
    assert sorted(library.calls) == [(-8, 1), (-4, 0), (-1, -1)]
    assert not host_memory.keep_freed({}, Library(answer=0))


def test_a_library_without_mallopt_is_left_alone():
    assert host_memory.keep_freed({}, object()) is False
