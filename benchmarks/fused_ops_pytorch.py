# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The PyTorch side of benchmarks/fused_ops_cpu.py: JSON questions on stdin, one JSON answer a line on stdout.

{"ask": "prepare", "case": ..., "size": ..., "dropout_rate": ...} makes the inputs of a case; {"ask": "run"} answers the seconds
(of the wall and of this process) of one forward and backward pass of PyTorch's own (eager) functions; {"ask": "version"} PyTorch's version.
"""

import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F


def parameters(*shapes):
    return [torch.randn(*shape).requires_grad_() for shape in shapes]


def matmul(size, dropout_rate):
    rows, width = size["batch"] * size["length"], size["heads"] * size["head"]
    a, b = parameters([rows, width], [width, size["inner"]])
    return [a, b], lambda: a @ b


def layer_norm(size, dropout_rate):
    rows, width = size["batch"] * size["length"], size["heads"] * size["head"]
    x, gamma, beta = parameters([rows, width], [width], [width])
    return [x, gamma, beta], lambda: F.layer_norm(x, [width], gamma, beta, 1e-12)


def bias_dropout_residual_layer_norm(size, dropout_rate):
    rows, width = size["batch"] * size["length"], size["heads"] * size["head"]
    x, bias, residual, gamma, beta = parameters(
        [rows, width], [width], [rows, width], [width], [width]
    )
    return [x, bias, residual, gamma, beta], lambda: F.layer_norm(
        residual + F.dropout(x + bias, dropout_rate), [width], gamma, beta, 1e-12
    )


def bias_gelu(size, dropout_rate):
    x, bias = parameters([size["batch"] * size["length"], size["inner"]], [size["inner"]])
    return [x, bias], lambda: F.gelu(x + bias)


def attention(size, unused_dropout_rate, attention_dropout_rate=0.0):
    batch, length, heads, head = size["batch"], size["length"], size["heads"], size["head"]
    qkv = torch.randn(batch, length, 3, heads, head).requires_grad_()
    mask = torch.zeros(batch, 1, 1, length)  # what is added to the scores

    def forward():
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        out = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, dropout_p=attention_dropout_rate
        )
        return out.transpose(1, 2).reshape(batch * length, heads, head)

    return [qkv], forward


def attention_dropout(size, dropout_rate):
    return attention(size, dropout_rate, dropout_rate)


def softmax_cross_entropy(size, dropout_rate):
    rows, width = size["predictions"], size["vocabulary"]
    (logits,) = parameters([rows, width])
    labels, weights = torch.randint(0, width, [rows]), torch.ones(rows)
    return [logits], lambda: weights * F.cross_entropy(logits, labels, reduction="none")


def embedding(size, dropout_rate):
    width, shape = size["heads"] * size["head"], [size["batch"], size["length"]]
    words, segments = torch.randint(0, size["vocabulary"], shape), torch.randint(0, 2, shape)
    positions = torch.arange(shape[1]).expand(shape)
    tables = parameters([size["vocabulary"], width], [512, width], [2, width])
    gamma, beta = parameters([width], [width])

    def forward():
        total = sum(
            F.embedding(ids, table) for ids, table in zip((words, positions, segments), tables)
        )
        return F.dropout(F.layer_norm(total, [width], gamma, beta, 1e-12), dropout_rate)

    return tables + [gamma, beta], forward


def adamw(size, dropout_rate):
    width = size["heads"] * size["head"]
    (parameter,) = parameters([4 * width + 2 * size["inner"], width])
    parameter.grad = torch.randn_like(parameter)
    return parameter, torch.optim.AdamW([parameter], lr=1e-5, eps=1e-6, weight_decay=0.01).step


CASES = {
    function.__name__: function
    for function in (
        matmul,
        layer_norm,
        bias_dropout_residual_layer_norm,
        bias_gelu,
        attention,
        attention_dropout,
        softmax_cross_entropy,
        embedding,
        adamw,
    )
}


def prepare(case, size, dropout_rate):
    """Returns a function that makes one forward and backward pass."""
    inputs, forward = CASES[case](size, dropout_rate)
    if case == "adamw":
        return forward
    upstream = torch.randn_like(forward())
    return lambda: torch.autograd.grad(forward(), inputs, upstream)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(0)
    step = None
    for line in sys.stdin:
        question = json.loads(line)
        answer = True
        if question["ask"] == "version":
            answer = torch.__version__
        elif question["ask"] == "prepare":
            step = prepare(question["case"], question["size"], question["dropout_rate"])
        else:
            wall, cpu = time.perf_counter(), time.process_time()
            step()
            answer = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
