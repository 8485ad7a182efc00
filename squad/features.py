# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Turns examples into windows of tokens: [CLS] question [SEP] a part of the context [SEP].

A context longer than a window is cut into several that overlap (Devlin et al. 2018,
https://arxiv.org/abs/1810.04805, and the recipe's run_squad). All positions in a text are character
offsets, as the tokenizer gives them, so nothing has to be searched for or aligned again later.
"""

import collections

from squad.questions import SquadDataError

# The recipe's first id; a large number catches whoever takes the id for an index.
FIRST_UNIQUE_ID = 1000000000

# [CLS], [SEP] and [SEP].
_NUM_SPECIAL_TOKENS = 3


SquadFeatures = collections.namedtuple(
    "SquadFeatures",
    [
        "unique_id",  # int, counts windows over the whole run
        "example_index",  # int, which example this is a window of
        "window_index",  # int, which window of that example
        "tokens",  # list of str, T tokens before padding, T <= max_seq_length
        "token_char_spans",  # list of T (start, end) in the context; None where not of the context
        "token_is_max_context",  # list of T bool; true in one window only for each token of a context
        "input_ids",  # list of max_seq_length int
        "input_mask",  # list of max_seq_length int, 1 for tokens and 0 for padding
        "segment_ids",  # list of max_seq_length int, 0 [CLS] question [SEP], 1 context [SEP]
        "start_position",  # int, first token of the answer; 0 ([CLS]) when it is not in here
        "end_position",  # int, last token of the answer; 0 ([CLS]) when it is not in here
        "is_impossible",  # bool, whether this window lacks the answer (training only)
    ],
)


# An example cut into windows. example_index: int. query_tokens: list of str. context: TokenizedContext. answer_span: (first, last)
# token of the answer in the context, or None. windows: list of (first token of the context, number of tokens).
TokenizedExample = collections.namedtuple(
    "TokenizedExample", "example_index query_tokens context answer_span windows"
)

# tokens: list of str. char_spans: list of (start, end), one for each. The same object for a run of examples about one context.
TokenizedContext = collections.namedtuple("TokenizedContext", "tokens char_spans")


def tokenize_examples(examples, tokenizer, options, is_training, unknown=None):
    """Yields a TokenizedExample for each example, one at a time; what convert_examples makes of it is left to the caller.

    Args:
      options: an object with max_seq_length, doc_stride and max_query_length.
      The others, and what is raised: as in convert_examples.
    """
    check_lengths(options.max_seq_length, options.doc_stride, options.max_query_length)
    cached_text, context = None, None
    for example_index, example in enumerate(examples):
        # Neighbouring questions share a paragraph, which is by far the most to tokenize.
        if example.context != cached_text:
            cached_text = example.context
            context = TokenizedContext(*_tokens(tokenizer, example.context, unknown))
        answer_span = None
        if is_training and not example.is_impossible:
            answer_span = answer_token_span(
                context.char_spans,
                example.answer_start,
                example.answer_start + len(example.answer_text),
            )
            if answer_span is None:
                continue
        query_tokens = _tokens(tokenizer, example.question, unknown)[0]
        query_tokens = query_tokens[: options.max_query_length]
        windows = windows_of(len(query_tokens), len(context.tokens), options)
        yield TokenizedExample(example_index, query_tokens, context, answer_span, windows)


def windows_of(num_query_tokens, num_context_tokens, options):
    """As make_windows, for a question of so many tokens; options: as in tokenize_examples."""
    capacity = options.max_seq_length - num_query_tokens - _NUM_SPECIAL_TOKENS
    return make_windows(num_context_tokens, capacity, options.doc_stride)


_Options = collections.namedtuple("_Options", "max_seq_length doc_stride max_query_length")


def convert_examples(
    examples, tokenizer, max_seq_length, doc_stride, max_query_length, is_training, unknown=None
):
    """Yields the windows of each example, one at a time: a data set never has to fit in memory.

    Args:
      examples: iterable of `squad.examples.SquadExample`.
      tokenizer: `tokenization.FullTokenizer`, or anything with its `tokenize_with_offsets` and
        `convert_tokens_to_ids`.
      max_seq_length: int, tokens of a window, padding included.
      doc_stride: int, how many tokens each window starts after the one before.
      max_query_length: int, longer questions are cut to so many tokens.
      is_training: bool; training features carry answer positions, and examples whose answer has no
        token (control characters only) are left out.
      unknown: program.unknown_words.UnknownWords that counts the tokens of the texts; None: nothing does.
        A context counts for each run of questions about it.

    Yields:
      `SquadFeatures`. An example with an empty context has one window without context.

    Raises:
      SquadDataError: lengths that leave no room for a context, or a stride below 1.
    """
    options = _Options(max_seq_length, doc_stride, max_query_length)
    unique_id = FIRST_UNIQUE_ID
    for example in tokenize_examples(examples, tokenizer, options, is_training, unknown):
        context, query_tokens = example.context, example.query_tokens
        owners = max_context_windows(example.windows, len(context.tokens))
        for window_index, (start, length) in enumerate(example.windows):
            part = slice(start, start + length)
            tokens = ["[CLS]"] + query_tokens + ["[SEP]"] + context.tokens[part] + ["[SEP]"]
            first = context_begin(len(query_tokens))
            padding = [0] * (max_seq_length - len(tokens))
            start_position, end_position = answer_positions(
                example.answer_span, start, length, first
            )
            yield SquadFeatures(
                unique_id=unique_id,
                example_index=example.example_index,
                window_index=window_index,
                tokens=tokens,
                token_char_spans=[None] * first + context.char_spans[part] + [None],
                token_is_max_context=max_context_in_window(first, owners[part], window_index),
                input_ids=list(tokenizer.convert_tokens_to_ids(tokens)) + padding,
                input_mask=[1] * len(tokens) + padding,
                segment_ids=[0] * first + [1] * (length + 1) + padding,
                start_position=start_position,
                end_position=end_position,
                is_impossible=start_position == 0,
            )
            unique_id += 1


def context_begin(num_query_tokens):
    """Where the context begins among the tokens of a window: behind [CLS], the question and [SEP]."""
    return num_query_tokens + 2


def max_context_in_window(first, owners, window_index):
    """SquadFeatures.token_is_max_context of a window.

    Args:
      first: int, see context_begin.
      owners: list of int, of the window's part of the context as max_context_windows gives them.
      window_index: int.
    """
    return [False] * first + [owner == window_index for owner in owners] + [False]


def _tokens(tokenizer, text, unknown):
    """As tokenize_with_offsets; `unknown` counts the tokens, unless it is None."""
    tokens, spans = tokenizer.tokenize_with_offsets(text)
    if unknown is not None:
        unknown.add_text(tokens, spans, text)
    return tokens, spans


def check_lengths(max_seq_length, doc_stride, max_query_length):
    """Raises SquadDataError unless a window has room for a question and a token of the context."""
    if max_query_length < 1:
        raise SquadDataError("--max_query_length=%d: must be at least 1" % max_query_length)
    if doc_stride < 1:
        raise SquadDataError("--doc_stride=%d: must be at least 1" % doc_stride)
    if max_seq_length <= max_query_length + _NUM_SPECIAL_TOKENS:
        raise SquadDataError(
            "--max_seq_length=%d: must be greater than --max_query_length=%d and the %d special tokens"
            % (max_seq_length, max_query_length, _NUM_SPECIAL_TOKENS)
        )


def make_windows(num_tokens, capacity, doc_stride):
    """Cuts a context into windows of at most `capacity` tokens.

    A stride greater than the capacity counts as the capacity: windows then do not overlap, but no
    token is lost between them.

    Returns:
      list of (start, length), at least one; (0, 0) for an empty context.
    """
    step = min(doc_stride, capacity)
    windows = []
    start = 0
    while True:
        length = min(capacity, num_tokens - start)
        windows.append((start, length))
        if start + length >= num_tokens:
            return windows
        start += step


def max_context_windows(windows, num_tokens):
    """Tells for each token of a context in which window it has the most context.

    That is the least of its distances to both ends of the window, plus a hundredth of the window's
    length; the first window wins a tie. Only there may an answer start at the token (recipe).

    Args:
      windows: list of (start, length), as `make_windows` returns it.
      num_tokens: int, tokens of the context.

    Returns:
      list of `num_tokens` int, indices of windows.
    """
    best_windows = [0] * num_tokens
    if len(windows) == 1:
        return best_windows
    best_scores = [-1.0] * num_tokens
    for index, (start, length) in enumerate(windows):
        for position in range(start, start + length):
            score = min(position - start, start + length - 1 - position) + 0.01 * length
            if score > best_scores[position]:
                best_windows[position], best_scores[position] = index, score
    return best_windows


def answer_token_span(char_spans, start_char, end_char):
    """Finds the fewest tokens that cover an answer.

    This is the improvement after tokenization of the recipe: "(1895-1943)" is one word but five
    tokens, and for the answer 1895 the model must learn the second only. The recipe finds it by
    comparing token strings; offsets say it directly, and tell a repeated token from its double.

    Args:
      char_spans: list of (start, end) of each token, increasing.
      start_char, end_char: int, the answer's characters, end exclusive.

    Returns:
      (first token, last token), both inclusive, or None if no token has a character of the answer.
    """
    inside = [
        index
        for index, (start, end) in enumerate(char_spans)
        if start < end_char and end > start_char
    ]
    return (inside[0], inside[-1]) if inside else None


def answer_positions(answer_span, start, length, first):
    """Returns an answer's (first, last) position among the tokens of a window, or (0, 0).

    Args:
      answer_span: (first, last) among the tokens of the context, or None.
      start, length: int, the window's part of the context.
      first: int, where the context begins among the tokens of the window.
    """
    if answer_span is None or answer_span[0] < start or answer_span[1] >= start + length:
        return 0, 0
    return answer_span[0] - start + first, answer_span[1] - start + first
