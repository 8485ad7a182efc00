# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""The answers of a SQuAD run as one HTML page: question, prediction, expected answers, text; the worst first."""


import html
from collections import namedtuple

from squad import evaluate, questions

# answers: list of (text, first character or -1), none for a question without an answer. nbest: list of dict with
# "text" and "probability". exact: bool. f1: float from 0 to 1.
Answer = namedtuple(
    "Answer", ["qas_id", "question", "context", "answers", "predicted", "nbest", "exact", "f1"]
)

_NBEST_SHOWN = 3


def score(path, predictions, nbest):
    """Scores each prediction by the official rules; the worst first, in the order of the file where equal.

    Questions without answers to compare with are left out.

    Args:
      path: str, SQuAD JSON.
      predictions: dict, id -> text.
      nbest: dict, id -> list of dict, or an empty one.

    Returns:
      list of Answer, of the questions that have a prediction.

    Raises:
      SquadDataError: the file cannot be used, or no question in it has a prediction.
    """
    found = []
    articles = questions.load_articles(path)
    version_2 = evaluate.is_version_2(articles, path)
    for question in evaluate.answered_questions(articles, version_2, path):
        if question.qas_id not in predictions:
            continue
        predicted = predictions[question.qas_id]
        answers = [(answer["text"], answer.get("answer_start", -1)) for answer in question.answers]
        texts = [text for text, _ in answers if evaluate.normalize_answer(text)] or [""]
        found.append(
            Answer(
                question.qas_id,
                question.text,
                question.context,
                answers,
                predicted,
                nbest.get(question.qas_id, [])[:_NBEST_SHOWN],
                any(evaluate.exact_match(predicted, text) for text in texts),
                max(_f1(predicted, text) for text in texts),
            )
        )
    if not found:
        raise questions.SquadDataError(
            "%s: no predictions for these questions: pass the file that was predicted" % path
        )
    return sorted(found, key=lambda answer: (answer.f1, answer.exact))


def _f1(predicted, text):
    """F1 of words; 1 or 0 if either is no answer."""
    if evaluate.normalize_answer(predicted) and evaluate.normalize_answer(text):
        return evaluate.f1_score(predicted, text)
    return float(evaluate.exact_match(predicted, text))


def page(title, answers, limit):
    """The page: str of HTML that needs no other file.

    Args:
      title: str.
      answers: list of Answer, sorted.
      limit: how many to show; 0: all.
    """
    shown = answers[:limit] if limit else answers
    total = float(len(answers))
    facts = (
        "%d questions &nbsp; EM %.2f &nbsp; F1 %.2f &nbsp; %d wrong (F1 0), %d partly right, %d exactly right"
        % (
            len(answers),
            100 * sum(answer.exact for answer in answers) / total,
            100 * sum(answer.f1 for answer in answers) / total,
            sum(answer.f1 == 0 for answer in answers),
            sum(answer.f1 > 0 and not answer.exact for answer in answers),
            sum(answer.exact for answer in answers),
        )
    )
    if len(shown) < len(answers):
        facts += "<br>Showing the worst %d; --questions 0 shows all." % len(shown)
    return _PAGE % {
        "title": html.escape(title),
        "facts": facts,
        "cards": "\n".join(map(_card, shown)),
    }


def _card(answer):
    kind = "right" if answer.exact else "partly" if answer.f1 > 0 else "wrong"
    expected = [text for text, _ in answer.answers]
    unique = [text for number, text in enumerate(expected) if text not in expected[:number]]
    rows = [
        ("predicted", _text(answer.predicted)),
        ("expected", " &nbsp;|&nbsp; ".join(map(_text, unique or [""]))),
    ]
    if answer.nbest:
        rows.append(
            (
                "best guesses",
                " &nbsp;|&nbsp; ".join(
                    "%s <i>%.0f %%</i>" % (_text(guess["text"]), 100 * guess["probability"])
                    for guess in answer.nbest
                ),
            )
        )
    cells = "".join("<tr><th>%s</th><td>%s</td></tr>" % row for row in rows)
    return (
        '<article class="%s"><h2>%s<span>F1 %.0f</span></h2><table>%s</table>'
        "<details><summary>text</summary><p>%s</p></details></article>"
        % (kind, html.escape(answer.question), 100 * answer.f1, cells, marked(answer))
    )


def _text(text):
    return html.escape(text) if text else "<i>no answer</i>"


def marked(answer):
    """The text as HTML, the first expected answer and the prediction marked where they are in it."""
    context, spans = answer.context, []
    if answer.answers:
        text, start = answer.answers[0]
        start = (
            start
            if context[max(start, 0) :].startswith(text) and start >= 0
            else context.find(text)
        )
        spans.append((start, start + len(text), "expected"))
    if answer.predicted:
        start = context.find(answer.predicted)
        spans.append((start, start + len(answer.predicted), "predicted"))
    kinds = [set() for _ in range(len(context))]
    for start, end, kind in spans:
        for index in range(start, end) if start >= 0 else ():
            kinds[index].add(kind)
    pieces, begin = [], 0
    for index in range(1, len(context) + 1):
        if index == len(context) or kinds[index] != kinds[begin]:
            piece = html.escape(context[begin:index])
            pieces.append(
                '<mark class="%s">%s</mark>' % (" ".join(sorted(kinds[begin])), piece)
                if kinds[begin]
                else piece
            )
            begin = index
    return "".join(pieces)


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%(title)s</title><style>
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
h1 { font-size: 1.4em; } h2 { font-size: 1em; margin: 0 0 .3em; } h2 span { float: right; color: #666; font-weight: normal; }
article { border-left: 5px solid; padding: .5em .8em; margin: .7em 0; background: #f7f7f7; }
.wrong { border-color: #D55E00; } .partly { border-color: #E69F00; } .right { border-color: #009E73; }
th { text-align: left; font-weight: normal; color: #666; padding-right: 1em; vertical-align: top; white-space: nowrap; }
summary { color: #666; cursor: pointer; } i { color: #666; }
mark { background: none; } mark.expected { background: #b8e6d3; } mark.predicted { border-bottom: 3px solid #D55E00; }
input { font: inherit; padding: .3em .5em; width: 22em; } .off { display: none; } label { margin-left: 1em; }
</style></head><body>
<h1>%(title)s</h1><p>%(facts)s</p>
<p><input id="words" placeholder="show questions with these words"><label><input id="all" type="checkbox" checked style="width:auto">
also the right ones</label></p>
<p>In the texts: <mark class="expected">expected answer</mark>, <mark class="predicted">prediction</mark>.</p>
%(cards)s
<script>
var words = document.getElementById("words"), all = document.getElementById("all");
function choose() {
  var wanted = words.value.toLowerCase();
  document.querySelectorAll("article").forEach(function (card) {
    var hidden = (!all.checked && card.className.indexOf("right") >= 0)
        || card.textContent.toLowerCase().indexOf(wanted) < 0;
    card.classList.toggle("off", hidden);
  });
}
words.oninput = all.onchange = choose;
</script></body></html>
"""
