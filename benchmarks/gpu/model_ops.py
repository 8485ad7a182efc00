# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Attention, the embedding and the optimizer, for check.py and bench.py."""

import math

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.gpu.bindings import (
    I64,
    PTR,
    AttentionProblem,
    EmbeddingGradients,
    EmbeddingInput,
    EmbeddingScratch,
    UpdateRule,
    UpdateScalars,
    keep_mask,
    make_dropout,
)
from benchmarks.gpu.row_ops import Op, nbytes

_BACKENDS = (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH)


class Attention(Op):
    name, type_factor = "attention", 3.0

    def __init__(
        self, k, dtype, batch, length, heads, head, rate=0.0, lengths=None, packed=False, seed=0
    ):
        super().__init__(k, dtype, seed)
        self.batch, self.length, self.heads, self.head, self.rate = batch, length, heads, head, rate
        lengths = torch.tensor(lengths or [length] * batch)
        self.real = (torch.arange(length)[None] < lengths[:, None]).to(self.device)
        self.packed = packed
        tokens = int(lengths.sum()) if packed else batch * length
        self.offsets = (
            torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
            .to(torch.int32)
            .to(self.device)
        )
        self.mask = self.real.to(torch.int32).reshape(-1).contiguous()
        self.qkv, self.dout = self.normal(tokens, 3, heads, head, scale=1.5), self.normal(
            tokens, heads, head
        )
        self.y, self.dqkv = self.blank("y", tokens, heads, head), self.blank(
            "dqkv", tokens, 3, heads, head
        )
        self.statistics = self.blank(None, 2, heads, tokens, dtype=torch.float32)
        self.delta = self.blank(None, heads, tokens, dtype=torch.float32)
        self.dropout = make_dropout(rate)
        self.p = AttentionProblem(
            batch,
            heads,
            head,
            length,
            tokens,
            self.offsets.data_ptr() if packed else None,
            None if packed else self.mask.data_ptr(),
            self.dropout,
        )
        self.bytes = nbytes(self.qkv, self.y), nbytes(self.qkv, self.y, self.dout, self.dqkv)
        self.flops = (
            4.0 * batch * heads * length * length * head,
            10.0 * batch * heads * length * length * head,
        )

    def forward(self):
        self.k("fused_attention_forward", self.dtype, self.p, self.qkv, self.y, self.statistics)

    def backward(self):
        self.k(
            "fused_attention_backward",
            self.dtype,
            self.p,
            self.dout,
            self.qkv,
            self.y,
            self.statistics,
            self.dqkv,
            self.delta,
        )

    def function(self, qkv):
        full = qkv
        if self.packed:
            full = qkv.new_zeros(self.batch * self.length, 3, self.heads, self.head).index_copy(
                0, self.real.reshape(-1).nonzero()[:, 0], qkv
            )
        q, key, v = full.reshape(self.batch, self.length, 3, self.heads, self.head).permute(
            2, 0, 3, 1, 4
        )
        scores = (
            q @ key.transpose(-1, -2) / math.sqrt(self.head)
            + (self.real[:, None, None].double() - 1.0) * 10000.0
        )
        keep = keep_mask(self.batch * self.heads * self.length, self.length, self.dropout, q.device)
        weights = scores.softmax(-1) * keep.reshape(scores.shape) * self.dropout.scale
        out = weights @ v
        out = out.transpose(1, 2).reshape(self.batch * self.length, self.heads, self.head)
        return out[self.real.reshape(-1)] if self.packed else out

    def inputs(self):
        return [("dqkv", self.qkv)], self.dout

    def eager_passes(self, wrap=lambda function: function):
        """SDPA on contiguous [B, N, S, D], no mask; the flash backend for 16-bit types, PyTorch's choice for float32."""
        shape = [self.batch, self.heads, self.length, self.head]
        q, key, v = [self.normal(*shape).requires_grad_() for _ in range(3)]
        upstream = self.normal(*shape)
        backends = [SDPBackend.FLASH_ATTENTION] if self.dtype != torch.float32 else list(_BACKENDS)
        function = wrap(
            lambda *inputs: F.scaled_dot_product_attention(*inputs, dropout_p=self.rate)
        )
        with sdpa_kernel(backends):
            result = function(q, key, v)

        def forward():
            with torch.no_grad(), sdpa_kernel(backends):
                return function(q, key, v)

        return {
            "forward": forward,
            "backward": lambda: torch.autograd.grad(
                result, [q, key, v], upstream, retain_graph=True
            ),
        }


