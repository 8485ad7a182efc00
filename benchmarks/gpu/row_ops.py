# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The ops that work row by row, for check.py and bench.py: LayerNorm, GELU, cross entropy, gather."""

import torch
import torch.nn.functional as F

from benchmarks.gpu.bindings import keep_mask, make_dropout

# What rounding to T itself costs, relative: half the step is 2^-11 and 2^-8, a norm shows about a third of that.
TOLERANCES = {torch.float32: 1e-5, torch.float16: 1e-3, torch.bfloat16: 8e-3}


class Op(object):
    """Inputs of one op at one shape, drawn anew from `seed`; forward() and backward() run the kernels on them.

    out: name -> tensor that forward or backward writes; NaN before, so that an element nobody wrote shows.
    bytes: of the forward pass and the backward pass, each input read once and each output written once.
    flops: the same, where arithmetic bounds the op. A subclass gives either wanted(), the float64 results by the
    names of `out`, or function(*inputs), the op in PyTorch, and inputs(), the differentiable inputs and the upstream
    gradient; results() and eager_passes() follow from those.
    """

    name = None
    type_factor = 1.0  # of TOLERANCES, in float16 and bfloat16
    flops = None

    def __init__(self, k, dtype, seed=0):
        self.k, self.dtype, self.device = k, dtype, k.device
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.out = {}

    def normal(self, *shape, dtype=None, scale=1.0):
        x = (
            torch.randn(*shape, device=self.device, generator=self.generator, dtype=torch.float32)
            * scale
        )
        return x.to(dtype or self.dtype)

    def integers(self, high, *shape):
        return torch.randint(
            0, high, shape, device=self.device, generator=self.generator, dtype=torch.int32
        )

    def blank(self, name, *shape, dtype=None):
        x = torch.full(shape, float("nan"), device=self.device, dtype=dtype or self.dtype)
        if name:
            self.out[name] = x
        return x

    def reset(self):
        """Makes ready for another run: poisons every output."""
        for tensor in self.out.values():
            tensor.fill_(float("nan"))

    def tolerance(self, output):
        """The relative error allowed. Sums come out as float32 whatever T is; only T's own rounding may be T's."""
        if self.dtype == torch.float32 or output.dtype == torch.float32:
            return TOLERANCES[torch.float32]
        return TOLERANCES[self.dtype] * self.type_factor

    def results(self):
        """name -> float64 tensor: what `out` should hold, by PyTorch."""
        named, upstream = self.inputs()
        tensors = [t.double().requires_grad_() for _, t in named]
        result = self.function(*tensors)
        gradients = torch.autograd.grad(result, tensors, upstream.to(result.dtype))
        return dict(zip([name for name, _ in named], gradients), y=result.detach())

    def eager_passes(self, wrap=lambda function: function):
        """{"forward": callable, "backward": callable} of PyTorch on the inputs as they are; wrap: torch.compile."""
        named, upstream = self.inputs()
        tensors = [t.detach().clone().requires_grad_() for _, t in named]
        function = wrap(self.function)
        result = function(*tensors)
        upstream = upstream.to(result.dtype)

        def forward():
            with torch.no_grad():
                return function(*tensors)

        return {
            "forward": forward,
            "backward": lambda: torch.autograd.grad(result, tensors, upstream, retain_graph=True),
        }


def nbytes(*tensors):
    return sum(t.numel() * t.element_size() for t in tensors)


