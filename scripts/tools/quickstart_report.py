# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Prints the results of the quickstart: a summary, five answers, next steps. Exit code 1 if the model did not learn.

Reads metrics.jsonl, eval_results.txt and predictions.json of the runs. With --bert_config_file it also compares the kernels' speed.
"""

import argparse
import json
import os
import statistics
import sys
from collections import OrderedDict

from squad import evaluate, examples, questions
from training import metrics

# After twelve epochs on the sample a model has memorized nearly all answers.
MUST_HAVE_LEARNT_F1 = 80.0
ROWS_AVERAGED = 3
SHOWN_TRAINED, SHOWN_OTHERS = 3, 2


class ReportError(ValueError):
    """A file of the run is missing or empty; the message is one line."""


def read_losses(path):
    """The masked LM loss of every logged step of a metrics.jsonl, in order of steps: list of float.

    Raises:
      ReportError: there are none.
      metrics.MetricsError: the file is damaged.
    """
    rows = metrics.read_steps(path)
    if not rows:
        raise ReportError("%s contains no steps" % path)
    return [row["masked_lm_loss"] for row in rows]


def start_and_end(losses):
    """Means of the first and of the last rows, to average out single batches: (float, float)."""
    first, last = losses[:ROWS_AVERAGED], losses[-ROWS_AVERAGED:]
    return sum(first) / len(first), sum(last) / len(last)


def read_eval_results(path):
    """name -> float from an eval_results.txt ("name = value" lines)."""
    with open(path) as stream:
        pairs = (line.split(" = ", 1) for line in stream if " = " in line)
        return {name: float(value) for name, value in pairs}


class Answers:
    """The predictions for one SQuAD file: scores ({"exact_match", "f1"}) and rows (question, predicted, expected).

    Args:
      data_file: SQuAD v1.1 JSON.
      directory: where predictions.json is.
    """

    def __init__(self, data_file, directory):
        with open(os.path.join(directory, "predictions.json"), "rb") as stream:
            predictions = json.loads(stream.read().decode("utf-8"))
        self.scores = evaluate.evaluate_v1(
            questions.load_articles(data_file), predictions, data_file
        )
        self.rows = [
            (
                example.question,
                predictions.get(example.qas_id, ""),
                (example.all_answers or ("",))[0],
            )
            for example in examples.read_squad_examples(data_file, is_training=False)
        ]

    def spread(self, count):
        """`count` rows evenly spaced in the file."""
        step = max(len(self.rows) // count, 1)
        return self.rows[::step][:count]


def problems(losses, trained, is_sample):
    """Results that a working installation cannot produce: list of messages, empty if there are none."""
    found = []
    start, end = start_and_end(losses)
    if not end < start:
        found.append(
            "the masked LM loss did not decrease in pre-training: %.3f at the start, %.3f at the end"
            % (start, end)
        )
    if is_sample and not trained["f1"] >= MUST_HAVE_LEARNT_F1:
        found.append(
            "F1 on the training questions is %.1f; expected at least %.0f"
            % (trained["f1"], MUST_HAVE_LEARNT_F1)
        )
    return found


def speed(measured):
    """The row about speed.

    Args:
      measured: dict that kernel_speed.measure returned.
    """
    if "seconds" not in measured:
        return "not compared: " + measured["kernels"]
    rates = {
        name: measured["windows"] / statistics.median(times)
        for name, times in measured["seconds"].items()
    }
    return (
        "%.1f windows/s (%s); %.1f with TensorFlow's own kernels and padding: %.1f times as fast; medians of %d steps each, "
        "in turns, after this run"
        % (
            rates["used"],
            measured["kernels"].split(": ", 1)[1],
            rates["plain"],
            rates["used"] / rates["plain"],
            len(measured["seconds"]["used"]),
        )
    )


def table(losses, evaluation, trained, others, is_sample, measured=None):
    """The rows of the summary: an OrderedDict, name -> text."""
    start, end = start_and_end(losses)
    rows = OrderedDict()
    rows["pre-training: masked LM loss"] = "%.2f at the start -> %.2f at the end" % (start, end)
    rows["pre-training: evaluation"] = (
        "masked LM: loss %.2f, accuracy %.1f %%; next sentence: accuracy %.1f %%"
        % (
            evaluation["masked_lm_loss"],
            100 * evaluation["masked_lm_accuracy"],
            100 * evaluation["next_sentence_accuracy"],
        )
    )
    rows["the %d training questions" % len(trained.rows)] = _scores(trained.scores)
    rows["the %d held-out questions" % len(others.rows)] = _scores(others.scores)
    if measured is not None:
        rows["speed of fine-tuning"] = speed(measured)
    if is_sample:
        rows[""] = (
            "(the sample is too small for generalization: this tests the installation, not BERT's accuracy)"
        )
    return rows


def _scores(scores):
    return "EM %5.1f   F1 %5.1f" % (scores["exact_match"], scores["f1"])


def _print_rows(rows):
    width = max(len(name) for name in rows)
    for name, text in rows.items():
        print("  %s  %s" % (name.ljust(width), text))


def _print_answers(title, rows):
    print("\n%s" % title)
    for question, predicted, expected in rows:
        print("  Q: %s" % question)
        print("     predicted: %s" % (predicted or "(no answer)"))
        print("     expected:  %s" % expected)


def _parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("pretraining_dir", "trained_dir", "dev_dir", "train_file", "dev_file"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--bert_config_file", help="compare the speed of kernels for this model")
    parser.add_argument("--vocab_file")
    parser.add_argument("--max_seq_length", type=int)
    parser.add_argument("--do_lower_case", choices=["true", "false"])
    parser.add_argument("--seconds", type=float, required=True, help="total time of the quickstart")
    parser.add_argument(
        "--sample",
        action="store_true",
        help="the run used data/sample, which the model must have memorized",
    )
    return parser.parse_args()


def report(options):
    """Prints the report; returns the problems."""
    losses = read_losses(os.path.join(options.pretraining_dir, "metrics.jsonl"))
    evaluation = read_eval_results(os.path.join(options.pretraining_dir, "eval_results.txt"))
    trained = Answers(options.train_file, options.trained_dir)
    others = Answers(options.dev_file, options.dev_dir)
    measured = None
    if getattr(options, "bert_config_file", None):
        from scripts.tools import kernel_speed  # TensorFlow takes seconds to import

        measured = kernel_speed.measure(
            options.bert_config_file,
            options.vocab_file,
            options.train_file,
            options.max_seq_length,
            options.do_lower_case == "true",
        )

    print("\nSummary (total time %d min %02d s)\n" % divmod(int(options.seconds), 60))
    _print_rows(table(losses, evaluation, trained, others, options.sample, measured))
    _print_answers("Training questions", trained.spread(SHOWN_TRAINED))
    _print_answers("Held-out questions", others.spread(SHOWN_OTHERS))
    print("\nOutput")
    _print_rows(
        OrderedDict(
            [
                (
                    "pre-training",
                    "%s: checkpoint, metrics.jsonl, eval_results.txt, log"
                    % options.pretraining_dir,
                ),
                (
                    "fine-tuning",
                    "%s: checkpoint, predictions.json, nbest_predictions.json, log"
                    % options.dev_dir,
                ),
                (
                    "curves",
                    "%s --logdir %s"
                    % (
                        os.path.join(os.path.dirname(sys.executable), "tensorboard"),
                        os.path.dirname(options.dev_dir),
                    ),
                ),
            ]
        )
    )
    print("\nNext steps")
    _print_rows(
        OrderedDict(
            [
                ("tests", "bash scripts/test.sh"),
                (
                    "your own questions",
                    "bash scripts/quickstart.sh --squad_dir DIR   (train-v1.1.json and dev-v1.1.json)",
                ),
                ("your own weights", "bash scripts/quickstart.sh --checkpoint DIR/bert_model.ckpt"),
                ("SQuAD on GPUs", "bash scripts/run_squad.sh --help"),
                (
                    "pre-training",
                    "bash scripts/run_pretraining.sh --help; where data comes from: data/README.md",
                ),
            ]
        )
    )
    return problems(losses, trained.scores, options.sample)


def main():
    try:
        found = report(_parse_arguments())
    except (
        ReportError,
        metrics.MetricsError,
        questions.SquadDataError,
        EnvironmentError,
    ) as error:
        found = [str(error)]
    sys.stdout.flush()
    for problem in found:
        sys.stderr.write("error: %s\n" % problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
