# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/runtime.py: one process, whose collective operations change nothing; Horovod that is not there; failures.

What two ranks do together: test_several_ranks.py.
"""

import signal
import sys
import types

import pytest
import tensorflow.compat.v1 as tf

from program import interrupts
from program.options import OptionError
from training.options import RuntimeOptions
from training.runtime import (
    _PATIENCE,
    _PATIENCE_AFTER_SIGNAL,
    HorovodRuntime,
    PeerError,
    create_runtime,
    threads_of_rank,
)


def test_single_process():
    runtime = create_runtime(RuntimeOptions())
    assert (runtime.rank, runtime.size, runtime.local_rank, runtime.is_chief, runtime.pins_gpu) == (
        0,
        1,
        0,
        True,
        False,
    )
    assert runtime.hooks() == []
    assert runtime.all_reduce(["g1", "g2"]) == ["g1", "g2"]
    assert runtime.mean_tensors(["t1", "t2"]) == ["t1", "t2"]
    assert runtime.scale_learning_rate(1e-4) == 1e-4
    assert runtime.from_chief({"step": 3}) == {"step": 3}
    assert runtime.gather("answer") == ["answer"]
    with runtime.job():
        pass


def test_without_horovod_one_line_names_the_command_that_builds_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "horovod", None)
    monkeypatch.delitem(sys.modules, "horovod.tensorflow", raising=False)
    with pytest.raises(OptionError) as caught:
        create_runtime(RuntimeOptions(horovod=True))
    line = str(caught.value)
    assert (
        "Horovod is not installed" in line
        and "scripts/setup.sh --with-horovod" in line
        and "num_gpus=0" in line
    )
    assert "\n" not in line


def test_horovod_that_does_not_load_is_another_error(monkeypatch):
    broken = types.ModuleType("horovod")
    broken.__path__ = []  # a package without horovod.tensorflow's own needs
    monkeypatch.setitem(sys.modules, "horovod", broken)
    monkeypatch.setitem(sys.modules, "horovod.tensorflow", None)
    monkeypatch.setattr("training.runtime.importlib.import_module", _fails)
    with pytest.raises(
        OptionError, match="cannot be loaded .libmpi.so.40.*scripts/setup.sh --with-horovod"
    ):
        create_runtime(RuntimeOptions(horovod=True))


def _fails(unused_name):
    raise ImportError("libmpi.so.40: cannot open shared object file")


class Horovod:
    """A horovod.tensorflow of one rank, as far as a runtime asks before anything is communicated."""

    class Compression:
        none, fp16 = "none", "fp16"

    def __init__(self, rank):
        self._rank = rank

    def rank(self):
        return self._rank

    def local_rank(self):
        return self._rank

    def size(self):
        return 2

    def local_size(self):
        return 2


@pytest.mark.parametrize(
    "cores, bound, ranks, threads",
    [(64, 64, 8, 8), (64, 64, 1, 64), (64, 8, 8, 8), (64, 4, 8, 4), (2, 2, 3, 1), (64, 1, 1, 1)],
)
def test_ranks_of_a_machine_share_its_cores(monkeypatch, cores, bound, ranks, threads):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr("program.workers.available_cores", lambda: bound)
    assert threads_of_rank(ranks) == threads


@pytest.fixture(name="waits")
def fixture_waits(monkeypatch):
    waits = []
    monkeypatch.setattr("training.runtime._wait_for_the_end", waits.append)
    return waits


def test_an_error_that_all_ranks_find_is_left_to_the_first(waits):
    for rank, waited in ((0, []), (1, [_PATIENCE])):
        with pytest.raises(OptionError, match="no such file"):
            with HorovodRuntime(Horovod(rank)).job():
                raise OptionError("no such file")
        assert waits == waited


def test_the_first_rank_ends_first_after_a_signal(waits):
    for rank, waited in ((0, []), (1, [_PATIENCE_AFTER_SIGNAL])):
        with pytest.raises(interrupts.Interrupted):
            with HorovodRuntime(Horovod(rank)).job():
                raise interrupts.Interrupted(signal.SIGTERM)
        assert waits == waited


def test_a_rank_that_hears_of_anothers_end_waits_for_mpirun_and_blames_the_other(waits):
    with pytest.raises(PeerError, match="rank 0: another rank has ended") as caught:
        with HorovodRuntime(Horovod(0)).job():
            raise tf.errors.UnknownError(
                None, None, "Horovod has been shut down. This was caused by ..."
            )
    assert caught.value.exit_code == 4 and waits and waits[0] > _PATIENCE
    with pytest.raises(tf.errors.UnknownError):
        with HorovodRuntime(Horovod(0)).job():
            raise tf.errors.UnknownError(None, None, "the disk is full")
