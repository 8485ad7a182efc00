# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Rows of the option tables that several programs have; a program that needs another default uses `_replace`."""

from program import workers
from program.options import Option

VOCAB_FILE = Option(
    "vocab_file", None, "Vocabulary file, one token per line.", required=True, is_path=True
)
DO_LOWER_CASE = Option("do_lower_case", True, "Lower-case the input; for uncased models.")
MAX_SEQ_LENGTH = Option(
    "max_seq_length", 128, "Maximum sequence length in tokens, including padding.", minimum=1
)
MAX_PREDICTIONS_PER_SEQ = Option(
    "max_predictions_per_seq", 20, "Maximum number of masked tokens per sequence.", minimum=1
)
RANDOM_SEED = Option("random_seed", 12345, "Random seed.", minimum=0, maximum=2**63 - 1)
DO_TRAIN = Option("do_train", False, "Run training.")
LARGEST_BATCH = 65536
TRAIN_BATCH_SIZE = Option(
    "train_batch_size", 32, "Training batch size per process.", minimum=1, maximum=LARGEST_BATCH
)
NUM_WORKERS = Option(
    "num_workers",
    workers.available_cores(),
    "Worker processes; the output does not depend on it.",
    minimum=1,
)
