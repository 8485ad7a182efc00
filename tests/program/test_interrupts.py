# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/interrupts.py: one signal ends a program, wherever it falls; cleaning up is not disturbed."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from program import interrupts


def _send(signum=signal.SIGINT):
    os.kill(os.getpid(), signum)
    time.sleep(0)  # the handler runs between two instructions


class _SignalInDestructor:
    swallowed = 0

    def __del__(self):
        try:
            _send()
        except interrupts.Interrupted:
            _SignalInDestructor.swallowed += 1
            raise  # into nothing: Python prints it and goes on


_waits_to_the_end = []


def _wait():
    time.sleep(10)
    _waits_to_the_end.append("lost")


@pytest.fixture(autouse=True)
def no_signal_is_lost():
    yield
    assert not _waits_to_the_end


@pytest.mark.parametrize("signum, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_main_with_a_shells_code_and_handlers_come_back(signum, code):
    handlers = [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    ]

    def main():
        _send(signum)
        _wait()

    with pytest.raises(interrupts.Interrupted) as error:
        interrupts.run(main)
    assert error.value.exit_code == code and isinstance(error.value, KeyboardInterrupt)
    assert [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    ] == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_undisturbed_main_gives_its_result():
    assert interrupts.run(lambda: 7) == 7


def test_a_signal_swallowed_in_a_destructor_is_raised_again():
    before = _SignalInDestructor.swallowed

    def main():
        _SignalInDestructor()
        _wait()

    with pytest.raises(interrupts.Interrupted):
        interrupts.run(main)
    assert _SignalInDestructor.swallowed > before


def test_a_main_that_ends_in_spite_of_the_signal_is_interrupted_too():
    def end():
        _SignalInDestructor()

    def fail():
        try:
            _send()
        except KeyboardInterrupt:
            pass
        raise ValueError("because of what was cut short")

    for main in (end, fail):
        with pytest.raises(interrupts.Interrupted):
            interrupts.run(main)


@pytest.mark.skipif(
    not hasattr(os, "register_at_fork"), reason="no code runs around a fork before Python 3.7"
)
def test_a_signal_during_a_fork_is_raised_when_the_child_is_known(repo_root):
    program = (
        "import os, signal, sys, time\nfrom program import interrupts\n"
        "os.register_at_fork(after_in_parent=lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0)))\n"
        "def main():\n"
        " with interrupts.held_back():\n"
        "  child = os.fork()\n"
        "  if not child:\n   os._exit(0)\n"
        '  print("forked", child, flush=True)\n'
        ' print("went on")\n'
        "try:\n interrupts.run(main)\n"
        "except interrupts.Interrupted as error:\n sys.exit(error.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 130 and done.stderr == b""
    assert done.stdout.startswith(b"forked") and b"went on" not in done.stdout


def test_cleaning_up_is_not_interrupted_by_repeats_or_a_second_signal(monkeypatch):
    monkeypatch.setattr(interrupts, "_REPEAT_SECONDS", 0.01)
    steps = []

    def main():
        try:
            _send()
            _wait()
        finally:
            for _ in range(10):
                time.sleep(0.01)
                try:
                    raise OSError("already gone")
                except OSError:
                    _send()
            steps.append("cleaned")

    with pytest.raises(interrupts.Interrupted):
        interrupts.run(main)
    assert steps == ["cleaned"]


def test_held_back_blocks_may_be_nested_and_stand_outside_run():
    steps = []

    def main():
        with interrupts.held_back():
            with interrupts.held_back():
                _send()
            steps.append("inner block left")
        steps.append("outer block left")

    with pytest.raises(interrupts.Interrupted):
        interrupts.run(main)
    assert steps == ["inner block left"]
    with interrupts.held_back():
        pass


def test_a_thread_only_calls():
    found = []
    thread = threading.Thread(target=lambda: found.append(interrupts.run(lambda: 7)))
    thread.start()
    thread.join()
    assert found == [7]


def test_a_finishing_block_is_not_interrupted():
    done = []

    def main():
        with interrupts.finishing() as asked:
            assert asked() is None
            _send(signal.SIGTERM)
            _send(signal.SIGTERM)  # at once: the same request, from a launcher and from mpirun
            time.sleep(0.5)  # longer than a signal is repeated after
            done.append(asked())
        done.append("after")

    with pytest.raises(interrupts.Interrupted) as error:
        interrupts.run(main)
    assert error.value.exit_code == 143 and done == [signal.SIGTERM]


def test_a_second_signal_ends_a_finishing_block(monkeypatch):
    monkeypatch.setattr(interrupts, "_ONE_REQUEST_SECONDS", 0.05)

    def main():
        with interrupts.finishing():
            _send()
            time.sleep(0.1)
            _send()
            _wait()

    with pytest.raises(interrupts.Interrupted):
        interrupts.run(main)


def test_finishing_outside_run_notes_nothing():
    with interrupts.finishing() as asked:
        assert asked() is None

    def main():
        with interrupts.finishing():
            pass
        _send()
        _wait()

    with pytest.raises(interrupts.Interrupted):  # the block is over
        interrupts.run(main)
