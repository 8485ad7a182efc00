# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/interrupts.py: one signal ends a program, wherever it falls; cleaning up is not disturbed."""

import os
import pty
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


@pytest.mark.parametrize(
    "signum, code",
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGUSR1, 138),
    ],
)
def test_a_signal_ends_main_with_a_shells_code_and_handlers_come_back(signum, code):
    numbers = interrupts.SIGNALS + (signal.SIGALRM,)
    handlers = [signal.getsignal(number) for number in numbers]

    def main():
        _send(signum)
        _wait()

    with pytest.raises(interrupts.Interrupted) as error:
        interrupts.run(main)
    assert error.value.exit_code == code and isinstance(error.value, KeyboardInterrupt)
    assert [signal.getsignal(number) for number in numbers] == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGUSR1])
def test_what_the_starter_ignores_stays_ignored(signum):
    """nohup ignores SIGHUP."""
    before = signal.signal(signum, signal.SIG_IGN)
    try:
        assert interrupts.run(lambda: _send(signum) or 7) == 7
        assert signal.getsignal(signum) == signal.SIG_IGN
    finally:
        signal.signal(signum, before)


_TRAINS = """
import sys, time
from program import console, errors, interrupts

def main():
    with interrupts.finishing() as asked:
        console.write_line("ready")
        while not asked():
            time.sleep(0.01)
        for _ in range(3):
            console.write_line("a line")
            console.write_line("a warning", sys.stderr)
        print("a line of another's", flush=True)
        open(sys.argv[1], "w").close()

errors.run_program(main)
"""


def test_a_closed_terminal_ends_a_loop_after_its_step(tmp_path, repo_root):
    child, terminal = pty.fork()
    saved = str(tmp_path / "saved")
    if child == 0:
        os.chdir(repo_root)
        os.execv(sys.executable, [sys.executable, "-c", _TRAINS, saved])
    assert os.read(terminal, 5) == b"ready"
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 129
    assert os.path.exists(saved)


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
