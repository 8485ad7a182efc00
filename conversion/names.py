# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Names and shapes of BERT's weights: variables of a TensorFlow 1 checkpoint beside Hugging Face's tensors."""

import collections

# One variable. tensors: names of the tensor that holds it, without the prefix "bert."; the first is the present one, the
# others are of older files. shape: of the variable, list of int. transposed: PyTorch keeps dense kernels as [out, in].
Weight = collections.namedtuple("Weight", ["tensors", "shape", "transposed"])

ENCODER = "encoder"
POOLER = "pooler"
MASKED_LM = "masked language model"
NEXT_SENTENCE = "next sentence"
SPAN = "answer span"

# The output table of the masked language model, which BERT shares with its word embeddings.
DECODER = "cls.predictions.decoder.weight"
DECODER_BIASES = ("cls.predictions.bias", "cls.predictions.decoder.bias")
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"

# Buffers of a model and copies of its weights, which need no conversion.
REDUNDANT_TENSORS = (
    "embeddings.position_ids",
    "embeddings.token_type_ids",
    DECODER,
) + DECODER_BIASES


def groups_of(config):
    """All weights of a model and its heads.

    Args:
        config: modeling.BertConfig.

    Returns:
        OrderedDict, group -> OrderedDict, variable name -> Weight. The group ENCODER (with the embeddings) belongs to
        every model; each of the others is complete or absent.
    """
    groups = collections.OrderedDict()
    groups[ENCODER] = _encoder(config)
    width = config.hidden_size
    groups[POOLER] = _dense("bert/pooler/dense", "pooler.dense", width, width)
    groups[MASKED_LM] = _masked_lm(config)
    # Both two-way heads are kept as [2, H] in checkpoints of either kind.
    groups[NEXT_SENTENCE] = _two_way_head("cls/seq_relationship", "cls.seq_relationship", width)
    groups[SPAN] = _two_way_head("cls/squad", "qa_outputs", width)
    return groups


def _encoder(config):
    width, inner = config.hidden_size, config.intermediate_size
    weights = collections.OrderedDict()
    for table, rows in (
        ("word_embeddings", config.vocab_size),
        ("token_type_embeddings", config.type_vocab_size),
        ("position_embeddings", config.max_position_embeddings),
    ):
        weights["bert/embeddings/" + table] = Weight(
            ["embeddings.%s.weight" % table], [rows, width], False
        )
    weights.update(_layer_norm("bert/embeddings/LayerNorm", "embeddings.LayerNorm", width))
    for index in range(config.num_hidden_layers):
        variables, tensors = "bert/encoder/layer_%d/" % index, "encoder.layer.%d." % index
        for ours, theirs, in_width, out_width in (
            ("attention/self/query", "attention.self.query", width, width),
            ("attention/self/key", "attention.self.key", width, width),
            ("attention/self/value", "attention.self.value", width, width),
            ("attention/output/dense", "attention.output.dense", width, width),
            ("intermediate/dense", "intermediate.dense", width, inner),
            ("output/dense", "output.dense", inner, width),
        ):
            weights.update(_dense(variables + ours, tensors + theirs, in_width, out_width))
        for ours, theirs in (("attention/output", "attention.output"), ("output", "output")):
            weights.update(
                _layer_norm(variables + ours + "/LayerNorm", tensors + theirs + ".LayerNorm", width)
            )
    return weights


def _masked_lm(config):
    width = config.hidden_size
    weights = _dense(
        "cls/predictions/transform/dense", "cls.predictions.transform.dense", width, width
    )
    weights.update(
        _layer_norm(
            "cls/predictions/transform/LayerNorm", "cls.predictions.transform.LayerNorm", width
        )
    )
    weights["cls/predictions/output_bias"] = Weight(
        list(DECODER_BIASES), [config.vocab_size], False
    )
    return weights


def _dense(ours, theirs, in_width, out_width):
    return collections.OrderedDict(
        [
            (ours + "/kernel", Weight([theirs + ".weight"], [in_width, out_width], True)),
            (ours + "/bias", Weight([theirs + ".bias"], [out_width], False)),
        ]
    )


def _layer_norm(ours, theirs, width):
    # Files converted from TensorFlow years ago call them gamma and beta.
    return collections.OrderedDict(
        [
            (ours + "/gamma", Weight([theirs + ".weight", theirs + ".gamma"], [width], False)),
            (ours + "/beta", Weight([theirs + ".bias", theirs + ".beta"], [width], False)),
        ]
    )


def _two_way_head(ours, theirs, width):
    return collections.OrderedDict(
        [
            (ours + "/output_weights", Weight([theirs + ".weight"], [2, width], False)),
            (ours + "/output_bias", Weight([theirs + ".bias"], [2], False)),
        ]
    )
