# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Trainings on a disk that fills up, two at once in a directory, stopped by a signal, or whose launcher is killed.

    python -m tests.faults.stops [--quick] [disk] [locks] [signals] [launcher] [moments]

prints a line of a table for each, and exits with 1 if one was not as it should be. `disk` needs root.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tensorflow.compat.v1 as tf

from tests import pretraining_runs
from tests.conftest import ROOT
from tests.faults.programs import Programs

STEPS = 30
SHARES = (0.0, 0.05, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 1.05)  # of a checkpoint's bytes
SIGNALS_AFTER = (1, 2, 4, 7, 9, 10, 11, 17, 23, 28)  # steps; one in ten saves anyway
# What a run is doing with which file when it is killed: as tests.faults.killed has it. One step in ten saves.
MOMENTS = (
    ("before replace", r"run\.json", 1),
    ("before replace", r"input\.json", 1),
    ("before replace", "checkpoint", 2),
    ("seen", r"model\.ckpt-10(_temp(_.*)?|\.data.*\.tempstate.*)", 1),
    ("seen", r"model\.ckpt-10\.data-\d+-of-\d+", 1),
    ("seen", r"model\.ckpt-20\.index", 1),
    ("before remove", r"model\.ckpt-10\..*", 1),
    ("after remove", r"model\.ckpt-10\..*", 1),
    ("after remove", r"model\.ckpt-20\..*", 2),
    ("seen", "eval", 1),
    ("before replace", r"eval_results\.txt", 1),
    ("before replace", r"run\.json", 4),
)


def arguments(place, out, steps=STEPS, saves=10):
    """A command line of run_pretraining.py."""
    return [
        "--do_train",
        "--nouse_fused_ops",
        "--bert_config_file=" + place.config_file,
        "--input_file=" + place.train_files,
        "--output_dir=" + str(out),
        "--max_seq_length=%d" % pretraining_runs.LENGTH,
        "--max_predictions_per_seq=%d" % pretraining_runs.PREDICTIONS,
        "--train_batch_size=4",
        "--num_warmup_steps=1",
        "--num_train_steps=%d" % steps,
        "--save_checkpoints_steps=%d" % saves,
        "--iterations_per_loop=1",
        "--random_seed=7",
    ]