class Embedding(Op):
    """Positions count from 0 in every sequence, as in the model; a third of the tokens are padding."""

    name = "embedding"

    def __init__(self, k, dtype, batch, length, cols, vocabulary=30522, rate=0.1, seed=0):
        super().__init__(k, dtype, seed)
        tokens = batch * length
        self.tokens, self.cols, self.rate, self.dropout = tokens, cols, rate, make_dropout(rate)
        self.rows = [vocabulary, 512, 2]
        words = self.integers(vocabulary, tokens)
        words[torch.arange(tokens, device=self.device) % 3 == 0] = 0  # padding: one id very often
        positions = torch.arange(length, device=self.device, dtype=torch.int32).repeat(batch)
        self.ids = [words, positions, (positions > length // 2).to(torch.int32)]
        self.tables = [self.normal(r, cols, dtype=torch.float32) for r in self.rows]
        self.gamma, self.beta = (self.normal(cols, dtype=torch.float32) for _ in range(2))
        self.dy, self.y = self.normal(tokens, cols), self.blank("y", tokens, cols)
        self.mean, self.rstd = (self.blank(None, tokens, dtype=torch.float32) for _ in range(2))
        self.dgamma, self.dbeta = (
            self.blank(n, cols, dtype=torch.float32) for n in ("dgamma", "dbeta")
        )
        self.dtables = [
            self.blank("dtable%d" % i, r, cols, dtype=torch.float32)
            for i, r in enumerate(self.rows)
        ]
        ints, rows = k.embedding_scratch(tokens, length)
        self.ints = torch.empty(ints, dtype=torch.int32, device=self.device)
        self.sums = self.blank(None, rows, cols, dtype=torch.float32)
        self.means = self.blank(None, tokens, 2, dtype=torch.float32)
        self.scratch = EmbeddingScratch(*(t.data_ptr() for t in (self.means, self.ints, self.sums)))
        self.gradients = EmbeddingGradients(
            (PTR * 3)(*(t.data_ptr() for t in self.dtables)),
            self.dgamma.data_ptr(),
            self.dbeta.data_ptr(),
        )
        self.input = EmbeddingInput(
            tokens,
            cols,
            (PTR * 3)(words.data_ptr(), None, self.ids[2].data_ptr()),
            (PTR * 3)(*(t.data_ptr() for t in self.tables)),
            (I64 * 3)(*self.rows),
            length,
        )
        looked_up = 4 * tokens * cols  # a row of the words' table for every token, in float32
        self.bytes = looked_up + nbytes(self.y), looked_up + nbytes(self.dy, *self.dtables)

    def forward(self):
        self.k(
            "fused_embedding_forward",
            self.dtype,
            self.input,
            self.dropout,
            1e-12,
            self.gamma,
            self.beta,
            self.y,
            self.mean,
            self.rstd,
        )

    def backward(self):
        self.k(
            "fused_embedding_backward",
            self.dtype,
            self.input,
            self.dropout,
            self.dy,
            self.gamma,
            self.mean,
            self.rstd,
            self.gradients,
            self.scratch,
        )

    def function(self, *inputs):
        tables, gamma, beta = inputs[:3], inputs[3], inputs[4]
        z = sum(F.embedding(i.long(), t) for i, t in zip(self.ids, tables))
        z = F.layer_norm(z, [self.cols], gamma, beta, 1e-12)
        if z.dtype == torch.float64:
            return (
                z * keep_mask(self.tokens, self.cols, self.dropout, z.device) * self.dropout.scale
            )
        return F.dropout(z, self.rate).to(self.dtype)

    def inputs(self):
        return [("dtable%d" % i, t) for i, t in enumerate(self.tables)] + [
            ("dgamma", self.gamma),
            ("dbeta", self.beta),
        ], self.dy


class Update(Op):
    def __init__(self, k, dtype, size, adapts, seed=0):
        super().__init__(k, dtype, seed)
        self.name = "lamb" if adapts else "adamw"
        self.size = size
        self.rule = UpdateRule(0.9, 0.1, 0.999, 0.001, 1e-6, 0.01, adapts)
        self.gradient, self.start = self.normal(size), [
            self.normal(size, dtype=torch.float32, scale=s) for s in (1, 0.1, 0.1)
        ]
        self.start[2] = self.start[2] ** 2
        self.state = [s.clone() for s in self.start]
        self.scalars = torch.tensor([0.01, 0.5, 10.0, 1000.0], device=self.device)
        at = [self.scalars.data_ptr() + 4 * i for i in range(4)]
        self.pointers = UpdateScalars(
            at[0], at[1], at[2] if adapts else None, at[3] if adapts else None
        )
        blocks = k.blocks("norm", size)
        self.partials = self.blank(None, 2, blocks, dtype=torch.float32)
        self.bytes = (nbytes(self.gradient) + (40 - 4 if adapts else 24) * size,)
        self.out = dict(zip(("p", "m", "v"), self.state))

    def forward(self):
        self.k(
            "fused_optimizer_update",
            self.dtype,
            self.size,
            self.rule,
            self.pointers,
            self.gradient,
            *self.state,
            self.partials,
        )

    def results(self):
        p, m, v = (s.double() for s in self.start)
        g = self.gradient.double() * 0.5
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        mc, vc = (10.0, 1000.0) if self.rule.adapts else (1.0, 1.0)
        u = m * mc / ((v * vc).sqrt() + 1e-6) + 0.01 * p
        ratio = p.norm() / u.norm() if self.rule.adapts else 1.0
        return {"p": p - 0.01 * ratio * u, "m": m, "v": v}

    def reset(self):
        for tensor, start in zip(self.state, self.start):
            tensor.copy_(start)

    def eager_passes(self, wrap=lambda function: function):
        """AdamW by torch.optim (fused): the same reads and writes. PyTorch has no LAMB, and none with a 16-bit gradient."""
        if self.rule.adapts or self.dtype != torch.float32:
            return {}
        parameter = self.start[0].clone().requires_grad_()
        parameter.grad = self.gradient
        return {"forward": torch.optim.AdamW([parameter], lr=1e-5, fused=True).step}
