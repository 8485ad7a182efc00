# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The PyTorch half of the parity tests; runs under the Python of environment.py, in its own process.

    pytorch_side.py forward  MODEL_DIR WORK_DIR     batch_<i>.npz -> states_<i>.npz
    pytorch_side.py training MODEL_DIR WORK_DIR     training.npz  -> trained.npz

forward: for each batch (input_ids, input_mask, segment_ids [B, S]) the hidden states "states" [layers + 1, B, S, H]
(embeddings first) and "start_logits", "end_logits" [B, S] in float32, and the same with the prefix "exact_" in
float64. training: see `training`.
"""

import glob
import json
import os
import re
import sys

import numpy as np
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from benchmarks import pytorch_reference as reference  # noqa: E402


def as_batch(arrays, chosen=slice(None)):
    return {
        "input_ids": torch.tensor(arrays["input_ids"][chosen], dtype=torch.int64),
        "attention_mask": torch.tensor(arrays["input_mask"][chosen], dtype=torch.int64),
        "token_type_ids": torch.tensor(arrays["segment_ids"][chosen], dtype=torch.int64),
    }


@torch.no_grad()
def forward(model_dir, work_dir):
    head = torch.tensor(np.load(os.path.join(work_dir, "head.npy")))
    model = reference.load_span_model(model_dir, 0.0, head).eval()
    exact_model = reference.load_span_model(model_dir, 0.0, head).double().eval()
    for path in sorted(glob.glob(os.path.join(work_dir, "batch_*.npz"))):
        arrays, results = np.load(path), {}
        for prefix, network in (("", model), ("exact_", exact_model)):
            output = network(output_hidden_states=True, **as_batch(arrays))
            results[prefix + "states"] = torch.stack(output.hidden_states).numpy()
            results[prefix + "start_logits"] = output.start_logits.numpy()
            results[prefix + "end_logits"] = output.end_logits.numpy()
        np.savez(re.sub(r"batch_(\d+\.npz)$", r"states_\1", path), **results)


def training(model_dir, work_dir):
    """Fine-tunes on the batches of training.npz, in its order; dropout 0.

    training.npz: input_ids, input_mask, segment_ids [N, S]; start_positions, end_positions [N]; batch_size,
    num_steps, num_warmup_steps, learning_rate, exact_steps. trained.npz: losses [steps], norms [steps], and for each
    parameter its gradient in the first step, before clipping, as "gradient/<name>"; the same of the first exact_steps
    steps in float64 with the prefix "exact_".
    """
    arrays = np.load(os.path.join(work_dir, "training.npz"))
    head = torch.tensor(np.load(os.path.join(work_dir, "head.npy")))
    results = {}
    for prefix, dtype, last in (
        ("", torch.float32, arrays["num_steps"]),
        ("exact_", torch.float64, arrays["exact_steps"]),
    ):
        model = reference.load_span_model(model_dir, 0.0, head).to(dtype).train()
        losses, norms, gradients = fine_tune(model, arrays, int(last))
        results[prefix + "losses"], results[prefix + "norms"] = losses, norms
        results.update(
            {"%sgradient/%s" % (prefix, name): value for name, value in gradients.items()}
        )
    np.savez(os.path.join(work_dir, "trained.npz"), **results)


def fine_tune(model, arrays, last):
    """Makes the first `last` steps; returns (losses, global norms, gradients of the first step by parameter name)."""
    batch_size, num_steps = int(arrays["batch_size"]), int(arrays["num_steps"])
    optimizer = reference.RecipeOptimizer(list(model.named_parameters()))
    losses, norms, gradients = [], [], None
    for step in range(last):
        chosen = slice(step * batch_size, (step + 1) * batch_size)
        output = model(**as_batch(arrays, chosen))
        loss = reference.span_loss(
            output.start_logits,
            output.end_logits,
            torch.tensor(arrays["start_positions"][chosen], dtype=torch.int64),
            torch.tensor(arrays["end_positions"][chosen], dtype=torch.int64),
        )
        loss.backward()
        if gradients is None:
            gradients = {
                name: parameter.grad.numpy().copy() for name, parameter in model.named_parameters()
            }
        rate = reference.learning_rate(
            float(arrays["learning_rate"]), num_steps, int(arrays["num_warmup_steps"]), step
        )
        losses.append(loss.item())
        norms.append(optimizer.step(rate))
    return np.array(losses), np.array(norms), gradients


if __name__ == "__main__":
    torch.set_num_threads(2)
    {"forward": forward, "training": training}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}))
