# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Checks that every file that pip installed into this Python's site-packages exists and has its original size.

Run by setup.sh with the environment's own Python. On a mismatch, prints the first one to stderr and exits with code 1.
Checking names and sizes of ten thousand files takes a fraction of a second; hashing them, or `pip check`, far longer.
"""

import csv
import glob
import os
import sys
import sysconfig


def first_loss(site_packages):
    """A message about the first installed file that is missing or has another size; None if there is none.

    Args:
      site_packages: directory with *.dist-info/RECORD files (PEP 376: path, hash, size).
    """
    records = sorted(glob.glob(os.path.join(glob.escape(site_packages), "*.dist-info")))
    for record in (os.path.join(directory, "RECORD") for directory in records):
        if not os.path.exists(record):
            return "%s is missing" % record
        with open(record, newline="") as stream:
            for row in csv.reader(stream):
                path = os.path.join(site_packages, row[0])
                if row[0].endswith(".pyc"):
                    continue
                if not os.path.exists(path):
                    return "%s is missing" % path
                if row[2] and os.path.getsize(path) != int(row[2]):
                    return "%s has %d bytes instead of %s" % (path, os.path.getsize(path), row[2])
    return None


def main():
    loss = first_loss(sysconfig.get_paths()["purelib"])
    if loss:
        sys.exit(loss)


if __name__ == "__main__":
    main()
