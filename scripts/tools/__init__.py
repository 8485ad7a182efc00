# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Programs that the launchers call: reports, tables, checks. Run as PYTHONPATH=ROOT python scripts/tools/NAME.py."""
