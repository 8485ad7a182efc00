# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Documents -> sentence pairs -> masked instances, as arrays; no files, no flags, no TensorFlow.

Method: Devlin et al. 2018, sections 3.1 and A.2 (https://arxiv.org/abs/1810.04805). A *block* is a list of documents that
are made into instances together: random next sentences come from other documents of the block. Everything is a function of
its arguments and of explicit generators, so a block gives the same instances in any process.

Pairs are chosen in Python, on sentence lengths only; tokens are gathered and masked by NumPy, a whole block at a time.
"""


import bisect
import itertools
from collections import OrderedDict, namedtuple

import numpy as np

_TRIES_FOR_ANOTHER_DOCUMENT = 10

# What an instance is made with. Ids of the special tokens; is_inside: bool [V], True for pieces inside a word (##...).
# ids: int [size], the ids that have a token; None: 0 to size - 1.
Vocabulary = namedtuple("Vocabulary", "size cls_id sep_id mask_id is_inside ids")
Vocabulary.__new__.__defaults__ = (None,)
# How sequences are masked. max_seq_length: int S. max_predictions_per_seq: int P. masked_lm_prob: float. whole_words: bool.
Masking = namedtuple("Masking", "max_seq_length max_predictions_per_seq masked_lm_prob whole_words")
# Tokens [a_start, a_end) and [b_start, b_end) of the block; is_random: b comes from another document.
Pair = namedtuple("Pair", "a_start a_end b_start b_end is_random")


class Documents:
    """The tokens of a block: one flat array, and where sentences and documents begin.

    Args:
        ids: integers [T], all tokens.
        sentence_lengths: integers, tokens of each sentence, none 0; their sum is T.
        document_sizes: integers, sentences of each document, none 0.

    Attributes:
        ids: int32 [T].
        starts: list of int, the first token of each sentence, and T at the end.
        first_sentences: list of int, the first sentence of each document, and the number of sentences at the end.
    """

    def __init__(self, ids, sentence_lengths, document_sizes):
        self.ids = np.asarray(ids, np.int32)
        self.starts = np.cumsum(np.append(0, sentence_lengths)).tolist()
        self.first_sentences = np.cumsum(np.append(0, document_sizes)).tolist()

    @classmethod
    def of(cls, documents):
        """From a list of documents, each a list of sentences, each a non-empty list of token ids."""
        sentences = list(itertools.chain.from_iterable(documents))
        return cls(
            list(itertools.chain.from_iterable(sentences)),
            [len(sentence) for sentence in sentences],
            [len(document) for document in documents],
        )

    def __len__(self):
        return len(self.first_sentences) - 1

    def followed_by(self, others):
        """Documents: these, and those of `others` after them."""
        return Documents(
            np.append(self.ids, others.ids),
            np.append(np.diff(self.starts), np.diff(others.starts)),
            np.append(np.diff(self.first_sentences), np.diff(others.first_sentences)),
        )


def choose_pairs(documents, max_tokens, short_seq_prob, generator, num_own=None):
    """The sentence pairs of one pass over a block.

    A document is gone through from its first sentence; a pair takes sentences until it holds `max_tokens` (with probability
    `short_seq_prob`: a number drawn from 2 to that). Its sentences are cut at a drawn place; with probability one half what
    comes after the cut is replaced by a stretch of another document, and is used for the next pair instead. Pairs that are
    still too long lose tokens of the longer side, each from its front or its back.

    A single sentence has nothing to cut: it is paired with the sentences that follow it. Where none follow, at the end of a
    document, its partner can only be a random one; for every two of these, one later pair that was drawn random becomes a
    next one, so that both kinds stay equally frequent.

    Args:
        documents: Documents, at least two.
        max_tokens: int, tokens of both sides together (max_seq_length - 3).
        short_seq_prob: float in [0, 1].
        generator: random.Random.
        num_own: int, how many of the documents, the first ones, are gone through; the others only give random stretches.
            None: all.

    Returns:
        list of Pair.
    """
    pairs, owed = [], 0
    draw = generator.random
    starts = documents.starts
    for document in range(len(documents) if num_own is None else num_own):
        sentence, last = (
            documents.first_sentences[document],
            documents.first_sentences[document + 1],
        )
        while sentence < last:
            target = max_tokens
            if draw() < short_seq_prob:
                target = 2 + int(draw() * (max_tokens - 1))
            end = min(
                bisect.bisect_left(starts, starts[sentence] + target, sentence + 1, last), last
            )
            cut = (
                sentence + 1
                if end == sentence + 1
                else sentence + 1 + int(draw() * (end - sentence - 1))
            )
            alone = cut == last
            is_random = alone or draw() < 0.5
            if alone:
                owed += 1
            elif is_random and owed >= 2:
                is_random, owed = False, owed - 2
            a_start, a_end = starts[sentence], starts[cut]
            if is_random:
                b_start, b_end = _random_stretch(
                    documents, document, target - (a_end - a_start), generator
                )
                sentence = cut
            else:
                if end == cut:  # a single sentence that fills the pair: what follows it is its next
                    end = cut + 1
                b_start, b_end = a_end, starts[end]
                sentence = end
            pairs.append(
                Pair(
                    *(
                        truncate(a_start, a_end, b_start, b_end, max_tokens, generator)
                        + (is_random,)
                    )
                )
            )
    return pairs


def _random_stretch(documents, document, target, generator):
    """Tokens [start, end) of another document, from a drawn sentence on, at least `target` of them where it has them."""
    draw = generator.random
    for _ in range(_TRIES_FOR_ANOTHER_DOCUMENT):
        other = int(draw() * len(documents))
        if other != document:
            break
    else:
        other = (document + 1) % len(documents)
    first, last = documents.first_sentences[other], documents.first_sentences[other + 1]
    sentence = first + int(draw() * (last - first))
    starts = documents.starts
    end = bisect.bisect_left(starts, starts[sentence] + max(target, 1), sentence + 1, last)
    return starts[sentence], starts[min(end, last)]


def truncate(a_start, a_end, b_start, b_end, max_tokens, generator):
    """Shortens a pair to `max_tokens`, one token at a time of the longer side (of b where they are equal), each from the
    front or the back with equal probability: how many of each is all that matters.

    Returns:
        (a_start, a_end, b_start, b_end).
    """
    a_length, b_length = a_end - a_start, b_end - b_start
    surplus = a_length + b_length - max_tokens
    if surplus <= 0:
        return a_start, a_end, b_start, b_end
    a_lost = min(surplus, max(0, a_length - b_length))
    b_lost = min(surplus, max(0, b_length - a_length))
    rest = surplus - a_lost - b_lost
    a_lost += rest // 2
    b_lost += rest - rest // 2
    a_front = _coins(a_lost, generator)
    b_front = _coins(b_lost, generator)
    return (
        a_start + a_front,
        a_end - (a_lost - a_front),
        b_start + b_front,
        b_end - (b_lost - b_front),
    )


def _coins(count, generator):
    """How many of `count` fair coins show heads."""
    return bin(generator.getrandbits(count)).count("1") if count else 0


def make_instances(documents, pairs, vocabulary, masking, generator):
    """Builds and masks the instances of pairs.

    [CLS] a [SEP] b [SEP] and padding. round(length · masked_lm_prob) tokens, at least one and at most
    max_predictions_per_seq, are to be predicted: 80 % of them become [MASK], 10 % stay, 10 % become any token of the
    vocabulary. With whole_words all pieces of a word are chosen together, never more tokens than without.

    Args:
        documents: Documents.
        pairs: list of N Pair.
        vocabulary: Vocabulary.
        masking: Masking.
        generator: numpy.random.RandomState.

    Returns:
        OrderedDict: input_ids, input_mask, segment_ids [N, S]; masked_lm_positions, masked_lm_ids [N, P] integers;
        masked_lm_weights float32 [N, P]; next_sentence_labels [N, 1] (1: random). Positions rise; unused ones are 0.
    """
    columns = (
        np.fromiter(itertools.chain.from_iterable(pairs), np.int32, 5 * len(pairs)).reshape(-1, 5).T
    )
    a_start, b_start = columns[0][:, None], columns[2][:, None]
    a_length, b_length = columns[1][:, None] - a_start, columns[3][:, None] - b_start
    lengths = a_length + b_length + 3
    place = np.arange(masking.max_seq_length, dtype=np.int32)[None, :]
    in_b = place > a_length + 1
    is_token = place < lengths
    is_text = (place > 0) & (place < lengths - 1) & (place != a_length + 1)
    source = np.where(in_b, place + (b_start - a_length - 2), place + (a_start - 1))
    input_ids = documents.ids[(source * is_text).astype(np.intp)] * is_text
    rows = np.arange(len(pairs))[:, None]
    input_ids[:, 0] = vocabulary.cls_id
    input_ids[rows, a_length + 1] = input_ids[rows, lengths - 1] = vocabulary.sep_id

    most = masking.max_predictions_per_seq
    wanted = wanted_predictions(lengths[:, 0], masking)
    choose = _choose_words if masking.whole_words else _choose_tokens
    positions = choose(
        input_ids, is_text, place == a_length + 2, wanted, most, vocabulary, generator
    )
    used = positions < masking.max_seq_length
    positions = np.where(used, positions, 0)
    labels = np.where(used, input_ids[rows, positions], 0)
    share = generator.random_sample(positions.shape)
    drawn = (generator.random_sample(positions.shape) * vocabulary.size).astype(np.int64)
    if vocabulary.ids is not None:
        drawn = vocabulary.ids[drawn]
    replaced = np.where(share < 0.8, vocabulary.mask_id, np.where(share < 0.9, labels, drawn))
    where = np.nonzero(used)
    input_ids[where[0], positions[where]] = replaced[where]
    return OrderedDict(
        [
            ("input_ids", input_ids),
            ("input_mask", is_token.view(np.uint8)),
            ("segment_ids", (in_b & is_token).view(np.uint8)),
            ("masked_lm_positions", positions),
            ("masked_lm_ids", labels),
            ("masked_lm_weights", used.astype(np.float32)),
            ("next_sentence_labels", columns[4][:, None]),
        ]
    )


def wanted_predictions(lengths, masking):
    """How many tokens are to be predicted in sequences of `lengths` [N] tokens, if words can be masked at will: [N]."""
    most = masking.max_predictions_per_seq
    wanted = np.clip(np.rint(lengths * masking.masked_lm_prob).astype(np.int32), 1, most)
    return np.minimum(wanted, lengths - 3)


def _choose_tokens(
    input_ids, is_text, unused_first_of_b, wanted, most, unused_vocabulary, generator
):
    """`wanted` [N] random positions of text in each row: [N, most], rising, unused ones = S."""
    keys = np.where(is_text, generator.random_sample(input_ids.shape), 2.0)
    return _smallest(keys, wanted, most)


def _smallest(keys, wanted, most):
    """The positions of the `wanted` smallest keys of each row, rising, the rest filled with S: [N, most]."""
    length = keys.shape[1]
    count = min(most, length)
    nearest = np.argpartition(keys, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(keys, nearest, 1), axis=1)
    nearest = np.take_along_axis(nearest, order, 1)
    nearest[np.arange(count)[None, :] >= wanted[:, None]] = length
    nearest.sort(axis=1)
    return np.pad(nearest, ((0, 0), (0, most - count)), "constant", constant_values=length)


def _choose_words(input_ids, is_text, first_of_b, wanted, most, vocabulary, generator):
    """As _choose_tokens, but all pieces of a word or none: words in random order, one that does not fit is passed over."""
    length = input_ids.shape[1]
    # A side may begin within a word, after truncation: its pieces are a word of their own there.
    begins = is_text & ~vocabulary.is_inside[input_ids]
    begins |= first_of_b
    begins[:, 1] |= is_text[:, 1]
    result = np.full((len(input_ids), most), length, np.int64)
    for row in range(len(input_ids)):
        text = np.nonzero(is_text[row])[0]
        firsts = np.nonzero(begins[row, text])[0]
        sizes = np.diff(np.append(firsts, len(text)))
        room, chosen = int(wanted[row]), []
        for word in np.argsort(generator.random_sample(len(firsts))).tolist():
            size = int(sizes[word])
            if size <= room:
                chosen.extend(text[firsts[word] : firsts[word] + size])
                room -= size
                if not room:
                    break
        result[row, : len(chosen)] = sorted(chosen)
    return result
