# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT: configuration, embeddings, encoder and pooler as one TensorFlow 1 graph.

The architecture is that of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for
Language Understanding" (2018): post-norm Transformer encoder blocks (Vaswani et al., 2017), exact GELU
(Hendrycks and Gimpel, 2016), LayerNorm (Ba et al., 2016) with epsilon 1e-12.

Shape letters used throughout:
    B  batch size                S  sequence length          V  vocabulary size
    H  hidden size               N  attention heads          D  size of one head, H = N * D
    F  feed-forward size         T  segment types            P  longest sequence the positions allow

Between the layers a batch is one matrix [B*S, H]: every dense product is then a 2-D matrix product, and only
attention reshapes.

The module reads no flags and no environment, and knows nothing of Horovod. Every operation that a fused kernel can
replace is called through one `fused_ops.selection.Ops`, which is chosen once per graph (`select_ops`) and passed down.
"""

import collections
import copy
import json
import numbers

import six
import tensorflow.compat.v1 as tf

import fused_ops.embedding
import fused_ops.layer_norm
import fused_ops.loader
import fused_ops.padding
import fused_ops.selection
import fused_ops.tensorflow_versions
import fused_ops.weights

# The names that heads and users' code import from here.
from bert_layers import (  # noqa: F401
    ConfigError,
    assert_rank,
    attention_layer,
    create_attention_mask_from_input_mask,
    create_initializer,
    dense_weights,
    dropout,
    embedding_lookup,
    embedding_postprocessor,
    get_activation,
    get_shape_list,
    layer_norm,
    layer_norm_and_dropout,
    layer_norm_weights,
    new_variable,
    reshape_from_matrix,
    reshape_to_matrix,
    transformer_model,
)
from fused_ops.bias_gelu import gelu  # noqa: F401

LAYER_NORM_EPSILON = fused_ops.layer_norm.EPSILON


# --------------------------------------------------------------------------------------------------------
# Configuration


# Beyond any machine: a typing error in a configuration must not fill the memory before it is noticed.
_MOST_LAYERS = 1000
_MOST_PARAMETERS = 1e12


class BertConfig:
    """The eleven values of `bert_config.json`, validated.

    Args:
      vocab_size: V.
      hidden_size: H; a multiple of num_attention_heads.
      num_hidden_layers: encoder blocks.
      num_attention_heads: N.
      intermediate_size: F.
      hidden_act: "gelu", "relu", "tanh" or "linear".
      hidden_dropout_prob: dropout rate of the embeddings and of the output of each half block, in [0, 1).
      attention_probs_dropout_prob: dropout rate of the attention probabilities, in [0, 1).
      max_position_embeddings: P.
      type_vocab_size: T. Existing code takes 16 where a configuration file lacks this key; every published file says 2.
      initializer_range: standard deviation of the truncated normal distribution of new weights.

    Raises:
      ConfigError: a value has the wrong type or range, or num_attention_heads does not divide hidden_size.
    """

    _SIZES = (
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "max_position_embeddings",
        "type_vocab_size",
    )
    _PROBABILITIES = ("hidden_dropout_prob", "attention_probs_dropout_prob")
    FIELDS = tuple(sorted(_SIZES + _PROBABILITIES + ("hidden_act", "initializer_range")))

    def __init__(
        self,
        vocab_size,
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
        hidden_act="gelu",
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        max_position_embeddings=512,
        type_vocab_size=16,
        initializer_range=0.02,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.hidden_act = hidden_act
        self.hidden_dropout_prob = hidden_dropout_prob
        self.attention_probs_dropout_prob = attention_probs_dropout_prob
        self.max_position_embeddings = max_position_embeddings
        self.type_vocab_size = type_vocab_size
        self.initializer_range = initializer_range
        self.validate()

    def validate(self):
        """Raises ConfigError for the first invalid field; call it again after changing attributes."""
        for name in self._SIZES:
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
                raise ConfigError("%s must be a positive integer, got %r" % (name, value))
        for name in self._PROBABILITIES:
            value = getattr(self, name)
            if not _is_number(value) or not 0.0 <= value < 1.0:
                raise ConfigError("%s must be a number in [0, 1), got %r" % (name, value))
        if not _is_number(self.initializer_range) or not 0.0 <= self.initializer_range < float(
            "inf"
        ):
            raise ConfigError(
                "initializer_range must be a number of at least 0, got %r"
                % (self.initializer_range,)
            )
        if not isinstance(self.hidden_act, six.string_types):
            raise ConfigError(
                "hidden_act must be the name of an activation, got %r" % (self.hidden_act,)
            )
        get_activation(self.hidden_act)
        if self.hidden_size % self.num_attention_heads:
            raise ConfigError(
                "hidden_size %d is not divisible by num_attention_heads %d"
                % (self.hidden_size, self.num_attention_heads)
            )

        if self.num_hidden_layers > _MOST_LAYERS or self._num_parameters() > _MOST_PARAMETERS:
            raise ConfigError(
                "a model of %d layers and %.1e parameters is too large: at most %d layers and %.0e parameters"
                % (
                    self.num_hidden_layers,
                    min(self._num_parameters(), 10**300),  # floating-point numbers end there
                    _MOST_LAYERS,
                    _MOST_PARAMETERS,
                )
            )

    def _num_parameters(self):
        """About as many as the encoder has: kernels and tables."""
        width = self.hidden_size
        rows = self.vocab_size + self.max_position_embeddings + self.type_vocab_size
        return width * (rows + self.num_hidden_layers * (4 * width + 2 * self.intermediate_size))

    @classmethod
    def from_dict(cls, json_object):
        """Builds a configuration from a dictionary; unknown keys are ignored with a log line."""
        if not isinstance(json_object, dict):
            raise ConfigError(
                "a BERT configuration must be a JSON object, got %s" % type(json_object).__name__
            )
        if "vocab_size" not in json_object:
            raise ConfigError("vocab_size is missing from the BERT configuration")
        unknown = sorted(key for key in json_object if key not in cls.FIELDS)
        if unknown:
            tf.logging.info("BERT configuration: ignored unknown keys: %s", ", ".join(unknown))
        return cls(**{key: value for key, value in json_object.items() if key in cls.FIELDS})

    @classmethod
    def from_json_file(cls, json_file):
        """Reads a `bert_config.json`. Every ConfigError names the file."""
        try:
            with tf.gfile.GFile(json_file, "r") as reader:
                json_object = json.loads(reader.read().lstrip("\ufeff"))  # byte order mark
        except (tf.errors.OpError, UnicodeDecodeError) as error:
            reason = getattr(error, "message", None) or str(error)
            raise ConfigError(
                "cannot read the BERT configuration %s: %s" % (json_file, _first_line(reason))
            )
        except (ValueError, RecursionError) as error:
            raise ConfigError("%s is not valid JSON: %s" % (json_file, _first_line(error)))
        try:
            config = cls.from_dict(json_object)
        except ConfigError as error:
            raise ConfigError("%s: %s" % (json_file, error))
        for name in [name for name in cls.FIELDS if name not in json_object]:
            tf.logging.warning(
                "%s: %s is missing; %s is used", json_file, name, getattr(config, name)
            )
        return config

    def to_dict(self):
        """The fields in alphabetical order (OrderedDict)."""
        return collections.OrderedDict((name, getattr(self, name)) for name in self.FIELDS)

    def to_json_string(self):
        """The text of a `bert_config.json`, ending with a newline."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True) + "\n"


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _first_line(error):
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


