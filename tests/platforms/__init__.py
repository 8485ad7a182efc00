# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
