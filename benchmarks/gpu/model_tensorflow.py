# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""TensorFlow's half of model_gpu.py: times steps of the toolkit's own model functions.

Builds the graphs of its jobs, makes one step of one sequence, which has TensorFlow optimize the graph (half a minute for
BERT-large), and says "ready". Many of these processes get ready at once; then each measures when a line on stdin says so.
One JSON line a result.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import modeling  # noqa: E402
import run_pretraining  # noqa: E402
import run_squad  # noqa: E402
from benchmarks.gpu import model_worker  # noqa: E402
from squad.options import SquadOptions  # noqa: E402
from training.job import Job  # noqa: E402
from training.kernels import resolve_kernels  # noqa: E402
from training.options import (
    KernelOptions,  # noqa: E402
    OptimizerOptions,  # noqa: E402
    PrecisionOptions,  # noqa: E402
    RunOptions,  # noqa: E402
)
from training.precision import resolve_precision  # noqa: E402
from training.runtime import SingleProcess  # noqa: E402
from training.session import session_config  # noqa: E402
from training.start import Start  # noqa: E402

KERNELS = {
    "plain": {"use_fused_ops": False},
    "fused": {"use_fused_ops": True},
    "packed": {"use_fused_ops": True, "remove_padding": True},
}
PRECISIONS = {"fp32": {}, "fp16": {"use_fp16": True}, "amp": {"amp": True}}
# Low enough that no step of an untrained model overflows: a skipped step would leave the optimizer's work out.
LOSS_SCALE = 2.0**10


class Task:
    """The graph of one task: kind is "squad", "inference" or "pretraining_<S>"."""

    def __init__(self, kind, batches, options, arrays):
        self.kind, self.batches = kind, batches
        self.precision = resolve_precision(PrecisionOptions(**PRECISIONS[options.precision]))
        if self.precision.loss_scale is not None:
            self.precision = self.precision._replace(loss_scale=LOSS_SCALE)
        self.kernels = resolve_kernels(KernelOptions(**KERNELS[options.kernels]))
        self.config = modeling.BertConfig.from_json_file(options.config)
        self.arrays = model_worker.arrays_of(kind, arrays)
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(12345)
            # One graph for all batch sizes: B is not known to it, S is.
            self.batch_size = tf.placeholder(tf.int64, [])
            dataset = (
                tf.data.Dataset.from_tensor_slices(self.arrays).repeat().batch(self.batch_size)
            )
            self.iterator = tf.data.make_initializable_iterator(dataset.prefetch(2))
            self.fetches = self._fetches(self.iterator.get_next())
            self.step = tf.train.get_or_create_global_step()
            self.initializer = tf.global_variables_initializer()

    def _fetches(self, features):
        run_options = RunOptions(output_dir=tempfile.mkdtemp(prefix="model-gpu-"))
        optimizer = OptimizerOptions(num_train_steps=100000, num_warmup_steps=10000)
        if self.kind.startswith("pretraining"):
            options = run_pretraining.PretrainingOptions(
                do_train=True,
                input_file="unused",
                max_seq_length=features["input_ids"].shape.as_list()[1],
            )
            make_model_fn = run_pretraining.make_model_fn
        else:
            options = SquadOptions(vocab_file="unused", do_train=True, train_file="unused")
            make_model_fn = run_squad.make_model_fn
        job = Job(
            config=self.config,
            task=options,
            run=run_options,
            optimizer=optimizer,
            precision=self.precision,
            kernels=self.kernels,
            runtime=SingleProcess(),
        )
        model_fn = make_model_fn(job, Start(0, None, False))
        if self.kind == "inference":
            return model_fn(features, None, tf.estimator.ModeKeys.PREDICT).predictions
        spec = model_fn(features, None, tf.estimator.ModeKeys.TRAIN)
        return {"train_op": spec.train_op, "loss": spec.loss}

    def prepare(self):
        """Makes the session and one step of one sequence."""
        config = session_config(self.precision, SingleProcess())
        config.gpu_options.allow_growth = True  # others get ready on the same GPU
        self.session = tf.Session(graph=self.graph, config=config)
        self.session.run(self.initializer)
        self.session.run(self.iterator.initializer, {self.batch_size: 1})
        self.session.run(self.fetches)

    def measure(self, seconds, report):
        """Times every batch size; report(dict) gets a result each. Steps are read off the host's clock: each waits
        for its loss or logits."""
        for batch in self.batches:
            try:
                report(dict(self._time(self.session, batch, seconds), batch=batch))
            except tf.errors.ResourceExhaustedError as error:
                message = "out of memory: " + str(error).split("\n")[0][:120]
                report({"batch": batch, "error": message})
        self.session.close()

    def _time(self, session, batch, seconds):
        session.run(self.iterator.initializer, {self.batch_size: batch})
        for _ in range(model_worker.WARM_UP):
            session.run(self.fetches)

        def step(_):
            result = session.run(self.fetches)
            return float(result["loss"]) if "loss" in result else None

        done = session.run(self.step)
        figures = model_worker.timed(step, seconds)
        if "loss" in figures:
            figures["skipped"] = figures["steps"] - int(session.run(self.step) - done)
        # B rows at a time from the first on, as the steps took them.
        begin, end = (
            batch * n for n in (model_worker.WARM_UP, model_worker.WARM_UP + figures["steps"])
        )
        rows = np.arange(begin, end) % len(self.arrays["input_mask"])
        figures["padding"] = 1.0 - float(self.arrays["input_mask"][rows].mean())
        return figures


def main():
    parser = model_worker.parser(__doc__, PRECISIONS)
    parser.add_argument("--kernels", required=True, choices=sorted(KERNELS))
    options = parser.parse_args()
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    common = {"framework": "tensorflow", "version": tf.VERSION, "kernels": options.kernels}
    return model_worker.work(options, Task, common)


if __name__ == "__main__":
    sys.exit(main())
