# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The options of create_pretraining_data.py."""

from program import shared_options
from program.options import Option, OptionError, OptionGroup


class DataOptions(OptionGroup):
    """What determines the instances."""

    OPTIONS = (
        shared_options.VOCAB_FILE,
        shared_options.DO_LOWER_CASE,
        Option("do_whole_word_mask", False, "Mask whole words: all WordPieces of a word or none."),
        # The shortest sequence is [CLS] a [SEP] b [SEP].
        shared_options.MAX_SEQ_LENGTH._replace(default=128, minimum=5),
        shared_options.MAX_PREDICTIONS_PER_SEQ._replace(default=20),
        Option(
            "split_sentences",
            False,
            "Split each line, a paragraph or a whole article, into sentences (pip install -r requirements/data.txt).",
        ),
        Option("language", "en", "With --split_sentences, language of the text, such as de or zh."),
        shared_options.RANDOM_SEED,
        Option("dupe_factor", 10, "Passes over the text, each with different masks.", minimum=1),
        Option("masked_lm_prob", 0.15, "Fraction of tokens to mask.", minimum=0.0, maximum=1.0),
        Option(
            "short_seq_prob",
            0.1,
            "Fraction of sequences made shorter than the maximum length.",
            minimum=0.0,
            maximum=1.0,
        ),
    )

    def validate(self):
        if self.language != "en" and not self.split_sentences:
            raise OptionError("--language=%s requires --split_sentences" % self.language)
        if self.max_predictions_per_seq > self.max_seq_length - 3:
            raise OptionError(
                "--max_predictions_per_seq=%d: a sequence of %d has at most %d tokens to predict"
                % (self.max_predictions_per_seq, self.max_seq_length, self.max_seq_length - 3)
            )


class FileOptions(OptionGroup):
    """Where the text is and where the instances go, and which worker processes make them."""

    OPTIONS = (
        Option(
            "input_file",
            None,
            "Input text: comma-separated files, glob patterns and directories.",
            required=True,
            is_path=True,
        ),
        Option(
            "output_file",
            None,
            "Output TFRecord files, comma-separated; instances are dealt to them round-robin.",
            is_path=True,
        ),
        Option(
            "output_dir",
            None,
            "Output directory, as an alternative to --output_file: one .tfrecord per input file.",
            is_path=True,
        ),
        shared_options.NUM_WORKERS,
        Option("part", "1/1", "With --output_dir, process part i/n of the input files."),
    )