class LayerNorm(Op):
    name = "layer_norm"

    def __init__(self, k, dtype, rows, cols, seed=0):
        super().__init__(k, dtype, seed)
        self.rows, self.cols = rows, cols
        self.x, self.dy = self.normal(rows, cols, scale=2.0), self.normal(rows, cols)
        self.gamma, self.beta = (self.normal(cols, dtype=torch.float32) for _ in range(2))
        self.y, self.dx = self.blank("y", rows, cols), self.blank("dx", rows, cols)
        self.mean, self.rstd = (self.blank(None, rows, dtype=torch.float32) for _ in range(2))
        self.dgamma, self.dbeta = (
            self.blank(n, cols, dtype=torch.float32) for n in ("dgamma", "dbeta")
        )
        self.partials = self.blank(None, 2, k.blocks("reduction", rows), cols, dtype=torch.float32)
        self.bytes = nbytes(self.x, self.y), nbytes(self.x, self.dy, self.dx)

    def forward(self):
        self.k(
            "fused_layer_norm_forward",
            self.dtype,
            self.rows,
            self.cols,
            1e-12,
            self.x,
            self.gamma,
            self.beta,
            self.y,
            self.mean,
            self.rstd,
        )

    def backward(self):
        self.k(
            "fused_layer_norm_backward",
            self.dtype,
            self.rows,
            self.cols,
            self.dy,
            self.x,
            self.gamma,
            self.mean,
            self.rstd,
            self.dx,
            self.dgamma,
            self.dbeta,
            self.partials,
        )

    def function(self, x, gamma, beta):
        return F.layer_norm(x, [self.cols], gamma.to(x.dtype), beta.to(x.dtype), 1e-12)

    def inputs(self):
        return [("dx", self.x), ("dgamma", self.gamma), ("dbeta", self.beta)], self.dy


class Residual(Op):
    name = "bias_dropout_residual_layer_norm"

    def __init__(self, k, dtype, rows, cols, rate=0.1, seed=0):
        super().__init__(k, dtype, seed)
        self.rows, self.cols, self.rate, self.dropout = rows, cols, rate, make_dropout(rate)
        self.x, self.residual, self.dy = (self.normal(rows, cols) for _ in range(3))
        self.bias, self.gamma, self.beta = (
            self.normal(cols, dtype=torch.float32) for _ in range(3)
        )
        self.y, self.dx, self.dresidual = (
            self.blank(n, rows, cols) for n in ("y", "dx", "dresidual")
        )
        self.mean, self.rstd = (self.blank(None, rows, dtype=torch.float32) for _ in range(2))
        self.dbias, self.dgamma, self.dbeta = (
            self.blank(n, cols, dtype=torch.float32) for n in ("dbias", "dgamma", "dbeta")
        )
        self.partials = self.blank(None, 3, k.blocks("reduction", rows), cols, dtype=torch.float32)
        self.bytes = nbytes(self.x, self.residual, self.y), nbytes(
            self.x, self.residual, self.dy, self.dx, self.dresidual
        )

    def forward(self):
        self.k(
            "fused_bias_dropout_residual_layer_norm_forward",
            self.dtype,
            self.rows,
            self.cols,
            self.dropout,
            1e-12,
            self.x,
            self.bias,
            self.residual,
            self.gamma,
            self.beta,
            self.y,
            self.mean,
            self.rstd,
        )

    def backward(self):
        self.k(
            "fused_bias_dropout_residual_layer_norm_backward",
            self.dtype,
            self.rows,
            self.cols,
            self.dropout,
            self.dy,
            self.x,
            self.bias,
            self.residual,
            self.gamma,
            self.mean,
            self.rstd,
            self.dx,
            self.dbias,
            self.dresidual,
            self.dgamma,
            self.dbeta,
            self.partials,
        )

    def function(self, x, bias, residual, gamma, beta):
        z = x + bias.to(x.dtype)
        if x.dtype == torch.float64:  # the kernels' own mask
            z = z * keep_mask(self.rows, self.cols, self.dropout, z.device) * self.dropout.scale
        else:
            z = F.dropout(z, self.rate)
        return F.layer_norm(residual + z, [self.cols], gamma.to(x.dtype), beta.to(x.dtype), 1e-12)

    def inputs(self):
        return [
            ("dx", self.x),
            ("dbias", self.bias),
            ("dresidual", self.residual),
            ("dgamma", self.gamma),
            ("dbeta", self.beta),
        ], self.dy