# --------------------------------------------------------------------------------------------------------
# The model


class BertModel:
    """BERT from token ids to hidden states; the constructor builds the graph.

    Variables are float32 for every `compute_type`, and have the names of published checkpoints in `scope`.

    Args:
      config: BertConfig. It is copied: later changes do not affect the model.
      is_training: bool; enables dropout.
      input_ids: int32 or int64 [B, S], token ids.
      input_mask: int32 or int64 [B, S], 1 for tokens to attend to and 0 for padding; None: all 1.
      token_type_ids: int32 or int64 [B, S], segment of each token; None: all 0.
      use_one_hot_embeddings: ignored. Other BERT code selects a lookup method for TPUs with it, which does not
        change results.
      scope: name of the variable scope; None: "bert" (made unique in the graph).
      use_fused_ops: bool, use the kernels of `fused_ops` instead of plain TensorFlow ops.
      compute_type: tf.float32 or tf.float16, the type of the dense products and of the activations between
        them. LayerNorm and the attention softmax are always float32.
      remove_padding: bool, compute nothing for padding, whose rows of the results are then 0; requires fused ops.
      output_positions: int32 or int64 [B, K] or None. With remove_padding: positions to whose tokens, and to the first, the
        last block's second half is limited; its other rows are then 0. Gradients are those of a loss that reads only these.
      ops: fused_ops.selection.Ops, where the graph's choice is made already; None: as use_fused_ops says.

    Raises:
      ConfigError: invalid configuration or compute_type, S (where the graph knows it) above max_position_embeddings,
        or fused ops requested but not built.
      ValueError: input tensors that are not [B, S].
      tf.errors.InvalidArgumentError: at run time, on every device, if a batch has a token id outside [0, V), a token
        type outside [0, T), or a sequence longer than P. (The gather of a GPU alone would return zeros.)
    """

    def __init__(
        self,
        config,
        is_training,
        input_ids,
        input_mask=None,
        token_type_ids=None,
        use_one_hot_embeddings=False,
        scope=None,
        use_fused_ops=False,
        compute_type=tf.float32,
        remove_padding=False,
        output_positions=None,
        ops=None,
    ):
        del use_one_hot_embeddings
        ops = ops or select_ops(use_fused_ops)
        config = copy.deepcopy(config)
        config.validate()
        if not is_training:
            config.hidden_dropout_prob = 0.0
            config.attention_probs_dropout_prob = 0.0
        compute_type = tf.as_dtype(compute_type)
        if compute_type not in (tf.float32, tf.float16):
            raise ConfigError("compute_type must be float32 or float16, got %s" % compute_type.name)
        if remove_padding and ops.packed_attention is None:
            raise ConfigError(
                "remove_padding requires use_fused_ops: only the fused attention supports sequences without padding"
            )

        batch_size, seq_length = get_shape_list(input_ids, expected_rank=2, name="input_ids")
        if input_mask is None:
            input_mask = tf.ones([batch_size, seq_length], dtype=tf.int32)
        if token_type_ids is None:
            token_type_ids = tf.zeros([batch_size, seq_length], dtype=tf.int32)
        get_shape_list(input_mask, expected_rank=2, name="input_mask")
        get_shape_list(token_type_ids, expected_rank=2, name="token_type_ids")

        with tf.variable_scope(scope, default_name="bert"):
            with tf.variable_scope("embeddings"):
                input_ids, token_type_ids = _checked_ids(
                    input_ids, token_type_ids, seq_length, config
                )
                self.embedding_table, hidden = _embed(
                    input_ids, token_type_ids, config, ops, compute_type
                )
            input_mask = tf.cast(input_mask, tf.int32)
            with tf.variable_scope("encoder"):
                if remove_padding:
                    layers = _encode_without_padding(
                        hidden, input_mask, seq_length, output_positions, config, ops
                    )
                else:
                    layers = _encode(hidden, input_mask, config, ops)
            # The outputs are float32, so that heads need not know the compute type.
            shape = [batch_size, seq_length, config.hidden_size]
            self.embedding_output = tf.cast(tf.reshape(hidden, shape), tf.float32)
            self.all_encoder_layers = [
                tf.cast(tf.reshape(layer, shape), tf.float32) for layer in layers
            ]
            self.sequence_output = self.all_encoder_layers[-1]
            with tf.variable_scope("pooler"):
                first_token = tf.reshape(layers[-1], shape)[:, 0, :]
                kernel, bias = _dense_weights(
                    config.hidden_size, config.hidden_size, config, compute_type
                )
                pooled = bias_activation(tf.matmul(first_token, kernel), bias, "tanh", ops)
                self.pooled_output = tf.cast(pooled, tf.float32)

    def get_pooled_output(self):
        """float32 [B, H]: tanh(dense(hidden state of the first token))."""
        return self.pooled_output

    def get_sequence_output(self):
        """float32 [B, S, H]: the last block's hidden states."""
        return self.sequence_output

    def get_all_encoder_layers(self):
        """List of float32 [B, S, H], one for each block, first to last."""
        return list(self.all_encoder_layers)

    def get_embedding_output(self):
        """float32 [B, S, H]: word + segment + position embeddings after LayerNorm and dropout."""
        return self.embedding_output

    def get_embedding_table(self):
        """The float32 variable [V, H] of the word embeddings."""
        return self.embedding_table


