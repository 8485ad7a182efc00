# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PyTorch's side of peers.py: `transformers` with its default attention, and its Rust tokenizer.

Modes of a step: "padded" to the length of the windows, as transformers' question-answering example pads them; "trimmed" to the longest of
the batch; both also under bfloat16 autocast ("padded bf16", "trimmed bf16"). One model serves all of them. The step is the
usual one: clip to global norm 1, torch.optim.AdamW. The masked LM head sees the masked positions alone, as this toolkit's and
Google's do (in transformers' own example it sees all).
"""

import os
import sys

import numpy as np
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from benchmarks import answers_pytorch, side_process  # noqa: E402
from benchmarks.gpu.model_pytorch import (  # noqa: E402
    make_model,
    pretraining_loss,
    squad_loss,
)


class Side:
    """Answers peers.py."""

    def __init__(self):
        self.calls = {}

    def about(self):
        return "PyTorch %s, transformers %s" % (torch.__version__, transformers.__version__)

    def prepare(self, kind, config_file, inputs, threads):
        self.calls = {}  # frees the model before
        if threads:
            torch.set_num_threads(threads)
        torch.manual_seed(1)
        arrays = np.load(inputs)
        padded = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        for name, value in padded.items():
            if value.dtype == torch.int32:
                padded[name] = value.long()
        longest = int(padded["input_mask"].sum(1).max())
        trimmed = {
            name: value[:, :longest] if name.startswith(("input", "segment")) else value
            for name, value in padded.items()
        }
        model = make_model(kind, config_file).train(kind != "inference")
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
        loss_of = pretraining_loss if kind.startswith("pretraining") else squad_loss

        def step(batch, dtype):
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype is not None):
                loss = loss_of(model, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            return float(loss)

        def answer(batch, dtype):
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=dtype is not None):
                model(batch["input_ids"], batch["input_mask"], batch["segment_ids"])

        call = answer if kind == "inference" else step
        for name, batch in (("padded", padded), ("trimmed", trimmed)):
            self.calls[name] = lambda batch=batch: call(batch, None)
            self.calls[name + " bf16"] = lambda batch=batch: call(batch, torch.bfloat16)
        return len(padded["input_ids"])

    def prepare_features(self, questions, vocab_file, lengths):
        max_seq_length, doc_stride, _ = lengths

        def featurise():
            asked = answers_pytorch.read(questions)
            tokenizer = transformers.BertTokenizerFast(vocab_file, do_lower_case=True)
            count = 0
            for first in range(0, len(asked), 1000):
                found = answers_pytorch.windows_of(
                    asked[first : first + 1000], tokenizer, max_seq_length, doc_stride
                )
                count += len(found["input_ids"])
            return count

        self.calls = {"Rust tokenizer": featurise}
        return featurise()

    def run(self, mode):
        return side_process.measured(self.calls[mode])


def main():
    side = Side()
    side_process.serve(
        {name: getattr(side, name) for name in ("about", "prepare", "prepare_features", "run")}
    )


if __name__ == "__main__":
    main()
