# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""serving/page/index.html in a headless Chromium: questions by keyboard and mouse, what is marked, errors, dark and light, labels."""

import json

import pytest

pytest.importorskip("waitress", reason="waitress is not installed (requirements/serve.txt)")

from tests.serving import browser  # noqa: E402
from tests.serving.test_http_server import LIMITS, Running  # noqa: E402
from tests.serving.tiny import SETTINGS, HashModel, write_vocabulary  # noqa: E402

pytestmark = pytest.mark.skipif(
    browser.executable() is None, reason="no Chromium (apt-get install chromium)"
)
SHOWN = "!document.getElementById('result').hidden && !document.getElementById('ask').disabled"
CONTEXT = "the \U0001f600 cat saw \u00e9 one red <b>dog</b> & two of the house. " * 2


@pytest.fixture(name="words", scope="module")
def fixture_words(tmp_path_factory):
    return write_vocabulary(tmp_path_factory.mktemp("vocabulary"))


@pytest.fixture(name="server")
def fixture_server(words):
    settings = SETTINGS._replace(version_2_with_negative=True, null_score_diff_threshold=-5.0)
    started = Running(words, HashModel(), LIMITS, settings)
    yield started
    started.end()


@pytest.fixture(name="page", scope="module")
def fixture_page():
    with browser.Browser() as started:
        yield started


def asked_by_page(page, question, how):
    """(answer, figures, what is marked, the marked text's place in UTF-16 units) after asking."""
    page.evaluate("document.getElementById('result').hidden = true")
    page.fill("question", question)
    how()
    page.wait_for(SHOWN)
    return (
        page.text("answer"),
        page.text("figures"),
        page.evaluate("(document.querySelector('mark') || {}).innerText"),
    )


def test_three_questions(page, server):
    """By Enter, by Ctrl+Enter in the text, and by the button; each answer is the service's, marked at its place."""
    page.open(server.url)
    page.wait_for("document.getElementById('model').innerText.includes('a/b')")
    page.fill("context", CONTEXT)
    seen = set()
    for question, how in (
        ("which colour ?", lambda: page.press("Enter")),
        (
            "which house ?",
            lambda: (
                page.evaluate("document.getElementById('context').focus()"),
                page.press("Enter", control=True),
            ),
        ),
        ("which cat ?", lambda: page.evaluate("document.getElementById('ask').click()")),
        ("which dog ?", lambda: page.press("Enter")),
        ("which river ?", lambda: page.press("Enter")),
    ):
        status, found = server.post({"question": question, "context": CONTEXT})
        answer, figures, marked = asked_by_page(page, question, how)
        assert status == 200 and "score %.2f" % found["score"] in figures
        seen.add(found["start"] is None)
        if found["start"] is None:
            assert (answer, marked) == ("No answer in this text", None)
            continue
        assert answer == marked == found["text"]
        before = page.evaluate("document.querySelector('mark').previousSibling.textContent")
        assert before == CONTEXT[: found["start"]]
        assert page.evaluate("document.getElementById('where').textContent") == CONTEXT
    assert seen == {True, False}
    assert page.evaluate("document.getElementById('context').value") == CONTEXT
    assert page.messages == []


def test_errors_are_shown(page, server):
    page.open(server.url)
    for field, message in (("context", "Enter a text."), ("question", "Enter a question.")):
        page.fill("context", "one red cat")
        page.fill("question", "which ?")
        page.fill(field, " ")
        page.evaluate("document.getElementById('ask').click()")
        assert page.text("answer") == message
        assert page.evaluate("document.activeElement.id") == field
    page.fill("context", "cat " * 8000)
    answer, figures, _ = asked_by_page(page, "which ?", lambda: page.press("Enter"))
    assert answer == "The service refused the question."
    assert figures == "the request exceeds 20000 bytes"
    page.fill("context", "one red cat")
    server.application.refuses = True
    answer, figures, _ = asked_by_page(page, "which ?", lambda: page.press("Enter"))
    assert answer.startswith("The service is busy") and figures == "the service is stopping"
    server.end()
    answer, figures, _ = asked_by_page(page, "which ?", lambda: page.press("Enter"))
    assert answer == "The service does not respond."
    assert page.evaluate("document.getElementById('result').className") == "error"


def test_labels_order_and_colours(page, server):
    """What a screen reader and a keyboard meet; enough contrast in light and in dark."""
    page.open(server.url)
    assert page.evaluate("document.documentElement.lang") == "en"
    labels = page.evaluate(
        "[...document.querySelectorAll('textarea, input')].map((f) => f.labels[0].innerText)"
    )
    assert labels == ["Text", "Question"]
    assert page.evaluate("document.getElementById('result').getAttribute('aria-live')") == "polite"
    page.evaluate("document.getElementById('context').focus()")
    order = []
    for _ in range(2):
        page.press("Tab")
        order.append(page.evaluate("document.activeElement.id"))
    assert order == ["question", "ask"]
    backgrounds = []
    for scheme in ("light", "dark"):
        page.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        pairs = json.loads(page.evaluate(CONTRASTS))
        assert len(pairs) == 6 and min(pairs) >= 4.5, (scheme, pairs)
        backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert backgrounds[0] != backgrounds[1]


# WCAG 2.1's contrast of text on its background, for each pair of colours that the page has.
CONTRASTS = """
(() => {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name) => {
    const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = style.getPropertyValue(name).trim();
    const parts = [1, 3, 5].map((at) => parseInt(probe.fillStyle.slice(at, at + 2), 16) / 255)
      .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  return JSON.stringify([["--text", "--page"], ["--text", "--panel"], ["--quiet", "--page"], ["--on-accent", "--accent"],
    ["--on-mark", "--mark"], ["--bad", "--bad-page"]].map(([a, b]) => {
      const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (high + 0.05) / (low + 0.05);
    }));
})()
"""
