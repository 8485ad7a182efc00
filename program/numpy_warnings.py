# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Hides the six FutureWarnings that NumPy 1.17 and later give while TensorFlow 1.13 is imported.

Import this before TensorFlow. Nothing in this project causes them, and pinning NumPy would exclude other packages.
"""

import warnings

warnings.filterwarnings(
    "ignore",
    message=r"Passing \(type, 1\) or '1type' as a synonym of type is deprecated",
    category=FutureWarning,
    module=r"tensor(flow|board)\.",
)
