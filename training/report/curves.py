# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The curves of one or several runs as a PNG. The only module of the toolkit that needs matplotlib."""


import io
from collections import namedtuple

from training.report import run_files
from training.report.shapes import ReportError

# key: of a row of metrics.jsonl. evaluated: the same figure's name in an evaluation, or None. smooth: whether a
# running mean makes the curve readable.
Panel = namedtuple("Panel", ["key", "title", "evaluated", "smooth"])

PANELS = [
    Panel("loss", "loss (nats)", "loss", True),
    Panel("masked_lm_loss", "masked LM loss (nats)", "masked_lm_loss", True),
    Panel("next_sentence_loss", "next sentence loss (nats)", "next_sentence_loss", True),
    Panel("learning_rate", "learning rate", None, False),
    Panel("sequences_per_second", "sequences per second", None, False),
    Panel("grad_norm", "gradient norm before clipping", None, True),
    Panel("loss_scale", "loss scale", None, False),
    Panel("skipped_steps", "skipped steps", None, False),
]

# Okabe and Ito's colours, which colour-blind readers can tell apart, too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
_COLUMNS = 2
_FEW_POINTS = 40  # up to here every point is marked, and nothing is smoothed
_WINDOW_SHARE = 0.04


def draw(runs, panels=None):
    """Draws the panels for which a run has figures, all runs in each: bytes of a PNG.

    Args:
      runs: list of run_files.Run.
      panels: list of Panel, default PANELS.

    Raises:
      ReportError: there is no matplotlib, or there are no figures.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        raise ReportError("curves need matplotlib: run pip install -r requirements/report.txt")
    shown = [panel for panel in panels or PANELS if any(points(run, panel.key)[0] for run in runs)]
    if not shown:
        raise ReportError(
            "%s: no steps logged, nothing to plot" % ", ".join(run.directory for run in runs)
        )
    num_rows = -(-len(shown) // _COLUMNS)
    figure, axes = pyplot.subplots(
        num_rows, _COLUMNS, figsize=(11.0, 3.1 * num_rows), squeeze=False
    )
    places = [place for line in axes for place in line]
    for place, panel in zip(places, shown):
        _draw_panel(place, panel, runs)
    for place in places[len(shown) :]:
        place.axis("off")
    handles, labels = _legend(places[: len(shown)])
    figure.legend(handles, labels, loc="upper center", ncol=min(len(labels), 4), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.32 * -(-len(labels) // 4) / (3.1 * num_rows)))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    pyplot.close(figure)
    return stream.getvalue()


def _draw_panel(place, panel, runs):
    for number, run in enumerate(runs):
        colour = COLOURS[number % len(COLOURS)]
        steps, values = points(run, panel.key)
        if not steps:
            continue
        if len(steps) <= _FEW_POINTS or not panel.smooth:
            place.plot(
                steps,
                values,
                color=colour,
                label=run.name,
                linewidth=1.6,
                marker="." if len(steps) <= _FEW_POINTS else None,
            )
        else:
            place.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
            place.plot(
                steps,
                running_mean(values, max(int(len(values) * _WINDOW_SHARE), 2)),
                color=colour,
                label=run.name,
                linewidth=1.6,
            )
        evaluated = [
            (each["global_step"], each[panel.evaluated])
            for each in run_files.evaluations(run)
            if panel.evaluated in each
        ]
        if evaluated:
            place.plot(
                *zip(*evaluated),
                color=colour,
                marker="D",
                linestyle="none",
                label=run.name + ", evaluation",
                markeredgecolor="white",
                markersize=8,
            )
    place.set_title(panel.title, fontsize=11, loc="left")
    place.set_xlabel("step", fontsize=9)
    place.grid(True, alpha=0.3)
    for side in ("top", "right"):
        place.spines[side].set_visible(False)
    if panel.key == "sequences_per_second":
        place.set_ylim(bottom=0)
    if panel.key == "loss_scale":
        place.set_yscale("log", **_base_two())
    place.ticklabel_format(axis="x", useOffset=False, style="plain")
    if panel.key == "learning_rate":
        from matplotlib import ticker

        place.yaxis.set_major_formatter(
            ticker.FormatStrFormatter("%.1e")
        )  # a common factor would stand in the title


def _base_two():
    """The keyword for a base-two axis, which matplotlib 3.3 renamed."""
    import matplotlib

    new = tuple(int(part) for part in matplotlib.__version__.split(".")[:2]) >= (3, 3)
    return {"base": 2} if new else {"basey": 2}


def _legend(places):
    """Each label once, in the order of the runs."""
    found = {}
    for place in places:
        for handle, label in zip(*place.get_legend_handles_labels()):
            found.setdefault(label, handle)
    labels = list(found)
    return [found[label] for label in labels], labels


def points(run, key):
    """(steps, values) of the rows that have a number under `key`: two lists of one length."""
    pairs = [(row["step"], row[key]) for row in run.rows if row.get(key) is not None]
    return [step for step, _ in pairs], [value for _, value in pairs]


def running_mean(values, window):
    """The mean of each value and those up to `window` - 1 before it; a list as long as `values`."""
    means, total = [], 0.0
    for index, value in enumerate(values):
        total += value - (values[index - window] if index >= window else 0.0)
        means.append(total / min(index + 1, window))
    return means
