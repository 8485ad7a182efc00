# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Tells whether every file that pip wrote into this Python's site-packages is still there, with its size.

Run by setup.sh with the environment's own Python; exit code 1 and the first loss on stderr. Names and sizes of ten
thousand files take a fraction of a second; reading them all, or asking pip, takes many.
"""

from __future__ import absolute_import, division, print_function

import csv
import glob
import os
import sys
import sysconfig


def first_loss(site_packages):
    """The first installed file that is missing or has another size, as a sentence; None when all is well.

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
