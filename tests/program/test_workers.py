# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""program/workers.py: shares, order, bounded look-ahead, killed workers."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from program import workers
from program.options import OptionError


@pytest.mark.parametrize("text, expected", [("1/1", (1, 1)), ("2/8", (2, 8)), ("8/8", (8, 8))])
def test_part_is_parsed(text, expected):
    assert workers.parse_part(text) == expected


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "1", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(workers.PartError, match="i/n"):
        workers.parse_part(text)


def test_parts_share_out_every_unit_once():
    owners = [
        [part for part in range(1, 4) if workers.Part(part, 3).has(unit)] for unit in range(20)
    ]
    assert all(len(own) == 1 for own in owners)
    assert {own[0] for own in owners} == {1, 2, 3}


def _slow_square(number):
    time.sleep(0.02 * (number % 3))
    return number * number


@pytest.mark.parametrize("num_workers", [1, 3])
def test_results_come_in_order_and_reading_stays_near(num_workers):
    taken, ahead = [], []

    def items():
        for number in range(30):
            taken.append(number)
            yield number

    with workers.worker_pool(num_workers) as pool:
        results = []
        for result in workers.ordered_map(pool, _slow_square, items(), window_items=5):
            results.append(result)
            ahead.append(len(taken) - len(results))
    assert results == [number * number for number in range(30)]
    assert max(ahead) <= 5


def _die(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_killed_worker_is_an_error_not_a_hang():
    with pytest.raises(OptionError, match="worker process was killed"):
        with workers.worker_pool(2) as pool:
            list(workers.ordered_map(pool, _die, range(10)))


def _die_or_dawdle(item):
    number, _, path = item
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number > 3:
        time.sleep(2)
        open(path, "w").close()
    return os.getpid()


def test_nobody_waits_for_workers_after_an_error(tmp_path):
    # Larger than a pipe holds: what feeds the workers must not be left waiting for one that is gone.
    items = [(number, b"x" * 1000000, str(tmp_path / str(number))) for number in (0, 4, 5, 6, 7, 8)]
    with pytest.raises(ZeroDivisionError):
        with workers.worker_pool(2) as pool:
            for worker in workers.ordered_map(pool, _die_or_dawdle, items, window_items=4):
                1 / 0
    assert not _runs(worker)
    with pytest.raises(OptionError, match="worker process was killed"):
        with workers.worker_pool(2) as pool:
            list(
                workers.ordered_map(
                    pool, _die_or_dawdle, [(3,) + items[0][1:]] + items[1:], window_items=4
                )
            )
    assert os.listdir(str(tmp_path)) == [] and not multiprocessing.active_children()


def _fail(number):
    raise OptionError("number %d" % number)


def test_an_error_in_a_worker_arrives():
    with pytest.raises(OptionError, match="number 0"):
        with workers.worker_pool(2) as pool:
            list(workers.ordered_map(pool, _fail, range(10)))


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or sys.version_info < (3, 7),
    reason="the death signal is Linux's, and an idle worker of an older Python knows nothing of it",
)
def test_no_worker_outlives_a_killed_parent(repo_root):
    # One task for two workers: the idle one must go, too.
    program = (
        "import multiprocessing, os, sys, time\nfrom program import workers\n"
        "def work(n):\n time.sleep(60)\n"
        "with workers.worker_pool(2) as pool:\n"
        " results = workers.ordered_map(pool, work, range(1), window_items=9)\n"
        " import threading; threading.Thread(target=lambda: list(results), daemon=True).start()\n"
        " while len(multiprocessing.active_children()) < 2: time.sleep(0.01)\n"
        " time.sleep(0.5)\n"
        " print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        " time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=repo_root, stdout=subprocess.PIPE
    )
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    deadline = time.time() + 20
    while any(_runs(worker) for worker in pids) and time.time() < deadline:
        time.sleep(0.05)
    assert not any(_runs(worker) for worker in pids)


def _runs(process):
    try:
        with open("/proc/%d/stat" % process) as state:
            return state.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_one_worker_imports_only_what_it_needs(repo_root):
    """Start-up is a fifth of the time for a small corpus: no TensorFlow, and no process pool before there is a second worker."""
    done = subprocess.run(
        [sys.executable, "-c", "import create_pretraining_data, sys; print(*sorted(sys.modules))"],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        check=True,
    )
    loaded = {name.split(".")[0] for name in done.stdout.decode("utf-8").split()}
    assert "numpy" in loaded and "pretraining" in loaded
    unneeded = "tensorflow multiprocessing concurrent socket requests syntok squad training data"
    assert loaded.isdisjoint(unneeded.split())


def test_a_worker_that_cannot_be_started_is_an_error(monkeypatch):
    class Pool:
        def submit(self, *arguments):
            raise BlockingIOError(11, "Resource temporarily unavailable")  # ulimit -u

    with pytest.raises(
        OptionError, match="cannot be started .Resource temporarily unavailable.*--num_workers"
    ):
        list(workers.ordered_map(Pool(), _slow_square, range(3)))


@pytest.mark.parametrize(
    "version_2, version_1, expected",
    [
        ("max 100000", None, 6),
        ("200000 100000", None, 2),
        ("250000 100000", None, 2),
        ("50000 100000", None, 1),
        ("900000 100000", None, 6),
        (None, ("-1", "100000"), 6),
        (None, ("300000", "100000"), 3),
        (None, None, 6),
        ("what", None, 6),
        ("", ("100000", "0"), 6),
    ],
)
def test_cores_are_those_that_the_control_group_may_use(
    tmp_path, monkeypatch, version_2, version_1, expected
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    paths = [str(tmp_path / name) for name in ("cpu.max", "quota", "period")]
    for path, content in zip(paths, (version_2,) + (version_1 or (None, None))):
        if content is not None:
            with open(path, "w") as stream:
                stream.write(content + "\n")
    monkeypatch.setattr(workers, "_CPU_MAX", paths[0])
    monkeypatch.setattr(workers, "_CPU_QUOTA", tuple(paths[1:]))
    assert workers.available_cores() == expected
