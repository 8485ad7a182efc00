# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Ten training steps from one checkpoint on each TensorFlow that is set up, and resumed on each other one.

    python -m tests.platforms.ten_steps

prints the tables of benchmarks/platforms.md.
"""

import contextlib
import io
import json
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

from tests import squad_runs
from tests.platforms import environments
from tests.pretraining_runs import LENGTH, PREDICTIONS, make_record, write_records

STEPS, BATCH, HALF = 10, 8, 5
# name -> (program, kernels, dropout rate)
TRAININGS = {
    "pre-training, plain": ("run_pretraining", "--nouse_fused_ops", 0.0),
    "pre-training, plain, dropout": ("run_pretraining", "--nouse_fused_ops", 0.1),
    "pre-training, fused": ("run_pretraining", "--use_fused_ops", 0.0),
    "pre-training, fused, dropout": ("run_pretraining", "--use_fused_ops", 0.1),
    "SQuAD, plain": ("run_squad", "--nouse_fused_ops", 0.0),
    "SQuAD, plain, dropout": ("run_squad", "--nouse_fused_ops", 0.1),
    # With the fused ops, which are the default, and the loss of the plain ones, which counts padding.
    "SQuAD, fused": ("run_squad", "--noremove_padding", 0.0),
    "SQuAD, fused, dropout": ("run_squad", "--use_fused_ops", 0.1),
}


class Place:
    """A directory with inputs, a checkpoint, and the trainings that start there.

    Args:
      folder: pathlib.Path.
    """

    def __init__(self, folder):
        self.folder = folder
        random = np.random.RandomState(3)
        for number in range(2):
            rows = [make_record(random, len(squad_runs.VOCABULARY)) for _ in range(30)]
            write_records(folder / ("records-%d.tfrecord" % number), rows)
        for rate in (0.0, 0.1):
            config = dict(
                squad_runs.CONFIG, hidden_dropout_prob=rate, attention_probs_dropout_prob=rate
            )
            (folder / ("config-%g.json" % rate)).write_text(json.dumps(config))
        (folder / "vocab.txt").write_text("\n".join(squad_runs.VOCABULARY) + "\n")
        (folder / "train.json").write_text(json.dumps(squad_runs.document(BATCH * STEPS, 1)))
        (folder / "dev.json").write_text(json.dumps(squad_runs.document(40, 2)))
        self.checkpoints = {}

    def make_checkpoint(self, platform):
        """What all start from: the checkpoint of one step of pre-training, and that of one step on questions from there."""
        for program, more in (
            ("run_pretraining", ["--num_train_steps=1"]),
            ("run_squad", ["--num_train_epochs=%g" % (1 / STEPS)]),
        ):
            out = self.folder / ("start " + program)
            flags = self._flags(program, "--nouse_fused_ops", 0.0) + more
            log = self.folder / (program + ".log")
            platform.run(program + ".py", flags + ["--output_dir=%s" % out], log)
            self.checkpoints[program] = str(out / "model.ckpt-1")
            self.checkpoints.setdefault("run_squad", self.checkpoints[program])

    def _flags(self, program, kernels, rate):
        folder = str(self.folder) + "/"
        common = [
            "--do_train",
            kernels,
            "--train_batch_size=%d" % BATCH,
            "--learning_rate=1e-3",
            "--iterations_per_loop=1",
            "--keep_checkpoint_max=3",
            "--random_seed=7",
            "--bert_config_file=%sconfig-%g.json" % (folder, rate),
        ]
        if program in self.checkpoints:
            common += ["--init_checkpoint=" + self.checkpoints[program]]
        if program == "run_squad":
            more = ["--vocab_file=" + folder + "vocab.txt", "--train_file=" + folder + "train.json"]
            more += ["--save_checkpoints_steps=%d" % HALF]
            return common + squad_runs.LENGTHS + more
        return common + [
            "--input_file=" + folder + "records-*.tfrecord",
            "--max_seq_length=%d" % LENGTH,
            "--max_predictions_per_seq=%d" % PREDICTIONS,
            "--num_warmup_steps=2",
            "--save_checkpoints_steps=%d" % HALF,
        ]

    def train(self, platform, training, name):
        """Trains to the last step in the directory `name`, from where the training is that it holds, or the checkpoint."""
        program, kernels, rate = TRAININGS[training]
        steps = {
            "run_pretraining": "--num_train_steps=%d" % STEPS,
            "run_squad": "--num_train_epochs=1",
        }[program]
        out = self.folder / name
        arguments = self._flags(program, kernels, rate) + [steps, "--output_dir=%s" % out]
        platform.run(program + ".py", arguments, self.folder / (name + ".log"))
        return out

    def half_of(self, whole, name):
        """A directory as that of the training `whole` was after half of its steps."""
        out = self.folder / name
        gone = shutil.ignore_patterns("model.ckpt-%d.*" % STEPS, "checkpoint")
        shutil.copytree(str(whole), str(out), ignore=gone)
        tf.train.update_checkpoint_state(str(out), "model.ckpt-%d" % HALF)
        return out

    def predict(self, platform, trained, name):
        """Answers to the questions of dev.json, and their n best as (text, probability): (dict, dict) by question."""
        out = self.folder / name
        platform.run(
            "run_squad.py",
            squad_runs.LENGTHS
            + [
                "--do_predict",
                "--bert_config_file=%s" % (self.folder / "config-0.json"),
                "--vocab_file=%s" % (self.folder / "vocab.txt"),
                "--init_checkpoint=%s" % (trained / ("model.ckpt-%d" % STEPS)),
                "--predict_file=%s" % (self.folder / "dev.json"),
                "--output_dir=%s" % out,
            ],
            self.folder / (name + ".log"),
        )
        answers = json.loads((out / "predictions.json").read_text())
        nbest = json.loads((out / "nbest_predictions.json").read_text())
        return answers, {
            key: [(one["text"], one["probability"]) for one in best] for key, best in nbest.items()
        }


def losses(out):
    """The losses of a training's steps, in order: float64 [STEPS]; of repeated steps the last."""
    found = {}
    with io.open(str(out / "metrics.jsonl")) as stream:
        for line in stream:
            row = json.loads(line)
            if "loss" in row:
                found[row["step"]] = row["loss"]
    assert sorted(found) == list(range(1, STEPS + 1)), sorted(found)
    return np.array([found[step] for step in sorted(found)])


