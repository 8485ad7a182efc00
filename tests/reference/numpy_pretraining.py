# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Both pre-training heads and the evaluation figures in float64 NumPy, from a checkpoint's variables."""

import math

import numpy as np
import tensorflow.compat.v1 as tf

from tests.reference import numpy_bert


def log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def numpy_logits(prefix, rows, config):
    """float64 logits of both heads, from a checkpoint's variables, without TensorFlow's ops."""
    reader = tf.train.load_checkpoint(prefix)
    weights = {
        name: reader.get_tensor(name).astype(np.float64)
        for name in reader.get_variable_to_shape_map()
        if not name.endswith(("adam_m", "adam_v"))
    }
    stacked = {name: np.array([np.asarray(row[name]) for row in rows]) for name in rows[0]}
    states = numpy_bert.forward(
        config,
        weights,
        stacked["input_ids"],
        stacked["input_mask"].astype(int),
        stacked["segment_ids"].astype(int),
    )
    head = "cls/predictions/"
    hidden = np.array(
        [states["layers"][-1][row][stacked["masked_lm_positions"][row]] for row in range(len(rows))]
    )
    hidden = (
        hidden.dot(weights[head + "transform/dense/kernel"])
        + weights[head + "transform/dense/bias"]
    )
    hidden = hidden * 0.5 * (1.0 + np.vectorize(math.erf)(hidden / math.sqrt(2.0)))
    centered = hidden - hidden.mean(axis=-1, keepdims=True)
    hidden = centered / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + 1e-12)
    hidden = (
        hidden * weights[head + "transform/LayerNorm/gamma"]
        + weights[head + "transform/LayerNorm/beta"]
    )
    words = hidden.dot(weights["bert/embeddings/word_embeddings"].T) + weights[head + "output_bias"]
    pairs = states["pooled"].dot(weights["cls/seq_relationship/output_weights"].T) + (
        weights["cls/seq_relationship/output_bias"]
    )
    return words, pairs, stacked


def numpy_figures(prefix, rows, config, step):
    """The eight evaluation figures by their definitions."""
    words, pairs, stacked = numpy_logits(prefix, rows, config)
    weights, targets = stacked["masked_lm_weights"], stacked["masked_lm_ids"]
    losses = -np.take_along_axis(log_softmax(words), targets[..., None], -1)[..., 0]
    labels = stacked["next_sentence_labels"][:, 0]
    pair_losses = -log_softmax(pairs)[np.arange(len(rows)), labels]
    lm_loss = (losses * weights).sum() / weights.sum()
    return {
        "masked_lm_accuracy": ((words.argmax(-1) == targets) * weights).sum() / weights.sum(),
        "masked_lm_loss": lm_loss,
        "masked_lm_perplexity": math.exp(lm_loss),
        "next_sentence_accuracy": (pairs.argmax(-1) == labels).mean(),
        "next_sentence_loss": pair_losses.mean(),
        "loss": lm_loss + pair_losses.mean(),
        "global_step": step,
        "eval_sequences": len(rows),
    }
