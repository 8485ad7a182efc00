# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/report/curves.py: what is drawn, read back from matplotlib's own objects; and what is said without it."""

import sys

import numpy as np
import pytest

from training.report import curves, run_files
from training.report.run_files import Run
from training.report.shapes import ReportError

pyplot = pytest.importorskip("matplotlib.pyplot")


def run(name, steps, **record):
    rows = [
        {
            "step": step,
            "loss": 9.0 - 0.01 * step + step % 2,
            "learning_rate": 1e-4,
            "sequences_per_second": 5.0 if step > 1 else None,
        }
        for step in range(1, steps + 1)
    ]
    return Run(name, "/" + name, rows, record, None)


@pytest.fixture(name="figure")
def fixture_figure(monkeypatch):
    """The figure that draw makes, kept from being closed."""
    monkeypatch.setattr(pyplot, "close", lambda figure: None)
    yield pyplot.gcf
    monkeypatch.undo()
    pyplot.close("all")


def test_runs_are_overlaid_in_the_panels_that_have_figures(figure):
    evaluated = {"results": {"evaluation": {"global_step": 8, "loss": 7.5}}}
    png = curves.draw([run("a", 10, **evaluated), run("b", 200)])
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and 5000 < len(png) < 200000
    places = [place for place in figure().axes if place.lines]
    assert [place.get_title(loc="left") for place in places] == [
        "loss (nats)",
        "learning rate",
        "sequences per second",
    ]
    lines = {line.get_label(): line for line in places[0].lines}
    assert list(lines["a"].get_xdata()) == list(range(1, 11)) and lines["a"].get_ydata()[
        0
    ] == pytest.approx(9.99)
    assert list(lines["a, evaluation"].get_xydata()[0]) == [8, 7.5]
    # The long curve is smoothed: neighbours one nat apart become nearly one line, with the raw one behind it.
    assert max(abs(np.diff(lines["b"].get_ydata()[50:]))) < 0.2
    assert (
        max(abs(np.diff(max(places[0].lines, key=lambda line: len(line.get_xdata())).get_ydata())))
        > 0.9
    )
    assert len(places[2].lines[0].get_xdata()) == 9  # nothing measured at the first step
    labels = [text.get_text() for text in figure().legends[0].get_texts()]
    assert labels == ["a", "a, evaluation", "b"]


def test_running_mean():
    values = list(np.random.RandomState(1).rand(50))
    expected = [np.mean(values[max(0, i - 6) : i + 1]) for i in range(50)]
    assert curves.running_mean(values, 7) == pytest.approx(expected)


def test_nothing_to_draw():
    with pytest.raises(ReportError, match="/a: no steps logged"):
        curves.draw([run("a", 0)])


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ReportError, match="pip install -r requirements/report.txt"):
        curves.draw([run("a", 3)])


def test_medians():
    assert run_files.median([None, 3.0, 1.0]) == 2.0 and run_files.median([5, 1, 2]) == 2
    assert run_files.median([None]) is None
