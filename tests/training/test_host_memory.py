# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Freed memory stays with the process, in large pages, unless the user has set malloc up."""

import io
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


# Takes a block, after a limit in MB on addresses if there is one; prints MB of addresses, and of large pages that hold memory.
_LARGE_PAGES = """
import ctypes, re, resource, sys
from training import host_memory
if int(sys.argv[1]):
  resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20, resource.RLIM_INFINITY))
assert host_memory.keep_freed({})
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
ctypes.memset(libc.malloc(%d), 1, %d)
print(int(re.search(r"VmSize:\\s+(\\d+) kB", open("/proc/self/status").read()).group(1)) >> 10)
pages = re.findall(r"AnonHugePages:\\s+(\\d+) kB", open("/proc/self/smaps").read())
print(sum(map(int, pages)) >> 10)
""" % (
    _LARGE,
    _LARGE,
)


def megabytes(limit, repo_root):
    program = [sys.executable, "-c", _LARGE_PAGES, str(limit)]
    return [int(line) for line in subprocess.check_output(program, cwd=repo_root).split()]


def kernel_gives_large_pages():
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled") as setting:
            return "[never]" not in setting.read()
    except OSError:
        return False


def test_the_heap_is_of_large_pages_where_the_kernel_gives_them(repo_root):
    _, large = megabytes(0, repo_root)
    if not kernel_gives_large_pages():
        pytest.skip("this kernel gives no large pages")
    assert large >= (_LARGE >> 20) - 4


def test_a_limit_on_addresses_is_not_used_up(repo_root):
    addresses, _ = megabytes(4096, repo_root)
    assert addresses < 1024


class Heap(Library):
    """Grants no block of more than `most` bytes."""

    def __init__(self, most):
        super().__init__()
        self.most, self.asked, self.advised, self.freed = most, [], [], []
        # Functions have attributes, as those of ctypes; methods have not.
        self.malloc = lambda size: self.asked.append(size) or (4097 if size <= self.most else None)
        self.madvise = lambda *arguments: self.advised.append(arguments)
        self.free = lambda block: self.freed.append(block)


def test_a_block_that_is_refused_is_asked_for_in_halves(monkeypatch):
    monkeypatch.setattr(host_memory, "_addresses_are_limited", lambda: False)
    heap = Heap(most=5 << 30)
    monkeypatch.setattr(host_memory.os, "sysconf", lambda name: 4096 if "SIZE" in name else 6 << 20)
    assert host_memory.keep_freed({}, heap)
    assert heap.asked == [18 << 30, 9 << 30, (9 << 30) // 2] and heap.freed == [4097]
    ((first, size, advice),) = heap.advised
    assert first == 2 << 20 and size % (2 << 20) == 0 and advice == 14
    assert first + size <= 4097 + ((9 << 30) // 2) < first + size + (2 << 20)
    heap = Heap(most=0)
    assert host_memory.keep_freed({}, heap)
    assert heap.asked[-1] >= 1 << 30 and not heap.advised and not heap.freed


@pytest.mark.parametrize(
    "setting, limit, taken",
    [("0", -1, True), ("1", -1, True), ("2", -1, False), ("0", 8 << 30, False), (None, -1, False)],
)
def test_where_addresses_count_as_memory_none_are_taken(monkeypatch, setting, limit, taken):
    """setting: of vm.overcommit_memory, None: not readable. limit: of the process, in bytes."""

    def opened(path):
        assert path == "/proc/sys/vm/overcommit_memory"
        if setting is None:
            raise FileNotFoundError(path)
        return io.StringIO(setting + "\n")

    monkeypatch.setattr(host_memory, "open", opened, raising=False)
    monkeypatch.setattr(host_memory.resource, "getrlimit", lambda kind: (limit, -1))
    heap = Heap(most=1 << 60)
    assert host_memory.keep_freed({}, heap)
    assert bool(heap.asked) == taken
