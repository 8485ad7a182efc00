# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The other half of test_trained_models.py, under the Python with PyTorch: a span head trained with transformers alone.

    span_training_side.py MODEL_DIR WORK_DIR

Fine-tunes MODEL_DIR as BertForQuestionAnswering on training.npz (input_ids, input_mask, segment_ids [N, S];
start_positions, end_positions [N]; batch_size, learning_rate), one step a batch, with dropout, and saves it as
WORK_DIR/trained. Then windows.npz (input_ids, input_mask, segment_ids [M, S]) -> logits.npz (start_logits, end_logits).
"""

import os
import sys

import numpy as np
import torch
import transformers


def inputs(arrays, chosen):
    return {
        "input_ids": torch.tensor(arrays["input_ids"][chosen]),
        "attention_mask": torch.tensor(arrays["input_mask"][chosen]),
        "token_type_ids": torch.tensor(arrays["segment_ids"][chosen]),
    }


def batches(arrays, size):
    for begin in range(0, len(arrays["input_ids"]), size):
        yield slice(begin, begin + size)


def train(model, arrays):
    optimizer = torch.optim.AdamW(model.parameters(), lr=float(arrays["learning_rate"]))
    model.train()
    for chosen in batches(arrays, int(arrays["batch_size"])):
        output = model(
            start_positions=torch.tensor(arrays["start_positions"][chosen]),
            end_positions=torch.tensor(arrays["end_positions"][chosen]),
            **inputs(arrays, chosen),
        )
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        print("loss %.4f" % output.loss.item())


@torch.no_grad()
def predict(model, arrays):
    model.eval()
    outputs = [model(**inputs(arrays, chosen)) for chosen in batches(arrays, 16)]
    return {
        name: torch.cat([output[name] for output in outputs]).numpy()
        for name in ("start_logits", "end_logits")
    }


def main():
    model_dir, work_dir = sys.argv[1:]
    torch.manual_seed(0)
    model = transformers.BertForQuestionAnswering.from_pretrained(model_dir)
    train(model, np.load(os.path.join(work_dir, "training.npz")))
    model.save_pretrained(os.path.join(work_dir, "trained"))
    transformers.AutoTokenizer.from_pretrained(model_dir).save_pretrained(
        os.path.join(work_dir, "trained")
    )
    windows = np.load(os.path.join(work_dir, "windows.npz"))
    np.savez(os.path.join(work_dir, "logits.npz"), **predict(model, windows))


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
