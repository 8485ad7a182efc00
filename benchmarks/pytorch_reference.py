# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""BERT's model, schedule and update rule in PyTorch, written from their formulas: the reference for the TensorFlow code.

Runs in an environment of its own (Python 3.11, torch, transformers); imports nothing of the project's model or
optimizer. Used by finetune_pytorch.py and by the parity tests.
"""

import os

import torch
import transformers
from safetensors.torch import load_file

NO_DECAY = ("LayerNorm", "bias")


def learning_rate(init_lr, num_train_steps, num_warmup_steps, step):
    """Linear warm-up, then linear to 0 at `num_train_steps`; `step` counts the steps already done."""
    if step < num_warmup_steps:
        return init_lr * step / num_warmup_steps
    return (
        init_lr
        * max(1.0 - step / num_train_steps, 0.0)
        / (1.0 - num_warmup_steps / num_train_steps)
    )


class RecipeOptimizer:
    """Clip to global norm 1, Adam without bias correction, decoupled decay 0.01 except LayerNorm and bias.

    Args:
      named_parameters: list of (name, parameter).
    """

    def __init__(
        self, named_parameters, decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-6, clip_norm=1.0
    ):
        self.parameters = [parameter for _, parameter in named_parameters]
        self.decays = [
            0.0 if any(part in name for part in NO_DECAY) else decay for name, _ in named_parameters
        ]
        self.m = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.v = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.beta_1, self.beta_2, self.epsilon, self.clip_norm = beta_1, beta_2, epsilon, clip_norm

    @torch.no_grad()
    def step(self, lr):
        """Updates the parameters from their .grad (cleared afterwards); returns the norm before clipping."""
        norm = torch.linalg.vector_norm(
            torch.stack([torch.linalg.vector_norm(parameter.grad) for parameter in self.parameters])
        )
        factor = self.clip_norm / max(float(norm), self.clip_norm)
        for parameter, decay, m, v in zip(self.parameters, self.decays, self.m, self.v):
            gradient = parameter.grad * factor
            m.mul_(self.beta_1).add_(gradient, alpha=1.0 - self.beta_1)
            v.mul_(self.beta_2).addcmul_(gradient, gradient, value=1.0 - self.beta_2)
            parameter.sub_(lr * (m / (v.sqrt() + self.epsilon) + decay * parameter))
            parameter.grad = None
        return float(norm)

    def state_dict(self):
        return {"m": self.m, "v": self.v}

    def load_state_dict(self, state):
        for name in ("m", "v"):
            for ours, theirs in zip(getattr(self, name), state[name]):
                ours.copy_(theirs)


def load_span_model(directory, dropout, head_weights, attention="sdpa"):
    """BertForQuestionAnswering with the encoder of `directory` and the given span head.

    Args:
      directory: holds config.json and model.safetensors (names with or without "bert.").
      dropout: float, for hidden states and attention probabilities.
      head_weights: float32 tensor [2, H]; the head's bias starts at 0.
      attention: "sdpa" (what transformers takes by default) or "eager".

    Raises:
      RuntimeError: an encoder tensor is missing or has another shape.
    """
    config = transformers.BertConfig.from_json_file(os.path.join(directory, "config.json"))
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    config._attn_implementation = attention
    model = transformers.BertForQuestionAnswering(config)
    weights = {
        name.replace("bert.", "", 1) if name.startswith("bert.") else name: tensor
        for name, tensor in load_file(os.path.join(directory, "model.safetensors")).items()
    }
    encoder = {name: weights[name] for name in model.bert.state_dict() if name in weights}
    # Only buffers may be absent; strict loading names anything else.
    buffers = {name: value for name, value in model.bert.named_buffers() if name not in encoder}
    model.bert.load_state_dict(dict(encoder, **buffers), strict=False)
    missing = [name for name, _ in model.bert.named_parameters() if name not in encoder]
    if missing:
        raise RuntimeError("missing from %s: %s" % (directory, ", ".join(missing)))
    # transformers never trains the row of [PAD]. The recipe does: padding takes part in the softmax over positions, so
    # it has a gradient.
    model.bert.embeddings.word_embeddings.padding_idx = None
    with torch.no_grad():
        model.qa_outputs.weight.copy_(head_weights)
        model.qa_outputs.bias.zero_()
    return model.float()


def span_loss(start_logits, end_logits, start_positions, end_positions):
    """Mean of the two cross entropies over all S positions (no position is left out, as in the recipe)."""
    cross_entropy = torch.nn.functional.cross_entropy
    return (
        cross_entropy(start_logits, start_positions) + cross_entropy(end_logits, end_positions)
    ) / 2


def truncated_normal(shape, deviation, seed):
    """float32 tensor of N(0, deviation) cut at two deviations: what new heads are drawn from."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.empty(shape)
    return torch.nn.init.trunc_normal_(
        values, std=deviation, a=-2 * deviation, b=2 * deviation, generator=generator
    )
