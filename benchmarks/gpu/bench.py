# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Times every kernel at the shapes of BERT-base and BERT-large, beside a device copy, eager PyTorch and torch.compile.

Medians of CUDA events around single calls, the L2 cache overwritten before each (triton.testing.do_bench). The device copy
is one of 1 GB, read and written; "of copy" is how fast it would move the op's fewest bytes, over the op's time.
"""

import datetime
import json
import platform
import subprocess
import time

import torch

from benchmarks.gpu.model_ops import Attention, Embedding, Update
from benchmarks.gpu.row_ops import BiasGelu, CrossEntropy, Gather, LayerNorm, Residual, nbytes
from program.files import write_whole

# batch, length, heads, head size, inner width, predictions a sequence, parameters of a layer
SIZES = {
    "base": (64, 128, 12, 64, 3072, 20, 7087872),
    "large": (64, 512, 16, 64, 4096, 80, 12596224),
}
PASSES = ("forward", "backward")


def cases(k, dtype, size, seed):
    """Functions that make the ops of one size and type, the most telling first."""
    b, s, n, d, inner, predictions, weights = SIZES[size]
    same = {"seed": seed}
    return [
        lambda: Attention(k, dtype, b, s, n, d, **same),
        lambda: Attention(k, dtype, b, s, n, d, rate=0.1, **same),
        lambda: BiasGelu(k, dtype, b * s, inner, **same),
        lambda: Residual(k, dtype, b * s, n * d, **same),
        lambda: LayerNorm(k, dtype, b * s, n * d, **same),
        lambda: CrossEntropy(k, dtype, b * predictions, 30522, **same),
        lambda: Embedding(k, dtype, b, s, n * d, **same),
        lambda: Update(k, dtype, weights, False, **same),
        lambda: Update(k, dtype, weights, True, **same),
        lambda: Gather(k, dtype, b * s, b * s // 2, n * d, **same),
    ]


def time_of(function):
    """Median milliseconds of a call."""
    from triton.testing import do_bench  # where there is no GPU there is no Triton

    return do_bench(function, warmup=10, rep=60, return_mode="median")


def copy_speed():
    """GB/s of a device copy, bytes read and bytes written."""
    source = torch.randn(1 << 28, device="cuda")
    target = torch.empty_like(source)
    return 2 * nbytes(source) / time_of(lambda: target.copy_(source)) / 1e6


def measure(op, size, copy):
    """The row of one op: milliseconds of the kernels and of eager PyTorch."""
    name = op.name + ("_dropout" if op.name == "attention" and op.rate else "")
    row = {"op": name, "size": size, "type": str(op.dtype)[6:]}
    op.reset()
    op.forward()
    for i, part in enumerate(PASSES):
        if not hasattr(op, part):
            continue
        row[part] = time_of(getattr(op, part))
        row[part + "_floor"] = op.bytes[i] / copy / 1e6
        if op.flops:
            row[part + "_tflops"] = op.flops[i] / row[part] / 1e9
    for part, function in op.eager_passes().items():
        row["eager_" + part] = time_of(function)
    return row


def measure_compiled(op, row):
    """Adds what torch.compile makes of an op; SDPA has nothing to compile, an optimizer step is not a function."""
    torch._dynamo.reset()
    for part, function in op.eager_passes(lambda f: torch.compile(f, dynamic=False)).items():
        row["compiled_" + part] = time_of(function)


def bench(k, sizes, dtypes, compile_seconds, seed, save=lambda copy, rows: None):
    """Returns (copy speed in GB/s, rows). Ops are compiled last, largest first, while compile_seconds last.

    An op that fails, for want of memory say, has a row with "error"; the others are measured.

    save: called with the copy speed and the rows so far whenever one is measured.
    """
    copy, rows, to_compile = copy_speed(), [], []
    print("device copy: %.0f GB/s, read and written" % copy)
    for size in sizes:
        for dtype in dtypes:
            for make in cases(k, dtype, size, seed):
                op = make()
                rows.append({"op": op.name, "size": size, "type": str(dtype)[6:]})
                try:
                    rows[-1] = measure(op, size, copy)
                    if op.name not in ("attention", "adamw", "lamb"):
                        to_compile.append((make, rows[-1]))
                except RuntimeError as error:
                    rows[-1]["error"] = str(error).split("\n")[0]
                print(json.dumps(rows[-1]), flush=True)
                save(copy, rows)
                del op
                torch.cuda.empty_cache()
    until = time.time() + compile_seconds
    for make, row in to_compile:
        if time.time() >= until:
            break
        try:
            measure_compiled(make(), row)
        except Exception as error:  # of Dynamo, Inductor, Triton, a compiler
            row["compile_error"] = str(error).split("\n")[0]
        print(json.dumps(row), flush=True)
        save(copy, rows)
        torch.cuda.empty_cache()
    return copy, rows


def first_line(*command):
    try:
        return subprocess.check_output(command, universal_newlines=True).strip().splitlines()[-1]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine():
    """What the figures depend on."""
    return {
        "card": torch.cuda.get_device_name(),
        "multiprocessors": torch.cuda.get_device_properties(0).multi_processor_count,
        "driver": first_line("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"),
        "compiler": first_line("nvcc", "--version"),
        "pytorch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }


def table(on, copy, rows):
    """The Markdown table of `rows`."""
    lines = [
        "%s (driver %s), PyTorch %s, %s; %s. Device copy %.0f GB/s (read and written)."
        % (on["card"], on["driver"], on["pytorch"], on["compiler"], on["date"], copy),
        "",
        "| op | size | type | pass | fused, ms | of copy | TFLOP/s | eager, ms | compiled, ms | against eager |"
        " against compiled |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "error" in row:
            cells = ["`%s`" % row["op"], row["size"], row["type"], row["error"]] + [""] * 7
            lines.append("| %s |" % " | ".join(cells))
        for part in PASSES:
            if part not in row:
                continue
            others = [row.get("eager_" + part), row.get("compiled_" + part)]
            cells = ["`%s`" % row["op"], row["size"], row["type"], part, "%.3f" % row[part]]
            cells += ["%.0f %%" % (100 * row[part + "_floor"] / row[part])]
            cells += ["%.0f" % row[part + "_tflops"] if part + "_tflops" in row else ""]
            cells += ["%.3f" % other if other else "" for other in others]
            cells += ["%.2f ×" % (other / row[part]) if other else "" for other in others]
            lines.append("| %s |" % " | ".join(cells))
    return "\n".join(lines) + "\n"


def write(path, k, sizes, dtypes, compile_seconds, seed):
    """Measures, and after each row writes PATH (Markdown) and PATH with .json for .md.

    Returns:
      (the table, whether all ops were measured)
    """
    on = machine()

    def save(copy, rows):
        if path:
            write_whole(path, table(on, copy, rows))
            found = {"machine": on, "copy_gb_per_second": copy, "rows": rows}
            write_whole(path.replace(".md", "") + ".json", json.dumps(found, indent=1))

    copy, rows = bench(k, sizes, dtypes, compile_seconds, seed, save)
    return table(on, copy, rows), not any("error" in row for row in rows)
