# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fused CUDA and CPU kernels for BERT in TensorFlow; built by `make -C fused_ops`, see README.md."""
