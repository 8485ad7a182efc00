# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Launchers that start launchers: what stops the outer one reaches the training."""

import signal

import pytest

from tests.scripts.expected import cpu
from tests.scripts.launcher_site import plan
from tests.scripts.test_launchers_runs import SIGNALS, alive, marks, wait_for


def started(site, script, ranks):
    """The running launcher and the process ids of its ranks."""
    if ranks:
        site.mpirun()
    arguments = {
        "run_pretraining_lamb.sh": ["--precision=fp32", "--num_gpus=%d" % ranks],
        "squad_stability.sh": ["2"] + cpu("run_squad.sh", site) + ["--num_gpus=%d" % ranks],
    }[script]
    process = site.start(script, *arguments, STAND_IN=plan(wait=True, exit=46))
    wait_for(lambda: len(marks(site, ".ready")) == max(ranks, 1))
    return process, marks(site, ".ready")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("script", ["run_pretraining_lamb.sh", "squad_stability.sh"])
@pytest.mark.parametrize("ranks", [0, 2])
def test_a_signal_goes_through_both(site, script, ranks, number):
    process, pids = started(site, script, ranks)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 46
    assert marks(site, ".signal") == pids == marks(site, ".ready")  # no second phase or seed
    with open("%s/%d.signal" % (site.pids, pids[0])) as stream:
        assert stream.readline() == "%d\n" % number
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("script", ["run_pretraining_lamb.sh", "squad_stability.sh"])
@pytest.mark.parametrize("ranks", [0, 2])
def test_a_killed_outer_launcher_leaves_no_training_running(site, script, ranks):
    process, pids = started(site, script, ranks)
    process.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in pids))
    assert marks(site, ".signal") == pids == marks(site, ".ready")
    process.communicate(timeout=20)