def difference(one, other):
    """The largest relative difference of two arrays of losses."""
    return float(np.max(np.abs(one - other) / np.abs(one)))


def largest_change(one, other):
    """The largest difference of a variable's element between the last checkpoints of two trainings."""
    readers = [
        tf.train.load_checkpoint(str(out / ("model.ckpt-%d" % STEPS))) for out in (one, other)
    ]
    names = [sorted(reader.get_variable_to_shape_map()) for reader in readers]
    assert names[0] == names[1]
    return max(
        float(np.max(np.abs(readers[0].get_tensor(name) - readers[1].get_tensor(name))))
        for name in names[0]
    )


def main():
    found = environments.pythons(tf.VERSION)
    if environments.missing(found):
        print(environments.missing(found))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ten-steps-"))
    with contextlib.ExitStack() as stack:
        platforms = [stack.enter_context(environments.Platform(path)) for path in found.values()]
        place = Place(folder)
        place.make_checkpoint(platforms[0])
        versions = [platform.version for platform in platforms]
        for training in TRAININGS:
            outs = [
                place.train(one, training, "%s %s" % (training, one.version)) for one in platforms
            ]
            columns = [losses(out) for out in outs]
            print("\n%s\n\n| step | %s |" % (training, " | ".join(versions)))
            print("|---|%s" % ("---|" * len(versions)))
            for step, row in enumerate(zip(*columns), 1):
                print("| %d | %s |" % (step, " | ".join("%.7f" % value for value in row)))
            for version, out, column in list(zip(versions, outs, columns))[1:]:
                print(
                    "\n%s against %s: losses differ by at most %.1e of their value, variables by %.1e"
                    % (
                        version,
                        versions[0],
                        difference(columns[0], column),
                        largest_change(outs[0], out),
                    ),
                    flush=True,
                )
        training = "pre-training, fused, dropout"
        print("\n| first half | second half | largest difference of losses |\n|---|---|---|")
        for writer in platforms:
            whole = folder / ("%s %s" % (training, writer.version))
            for reader in platforms:
                name = "%s to %s" % (writer.version, reader.version)
                place.half_of(whole, name)
                worst = difference(losses(whole), losses(place.train(reader, training, name)))
                print("| %s | %s | %.1e |" % (writer.version, reader.version, worst), flush=True)
    shutil.rmtree(str(folder))


if __name__ == "__main__":
    main()
