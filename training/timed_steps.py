# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Steps outside an Estimator, to be timed side by side in one process: the quickstart and the benchmarks compare kernels with them."""

import itertools
import time
from collections import OrderedDict

import numpy as np
import tensorflow.compat.v1 as tf

import modeling
import optimization
from squad.features import convert_examples
from training import span_head

LEARNING_RATE = 1e-5


def training_windows(examples, tokenizer, options, count):
    """Windows of real questions, evenly spread over the questions, as a batch.

    Args:
      examples: list of SquadExample with answers.
      tokenizer: FullTokenizer.
      options: an object with max_seq_length, doc_stride and max_query_length.
      count: int, number of windows; questions repeat where there are fewer.

    Returns:
      dict of int32 arrays: input_ids, input_mask, segment_ids [B, S]; start_positions, end_positions [B].
    """
    chosen = [examples[number * len(examples) // count] for number in range(count)]
    windows = []
    for example in chosen:  # one at a time: a question counts once, however many windows it has
        of_example = convert_examples(
            [example],
            tokenizer,
            options.max_seq_length,
            options.doc_stride,
            options.max_query_length,
            True,
        )
        windows.extend(itertools.islice(of_example, 1))
    names = ("input_ids", "input_mask", "segment_ids")
    batch = {name: [getattr(window, name) for window in windows] for name in names}
    for name in ("start_position", "end_position"):
        batch[name + "s"] = [getattr(window, name) for window in windows]
    return {name: np.array(values, np.int32) for name, values in batch.items()}


def span_model(config, windows, kernels, is_training):
    """The span logits of constant windows: (start logits, end logits), float32 [B, S] each."""
    model = modeling.BertModel(
        config,
        is_training,
        tf.constant(windows["input_ids"]),
        input_mask=tf.constant(windows["input_mask"]),
        token_type_ids=tf.constant(windows["segment_ids"]),
        scope="bert",
        ops=kernels.ops,
        remove_padding=kernels.remove_padding,
    )
    return span_head.span_logits(config, model.get_sequence_output())


def fine_tuning_step(config, windows, kernels, session_config=None):
    """A function that takes one training step on these windows, random weights at first; returns the loss.

    Args:
      config: BertConfig.
      windows: as training_windows returns them.
      kernels: kernels.Kernels.
      session_config: tf.ConfigProto or None.
    """

    def loss():
        logits = span_model(config, windows, kernels, True)
        return span_head.span_loss(logits[0], logits[1], windows, kernels.remove_padding)

    return training_step(loss, kernels.ops, session_config)


def training_step(make_loss, ops, session_config=None):
    """A function that takes one step of AdamW with clipping and returns the loss; it accepts options and run_metadata of Session.run.

    Args:
      make_loss: function without arguments that adds a loss to the graph.
      ops: fused_ops.selection.Ops of the optimizer.
      session_config: tf.ConfigProto or None.
    """
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        loss = make_loss()
        step = tf.train.get_or_create_global_step()
        optimizer = optimization.make_optimizer("adamw", tf.constant(LEARNING_RATE), step, ops)
        variables = tf.trainable_variables()
        update, _ = optimization.clip_and_apply(
            optimizer, tf.gradients(loss, variables), variables, step
        )
        session = tf.Session(config=session_config)
        session.run(tf.global_variables_initializer())
    return lambda **traced: session.run([loss, update], **traced)[0]


def in_turns(sides, rounds, limit_s=None):
    """Calls each function once to warm up, then all of them in turn: A B A B …

    Args:
      sides: OrderedDict, name -> function without arguments.
      rounds: int, at most so many calls of each that count.
      limit_s: seconds after which no further round begins; None: no limit. One round is always made.

    Returns:
      OrderedDict, name -> list of seconds.
    """
    for call in sides.values():
        call()
    seconds = OrderedDict((name, []) for name in sides)
    begin = time.perf_counter()
    for number in range(rounds):
        if number and limit_s is not None and time.perf_counter() - begin > limit_s:
            break
        for name, call in sides.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return seconds
