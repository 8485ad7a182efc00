# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Summarizes a benchmark: reads the metrics of each run, prints a table, writes it as CSV and draws a chart.

Reads metrics.jsonl (training) or latency.jsonl (inference) and run.json. Throughput and percentiles cover the steps or
batches after the warm-up.

usage: benchmark_table.py --kind train|inference --runs FILE --warmup N --output PREFIX
"""

import argparse
import csv
import io
import os
import sys
from collections import OrderedDict

from program.files import whole_file, write_whole
from training import metrics, run_record
from training.report import curves

# heading of the table: (key, pattern)
COLUMNS = OrderedDict(
    [
        ("precision", ("precision", "%s")),
        ("batch", ("batch", "%d")),
        ("GPUs", ("gpus", "%d")),
        ("sequences/s", ("sequences_per_second", "%.2f")),
        ("tokens/s", ("tokens_per_second", "%.0f")),
        ("p50 ms", ("p50_ms", "%.1f")),
        ("p90 ms", ("p90_ms", "%.1f")),
        ("p99 ms", ("p99_ms", "%.1f")),
        ("note", ("note", "%s")),
    ]
)


def training_seconds(rows, warmup):
    """Seconds of each step after the warm-up, from the rows of a metrics.jsonl with every step in it: list of float."""
    times = [row["time"] for row in rows if row["step"] >= warmup]
    return [after - before for before, after in zip(times, times[1:])]


def inference_batches(batches, warmup):
    """The batches of a latency.jsonl after start-up and warm-up."""
    return [batch for batch in batches if batch["batch"] >= warmup and not batch["startup"]]


def figures(kind, directory, batch, gpus, warmup):
    """The measurements of one run: an OrderedDict, key -> number.

    Args:
      kind: "train" or "inference".
      directory: the run's output_dir.
      batch: sequences in a batch of one process.
      gpus: processes; 0 counts as one.
      warmup: number of steps or batches to skip.

    Raises:
      MetricsError: there are no steps or batches after the warm-up.
    """
    record = run_record.read(os.path.join(directory, run_record.RUN_FILE)) or {}
    length = record.get("options", {}).get("max_seq_length", 0)
    if kind == "train":
        path = os.path.join(directory, metrics.STEPS_FILE)
        seconds = training_seconds(metrics.read_steps(path), warmup)
        sequences = batch * max(gpus, 1) * len(seconds)
        tokens = sequences * length
    else:
        path = os.path.join(directory, metrics.LATENCY_FILE)
        measured = inference_batches(metrics.read_json_lines(path), warmup)
        seconds = [each["seconds"] for each in measured]
        sequences = sum(each["sequences"] for each in measured)
        # Files of older versions say no length.
        tokens = sum(each["sequences"] * each.get("length", length) for each in measured)
    if not seconds:
        raise metrics.MetricsError("%s: no steps after the %d warm-up steps" % (path, warmup))
    found = OrderedDict(
        [("measured", len(seconds)), ("sequences_per_second", sequences / sum(seconds))]
    )
    found["tokens_per_second"] = tokens / sum(seconds)
    for name, value in metrics.percentiles(seconds).items():
        found[name + "_ms"] = 1000 * value
    found.update(
        [
            ("max_seq_length", length),
            ("active", record.get("precision", "").replace("precision: ", "")),
            ("commit", record.get("commit", "")),
            ("devices", "; ".join(record.get("gpus", [])) or "CPU"),
        ]
    )
    return found


def read_runs(path):
    """The runs of a benchmark: list of (precision, batch, gpus, exit code, directory); one a line, split by tabs."""
    with io.open(path, encoding="utf-8") as stream:
        lines = [line.rstrip("\n").split("\t", 4) for line in stream]
    return [
        (precision, int(batch), int(gpus), int(code), directory)
        for precision, batch, gpus, code, directory in lines
    ]


def measure(kind, runs, warmup):
    """One row per run, including failed ones: list of OrderedDict."""
    rows = []
    for precision, batch, gpus, code, directory in runs:
        row = OrderedDict(
            [
                ("precision", precision),
                ("batch", batch),
                ("gpus", gpus),
                ("exit_code", code),
                ("note", ""),
            ]
        )
        if code:
            row["note"] = "failed (exit code %d): %s" % (code, os.path.join(directory, "log.txt"))
        else:
            try:
                row.update(figures(kind, directory, batch, gpus, warmup))
            except metrics.MetricsError as error:
                row["note"] = str(error)
        rows.append(row)
    return rows


def table(rows):
    """The table as lines of text."""
    shown = [
        heading
        for heading, (key, _) in COLUMNS.items()
        if any(row.get(key) not in (None, "") for row in rows)
    ]
    cells = [shown] + [[_cell(row, heading) for heading in shown] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(shown))]
    return [
        "  ".join(_padded(*each) for each in zip(line, widths, shown)).rstrip() for line in cells
    ]


def _padded(text, width, heading):
    return text.ljust(width) if heading in ("precision", "note") else text.rjust(width)


def _cell(row, heading):
    key, pattern = COLUMNS[heading]
    return pattern % row[key] if row.get(key) not in (None, "") else "-" if key != "note" else ""


def write_csv(path, rows):
    """Writes all measurements, including those that the table does not show."""
    names = list(OrderedDict((name, None) for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, stream.getvalue())


def draw(path, kind, rows):
    """Plots throughput and latency against batch size, one line per precision; returns False if it cannot."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        sys.stderr.write(
            "warning: no chart: matplotlib is not installed; run: pip install -r requirements/report.txt\n"
        )
        return False
    measured = [row for row in rows if "sequences_per_second" in row]
    if not measured:
        return False
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10.0, 3.8))
    for number, precision in enumerate(OrderedDict((row["precision"], None) for row in measured)):
        mine = sorted(
            (row for row in measured if row["precision"] == precision), key=lambda row: row["batch"]
        )
        batches, colour = [row["batch"] for row in mine], curves.COLOURS[
            number % len(curves.COLOURS)
        ]
        left.plot(
            batches,
            [row["sequences_per_second"] for row in mine],
            marker="o",
            color=colour,
            label=precision,
        )
        for name, style in (("p50", "-"), ("p90", "--"), ("p99", ":")):
            right.plot(
                batches,
                [row[name + "_ms"] for row in mine],
                style,
                marker=".",
                color=colour,
                label="%s %s" % (precision, name),
            )
    for place, title in (
        (left, "sequences per second"),
        (right, "ms per %s" % ("step" if kind == "train" else "batch")),
    ):
        place.set_title(title, loc="left", fontsize=11)
        place.set_xlabel("batch size per process")
        place.set_xticks(sorted({row["batch"] for row in measured}))
        place.set_ylim(bottom=0)
        place.grid(True, alpha=0.3)
        place.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    with whole_file(path, "wb") as output:
        figure.savefig(output, format="png", dpi=100)
    pyplot.close(figure)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=("train", "inference"), required=True)
    parser.add_argument("--warmup", type=int, required=True)
    for name in ("runs", "output"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    rows = measure(options.kind, read_runs(options.runs), options.warmup)
    print("\n".join(table(rows)))
    write_csv(options.output + ".csv", rows)
    print("table: %s.csv" % options.output)
    if draw(options.output + ".png", options.kind, rows):
        print("chart: %s.png" % options.output)
    sys.exit(1 if any(row["note"] for row in rows) else 0)


if __name__ == "__main__":
    main()
