# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The options of pre-training."""

from program import shared_options
from program.options import Option, OptionError, OptionGroup


class PretrainingOptions(OptionGroup):
    """What only pre-training needs; batch sizes are those of one process."""

    OPTIONS = (
        Option(
            "input_file",
            None,
            "Input TFRecord files: comma-separated files and glob patterns.",
            required=True,
            is_path=True,
        ),
        Option(
            "eval_input_file",
            None,
            "TFRecord files for evaluation, in the same form; default: input_file.",
            is_path=True,
        ),
        shared_options.MAX_SEQ_LENGTH._replace(
            default=512, help="Sequence length in tokens, including padding, as in the records."
        ),
        shared_options.MAX_PREDICTIONS_PER_SEQ._replace(
            default=80, help="Maximum number of masked tokens per sequence, as in the records."
        ),
        shared_options.DO_TRAIN,
        Option("do_eval", False, "Run evaluation, after training if both are requested."),
        shared_options.TRAIN_BATCH_SIZE._replace(default=32),
        Option(
            "eval_batch_size",
            8,
            "Evaluation batch size.",
            minimum=1,
            maximum=shared_options.LARGEST_BATCH,
        ),
        Option("max_eval_steps", 100, "Maximum number of evaluation batches.", minimum=1),
        Option(
            "report_loss",
            False,
            "Print the training table on every rank, with that rank's own losses; rank 0 always prints it, with means "
            "over ranks.",
        ),
    )

    def validate(self):
        if not self.do_train and not self.do_eval:
            raise OptionError("nothing to do: pass --do_train, --do_eval or both")