def _checked_ids(input_ids, token_type_ids, seq_length, config):
    """Returns both id tensors after checks of their range and of the sequence length."""
    longest = config.max_position_embeddings
    length_message = (
        "sequence length exceeds max_position_embeddings %d of the BERT configuration: "
        "use a smaller max_seq_length" % longest
    )
    checks = []
    if isinstance(seq_length, int):
        if seq_length > longest:
            raise ConfigError("%s (sequence length %d)" % (length_message, seq_length))
    else:
        # On the CPU like the other checks: cheap, and the same behavior with and without a GPU.
        with tf.device("/cpu:0"):
            checks.append(
                tf.Assert(
                    tf.less_equal(seq_length, longest),
                    [length_message, seq_length],
                    name="sequence_length_check",
                )
            )
    checks.append(
        _range_check(
            input_ids,
            config.vocab_size,
            "input_ids contains a token id outside the vocabulary of %d entries (vocab_size): the data was created "
            "with a larger vocabulary than that of the BERT configuration" % config.vocab_size,
            "vocabulary_check",
        )
    )
    checks.append(
        _range_check(
            token_type_ids,
            config.type_vocab_size,
            "token_type_ids contains a value outside the %d segment types (type_vocab_size) of the BERT configuration"
            % config.type_vocab_size,
            "token_type_check",
        )
    )
    with tf.control_dependencies(checks):
        return tf.identity(input_ids), tf.identity(token_type_ids)


