# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT in NumPy, written from the papers' formulas: the reference for the tests of the graph.

One sequence at a time and one head at a time, with loops where loops are clearer: nothing here is shared with
modeling.py, neither code nor the order of its sums. Computes in the type of the weights it is given: float64
gives the true values, float32 shows how far any float32 computation may be from them.
"""

import math

import numpy as np

# A model small enough for numeric differentiation, with three heads and an odd number of positions.
CONFIG = {
    "vocab_size": 23,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 9,
    "type_vocab_size": 2,
    "initializer_range": 0.02,
}


def variable_shapes(config):
    """Dictionary of every variable name of the model to its shape, as lists."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "bert/embeddings/word_embeddings": [config["vocab_size"], width],
        "bert/embeddings/token_type_embeddings": [config["type_vocab_size"], width],
        "bert/embeddings/position_embeddings": [config["max_position_embeddings"], width],
        "bert/embeddings/LayerNorm/gamma": [width],
        "bert/embeddings/LayerNorm/beta": [width],
        "bert/pooler/dense/kernel": [width, width],
        "bert/pooler/dense/bias": [width],
    }
    for index in range(config["num_hidden_layers"]):
        layer = "bert/encoder/layer_%d/" % index
        for name, rows, columns in (
            ("attention/self/query", width, width),
            ("attention/self/key", width, width),
            ("attention/self/value", width, width),
            ("attention/output/dense", width, width),
            ("intermediate/dense", width, inner),
            ("output/dense", inner, width),
        ):
            shapes[layer + name + "/kernel"] = [rows, columns]
            shapes[layer + name + "/bias"] = [columns]
        for name in ("attention/output", "output"):
            shapes[layer + name + "/LayerNorm/gamma"] = [width]
            shapes[layer + name + "/LayerNorm/beta"] = [width]
    return shapes


def random_weights(config, seed, deviation=0.4):
    """float64 weights by name, large enough that attention is far from uniform and GELU far from linear."""
    random = np.random.RandomState(seed)
    weights = {}
    for name, shape in sorted(variable_shapes(config).items()):
        weights[name] = random.normal(0.0, deviation, size=shape)
        if name.endswith("gamma"):
            weights[name] += 1.0
    # Values that float32 holds exactly: the two computations then start from the same numbers.
    return {name: value.astype(np.float32).astype(np.float64) for name, value in weights.items()}


def forward(config, weights, input_ids, input_mask, token_type_ids):
    """Hidden states of a batch.

    Args:
      config: dictionary of bert_config.json.
      weights: dictionary name -> array, all of one floating type.
      input_ids, input_mask, token_type_ids: integer arrays [B, S].

    Returns:
      Dictionary with "embedding" [B, S, H], "layers" (list of [B, S, H]) and "pooled" [B, H].
    """
    sequences = [
        _forward_one(config, weights, *rows) for rows in zip(input_ids, input_mask, token_type_ids)
    ]
    return {
        "embedding": np.stack([one[0] for one in sequences]),
        "layers": [np.stack(states) for states in zip(*[one[1] for one in sequences])],
        "pooled": np.stack([one[2] for one in sequences]),
    }


def _forward_one(config, weights, ids, mask, types):
    dtype = weights["bert/pooler/dense/bias"].dtype
    rows = [
        weights["bert/embeddings/word_embeddings"][token]
        + weights["bert/embeddings/position_embeddings"][place]
        + weights["bert/embeddings/token_type_embeddings"][kind]
        for place, (token, kind) in enumerate(zip(ids, types))
    ]
    states = _layer_norm(np.stack(rows), weights, "bert/embeddings/LayerNorm/")
    embedding, layers = states, []
    for index in range(config["num_hidden_layers"]):
        name = "bert/encoder/layer_%d/" % index
        attended = _attention(config, weights, name + "attention/self/", states, mask)
        attended = _dense(attended, weights, name + "attention/output/dense/")
        attended = _layer_norm(states + attended, weights, name + "attention/output/LayerNorm/")
        inner = ACTIVATIONS[config["hidden_act"]](
            _dense(attended, weights, name + "intermediate/dense/")
        )
        outer = _dense(inner, weights, name + "output/dense/")
        states = _layer_norm(attended + outer, weights, name + "output/LayerNorm/")
        layers.append(states)
    pooled = np.tanh(_dense(states[:1], weights, "bert/pooler/dense/"))[0]
    assert pooled.dtype == dtype and states.dtype == dtype
    return embedding, layers, pooled


def _dense(x, weights, name):
    return np.dot(x, weights[name + "kernel"]) + weights[name + "bias"]


def _layer_norm(x, weights, name):
    normalized = np.empty_like(x)
    for row in range(x.shape[0]):
        mean = x[row].mean()
        deviation = np.sqrt(((x[row] - mean) ** 2).mean() + x.dtype.type(1e-12))
        normalized[row] = (x[row] - mean) / deviation
    return normalized * weights[name + "gamma"] + weights[name + "beta"]


def _attention(config, weights, name, states, mask):
    heads = config["num_attention_heads"]
    size = config["hidden_size"] // heads
    query, key, value = [
        _dense(states, weights, name + part + "/") for part in ("query", "key", "value")
    ]
    contexts = []
    for head in range(heads):
        columns = slice(head * size, (head + 1) * size)
        scores = np.dot(query[:, columns], key[:, columns].T) / states.dtype.type(math.sqrt(size))
        scores = scores + np.where(np.asarray(mask) == 0, -10000, 0).astype(states.dtype)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        contexts.append(np.dot(scores / scores.sum(axis=1, keepdims=True), value[:, columns]))
    return np.concatenate(contexts, axis=1)


def _gelu(x):
    error_function = np.vectorize(math.erf, otypes=[np.float64])
    return (x * (0.5 + 0.5 * error_function(x / math.sqrt(2.0)))).astype(x.dtype)


ACTIVATIONS = {
    "gelu": _gelu,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "linear": lambda x: x,
}
