# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A single Ctrl-C, SIGTERM, SIGHUP or SIGUSR1 always ends the program.

Python raises an exception for a signal wherever the program happens to be. In a destructor, a weak reference callback or a
fork hook, Python prints "Exception ignored in" and the program continues. So the exception comes
again, until the program is seen to unwind: `finally` blocks run, temporary files and worker processes go.
"""


import contextlib
import os
import signal
import sys
import threading
import time

from program import console

# Ctrl-C, a batch system, a closed terminal, and what mpirun passes on to its ranks. The last two are left alone where whoever
# started the program ignores them, as nohup does.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
_MAY_BE_IGNORED = (signal.SIGHUP, signal.SIGUSR1)
_REPEAT_SECONDS = 0.2
_ONE_REQUEST_SECONDS = 1.0  # a rank hears both the launcher and mpirun


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end; `exit_code` is 128 and its number, as a shell has it."""

    def __init__(self, signum):
        super().__init__("interrupted")
        self.exit_code = 128 + signum


class _Watch:
    """The signals received during one `run`."""

    def __init__(self):
        self.signum = None
        self._process = os.getpid()
        self._held = 0
        self._finishing = False
        self._heard = None

    def hear(self, signum, unused_frame):
        """The signal handler: also that of the timer which repeats the first signal."""
        if os.getpid() != self._process:  # a worker that has not yet set signals of its own
            os._exit(128 + signum)
        if signum == signal.SIGHUP:
            console.leave_lost_terminal()
        if self.signum is None:
            self.signum, self._heard = signum, time.monotonic()
        elif signum != signal.SIGALRM and time.monotonic() - self._heard > _ONE_REQUEST_SECONDS:
            self._finishing = False
        self._end()

    def finish(self, finishing):
        """Begins or ends a `finishing` block."""
        self._finishing = finishing
        if self.signum is not None and not finishing:
            self._end()

    def _end(self):
        if not self._finishing:
            signal.setitimer(signal.ITIMER_REAL, _REPEAT_SECONDS, _REPEAT_SECONDS)
            self._raise_unless_raised()

    def hold(self, change):
        """Counts nested `held_back` blocks; signals received within them are raised at the end of the outermost."""
        self._held += change
        if self.signum is not None:
            self._raise_unless_raised()

    def _raise_unless_raised(self):
        error = sys.exc_info()[1]
        while error is not None and not isinstance(error, Interrupted):
            error = error.__context__
        if error is None and not self._held:
            raise Interrupted(self.signum)


_watch = None


def run(main):
    """Calls `main()` and returns what it returns; one of SIGNALS meanwhile always ends in Interrupted.

    Outside the main thread, where Python handles no signals, it only calls `main`.

    Raises:
        Interrupted: a signal came. It is raised within `main`, and by this function where `main` has ended in spite of it.
    """
    global _watch
    if threading.current_thread() is not threading.main_thread():
        return main()
    before, _watch = _watch, _Watch()
    handlers = [
        (signum, signal.signal(signum, _watch.hear))
        for signum in SIGNALS + (signal.SIGALRM,)
        if signum not in _MAY_BE_IGNORED or signal.getsignal(signum) != signal.SIG_IGN
    ]
    try:
        return main()
    finally:
        heard, _watch = _watch.signum, before
        signal.setitimer(signal.ITIMER_REAL, 0)
        for signum, handler in handlers:
            signal.signal(signum, handler)
        if heard is not None:
            raise Interrupted(heard)


@contextlib.contextmanager
def held_back():
    """Delays signals to the end of the block, for a few lines that must not be interrupted, such as a fork."""
    watch = _watch
    if watch is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    watch.hold(1)
    try:
        yield
    finally:
        watch.hold(-1)


@contextlib.contextmanager
def finishing():
    """Lets a loop finish its step: within the block the first signal is only noted, and raised at the end of the block.

    A second signal, a second or more after the first, ends the program at once. Outside `run` and outside the main thread no signal is noted.

    Yields:
        function without arguments: the number of the signal that has come, or None.
    """
    watch = _watch
    if watch is None or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    watch.finish(True)
    try:
        yield lambda: watch.signum
    finally:
        watch.finish(False)
