# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Tokenizes all lines of a block at once, with the same result as tokenization.FullTokenizer line by line.

Why that is equal: to the basic tokenizer an ASCII character is a letter or digit (lower-cased in uncased models), a mark that
stands apart, a blank, or nothing, whatever its neighbours are. So bytes are lower-cased at once, only runs of other
characters go through the tokenizer's own table, and one regular expression finds the words. A line that needs neighbours
goes to the tokenizer itself. Words are numbered when first met, with their pieces in one flat array, so that NumPy puts
the ids of a block together.
"""


import itertools
import re
from collections import Counter

import numpy as np

from pretraining import instances
from program.unknown_words import UNKNOWN, UnknownWords

_LINE_END = "\n"
_NOT_PLAIN = re.compile("[^\n -~]+")  # all but printable ASCII and line ends
# A line end, one mark, or a word: up to a mark or to what str.split takes for white space and the tokenizer leaves in.
_WORDS = re.compile("[!-/:-@\\[-`{-~\n]|[^!-/:-@\\[-`{-~ \n\u2028\u2029]+")
_MOST_WORDS = 200000
_MOST_UNKNOWN_WORDS = 1000  # of a block that are told


class BlockTokenizer:
    """Lines of documents -> instances.Documents.

    Args:
        tokenizer: tokenization.FullTokenizer.

    Attributes:
        unknown: UnknownWords of the block that was tokenized last; of its words the most frequent ones.
    """

    def __init__(self, tokenizer):
        self.unknown = UnknownWords()
        self._basic = tokenizer.basic_tokenizer
        self._words = _NumberedWords(tokenizer)

    def __call__(self, documents):
        """Tokenizes a block.

        Args:
            documents: list of lists of lines, each bytes without a line end. Bytes that are not UTF-8 are left out.

        Returns:
            (Documents of the lines and documents that have tokens, Counter of documents, sentences, tokens, lines_not_utf8,
            sentences_without_tokens).
        """
        lines = list(itertools.chain.from_iterable(documents))
        text, num_broken = _decoded(lines)
        ids, lengths, unknown = self._words.ids(_WORDS.findall(self._folded(text)))
        self.unknown = UnknownWords(len(ids), sum(unknown.values()), unknown)
        self.unknown.words = Counter(dict(self.unknown.most_common(_MOST_UNKNOWN_WORDS)))
        documents_of_lines = np.repeat(
            np.arange(len(documents)), [len(document) for document in documents]
        )
        has_tokens = lengths > 0
        sizes = np.bincount(documents_of_lines[has_tokens], minlength=len(documents))
        found = instances.Documents(ids, lengths[has_tokens], sizes[sizes > 0])
        return found, Counter(
            documents=len(found),
            sentences=int(has_tokens.sum()),
            tokens=len(ids),
            lines_not_utf8=num_broken,
            sentences_without_tokens=int((~has_tokens).sum()),
        )

    def _folded(self, text):
        """Lines, each with a line end -> the same with all but ASCII replaced as the basic tokenizer does, ASCII lower-cased."""
        plain = text
        if self._basic.do_lower_case:
            plain = text.encode("utf-8").lower().decode("utf-8")  # bytes.lower is ASCII's alone
        folded, needs_context = plain, False
        if _NOT_PLAIN.search(plain):
            folded = _NOT_PLAIN.sub(lambda run: self._basic.replace(run.group()), plain)
            needs_context = self._basic.NEEDS_CONTEXT in folded
        if not needs_context:
            return folded
        return "".join(
            [
                (
                    " ".join(self._basic.tokenize(line)) + _LINE_END
                    if self._basic.NEEDS_CONTEXT in own
                    else own + _LINE_END
                )
                for line, own in zip(text.split(_LINE_END)[:-1], folded.split(_LINE_END))
            ]
        )


def _decoded(lines):
    """Lines in bytes -> (one str, a line end after each line; how many were not UTF-8)."""
    try:
        return (b"\n".join(lines) + b"\n").decode("utf-8"), 0
    except UnicodeDecodeError:
        kept = [line.decode("utf-8", "ignore") for line in lines]
        broken = sum(len(line) != len(text.encode("utf-8")) for line, text in zip(lines, kept))
        return _LINE_END.join(kept) + _LINE_END, broken


class _NumberedWords(dict):
    """word -> its number, given when first met; what the pieces of each number are stands in arrays."""

    def __init__(self, tokenizer):
        super().__init__()
        self._vocab, self._cut = tokenizer.vocab, tokenizer.wordpiece_tokenizer.cut
        self._unknown_id = self._vocab[UNKNOWN]
        self._start_afresh()

    def _start_afresh(self):
        self.clear()
        self._unknown = {}  # number -> word of those that are [UNK]
        self[_LINE_END] = 0
        self._pieces, self._counts = np.zeros(0, np.int32), np.zeros(1, np.int64)
        self._new_pieces, self._new_counts = [], []

    def __missing__(self, word):
        pieces = [self._vocab[token] for token, _, _ in self._cut(word)]
        self._new_pieces.extend(pieces)
        self._new_counts.append(len(pieces))
        number = self[word] = len(self)
        if pieces == [self._unknown_id]:
            self._unknown[number] = word
        return number

    def ids(self, words):
        """The ids of words.

        Args:
            words: list of str, with a line end after the words of each line.

        Returns:
            (ids of all lines, int32; how many each line has, int64; dict, words that are [UNK] -> how often).
        """
        if len(self) > _MOST_WORDS:
            self._start_afresh()
        numbers = np.fromiter(map(self.__getitem__, words), np.int64, len(words))
        self._pieces = np.append(self._pieces, np.array(self._new_pieces, np.int32))
        self._counts = np.append(self._counts, np.array(self._new_counts, np.int64))
        self._new_pieces, self._new_counts = [], []
        first = (np.cumsum(self._counts) - self._counts)[numbers]
        counts = self._counts[numbers]
        ends = np.cumsum(counts)
        # Piece i of the block stands at first + (i - where its word begins in the block).
        place = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(
            first - (ends - counts), counts
        )
        lengths = np.diff(np.append(0, ends[numbers == 0]))
        return self._pieces[place], lengths, self._unknown_among(numbers)

    def _unknown_among(self, numbers):
        if not self._unknown:
            return {}
        is_unknown = np.zeros(len(self), bool)
        is_unknown[list(self._unknown)] = True
        found, counts = np.unique(numbers[is_unknown[numbers]], return_counts=True)
        return {self._unknown[number]: int(count) for number, count in zip(found.tolist(), counts)}
