# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""python -m training.report: see training.report.pages."""

import sys

from training.report import pages

if __name__ == "__main__":
    sys.exit(pages.main())
