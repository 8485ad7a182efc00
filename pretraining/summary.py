# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""What create_pretraining_data.py says at its end: warnings about the text, and one line of figures."""

from collections import Counter

from program.unknown_words import UnknownWords

_UNKNOWN_WORDS_KEPT = 20
# Above these shares the text is hardly what was meant: lines are no sentences.
_MOST_CUT_OFF = 0.1  # of all tokens
_MOST_DOCUMENTS_OF_ONE_SENTENCE = 0.5
_FEWEST_OF_WANTED = 0.5  # of the predictions; whole words of a vocabulary that fits come near 1


class Summary:
    """Counts and unknown words, of a file's records or of all.

    Attributes:
        counts: Counter, names as in the manifests.
        unknown: UnknownWords.
        num_made, num_found: int, output files made in this run, and those that were there already.
        instances_made: int, instances made in this run.
    """

    def __init__(self):
        self.counts, self.unknown = Counter(), UnknownWords()
        self.num_made = self.num_found = self.instances_made = 0

    def add(self, other):
        """Adds another Summary."""
        self.counts.update(other.counts)
        self.unknown.add(other.unknown)
        self.num_made += other.num_made
        self.num_found += other.num_found
        self.instances_made += other.instances_made

    def to_dict(self):
        """For a manifest: the counts, and the most frequent unknown words as lists of [word, count]."""
        tokens = max(self.counts["tokens"], 1)
        return dict(
            self.counts,
            unknown_share=round(self.counts["unknown_tokens"] / tokens, 6),
            unknown_words=[list(item) for item in self.unknown.most_common(_UNKNOWN_WORDS_KEPT)],
        )

    @classmethod
    def from_dict(cls, values):
        """The inverse of to_dict; values of earlier versions may lack some."""
        summary = cls()
        words = dict(values.get("unknown_words", []))
        summary.counts.update(
            {name: value for name, value in values.items() if isinstance(value, int)}
        )
        if "unknown_tokens" in values:
            summary.unknown = UnknownWords(
                summary.counts["tokens"], summary.counts["unknown_tokens"], words
            )
        return summary

    def warnings(self, source, options):
        """Yields lines, without "warning:".

        Args:
            source: str, what was read.
            options: DataOptions.
        """
        counts = self.counts
        for name, message in (
            (
                "lines_not_utf8",
                "lines contained bytes that are not UTF-8; those bytes were dropped",
            ),
            ("sentences_without_tokens", "lines contained only control characters"),
        ):
            if counts[name]:
                yield "%d %s" % (counts[name], message)
        unknown = self.unknown.warning(source, options.vocab_file, options.do_lower_case)
        if unknown:
            yield unknown
        if (
            counts["instances_without_predictions"]
            or counts["predictions"] < _FEWEST_OF_WANTED * counts["predictions_wanted"]
        ):
            yield (
                "--do_whole_word_mask: words have too many pieces: %d of %d instances have nothing to predict, and %.1f %% "
                "of the tokens that --masked_lm_prob=%g asks for are masked; raise it and --max_predictions_per_seq, or "
                "mask pieces"
                % (
                    counts["instances_without_predictions"],
                    counts["instances"],
                    100.0 * counts["predictions"] / max(counts["predictions_wanted"], 1),
                    options.masked_lm_prob,
                )
            )
        yield from self._warnings_about_lines(options)

    def _warnings_about_lines(self, options):
        """Lines that are no sentences."""
        counts = self.counts
        cut_off = counts["tokens_beyond_max_seq_length"] / max(counts["tokens"], 1)
        alone = counts["documents_of_one_sentence"] / max(counts["documents"], 1)
        fix = (
            "raise --max_seq_length"
            if options.split_sentences
            else ("if lines are paragraphs or whole articles, pass --split_sentences")
        )
        if cut_off > _MOST_CUT_OFF:
            yield (
                "%.1f %% of the tokens are cut off, because their lines are longer than the %d tokens that fit: %s"
                % (100 * cut_off, options.max_seq_length - 3, fix)
            )
        elif alone > _MOST_DOCUMENTS_OF_ONE_SENTENCE and not options.split_sentences:
            yield (
                "%d of %d documents have one line, which no next sentence can follow but a random one: %s"
                % (counts["documents_of_one_sentence"], counts["documents"], fix)
            )

    def line(self, seconds):
        """The last line: figures of all files, made in this run or before."""
        counts = self.counts
        if not self.num_made:
            end = "already made: %d of %d files" % (self.num_found, self.num_found)
        else:
            end = "in %.1f s: %.0f instances/s" % (seconds, self.instances_made / seconds)
            if self.num_found:
                end += " (already made: %d of %d files)" % (
                    self.num_found,
                    self.num_made + self.num_found,
                )
        return (
            "%d documents, %d sentences, %d tokens -> %d instances (%.1f %% random next, %.1f %% of tokens masked%s) %s"
            % (
                counts["documents"],
                counts["sentences"],
                counts["tokens"],
                counts["instances"],
                100.0 * counts["random_next"] / max(counts["instances"], 1),
                100.0 * counts["predictions"] / max(counts["tokens_in_instances"], 1),
                ", " + self.unknown.summary() if self.unknown.num_tokens else "",
                end,
            )
        )
