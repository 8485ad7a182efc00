# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""benchmarks/record_checks.py: a row for each way of parsing; fewer records than a batch are refused."""

import os
import re
import subprocess
import sys

import numpy as np

from tests.conftest import ROOT
from tests.pretraining_runs import make_record, write_records


def run(*arguments):
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "benchmarks", "record_checks.py")] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_a_row_for_each_way_of_parsing(tmp_path):
    random = np.random.RandomState(1)
    path = write_records(tmp_path / "a.tfrecord", [make_record(random) for _ in range(9)])
    code, lines, err = run(path, "--batch_size=4", "--rounds=2")
    assert code == 0, err
    assert lines[0] == "8 records, 4 in a batch, medians of 2 rounds"
    names = ["tf.io.parse_example", "BatchDecoder", "BatchDecoder in tf.py_func"]
    names += ["tf.data, unchecked", "training/inputs.py"]
    assert [re.split(r" {2,}", row)[0] for row in lines[1:]] == names
    for row in lines[1:]:
        number = r"(\d+(?:\.\d)?)"
        form = r" {0} records/s \({0} to {0}\) +{0} us of CPU time a record \({0} to {0}\)$"
        speed, slowest, fastest, cost, least, most = map(
            float, re.search(form.format(number), row).groups()
        )
        assert 0 < slowest <= speed <= fastest and 0 < least <= cost <= most, row
    code, _, err = run(path, "--batch_size=10")
    assert code == 2 and "holds fewer than 10 records" in err and "Traceback" not in err
