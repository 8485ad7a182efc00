# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Pre-trains a small BERT on books from scratch, kills it half-way, resumes it, and reports.

    python -m benchmarks.pretrain_books --books ../shared/data/books --vocab_file vocab.txt --work_dir /tmp/books

Every step runs through the toolkit's own programs: data.bookcorpus.prepare, create_pretraining_data.py and
run_pretraining.py. Training is killed (SIGKILL) after its checkpoint at half the steps and started again with the same
command. Needs requirements/data.txt beside TensorFlow.

The report answers two questions with figures:
* Does the model use context? Its masked LM loss must fall below the unigram entropy of the corpus, the lower bound for any
  model that knows only token frequencies.
* Does a resumed run continue at the next step, with the learning rate of docs/interface.md §3?
"""

import argparse
import collections
import glob
import io
import json
import math
import os
import platform
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import tensorflow.compat.v1 as tf  # noqa: E402

import tokenization  # noqa: E402
from training import metrics  # noqa: E402

CONFIG = {
    "hidden_act": "gelu",
    "hidden_size": 256,
    "intermediate_size": 1024,
    "max_position_embeddings": 128,
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "type_vocab_size": 2,
}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--books", required=True, help="directory of plain-text books")
    parser.add_argument("--vocab_file", required=True, help="WordPiece vocabulary")
    parser.add_argument(
        "--work_dir",
        required=True,
        help="for text, records and checkpoints; existing files are reused",
    )
    parser.add_argument("--report", help="Markdown file to write")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch_size", type=int, default=256)
    parser.add_argument("--learning_rate", type=float, default=2e-4)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument(
        "--initializer_range",
        type=float,
        default=0.06,
        help="about 1 / sqrt(hidden size); BERT-base's 0.02, for 768, is too small for 256",
    )
    parser.add_argument(
        "--dropout",
        type=float,
        default=0.0,
        help="of hidden states and attention; early in training its noise hides the differences between positions",
    )
    parser.add_argument(
        "--max_seq_length",
        type=int,
        default=32,
        help="at most 128; the shorter, the sooner the model learns context",
    )
    return parser.parse_args()


def form_flags(options):
    """Flags of the records' form, the same for the program that writes them and the one that reads them."""
    # Places for about 0.15 of the tokens, as in the recipe: 20 of 128.
    return [
        "--max_seq_length=%d" % options.max_seq_length,
        "--max_predictions_per_seq=%d" % math.ceil(options.max_seq_length * 20 / 128),
    ]


def call(*command):
    """Runs a program of the toolkit with this Python; its output stays visible."""
    print("$ python " + " ".join(command), flush=True)
    subprocess.run([sys.executable] + list(command), cwd=ROOT, check=True)


def make_records(options):
    """Text and records below work_dir; returns (training files, evaluation files), lists of paths."""
    text, made = os.path.join(options.work_dir, "text"), os.path.join(
        options.work_dir, "records-%d" % options.max_seq_length
    )
    call(
        "-m",
        "data.bookcorpus.prepare",
        "--input",
        options.books,
        "--output_dir",
        text,
        "--books_per_file",
        "1",
    )
    os.makedirs(made, exist_ok=True)
    outputs = {
        "train": [os.path.join(made, "train-%d.tfrecord" % n) for n in range(4)],
        "eval": [os.path.join(made, "eval.tfrecord")],
    }
    # Evaluation: the same books with other masks, other pairs and another seed.
    for kind, seed, duplicates in (("train", 12345, 3), ("eval", 777, 1)):
        call(
            "create_pretraining_data.py",
            "--input_file=" + os.path.join(text, "*.txt"),
            "--output_file=" + ",".join(outputs[kind]),
            "--vocab_file=" + options.vocab_file,
            "--random_seed=%d" % seed,
            "--dupe_factor=%d" % duplicates,
            *form_flags(options),
        )
    return outputs["train"], outputs["eval"]


def count_records(files):
    """The number of sequences in record files that were written together, by the manifest of the first."""
    with open(files[0] + ".json") as stream:
        return json.load(stream)["counts_of_all_outputs"]["instances"]


def word_piece_counts(options):
    """How often each word piece stands in the text below work_dir."""
    tokenizer, counts = (
        tokenization.FullTokenizer(options.vocab_file, do_lower_case=True),
        collections.Counter(),
    )
    for path in sorted(glob.glob(os.path.join(options.work_dir, "text", "*.txt"))):
        with io.open(path, encoding="utf-8") as stream:
            for line in stream:
                counts.update(tokenizer.tokenize(line))
    return counts