class BiasGelu(Op):
    name = "bias_gelu"

    def __init__(self, k, dtype, rows, cols, seed=0):
        super().__init__(k, dtype, seed)
        self.rows, self.cols = rows, cols
        self.x, self.dy = self.normal(rows, cols, scale=2.0), self.normal(rows, cols)
        self.bias = self.normal(cols, dtype=torch.float32)
        self.y, self.dx = self.blank("y", rows, cols), self.blank("dx", rows, cols)
        self.dbias = self.blank("dbias", cols, dtype=torch.float32)
        self.partials = self.blank(None, k.blocks("reduction", rows), cols, dtype=torch.float32)
        self.bytes = nbytes(self.x, self.y), nbytes(self.x, self.dy, self.dx)

    def forward(self):
        self.k(
            "fused_bias_gelu_forward", self.dtype, self.rows, self.cols, self.x, self.bias, self.y
        )

    def backward(self):
        self.k(
            "fused_bias_gelu_backward",
            self.dtype,
            self.rows,
            self.cols,
            self.dy,
            self.x,
            self.bias,
            self.dx,
            self.dbias,
            self.partials,
        )

    def function(self, x, bias):
        return F.gelu(x + bias.to(x.dtype))

    def inputs(self):
        return [("dx", self.x), ("dbias", self.bias)], self.dy


class CrossEntropy(Op):
    name = "softmax_cross_entropy"

    def __init__(self, k, dtype, rows, cols, seed=0):
        super().__init__(k, dtype, seed)
        self.rows, self.cols = rows, cols
        self.logits, self.labels = self.normal(rows, cols, scale=3.0), self.integers(cols, rows)
        self.weights, self.dlosses = (self.normal(rows, dtype=torch.float32) for _ in range(2))
        self.losses = self.blank("y", rows, dtype=torch.float32)
        self.statistics = self.blank(None, 2, rows, dtype=torch.float32)
        self.dlogits = self.blank("dlogits", rows, cols)
        self.bytes = nbytes(self.logits), nbytes(self.logits, self.dlogits)

    def forward(self):
        self.k(
            "fused_softmax_cross_entropy_forward",
            self.dtype,
            self.rows,
            self.cols,
            self.logits,
            self.labels,
            self.weights,
            self.losses,
            self.statistics,
        )

    def backward(self):
        self.k(
            "fused_softmax_cross_entropy_backward",
            self.dtype,
            self.rows,
            self.cols,
            self.dlosses,
            self.logits,
            self.labels,
            self.weights,
            self.statistics,
            self.dlogits,
        )

    def function(self, logits):
        loss = F.cross_entropy(
            logits if logits.dtype == torch.float64 else logits.float(),
            self.labels.long(),
            reduction="none",
        )
        return loss * self.weights.to(loss.dtype)

    def inputs(self):
        return [("dlogits", self.logits)], self.dlosses


class Gather(Op):
    name = "padding"

    def __init__(self, k, dtype, x_rows, y_rows, cols, seed=0):
        super().__init__(k, dtype, seed)
        self.shape = x_rows, y_rows, cols
        self.x, self.index = self.normal(x_rows, cols), self.integers(x_rows + 1, y_rows) - 1
        self.y = self.blank("y", y_rows, cols)
        self.bytes = (nbytes(self.y, self.y),)

    def forward(self):
        self.k("fused_gather_tokens", self.dtype, *self.shape, self.x, self.index, self.y)

    def tolerance(self, output):
        return 0.0

    def results(self):
        rows = self.x.double()[self.index.clamp(min=0).long()]
        return {"y": rows * (self.index >= 0)[:, None]}

    def eager_passes(self, wrap=lambda function: function):
        def gather(x, index):
            return x.index_select(0, index.clamp(min=0)) * (index >= 0)[:, None]

        function, index = wrap(gather), self.index.long()
        return {"forward": lambda: function(self.x, index)}