def start(place, out, *prefix, **options):
    """Starts it as a process of its own."""
    return subprocess.Popen(
        list(prefix)
        + [sys.executable, "-W", "ignore", "run_pretraining.py"]
        + arguments(place, out, **options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def steps_of(out):
    """The steps in a run's metrics, in the order of the file."""
    try:
        lines = (pathlib.Path(str(out)) / "metrics.jsonl").read_text().split("\n")[:-1]
    except OSError:
        return []
    return [json.loads(line)["step"] for line in lines]


def wait_for_step(out, step, process, seconds=240):
    """Waits until a run has logged a step; RuntimeError if it ends before, or after `seconds`."""
    end = time.monotonic() + seconds
    while not any(one >= step for one in steps_of(out)):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("no step %d: %s" % (step, process.poll()))
        time.sleep(0.02)


def variables(out):
    """The values in a run's last checkpoint, as bytes by name."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(out)))
    return {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}


def status(out):
    with open(os.path.join(str(out), "run.json")) as record:
        return json.load(record)["status"]


def error_lines(text):
    return [line for line in text.splitlines() if line.startswith("error: ")]


# ------------------------------------------------------------------------------------------------------------------


def signals(place, programs, points=SIGNALS_AFTER):
    """SIGTERM after a step: the run ends with 143, saved, and goes on to the bits of one that was not stopped."""
    whole = place.directory / "whole"
    outcome = programs.run("run_pretraining", arguments(place, whole))
    assert outcome.code == 0, outcome.err
    wanted, lost = variables(whole), []
    for point in points:
        out = place.directory / ("stopped-%d" % point)
        outcome = programs.run(
            "tests.faults.signalled",
            [str(point), str(out / "metrics.jsonl"), "run_pretraining"] + arguments(place, out),
        )
        if outcome.code != 128 + signal.SIGTERM:
            lost.append((point, outcome.code, outcome.err[-300:]))
            continue
        saved = int(tf.train.load_variable(str(out), "global_step"))
        is_right = status(out) == "interrupted"
        is_right = is_right and saved == max(steps_of(out)) >= point
        outcome = programs.run("run_pretraining", arguments(place, out))
        is_right = is_right and outcome.code == 0 and steps_of(out) == list(range(1, STEPS + 1))
        if not is_right or variables(out) != wanted:
            lost.append((point, outcome.err[-300:]))
    return "SIGTERM, saved and continued bit for bit", len(points), lost


def moments(place, programs, chosen=MOMENTS):
    """A kill (-9) while a certain file is written, renamed or removed: the run goes on to the bits of one that was not killed."""
    evaluates = ["--do_eval", "--eval_input_file=" + place.eval_file]
    whole = place.directory / "whole"
    outcome = programs.run("run_pretraining", arguments(place, whole) + evaluates)
    assert outcome.code == 0, outcome.err
    wanted, results, lost = variables(whole), (whole / "eval_results.txt").read_text(), []
    for number, (when, name, times) in enumerate(chosen):
        out = place.directory / ("killed-%d" % number)
        command = arguments(place, out) + evaluates
        outcome = programs.run(
            "tests.faults.killed", [when, name, str(times), "run_pretraining"] + command
        )
        if outcome.code != -signal.SIGKILL:
            lost.append((when, name, outcome.code, outcome.err[-300:]))
            continue
        outcome = programs.run("run_pretraining", command)
        there = {re.sub(r"^events\.out.*", "events", found) for found in os.listdir(str(out))}
        if (
            outcome.code
            or there != {re.sub(r"^events\.out.*", "events", one) for one in os.listdir(str(whole))}
            or sorted(set(steps_of(out))) != list(range(1, STEPS + 1))
            or variables(out) != wanted
            or (out / "eval_results.txt").read_text() != results
            or status(out) != "done"
        ):
            lost.append((when, name, outcome.code, sorted(there), outcome.err[-300:]))
    return "killed (−9) while a file is written, renamed or removed", len(chosen), lost


def disk(place, programs, shares=SHARES):
    """A disk with room for a share of the next checkpoint: one line, the last one stays whole, and the run goes on."""
    folder = place.directory / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(folder)]
    if subprocess.call(mount) != 0:
        return "full disk: cannot be mounted here (needs root)", 0, []
    try:
        return "full disk", len(shares), _fill_disk(place, programs, folder, shares)
    finally:
        subprocess.call(["umount", "-l", str(folder)])


def _fill_disk(place, programs, folder, shares):
    out, wrong, steps = folder / "out", [], 5
    outcome = programs.run("run_pretraining", arguments(place, out, steps, 5))
    assert outcome.code == 0, outcome.err
    size = sum(os.path.getsize(str(path)) for path in out.glob("model.ckpt-5.*"))
    for share in shares:
        before, steps = variables(out), steps + 10
        ballast = folder / "ballast"
        free = shutil.disk_usage(str(folder)).free
        ballast.write_bytes(b"\0" * max(0, free - int(share * size)))
        outcome = programs.run("run_pretraining", arguments(place, out, steps, 5))
        lines = error_lines(outcome.err)
        is_right = outcome.code == 2 and len(lines) == 1 and "Traceback" not in outcome.err
        is_right = is_right and str(out) in lines[0] and bool(variables(out))
        if tf.train.latest_checkpoint(str(out)).endswith("-%d" % (steps - 10)):
            is_right = is_right and variables(out) == before
        ballast.unlink()
        again = programs.run("run_pretraining", arguments(place, out, steps, 5))
        if not is_right or again.code or max(steps_of(out)) != steps:
            wrong.append((share, outcome.code, outcome.err[-500:], again.err[-300:]))
    return wrong


def locks(place, unused_programs):
    """A second run in a directory: in the same second, 50 steps later, and under another host name."""
    wrong = []
    together = place.directory / "together"
    pair = [start(place, together) for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in pair]
    codes = sorted(process.returncode for process in pair)
    refusal = [line for text in said for line in error_lines(text)]
    if codes != [0, 2] or len(refusal) != 1 or "another run is at work" not in refusal[0]:
        wrong.append(("same second", codes, refusal))
    if steps_of(together) != list(range(1, STEPS + 1)):
        wrong.append(("same second", "steps", steps_of(together)))
    later = place.directory / "later"
    first = start(place, later, steps=100000)
    try:
        wait_for_step(later, 50, first)
        renamed = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh"]
        for name, prefix in (("50 steps later", []), ("another host name", renamed)):
            second = start(place, later, *prefix)
            text = second.communicate(timeout=300)[1]
            lines = error_lines(text)
            if (
                second.returncode != 2
                or len(lines) != 1
                or "process %d" % first.pid not in lines[0]
            ):
                wrong.append((name, second.returncode, text[-300:]))
    finally:
        first.terminate()
        first.communicate(timeout=300)
    if first.returncode != 143 or steps_of(later) != list(range(1, len(steps_of(later)) + 1)):
        wrong.append(("the first run", first.returncode))
    return "two runs at once", 3, wrong


def launcher(place, unused_programs, seconds=120):
    """kill -9 of a launcher: no training goes on."""
    out = place.directory / "launched"
    command = ["bash", "scripts/run_pretraining.sh", "--num_gpus=0", "--precision=fp32"]
    command += ["--train_steps=100000", "--warmup_steps=1", "--train_batch_size_per_gpu=4"]
    command += ["--input_file=" + place.train_files, "--eval_input_file=" + place.eval_file]
    command += ["--bert_config=" + place.config_file, "--nouse_fused_ops"]
    command += ["--max_seq_length=%d" % pretraining_runs.LENGTH]
    command += ["--max_predictions_per_seq=%d" % pretraining_runs.PREDICTIONS, "--"]
    command += ["--iterations_per_loop=1"]
    environment = dict(
        os.environ, RESULTS_DIR=str(out), CHECKPOINTS_DIR=str(out), PYTHON=sys.executable
    )
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_step(out, 5, process)
    process.kill()
    process.wait()
    with open(str(out / "run.lock")) as lock:
        training = json.load(lock)["pid"]
    end = time.monotonic() + seconds
    while time.monotonic() < end and os.path.exists("/proc/%d" % training):
        time.sleep(0.1)
    wrong = []
    if os.path.exists("/proc/%d" % training):
        os.kill(training, signal.SIGKILL)
        wrong.append("process %d went on for %d s" % (training, seconds))
    return "launcher killed (-9)", 1, wrong


PARTS = {
    "disk": disk,
    "locks": locks,
    "signals": signals,
    "launcher": launcher,
    "moments": moments,
}


def main():
    parser = argparse.ArgumentParser("tests.faults.stops", description=__doc__.split("\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; default: all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="two signals, two full disks, three moments"
    )
    options = parser.parse_args()
    few = (
        {"signals": SIGNALS_AFTER[3:5], "disk": SHARES[4:6], "moments": MOMENTS[3:8:2]}
        if options.quick
        else {}
    )
    failed = False
    print("| fault | times | not as it should be |")
    print("|---|---|---|")
    for name in options.parts or list(PARTS):
        with tempfile.TemporaryDirectory(prefix="stops-") as folder:
            place = pretraining_runs.Place(pathlib.Path(folder))
            with Programs(folder) as programs:
                points = [few[name]] if name in few else []
                text, times, wrong = PARTS[name](place, programs, *points)
        print("| %s | %d | %d |" % (text, times, len(wrong)), flush=True)
        for one in wrong:
            print("%s: %s" % (name, one), file=sys.stderr)
        failed = failed or bool(wrong)
    sys.exit(failed)


if __name__ == "__main__":
    main()
