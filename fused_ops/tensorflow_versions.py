# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What differs between the TensorFlows that this project runs on: 1.13.1, 1.15.5, and 2.15.1 in v1 mode.

All else is the same under `import tensorflow.compat.v1 as tf`, without tf.contrib. The module is in this package because no
package below it has TensorFlow.
"""

import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import rewriter_config_pb2

# What the readers of checkpoints raise for one that is damaged or absent. 1.13.1: OpError; later ones also RuntimeError; 2.15.1
# IndexError where a data file is too short. ValueError: an index that is no checkpoint's.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, IndexError)

# uint32 Extend(uint32 crc, const char* data, size_t size) in libtensorflow_framework, as C++ names it: in 1.x, and in 2.15.1.
CRC32C_EXTEND = ("_ZN10tensorflow6crc32c6ExtendEjPKcm", "_ZN3tsl6crc32c6ExtendEjPKcm")

# For functions that Dataset.map calls. 1.14 and later would rewrite their source, and that of the Python in their py_func, to make
# graphs of its loops and branches (AutoGraph); that breaks plain Python.
do_not_convert = getattr(tf.autograph.experimental, "do_not_convert", lambda function: function)


def has_amp_rewrite():
    """Whether a session's configuration has the automatic mixed precision rewrite: 1.14 and later."""
    return "auto_mixed_precision" in rewriter_config_pb2.RewriterConfig.DESCRIPTOR.fields_by_name