def _range_check(ids, limit, message, name):
    """An op that fails with `message`, the smallest and the largest id unless all ids are in [0, limit)."""
    with tf.device("/cpu:0"):
        in_range = tf.reduce_all(tf.logical_and(tf.greater_equal(ids, 0), tf.less(ids, limit)))
        return tf.Assert(
            in_range,
            [message, "smallest, largest:", tf.reduce_min(ids), tf.reduce_max(ids)],
            name=name,
        )


def _embed(input_ids, token_type_ids, config, ops, compute_type):
    """Word, segment and position embeddings.

    Returns:
      (word table, a float32 variable [V, H]; embeddings after LayerNorm and dropout, [B*S, H] of compute_type).
    """
    width = config.hidden_size
    initializer = create_initializer(config.initializer_range)
    word_table = new_variable("word_embeddings", [config.vocab_size, width], initializer)
    type_table = new_variable("token_type_embeddings", [config.type_vocab_size, width], initializer)
    position_table = new_variable(
        "position_embeddings", [config.max_position_embeddings, width], initializer
    )

    with tf.variable_scope("LayerNorm"):
        gamma, beta = layer_norm_weights(width)
    return word_table, ops.embedding(
        fused_ops.embedding.Ids(input_ids, token_type_ids, None),
        fused_ops.embedding.Tables(word_table, type_table, position_table),
        gamma,
        beta,
        config.hidden_dropout_prob,
        compute_type,
    )


def _encode(hidden, input_mask, config, ops, outputs=None):
    """The stack of encoder blocks.

    Args:
      hidden: [B*S, H] in the compute type, which the blocks keep.
      input_mask: int32 [B, S].
      config: BertConfig.
      ops: fused_ops.selection.Ops.
      outputs: fused_ops.padding.Padding of the rows [1, B*S], whose unwanted rows of the last block are not computed beyond
        its attention and are 0; None: all are wanted.

    Returns:
      List of [B*S, H], one for each block.
    """
    layers = []
    for index in range(config.num_hidden_layers):
        wanted = outputs if index == config.num_hidden_layers - 1 else None
        with tf.variable_scope("layer_%d" % index):
            attended = _attention_half(hidden, input_mask, config, ops, wanted)
            hidden = _feed_forward_half(attended, config, ops)
            layers.append(fused_ops.padding.unpack(hidden, wanted) if wanted else hidden)
    return layers


def _encode_without_padding(hidden, input_mask, seq_length, output_positions, config, ops):
    """As `_encode`, but computes nothing for padding: its rows of the results are 0.

    The sequences are concatenated to [tokens, H], and the attention is told where each begins.

    Args:
      output_positions: see BertModel.
    """
    padding = fused_ops.padding.find_padding(input_mask)
    outputs = None
    if output_positions is not None:
        outputs = fused_ops.padding.find_positions(output_positions, seq_length, padding)

    def attention(qkv, unused_mask, dropout_rate):
        return ops.packed_attention(qkv, padding.cu_seqlens, seq_length, dropout_rate)

    packed = fused_ops.padding.pack(hidden, padding)
    layers = _encode(packed, None, config, ops._replace(attention=attention), outputs)
    return [fused_ops.padding.unpack(layer, padding) for layer in layers]


