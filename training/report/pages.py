# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Pictures of runs: python -m training.report RESULTS_DIR [RESULTS_DIR ...]

Draws loss, learning rate and throughput curves of all runs into report.png and, with a table of the runs, into
report.html; for each run with predictions.json it writes answers.html, the questions with predictions and expected
answers, worst first. Needs matplotlib (requirements/report.txt). Reads what training/README.md documents.
"""


import base64
import html
import os
import re
import sys

from program import console
from program.arguments import Parser
from program.errors import UserError
from program.files import name_as_text, name_from_text, write_whole
from training import metrics, run_record
from training.report import answer_page, curves, run_files, shapes
from training.report.shapes import ReportError

PNG, PAGE, ANSWERS = "report.png", "report.html", "answers.html"


def make(directories, output_dir=None, predict_file=None, questions=500):
    """Writes the report.

    Args:
      directories: list of str, output directories of runs.
      output_dir: where report.png and report.html go; default: the first of them. answers.html goes into each
        run's own directory.
      predict_file: SQuAD JSON that was predicted; default: what run.json names.
      questions: how many questions answers.html shows; 0: all.

    Returns:
      list of str, the paths written.

    Raises:
      ReportError, MetricsError, SquadDataError: the user's error.
    """
    output_dir = output_dir or directories[0]
    runs = run_files.load(directories)
    written, answer_pages = [], {}
    for run in runs:
        path = _write_answers(run, predict_file, questions)
        if path:
            answer_pages[run.name] = path
            written.append(path)
    picture = None
    if any(run.rows for run in runs):
        picture = curves.draw(runs)
        written.append(_write_bytes(os.path.join(output_dir, PNG), picture))
    page = _page(
        runs,
        picture,
        {
            name: name_as_text(os.path.relpath(path, output_dir))
            for name, path in answer_pages.items()
        },
    )
    written.append(_write_bytes(os.path.join(output_dir, PAGE), _encoded(page)))
    return written


def _write_answers(run, predict_file, questions):
    """Writes answers.html for a run that predicted; returns its path, or None."""
    path = os.path.join(run.directory, run_files.PREDICTIONS_FILE)
    if not os.path.exists(path):
        return None
    recorded = run.record.get("options", {}).get("predict_file")
    asked = predict_file or (recorded and name_from_text(recorded))
    if not asked:
        raise ReportError(
            "%s: the question file is unknown, as %s has no predict_file: pass --predict_file"
            % (path, run_record.RUN_FILE)
        )
    predictions = run_files.read_json(path, shapes.PREDICTIONS)
    answers = answer_page.score(asked, predictions, _nbest_of(run.directory, predictions))
    text = answer_page.page(
        "%s: answers to %s" % (run.name, os.path.basename(name_as_text(asked))), answers, questions
    )
    return _write_bytes(os.path.join(run.directory, ANSWERS), _encoded(text))


def _nbest_of(directory, predictions):
    """The best answers to each question: dict, id -> list of dict; empty if the run has none."""
    path = os.path.join(directory, "nbest_predictions.json")
    if not os.path.exists(path):
        return {}
    nbest = run_files.read_nbest(path)
    others = set(nbest).symmetric_difference(predictions)
    if others:
        raise ReportError(
            "%s: is damaged or not of the run that wrote %s: %d questions are in one of them only"
            % (path, run_files.PREDICTIONS_FILE, len(others))
        )
    return nbest


def _encoded(text):
    """UTF-8; names of files that are not UTF-8 stay as they are, and other surrogates, which JSON may hold, become U+FFFD."""
    return re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", text).encode("utf-8", "surrogateescape")


def _write_bytes(path, content):
    """Writes a file, and the folder it is in; returns its path."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    except OSError as error:
        raise ReportError("%s: cannot be written (%s)" % (path, error.strerror))
    write_whole(path, content)
    return path


def _page(runs, picture, answer_pages):
    """The page with the table and curves of the runs: str of HTML that only refers to answers.html."""
    summaries = [run_files.summary(run) for run in runs]
    headings = []
    for summary in summaries:
        headings.extend(name for name in summary if name not in headings)
    rows = [(name, [summary.get(name, "-") for summary in summaries]) for name in headings]
    rows += [
        ("--" + name, ["-" if value is None else str(value) for value in values])
        for name, values in run_files.differing_options(runs).items()
    ]
    table = _row("th", "", [html.escape(run.name) for run in runs])
    table += "".join(
        _row("td", html.escape(name), map(html.escape, values)) for name, values in rows
    )
    if answer_pages:
        table += _row(
            "td",
            "answers",
            [
                (
                    '<a href="%s">answers, worst first</a>'
                    % html.escape(answer_pages[run.name], quote=True)
                    if run.name in answer_pages
                    else "-"
                )
                for run in runs
            ],
        )
    image = (
        ""
        if picture is None
        else '<img alt="curves of the runs" src="data:image/png;base64,%s">'
        % (base64.b64encode(picture).decode("ascii"))
    )
    title = "Report: " + ", ".join(run.name for run in runs)
    return _PAGE % {"title": html.escape(title), "table": table, "image": image}


def _row(tag, name, cells):
    return "<tr><th>%s</th>%s</tr>\n" % (
        name,
        "".join("<%s>%s</%s>" % (tag, cell, tag) for cell in cells),
    )


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%(title)s</title><style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #222; }
h1 { font-size: 1.4em; } table { border-collapse: collapse; } td, th { padding: .25em 1em .25em 0; text-align: left; }
tr { border-bottom: 1px solid #ddd; } tr > th:first-child { font-weight: normal; color: #666; } img { max-width: 100%%; margin-top: 1em; }
</style></head><body>
<h1>%(title)s</h1>
<table>
%(table)s</table>
%(image)s
</body></html>
"""


def main(arguments=None):
    """Returns the exit code: 0, or 2 after a user error, shown as one line on stderr."""
    console.accept_all_text()
    parser = Parser("training.report", __doc__.split("\n\n")[1])
    parser.add_argument(
        "directories", nargs="+", metavar="RESULTS_DIR", help="output directory of a run"
    )
    parser.add_argument(
        "--output_dir",
        metavar="DIR",
        help="output directory for %s and %s (default: the first RESULTS_DIR)" % (PNG, PAGE),
    )
    parser.add_argument(
        "--predict_file",
        metavar="FILE",
        help="SQuAD JSON file with the questions (default: the one in run.json)",
    )
    parser.add_argument(
        "--questions",
        type=int,
        default=500,
        metavar="N",
        help="number of questions in %s; 0: all (default: %%(default)s)" % ANSWERS,
    )
    options = parser.parse_args(arguments)
    if options.questions < 0:
        parser.error("--questions %d: must be 0 or more" % options.questions)
    try:
        for path in make(
            options.directories, options.output_dir, options.predict_file, options.questions
        ):
            print(path)
    except (ReportError, metrics.MetricsError, UserError) as error:
        sys.stdout.flush()
        sys.stderr.write("error: %s\n" % error)
        return 2
    return 0
