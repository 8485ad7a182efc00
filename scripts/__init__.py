# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The launchers (*.sh) and what they use: lib/ (sourced), tools/ (Python), presets/, docker/."""
