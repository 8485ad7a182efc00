# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The option groups of a training run; see program.options for what a group is."""


from collections import OrderedDict

from program.options import OptionError, OptionGroup, require_int, require_positive


class RunOptions(OptionGroup):
    """Where a run writes, what it starts from, how often it saves and reports.

    log_every_n_steps: steps between console lines. random_seed: None for a different run each time.
    keep_checkpoint_max: how many checkpoints stay on disk; 0 keeps all.
    """

    DEFAULTS = OrderedDict(
        [
            ("output_dir", None),
            ("init_checkpoint", None),
            ("save_checkpoints_steps", 1000),
            ("keep_checkpoint_max", 1),
            ("log_every_n_steps", 10),
            ("random_seed", 12345),
        ]
    )

    def validate(self):
        if not self.output_dir:
            raise OptionError(
                "--output_dir is missing: name the directory for checkpoints and results"
            )
        require_int("save_checkpoints_steps", self.save_checkpoints_steps, 1)
        require_int("keep_checkpoint_max", self.keep_checkpoint_max, 0)
        require_int("log_every_n_steps", self.log_every_n_steps, 1)
        if self.random_seed is not None:
            require_int("random_seed", self.random_seed, 0)


class KernelOptions(OptionGroup):
    """Whether a model uses the kernels of fused_ops/ (None: where they are built) and computes nothing for padding."""

    DEFAULTS = OrderedDict([("use_fused_ops", None), ("remove_padding", False)])


class PrecisionOptions(OptionGroup):
    """What arithmetic a run asks for: manual fp16, automatic mixed precision, XLA; fp32 when nothing is asked."""

    DEFAULTS = OrderedDict([("use_fp16", False), ("amp", False), ("use_xla", False)])

    def validate(self):
        if self.use_fp16 and self.amp:
            raise OptionError("--use_fp16 and --amp exclude each other: choose one")


class OptimizerOptions(OptionGroup):
    """The update rule's settings.

    optimizer: "adamw" or "lamb". learning_rate: the peak, per process (the runtime scales it by the number of
    ranks). num_accumulation_steps: micro-batches of a step, each of the train_batch_size.
    """

    DEFAULTS = OrderedDict(
        [
            ("optimizer", "adamw"),
            ("learning_rate", 5e-5),
            ("num_train_steps", 100000),
            ("num_warmup_steps", 10000),
            ("num_accumulation_steps", 1),
            ("clip_norm", 1.0),
        ]
    )

    RULES = ("adamw", "lamb")

    def validate(self):
        if self.optimizer not in self.RULES:
            raise OptionError(
                "--optimizer must be %s, got %r" % (" or ".join(self.RULES), self.optimizer)
            )
        require_int("num_accumulation_steps", self.num_accumulation_steps, 1)
        require_positive("learning_rate", self.learning_rate)
        require_int("num_train_steps", self.num_train_steps, 1)
        require_int("num_warmup_steps", self.num_warmup_steps, 0)
        require_positive("clip_norm", self.clip_norm)