def _attention_half(hidden, input_mask, config, ops, wanted=None):
    """LayerNorm(hidden + dropout(dense(attention(hidden)))), [B*S, H] to [B*S, H], or to the `wanted` rows of it."""
    width = config.hidden_size
    with tf.variable_scope("attention"):
        with tf.variable_scope("self"):
            weights = (
                _dense_weights(width, width, config, hidden.dtype, name)
                for name in ("query", "key", "value")
            )
            qkv = ops.qkv_projection(hidden, weights, config.num_attention_heads)
            context = ops.attention(qkv, input_mask, config.attention_probs_dropout_prob)
        context = tf.reshape(context, [-1, width])
        if wanted:
            context, hidden = [fused_ops.padding.pack(rows, wanted) for rows in (context, hidden)]
        return _project_and_add(context, hidden, config, ops)


def _feed_forward_half(hidden, config, ops):
    """LayerNorm(hidden + dropout(dense(activation(dense(hidden))))), [B*S, H] to [B*S, H]."""
    with tf.variable_scope("intermediate"):
        kernel, bias = _dense_weights(
            config.hidden_size, config.intermediate_size, config, hidden.dtype
        )
        inner = bias_activation(ops.matmul(hidden, kernel), bias, config.hidden_act, ops)
    return _project_and_add(inner, hidden, config, ops)


def _project_and_add(inner, residual, config, ops):
    """The end of either half of a block, in scope "output": dense to H, dropout, residual, LayerNorm."""
    with tf.variable_scope("output"):
        in_width = inner.shape.as_list()[-1]
        kernel, bias = _dense_weights(in_width, config.hidden_size, config, inner.dtype)
        with tf.variable_scope("LayerNorm"):
            gamma, beta = layer_norm_weights(config.hidden_size)
        return ops.bias_dropout_residual_layer_norm(
            ops.matmul(inner, kernel), bias, residual, gamma, beta, config.hidden_dropout_prob
        )


def _dense_weights(in_width, out_width, config, compute_type, scope="dense"):
    """`dense_weights` with the kernel cast to `compute_type`; the ops cast the bias."""
    kernel, bias = dense_weights(in_width, out_width, config.initializer_range, scope)
    return fused_ops.weights.cast(kernel, compute_type), bias


# --------------------------------------------------------------------------------------------------------
# The seam to the fused kernels


def select_ops(use_fused_ops):
    """The `fused_ops.selection.Ops` that a graph is built from.

    Raises:
      ConfigError: fused ops are requested but not built. There is no silent fallback.
    """
    try:
        return fused_ops.selection.select(use_fused_ops)
    except fused_ops.loader.FusedOpsError as error:
        raise ConfigError(str(error))


def bias_activation(x, bias, activation_name, ops):
    """activation(x + bias) for x [M, F] and bias [F]; returns [M, F]. Only GELU has a fused kernel."""
    if activation_name and activation_name.lower() == "gelu":
        return ops.bias_gelu(x, bias)
    activation = get_activation(activation_name)
    biased = tf.nn.bias_add(x, fused_ops.weights.cast(bias, x.dtype))
    return biased if activation is None else activation(biased)


# --------------------------------------------------------------------------------------------------------
# Checkpoints


def get_assignment_map_from_checkpoint(tvars, init_checkpoint):
    """The variables that a checkpoint can initialize, for `tf.train.init_from_checkpoint`.

    Args:
      tvars: variables of the graph.
      init_checkpoint: checkpoint prefix (`.../bert_model.ckpt`) or a directory with a `checkpoint` file.

    Returns:
      (OrderedDict that maps each name to itself, dict with the name and the name:0 of each of them as keys).

    Raises:
      ConfigError: init_checkpoint is not readable.
    """
    try:
        in_checkpoint = [name for name, _ in tf.train.list_variables(init_checkpoint)]
    except fused_ops.tensorflow_versions.READ_ERRORS as error:
        raise ConfigError(
            "cannot read init_checkpoint %s (expected %s.index): %s"
            % (init_checkpoint, init_checkpoint, _first_line(getattr(error, "message", error)))
        )
    in_graph = {variable.name.split(":")[0] for variable in tvars}
    assignment_map = collections.OrderedDict(
        (name, name) for name in in_checkpoint if name in in_graph
    )
    initialized_variable_names = {}
    for name in assignment_map:
        initialized_variable_names[name] = 1
        initialized_variable_names[name + ":0"] = 1
    return assignment_map, initialized_variable_names