def entropy(counts):
    """Of the distribution of the counts, in nats."""
    total = float(sum(counts.values()))
    return -sum(n / total * math.log(n / total) for n in counts.values())


def metrics_of(out):
    path = os.path.join(out, metrics.STEPS_FILE)
    return metrics.read_json_lines(path) if os.path.exists(path) else []


def training_command(options, out, files):
    return [
        "run_pretraining.py",
        "--bert_config_file=" + os.path.join(options.work_dir, "bert_config.json"),
        "--input_file=" + ",".join(files),
        "--output_dir=" + out,
        "--train_batch_size=%d" % options.batch_size,
        "--learning_rate=%g" % options.learning_rate,
        "--num_train_steps=%d" % options.steps,
        "--num_warmup_steps=%d" % options.warmup,
        "--save_checkpoints_steps=%d" % (options.steps // 2),
        "--do_train",
    ] + form_flags(options)


def train_and_kill(command, out, half):
    """Starts training and kills it at the first logged step after the checkpoint at `half`; returns that step."""
    print("$ python " + " ".join(command), flush=True)
    process = subprocess.Popen([sys.executable] + command, cwd=ROOT)
    try:
        while process.poll() is None:
            steps = [row["step"] for row in metrics_of(out)]
            if (
                steps
                and steps[-1] > half
                and tf.train.latest_checkpoint(out).endswith("-%d" % half)
            ):
                process.send_signal(signal.SIGKILL)
                process.wait()
                return steps[-1]
            time.sleep(0.5)
    finally:
        if process.poll() is None:
            process.kill()
    raise SystemExit(
        "the training ended before it could be interrupted: exit %d" % process.returncode
    )


def rate(step, options):
    """docs/interface.md §3: the learning rate of the update after `step` earlier ones."""
    if step < options.warmup:
        return options.learning_rate * step / options.warmup
    return options.learning_rate * (1 - step / options.steps) / (1 - options.warmup / options.steps)


def run(options):
    """Runs everything; returns a dict of measurements."""
    os.makedirs(options.work_dir, exist_ok=True)
    train_files, eval_files = make_records(options)
    config = dict(
        CONFIG,
        vocab_size=sum(1 for _ in io.open(options.vocab_file, encoding="utf-8")),
        initializer_range=options.initializer_range,
        hidden_dropout_prob=options.dropout,
        attention_probs_dropout_prob=options.dropout,
    )
    with open(os.path.join(options.work_dir, "bert_config.json"), "w") as stream:
        json.dump(config, stream, indent=1, sort_keys=True)
    counts, num_train, num_eval = (
        word_piece_counts(options),
        count_records(train_files),
        count_records(eval_files),
    )
    out = os.path.join(options.work_dir, "out-%d" % os.getpid())
    command = training_command(options, out, train_files)

    began = time.time()
    killed_at = train_and_kill(command, out, options.steps // 2)
    before = metrics_of(out)
    call(
        *(
            command
            + [
                "--do_eval",
                "--eval_input_file=" + eval_files[0],
                "--eval_batch_size=32",
                "--max_eval_steps=%d" % (num_eval // 32),
            ]
        )
    )
    seconds = time.time() - began
    after = metrics_of(out)[len(before) :]
    with open(os.path.join(out, "eval_results.txt")) as stream:
        figures = dict(line.strip().split(" = ") for line in stream)
    return {
        "options": options,
        "config": config,
        "command": command,
        "killed_at": killed_at,
        "before": before,
        "after": after,
        "eval": figures,
        "seconds": seconds,
        "num_train": num_train,
        "num_eval": num_eval,
        "word_pieces": sum(counts.values()),
        "distinct": len(counts),
        "entropy": entropy(counts),
    }


def verdicts(result):
    """The two answers, as (claim, whether it holds)."""
    options, half = result["options"], result["options"].steps // 2
    rows = result["before"] + result["after"]
    worst = max(abs(row["learning_rate"] - rate(row["step"] - 1, options)) for row in rows)
    last = [row["masked_lm_loss"] for row in result["after"]][-5:]
    lm_loss, jump = float(result["eval"]["masked_lm_loss"]), (
        result["after"][0]["masked_lm_loss"] - result["before"][-1]["masked_lm_loss"]
    )
    return [
        (
            "evaluation: masked LM loss %.4f is below the unigram entropy of the corpus, %.4f nats"
            % (lm_loss, result["entropy"]),
            lm_loss < result["entropy"],
        ),
        (
            "training: the mean of the last %d logged losses, %.4f, is below it, too"
            % (len(last), sum(last) / len(last)),
            sum(last) / len(last) < result["entropy"],
        ),
        (
            "killed after step %d, the run resumed at step %d and ended at step %d"
            % (result["killed_at"], result["after"][0]["step"], result["after"][-1]["step"]),
            (result["after"][0]["step"], result["after"][-1]["step"]) == (half + 1, options.steps),
        ),
        (
            "learning rate: within %.1e of the formula at all %d logged steps" % (worst, len(rows)),
            worst < 1e-6 * options.learning_rate,
        ),
        (
            "first loss after resuming: %+.4f relative to the last before it (an untrained model: %+.4f)"
            % (
                jump,
                result["before"][0]["masked_lm_loss"] - result["before"][-1]["masked_lm_loss"],
            ),
            abs(jump) < 0.75,
        ),
    ]


def report(result):
    """The figures as Markdown."""
    lines = method(result)
    lines += ["", "## Checks", ""]
    lines += [
        "* %s: %s" % ("yes" if holds else "**NO**", claim) for claim, holds in verdicts(result)
    ]
    lines += ["", "## Losses", ""] + loss_table(result)
    lines += [
        "",
        "## Evaluation at step %s" % result["eval"]["global_step"],
        "",
        "| figure | value |",
        "|---|---|",
    ]
    lines += [
        "| %s | %s |" % (name, figure(value)) for name, value in sorted(result["eval"].items())
    ]
    return "\n".join(lines) + "\n"


def method(result):
    """Lines: title, model, data, training, machine, command."""
    options, config = result["options"], result["config"]
    return [
        "# Pre-training on books from scratch",
        "",
        "Written by `benchmarks/pretrain_books.py`, whose docstring describes the method.",
        "",
        "* Model: %(num_hidden_layers)d layers, hidden size %(hidden_size)d, %(num_attention_heads)d heads, feed-forward "
        "%(intermediate_size)d, vocabulary %(vocab_size)d, dropout %(hidden_dropout_prob)g, initializer_range %(initializer_range)g."
        % config,
        "* Data: the seven books of `../shared/data/books`: %d WordPiece tokens, %d distinct; %d training sequences of %d "
        "tokens (each text three times with different masks), evaluation on %d of the same books with different masks and pairs."
        % (
            result["word_pieces"],
            result["distinct"],
            result["num_train"],
            options.max_seq_length,
            result["num_eval"],
        ),
        "* Training: %d steps, batch size %d, peak learning rate %g, %d warm-up steps, fp32."
        % (options.steps, options.batch_size, options.learning_rate, options.warmup),
        "* Machine: %s, %d CPU cores available; Python %s, TensorFlow %s. Both parts, start-up and evaluation included: %.0f s."
        % (
            cpu_name(),
            len(os.sched_getaffinity(0)),
            platform.python_version(),
            tf.__version__,
            result["seconds"],
        ),
        "",
        "```",
        "python -m benchmarks.pretrain_books --books ../shared/data/books --vocab_file vocab.txt --work_dir WORK_DIR "
        "--max_seq_length %d --batch_size %d --learning_rate %g --warmup %d --initializer_range %g --dropout %g"
        % (
            options.max_seq_length,
            options.batch_size,
            options.learning_rate,
            options.warmup,
            options.initializer_range,
            options.dropout,
        ),
        "```",
    ]


def loss_table(result):
    """Lines of a table: ten steps of the whole run, its first, and the first after the restart."""
    steps = result["options"].steps
    shown = [
        row
        for row in result["before"] + result["after"]
        if row["step"] % (steps // 10) == 0 or row["step"] in (1, steps // 2 + 1)
    ]
    lines = [
        "| step | MLM loss | NSP loss | learning rate | sequences/s |",
        "|---|---|---|---|---|",
    ]
    for row in shown:
        speed = row["sequences_per_second"]
        lines.append(
            "| %d | %.4f | %.4f | %.3e | %s |"
            % (
                row["step"],
                row["masked_lm_loss"],
                row["next_sentence_loss"],
                row["learning_rate"],
                "-" if speed is None else "%.1f" % speed,
            )
        )
    return lines


def figure(text):
    return text if text.isdigit() else "%.4f" % float(text)


def cpu_name():
    try:
        with open("/proc/cpuinfo") as stream:
            return [
                line.split(":", 1)[1].strip() for line in stream if line.startswith("model name")
            ][0]
    except (IOError, IndexError):
        return platform.processor() or "unknown processor"


def main():
    options = parse_arguments()
    for name in ("books", "vocab_file", "work_dir"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    result = run(options)
    text = report(result)
    print(text)
    if options.report:
        with open(options.report, "w") as stream:
            stream.write(text)
    sys.exit(0 if all(holds for _, holds in verdicts(result)) else 1)


if __name__ == "__main__":
    main()
