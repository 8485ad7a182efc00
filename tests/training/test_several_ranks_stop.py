# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Two ranks over Horovod and mpirun: a signal to one stops both after the same step; a refusal by the first ends both."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.faults import slow_saving
from tests.pretraining_runs import CONFIG, LENGTH, PREDICTIONS, Place
from tests.training import test_several_ranks
from training import checkpoint_files

pytestmark = test_several_ranks.pytestmark  # skips where there is no Horovod


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("ranks"))


def start(place, out, config_file=None, steps=100000):
    """Two ranks that train without end; their output goes to out.log."""
    with open(out + ".log", "w") as log:
        return subprocess.Popen(
            test_several_ranks.MPIRUN
            + [sys.executable, "-W", "ignore", "-m", "tests.faults.slow_saving", "4"]
            + [os.path.join(ROOT, "run_pretraining.py")]
            + ["--horovod", "--do_train", "--nouse_fused_ops", "--iterations_per_loop=1"]
            + ["--bert_config_file=" + (config_file or place.config_file)]
            + ["--input_file=" + place.train_files, "--output_dir=" + out]
            + ["--max_seq_length=%d" % LENGTH, "--max_predictions_per_seq=%d" % PREDICTIONS]
            + ["--num_train_steps=%d" % steps, "--save_checkpoints_steps=100000"],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def ranks_of(mpirun):
    """Process ids of the ranks: the children of mpirun."""
    with open("/proc/%d/task/%d/children" % (mpirun.pid, mpirun.pid)) as stream:
        return [int(pid) for pid in stream.read().split()]


def wait_for_a_step(process, out):
    metrics = os.path.join(out, "metrics.jsonl")
    end = time.time() + 400
    while not (os.path.exists(metrics) and '"step": 3,' in open(metrics).read()):
        assert process.poll() is None and time.time() < end, open(out + ".log").read()
        time.sleep(0.1)


def test_saving_takes_longer():
    saved, begin = [], time.monotonic()
    save = slow_saving.slow(lambda hook, session, step: saved.append(step), 0.01)
    save(None, None, 1)
    save(None, None, 2)
    assert saved == [1, 2] and time.monotonic() - begin >= 0.01


def test_one_signal_stops_both_and_another_model_is_refused_by_both(place):
    out = str(place.directory / "out")
    process = start(place, out)
    wait_for_a_step(process, out)
    second = ranks_of(process)[1]
    os.kill(second, signal.SIGHUP)
    # mpirun kills all ranks two seconds after one has ended with this code; saving takes four.
    assert process.wait(timeout=100) == 129, open(out + ".log").read()
    with open(os.path.join(out, "run.json")) as stream:
        assert json.load(stream)["status"] == "interrupted"
    found = checkpoint_files.find_own(out)
    step = checkpoint_files.step_of(found.prefix)
    assert step >= 3 and found.warnings == []

    other = place.directory / "relu.json"
    other.write_text(json.dumps(dict(CONFIG, hidden_act="relu")))
    assert start(place, out, str(other)).wait(timeout=200) == 2
    with open(out + ".log") as stream:
        log = stream.read()
    assert len(re.findall("^error: ", log, re.M)) == 1 and "Traceback" not in log
    assert "hidden_act is gelu there, relu here" in log
    assert checkpoint_files.find_own(out) == found
