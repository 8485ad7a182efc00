# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times fine-tuning steps with the kernels that runs use by default and with TensorFlow's own, in turns, on the same questions."""

from collections import OrderedDict, namedtuple

import modeling
import tokenization
from squad.examples import read_squad_examples
from training import kernels, session, timed_steps
from training.options import KernelOptions

BATCH_SIZE = 8
ROUNDS, SECONDS = 4, 15  # at most
Lengths = namedtuple("Lengths", ["max_seq_length", "doc_stride", "max_query_length"])


def measure(bert_config_file, vocab_file, train_file, max_seq_length, do_lower_case):
    """Steps on a batch of the questions, from random weights.

    Returns:
      dict: "kernels", what runs use, a log line; "windows" of a step; and, if runs use the fused ops, "seconds": the
      time of each step, list of float, by "plain" and "used".
    """
    session.start()
    used = kernels.resolve_kernels(KernelOptions())
    found = {"kernels": used.description}
    if used.ops is kernels.PLAIN.ops:
        return found
    windows = timed_steps.training_windows(
        read_squad_examples(train_file, is_training=True),
        tokenization.FullTokenizer(vocab_file, do_lower_case=do_lower_case),
        Lengths(max_seq_length, 128, 64),
        BATCH_SIZE,
    )
    config = modeling.BertConfig.from_json_file(bert_config_file)
    sides = OrderedDict(
        (name, timed_steps.fine_tuning_step(config, windows, side))
        for name, side in (("plain", kernels.PLAIN), ("used", used))
    )
    found["seconds"] = timed_steps.in_turns(sides, ROUNDS, SECONDS)
    found["windows"] = len(windows["input_ids"])
    return found
