# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The layers of BERT as functions from tensors to tensors, for heads and for users' own models.

Names, arguments, defaults and variable names are those of Google's `modeling.py`, and `modeling` exports all of them. The
functions use plain TensorFlow ops; `modeling.BertModel` computes the same with the ops of `fused_ops`.

Shape letters: B sequences, F tokens that attend, T tokens that are attended to, S both, N heads of D, H = N * D, E embedding
size, V vocabulary size.
"""

import math
import numbers

import six
import tensorflow.compat.v1 as tf

import fused_ops.dropout
import fused_ops.layer_norm
from fused_ops.attention import MASKED_SCORE
from fused_ops.bias_gelu import gelu
from fused_ops.weights import cast


class ConfigError(ValueError):
    """An invalid model configuration, argument or checkpoint; the message is one line for the user."""


# --------------------------------------------------------------------------------------------------------
# Variables: always float32, cast to other types by fused_ops.weights


def new_variable(name, shape, initializer):
    """The float32 variable of this name in the current scope."""
    return tf.get_variable(name, shape=shape, dtype=tf.float32, initializer=initializer)


def dense_weights(in_width, out_width, initializer_range=0.02, scope="dense"):
    """Variables `<scope>/kernel` [in, out] and `<scope>/bias` [out]."""
    with tf.variable_scope(scope):
        kernel = new_variable(
            "kernel", [in_width, out_width], create_initializer(initializer_range)
        )
        return kernel, new_variable("bias", [out_width], tf.zeros_initializer())


def layer_norm_weights(width):
    """Variables `gamma` and `beta`, [width] each, in the current scope."""
    return new_variable("gamma", [width], tf.ones_initializer()), new_variable(
        "beta", [width], tf.zeros_initializer()
    )


class _SeededTruncatedNormal(tf.truncated_normal_initializer):
    """Values that follow from the graph's seed, if it has one, and from how many variables were made before.

    TensorFlow's own choice follows from the number of ops, which differs between its releases and between kernels: one seed
    would begin with other values in each.
    """

    def __call__(self, shape, *args, **kwargs):
        if tf.get_default_graph().seed is None:
            return super().__call__(shape, *args, **kwargs)
        seeded = tf.truncated_normal_initializer(
            self.mean, self.stddev, seed=len(tf.global_variables()), dtype=self.dtype
        )
        return seeded(shape, *args, **kwargs)


def create_initializer(initializer_range=0.02):
    """Normal distribution with mean 0 and standard deviation `initializer_range`, truncated at two deviations.

    With tf.set_random_seed, a model's initial values are the same for all kernels and TensorFlows.
    """
    return _SeededTruncatedNormal(stddev=initializer_range)


# --------------------------------------------------------------------------------------------------------
# Shapes


def assert_rank(tensor, expected_rank, name=None):
    """Raises ValueError unless the tensor has an expected rank.

    Args:
      tensor: any tensor.
      expected_rank: an int, or a collection of allowed ranks.
      name: name of the tensor in the error; None: its own.
    """
    name = name or tensor.name
    if tensor.shape.ndims is None:
        raise ValueError("%s has an unknown rank: set its shape" % name)
    allowed = (
        [expected_rank] if isinstance(expected_rank, numbers.Integral) else sorted(expected_rank)
    )
    if tensor.shape.ndims not in allowed:
        raise ValueError(
            "%s has shape %s, expected rank %s"
            % (name, tensor.shape, " or ".join(str(rank) for rank in allowed))
        )


def get_shape_list(tensor, expected_rank=None, name=None):
    """The shape as a list: an int where the graph knows the size, a scalar int32 tensor where it does not.

    Args:
      tensor: any tensor of known rank.
      expected_rank: an int, or a collection of allowed ranks; None: any.
      name: name of the tensor in errors; None: its own.

    Raises:
      ValueError: the rank is another one or unknown.
    """
    assert_rank(tensor, tensor.shape.ndims if expected_rank is None else expected_rank, name)
    static = tensor.shape.as_list()
    if None not in static:
        return static
    dynamic = tf.shape(tensor)
    return [dynamic[axis] if size is None else size for axis, size in enumerate(static)]


def reshape_to_matrix(input_tensor):
    """[..., H] of rank 2 or more as the matrix of its rows, [rows, H]; a matrix is returned as it is.

    Raises:
      ValueError: the rank is 0, 1 or unknown.
    """
    rank = input_tensor.shape.ndims
    if rank is None or rank < 2:
        raise ValueError(
            "input_tensor has shape %s, expected rank 2 or more" % (input_tensor.shape,)
        )
    if rank == 2:
        return input_tensor
    return tf.reshape(input_tensor, [-1, get_shape_list(input_tensor)[-1]])


def reshape_from_matrix(output_tensor, orig_shape_list):
    """Undoes `reshape_to_matrix`: a matrix [rows, H] as orig_shape_list[:-1] + [H].

    Args:
      output_tensor: [rows, H]; H may differ from the last entry of orig_shape_list.
      orig_shape_list: the shape before, as `get_shape_list` gives it.
    """
    if len(orig_shape_list) == 2:
        return output_tensor
    width = get_shape_list(output_tensor)[-1]
    return tf.reshape(output_tensor, list(orig_shape_list[:-1]) + [width])


# --------------------------------------------------------------------------------------------------------
# Activation, LayerNorm, dropout


def get_activation(activation_string):
    """The function named "gelu", "relu" or "tanh" in any case; None for "linear", "" and None.

    A value that is not a string is returned unchanged: it is the function itself.

    Raises:
      ConfigError: unknown name.
    """
    if not activation_string:
        return None
    if not isinstance(activation_string, six.string_types):
        return activation_string
    known = {"linear": None, "relu": tf.nn.relu, "gelu": gelu, "tanh": tf.tanh}
    try:
        return known[activation_string.lower()]
    except KeyError:
        raise ConfigError(
            "unknown activation %r: use gelu, relu, tanh or linear" % activation_string
        )


def layer_norm(input_tensor, name=None):
    """LayerNorm over the last axis; keeps shape and type.

    Its variables are `<name>/{gamma,beta}`; without a name `LayerNorm/`, `LayerNorm_1/` and so on within one scope.
    """
    with tf.variable_scope(name, default_name="LayerNorm"):
        gamma, beta = layer_norm_weights(get_shape_list(input_tensor)[-1])
    return fused_ops.layer_norm.plain(input_tensor, gamma, beta)


def dropout(input_tensor, dropout_prob):
    """`fused_ops.dropout.plain`: zeroes a fraction of the entries and scales the rest; None or 0 does nothing."""
    return fused_ops.dropout.plain(input_tensor, dropout_prob)


def layer_norm_and_dropout(input_tensor, dropout_prob, name=None):
    """`dropout(layer_norm(input_tensor, name), dropout_prob)`."""
    return dropout(layer_norm(input_tensor, name), dropout_prob)


# --------------------------------------------------------------------------------------------------------
# Embeddings


def embedding_lookup(
    input_ids,
    vocab_size,
    embedding_size=128,
    initializer_range=0.02,
    word_embedding_name="word_embeddings",
    use_one_hot_embeddings=False,
):
    """Looks up ids in a new table.

    Args:
      input_ids: int32 or int64 [B, S] or [B, S, n], in [0, V).
      vocab_size: V.
      embedding_size: E.
      initializer_range: standard deviation of the table's initial values.
      word_embedding_name: name of the table's variable.
      use_one_hot_embeddings: multiply one-hot vectors with the table instead of gathering its rows: an id outside [0, V)
        then gives zeros, not an error.

    Returns:
      (float32 [B, S, E], for ids [B, S, n] [B, S, n * E]; the table, a variable [V, E]).
    """
    if input_ids.shape.ndims == 2:
        input_ids = tf.expand_dims(input_ids, axis=-1)
    table = new_variable(
        word_embedding_name, [vocab_size, embedding_size], create_initializer(initializer_range)
    )
    flat_ids = tf.reshape(input_ids, [-1])
    if use_one_hot_embeddings:
        rows = tf.matmul(tf.one_hot(flat_ids, depth=vocab_size), table)
    else:
        rows = tf.gather(table, flat_ids)
    shape = get_shape_list(input_ids)
    return tf.reshape(rows, shape[:-1] + [shape[-1] * embedding_size]), table


def embedding_postprocessor(
    input_tensor,
    use_token_type=False,
    token_type_ids=None,
    token_type_vocab_size=16,
    token_type_embedding_name="token_type_embeddings",
    use_position_embeddings=True,
    position_embedding_name="position_embeddings",
    initializer_range=0.02,
    max_position_embeddings=512,
    dropout_prob=0.1,
):
    """Adds token type and position embeddings from new tables, then LayerNorm and dropout.

    Args:
      input_tensor: float32 [B, S, E].
      use_token_type, use_position_embeddings: which of the two to add.
      token_type_ids: int32 or int64 [B, S], in [0, token_type_vocab_size).
      token_type_vocab_size, max_position_embeddings: rows of the tables; S is at most max_position_embeddings.
      token_type_embedding_name, position_embedding_name: names of the tables' variables.
      initializer_range: standard deviation of the tables' initial values.
      dropout_prob: dropout rate.

    Returns:
      float32 [B, S, E].

    Raises:
      ValueError: input_tensor is not of rank 3, use_token_type without token_type_ids, or S above
        max_position_embeddings.
      tf.errors.InvalidArgumentError: the same at run time, where the graph does not know S.
    """
    _, length, width = get_shape_list(input_tensor, expected_rank=3)
    initializer = create_initializer(initializer_range)
    output = input_tensor
    if use_token_type:
        if token_type_ids is None:
            raise ValueError("use_token_type needs token_type_ids")
        types = new_variable(token_type_embedding_name, [token_type_vocab_size, width], initializer)
        # A type outside the table adds nothing, as in Google's function.
        one_hot = tf.one_hot(tf.reshape(token_type_ids, [-1]), depth=token_type_vocab_size)
        output += tf.reshape(tf.matmul(one_hot, types), get_shape_list(input_tensor))
    if use_position_embeddings:
        if isinstance(length, int) and length > max_position_embeddings:
            raise ValueError(
                "input_tensor has %d positions, but max_position_embeddings is %d"
                % (length, max_position_embeddings)
            )
        with tf.control_dependencies([tf.assert_less_equal(length, max_position_embeddings)]):
            positions = new_variable(
                position_embedding_name, [max_position_embeddings, width], initializer
            )
            output += tf.slice(positions, [0, 0], [length, -1])  # for every sequence
    return layer_norm_and_dropout(output, dropout_prob)


# --------------------------------------------------------------------------------------------------------
# Attention and the encoder


def create_attention_mask_from_input_mask(from_tensor, to_mask):
    """The mask of `attention_layer`: each token may attend to what `to_mask` permits in its sequence.

    Args:
      from_tensor: [B, F] or [B, F, ...]; only its shape matters.
      to_mask: integer or float [B, T], 1 for tokens to attend to and 0 for padding.

    Returns:
      float32 [B, F, T].
    """
    batch_size, from_length = get_shape_list(from_tensor, expected_rank=[2, 3])[:2]
    to_length = get_shape_list(to_mask, expected_rank=2)[1]
    row = tf.cast(tf.reshape(to_mask, [batch_size, 1, to_length]), tf.float32)
    return tf.ones([batch_size, from_length, 1], tf.float32) * row


def attention_layer(
    from_tensor,
    to_tensor,
    attention_mask=None,
    num_attention_heads=1,
    size_per_head=512,
    query_act=None,
    key_act=None,
    value_act=None,
    attention_probs_dropout_prob=0.0,
    initializer_range=0.02,
    do_return_2d_tensor=False,
    batch_size=None,
    from_seq_length=None,
    to_seq_length=None,
):
    """Multi-head attention of `from_tensor` to `to_tensor`: dropout(softmax(Q K^T / sqrt(D) + mask)) V.

    Variables: `{query,key,value}/{kernel,bias}` in the current scope.

    Args:
      from_tensor, to_tensor: [B, F, width] and [B, T, width], or matrices [B * F, width] and [B * T, width].
      attention_mask: [B, F, T], 1 where a token may attend and 0 where not (-10000 is added to the score); None: all 1.
      num_attention_heads, size_per_head: N and D.
      query_act, key_act, value_act: activation functions of the three projections; None: none.
      attention_probs_dropout_prob: dropout rate of the probabilities.
      initializer_range: standard deviation of the kernels' initial values.
      do_return_2d_tensor: whether to return a matrix.
      batch_size, from_seq_length, to_seq_length: B, F and T; needed for matrices.

    Returns:
      [B, F, N * D], or [B * F, N * D] with do_return_2d_tensor.

    Raises:
      ValueError: ranks that differ or are neither 2 nor 3, or matrices without B, F and T.
    """
    from_shape = get_shape_list(from_tensor, expected_rank=[2, 3])
    to_shape = get_shape_list(to_tensor, expected_rank=[2, 3])
    if len(from_shape) != len(to_shape):
        raise ValueError("from_tensor and to_tensor must have the same rank, 2 or 3")
    if len(from_shape) == 3:
        batch_size, from_seq_length, to_seq_length = from_shape[0], from_shape[1], to_shape[1]
    elif batch_size is None or from_seq_length is None or to_seq_length is None:
        raise ValueError("matrices need batch_size, from_seq_length and to_seq_length")
    width = num_attention_heads * size_per_head

    def heads(tensor, length, name, activation):  # [B, N, length, D]
        rows = _dense(reshape_to_matrix(tensor), width, activation, initializer_range, name)
        shape = [batch_size, length, num_attention_heads, size_per_head]
        return tf.transpose(tf.reshape(rows, shape), [0, 2, 1, 3])

    query = heads(from_tensor, from_seq_length, "query", query_act)
    key = heads(to_tensor, to_seq_length, "key", key_act)
    value = heads(to_tensor, to_seq_length, "value", value_act)
    context = _attend(query, key, value, attention_mask, attention_probs_dropout_prob)
    shape = [batch_size * from_seq_length] if do_return_2d_tensor else [batch_size, from_seq_length]
    return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), shape + [width])


def _attend(query, key, value, mask, dropout_prob):
    """Attention of heads: query [B, N, F, D], key and value [B, N, T, D], mask [B, F, T] or None, to [B, N, F, D]."""
    head_size = query.shape.as_list()[-1]
    scores = tf.matmul(query, key, transpose_b=True) * (1.0 / math.sqrt(head_size))
    scores = tf.cast(scores, tf.float32)
    if mask is not None:
        scores += (1.0 - tf.cast(tf.expand_dims(mask, 1), tf.float32)) * MASKED_SCORE
    probabilities = tf.cast(tf.nn.softmax(scores), value.dtype)
    return tf.matmul(dropout(probabilities, dropout_prob), value)


def _dense(matrix, out_width, activation, initializer_range, scope="dense"):
    """activation(matrix W + b), with variables `<scope>/{kernel,bias}`."""
    in_width = get_shape_list(matrix)[-1]
    kernel, bias = dense_weights(in_width, out_width, initializer_range, scope)
    product = tf.matmul(matrix, cast(kernel, matrix.dtype))
    output = tf.nn.bias_add(product, cast(bias, matrix.dtype))
    activation = get_activation(activation)
    return output if activation is None else activation(output)


def transformer_model(
    input_tensor,
    attention_mask=None,
    hidden_size=768,
    num_hidden_layers=12,
    num_attention_heads=12,
    intermediate_size=3072,
    intermediate_act_fn=gelu,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
    initializer_range=0.02,
    do_return_all_layers=False,
):
    """A stack of post-norm Transformer encoder blocks, with the variables of BERT's: `layer_<i>/`.

    Args:
      input_tensor: [B, S, H].
      attention_mask: [B, S, S], as for `attention_layer`; None: every token attends to every token.
      hidden_size, num_hidden_layers, num_attention_heads, intermediate_size: as in `modeling.BertConfig`.
      intermediate_act_fn: activation function of the feed-forward layer; None: none.
      hidden_dropout_prob, attention_probs_dropout_prob: dropout rates.
      initializer_range: standard deviation of the kernels' initial values.
      do_return_all_layers: whether to return the output of each block.

    Returns:
      [B, S, H], the last block's output; with do_return_all_layers the list of all.

    Raises:
      ValueError: hidden_size is not a multiple of num_attention_heads or not the width of input_tensor, or input_tensor
        is not of rank 3.
    """
    if hidden_size % num_attention_heads:
        raise ValueError(
            "hidden_size %d is not divisible by num_attention_heads %d"
            % (hidden_size, num_attention_heads)
        )
    shape = get_shape_list(input_tensor, expected_rank=3)
    if shape[-1] != hidden_size:
        raise ValueError(
            "input_tensor has width %s, but hidden_size is %d" % (shape[-1], hidden_size)
        )

    hidden = reshape_to_matrix(input_tensor)
    outputs = []
    for index in range(num_hidden_layers):
        with tf.variable_scope("layer_%d" % index):
            with tf.variable_scope("attention"):
                with tf.variable_scope("self"):
                    context = attention_layer(
                        hidden,
                        hidden,
                        attention_mask,
                        num_attention_heads,
                        hidden_size // num_attention_heads,
                        attention_probs_dropout_prob=attention_probs_dropout_prob,
                        initializer_range=initializer_range,
                        do_return_2d_tensor=True,
                        batch_size=shape[0],
                        from_seq_length=shape[1],
                        to_seq_length=shape[1],
                    )
                attended = _project_and_add(context, hidden, hidden_dropout_prob, initializer_range)
            with tf.variable_scope("intermediate"):
                inner = _dense(attended, intermediate_size, intermediate_act_fn, initializer_range)
            hidden = _project_and_add(inner, attended, hidden_dropout_prob, initializer_range)
        outputs.append(reshape_from_matrix(hidden, shape))
    if do_return_all_layers:
        return outputs
    return outputs[-1] if outputs else input_tensor


def _project_and_add(inner, residual, dropout_prob, initializer_range):
    """The end of either half of a block: layer_norm(dropout(dense(inner)) + residual), in scope "output"."""
    with tf.variable_scope("output"):
        projected = _dense(inner, get_shape_list(residual)[-1], None, initializer_range)
        return layer_norm(dropout(projected, dropout_prob) + residual)
