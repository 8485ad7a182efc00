# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The options of question answering."""

from program import shared_options
from program.options import Option, OptionError, OptionGroup

VERBOSE_WINDOWS = 20  # how many --verbose_logging shows


class SquadOptions(OptionGroup):
    """What only SQuAD needs; batch sizes are those of one process."""

    OPTIONS = (
        shared_options.VOCAB_FILE,
        shared_options.DO_LOWER_CASE,
        Option("train_file", None, "SQuAD JSON file to train on.", is_path=True),
        Option("predict_file", None, "SQuAD JSON file with the questions to answer.", is_path=True),
        shared_options.MAX_SEQ_LENGTH._replace(
            default=384, help="Maximum window length in tokens: question, context and padding."
        ),
        Option(
            "doc_stride", 128, "Stride between windows of a long context, in tokens.", minimum=1
        ),
        Option(
            "max_query_length",
            64,
            "Maximum question length in tokens; longer ones are truncated.",
            minimum=1,
        ),
        shared_options.DO_TRAIN,
        Option("do_predict", False, "Run prediction, after training if both are requested."),
        Option(
            "do_export",
            False,
            "Export the model as a SavedModel, after training if both are requested.",
        ),
        Option(
            "export_dir",
            None,
            "Directory of the exports, which are numbered from 1. Default: export/ in output_dir.",
            is_path=True,
        ),
        Option(
            "freeze_export", False, "Export the variables as constants: one file, saved_model.pb."
        ),
        shared_options.TRAIN_BATCH_SIZE._replace(default=8),
        Option(
            "predict_batch_size",
            8,
            "Prediction batch size per process.",
            minimum=1,
            maximum=shared_options.LARGEST_BATCH,
        ),
        Option(
            "predict_batch_tokens",
            None,
            "Maximum tokens in a prediction batch per process, in place of predict_batch_size: as many windows of similar length as "
            "have so many together. Padding counts unless it is removed. At least max_seq_length.",
            kind=int,
            minimum=1,
        ),
        Option(
            "num_train_epochs", 3.0, "Training epochs; may be fractional.", above=0.0, maximum=1e6
        ),
        Option(
            "warmup_proportion",
            0.1,
            "Fraction of training steps used for warm-up.",
            minimum=0.0,
            maximum=1.0,
        ),
        Option("n_best_size", 20, "Answers per question in nbest_predictions.json.", minimum=1),
        Option("max_answer_length", 30, "Maximum answer length in tokens.", minimum=1),
        shared_options.NUM_WORKERS._replace(
            help="Worker processes that make windows; each rank of a Horovod job makes its share alone."
        ),
        Option(
            "windows_cache_dir",
            None,
            "Directory in which windows are kept for other runs on the same questions, 10 GB at most. "
            "Default: only output_dir keeps them.",
            is_path=True,
        ),
        Option(
            "verbose_logging", False, "Log the tokens of the first %d windows." % VERBOSE_WINDOWS
        ),
        Option("version_2_with_negative", False, "SQuAD v2.0: some questions have no answer."),
        Option(
            "null_score_diff_threshold",
            0.0,
            "SQuAD v2.0: predict no answer if the null score exceeds the best answer's score by more than this.",
        ),
    )

    def validate(self):
        for name in ("export_dir", "freeze_export"):
            if getattr(self, name) and not self.do_export:
                raise OptionError("--%s requires --do_export" % name)
        if (
            self.predict_batch_tokens is not None
            and self.predict_batch_tokens < self.max_seq_length
        ):
            raise OptionError(
                "--predict_batch_tokens=%d: a window may have %d tokens (--max_seq_length): pass at least %d"
                % (self.predict_batch_tokens, self.max_seq_length, self.max_seq_length)
            )
        if not (self.do_train or self.do_predict or self.do_export):
            raise OptionError("nothing to do: pass --do_train, --do_predict or --do_export")
        if self.do_train and not self.train_file:
            raise OptionError("--do_train requires --train_file")
        if self.do_predict and not self.predict_file:
            raise OptionError("--do_predict requires --predict_file")
