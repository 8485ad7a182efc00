# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/progress.py: the rows, the table, the bar."""

import io
import logging
import re
import time

import pytest

from training import metrics, progress

COLUMNS = [
    progress.Column("rank", "rank", "%4d"),
    progress.Column("step", "step", "%6d"),
    progress.Column("sequences/sec", "sequences_per_second", "%9.2f"),
    progress.Column("loss", "loss", "%9.4f"),
    progress.Column("ETA", "eta", "%11s"),
]


class Clock:
    """Seconds that pass only when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Results:
    def __init__(self, results):
        self.results = results


class Kept:
    """A sink that keeps the rows."""

    def __init__(self):
        self.rows = []

    def row(self, row):
        self.rows.append(row)


def run(steps, sinks, every=10, start=0, last_step=100, runs_per_step=1):
    """Plays a training of half a second a session run, four sequences of 32 tokens in each."""
    clock = Clock()
    hook = progress.ProgressHook(
        {"loss": "loss tensor"}, "step tensor", progress.Pace(4, 32, last_step), every, sinks, clock
    )
    for number in range(1, steps * runs_per_step + 1):
        step = start + (number + runs_per_step - 1) // runs_per_step
        # The same at every step: another set of fetches would make TensorFlow prepare the graph anew.
        assert hook.before_run(None).fetches == {"loss": "loss tensor", "step": "step tensor"}
        clock.now += 0.5
        hook.after_run(None, Results({"loss": 100.0 / step, "step": step}))
    hook.end(None)


def printed(steps, **options):
    out = io.StringIO()
    run(steps, [progress.ConsoleTable(COLUMNS, rank=2, out=out)], **options)
    return out.getvalue().splitlines()


def test_table_has_a_header_and_a_row_every_ten_steps():
    lines = printed(35)
    assert lines[0].split() == ["rank", "step", "sequences/sec", "loss", "ETA"]
    rows = [line.split() for line in lines[1:]]
    assert [row[1] for row in rows] == ["1", "10", "20", "30"]
    assert rows[0] == [
        "2",
        "1",
        "-",
        "100.0000",
        "-",
    ]  # nothing measured yet: the first step is start-up
    assert rows[1] == ["2", "10", "8.00", "10.0000", "0:00:45"]


def test_columns_end_where_their_headings_end():
    def ends(line):
        return [match.end() for match in re.finditer(r"\S+", line)]

    assert len({tuple(ends(line)) for line in printed(35)}) == 1


def test_continued_run_keeps_to_multiples_of_ten():
    assert [line.split()[1] for line in printed(20, start=17)[1:]] == ["18", "20", "30"]


def test_header_comes_again_in_a_long_table():
    assert sum("loss" in line for line in printed(900, last_step=1000)) == 3


def test_rows_of_figures(tmp_path):
    path, kept, began = str(tmp_path / "metrics.jsonl"), Kept(), time.time()
    run(20, [kept, progress.MetricsFile(path)])
    rows = metrics.read_steps(path)
    assert rows == kept.rows and [row["step"] for row in rows] == [1, 10, 20]
    assert rows[2]["time"] - rows[0]["time"] == pytest.approx(9.5)
    assert began - 1 < rows[0].pop("time") - 0.5 < time.time() + 1
    del rows[2]["time"]
    assert rows[0] == {
        "step": 1,
        "loss": 100.0,
        "sequences_per_second": None,
        "tokens_per_second": None,
        "eta_seconds": None,
    }
    assert rows[2] == {
        "step": 20,
        "loss": 5.0,
        "sequences_per_second": 8.0,
        "tokens_per_second": 256.0,
        "eta_seconds": 40.0,
    }


def test_accumulated_steps_are_shown_once_and_counted_rightly():
    """Four session runs make one step."""
    kept = Kept()
    run(30, [kept], runs_per_step=4)
    assert [row["step"] for row in kept.rows] == [1, 10, 20, 30]
    assert [row["sequences_per_second"] for row in kept.rows[2:]] == [8.0, 8.0]
    assert kept.rows[3]["eta_seconds"] == pytest.approx(70 * 4 * 0.5, rel=0.05)


@pytest.mark.parametrize(
    "seconds, text",
    [
        (None, "-"),
        (0, "0:00:00"),
        (59.6, "0:01:00"),
        (3661, "1:01:01"),
        (86399, "23:59:59"),
        (200000, "2d 07:33:20"),
    ],
)
def test_durations(seconds, text):
    assert progress.duration(seconds) == text


def screen(text, width=60):
    """What a terminal shows after `text`: lines of characters, without trailing blanks."""
    lines, column = [[]], 0
    for token in re.findall("\r|\n|\x1b\\[K|.", text):
        if token == "\r":
            column = 0
        elif token == "\n":
            lines.append([])
            column = 0
        elif token == "\x1b[K":
            del lines[-1][column:]
        else:
            assert column < width, "the bar does not fit into the terminal's line"
            lines[-1][column : column + 1] = [token]
            column += 1
    return ["".join(line).rstrip() for line in lines]


def bar_and_table(width=60):
    out = io.StringIO()
    bar = progress.ProgressBar(out, last_step=40, width=width)
    return out, bar, [progress.ConsoleTable(COLUMNS, out=out, bar=bar), bar]


def test_the_bar_makes_way_for_rows_and_goes_in_the_end():
    out, _, sinks = bar_and_table()
    run(25, sinks, last_step=40)
    lines = screen(out.getvalue())
    assert [line.split()[1] for line in lines[1:-1]] == ["1", "10", "20"] and lines[-1] == ""
    assert "[==" in out.getvalue() and all("[" not in line for line in lines)


@pytest.mark.parametrize(
    "width, text",
    [
        (
            120,
            "15/40 [=========               ]  37.5 %  loss 2.5000  8.0 sequences/s  ETA 0:00:12",
        ),
        (60, "15/40 [=========               ]  37.5 %  loss 2.5000  8.0"),
    ],
)
def test_what_the_bar_says(width, text):
    out, _, sinks = bar_and_table(width)
    hook = progress.ProgressHook({"loss": 0}, 0, progress.Pace(4, 32, 40), 10, sinks, clock=Clock())
    hook._clock.now = 0.0  # pylint: disable=protected-access
    for step in range(1, 16):
        hook._clock.now += 0.5  # pylint: disable=protected-access
        hook.after_run(None, Results({"loss": 2.5, "step": step}))
    assert screen(out.getvalue(), width)[-1] == text
    hook.close()


def test_log_lines_do_not_land_on_the_bar():
    out, bar, _ = bar_and_table()
    bar.tick(3, None, 1.0)
    assert screen(out.getvalue())[-1].startswith("3/40 [=")
    logger = logging.getLogger("tensorflow")
    handler = logging.StreamHandler(out)
    logger.addHandler(handler)
    try:
        logger.warning("a line")
    finally:
        logger.removeHandler(handler)
    assert screen(out.getvalue()) == ["a line", ""]
    bar.close()
    before = out.getvalue()
    logger.warning("another")
    assert out.getvalue() == before  # a closed bar listens no more


def test_a_terminal_that_goes_away_does_not_stop_the_training():
    out, bar, _ = bar_and_table()
    out.close()
    bar.tick(1, None, 1.0)
    bar.close()
