# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The option groups of a training run; see program.options for what a group is."""

from program import shared_options
from program.options import Option, OptionError, OptionGroup

_LOG_EVERY_N_STEPS = 10


class ModelOptions(OptionGroup):
    """The architecture."""

    OPTIONS = (
        Option(
            "bert_config_file",
            None,
            "JSON file with the model configuration (bert_config.json).",
            required=True,
            is_path=True,
        ),
    )


class RunOptions(OptionGroup):
    """Where a run writes, what it starts from, how often it saves and reports; random_seed may be None: no fixed seed."""

    OPTIONS = (
        Option(
            "output_dir",
            None,
            "Output directory for checkpoints and results; training resumes from the latest checkpoint in it.",
            required=True,
            is_path=True,
        ),
        Option(
            "init_checkpoint",
            None,
            "Initial checkpoint: a prefix such as bert_model.ckpt, or a directory (its latest checkpoint). Ignored if "
            "output_dir already contains a checkpoint.",
            is_path=True,
        ),
        Option(
            "allow_partial_init",
            False,
            "Train even if init_checkpoint lacks part of the encoder, or has more layers than the model.",
        ),
        Option(
            "allow_new_data",
            False,
            "Go on in output_dir with other training data than it was trained on.",
        ),
        Option("save_checkpoints_steps", 1000, "Steps between checkpoints.", minimum=1),
        Option(
            "save_checkpoints_secs",
            None,
            "Seconds between checkpoints, besides save_checkpoints_steps: whichever comes first.",
            kind=int,
            minimum=1,
        ),
        Option(
            "keep_checkpoint_max",
            1,
            "Number of most recent checkpoints to keep; 0 keeps all.",
            minimum=0,
        ),
        Option(
            "keep_checkpoint_every_n_steps",
            0,
            "Keep the checkpoints of these steps for good as well, if one is saved then; 0: none.",
            minimum=0,
        ),
        Option(
            "iterations_per_loop",
            1000,
            "Maximum number of steps between log lines; values above %d have no effect."
            % _LOG_EVERY_N_STEPS,
            minimum=1,
        ),
        Option(
            "replay_step",
            None,
            "Compute this one training step of the run in output_dir again, from the checkpoint before it, and print the "
            "largest values of each layer and gradient. Nothing in output_dir changes.",
            kind=int,
            minimum=1,
        ),
        shared_options.RANDOM_SEED._replace(
            help="Random seed of initial values, dropout and shuffling.", optional=True
        ),
    )

    @property
    def log_every_n_steps(self):
        """Steps between log lines."""
        return min(_LOG_EVERY_N_STEPS, self.iterations_per_loop)


class OptimizerOptions(OptionGroup):
    """The update rule; learning_rate is that of one process, which the runtime multiplies by the number of ranks."""

    OPTIONS = (
        Option(
            "optimizer",
            "adamw",
            "Optimizer: Adam with decoupled weight decay, or LAMB for very large batches.",
            choices=("adamw", "lamb"),
        ),
        Option(
            "learning_rate",
            5e-5,
            "Peak learning rate per process; with --horovod it is multiplied by the number of ranks.",
            above=0.0,
        ),
        Option(
            "num_train_steps",
            100000,
            "Total number of training steps, including those already done in output_dir.",
            minimum=1,
        ),
        Option(
            "num_warmup_steps",
            10000,
            "Warm-up steps, over which the learning rate rises linearly.",
            minimum=0,
        ),
        Option(
            "num_accumulation_steps",
            1,
            "Gradient accumulation: batches of train_batch_size per training step.",
            minimum=1,
            maximum=65536,
        ),
        Option("clip_norm", 1.0, "Maximum global norm of the gradients.", above=0.0, is_flag=False),
    )


class PrecisionOptions(OptionGroup):
    """The arithmetic that is asked for: manual fp16, automatic mixed precision, XLA; fp32 by default."""

    OPTIONS = (
        Option(
            "use_fp16",
            False,
            "Compute in float16 with float32 variables and loss scaling (manual mixed precision).",
        ),
        Option("amp", False, "Automatic mixed precision, if this TensorFlow supports it."),
        Option("use_xla", False, "Compile with XLA."),
    )

    def validate(self):
        if self.use_fp16 and self.amp:
            raise OptionError("--use_fp16 and --amp are mutually exclusive")


class KernelOptions(OptionGroup):
    """Which kernels the model uses.

    use_fused_ops=None: the fused ones if they are built. remove_padding=None: where the fused ops are used, unless
    XLA compiles the graph.
    """

    OPTIONS = (
        Option(
            "use_fused_ops",
            None,
            "Use the fused kernels of fused_ops/. Default: if they are built for this TensorFlow.",
            kind=bool,
        ),
        Option(
            "remove_padding",
            None,
            "Skip padding tokens; requires the fused ops. Default: if they are used and XLA compiles nothing.",
            kind=bool,
        ),
        Option(
            "cpu_bf16",
            False,
            "Round the operands of matrix products to bfloat16; requires the fused ops and a CPU with AVX512_BF16.",
        ),
    )


class RuntimeOptions(OptionGroup):
    """One process, or one rank of several."""

    OPTIONS = (
        Option("horovod", False, "Use Horovod: run as one of several processes started by mpirun."),
        Option(
            "compress_gradients",
            False,
            "With --horovod, exchange gradients as float16: half the traffic.",
        ),
    )

    def validate(self):
        if self.compress_gradients and not self.horovod:
            raise OptionError("--compress_gradients requires --horovod")
