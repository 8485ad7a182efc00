# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Counts [UNK]: the share of tokens that the vocabulary has no piece for, the words behind them, and when to warn.

A few per thousand are usual: symbols and letters of other scripts. Well above that, vocabulary and text do not fit, and a
model learns from holes.
"""

from collections import Counter

UNKNOWN = "[UNK]"
MOST_USUAL_SHARE = 0.05  # of all tokens; above it, `UnknownWords.warning` has something to say
_WORDS_SHOWN = 8
_LONGEST_SHOWN = 20  # characters of a word; Thai and Khmer have no blanks between words
_MOST_WORDS = 20000  # that are remembered; natural text that fits its vocabulary has far fewer


class UnknownWords:
    """How many tokens there were, how many of them [UNK], and which words these came from.

    The words are exact up to 20,000 different ones; beyond that, rare ones are forgotten. Equal calls in equal order give
    equal counts.

    Attributes:
        num_tokens: int, all tokens, [UNK] included, special tokens not.
        num_unknown: int, those that are [UNK].
        words: Counter of words (str).
    """

    def __init__(self, num_tokens=0, num_unknown=0, words=()):
        self.num_tokens, self.num_unknown, self.words = num_tokens, num_unknown, Counter()
        self._remember(words)

    def add(self, other):
        """Adds the counts of another UnknownWords."""
        self.num_tokens += other.num_tokens
        self.num_unknown += other.num_unknown
        self._remember(other.words)

    def add_text(self, tokens, spans, text):
        """Counts the tokens of a text, as FullTokenizer.tokenize_with_offsets gives them.

        Args:
            tokens: list of str.
            spans: list of (start, end), the characters of `text` behind each token.
            text: str.
        """
        self.num_tokens += len(tokens)
        if UNKNOWN in tokens:
            unknown = [
                text[span[0] : span[1]] for token, span in zip(tokens, spans) if token == UNKNOWN
            ]
            self.num_unknown += len(unknown)
            self._remember(Counter(unknown))

    def _remember(self, words):
        self.words.update(words)
        if len(self.words) > _MOST_WORDS:
            self.words = Counter(dict(self.most_common(_MOST_WORDS // 2)))

    def most_common(self, count=_WORDS_SHOWN):
        """The most frequent unknown words: list of (word, how often), equally frequent ones by code point."""
        return sorted(self.words.items(), key=lambda item: (-item[1], item[0]))[:count]

    @property
    def share(self):
        """Fraction of all tokens that are [UNK], in [0, 1]; 0 without tokens."""
        return self.num_unknown / max(self.num_tokens, 1)

    def summary(self):
        """Such as "0.13 % [UNK]", for the last line of a program."""
        return "%s %% %s" % (_percent(self.share), UNKNOWN)

    def warning(self, source, vocab_file, do_lower_case):
        """One line, without "warning:", where the share is above MOST_USUAL_SHARE; otherwise None.

        Args:
            source: str, what was read: a file or an option.
            vocab_file: str.
            do_lower_case: bool.
        """
        if self.share <= MOST_USUAL_SHARE:
            return None
        shown = self.most_common()
        if not do_lower_case and 2 * sum(
            count for word, count in shown if word != word.lower()
        ) > sum(count for _, count in shown):
            cause = "most have capital letters: if the vocabulary is that of an uncased model, pass --do_lower_case=true"
        else:
            cause = (
                "use a vocabulary of the text's language, with the --do_lower_case of its model (now %s)"
                % (str(bool(do_lower_case)).lower())
            )
        return (
            "%s: %s %% of the tokens are %s, because --vocab_file=%s has no pieces for words such as %s; %s"
            % (
                source,
                _percent(self.share),
                UNKNOWN,
                vocab_file,
                ", ".join(_shown(word) for word, _ in shown),
                cause,
            )
        )


def _percent(share):
    return "%.1f" % (100 * share) if share >= 0.01 or not share else "%.2g" % (100 * share)


def _shown(word):
    return word if len(word) <= _LONGEST_SHOWN else word[:_LONGEST_SHOWN] + "\u2026"
