# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/heartbeat.py: a rank that dies, falls silent or is cut off is noticed; one that has done its work is not."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.conftest import ROOT
from training.heartbeat import _HELLO, LOST_PEER, Heartbeat, HeartbeatError, program_of

HOSTS = ["host-a", "host-b", "host-c"]


class Rank:
    """A heartbeat in this process whose losses are collected."""

    def __init__(self, rank, size=2, **options):
        self.losses = []
        self.heartbeat = Heartbeat(
            rank,
            size,
            HOSTS[:size],
            on_loss=self.losses.append,
            **dict({"every": 0.05, "silence": 30.0}, **options),
        )


def meet(chief, *others):
    """Connects ranks as the runtime does."""
    where = chief.heartbeat.listen()
    accepting = threading.Thread(target=chief.heartbeat.accept)
    accepting.start()
    for other in others:
        other.heartbeat.connect(where)
    accepting.join(10)
    assert not accepting.is_alive()
    return where


def wait_for(condition, seconds=10):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "waited in vain"
        time.sleep(0.01)


def test_ranks_that_work_lose_nobody_and_may_leave_in_any_order():
    chief, second, third = Rank(0, 3, silence=1.0), Rank(1, 3, silence=1.0), Rank(2, 3, silence=1.0)
    meet(chief, second, third)
    time.sleep(1.5)  # longer than the silence that would be a loss
    second.heartbeat.close()
    time.sleep(1.2)
    chief.heartbeat.close()
    third.heartbeat.close()
    assert chief.losses == second.losses == third.losses == []


def test_a_rank_that_dies_is_named():
    chief, second, third = Rank(0, 3), Rank(1, 3), Rank(2, 3)
    meet(chief, second, third)
    (connection,) = third.heartbeat._peers
    connection.shutdown(socket.SHUT_RDWR)  # what the kernel does for a process that is gone
    wait_for(lambda: chief.losses)
    assert chief.losses == ["rank 2 (host host-c) has died"]
    wait_for(lambda: second.losses)  # the first rank ends, and so the others
    assert second.losses == ["rank 0 (host host-a) has died"]


def test_a_rank_that_falls_silent_is_named():
    chief, second = Rank(0, silence=1.0), Rank(
        1, every=1000.0
    )  # the second says one word, and no more
    meet(chief, second)
    wait_for(lambda: chief.losses)
    assert chief.losses == [
        "rank 0 (host host-a) has received nothing from rank 1 (host host-b) for 1 seconds: that host or the "
        "network is down"
    ]


def test_strangers_are_not_taken_for_ranks():
    chief, second = Rank(0), Rank(1)
    where = chief.heartbeat.listen()
    accepting = threading.Thread(target=chief.heartbeat.accept)
    accepting.start()
    for greeting in (b"GET / HTTP/1.1\r\n\r\n" + b" " * 20, _HELLO.pack(b"x" * 16, 1)):
        with socket.create_connection(("127.0.0.1", where["port"])) as stranger:
            stranger.sendall(greeting)
    second.heartbeat.connect(where)
    accepting.join(10)
    assert not accepting.is_alive()
    chief.heartbeat.close()
    second.heartbeat.close()
    assert chief.losses == second.losses == []


def test_ranks_that_cannot_meet_say_who_and_where(monkeypatch):
    monkeypatch.setattr("training.heartbeat._CONNECT_SECONDS", 0.1)
    chief = Rank(0)
    where = chief.heartbeat.listen()
    with pytest.raises(
        HeartbeatError,
        match=r"rank 1 \(host host-b\) cannot reach rank 0 \(host host-a\) on port %d"
        % where["port"],
    ):
        chief.heartbeat.accept()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(
        HeartbeatError,
        match=r"rank 1 .*cannot reach rank 0 .*at 127.0.0.1, port %d" % port,
    ):
        Rank(1).heartbeat.connect(dict(where, addresses=["127.0.0.1"], port=port))


# A parent that starts a rank and dies; the rank waits as in a collective operation that never ends.
_ORPHAN = """
import os, sys, time
sys.path.insert(0, {root!r})
from training import heartbeat
heartbeat._GRACE_SECONDS = 0.1
if os.fork():
  time.sleep(1.0)
  os._exit(0)
alone = heartbeat.Heartbeat(0, 1, ["host-a"], every=0.05)
alone._start({{}})
time.sleep(60)
"""


def test_a_rank_whose_launcher_has_died_ends():
    child = subprocess.Popen(
        [sys.executable, "-c", _ORPHAN.format(root=ROOT)],
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    _, err = child.communicate(
        timeout=30
    )  # returns when the orphan, which holds the pipe, has ended
    assert (
        err
        == "error: the process that started rank 0 (host host-a) has ended: the job cannot continue\n"
    )


def test_end_process_says_why_and_ends_even_a_process_that_waits(tmp_path):
    code = (
        "import sys, threading, time\nsys.path.insert(0, %r)\nfrom training import heartbeat\nheartbeat._GRACE_SECONDS = 0\n"
        "threading.Thread(target=heartbeat.end_process, args=('rank 1 (host b) has died',)).start()\ntime.sleep(60)\n"
        % ROOT
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, universal_newlines=True, timeout=30
    )
    assert done.returncode == LOST_PEER == 4
    assert done.stderr == "error: rank 1 (host b) has died: the job cannot continue\n"


def test_program_of():
    assert program_of(os.getpid())
    assert program_of(2**22 + 1) == ""
