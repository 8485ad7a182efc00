# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Trained models as others run them: exports to SavedModel, ONNX and Triton, and a service that answers questions."""
