# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""training/report/answer_page.py: order, scores equal to squad.evaluate's, marks in the text, and no HTML from the data."""

import html.parser
import json

import pytest

from squad import evaluate
from squad.questions import SquadDataError, load_articles
from training.report import answer_page

CONTEXT = (
    "Ada <b>Lovelace</b> lived near London & wrote the first program for the Analytical Engine."
)


@pytest.fixture(name="questions")
def fixture_questions(tmp_path):
    """A v2.0 file of five questions: right, partly right, wrong, rightly and wrongly without an answer."""
    golds = [["London"], ["first program", "the first program"], ["Engine"], [], []]
    qas = [
        {
            "id": "q%d" % number,
            "question": "Question %d <i>?" % number,
            "is_impossible": not texts,
            "answers": [{"text": text, "answer_start": CONTEXT.index(text)} for text in texts],
        }
        for number, texts in enumerate(golds)
    ]
    path = tmp_path / "dev.json"
    path.write_text(
        json.dumps(
            {
                "version": "v2.0",
                "data": [{"title": "A", "paragraphs": [{"context": CONTEXT, "qas": qas}]}],
            }
        )
    )
    return str(path)


PREDICTIONS = {"q0": "London", "q1": "first", "q2": "Ada", "q3": "", "q4": "Ada <b>"}
NBEST = {"q1": [{"text": "first", "probability": 0.6}, {"text": "program", "probability": 0.3}]}


def test_worst_first_and_the_scores_of_the_evaluation(questions):
    answers = answer_page.score(questions, PREDICTIONS, NBEST)
    assert [answer.qas_id for answer in answers] == ["q2", "q4", "q1", "q0", "q3"]
    official = evaluate.evaluate_v2(load_articles(questions), PREDICTIONS)
    assert 100 * sum(answer.exact for answer in answers) / 5.0 == official["exact"]
    assert 100 * sum(answer.f1 for answer in answers) / 5.0 == pytest.approx(official["f1"])


def test_page(questions):
    answers = answer_page.score(questions, PREDICTIONS, NBEST)
    page = answer_page.page("a & b", answers, 0)
    assert (
        "<title>a &amp; b</title>" in page
        and "EM 40.00" in page
        and "2 wrong (F1 0), 1 partly right, 2 exactly right" in page
    )
    assert page.count("<article") == 5 and page.index("Question 2") < page.index(
        "Question 1"
    ) < page.index("Question 0")
    assert "first program &nbsp;|&nbsp; the first program" in page and "program <i>30 %</i>" in page
    assert "<i>no answer</i>" in page
    assert (
        "Question 2 &lt;i&gt;?" in page and "<b>" not in page
    )  # what the data says is text, not HTML
    html.parser.HTMLParser().feed(page)
    short = answer_page.page("a", answers, 2)
    assert (
        short.count("<article") == 2
        and "Question 2" in short
        and "--questions 0 shows all" in short
        and "5 questions" in short
    )


def test_marks(questions):
    marked = {
        answer.qas_id: answer_page.marked(answer)
        for answer in answer_page.score(questions, PREDICTIONS, NBEST)
    }
    assert '<mark class="expected predicted">London</mark> &amp; wrote' in marked["q0"]
    assert (
        '<mark class="expected predicted">first</mark><mark class="expected"> program</mark>'
        in marked["q1"]
    )
    assert (
        '<mark class="predicted">Ada</mark> ' in marked["q2"]
        and '<mark class="expected">Engine</mark>.' in marked["q2"]
    )
    assert "<mark" not in marked["q3"]


def test_another_file_than_the_predicted_one(questions):
    with pytest.raises(SquadDataError, match="no predictions for these questions"):
        answer_page.score(questions, {"other": "x"}, {})
