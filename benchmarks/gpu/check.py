# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Every kernel, forward and backward, against float64 PyTorch on the same inputs; twice, for equal bits."""

import torch

from benchmarks.gpu.model_ops import Attention, Embedding, Update
from benchmarks.gpu.row_ops import BiasGelu, CrossEntropy, Gather, LayerNorm, Residual

# Small ones for compute-sanitizer and the emulation; then odd ones, and ones of more rows than the grid has blocks.
ROWS = [(1, 8), (5, 7), (17, 264)]
MORE_ROWS = [(129, 768), (1000, 1000), (33, 1023), (4101, 1024), (31, 1032), (70000, 64), (5, 4096)]
CLASSES, MORE_CLASSES = [(3, 31), (4, 1025)], [(160, 30522), (7, 100003)]
EMBEDDINGS, MORE_EMBEDDINGS = [(2, 9, 24)], [(8, 384, 768), (3, 127, 1023)]
UPDATES, MORE_UPDATES = [1, 2048, 20003], [25000000]
# batch, length, heads, head size, dropout rate, lengths, packed
ATTENTIONS = [
    (2, 35, 2, 32, 0.1, [35, 3], False),
    (2, 33, 1, 64, 0.1, [1, 33], True),
    (1, 20, 1, 20, 0.0, [17], False),
]
MORE_ATTENTIONS = [
    (3, 384, 2, 64, 0.1, [384, 77, 1], False),
    (3, 512, 2, 64, 0.0, [512, 500, 3], True),
    (2, 200, 2, 128, 0.1, None, False),
    (2, 100, 3, 80, 0.1, [100, 64], True),
    (2, 129, 2, 32, 0.1, [129, 128], True),
]


def check(op, label):
    """Runs an op twice and prints a line; whether every output is right and has the same bits both times."""
    want = op.results()
    before, worst, ok = {}, 0.0, True
    for attempt in range(2):
        op.reset()
        op.forward()
        if hasattr(op, "backward"):
            op.backward()
        for name, got in op.out.items():
            if attempt and not torch.equal(got, before[name]):
                ok = False
                print("  %s %s: two runs differ" % (label, name))
            before[name] = got.clone()
            error = ((got.double() - want[name]).norm() / want[name].norm().clamp(min=1e-30)).item()
            limit = op.tolerance(got)
            if not error <= limit:  # NaN, too
                ok = False
                print("  %s %s: relative error %.2e, allowed %.0e" % (label, name, error, limit))
            worst = max(worst, error / (limit or 1e-300))
    print("%s %s (%.2f of the allowance)" % ("ok  " if ok else "FAIL", label, worst), flush=True)
    return ok


def ops(k, dtype, quick, seed):
    """(label, function that makes the op) of every case."""
    tail, same = str(dtype)[6:], {"seed": seed}
    for shape in ROWS + ([] if quick else MORE_ROWS):
        for kind in (LayerNorm, Residual, BiasGelu):
            yield "%s %s %dx%d" % ((kind.name, tail) + shape), lambda: kind(
                k, dtype, *shape, **same
            )
    for shape in CLASSES + ([] if quick else MORE_CLASSES):
        yield "cross_entropy %s %dx%d" % ((tail,) + shape), lambda: CrossEntropy(
            k, dtype, *shape, **same
        )
    for shape in EMBEDDINGS + ([] if quick else MORE_EMBEDDINGS):
        vocabulary = 97 if quick else 30522
        yield "embedding %s %dx%dx%d" % ((tail,) + shape), lambda: Embedding(
            k, dtype, *shape, vocabulary, **same
        )
    for size in UPDATES + ([] if quick else MORE_UPDATES):
        for adapts in (False, True):
            label = "%s %s %d" % ("lamb" if adapts else "adamw", tail, size)
            yield label, lambda: Update(k, dtype, size, adapts, **same)
    yield "gather " + tail, lambda: Gather(k, dtype, 100, 37, 24, **same)
    for form in ATTENTIONS + ([] if quick else MORE_ATTENTIONS):
        batch, length, heads, head, rate, lengths, packed = form
        label = "attention %s %dx%dx%dx%d dropout %.1f lengths %s%s" % (
            tail,
            batch,
            length,
            heads,
            head,
            rate,
            lengths or "full",
            " packed" if packed else "",
        )
        yield label, lambda: Attention(
            k, dtype, batch, length, heads, head, rate=rate, lengths=lengths, packed=packed, **same
        )


def check_all(k, dtypes, quick, seed):
    """Checks every case in every type; whether all are right. Inputs are drawn from `seed`."""
    print("inputs drawn from --seed %d" % seed)
    fine = True
    for dtype in dtypes:
        for label, make in ops(k, dtype, quick, seed):
            try:
                fine &= check(make(), label)
            except RuntimeError as error:
                fine = False
                print("FAIL %s: %s" % (label, str(error).split("\n")[0]), flush=True)
    return fine
