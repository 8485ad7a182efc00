# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""PyTorch's half of model_gpu.py: the same steps on the same inputs by `transformers` (SDPA) under autocast.

Builds the models of its jobs, makes a step of one sequence, says "ready", and measures when a line on stdin says so. The step
is the usual one: autocast, GradScaler for fp16, clip to global norm 1, torch.optim.AdamW(fused=True). The masked LM head sees
the masked positions alone, as the toolkit's does.
"""

import os
import sys

import numpy as np
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from benchmarks.gpu import model_worker  # noqa: E402

DTYPES = {"fp32": None, "tf32": None, "fp16": torch.float16, "bf16": torch.bfloat16}


def make_model(kind, config_file):
    config = transformers.BertConfig.from_json_file(config_file)
    config._attn_implementation = "sdpa"
    make = (
        transformers.BertForPreTraining
        if kind.startswith("pretraining")
        else transformers.BertForQuestionAnswering
    )
    return make(config)


def squad_loss(model, batch):
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["input_mask"],
        token_type_ids=batch["segment_ids"],
        start_positions=batch["start_positions"],
        end_positions=batch["end_positions"],
    )
    return output.loss


def pretraining_loss(model, batch):
    output = model.bert(
        input_ids=batch["input_ids"],
        attention_mask=batch["input_mask"],
        token_type_ids=batch["segment_ids"],
    )
    width = output.last_hidden_state.shape[-1]
    positions = batch["masked_lm_positions"][:, :, None].expand(-1, -1, width)
    masked = output.last_hidden_state.gather(1, positions)
    scores, next_sentence = model.cls(masked, output.pooler_output)
    cross_entropy = torch.nn.functional.cross_entropy
    losses = (
        cross_entropy(
            scores.float().flatten(0, 1), batch["masked_lm_ids"].flatten(), reduction="none"
        )
        * batch["masked_lm_weights"].flatten()
    )
    pairs = cross_entropy(next_sentence.float(), batch["next_sentence_labels"].flatten())
    return losses.sum() / batch["masked_lm_weights"].sum() + pairs


class Job(object):
    """One task: kind is "squad", "inference" or "pretraining_<S>"."""

    def __init__(self, kind, batches, options, arrays):
        self.kind, self.batches, self.device = kind, batches, options.device
        self.dtype = DTYPES[options.precision]
        self.model = make_model(kind, options.config)
        self.arrays = model_worker.arrays_of(kind, arrays)

    def prepare(self):
        """Moves the model to the GPU and makes one step of one sequence."""
        self.model.to(self.device).train(self.kind != "inference")
        self.optimizer = self.scaler = None
        if self.kind != "inference":
            self.optimizer = torch.optim.AdamW(
                self.model.parameters(), lr=1e-6, weight_decay=0.01, fused=self.device == "cuda"
            )
            scales = self.dtype is torch.float16 and self.device == "cuda"
            self.scaler = torch.amp.GradScaler(self.device, init_scale=2.0**10, enabled=scales)
        self._step(self._batch(0, 1))

    def measure(self, seconds, report):
        """Times every batch size; report(dict) gets a result each."""
        for batch in self.batches:
            try:
                report(dict(self._time(batch, seconds), batch=batch))
            except torch.OutOfMemoryError:
                report({"batch": batch, "error": "out of memory"})
        self.model = self.optimizer = None
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _batch(self, number, size):
        rows = np.arange(number * size, (number + 1) * size) % len(self.arrays["input_mask"])
        return {
            name: torch.from_numpy(
                value[rows].astype(np.int64 if value.dtype.kind == "i" else value.dtype)
            ).to(self.device, non_blocking=True)
            for name, value in self.arrays.items()
        }

    def _step(self, batch):
        autocast = torch.autocast(
            self.device, self.dtype or torch.bfloat16, enabled=self.dtype is not None
        )
        if self.kind == "inference":
            with torch.inference_mode(), autocast:
                output = self.model(
                    input_ids=batch["input_ids"],
                    attention_mask=batch["input_mask"],
                    token_type_ids=batch["segment_ids"],
                )
                return output.start_logits.float().cpu(), output.end_logits.float().cpu()
        self.optimizer.zero_grad(set_to_none=True)
        with autocast:
            loss = (pretraining_loss if self.kind.startswith("pretraining") else squad_loss)(
                self.model, batch
            )
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.item()  # waits, as a session run that fetches the loss does

    def _time(self, size, seconds):
        for number in range(model_worker.WARM_UP):
            self._step(self._batch(number, size))

        def step(number):
            result = self._step(self._batch(model_worker.WARM_UP + number, size))
            return None if self.kind == "inference" else result

        return model_worker.timed(step, seconds)


def main():
    parser = model_worker.parser(__doc__, DTYPES)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    options = parser.parse_args()
    torch.manual_seed(0)
    if options.precision == "tf32":
        torch.set_float32_matmul_precision("high")
    version = "%s, transformers %s" % (torch.__version__, transformers.__version__)
    common = {"framework": "pytorch", "version": version, "kernels": "sdpa"}
    return model_worker.work(options, Job, common)


if __name__ == "__main__":
    sys.exit(main())
