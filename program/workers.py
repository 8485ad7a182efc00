# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Parallel work: parts of a job, and worker processes."""


import argparse
import collections
import contextlib
import ctypes
import gc
import os
import signal
import sys

from program import interrupts
from program.options import OptionError


class Part(collections.namedtuple("Part", "index count")):
    """Part `index` (from 1) of `count`: units of work are assigned round-robin by their number."""

    def has(self, unit):
        """True where unit number `unit` (from 0) belongs to this part."""
        return unit % self.count == self.index - 1


WHOLE = Part(1, 1)


class PartError(argparse.ArgumentTypeError, ValueError):
    """An invalid --part."""


def parse_part(text):
    """'2/8' -> Part(2, 8).

    Raises:
        PartError: not i/n with 1 ≤ i ≤ n.
    """
    try:
        index, count = (int(number) for number in text.split("/"))
    except ValueError:
        index, count = 0, 0
    if not 1 <= index <= count:
        raise PartError("%r is not i/n with 1 <= i <= n, as in --part 2/8" % text)
    return Part(index, count)


def available_cores():
    """Cores that this process may use: those that it is bound to, or as many as its control group may keep busy, if fewer."""
    cores = len(os.sched_getaffinity(0))
    quota = _quota_of_group()
    return cores if quota is None else max(1, min(cores, int(quota)))


# Of a container's own control group: versions 2 and 1.
_CPU_MAX = "/sys/fs/cgroup/cpu.max"
_CPU_QUOTA = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"


def _quota_of_group():
    """Processor seconds a second that the control group of a container may use, or None: no limit is known."""
    for paths in ((_CPU_MAX,), _CPU_QUOTA):
        try:
            words = []
            for path in paths:
                with open(path) as source:
                    words += source.read().split()
            quota, period = int(words[0]), int(words[1])
        except (OSError, ValueError, IndexError):  # another version, or "max"
            continue
        if quota > 0 and period > 0:
            return quota / period
    return None


@contextlib.contextmanager
def worker_pool(num_workers):
    """A process pool that lasts for the `with` block; None for one worker: work is then done in this process.

    On an exception the workers are killed instead of finishing their tasks.
    """
    if num_workers == 1:
        yield None
        return
    # Imported here: one worker does not need them, and they are a fifth of the start of a program.
    import concurrent.futures.process
    import multiprocessing

    # Workers are forks. A worker's garbage collector must not finalize this process's garbage: a TensorFlow session in it
    # would wait for threads that do not exist in the fork.
    gc.collect()
    # Not multiprocessing.Pool, which waits forever if a worker is killed; this one raises BrokenProcessPool.
    others = set(multiprocessing.active_children())
    early = (
        {"initializer": _prepare_worker, "initargs": (os.getpid(),)}
        if sys.version_info >= (3, 7)
        else {}
    )
    pool = concurrent.futures.ProcessPoolExecutor(num_workers, **early)
    try:
        yield pool
    except concurrent.futures.process.BrokenProcessPool:
        raise OptionError(
            "a worker process was killed (out of memory?): run again with a smaller --num_workers; "
            "finished files are kept"
        )
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            os.kill(worker.pid, signal.SIGKILL)
        raise
    finally:
        pool.shutdown()


def ordered_map(pool, function, items, window_items=256):
    """Yields function(item) in the order of `items`, never more than `window_items` items ahead of the consumer."""
    if pool is None:
        for item in items:
            yield function(item)
        return
    waiting = collections.deque()
    for item in items:
        with interrupts.held_back():  # workers are forked here; an unregistered one could not be killed
            waiting.append(_submitted(pool, function, item))
        if len(waiting) >= window_items:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _submitted(pool, function, item):
    try:
        return pool.submit(_in_worker, os.getpid(), function, item)
    except OSError as error:
        raise OptionError(
            "a worker process cannot be started (%s): run again with a smaller --num_workers"
            % (error.strerror or error)
        )


_worker_is_ready = False


def _in_worker(parent, function, item):
    _prepare_worker(parent)  # pools have no initializer before Python 3.7
    return function(item)


def _prepare_worker(parent):
    global _worker_is_ready
    if not _worker_is_ready:
        getattr(gc, "freeze", int)()  # Python 3.7: the collector ignores the parent's objects
        # Ctrl-C and a closed terminal reach all processes; only the parent handles them.
        for signum in (signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        for signum in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(signum, signal.SIG_DFL)
        _die_with(parent)
        _worker_is_ready = True


def _die_with(parent):
    """On Linux, the kernel kills this process when its parent dies, even by kill -9: no worker is left behind."""
    if sys.platform.startswith("linux"):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:  # the parent has already died
            os._exit(1)
