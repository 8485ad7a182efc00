# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Fine-tunes the same BERT on the same SQuAD features in PyTorch, for comparison with run_squad.py.

In an environment with torch, transformers and safetensors, from the root of the checkout:

    python -m benchmarks.make_finetune_split --data_dir ../shared/data/squad --output_dir SPLIT
    python -m benchmarks.finetune_pytorch --model_dir DIR --train_file SPLIT/train.json --dev_file SPLIT/dev.json \
        --output_dir OUT --threads 2

DIR holds model.safetensors, config.json and vocab.txt. Tokenizer, features, choice of answers and scores are the
project's own; only model, gradients and update come from PyTorch. The defaults are those of finetune.md: 3 epochs
of 256-token windows, batch size 16, learning rate 2e-4, dropout 0.1, warm-up over a tenth of the steps.

Writes to OUT losses.jsonl (one line per step), state.pt every --save_steps steps (the same command resumes from it),
predictions.json, and result.json with exact match and F1.
"""

import argparse
import collections
import json
import os
import sys
import time

import numpy as np
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from benchmarks import pytorch_reference as reference  # noqa: E402
from program.files import whole_file, write_whole  # noqa: E402
from squad.evaluate import evaluate_v1  # noqa: E402
from squad.examples import read_squad_examples  # noqa: E402
from squad.features import convert_examples  # noqa: E402
from squad.predictions import RawResult, compute_predictions, write_predictions  # noqa: E402
from tokenization import FullTokenizer  # noqa: E402

FIELDS = ("input_ids", "input_mask", "segment_ids", "start_position", "end_position")


def make_features(path, is_training, arguments):
    """Returns (examples, features) of a SQuAD file."""
    tokenizer = FullTokenizer(os.path.join(arguments.model_dir, "vocab.txt"), do_lower_case=True)
    examples = read_squad_examples(path, is_training)
    features = list(
        convert_examples(
            examples,
            tokenizer,
            arguments.max_seq_length,
            arguments.doc_stride,
            arguments.max_query_length,
            is_training,
        )
    )
    return examples, features


def as_tensors(features):
    """Dictionary of int64 tensors [number of features, ...]."""
    return {name: torch.tensor([getattr(feature, name) for feature in features]) for name in FIELDS}


def logits(model, batch):
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["input_mask"],
        token_type_ids=batch["segment_ids"],
    )
    return output.start_logits, output.end_logits


def batch_indices(num_features, batch_size, seed, step):
    """Which features step `step` trains on: a new permutation each epoch; what is left over goes to the next.

    A function of its arguments alone, so that a resumed run sees what an uninterrupted one would.
    """
    first = step * batch_size
    positions = np.arange(first, first + batch_size)
    order = {
        epoch: np.random.RandomState([seed, epoch]).permutation(num_features)
        for epoch in set(positions // num_features)
    }
    return [int(order[position // num_features][position % num_features]) for position in positions]


def backward(model, batch, num_groups):
    """Adds the gradient of the batch's mean loss to the parameters; returns that loss.

    With more than one group the batch is cut into parts of like length, each without the padding that its longest window
    does not need: half the work where windows are half padding. Padding then takes no part in the softmax over
    positions, which it does in the recipe and in run_squad.py; the loss starts lower by the logarithm of the share of
    real tokens.
    """
    if num_groups == 1:
        parts, lengths = [torch.arange(len(batch["input_mask"]))], None
    else:
        lengths = batch["input_mask"].sum(1)
        parts = torch.tensor_split(torch.argsort(lengths, descending=True, stable=True), num_groups)
    total = 0.0
    for rows in parts:
        longest = int(lengths[rows].max()) if lengths is not None else None
        part = {
            name: values[rows][:, :longest] if values.dim() == 2 else values[rows]
            for name, values in batch.items()
        }
        loss = reference.span_loss(
            *logits(model, part), part["start_position"], part["end_position"]
        )
        loss = loss * (len(rows) / len(batch["input_mask"]))
        loss.backward()
        total += loss.item()
    return total


def train(model, features, arguments):
    """Trains to the end, from state.pt where there is one; returns the number of steps."""
    tensors = as_tensors(features)
    # Counted by questions, as run_squad.py counts them, though there are a few more windows.
    num_questions = len(set(feature.example_index for feature in features))
    num_steps = arguments.num_train_steps or int(
        num_questions / arguments.batch_size * arguments.epochs
    )
    num_warmup_steps = int(num_steps * arguments.warmup_proportion)
    optimizer = reference.RecipeOptimizer(list(model.named_parameters()))
    state_path = os.path.join(arguments.output_dir, "state.pt")
    log_path = os.path.join(arguments.output_dir, "losses.jsonl")
    first_step = restore(state_path, log_path, model, optimizer)
    print(
        "%d windows, %d steps, %d of them warm-up; starting at step %d"
        % (len(features), num_steps, num_warmup_steps, first_step),
        flush=True,
    )
    model.train()
    stop = min(num_steps, arguments.stop_after) if arguments.stop_after else num_steps
    with open(log_path, "a") as log:
        for step in range(first_step, stop):
            started = time.time()
            chosen = batch_indices(len(features), arguments.batch_size, arguments.seed, step)
            batch = {name: values[chosen] for name, values in tensors.items()}
            loss = backward(model, batch, arguments.length_groups)
            lr = reference.learning_rate(arguments.learning_rate, num_steps, num_warmup_steps, step)
            norm = optimizer.step(lr)
            log.write(
                json.dumps(
                    collections.OrderedDict(
                        [
                            ("step", step + 1),
                            ("loss", loss),
                            ("learning_rate", lr),
                            ("global_norm", norm),
                            ("seconds", round(time.time() - started, 3)),
                        ]
                    )
                )
                + "\n"
            )
            log.flush()
            if (step + 1) % 10 == 0:
                print(
                    "step %d/%d loss %.4f lr %.3g, %.2f s/step"
                    % (step + 1, num_steps, loss, lr, time.time() - started),
                    flush=True,
                )
            if (step + 1) % arguments.save_steps == 0 or step + 1 == stop:
                save(state_path, model, optimizer, step + 1)
    return num_steps


def save(path, model, optimizer, step):
    with whole_file(path, "wb") as output:
        torch.save(
            {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
                "random": torch.get_rng_state(),
            },
            output,
        )


def restore(path, log_path, model, optimizer):
    """Loads state.pt and cuts the log to the steps it contains; returns the step to go on with."""
    if not os.path.exists(path):
        if os.path.exists(log_path):
            os.remove(log_path)
        return 0
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    with open(log_path) as log:
        kept = [line for line in log if json.loads(line)["step"] <= state["step"]]
    write_whole(log_path, "".join(kept))
    return state["step"]


@torch.no_grad()
def predict(model, features, batch_size):
    """Yields a RawResult for each of the features."""
    model.eval()
    tensors = as_tensors(features)
    for first in range(0, len(features), batch_size):
        part = slice(first, first + batch_size)
        starts, ends = logits(model, {name: values[part] for name, values in tensors.items()})
        for feature, start, end in zip(features[part], starts.numpy(), ends.numpy()):
            yield RawResult(feature.unique_id, start, end)


def evaluate(model, arguments):
    """Answers the questions of the dev file, writes the predictions, returns the scores."""
    examples, features = make_features(arguments.dev_file, False, arguments)
    results = list(predict(model, features, arguments.batch_size))
    predictions, nbest_lists, _ = compute_predictions(examples, features, results)
    write_predictions(arguments.output_dir, predictions, nbest_lists)
    with open(arguments.dev_file, encoding="utf-8") as reader:
        articles = json.load(reader)["data"]
    return evaluate_v1(articles, predictions, arguments.dev_file)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for name in ("model_dir", "train_file", "dev_file", "output_dir"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--max_seq_length", type=int, default=256)
    parser.add_argument("--doc_stride", type=int, default=128)
    parser.add_argument("--max_query_length", type=int, default=64)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument(
        "--num_train_steps", type=int, default=0, help="0: as given by the number of epochs"
    )
    parser.add_argument(
        "--stop_after", type=int, default=0, help="evaluate after this step; 0: after the last one"
    )
    parser.add_argument("--learning_rate", type=float, default=2e-4)
    parser.add_argument("--warmup_proportion", type=float, default=0.1)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save_steps", type=int, default=100)
    parser.add_argument(
        "--length_groups",
        type=int,
        default=1,
        help="number of groups of similar length in a batch, each padded separately",
    )
    parser.add_argument("--attention", choices=("eager", "sdpa"), default="sdpa")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    os.makedirs(arguments.output_dir, exist_ok=True)
    with open(os.path.join(arguments.model_dir, "config.json")) as reader:
        width = json.load(reader)["hidden_size"]
    head = reference.truncated_normal([2, width], 0.02, arguments.seed)
    model = reference.load_span_model(
        arguments.model_dir, arguments.dropout, head, arguments.attention
    )
    _, features = make_features(arguments.train_file, True, arguments)
    started = time.time()
    num_steps = train(model, features, arguments)
    result = collections.OrderedDict(
        [
            ("torch", torch.__version__),
            ("num_train_steps", num_steps),
            ("seconds_this_run", round(time.time() - started, 1)),
        ]
    )
    result.update(evaluate(model, arguments))
    with open(os.path.join(arguments.output_dir, "result.json"), "w") as writer:
        writer.write(
            json.dumps(dict(result, arguments=vars(arguments)), indent=2, sort_keys=True) + "\n"
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
