# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""A block of text and the options -> records; what one worker does at a time."""

import hashlib
import random
from collections import Counter, namedtuple

import numpy as np

import tokenization
from pretraining.block_tokenizer import BlockTokenizer
from pretraining.instances import (
    Masking,
    Vocabulary,
    choose_pairs,
    make_instances,
    wanted_predictions,
)
from program.records import encoding
from program.unknown_words import UnknownWords

_EXAMPLES_SHOWN = 2

Task = namedtuple("Task", "key block duplicates")
# sizes: bytes of each record in content. unknown: UnknownWords of the block, in the task of its first pass.
Result = namedtuple("Result", "content sizes counts examples offset unknown")


class InstanceMaker:
    """Makes the records of a task; holds the vocabulary, so one is kept in each process.

    Args:
        options: DataOptions.
        split: function of a line (str) that returns its sentences, a list of str; None: lines are sentences.

    Attributes:
        tokenizer: tokenization.FullTokenizer.

    Raises:
        VocabularyError: the vocabulary cannot be used.
    """

    def __init__(self, options, split=None):
        tokenizer = tokenization.FullTokenizer(options.vocab_file, options.do_lower_case)
        tokenization.require_tokens(tokenizer.vocab, ["[MASK]"], options.vocab_file)
        self.tokenizer = tokenizer
        self._options = options
        self._split = split
        self._tokenize = BlockTokenizer(tokenizer)
        self._last_name = self._last = None
        self._masking = Masking(
            options.max_seq_length,
            options.max_predictions_per_seq,
            options.masked_lm_prob,
            options.do_whole_word_mask,
        )
        self._vocabulary = _ids_of(tokenizer.vocab)

    def __call__(self, task):
        """Task -> Result: framed records in a drawn order, and what was counted."""
        counts = Counter()
        name = (task.key, task.block.number)
        if name != self._last_name:  # a large block comes several times, for different passes
            self._last_name, self._last = name, self._read(task.block)
        documents, num_own, text_counts, unknown = self._last
        is_first = task.duplicates[0] == 0
        if is_first:
            counts.update(text_counts)
        unknown = unknown if is_first else UnknownWords()
        if len(documents) < 2:
            return Result(b"", [], counts, [], task.block.offset, unknown)
        options, framed, examples = self._options, [], []
        for duplicate in task.duplicates:
            seed = _seed(options.random_seed, task.key, task.block.number, duplicate)
            generator = random.Random(seed.hexdigest())
            pairs = choose_pairs(
                documents, options.max_seq_length - 3, options.short_seq_prob, generator, num_own
            )
            instances = make_instances(
                documents,
                pairs,
                self._vocabulary,
                self._masking,
                np.random.RandomState(np.frombuffer(seed.digest(), "<u4").astype(np.int64)),
            )
            _count(instances, self._masking, counts)
            if task.block.number == 0 and duplicate == 0:
                examples = [
                    self._shown(instances, row) for row in range(min(_EXAMPLES_SHOWN, len(pairs)))
                ]
            framed.extend(encoding.frame(encoding.serialize_rows(instances)))
        order = sorted(range(len(framed)), key=[generator.random() for _ in framed].__getitem__)
        framed = [framed[place] for place in order]
        return Result(
            b"".join(framed), list(map(len, framed)), counts, examples, task.block.offset, unknown
        )

    def has_tokens(self, line):
        """Whether anything is left of a line (bytes) when control characters and white space are gone."""
        return bool(self.tokenizer.basic_tokenizer.tokenize(line))

    def _read(self, block):
        """Block -> (Documents, how many of them are not borrowed, Counter of the text, UnknownWords)."""
        documents, counts = self._tokenize(self._sentences(block.documents))
        unknown, num_own = self._tokenize.unknown, len(documents)
        counts["unknown_tokens"] = unknown.num_unknown
        counts["documents_of_one_sentence"] = int(
            np.count_nonzero(np.diff(documents.first_sentences) == 1)
        )
        beyond = np.diff(documents.starts) - (self._options.max_seq_length - 3)
        counts["tokens_beyond_max_seq_length"] = int(np.maximum(beyond, 0).sum())
        if block.borrowed:
            documents = documents.followed_by(self._tokenize(self._sentences(block.borrowed))[0])
        return documents, num_own, counts, unknown

    def _sentences(self, documents):
        if self._split is None:
            return documents
        return [
            [
                sentence.encode("utf-8", "surrogateescape")
                for line in document
                for sentence in self._split(line.decode("utf-8", "surrogateescape"))
            ]
            for document in documents
        ]

    def _shown(self, instances, row):
        length = int(instances["input_mask"][row].sum())
        count = int(instances["masked_lm_weights"][row].sum())
        tokens = self.tokenizer.convert_ids_to_tokens(instances["input_ids"][row, :length].tolist())
        labels = self.tokenizer.convert_ids_to_tokens(
            instances["masked_lm_ids"][row, :count].tolist()
        )
        return "%s\n  to predict: %s\n  next sentence: %s" % (
            " ".join(tokens),
            " ".join(labels),
            "random" if instances["next_sentence_labels"][row, 0] else "the next one",
        )


def _count(instances, masking, counts):
    counts["instances"] += len(instances["input_ids"])
    counts["random_next"] += int(instances["next_sentence_labels"].sum())
    counts["tokens_in_instances"] += int(instances["input_mask"].sum())
    predictions = instances["masked_lm_weights"].sum(axis=1)
    counts["predictions"] += int(predictions.sum())
    lengths = instances["input_mask"].sum(axis=1).astype(np.int64)
    counts["predictions_wanted"] += int(wanted_predictions(lengths, masking).sum())
    counts["instances_without_predictions"] += int(np.count_nonzero(predictions == 0))


def _ids_of(vocab):
    """token -> id, as load_vocab reads it, as an instances.Vocabulary."""
    ids = np.array(sorted(index for token, index in vocab.items() if token))
    is_inside = np.zeros(int(ids[-1]) + 1, bool)
    is_inside[[index for token, index in vocab.items() if token.startswith("##")]] = True
    has_gaps = len(ids) < len(
        is_inside
    )  # an id of a token that comes again later, or of an empty line
    return Vocabulary(
        len(ids),
        vocab["[CLS]"],
        vocab["[SEP]"],
        vocab["[MASK]"],
        is_inside,
        ids if has_gaps else None,
    )


def _seed(random_seed, key, block_number, duplicate):
    text = "%d/%s/%d/%d" % (random_seed, key, block_number, duplicate)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape"))
